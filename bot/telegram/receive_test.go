package telegram_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
	"plaza/message"
)

func updates(t testing.TB, folder string) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/" + folder + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal("no updates: ", err)
	}
	found := make(map[string]string)
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found[strings.TrimSuffix(filepath.Base(file), ".json")] = string(content)
	}
	return found
}

// The library's own types, which know every documented field, agree that these
// are updates.
func TestUpdatesAreDecoded(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	for name, body := range updates(t, "inbound") {
		t.Run(name, func(t *testing.T) {
			decoder := json.NewDecoder(strings.NewReader(body))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(new(models.Update)); err != nil {
				t.Fatalf("not an update of Telegram's: %v", err)
			}
			received, err := s.Receive(s.credentials, request(body))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, "testdata/decoded/"+name+".json", received.Inbound)
		})
	}
}

// Telegram keeps back a chat's further updates until one is taken, so one that
// nobody understands must not be refused.
func TestWhatIsNotKnownYetIsKept(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	for name, body := range updates(t, "future") {
		received, err := s.Receive(s.credentials, request(body))
		if err != nil || len(received.Inbound) != 1 {
			t.Fatalf("%s: %v", name, err)
		}
		in := received.Inbound[0]
		if in.User != "4711" || in.Key == "" || len(in.Fields) == 0 || (in.Kind != message.Unknown && in.Kind != message.Status) {
			t.Errorf("%s became %+v", name, in)
		}
	}
}

func TestOnlyCallsWithTheSecretAreRead(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	good := request(updates(t, "inbound")["text"])
	if _, err := s.Receive(s.credentials, good); err != nil {
		t.Fatal(err)
	}
	const header = "X-Telegram-Bot-Api-Secret-Token"
	secret := http.Header(good.Header).Get(header)
	other := telegram.Credentials{BotToken: "123456789:AAF0lXoQdWjcxhfLWVYmcUSNKGyOCQnDPoF"}.Secret()
	for name, values := range map[string][]string{
		"none": nil, "empty": {""}, "another bot's": {other}, "longer": {secret + "0"}, "shorter": {secret[1:]},
		"other case": {strings.ToUpper(secret)}, "two": {other, secret}, "the token": {testToken},
	} {
		call := good
		call.Header = maps.Clone(good.Header)
		call.Header[header] = values
		call.Body = []byte("{") // nothing of it is looked at
		if _, err := s.Receive(s.credentials, call); !errors.Is(err, telegram.ErrSecret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCallsThatAreNoUpdatesAreRefused(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	for body, want := range map[string]error{
		"": telegram.ErrMalformed, "{": telegram.ErrMalformed, "[]": telegram.ErrMalformed, "{}": telegram.ErrMalformed,
		`{"message":{}}`: telegram.ErrMalformed, `{"update_id":1}x`: telegram.ErrMalformed,
		`{"update_id":1,"a":"` + strings.Repeat("a", telegram.MaxBody) + `"}`: telegram.ErrTooLarge,
	} {
		if _, err := s.Receive(s.credentials, request(body)); !errors.Is(err, want) {
			t.Errorf("%.40q: %v, want %v", body, err, want)
		}
	}
	get := request("")
	get.Method = http.MethodGet
	if _, err := s.Receive(s.credentials, get); !errors.Is(err, telegram.ErrMethod) {
		t.Errorf("GET: %v", err)
	}
}

// The answer to a press is one call of Telegram's, which stops the sign of
// waiting; messages go by the API and are all handed on.
func TestAPressIsAcknowledgedInTheResponse(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	answer := []message.Outbound{message.Text("yes"), message.Text(strings.Repeat("long\n", 1000))}
	for name, want := range map[string]bool{"press": true, "press_say": true, "game": true, "text": false} {
		received, err := s.Receive(s.credentials, request(updates(t, "inbound")[name]))
		if err != nil {
			t.Fatal(err)
		}
		response, rest, err := s.Render(s.credentials, received, answer)
		if err != nil || response.Status != http.StatusOK || len(rest) != 3 {
			t.Fatalf("%s: status %d, %d messages left, %v", name, response.Status, len(rest), err)
		}
		if !want {
			if len(response.Body) != 0 {
				t.Errorf("%s is answered with %s", name, response.Body)
			}
			continue
		}
		var call struct {
			Method string `json:"method"`
			tg.AnswerCallbackQueryParams
		}
		decoder := json.NewDecoder(bytes.NewReader(response.Body))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&call); err != nil || call.Method != "answerCallbackQuery" || call.CallbackQueryID != "4382bfdwdsb323b2d9" {
			t.Errorf("%s is answered with %s, %v", name, response.Body, err)
		}
	}
}

// Whatever comes, decoding neither fails in another way than documented nor
// makes up a message without sender and key.
func FuzzReceive(f *testing.F) {
	for _, folder := range []string{"inbound", "future"} {
		for _, body := range updates(f, folder) {
			f.Add(body)
		}
	}
	for _, body := range []string{
		`{"update_id":1,"message":{"chat":{"id":1,"type":"private"},"text":"/start x"}}`,
		`{"update_id":1e2,"message":null}`, `{"update_id":-9223372036854775808,"x":[[[[[[[[1]]]]]]]]}`,
		`{"update_id":1,"callback_query":{"id":"1","from":{"id":1},"data":"~#x","message":{"chat":{"id":1,"type":"private"}}}}`,
		`{"update_id":1,"message":{"chat":{"id":1},"photo":[]}}`, `{"UPDATE_ID":1,"Message":{"CHAT":{"ID":1}}}`,
	} {
		f.Add(body)
	}
	s := newSide(f, telegramtest.Options{})
	f.Fuzz(func(t *testing.T, body string) {
		received, err := s.Receive(s.credentials, request(body))
		if err != nil {
			if !errors.Is(err, telegram.ErrMalformed) && !errors.Is(err, telegram.ErrTooLarge) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		for _, in := range received.Inbound {
			if in.User == "" || in.Key == "" || in.Kind == "" || len(in.Fields) > 100 {
				t.Fatalf("%s became %+v", body, in)
			}
		}
		response, _, err := s.Render(s.credentials, received, nil)
		if err != nil || len(response.Body) > 0 && !json.Valid(response.Body) {
			t.Fatalf("rendered %s, %v", response.Body, err)
		}
	})
}
