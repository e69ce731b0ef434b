package console_test

import (
	"bytes"
	"image"
	"image/color/palette"
	"image/gif"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"plaza/account"
	"plaza/bot"
	"plaza/message"
)

func dot(t *testing.T) []byte {
	t.Helper()
	var body bytes.Buffer
	must(t, gif.Encode(&body, image.NewPaletted(image.Rect(0, 0, 30, 20), palette.WebSafe), nil))
	return body.Bytes()
}

// attach sends a file as the inbox does.
func (b *browser) attach(path string, body []byte) page {
	request := httptest.NewRequestWithContext(b.kit.t.Context(), http.MethodPost, path, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("X-CSRF-Token", b.csrf)
	return b.do(request)
}

func TestAMembersFileReachesThePersonOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	person := k.subscriber(corner, "v1", "Ada", "what does it look like?")
	path := "/console/corner/inbox/c/" + person.ID
	b := k.as(k.with(corner, account.Agent))
	b.get(path)
	for range 2 {
		b.attach(path+"/attach?key=K1&name=cake.gif", dot(t)).want(t, http.StatusOK)
	}
	history, _, err := k.bot.History(t.Context(), corner.ID, person.ID, "", 10)
	must(t, err)
	var sent []message.Outbound
	for _, m := range history {
		if m.Author == bot.ByAgent {
			sent = append(sent, *m.Out)
		}
	}
	if len(sent) != 1 || sent[0].Form != message.ImageForm || !strings.HasPrefix(sent[0].Image, "/attachments/"+corner.ID) {
		t.Fatalf("sent %+v", sent)
	}
	k.as(k.with(corner, account.Viewer)).attach(path+"/attach?key=K2", dot(t)).want(t, http.StatusForbidden)
	k.open("other")
	forged := k.as(owner)
	forged.csrf = "wrong"
	forged.attach(path+"/attach?key=K3", dot(t)).want(t, http.StatusForbidden)
	k.as(owner).attach("/console/other/inbox/c/"+person.ID+"/attach?key=K4", dot(t)).want(t, http.StatusNotFound)
}

func TestAPlatformsFileIsFetchedOnceAndKept(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.messenger.file = dot(t)
	corner, owner := k.open("corner")
	_, err := k.bot.Connections().Save(t.Context(), corner.ID, "wechat", []byte(`{"app_id":"wx0123456789abcdef","token":"plaza2026"}`))
	must(t, err)
	in := message.Inbound{Account: corner.ID, Channel: "wechat", User: "u1", Language: "en", At: k.now(), Kind: message.ImageIn}
	for _, id := range []string{"M1", "M2"} {
		in.Key, in.MediaID = id, id
		_, err = k.bot.Handle(t.Context(), in, nil)
		must(t, err)
	}
	conversation := "/console/corner/inbox/c/" + in.SubscriberID()
	b := k.as(owner)
	shown := b.get(conversation)
	shown.want(t, http.StatusOK)
	links := strings.Split(shown.body, `<figure class="bubble picture"><img src="`)
	if len(links) != 3 {
		t.Fatalf("%d pictures are shown: %s", len(links)-1, text(shown.body))
	}
	first, _, _ := strings.Cut(links[1], `"`)
	second, _, _ := strings.Cut(links[2], `"`)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if got := k.as(owner).get(first); got.status != http.StatusSeeOther || !strings.HasPrefix(got.to, "/attachments/"+corner.ID) {
				t.Errorf("%d to %q", got.status, got.to)
			}
		})
	}
	all.Wait()
	if n := k.messenger.fetched.Load(); n != 1 {
		t.Errorf("fetched %d times", n)
	}
	b.get(second).want(t, http.StatusServiceUnavailable, "does not give this file out")
	k.open("other")
	outsider := k.as(k.member("outsider", ""))
	if got := outsider.get(first); got.status != http.StatusNotFound {
		t.Errorf("an outsider gets %d", got.status)
	}
	ulid := first[strings.LastIndex(first, "/")+1:]
	b.get("/console/other/inbox/c/"+in.SubscriberID()+"/media/"+ulid).want(t, http.StatusNotFound)
	b.get(conversation+"/media/..%2F"+ulid).want(t, http.StatusNotFound)
}
