package public_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/png"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"

	"plaza/api/apitest"
	"plaza/money"
	"plaza/shop/counter"
	"plaza/shop/pay/wallet"
)

const somePIN, otherPIN = "739158", "264807"

var keyPicture = regexp.MustCompile(`src="data:image/png;base64,([^"]+)"`)

// reader reads the digits of keys as a person does: by how they look. It knows
// the font, so that it needs no stand-in for the server's own order.
type reader struct{ shapes [10]*image.Gray }

const readerSize = 52

func newReader(t *testing.T) *reader {
	t.Helper()
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		t.Fatal(err)
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: readerSize, DPI: 72})
	if err != nil {
		t.Fatal(err)
	}
	r := &reader{}
	for digit := range r.shapes {
		canvas := image.NewGray(image.Rect(0, 0, 144, 96))
		for i := range canvas.Pix {
			canvas.Pix[i] = 248
		}
		pen := font.Drawer{Dst: canvas, Src: image.Black, Face: face, Dot: fixed.P(50, 70)}
		pen.DrawString(string(rune('0' + digit)))
		r.shapes[digit] = canvas
	}
	return r
}

// shape is the dark part of a picture on a grid of 12 by 16.
func shape(picture image.Image) (grid [12 * 16]float64) {
	bounds, dark := image.Rectangle{}, func(x, y int) bool { v, _, _, _ := picture.At(x, y).RGBA(); return v < 0x8000 }
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if dark(x, y) {
				bounds = bounds.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if dark(x, y) {
				cell := (y-bounds.Min.Y)*16/bounds.Dy()*12 + (x-bounds.Min.X)*12/bounds.Dx()
				grid[cell] += 12 * 16 / float64(bounds.Dx()*bounds.Dy())
			}
		}
	}
	return grid
}

// keys are the positions to press for a PIN on the page that is shown.
func (r *reader) keys(t *testing.T, page apitest.Answer, pin string) string {
	t.Helper()
	pictures := keyPicture.FindAllStringSubmatch(page.Text, -1)
	if len(pictures) != 10 {
		t.Fatalf("%d keys: %d %s", len(pictures), page.StatusCode, page.Read())
	}
	var at [10]byte
	taken := map[int]bool{}
	for key, found := range pictures {
		data, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(found[1], "&#43;", "+"))
		if err != nil {
			t.Fatal(err)
		}
		picture, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		seen, best, nearest := shape(picture), 0, 1e9
		for digit, known := range r.shapes {
			like, distance := shape(known), 0.0
			for i := range seen {
				distance += (seen[i] - like[i]) * (seen[i] - like[i])
			}
			if distance < nearest {
				best, nearest = digit, distance
			}
		}
		if taken[best] {
			t.Fatalf("two keys look like %d", best)
		}
		taken[best], at[best] = true, '0'+byte(key)
	}
	keys := make([]byte, len(pin))
	for i := range keys {
		keys[i] = at[pin[i]-'0']
	}
	return string(keys)
}

// types types a PIN on the page that is shown and sends it at once, as the
// script does.
func (r *reader) types(t *testing.T, b *apitest.Browser, path string, page apitest.Answer, pin string, along ...string) apitest.Answer {
	t.Helper()
	return b.Post(path, append([]string{"keypad", page.Form("keypad"), "pressed", r.keys(t, page, pin)}, along...)...)
}

// sets sets a PIN.
func (r *reader) sets(t *testing.T, b *apitest.Browser, pin string) {
	t.Helper()
	const path = "/wallet/corner/pin/set"
	once := r.types(t, b, path, b.Get(path), pin)
	if done := r.types(t, b, path, once, pin); done.StatusCode != http.StatusSeeOther {
		t.Fatalf("%d %s", done.StatusCode, done.Read())
	}
}

func TestAPINIsSetOnAKeypadThatTellsNothingInItsSource(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann, read := w.Browser(), newReader(t)
	rich(w, ann, of.ID, of.Currency, 1000)
	const path = "/wallet/corner/pin/set"
	page := ann.Get(path)
	if read := page.Read(); !strings.Contains(read, "Protected keypad") {
		t.Errorf("no sign that protection is on: %s", read)
	}
	for _, key := range regexp.MustCompile(`<button class="key[^>]*>`).FindAllString(page.Text, -1) {
		if regexp.MustCompile(`digit="|data-digit|value="\d\d`).MatchString(key) {
			t.Errorf("%s", key)
		}
	}
	// Without script each key is a form of its own.
	keys := read.keys(t, page, somePIN)
	pressed := ""
	for i := range keys[:5] {
		page = ann.Post(path, "keypad", page.Form("keypad"), "pressed", pressed, "key", keys[i:i+1])
		if pressed = page.Form("pressed"); pressed != keys[:i+1] {
			t.Fatalf("after %d keys: %q", i+1, pressed)
		}
	}
	page = ann.Post(path, "keypad", page.Form("keypad"), "pressed", pressed, "key", "back")
	page = ann.Post(path, "keypad", page.Form("keypad"), "pressed", page.Form("pressed")+keys[4:5], "key", keys[5:])
	if !strings.Contains(page.Read(), "Once more") {
		t.Fatalf("%s", page.Read())
	}
	if differs := read.types(t, ann, path, page, otherPIN); !strings.Contains(differs.Read(), "not the same") {
		t.Errorf("%s", differs.Read())
	}
	if trivial := read.types(t, ann, path, ann.Get(path), "123456"); !strings.Contains(trivial.Read(), "anybody would try") {
		t.Errorf("%s", trivial.Read())
	}
	read.sets(t, ann, somePIN)
	if settings := ann.Get("/wallet/corner/pin").Read(); !strings.Contains(settings, "Protection is on") {
		t.Errorf("%s", settings)
	}
	if framed := ann.Get("/wallet/corner/pin").Header.Get("Content-Security-Policy"); !strings.Contains(framed, "frame-ancestors 'none'") {
		t.Errorf("it can be framed: %s", framed)
	}
	// Who can't see the keys types the digits.
	change := ann.Get("/wallet/corner/pin/change")
	if typed := ann.Post("/wallet/corner/pin/change", "keypad", change.Form("keypad"), "pin", somePIN); !strings.Contains(typed.Read(), "Choose a PIN") {
		t.Errorf("%s", typed.Read())
	}
	if set := ann.Get(path); set.StatusCode != http.StatusSeeOther {
		t.Errorf("a second one can be set: %d", set.StatusCode)
	}
}

func TestAWalletPaymentAboveWhatIsFreeWaitsForThePIN(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann, read := w.Browser(), newReader(t)
	rich(w, ann, of.ID, of.Currency, 100_000)
	read.sets(t, ann, somePIN)
	product := w.Product(of, "Milk", 100)
	order := func() string {
		t.Helper()
		ann.Post("/shop/corner/cart", "variant", product.Variants[0].ID, "quantity", "1")
		page := ann.Get("/shop/corner/cart")
		return ann.Post("/shop/corner/checkout", "key", page.Form("key"), "name", "Ann").To()
	}
	path := order()
	asked := ann.Post(path, "provider", "wallet")
	if asked.To() != path+"/pin" {
		t.Fatalf("%d %q %s", asked.StatusCode, asked.To(), asked.Read())
	}
	if back := w.Browser().Get(path + "/return?pin.keypad=x"); back.To() != path || !strings.Contains(ann.Get(path).Text, `name="provider"`) {
		t.Errorf("whoever has the address pays with ann's balance: %d %s", back.StatusCode, ann.Get(path).Read())
	}
	page := ann.Get(asked.To())
	if wrong := read.types(t, ann, asked.To(), page, otherPIN); !strings.Contains(wrong.Read(), "Tries left: 4") {
		t.Errorf("%s", wrong.Read())
	}
	replayed := ann.Post(asked.To(), "keypad", page.Form("keypad"), "pressed", read.keys(t, page, somePIN))
	if !strings.Contains(replayed.Read(), "works once") {
		t.Errorf("the same keypad again: %s", replayed.Read())
	}
	eve := w.Browser()
	eve.Get("/wallet/corner")
	if theirs := eve.Get(asked.To()); theirs.StatusCode == http.StatusOK {
		t.Errorf("somebody else's payment: %s", theirs.Read())
	}
	page = ann.Get(asked.To())
	if stolen := eve.Post("/wallet/corner/pin/set", "keypad", page.Form("keypad"), "pressed", "012345"); !strings.Contains(stolen.Read(), "works once") {
		t.Errorf("somebody else's keypad: %s", stolen.Read())
	}
	w.Pass(61 * time.Second)
	if late := read.types(t, ann, asked.To(), page, somePIN); !strings.Contains(late.Read(), "works once") {
		t.Errorf("after a minute: %s", late.Read())
	}
	if paid := read.types(t, ann, asked.To(), ann.Get(asked.To()), somePIN); paid.To() != path || !strings.Contains(ann.Get(path).Read(), "Paid") {
		t.Errorf("%d %s", paid.StatusCode, ann.Get(path).Read())
	}
	// What its owner lets go without it, goes.
	wanted := ann.Post("/wallet/corner/pin/free", "once", "10.00", "day", "20.00")
	if done := read.types(t, ann, "/wallet/corner/pin/free", wanted, somePIN, "once", "10.00", "day", "20.00"); done.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s", done.Read())
	}
	path = order()
	if free := ann.Post(path, "provider", "wallet"); free.To() != path || !strings.Contains(ann.Get(path).Read(), "Paid") {
		t.Errorf("%d %q", free.StatusCode, free.To())
	}
}

func TestADoubtedTransferWaitsForThePINAndThenGoes(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann, read := w.Browser(), newReader(t)
	rich(w, ann, of.ID, of.Currency, 1000)
	read.sets(t, ann, somePIN)
	bob := w.Browser()
	link := payToLink.FindString(bob.Get("/wallet/corner").Text)
	form := ann.Get(link)
	asked := ann.Post(link, "key", form.Form("key"), "amount", "3.00")
	if !strings.HasPrefix(asked.To(), link+"/pin?key=") {
		t.Fatalf("%d %s", asked.StatusCode, asked.Read())
	}
	key := form.Form("key")
	if wrong := read.types(t, ann, link+"/pin", ann.Get(asked.To()), otherPIN, "transfer", key); !strings.Contains(wrong.Read(), "Tries left") {
		t.Errorf("%s", wrong.Read())
	}
	if gone := read.types(t, ann, link+"/pin", ann.Get(asked.To()), somePIN, "transfer", key); !strings.Contains(gone.Text, `class="result"`) {
		t.Errorf("%s", gone.Read())
	}
	if page := bob.Get("/wallet/corner").Read(); !strings.Contains(page, "3.00") {
		t.Errorf("bob: %s", page)
	}
}

func TestTheCounterTakesWhatGoesWithoutThePINUnlessTheCodeIsUnlocked(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	ann, read := w.Browser(), newReader(t)
	rich(w, ann, of.ID, of.Currency, 1000)
	read.sets(t, ann, somePIN)
	sale, err := w.Counter.Begin(t.Context(), of.ID, "k", money.Of(300, of.Currency), "", "Mei")
	w.Must(err)
	digits := regexp.MustCompile(`80\d\d \d{4} \d{4} \d{6}`)
	if _, err := w.Counter.Take(t.Context(), of.ID, sale.Number, digits.FindString(ann.Get("/wallet/corner/code").Text)); !errors.Is(err, wallet.ErrCodeLocked) {
		t.Fatalf("a code anybody could show: %v", err)
	}
	const path = "/wallet/corner/unlock"
	unlocked := read.types(t, ann, path, ann.Get(path), somePIN)
	if paid, err := w.Counter.Take(t.Context(), of.ID, sale.Number, digits.FindString(unlocked.Text)); err != nil || paid.State != counter.Paid {
		t.Errorf("%+v, %v: %s", paid, err, unlocked.Read())
	}
}
