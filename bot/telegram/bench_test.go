package telegram_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/bot/telegram"
	"plaza/message"
)

// wire is a Telegram that says yes to whatever it has read.
type wire struct{}

func (wire) RoundTrip(r *http.Request) (*http.Response, error) { return wire{}.Do(r) }

func (wire) Do(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(
		`{"ok":true,"result":{"message_id":7,"date":1767225600,"chat":{"id":4711,"type":"private"},"text":"Yes!"}}`))}, nil
}

// BenchmarkTextMessage decodes a text message and sends a text as its answer,
// here and with the library alone, so that one run compares.
func BenchmarkTextMessage(b *testing.B) {
	body := updates(b, "inbound")["text"]
	b.Run("plaza", func(b *testing.B) {
		c := telegram.New(telegram.Options{PublicURL: publicURL, Client: &http.Client{Transport: wire{}}})
		known, call, to := credentials(b), request(body), person(ann)
		b.ReportAllocs()
		for b.Loop() {
			received, err := c.Receive(known, call)
			if err != nil || received.Inbound[0].User != to.User {
				b.Fatal(err)
			}
			if _, _, err := c.Render(known, received, nil); err != nil {
				b.Fatal(err)
			}
			if err := c.Send(context.Background(), known, to, "key", message.Text("Yes!")); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-telegram", func(b *testing.B) {
		bot, err := tg.New(testToken, tg.WithSkipGetMe(), tg.WithHTTPClient(0, &http.Client{Transport: wire{}}))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			var update models.Update
			if err := json.Unmarshal([]byte(body), &update); err != nil {
				b.Fatal(err)
			}
			if _, err := bot.SendMessage(context.Background(), &tg.SendMessageParams{ChatID: update.Message.Chat.ID, Text: "Yes!"}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkReceive decodes only.
func BenchmarkReceive(b *testing.B) {
	body := updates(b, "inbound")["text"]
	b.Run("plaza", func(b *testing.B) {
		c, known, call := telegram.New(telegram.Options{}), credentials(b), request(body)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Receive(known, call); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("go-telegram", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var update models.Update
			if err := json.Unmarshal([]byte(body), &update); err != nil {
				b.Fatal(err)
			}
		}
	})
}
