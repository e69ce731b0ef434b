package telegram_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
	"plaza/message"
)

// Registered with Telegram, updates come in with the secret, and the connection
// is told to work only while Telegram posts here.
func TestConnecting(t *testing.T) {
	s := newSide(t, telegramtest.Options{Local: true})
	var arrived atomic.Int32
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		call := request(`{"update_id":1}`)
		call.Header = r.Header
		if _, err := s.Receive(s.credentials, call); err != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		arrived.Add(1)
	}))
	defer hook.Close()
	mine := telegram.New(telegram.Options{PublicURL: hook.URL, API: s.url, Now: func() time.Time { return testNow }})
	check := func(want error) {
		t.Helper()
		if err := mine.Check(t.Context(), s.credentials); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	check(telegram.ErrNoWebhook)
	if err := mine.Register(t.Context(), s.credentials, hook.URL+"/webhooks/telegram/1"); err != nil {
		t.Fatal(err)
	}
	check(nil)
	if _, err := s.platform.Say(t.Context(), ann, "hi"); err != nil || arrived.Load() != 1 {
		t.Errorf("%d updates arrived, %v", arrived.Load(), err)
	}
	if err := s.Check(t.Context(), s.credentials); !errors.Is(err, telegram.ErrOtherWebhook) {
		t.Errorf("another server's webhook: %v", err)
	}
	if err := mine.Withdraw(t.Context(), s.credentials); err != nil {
		t.Fatal(err)
	}
	check(telegram.ErrNoWebhook)
}

func TestWhatIsWrongWithAConnectionIsSaidInWords(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	if err := s.Register(t.Context(), s.credentials, "http://localhost:8080/x"); err == nil || !strings.Contains(err.Error(), "public https") {
		t.Errorf("an address that Telegram can't call: %v", err)
	}
	other, err := telegram.Credentials{BotToken: strings.Replace(testToken, "F0", "F1", 1)}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Register(t.Context(), other, publicURL); !errors.Is(err, telegram.ErrTokenRefused) {
		t.Errorf("an unknown token: %v", err)
	}
	for _, token := range []string{"", "123", "123456789:short", "x:AAF0lXoQdWjcxhfLWVYmcUSNKGyOCQnDPoE"} {
		encoded, _ := telegram.Credentials{BotToken: token}.Encode()
		if err := s.Validate(encoded); !errors.Is(err, telegram.ErrBotToken) {
			t.Errorf("%q: %v", token, err)
		}
	}
	nobody := telegram.New(telegram.Options{API: "http://127.0.0.1:1"})
	if err := nobody.Check(t.Context(), s.credentials); !errors.Is(err, telegram.ErrUnreachable) || strings.Contains(err.Error(), testToken) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestMenusBecomeCommandsThatMeanWhatTheEntriesDo(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	press := func(label, payload string) message.MenuEntry {
		return message.MenuEntry{Label: label, Action: message.PressAction, Payload: payload}
	}
	menus := []message.Menu{
		{Entries: []message.MenuEntry{press("Products", "shop:list"), {Label: "About", Entries: []message.MenuEntry{press("Hours", "hours"), {Label: "Map", Action: message.OpenAction, URL: "/n/map"}}}}},
		{For: message.MenuReaders{Language: "ko"}, Entries: []message.MenuEntry{press("상품", "shop:list"), press("시간", "시간")}},
		{For: message.MenuReaders{Tag: "vip"}, Entries: []message.MenuEntry{press("VIP", "vip")}},
	}
	leftOut, err := s.PublishMenus(t.Context(), s.credentials, menus)
	if err != nil || !slices.Equal(leftOut, []int{2}) {
		t.Fatalf("left out %v, %v, refused %q", leftOut, err, s.platform.Refusals())
	}
	shown := s.platform.Menu()
	want := []models.BotCommand{{Command: "shop_list", Description: "Products"}, {Command: "hours", Description: "About › Hours"}, {Command: "map", Description: "About › Map"}}
	if !slices.Equal(shown.Commands[""], want) || len(shown.Commands["ko"]) != 2 || shown.Button != "commands" {
		t.Fatalf("shown %+v", shown)
	}
	say := func(text string) (message.Inbound, message.Response) {
		received, err := s.Receive(s.credentials, request(`{"update_id":9,"message":{"message_id":1,"from":{"id":4711},"chat":{"id":4711,"type":"private"},"text":"`+text+`"}}`))
		if err != nil {
			t.Fatal(err)
		}
		response, _, err := s.Render(s.credentials, received, nil)
		if err != nil {
			t.Fatal(err)
		}
		return received.Inbound[0], response
	}
	if in, _ := say("/shop_list"); in.Kind != message.Press || in.Payload != "shop:list" {
		t.Errorf("/shop_list is %+v", in)
	}
	if in, _ := say("/" + shown.Commands["ko"][1].Command); in.Payload != "시간" {
		t.Errorf("a Korean entry is %+v", in)
	}
	if in, response := say("/map"); in.Kind != message.View || !strings.Contains(string(response.Body), `"url":"https://shop.example/n/map"`) {
		t.Errorf("/map is %+v, answered with %s", in, response.Body)
	}
	if _, err := s.PublishMenus(t.Context(), s.credentials, nil); err != nil || len(s.platform.Menu().Commands) != 0 || s.platform.Menu().Button != "default" {
		t.Errorf("taken away: %+v, %v", s.platform.Menu(), err)
	}
}
