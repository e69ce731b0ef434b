package web

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

func TestOnlyPathsOfThisServerAreLedTo(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"/", "/console/corner/inbox?c=1&x=%2F%2F", "/chat/corner#end", "/a//b"} {
		if got := LocalPath(good); got != good {
			t.Errorf("%s becomes %s", good, got)
		}
	}
	for _, bad := range []string{"", "console", "//evil.example", "///evil.example", "https://evil.example/", "/\\evil.example", "\\\\evil.example",
		"javascript:alert(1)", "/a\nb", "/\t/evil.example", " /a", "/%zz"} {
		if got := LocalPath(bad); got != "/console" {
			t.Errorf("%q becomes %q", bad, got)
		}
	}
}

// FuzzLocalPath: a browser that is sent to the path stays on this server.
func FuzzLocalPath(f *testing.F) {
	for _, seed := range []string{"/console", "//evil.example", "/\\evil", "https://evil", "/..//evil.example", "/a?b#c", "/%2f%2fevil"} {
		f.Add(seed)
	}
	here, err := url.Parse("https://plaza.example/console/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		recorder := httptest.NewRecorder()
		http.Redirect(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodGet, here.String(), nil), LocalPath(path), http.StatusSeeOther)
		to := recorder.Header().Get("Location")
		led, err := here.Parse(to)
		if err != nil || led.Scheme != "https" || led.Host != here.Host || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
			t.Errorf("%q leads to %q", path, to)
		}
	})
}

func TestASignInLeadsBack(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/console/corner?x=1&y=2": "/console/sign-in?next=%2Fconsole%2Fcorner%3Fx%3D1%26y%3D2",
		"https://evil.example":    "/console/sign-in?next=%2Fconsole",
	} {
		if got := SignInPath(next); got != want {
			t.Errorf("%s: %s", next, got)
		}
	}
}
