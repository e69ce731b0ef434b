package line

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"
	"github.com/line/line-bot-sdk-go/v8/linebot/webhook"

	"plaza/bot/line/linetest"
	"plaza/message"
)

// BenchmarkTextMessage verifies and decodes a text message and encodes a text as
// its answer, here and with LINE's SDK, so that one run compares.
func BenchmarkTextMessage(b *testing.B) {
	r := request(body(samples["text"]))
	b.Run("plaza", func(b *testing.B) {
		channel, credentials := testChannel(), testCredentials()
		answer := []message.Outbound{message.Text("有的！")}
		b.ReportAllocs()
		for b.Loop() {
			received, err := channel.Receive(credentials, r)
			if err != nil || len(received.Inbound) != 1 {
				b.Fatal(err)
			}
			encode(b, &messaging_api.ReplyMessageRequest{ReplyToken: received.Inbound[0].ReplyToken, Messages: channel.all(answer, "zh")})
		}
	})
	b.Run("sdk", func(b *testing.B) {
		incoming := httptest.NewRequest("POST", "/", nil)
		incoming.Header.Set("x-line-signature", linetest.Sign(testSecret, r.Body))
		reader := bytes.NewReader(r.Body)
		b.ReportAllocs()
		for b.Loop() {
			reader.Reset(r.Body)
			incoming.Body = io.NopCloser(reader)
			call, err := webhook.ParseRequest(testSecret, incoming)
			if err != nil || len(call.Events) != 1 {
				b.Fatal(err)
			}
			event := call.Events[0].(webhook.MessageEvent)
			encode(b, &messaging_api.ReplyMessageRequest{ReplyToken: event.ReplyToken,
				Messages: []messaging_api.MessageInterface{messaging_api.TextMessage{Text: "有的！"}}})
		}
	})
}

// BenchmarkCard encodes a card as a bubble, here and by the SDK's types.
func BenchmarkCard(b *testing.B) {
	channel := testChannel()
	out := forms["card"]
	b.Run("plaza", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			encode(b, &messaging_api.ReplyMessageRequest{ReplyToken: "t", Messages: channel.all([]message.Outbound{out}, "ko")})
		}
	})
	raw, err := json.Marshal(channel.objects(out, "ko")[0])
	if err != nil {
		b.Fatal(err)
	}
	theirs, err := messaging_api.UnmarshalMessage(raw)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("sdk", func(b *testing.B) { // without building it
		b.ReportAllocs()
		for b.Loop() {
			encode(b, &messaging_api.ReplyMessageRequest{ReplyToken: "t", Messages: []messaging_api.MessageInterface{theirs}})
		}
	})
}

func encode(b *testing.B, request *messaging_api.ReplyMessageRequest) {
	b.Helper()
	if encoded, err := json.Marshal(request); err != nil || len(encoded) < 60 {
		b.Fatal(err)
	}
}
