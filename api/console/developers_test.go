package console_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"plaza/bot/developer"
)

func TestADevelopersProgramIsConnectedAndWatchedInTheConsole(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	const page = "/console/corner/settings/developers"
	b.get(page).want(t, 200, "No developer access yet")
	opened := b.follow(page + "/open")
	opened.want(t, 200, "This is the AppSecret", base+"/compat/wechat")
	appID, secret := regexp.MustCompile(`wx[0-9a-f]{16}`).FindString(opened.body), regexp.MustCompile(`value="([0-9a-f]{32})"`).FindStringSubmatch(opened.body)
	if appID == "" || secret == nil {
		t.Fatal("no credentials are shown")
	}
	opened.want(t, 200, "Nothing is pushed until a callback is verified")
	if _, err := k.program.NewToken(t.Context(), appID, secret[1]); err != nil {
		t.Errorf("a program that only sends gets no token: %v", err)
	}
	b.follow(page+"/switch").want(t, 200, "the API refuses every call")
	if _, err := k.program.NewToken(t.Context(), appID, secret[1]); err != developer.ErrNotGranted {
		t.Errorf("switched off: %v", err)
	}
	b.follow(page+"/switch", "on", "yes").want(t, 200, "Nothing is pushed until a callback is verified")
	if again := b.get(page); strings.Contains(again.body, secret[1]) {
		t.Error("the secret is shown twice")
	}

	callback := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte(r.URL.Query().Get("echostr")))
	}))
	defer callback.Close()
	form := func(address string) []string {
		return []string{"url", address, "token", "spring", "aes_key", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "mode", "safe", "order", "instead"}
	}
	b.post(page, form("http://127.0.0.1:1/")...).want(t, 422, "did not answer the verification", "http://127.0.0.1:1/")
	b.post(page, form("ftp://bot.example")...).want(t, 422, "not an address such as")
	b.follow(page, form(callback.URL)...).want(t, 200, "The callback answered", "Messages are pushed, and the API answers")

	k.subscriber(corner, "u1", "Ann", "what is pushed")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); k.program.Run(ctx) }()
	var pushes []developer.Push
	for delivered := 0; delivered < 2; {
		var err error
		pushes, _, err = k.program.Pushes(t.Context(), corner.ID, "", 10)
		must(t, err)
		delivered = 0
		for _, p := range pushes {
			if p.State == developer.Delivered {
				delivered++
			}
		}
	}
	stop()
	<-done
	b.get(page).want(t, 200, "text · Ann", "took it, said nothing")
	for _, p := range pushes {
		if p.Kind == "text" {
			one := page + "/pushes/" + url.PathEscape(p.ID)
			b.get(one).want(t, 200, "<![CDATA[what is pushed]]>", "Push again")
			b.follow(one+"/again").want(t, 200, "It is being pushed again")
		}
	}

	b.follow(page+"/domain", "domain", "Shop.example").want(t, 200, "shop.example")
	b.post(page+"/domain", "domain", "https://shop.example/").want(t, 422, "not the name of a host")
	b.follow(page+"/templates", "title", "Paid", "template_id", "tm_1", "content", "{{first.DATA}}").want(t, 200, "tm_1")
	b.post(page+"/templates", "title", "").want(t, 422, "title has 1 to")
	b.follow(page+"/templates/tm_1/delete").want(t, 200, "Saved.")
	b.follow(page+"/switch").want(t, 200, "refuses every call")
	b.get("/console/corner/settings/audit").want(t, 200, "Looked into a push", "Opened developer access")
}
