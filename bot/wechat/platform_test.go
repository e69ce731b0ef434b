package wechat

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/bot/wechat/wechattest"
	"plaza/message"
)

const testSecret = "0123456789abcdef0123456789abcdef"

// clock is a time that a test sets.
type clock struct{ offset atomic.Int64 }

func (c *clock) now() time.Time          { return testNow.Add(time.Duration(c.offset.Load())) }
func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

// stage is a channel and the platform it talks to.
type stage struct {
	channel     *Channel
	platform    *wechattest.Platform
	credentials []byte
	clock       *clock

	mu      sync.Mutex
	inbound []message.Inbound
	answer  []message.Outbound
	rest    []message.Outbound
	refuse  int // attempts that end in an error first
}

func newStage(t *testing.T, change ...func(*wechattest.App)) *stage {
	t.Helper()
	s := &stage{clock: new(clock)}
	webhook := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(webhook.Close)
	app := wechattest.App{AppID: testAppID, Secret: testSecret, OriginalID: "gh_7f083739789a", Token: testToken, Webhook: webhook.URL}
	for _, f := range change {
		f(&app)
	}
	s.platform = wechattest.New(app, s.clock.now)
	host := httptest.NewServer(s.platform)
	t.Cleanup(host.Close)
	s.channel = New(Options{PublicURL: "https://shop.example", API: host.URL, Images: shelf{}, Now: s.clock.now})
	s.credentials = plainCredentials(func(c *Credentials) { c.Secret, c.EncodingAESKey = testSecret, app.EncodingAESKey })
	return s
}

// serve is the webhook as the rest of the program makes it.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse > 0 {
		s.refuse--
		http.Error(w, "not now", http.StatusServiceUnavailable)
		return
	}
	body, _ := io.ReadAll(r.Body)
	received, err := s.channel.Receive(s.credentials, message.Request{Method: r.Method, Query: r.URL.Query(), Header: r.Header, Body: body, At: s.clock.now()})
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if received.Echo != "" {
		io.WriteString(w, received.Echo)
		return
	}
	s.inbound = append(s.inbound, received.Inbound...)
	response, rest, err := s.channel.Render(s.credentials, received, s.answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.rest = rest
	w.WriteHeader(response.Status)
	w.Write(response.Body)
}

// shelf holds two pictures.
type shelf struct{}

func (shelf) Open(_ context.Context, address string) (io.ReadCloser, error) {
	content, ok := map[string]string{"/pictures/1": "\x89PNG\r\n\x1a\none", "/pictures/copy": "\x89PNG\r\n\x1a\none", "/pictures/svg": "<svg/>"}[address]
	if !ok {
		return nil, errors.New("no such picture")
	}
	return io.NopCloser(strings.NewReader(content)), nil
}

var alice = message.Person{Channel: ChannelName, User: "oia2TjuEGTNoeX76QEjQNrcURxG8", Language: "zh"}

func (s *stage) send(t *testing.T, out message.Outbound) error {
	t.Helper()
	out.Language = "zh"
	return s.channel.Send(t.Context(), s.credentials, alice, "key", out)
}

// say lets Alice write, which opens the window.
func (s *stage) say(t *testing.T, text string) wechattest.Reply {
	t.Helper()
	reply, err := s.platform.Say(t.Context(), alice.User, text)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// sendClass is the class of a failed send.
func sendClass(t *testing.T, err error) message.SendClass {
	t.Helper()
	failed, ok := errors.AsType[*message.SendError](err)
	if !ok {
		t.Fatalf("%v is no SendError", err)
	}
	for _, secret := range []string{testSecret, testToken + "&", "access_token="} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
	return failed.Class
}

func TestAConversationWithThePlatformInEveryMode(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]func(*wechattest.App){
		"plain":      func(*wechattest.App) {},
		"compatible": func(a *wechattest.App) { a.EncodingAESKey, a.Compatible = testKey, true },
		"safe":       func(a *wechattest.App) { a.EncodingAESKey = testOtherKey },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, mode)
			if err := s.platform.Verify(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.answer = []message.Outbound{message.Text("欢迎 ]]> <b>")}
			if reply := s.say(t, "a]]>b 你好"); reply.Text != "欢迎 ]]> <b>" || s.inbound[0].Text != "a]]>b 你好" {
				t.Errorf("%+v answered with %+v", s.inbound[0], reply)
			}
			s.answer = []message.Outbound{{Form: message.CardsForm, Cards: []message.Card{card("草莓"), card("蓝莓")}}}
			reply, err := s.platform.Follow(t.Context(), "oBob", "door-3")
			if err != nil || len(reply.Articles) != 2 || s.inbound[1].Scene != "door-3" || s.inbound[1].Kind != message.Follow {
				t.Errorf("%+v answered with %+v, %v", s.inbound[1], reply, err)
			}
			if _, err = s.platform.Scan(t.Context(), "oBob", "door-4"); err != nil || s.inbound[2].Kind != message.Scan {
				t.Errorf("%+v, %v", s.inbound[2], err)
			}
			if _, err = s.platform.Click(t.Context(), "oBob", "menu:today"); err != nil || s.inbound[3].Payload != "menu:today" {
				t.Errorf("%+v, %v", s.inbound[3], err)
			}
			if err = s.platform.Unfollow(t.Context(), "oBob"); err != nil || s.inbound[4].Kind != message.Unfollow {
				t.Errorf("%+v, %v", s.inbound[4], err)
			}
		})
	}
}

func TestAPlatformRetryHasTheSameKey(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.refuse = 3
	if reply := s.say(t, "hi"); reply.Attempts != 4 || len(s.inbound) != 1 {
		t.Errorf("%d attempts, %d arrived", reply.Attempts, len(s.inbound))
	}
	s.refuse = 4
	if _, err := s.platform.Say(t.Context(), alice.User, "hi"); err == nil {
		t.Error("the platform tried more than four times")
	}
}

func TestMessagesArriveInTheirRichestForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		out  message.Outbound
		kind string
		want string
	}{
		"text":       {message.Text(`<a href="https://shop.example?a=1&b=2">买</a>`), "text", `<a href="https://shop.example?a=1&b=2">买</a>`},
		"image":      {message.Image("/pictures/1"), "image", "media-1"},
		"not ours":   {message.Image("https://elsewhere.example/x.png"), "news", "https://elsewhere.example/x.png"},
		"no picture": {message.Image("/pictures/svg"), "news", "https://shop.example/pictures/svg"},
		"card":       {message.OneCard(card("草莓")), "news", "草莓  ¥12.50"},
		"cards":      {message.Outbound{Form: message.CardsForm, Cards: []message.Card{card("草莓"), card("蓝莓")}}, "text", "蓝莓"},
		"menu":       {message.Choice("选", message.Button{Label: "购买", Payload: "buy:1"}), "msgmenu", "buy:1"},
		"links":      {message.Choice("选", message.Button{Label: "看", URL: "/a/corner"}), "text", "https://shop.example/a/corner"},
		"receipt":    {receipt, "text", "= ¥25.00"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			s.say(t, "hi")
			if err := s.send(t, test.out); err != nil {
				t.Fatal(err)
			}
			got := s.platform.Delivered()
			if len(got) != 1 || got[0].To != alice.User || got[0].Type != test.kind {
				t.Fatalf("%+v", got)
			}
			content, err := encodeJSON(got[0].Content)
			if want, _ := encodeJSON(test.want); err != nil || !strings.Contains(string(content), strings.Trim(string(want), `"`)) {
				t.Errorf("%s holds no %s", content, test.want)
			}
		})
	}
}

func TestAccountsWithoutMenusGetLinksInstead(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(a *wechattest.App) { a.NoMenus = true })
	s.say(t, "hi")
	if err := s.send(t, message.Choice("选", message.Button{Label: "购买", Payload: "buy:1"})); err != nil {
		t.Fatal(err)
	}
	if got := s.platform.Delivered(); len(got) != 1 || got[0].Type != "text" || !strings.Contains(got[0].Content["content"].(string), "msgmenuid=buy:1") {
		t.Errorf("%+v", got)
	}
}

func TestNothingToSayIsNotSent(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	if err := s.send(t, message.Outbound{Form: message.HandoverForm}); err != nil || len(s.platform.Delivered()) != 0 {
		t.Errorf("%v, %v", err, s.platform.Delivered())
	}
}

func TestThePlatformsWindowsAreTold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if class := sendClass(t, s.send(t, message.Text("?"))); class != message.Gone {
		t.Errorf("to a stranger: %s", class)
	}
	s.say(t, "hi")
	for range 5 {
		if err := s.send(t, message.Text("!")); err != nil {
			t.Fatal(err)
		}
	}
	if class := sendClass(t, s.send(t, message.Text("sixth"))); class != message.WindowClosed {
		t.Errorf("the sixth: %s", class)
	}
	s.clock.advance(time.Hour)
	s.say(t, "hi again")
	s.clock.advance(49 * time.Hour)
	if class := sendClass(t, s.send(t, message.Text("late"))); class != message.WindowClosed {
		t.Errorf("after 49 hours: %s", class)
	}
	if err := s.platform.Unfollow(t.Context(), alice.User); err != nil {
		t.Fatal(err)
	}
	if class := sendClass(t, s.send(t, message.Text("gone"))); class != message.Gone {
		t.Errorf("after leaving: %s", class)
	}
}

func TestAnUploadedPictureServesForThreeDays(t *testing.T) {
	t.Parallel()
	const path = "/cgi-bin/media/upload"
	s := newStage(t)
	s.say(t, "hi")
	for _, address := range []string{"/pictures/1", "/pictures/1", "/pictures/copy"} {
		if err := s.send(t, message.Image(address)); err != nil {
			t.Fatal(err)
		}
	}
	if calls := s.platform.Calls(path); calls != 1 {
		t.Errorf("%d uploads of one content", calls)
	}
	s.answer = []message.Outbound{message.Image("/pictures/1")}
	if reply := s.say(t, "picture?"); reply.Type != "image" || reply.MediaID != "media-1" {
		t.Errorf("the reply is %+v", reply)
	}
	s.clock.advance(3 * 24 * time.Hour)
	if reply := s.say(t, "picture?"); reply.Type != "news" {
		t.Errorf("after three days the reply is %+v", reply)
	}
	if err := s.send(t, message.Image("/pictures/1")); err != nil || s.platform.Calls(path) != 2 {
		t.Errorf("after three days: %v, %d uploads", err, s.platform.Calls(path))
	}
}

func TestCodesAreMadeForScenes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	c := Credentials{AppID: testAppID, Secret: testSecret, Token: testToken}
	code, err := s.channel.API().CreateCode(t.Context(), c, message.Scene{Text: "门口-3", Life: 24 * time.Hour})
	if err != nil || !code.Until.Equal(testNow.Add(24*time.Hour)) || code.URL != "http://weixin.qq.com/q/门口-3" ||
		code.Picture() != "https://mp.weixin.qq.com/cgi-bin/showqrcode?ticket=gQ%2F%2B%E9%97%A8%E5%8F%A3-3%3D%3D" {
		t.Errorf("%+v %s, %v", code, code.Picture(), err)
	}
	if code, err = s.channel.API().CreateCode(t.Context(), c, message.Scene{Text: "door"}); err != nil || !code.Until.IsZero() {
		t.Errorf("%+v, %v", code, err)
	}
	for scene, life := range map[string]time.Duration{"": 0, strings.Repeat("x", 65): 0, "month": 31 * 24 * time.Hour, "past": -1} {
		if _, err := s.channel.API().CreateCode(t.Context(), c, message.Scene{Text: scene, Life: life}); !errors.Is(err, ErrScene) {
			t.Errorf("%q for %v: %v", scene, life, err)
		}
	}
}

func TestTypingIsShown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	for _, typing := range []bool{true, false} {
		if err := s.channel.Typing(context.Background(), s.credentials, alice, typing); err != nil {
			t.Errorf("typing %v: %v", typing, err)
		}
	}
	if calls := s.platform.Calls("/cgi-bin/message/custom/typing"); calls != 2 {
		t.Errorf("%d calls", calls)
	}
}
