package line

import (
	"encoding/json"
	"errors"
	"flag"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plaza/bot/line/linetest"
	"plaza/bot/standin"
	"plaza/message"
	"plaza/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	testSecret = "0123456789abcdef0123456789abcdef"
	testID     = "1234567890"
)

var (
	testToken = strings.Repeat("Ab+/", 40) + "="
	testNow   = time.Unix(1767225605, 0)
	alice     = message.Person{Channel: Name, User: linetest.UserID(1), Language: "en"}
)

// clock is a time that a test sets.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return testNow.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

func encoded(c Credentials) []byte {
	credentials, err := c.Encode()
	if err != nil {
		panic(err)
	}
	return credentials
}

func testCredentials() []byte { return encoded(Credentials{Secret: testSecret, Token: testToken}) }

func testChannel(change ...func(*Options)) *Channel {
	o := Options{
		PublicURL: "https://shop.example",
		QRPicture: func(link string) string { return "https://shop.example/qr.png?text=" + url.QueryEscape(link) },
		Text:      func(_, key string, _ ...any) string { return strings.TrimPrefix(key, "line.") },
		Now:       func() time.Time { return testNow },
	}
	for _, f := range change {
		f(&o)
	}
	return New(o)
}

// request is a webhook call, signed by the stand-in's own code.
func request(body string) message.Request {
	return message.Request{Method: "POST", Body: []byte(body), At: testNow,
		Header: map[string][]string{"X-Line-Signature": {linetest.Sign(testSecret, []byte(body))}}}
}

// stage is a channel and the platform it talks to.
type stage struct {
	*Channel
	platform    *linetest.Platform
	credentials []byte
	clock       *clock
	troubles    *standin.Troubles
	inbound     []message.Inbound
}

func newStage(t testing.TB, change ...func(*linetest.Account, *Credentials)) *stage {
	t.Helper()
	s := &stage{clock: new(clock), troubles: &standin.Troubles{}}
	webhook := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(webhook.Close)
	account := linetest.Account{ID: testID, Secret: testSecret, Token: testToken, Webhook: webhook.URL}
	c := Credentials{Secret: testSecret, Token: testToken}
	for _, f := range change {
		f(&account, &c)
	}
	s.credentials = encoded(c)
	s.platform = linetest.New(account, s.clock.now, s.troubles)
	s.platform.Add(alice.User, "Alice", "ko")
	host := httptest.NewServer(s.platform)
	t.Cleanup(host.Close)
	s.Channel = testChannel(func(o *Options) { o.API, o.Data, o.Now = host.URL, host.URL, s.clock.now })
	return s
}

// stateless gives the account no long-lived token.
func stateless(a *linetest.Account, c *Credentials) { a.Token, c.Token, c.ID = "", "", testID }

func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	body := make([]byte, r.ContentLength)
	if _, err := r.Body.Read(body); err != nil && len(body) == 0 {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	received, err := s.Receive(s.credentials, message.Request{Method: r.Method, Header: r.Header, Body: body, At: s.clock.now()})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.inbound = append(s.inbound, received.Inbound...)
	response, _, _ := s.Render(s.credentials, received, nil)
	w.WriteHeader(response.Status)
}

// class is that of a failed send.
func class(t *testing.T, err error) message.SendClass {
	t.Helper()
	failed, ok := errors.AsType[*message.SendError](err)
	if !ok {
		t.Fatalf("%v is no SendError", err)
	}
	for _, secret := range []string{testSecret, testToken, "Bearer", "stateless."} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
	return failed.Class
}

// golden compares with a file, or writes it under -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(got) {
		t.Errorf("%s\n got: %s\nwant: %s", path, got, want)
	}
}

func indented(t testing.TB, value any) []byte {
	t.Helper()
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(encoded, '\n')
}

func amount(minor int64) *money.Amount { return new(money.Of(minor, "KRW")) }

func card(title string, buttons ...message.Button) message.Card {
	return message.Card{Title: title, Text: "Fresh this morning", Image: "/pictures/1", URL: "/shop/corner/1", Price: amount(12500), Buttons: buttons}
}

var buy = message.Button{Label: "구매", Payload: "buy:1", Say: "구매"}

// forms are messages of every form, as people see them.
var forms = map[string]message.Outbound{
	"text":              message.Text("Hello <b> & 안녕 😀"),
	"rich":              {Form: message.RichForm, Runs: []message.Run{{Text: "New: ", Bold: true}, {Text: "tea", URL: "/t"}, {Text: "\nold", Strike: true}, {Text: " code", Code: true}, {Text: " it", Italic: true}}},
	"plain":             {Form: message.RichForm, Runs: []message.Run{{Text: "nothing "}, {Text: "particular"}}},
	"image":             {Form: message.ImageForm, Image: "/pictures/1", Text: "Caption"},
	"voice":             {Form: message.VoiceForm, Text: "Listen", Media: &message.Media{URL: "/m/1.m4a", Type: "audio/mp4", Length: 4200}},
	"voice-unknown":     {Form: message.VoiceForm, Media: &message.Media{URL: "/m/1.ogg", Name: "hello.ogg", Type: "audio/ogg", Length: 4200}},
	"video":             {Form: message.VideoForm, Text: "Look", Media: &message.Media{URL: "/m/1.mp4", Type: "video/mp4", Preview: "/m/1.jpg"}},
	"file":              {Form: message.FileForm, Text: "The menu", Media: &message.Media{URL: "/m/menu.pdf", Name: "menu.pdf", Size: 345678}},
	"location":          {Form: message.LocationForm, Place: &message.Place{Title: "Shop", Address: "1 Road", Latitude: 37.5, Longitude: 0}},
	"location-bare":     {Form: message.LocationForm, Place: &message.Place{Latitude: 37.5, Longitude: 127}},
	"sticker":           {Form: message.StickerForm, Sticker: &message.Sticker{Set: "446", ID: "1988", Emoji: "👍"}},
	"sticker-elsewhere": {Form: message.StickerForm, Sticker: &message.Sticker{Set: "pack", ID: "x", Emoji: "👍"}},
	"card":              message.OneCard(card("딸기", buy)),
	"card-qr":           message.OneCard(message.Card{Title: "Scan me", QR: "/q/abc"}),
	"card-bare":         message.OneCard(message.Card{Title: "Closed today"}),
	"cards":             {Form: message.CardsForm, Text: "Today", Cards: []message.Card{card("딸기", buy), card("블루베리")}},
	"list":              {Form: message.ListForm, Text: "Today", Cards: []message.Card{card("딸기", buy), {Title: "Bun", Buttons: []message.Button{buy, {Label: "More", Say: "more"}}}}, Buttons: []message.Button{{Label: "All", URL: "/shop/corner"}}},
	"buttons":           message.Choice("Choose", buy, message.Button{Label: "Site", URL: "/a/corner"}, message.Button{Label: "A label that is longer than a button", Say: "no"}),
	"menu":              {Form: message.MenuForm, Text: "Size?", Buttons: []message.Button{{Label: "S"}, {Label: "M"}}},
	"product":           {Form: message.ProductForm, Cards: []message.Card{{Title: "Tea", Price: amount(900), Was: amount(1200), Image: "/pictures/2", Buttons: []message.Button{buy}}}},
	"order":             {Form: message.OrderForm, Receipt: receipt, Buttons: []message.Button{{Label: "Pay", URL: "/pay/7"}}},
	"receipt":           {Form: message.ReceiptForm, Receipt: receipt},
	"qr":                {Form: message.QRForm, Text: "Scan it", URL: "/q/abc"},
	"coupon":            {Form: message.CouponForm, Coupon: &message.Coupon{Title: "Ten off", Text: "On everything", Code: "TEN", Until: "until Friday", URL: "/shop/corner"}},
	"handover":          {Form: message.HandoverForm, Text: "One moment"},
	"quick":             {Form: message.TextForm, Text: "Size?", Quick: []message.Button{{Label: "S", Say: "small"}, buy, {Label: "Site", URL: "https://shop.example"}}},
	"nothing":           {Form: message.HandoverForm},
}

var receipt = &message.Receipt{Title: "Thank you", Number: "20260101-7", State: "Paid", URL: "/orders/7", Total: money.Of(25000, "KRW"),
	Lines: []message.ReceiptLine{{Name: "딸기", Quantity: 2, Amount: money.Of(27000, "KRW")}, {Name: "Discount", Amount: money.Of(-2000, "KRW")}}}
