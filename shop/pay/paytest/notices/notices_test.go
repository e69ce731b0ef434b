package notices_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"plaza/shop/pay/paytest/notices"
)

// receiver answers with a status and keeps what it was posted.
type receiver struct {
	status int
	heard  []string
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	r.heard = append(r.heard, string(body))
	w.WriteHeader(r.status)
}

func stand(t *testing.T, r *receiver, clock *time.Time, gaps ...time.Duration) *notices.Queue[string] {
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return notices.New(notices.Manners[string]{Now: func() time.Time { return *clock }, Gaps: gaps, Catchup: func() {},
		Letter: func(n string) (string, http.Header, []byte) { return server.URL, http.Header{}, []byte(n) },
		Took:   func(status int, _ []byte) bool { return status == http.StatusOK }})
}

// TestWhatNobodyTakesIsPostedAfterEachGap wants the last try at the end of the
// last gap, and none after it.
func TestWhatNobodyTakesIsPostedAfterEachGap(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	clock, shop := start, &receiver{status: http.StatusInternalServerError}
	queue := stand(t, shop, &clock, time.Minute, 5*time.Minute)
	queue.Add("paid")
	var tries []time.Duration
	for ; clock.Before(start.Add(time.Hour)); clock = clock.Add(30 * time.Second) {
		if queue.Deliver(t.Context(), http.DefaultClient) > 0 {
			t.Fatal("taken by a shop that refuses it")
		}
		if len(shop.heard) > len(tries) {
			tries = append(tries, clock.Sub(start))
		}
	}
	if want := []time.Duration{0, time.Minute, 6 * time.Minute}; !slices.Equal(tries, want) {
		t.Errorf("posted at %v, want %v", tries, want)
	}
	if left := queue.Untold(); !slices.Equal(left, []string{"paid"}) {
		t.Errorf("untold: %v", left)
	}
}

func TestWhatIsTakenIsNotRepeated(t *testing.T) {
	t.Parallel()
	clock, shop := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC), &receiver{status: http.StatusOK}
	queue := stand(t, shop, &clock, time.Minute)
	queue.Add("paid")
	queue.Add("given by hand")
	queue.Taken("given by hand")
	if taken := queue.Deliver(t.Context(), http.DefaultClient); taken != 1 {
		t.Errorf("%d taken", taken)
	}
	clock = clock.Add(time.Hour)
	if taken := queue.Deliver(t.Context(), http.DefaultClient); taken != 0 || !slices.Equal(shop.heard, []string{"paid"}) {
		t.Errorf("%d taken again; heard %v", taken, shop.heard)
	}
	if all, left := queue.Notices(), queue.Untold(); len(all) != 2 || len(left) > 0 {
		t.Errorf("all %v, untold %v", all, left)
	}
}
