package egress_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"plaza/egress"
)

// TestAPlatformsClientFollowsNoRedirect: nothing that is meant for one host is
// said to another.
func TestAPlatformsClientFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	platform := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer platform.Close()
	for name, given := range map[string]*http.Client{"out of nothing": nil, "out of a client": {}} {
		response, err := egress.ForPlatform(given, time.Minute).Post(platform.URL, "text/plain", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusTemporaryRedirect {
			t.Errorf("%s: status %d", name, response.StatusCode)
		}
	}
}

func TestAPlatformsClientKeepsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	given := &http.Client{Transport: &http.Transport{}, Timeout: time.Second}
	made := egress.ForPlatform(given, time.Minute)
	if made.Transport != given.Transport || made.Timeout != time.Second {
		t.Errorf("%+v", made)
	}
	if given.CheckRedirect != nil {
		t.Error("the given client was changed")
	}
	if limit := egress.ForPlatform(&http.Client{}, time.Minute).Timeout; limit != time.Minute {
		t.Errorf("limit %v", limit)
	}
}
