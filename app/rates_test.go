package app

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"plaza/egress"
	"plaza/shop/exchange"
)

func TestTheSheetOfRatesIsFetchedWithinItsLimits(t *testing.T) {
	real, err := os.ReadFile("../shop/exchange/testdata/eurofxref-daily.xml")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/stats/eurofxref/eurofxref-daily.xml":
			w.Header().Set("Content-Type", "text/xml")
			_, _ = w.Write(real)
		case "/moved":
			http.Redirect(w, r, "/stats/eurofxref/eurofxref-daily.xml", http.StatusFound)
		case "/endless":
			_, _ = w.Write([]byte(strings.Repeat(" ", exchange.MaxSheet+1)))
		case "/silent":
			<-r.Context().Done()
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	fetch := func(path string, private bool) ([]byte, error) {
		limit := time.Minute
		if path == "/silent" {
			limit = 100 * time.Millisecond
		}
		client := egress.New(egress.Options{Private: private, Timeout: limit, MaxAnswer: exchange.MaxSheet})
		return ratesFile{server.URL + path, client}.Sheet(t.Context())
	}
	got, err := fetch("/stats/eurofxref/eurofxref-daily.xml", true)
	if err != nil || !bytes.Equal(got, real) {
		t.Fatalf("%q, %v", got, err)
	}
	for path, want := range map[string]error{"/moved": egress.ErrRedirect, "/endless": egress.ErrTooLarge, "/silent": nil, "/gone": nil} {
		if got, err := fetch(path, true); err == nil || got != nil || (want != nil && !errors.Is(err, want)) {
			t.Errorf("%s: %d bytes, %v", path, len(got), err)
		}
	}
	if _, err := fetch("/stats/eurofxref/eurofxref-daily.xml", false); !errors.Is(err, egress.ErrPrivate) {
		t.Errorf("an address in a private network: %v", err)
	}
}
