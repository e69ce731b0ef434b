package qr

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"log/slog"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"plaza/live"
	"plaza/store/storetest"
)

const (
	shop   = "01SHOP"
	phone  = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50"
	galaxy = "Mozilla/5.0 (Linux; Android 15; SM-S931N) AppleWebKit/537.36 Chrome/140 Mobile Safari/537.36 KAKAOTALK 11.0.0"
	desk   = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140 Safari/537.36"
)

type world struct {
	*Codes
	now    time.Time
	mutex  sync.Mutex
	events []live.Event
}

func (w *world) Append(_ context.Context, events ...live.Event) error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.events = append(w.events, events...)
	return nil
}

func (w *world) CouponTarget(_ context.Context, _, coupon string) (string, error) {
	return "/shop/corner?coupon=" + url.QueryEscape(coupon), nil
}

func newWorld(t *testing.T) *world {
	w := &world{now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)}
	w.Codes = New(Dependencies{DB: storetest.Open(t, Schemas()...), Events: w, Coupons: w,
		Address: func(code string) string { return "https://plaza.test/q/" + code },
		Zone:    func(context.Context, string) (*time.Location, error) { return time.FixedZone("KST", 9*3600), nil },
		Now:     func() time.Time { return w.now }, Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	return w
}

func (w *world) create(t *testing.T, spec Spec) Code {
	t.Helper()
	code, err := w.Create(t.Context(), shop, "mina", spec)
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestACodeLeadsWhereItsAccountSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: Link, Label: "Poster", Target: "https://example.com/a"})
	lead := func(want string, wantErr error) {
		t.Helper()
		got, err := w.Resolve(t.Context(), strings.ToLower(code.ID), phone, "somebody")
		if got != want || !errors.Is(err, wantErr) {
			t.Errorf("it leads to %q, %v; want %q, %v", got, err, want, wantErr)
		}
	}
	lead("https://example.com/a", nil)
	if _, err := w.Update(t.Context(), shop, code.ID, Spec{Kind: Link, Label: "Poster", Target: "/shop/corner",
		EndsAt: w.now.Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	lead("/shop/corner", nil)
	if _, err := w.SetDisabled(t.Context(), shop, code.ID, true); err != nil {
		t.Fatal(err)
	}
	lead("", ErrEnded)
	if _, err := w.SetDisabled(t.Context(), shop, code.ID, false); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(time.Hour)
	lead("", ErrEnded)
	code.ID = "AAAAAAAA"
	lead("", ErrCode)
	code.ID = "../../etc"
	lead("", ErrCode)
}

func TestAnAppsCodeLeadsToThePhonesStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: App, Label: "App", Target: "https://example.com/app",
		IOS: "https://apps.apple.com/app/id1", Android: "https://play.google.com/store/apps/details?id=a"})
	for agent, want := range map[string]string{phone: code.IOS, galaxy: code.Android, desk: code.Target} {
		if got, err := w.Resolve(t.Context(), code.ID, agent, "x"); got != want || err != nil {
			t.Errorf("%s is led to %q, %v", agent, got, err)
		}
	}
}

func TestACouponsCodeLeadsToTheShop(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: Coupon, Label: "Welcome", Coupon: "FIG 10"})
	if got, err := w.Resolve(t.Context(), code.ID, phone, "x"); got != "/shop/corner?coupon=FIG+10" || err != nil {
		t.Errorf("it leads to %q, %v", got, err)
	}
}

func TestScansOfPeopleAreCountedAndVisitorsOnceADay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: Link, Label: "Poster", Target: "/"})
	own, err := w.ForCampaign(t.Context(), shop, code.ID, "campaign", "Figs")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.ForCampaign(t.Context(), shop, code.ID, "campaign", "Figs"); err != nil || again.ID != own.ID {
		t.Fatalf("asked again, the campaign's code is %s, %v", again.ID, err)
	}
	scan := func(key, agent, visitor string) {
		t.Helper()
		if _, err := w.Resolve(t.Context(), key, agent, visitor); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		scan(code.ID, phone, "a")
		scan(own.ID, phone, "b")
	}
	scan(code.ID, "facebookexternalhit/1.1", "c")
	scan(code.ID, "", "d")
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	scan(own.ID, phone, "b") // known today, also to another node
	w.now = w.now.Add(24 * time.Hour)
	scan(own.ID, phone, "b") // a new day
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, err = w.Find(t.Context(), shop, code.ID); err != nil || code.Scans != 8 || code.Visitors != 3 {
		t.Errorf("the code counts %d scans of %d visitors, %v", code.Scans, code.Visitors, err)
	}
	if own, err = w.Find(t.Context(), shop, own.ID); err != nil || own.Scans != 5 || own.Visitors != 2 {
		t.Errorf("the campaign's counts %d scans of %d visitors, %v", own.Scans, own.Visitors, err)
	}
	days, err := w.Days(t.Context(), shop, code.ID, 10)
	if err != nil || len(days) != 2 || days[0].Date() != "2026-11-24" || days[0].Scans != 1 || days[1].Scans != 7 || days[1].Visitors != 2 {
		t.Errorf("by day: %+v, %v", days, err)
	}
	if len(w.events) != 6 {
		t.Errorf("two codes, two days and two flushes made %d events", len(w.events))
	}
}

func TestAFloodOfScansIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: Link, Label: "Screen", Target: "/"})
	for i := range maxVisits + 5000 {
		w.recorder.add(code, w.now, fmt.Sprint(i))
	}
	if waiting := len(w.recorder.seen); waiting != maxVisits {
		t.Errorf("%d visits wait", waiting)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if code, err := w.Find(t.Context(), shop, code.ID); err != nil || code.Scans != maxVisits+5000 {
		t.Errorf("the code counts %d scans, %v", code.Scans, err)
	}
}

func TestOnlyPeopleCount(t *testing.T) {
	t.Parallel()
	for _, agent := range []string{phone, galaxy, desk, "Mozilla/5.0 (Linux; Android 13; CUBOT X50) Chrome/120 Mobile Safari/537.36",
		"Mozilla/5.0 (Linux; Android 14) WhatsApp Chrome/120 Mobile Safari/537.36"} {
		if !isPerson(agent) {
			t.Errorf("taken for a program: %s", agent)
		}
	}
	for _, agent := range []string{"", " ", "Googlebot/2.1", "Mozilla/5.0 (compatible; bingbot/2.0)", "TelegramBot (like TwitterBot)",
		"Slackbot-LinkExpanding 1.0", "WhatsApp/2.23", "facebookexternalhit/1.1;kakaotalk-scrap/1.0", "curl/8.1", "Twitterbot"} {
		if isPerson(agent) {
			t.Errorf("taken for a person: %s", agent)
		}
	}
}

func TestCodesAreOfTheirAccountAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	code := w.create(t, Spec{Kind: Link, Label: "Poster", Target: "/"})
	if _, err := w.Find(t.Context(), "another", code.ID); !errors.Is(err, ErrCode) {
		t.Errorf("another account finds it: %v", err)
	}
	if _, err := w.SetDisabled(t.Context(), "another", code.ID, true); !errors.Is(err, ErrCode) {
		t.Errorf("another account disables it: %v", err)
	}
	if listed, _, err := w.List(t.Context(), shop, "", 10); err != nil || len(listed) != 1 {
		t.Errorf("the account lists %v, %v", listed, err)
	}
}

func TestSpecsAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, test := range map[string]struct {
		spec Spec
		want error
	}{
		"no label":      {Spec{Kind: Link, Target: "/"}, ErrLabel},
		"no kind":       {Spec{Label: "x", Target: "/"}, ErrKind},
		"own kind":      {Spec{Kind: ForCampaign, Label: "x", Target: "/"}, ErrKind},
		"no target":     {Spec{Kind: Link, Label: "x"}, ErrTarget},
		"script":        {Spec{Kind: Link, Label: "x", Target: "javascript:alert(1)"}, ErrTarget},
		"code to code":  {Spec{Kind: Link, Label: "x", Target: "/q/AAAAAAAA"}, ErrTarget},
		"app to script": {Spec{Kind: App, Label: "x", Target: "/", IOS: "javascript:1"}, ErrTarget},
		"no coupon":     {Spec{Kind: Coupon, Label: "x"}, ErrNoCoupon},
	} {
		if _, err := w.Create(t.Context(), shop, "mina", test.spec); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	for target, good := range map[string]bool{
		"https://example.com": true, "http://example.com:8080/a?b=c#d": true, "/shop/corner?p=1": true, "/": true,
		"https://예시.한국/가게": true,
		"":                 false, "example.com": false, "//evil.example": false, `/\evil.example`: false, `\\evil`: false,
		"javascript:alert(1)": false, "JAVASCRIPT:alert(1)": false, "data:text/html,x": false, "https:example.com": false,
		"https://": false, "https://user:pass@example.com": false, "https://user@example.com": false, "ftp://example.com": false,
		"https://exa mple.com": false, "/a\r\nSet-Cookie: x": false, "https://:80/": false, "/%zz": false,
	} {
		if err := CheckTarget(target); (err == nil) != good {
			t.Errorf("%q: %v", target, err)
		}
	}
}

func decode(t *testing.T, picture image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatal(err)
	}
	return result.GetText()
}

func TestThePicturesCanBeScanned(t *testing.T) {
	t.Parallel()
	const text = "https://plaza.example.com/q/7KXH3M9P"
	for _, level := range []Level{Medium, High} {
		for _, size := range []int{128, 256, 1024, 2048} {
			drawn, err := PNG(text, level, size)
			if err != nil {
				t.Fatal(err)
			}
			picture, err := png.Decode(bytes.NewReader(drawn))
			if err != nil || picture.Bounds().Dx() != size {
				t.Fatal(err, picture.Bounds())
			}
			if got := decode(t, picture); got != text {
				t.Errorf("PNG %s %d says %q", level, size, got)
			}
		}
		svg, err := SVG(text, level)
		if err != nil {
			t.Fatal(err)
		}
		if got := decode(t, rasterise(t, svg)); got != text {
			t.Errorf("SVG %s says %q", level, got)
		}
	}
	if _, err := PNG(text, Medium, 10_000); !errors.Is(err, ErrSize) {
		t.Errorf("a poster of 10,000 pixels: %v", err)
	}
	if _, err := SVG(strings.Repeat("x", 5000), High); !errors.Is(err, ErrLong) {
		t.Errorf("5,000 characters: %v", err)
	}
	if _, err := SVG(text, "low"); !errors.Is(err, ErrLevel) {
		t.Errorf("an unknown level: %v", err)
	}
}

// rasterise draws the runs of our SVG, four pixels to a unit, and checks that
// it is well-formed and has its quiet zone.
func rasterise(t *testing.T, svg []byte) image.Image {
	t.Helper()
	if err := xml.Unmarshal(svg, new(struct{})); err != nil {
		t.Fatal(err)
	}
	side, _ := strconv.Atoi(string(regexp.MustCompile(`viewBox="0 0 (\d+) `).FindSubmatch(svg)[1]))
	picture := image.NewGray(image.Rect(0, 0, side*4, side*4))
	for i := range picture.Pix {
		picture.Pix[i] = 255
	}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-\d+z`).FindAllSubmatch(svg, -1) {
		x, _ := strconv.Atoi(string(run[1]))
		y, _ := strconv.Atoi(string(run[2]))
		width, _ := strconv.Atoi(string(run[3]))
		if x < 4 || y < 4 || x+width > side-4 || y >= side-4 {
			t.Fatalf("the run at %d, %d is in the quiet zone", x, y)
		}
		for dy := range 4 {
			for dx := range width * 4 {
				picture.SetGray(x*4+dx, y*4+dy, color.Gray{})
			}
		}
	}
	return picture
}

func FuzzCheckTarget(f *testing.F) {
	for _, seed := range []string{"/", "//x", "https://a.b/c", "javascript:x", "http://[::1]/", "https://a@b", "/\\x"} {
		f.Add(seed)
	}
	base, _ := url.Parse("https://plaza.test/q/AAAAAAAA")
	f.Fuzz(func(t *testing.T, target string) {
		if CheckTarget(target) != nil {
			return
		}
		to, err := base.Parse(target)
		if err != nil || (to.Scheme != "http" && to.Scheme != "https") || to.User != nil {
			t.Fatalf("%q leads to %v, %v", target, to, err)
		}
		if strings.HasPrefix(target, "/") && to.Host != base.Host {
			t.Fatalf("the path %q leads to %s", target, to.Host)
		}
	})
}

func FuzzParseKey(f *testing.F) {
	f.Add("7KXH3M9P")
	f.Add(" 7kxh3m9p ")
	f.Fuzz(func(t *testing.T, text string) {
		if key, ok := ParseKey(text); ok {
			if again, ok := ParseKey(key); !ok || again != key {
				t.Fatalf("%q became %q, which is %q", text, key, again)
			}
		}
	})
}
