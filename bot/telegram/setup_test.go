package telegram_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/telegram"
	"plaza/bot/telegram/telegramtest"
	"plaza/message"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	testToken = "123456789:AAF0lXoQdWjcxhfLWVYmcUSNKGyOCQnDPoE"
	publicURL = "https://shop.example"
	ann       = 4711 // a person, and the chat with her
)

// testNow is when everything in these tests happens.
var testNow = time.Unix(1767225605, 0)

func credentials(t testing.TB) []byte {
	t.Helper()
	encoded, err := telegram.Credentials{BotToken: testToken}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// pictures are ours.
type pictures map[string][]byte

func (p pictures) Open(_ context.Context, address string) (io.ReadCloser, error) {
	content, ok := p[address]
	if !ok {
		return nil, errors.New("not ours")
	}
	return io.NopCloser(bytes.NewReader(content)), nil
}

// notebook is a Memory that can be looked into, and be out of order.
type notebook struct {
	mu     sync.Mutex
	texts  map[string]string
	broken error
}

func (n *notebook) Recall(_ context.Context, key string) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.texts[key], n.broken
}

func (n *notebook) Keep(_ context.Context, key, text string, _ time.Time) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken == nil {
		n.texts[key] = text
	}
	return n.broken
}

// side is the channel, with the stand-in of Telegram on the other side.
type side struct {
	*telegram.Channel
	platform    *telegramtest.Platform
	memory      *notebook
	pictures    pictures
	credentials []byte
	url         string
}

func newSide(t testing.TB, o telegramtest.Options) *side {
	t.Helper()
	if o.Token == "" {
		o.Token = testToken
	}
	if o.Now == nil {
		o.Now = func() time.Time { return testNow }
	}
	s := &side{platform: telegramtest.New(o), memory: &notebook{texts: map[string]string{}},
		pictures: pictures{publicURL + "/pictures/own": []byte("\x89PNG\r\n\x1a\n of our own")}, credentials: credentials(t)}
	host := httptest.NewServer(s.platform)
	t.Cleanup(host.Close)
	s.url = host.URL
	s.Channel = telegram.New(telegram.Options{PublicURL: publicURL, QRPicture: qrPicture, Files: s.pictures, Memory: s.memory, API: host.URL,
		Now: func() time.Time { return testNow }})
	s.platform.Open(ann)
	return s
}

func qrPicture(link string) string {
	return publicURL + "/qr.png?" + url.Values{"text": {link}}.Encode()
}

func (s *side) send(t testing.TB, out message.Outbound) error {
	t.Helper()
	return s.Send(t.Context(), s.credentials, person(ann), "key", out)
}

func person(user int64) message.Person {
	id, _ := json.Marshal(user)
	return message.Person{ID: "a:telegram:" + string(id), Account: "a", Channel: "telegram", User: string(id), Language: "en"}
}

// request is an update as Telegram posts it.
func request(body string) message.Request {
	return message.Request{Method: http.MethodPost, At: testNow, Body: []byte(body),
		Header: http.Header{"X-Telegram-Bot-Api-Secret-Token": {telegram.Credentials{BotToken: testToken}.Secret()}}}
}

func golden(t *testing.T, path string, got any) {
	t.Helper()
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(got); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != b.String() {
		t.Errorf("%s\n got: %s\nwant: %s", path, b.String(), want)
	}
}

// class is what a failed send means; empty when it did not fail.
func class(err error) message.SendClass {
	if err == nil {
		return ""
	}
	if failed, ok := errors.AsType[*message.SendError](err); ok {
		return failed.Class
	}
	return "another error: " + message.SendClass(strings.ToLower(err.Error()))
}
