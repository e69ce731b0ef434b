package phones

import (
	"bytes"
	"image"
	"image/png"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/skip2/go-qrcode"

	"plaza/bot/standin"
)

// Whatever the page says, it says in each of its languages.
func TestThePageSpeaksThreeLanguages(t *testing.T) {
	names := slices.Sorted(maps.Keys(words["en"]))
	for _, language := range languages {
		if has := slices.Sorted(maps.Keys(words[language])); !slices.Equal(has, names) {
			t.Errorf("%s has %v, en has %v", language, has, names)
		}
	}
	said := regexp.MustCompile(`say\('(\w+)'|T\.(\w+)`)
	for _, name := range []string{"page/phones.html", "page/phones.js"} {
		content, err := assets.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range said.FindAllSubmatch(content, -1) {
			if name := string(found[1]) + string(found[2]); words["en"][name] == "" {
				t.Errorf("%s has no words", name)
			}
		}
	}
	for trouble := range shares {
		if words["en"][string(trouble)] == "" {
			t.Errorf("the trouble %s has no words", trouble)
		}
	}
}

// All troubles can be on at once: their shares are of the same calls.
func TestTroublesLeaveRoomForOneAnother(t *testing.T) {
	sum := 0.0
	for _, share := range shares {
		sum += share
	}
	if sum >= 1 || shares[standin.Fail] != 0.05 {
		t.Errorf("%v are %v in all", shares, sum)
	}
}

func TestTheCameraReadsCodes(t *testing.T) {
	const said = "http://weixin.qq.com/q/counter-3"
	picture, err := qrcode.Encode(said, qrcode.Medium, 256)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := readCode(picture); read != said || err != nil {
		t.Errorf("%q, %v", read, err)
	}
	var blank bytes.Buffer
	if err := png.Encode(&blank, image.NewGray(image.Rect(0, 0, 32, 32))); err != nil {
		t.Fatal(err)
	}
	if _, err := readCode(blank.Bytes()); err != errNoCodeSeen {
		t.Errorf("a picture without a code: %v", err)
	}
	if _, err := readCode([]byte("no picture")); err != errNoPicture {
		t.Errorf("no picture: %v", err)
	}
}

// FuzzCamera: any upload is read or refused.
func FuzzCamera(f *testing.F) {
	code, err := qrcode.Encode("https://t.me/plaza_demo_bot?start=x", qrcode.Low, 64)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(code)
	f.Add([]byte("GIF89a"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) > maxPicture {
			return
		}
		if read, err := readCode(content); err != nil && read != "" {
			t.Errorf("%q and %v", read, err)
		}
	})
}

// FuzzTexts: a text on a phone is the text that was sent, links or not.
func FuzzTexts(f *testing.F) {
	for _, seed := range []string{"", "see https://plaza.example/a, and http://b.example.", "https://。", `<a href="weixin://bizmsgmenu?msgmenucontent=a&msgmenuid=1">a</a>`} {
		f.Add(seed)
	}
	app := new(wechat)
	f.Fuzz(func(t *testing.T, sent string) {
		var shown strings.Builder
		for _, span := range plain(sent) {
			shown.WriteString(span.Text)
		}
		if shown.String() != sent {
			t.Errorf("%q is shown as %q", sent, shown.String())
		}
		if utf8.ValidString(sent) && !strings.Contains(sent, "<a ") {
			shown.Reset()
			for _, span := range app.spans(sent) {
				shown.WriteString(span.Text)
			}
			if shown.String() != sent {
				t.Errorf("on WeChat %q is shown as %q", sent, shown.String())
			}
		}
	})
}
