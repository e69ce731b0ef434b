//go:build !nostandins

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// printed is what a command prints, read while it runs.
type printed struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *printed) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *printed) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// demoWorld is a demo that runs, with its phones.
type demoWorld struct {
	t      *testing.T
	phones string // address
	said   *printed
}

var phonesAddress = regexp.MustCompile(`http://127\.0\.0\.1:\d+/phones`)

// inDemo runs a demo on a folder while do lasts.
func inDemo(t *testing.T, folder string, do func(demoWorld)) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	said, ended := new(printed), make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"demo", "--no-month", "--addr", "127.0.0.1:0", "--data", folder, "--log-level", "error"}, said)
	}()
	until(t, "the demo runs", func() bool {
		select {
		case err := <-ended:
			t.Fatalf("the demo ended: %v", err)
		default:
		}
		return strings.Contains(said.String(), "--fresh")
	})
	do(demoWorld{t, phonesAddress.FindString(said.String()), said})
	stop()
	if err := <-ended; err != nil {
		t.Errorf("the demo ended with %v", err)
	}
}

// until waits for a condition, as long as a busy machine may take.
func until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for began := time.Now(); !holds(); {
		if time.Since(began) > 3*time.Minute {
			t.Fatalf("%s: not within three minutes", what)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func (d demoWorld) post(path string, body any) {
	d.t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	response, err := http.Post(d.phones+"/"+path, "application/json", bytes.NewReader(encoded))
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	if said, _ := io.ReadAll(response.Body); response.StatusCode != http.StatusNoContent {
		d.t.Errorf("%s: %s %s", path, response.Status, said)
	}
}

// screens is what the phones show, as one text for each messenger.
func (d demoWorld) screens() map[string]string {
	d.t.Helper()
	screens, _ := d.shown()
	return screens
}

// shown is what stands in the phones' chats and what stands at their feet.
func (d demoWorld) shown() (screens, menus map[string]string) {
	d.t.Helper()
	response, err := http.Get(d.phones + "/state")
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	var state struct {
		Phones []struct {
			Messenger string          `json:"messenger"`
			Bubbles   json.RawMessage `json:"bubbles"`
			Menu      json.RawMessage `json:"menu"`
		} `json:"phones"`
	}
	if err := json.NewDecoder(response.Body).Decode(&state); err != nil {
		d.t.Fatal(err)
	}
	screens, menus = map[string]string{}, map[string]string{}
	for _, phone := range state.Phones {
		screens[phone.Messenger], menus[phone.Messenger] = string(phone.Bubbles), string(phone.Menu)
	}
	return screens, menus
}

// What the sample accounts' bots answer to each phone's owner.
var askedHours = map[string]struct{ question, answer string }{
	"wechat":   {"what are your hours?", "We are open day and night"},
	"line":     {"what are your hours?", "We are open day and night"},
	"telegram": {"what are your hours?", "We are open day and night"},
	"kakao":    {"영업 시간이 어떻게 되나요?", "아침 8시부터 밤 9시까지"},
}

// A second demo on the same folder finds its connections and followers again,
// and no message of its phones is taken for one of the first demo's.
func TestEachMessengerOfTheDemoAnswers(t *testing.T) {
	folder := t.TempDir()
	for _, first := range []bool{true, false} {
		inDemo(t, folder, func(d demoWorld) {
			for messenger, screen := range d.screens() {
				if screen != "[]" { // and not null, which the page can't draw
					t.Errorf("%s begins with %s", messenger, screen)
				}
			}
			_, menus := d.shown()
			for messenger := range askedHours {
				if messenger != "kakao" && !strings.Contains(strings.ToLower(menus[messenger]), "shop") { // Kakao's channels have none
					t.Errorf("the menu of %s is %s", messenger, menus[messenger])
				}
			}
			for messenger, asked := range askedHours {
				if first {
					d.post(messenger+"/follow", map[string]any{})
				}
				d.post(messenger+"/say", map[string]string{"text": asked.question})
			}
			for messenger, asked := range askedHours {
				until(t, messenger+" answers", func() bool { return strings.Contains(d.screens()[messenger], asked.answer) })
				if screen := d.screens()[messenger]; strings.Contains(screen, `"note"`) {
					t.Errorf("%s shows %s", messenger, screen)
				}
			}
			if first {
				d.refusesStrangers()
				d.buysWithWeChatPay()
			}
			if said := d.said.String(); strings.Contains(said, "127.0.0.1:0/") {
				t.Errorf("the demo prints a port that is none: %s", said)
			}
		})
	}
}

// refusesStrangers: other sites can neither read the phones by a name of their
// own nor press their buttons.
func (d demoWorld) refusesStrangers() {
	d.t.Helper()
	for name, change := range map[string]func(*http.Request){
		"another name": func(r *http.Request) { r.Host = "phones.example" },
		"another site": func(r *http.Request) { r.Header.Set("Origin", "https://phones.example") },
	} {
		request, err := http.NewRequest(http.MethodPost, d.phones+"/line/say", strings.NewReader(`{"text":"hours"}`))
		if err != nil {
			d.t.Fatal(err)
		}
		change(request)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			d.t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusMisdirectedRequest && response.StatusCode != http.StatusForbidden {
			d.t.Errorf("%s: status %d", name, response.StatusCode)
		}
	}
}

// tapped finds what can be tapped on a phone by its words: the latest. It is
// pressed, or leads somewhere.
func (d demoWorld) tapped(messenger, words string) (press, link string) {
	d.t.Helper()
	what := regexp.MustCompile(`"(?:text|label)":"[^"]*` + words + `[^"]*"(?:,"link":"([^"]+)")?(?:,"press":(\d+))?`)
	until(d.t, messenger+" shows "+words, func() bool {
		for _, found := range what.FindAllStringSubmatch(d.screens()[messenger], -1) {
			if found[1] != "" || found[2] != "" {
				press, link = found[2], found[1]
			}
		}
		return press != "" || link != ""
	})
	return press, link
}

func (d demoWorld) tap(messenger, words string) {
	d.t.Helper()
	press, _ := d.tapped(messenger, words)
	d.post(messenger+"/press", map[string]json.RawMessage{"press": json.RawMessage(press)})
}

// buysWithWeChatPay orders in the chat, opens the payment page as WeChat would,
// chooses WeChat Pay, and pays on WeChat Pay's page.
func (d demoWorld) buysWithWeChatPay() {
	d.t.Helper()
	d.post("wechat/say", map[string]string{"text": "buy"})
	for _, words := range []string{"Buy", "Order now", "Pay CN¥"} {
		d.tap("wechat", words)
	}
	_, link := d.tapped("wechat", "Payment page")
	browser := browser{t: d.t}
	browser.open(d.phones) // where the messenger knows who holds it
	page := browser.open(strings.ReplaceAll(link, `\u0026`, "&"))
	key := regexp.MustCompile(`name="key" value="(\w+)"`).FindStringSubmatch(page)
	if key == nil || !strings.Contains(page, `value="wechatpay"`) || !strings.Contains(page, `value="alipay"`) {
		d.t.Fatalf("%s does not offer both: %.2000s", browser.at, page)
	}
	browser.post(browser.at.String(), url.Values{"key": {key[1]}, "provider": {"wechatpay"}})
	till := strings.TrimSuffix(d.phones, "/phones") + "/wechatpay/pages"
	order := regexp.MustCompile(`action="([^"]+)">\s*<input type="hidden" name="merchant" value="(\w+)"><input type="hidden" name="order" value="(\w+)">`)
	due := order.FindStringSubmatch(browser.open(till))
	if due == nil {
		d.t.Fatal("WeChat Pay has nothing to be paid")
	}
	browser.post(browser.at.ResolveReference(&url.URL{Path: due[1]}).String(), url.Values{"merchant": {due[2]}, "order": {due[3]}})
	until(d.t, "the receipt", func() bool { return strings.Contains(d.screens()["wechat"], "paid") })
}

// browser is somebody's, with its cookies.
type browser struct {
	t      *testing.T
	client http.Client
	at     *url.URL
}

func (b *browser) open(address string) string {
	b.t.Helper()
	return b.read(http.NewRequest(http.MethodGet, address, nil))
}

func (b *browser) post(address string, form url.Values) string {
	b.t.Helper()
	request, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err == nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Origin", "http://"+request.Host)
	}
	return b.read(request, err)
}

func (b *browser) read(request *http.Request, err error) string {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	if b.client.Jar == nil {
		b.client.Jar, _ = cookiejar.New(nil) // without options it never fails
	}
	response, err := b.client.Do(request)
	if err != nil {
		b.t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if b.at = response.Request.URL; err != nil || response.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %s %v %.300s", b.at, response.Status, err, content)
	}
	return string(content)
}
