package egress

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func get(t *testing.T, c *Client, address string) (Answer, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	return c.Do(t.Context(), request)
}

func TestNothingButPublicAddressesIsDialled(t *testing.T) {
	t.Parallel()
	c := New(Options{Timeout: 2 * time.Second, MaxAnswer: 10})
	for _, address := range []string{
		"http://127.0.0.1/", "http://127.1.2.3/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/", "http://[::]/",
		"http://10.0.0.1/", "http://172.16.0.1/", "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/",
		"http://100.64.0.1/", "http://192.0.0.1/", "http://198.18.0.1/", "http://224.0.0.1/", "http://240.0.0.1/", "http://255.255.255.255/",
		"http://[fe80::1]/", "http://[fd00::1]/", "http://[ff02::1]/", "http://[64:ff9b::7f00:1]/", "http://[2001:db8::1]/", "http://[2002:7f00:1::]/",
		"http://localhost/", "http://localhost:8080/", "https://8.8.8.8:22/", "http://2130706433/",
	} {
		_, err := get(t, c, address)
		// A number that is no address to Go is looked up as a name, and there is none.
		if dns := (*net.DNSError)(nil); !errors.Is(err, ErrPrivate) && !errors.As(err, &dns) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// A name is looked up anew for every connection, so what counts is where the
// connection goes: the check sits in the dialer.
func TestANameThatLeadsHomeIsRefusedWhenItIsDialled(t *testing.T) {
	t.Parallel()
	reached := false
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := New(Options{Timeout: time.Minute, MaxAnswer: 10})
	if _, err := get(t, c, "http://localhost:"+port); !errors.Is(err, ErrPrivate) {
		t.Errorf("%v", err)
	}
	if reached {
		t.Error("the server at home was reached")
	}
	if _, err := get(t, New(Options{Private: true, Timeout: time.Minute, MaxAnswer: 10}), "http://localhost:"+port); err != nil || !reached {
		t.Errorf("a developer's own machine, permitted: %v", err)
	}
}

func TestRedirectsLargeAndSlowAnswersAreRefused(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	followed := false
	mux := http.NewServeMux()
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/followed", http.StatusFound) })
	mux.HandleFunc("/followed", func(http.ResponseWriter, *http.Request) { followed = true })
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 11)) })
	mux.HandleFunc("/fits", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, strings.Repeat("x", 10)) })
	mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { <-release })
	mux.HandleFunc("/trickle", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "x")
		w.(http.Flusher).Flush()
		<-release
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	defer close(release)
	patient := New(Options{Private: true, Timeout: time.Minute, MaxAnswer: 10})
	hasty := New(Options{Private: true, Timeout: 300 * time.Millisecond, MaxAnswer: 10})
	for path, want := range map[string]error{"/away": ErrRedirect, "/large": ErrTooLarge, "/fits": nil,
		"/slow": context.DeadlineExceeded, "/trickle": context.DeadlineExceeded} {
		c := patient
		if want == context.DeadlineExceeded {
			c = hasty
		}
		if _, err := get(t, c, server.URL+path+"?signature=secret"); !errors.Is(err, want) {
			t.Errorf("%s: %v", path, err)
		} else if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error quotes the query: %v", path, err)
		}
	}
	if followed {
		t.Error("a redirect was followed")
	}
}

func TestAddressesThatCannotBeCalledAreRefused(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"https://bot.example.com/wechat", "http://bot.example.com", "http://[2606:4700::1]/x?y=z"} {
		if err := CheckAddress(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{"", "bot.example.com", "ftp://bot.example.com", "file:///etc/passwd", "https://", "https://me:secret@bot.example.com",
		"https://bot.example.com/#x", "javascript:alert(1)", "https://bot.example.com/" + strings.Repeat("x", 1024), "http://[::1"} {
		if err := CheckAddress(bad); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
