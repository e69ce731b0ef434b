package public_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/message"
)

// upload sends a file as the chat page does.
func upload(b *apitest.Browser, path string, body []byte, query ...string) apitest.Answer {
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	request := httptest.NewRequestWithContext(b.World.T.Context(), http.MethodPost, path+"?"+values.Encode(), bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/octet-stream")
	request.Header.Set("Accept", "application/json")
	return b.Do(request)
}

func dot(t *testing.T) []byte {
	t.Helper()
	var body bytes.Buffer
	if err := png.Encode(&body, image.NewRGBA(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return body.Bytes()
}

func TestAPhotographIsSaidOnceAndSeenByItsConversationAlone(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	w.Merchant("other")
	b := w.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	for range 3 { // the answers were lost on the way
		if sent := upload(b, "/chat/corner/attach", dot(t), "key", "01PHOTO", "name", "me.png"); sent.StatusCode != http.StatusOK || sent.Text != `{"id":"01PHOTO"}` {
			t.Fatalf("%d %s", sent.StatusCode, sent.Text)
		}
	}
	var heard []message.Inbound
	for _, in := range w.Heard(of.ID) {
		if in.Kind == message.ImageIn {
			heard = append(heard, in)
		}
	}
	if len(heard) != 1 || heard[0].FileName != "me.png" || heard[0].MediaType != "image/png" {
		t.Fatalf("the bot heard %+v", heard)
	}
	address := heard[0].MediaURL
	mine := b.Get(address)
	if mine.StatusCode != http.StatusOK || mine.Header.Get("Content-Type") != "image/png" {
		t.Fatalf("%d %v", mine.StatusCode, mine.Header)
	}
	for header, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
		"Cross-Origin-Resource-Policy": "same-origin", "Content-Disposition": `inline; filename=me.png`} {
		if got := mine.Header.Get(header); got != want {
			t.Errorf("%s: %q", header, got)
		}
	}
	if page := b.Get("/chat/corner"); !strings.Contains(page.Text, `<img src="`+address+`"`) {
		t.Error("the chat does not show it")
	}
	stranger, neighbour := w.Browser(), w.Browser()
	neighbour.Get("/chat/corner")
	neighbour.Get("/chat/other")
	for name, other := range map[string]*apitest.Browser{"a stranger": stranger, "another visitor": neighbour} {
		if got := other.Get(address); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s sees it: %d", name, got.StatusCode)
		}
	}
	viewer, outsider := w.Member("viewer"), w.Member("outsider")
	w.Must(w.Accounts.Members.Add(t.Context(), of.ID, viewer.ID, account.Viewer, account.System("test")))
	for member, want := range map[account.Member]int{viewer: http.StatusOK, outsider: http.StatusNotFound} {
		signed, _ := signedIn(w, member)
		if got := signed.Get(address); got.StatusCode != want {
			t.Errorf("%s: %d", member.Name, got.StatusCode)
		}
	}
}

func TestPlayersGetThePieceTheyAskFor(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	recording := append([]byte("\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41"), bytes.Repeat([]byte("0123456789"), 200_000)...)
	if sent := upload(b, "/chat/corner/attach", recording, "key", "v", "voice", "1", "length", "3200"); sent.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", sent.StatusCode, sent.Text)
	}
	in := w.Heard(of.ID)[0]
	if in.Kind != message.VoiceIn || in.MediaType != "audio/mp4" || in.MediaLength != 3200 || in.MediaSize != int64(len(recording)) {
		t.Fatalf("%+v", in)
	}
	b.Header.Set("Range", "bytes=1048570-1048589") // over the seam of two parts
	got := b.Get(in.MediaURL)
	if got.StatusCode != http.StatusPartialContent || got.Text != string(recording[1048570:1048590]) {
		t.Errorf("%d %q", got.StatusCode, got.Text)
	}
}

func TestWhatMayNotBeSentIsRefusedInWords(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	for name, test := range map[string]struct {
		body   []byte
		key    string
		status int
		code   string
	}{
		"a page":    {[]byte("<html><script>alert(1)</script>"), "1", http.StatusUnprocessableEntity, "attachment_type"},
		"no key":    {dot(t), "", http.StatusUnprocessableEntity, "chat_key"},
		"odd key":   {dot(t), "a b", http.StatusUnprocessableEntity, "chat_key"},
		"too large": {make([]byte, 20<<20+1), "2", http.StatusRequestEntityTooLarge, "attachment_too_large"},
		"nothing":   {nil, "3", http.StatusUnprocessableEntity, "attachment_empty"},
	} {
		if got := upload(b, "/chat/corner/attach", test.body, "key", test.key); got.StatusCode != test.status || got.Problem().Code != test.code {
			t.Errorf("%s: %d %s", name, got.StatusCode, got.Text)
		}
	}
	foreign := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/chat/corner/attach?key=9", bytes.NewReader(dot(t)))
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := b.Do(foreign); got.StatusCode != http.StatusForbidden {
		t.Errorf("another site sends files in a visitor's name: %d", got.StatusCode)
	}
}
