package egress

import (
	"cmp"
	"net/http"
	"time"
)

// ForPlatform makes the client for calls to one platform out of a given one, or
// out of nothing: with its transport, and its own time limit if it has one. It
// follows no redirect: none of the platforms redirects, and one would carry keys
// and messages to another host. No limit of time at all is zero.
func ForPlatform(given *http.Client, limit time.Duration) *http.Client {
	client := &http.Client{}
	if given != nil {
		*client = *given
	}
	client.Timeout = cmp.Or(client.Timeout, limit)
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}
