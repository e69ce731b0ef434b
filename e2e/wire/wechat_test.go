package wire

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plaza/bot/wechat/wechattest"
)

// TestNodesShareOneWeChatAccount: WeChat's pushes go to either node, both send,
// and WeChat sees one sender: every message once, with one access token.
func TestNodesShareOneWeChatAccount(t *testing.T) {
	t.Parallel()
	var platform *wechattest.Platform
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { platform.ServeHTTP(w, r) }))
	t.Cleanup(host.Close)
	d := newDeployment(t, "PLAZA_WECHAT_API="+host.URL)
	a := d.start("demo")
	b := d.start("serve")
	api := d.api(a)
	app := wechattest.App{AppID: "wx2f4b1c0d9e8a7b6c", Secret: "0123456789abcdef0123456789abcdef", OriginalID: "gh_7f083739789a",
		Token: "cornertoken", EncodingAESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", Webhook: balance(t, a, b) + "/webhooks/wechat/corner"}
	platform = wechattest.New(app, time.Now)
	api.call(http.MethodPut, "/channels/wechat", map[string]string{"app_id": app.AppID, "secret": app.Secret,
		"token": app.Token, "encoding_aes_key": app.EncodingAESKey}, nil)

	const followers = 12
	for i := range followers {
		openID := fmt.Sprintf("oGZUI0egBJY1zhBYw2KhdUfw%04d", i)
		if reply, err := platform.Follow(t.Context(), openID, ""); err != nil || !strings.Contains(reply.Text, "Welcome") {
			t.Fatalf("%s follows: %q, %v", openID, reply.Text, err)
		}
	}
	var made item
	api.call(http.MethodPost, "/campaigns", map[string]any{
		"name": "News", "content": map[string]any{"text": "Fresh bread at six."},
		"audience": map[string]any{"kind": "channel", "value": "wechat"}, "when": map[string]any{"kind": "now"},
	}, &made)
	api.call(http.MethodPost, "/campaigns/"+made.ID+"/schedule", nil, nil)
	eventually(t, "the campaign is done", func() bool {
		var found item
		api.at(b).call(http.MethodGet, "/campaigns/"+made.ID, nil, &found)
		return found.State == "done"
	})
	got := map[string]int{}
	for _, delivered := range platform.Delivered() {
		got[delivered.To]++
	}
	for who, times := range got {
		if times != 1 {
			t.Errorf("%s got the message %d times", who, times)
		}
	}
	if len(got) != followers {
		t.Errorf("%d of %d followers got the message", len(got), followers)
	}
	if calls := platform.Calls("/cgi-bin/stable_token"); calls != 1 {
		t.Errorf("%d access tokens were asked for", calls)
	}
}

// balance is a balancer that gives every request to the next node.
func balance(t *testing.T, nodes ...*node) string {
	t.Helper()
	targets := make([]*url.URL, len(nodes))
	for i, n := range nodes {
		target, err := url.Parse(n.base)
		if err != nil {
			t.Fatal(err)
		}
		targets[i] = target
	}
	var turn atomic.Uint64
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(targets[turn.Add(1)%uint64(len(targets))])
		r.SetXForwarded()
	}}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}
