package public_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"plaza/api/apitest"
	"plaza/broadcast/qr"
)

func TestACodeLeadsToItsTargetAndCountsPeople(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	link, err := w.Codes.Create(t.Context(), of.ID, "m", qr.Spec{Kind: qr.Link, Label: "menu", Target: "https://menu.example/today"})
	w.Must(err)
	people := w.Browser()
	for range 2 {
		if got := people.Get("/q/" + link.ID); got.StatusCode != http.StatusFound || got.To() != "https://menu.example/today" ||
			got.Header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d to %q, kept %q", got.StatusCode, got.To(), got.Header.Get("Cache-Control"))
		}
	}
	if got := people.Head("/q/" + link.ID); got.To() != "https://menu.example/today" {
		t.Errorf("HEAD: %d to %q", got.StatusCode, got.To())
	}
	program := w.Browser()
	program.Header.Set("User-Agent", "facebookexternalhit/1.1")
	program.Get("/q/" + link.ID)
	w.Must(w.Codes.Flush(t.Context()))
	if found, err := w.Codes.Find(t.Context(), of.ID, link.ID); err != nil || found.Scans != 2 || found.Visitors != 1 {
		t.Errorf("%d scans by %d visitors, %v", found.Scans, found.Visitors, err)
	}
	for _, none := range []string{"/q/ZZZZZZZZ", "/q/%2e%2e", "/q/%00"} {
		if got := people.Get(none); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d to %q", none, got.StatusCode, got.To())
		}
	}
}

func TestOnlyOurOwnAddressesAreDrawn(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	b := w.Browser()
	for _, foreign := range []string{"https://evil.example/", apitest.PublicURL + ".evil.example/", apitest.PublicURL + "@evil.example/",
		"javascript:alert(1)", "", apitest.PublicURL} {
		if got := b.Get("/qr.png?" + url.Values{"text": {foreign}}.Encode()); got.StatusCode != http.StatusNotFound {
			t.Errorf("%q: %d", foreign, got.StatusCode)
		}
	}
	own := apitest.PublicURL + "/chat/corner"
	got := b.Get("/qr.png?size=300&" + url.Values{"text": {own}}.Encode())
	if got.Header.Get("Content-Type") != "image/png" || scanned(t, got.Text) != own {
		t.Errorf("%d %s", got.StatusCode, got.Header.Get("Content-Type"))
	}
	for _, size := range []string{"0", "-5", "63", "2049", "9999999999999999999999", "x"} {
		if got := b.Get("/qr.png?size=" + size + "&" + url.Values{"text": {own}}.Encode()); got.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("size %s: %d", size, got.StatusCode)
		}
	}
	long := own + strings.Repeat("x", 5000)
	if got := b.Get("/qr.png?" + url.Values{"text": {long}}.Encode()); got.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("5000 characters: %d", got.StatusCode)
	}
}

func TestTheAccountsCodeLeadsToItsChat(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	if got := scanned(t, b.Get("/a/corner/qr.png").Text); got != apitest.PublicURL+"/chat/corner" {
		t.Errorf("it says %q", got)
	}
	svg := b.Get("/a/corner/qr.svg")
	if svg.Header.Get("Content-Type") != "image/svg+xml" || xml.Unmarshal([]byte(svg.Text), new(struct{ XMLName xml.Name })) != nil {
		t.Errorf("no picture: %.80s", svg.Text)
	}
}

// scanned is what a phone reads of a picture.
func scanned(t *testing.T, picture string) string {
	t.Helper()
	decoded, err := png.Decode(strings.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(decoded)
	if err != nil {
		t.Fatal(err)
	}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return read.GetText()
}

func TestAPictureIsFetchedOnce(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	drawn := image.NewRGBA(image.Rect(0, 0, 600, 400))
	drawn.Set(1, 1, color.White)
	var file bytes.Buffer
	w.Must(png.Encode(&file, drawn))
	added, err := w.Pictures.Add(t.Context(), of.ID, &file)
	w.Must(err)
	w.Merchant("drawn")
	b := w.Browser()
	for _, path := range []string{"/pictures/" + added.ID, "/pictures/" + added.ID + "?width=320", "/a/drawn/qr.png", "/a/drawn/feed"} {
		first := b.Get(path)
		if first.StatusCode != http.StatusOK || !strings.HasPrefix(first.Header.Get("Cache-Control"), "public") ||
			first.Header.Get("X-Content-Type-Options") != "nosniff" || first.Header.Get("Set-Cookie") != "" {
			t.Errorf("%s: %d %v", path, first.StatusCode, first.Header)
		}
		etag := first.Header.Get("ETag")
		for known, status := range map[string]int{etag: 304, "W/" + etag: 304, `"a", ` + etag: 304, "*": 304, `"other"`: 200, "": 200} {
			again := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
			again.Header.Set("If-None-Match", known)
			if got := b.Do(again); got.StatusCode != status || (status == 304) != (got.Text == "") || got.Header.Get("ETag") != etag {
				t.Errorf("%s, known %s: %d with %d bytes", path, known, got.StatusCode, len(got.Text))
			}
		}
	}
	if got := b.Get("/pictures/" + added.ID); !strings.Contains(got.Header.Get("Cache-Control"), "immutable") {
		t.Error("a picture may change")
	}
	for _, none := range []string{"/pictures/x", "/pictures/" + added.ID + "x", "/pictures/..%2f..", "/pictures/%00"} {
		if got := b.Get(none); got.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", none, got.StatusCode)
		}
	}
}

// atom is what RFC 4287 asks of a feed.
type atom struct {
	XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string   `xml:"id"`
	Title   string   `xml:"title"`
	Updated string   `xml:"updated"`
	Author  string   `xml:"author>name"`
	Links   []struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	} `xml:"link"`
	Entries []struct {
		ID      string `xml:"id"`
		Title   string `xml:"title"`
		Updated string `xml:"updated"`
		Content string `xml:"content"`
		Link    struct {
			Href string `xml:"href,attr"`
		} `xml:"link"`
	} `xml:"entry"`
}

func TestNoticesAreAFeedThatReadersUnderstand(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Agency("city")
	w.Notice(of, "Water & works", "No water on <Mill Street>.\n\nUntil 15:00.")
	w.Pass(time.Minute)
	latest := w.Notice(of, "Works are over", "Thank you.")
	answer := w.Browser().Get("/a/city/feed")
	if got := answer.Header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("it is %q", got)
	}
	if got := answer.Header.Get("Vary"); !strings.Contains(got, "Accept-Language") {
		t.Errorf("a cache may give one language to all: %q", got)
	}
	var feed atom
	if err := xml.Unmarshal([]byte(answer.Text), &feed); err != nil {
		t.Fatalf("%v: %s", err, answer.Text)
	}
	if feed.ID != apitest.PublicURL+"/a/city/feed" || feed.Title == "" || feed.Author == "" || len(feed.Links) != 2 || len(feed.Entries) != 2 {
		t.Fatalf("%+v", feed)
	}
	first := feed.Entries[0]
	if first.Title != "Works are over" || first.ID != apitest.PublicURL+"/n/"+latest.ID || first.Link.Href != first.ID || feed.Updated != first.Updated {
		t.Errorf("%+v, feed of %s", first, feed.Updated)
	}
	if second := feed.Entries[1]; second.Title != "Water & works" || second.Content != "No water on <Mill Street>.\n\nUntil 15:00." {
		t.Errorf("%+v", second)
	}
	for _, at := range []string{feed.Updated, first.Updated, feed.Entries[1].Updated} {
		if _, err := time.Parse(time.RFC3339, at); err != nil {
			t.Error(err)
		}
	}
}

func TestDrawingIsLimitedAndWhatIsDrawnIsKept(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	b := w.Browser()
	picture := func(n int) string {
		return "/qr.png?" + url.Values{"text": {fmt.Sprint(apitest.PublicURL, "/q/", n)}}.Encode()
	}
	drawn := 0
	for b.Get(picture(drawn)).StatusCode == http.StatusOK && drawn < 200 {
		drawn++
	}
	if got := b.Get(picture(drawn)).StatusCode; got != http.StatusTooManyRequests || drawn < 50 {
		t.Errorf("after %d pictures: %d", drawn, got)
	}
	first := b.Get(picture(0)) // is not drawn again
	if first.StatusCode != http.StatusOK {
		t.Errorf("one that was drawn before: %d", first.StatusCode)
	}
	w.Pass(time.Minute)
	if got := b.Get(picture(drawn)); got.StatusCode != http.StatusOK || got.Text == first.Text {
		t.Errorf("a minute later: %d", got.StatusCode)
	}
}
