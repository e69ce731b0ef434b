package wechat

import (
	"bytes"
	"io"
	"net/http/httptest"
	"testing"

	"github.com/sirupsen/logrus"

	"github.com/silenceper/wechat/v2/officialaccount/config"
	othercontext "github.com/silenceper/wechat/v2/officialaccount/context"
	other "github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/officialaccount/server"

	"plaza/message"
)

// BenchmarkTextMessage verifies and decodes a text message and encodes a text
// as its answer, here and with silenceper/wechat, so that one run compares.
func BenchmarkTextMessage(b *testing.B) {
	body := textPush("今天有新鲜的草莓吗？")
	for _, mode := range []struct {
		name, key   string
		credentials []byte
		request     message.Request
	}{
		{"plain", "", plainCredentials(), plainPush(body)},
		{"aes", testKey, sealedCredentials(), sealedPush(b, body, testAppID, testKey)},
	} {
		b.Run(mode.name+"/plaza", func(b *testing.B) { benchmarkOurs(b, mode.credentials, mode.request) })
		b.Run(mode.name+"/silenceper", func(b *testing.B) { benchmarkTheirs(b, mode.key, mode.request) })
	}
}

func benchmarkOurs(b *testing.B, credentials []byte, request message.Request) {
	channel := testChannel()
	answer := []message.Outbound{message.Text("有的！")}
	b.ReportAllocs()
	for b.Loop() {
		received, err := channel.Receive(credentials, request)
		if err != nil {
			b.Fatal(err)
		}
		response, _, err := channel.Render(credentials, received, answer)
		if err != nil || len(response.Body) < 100 {
			b.Fatal(err)
		}
	}
}

// benchmarkTheirs goes in where their library starts: at an HTTP request, whose
// making is left out of the measurement as far as their interface allows.
func benchmarkTheirs(b *testing.B, key string, request message.Request) {
	logrus.SetOutput(io.Discard)
	context := &othercontext.Context{Config: &config.Config{AppID: testAppID, Token: testToken, EncodingAESKey: key}}
	incoming := httptest.NewRequest("POST", "/?"+request.Query.Encode(), nil)
	incoming.Form = request.Query
	reader := bytes.NewReader(request.Body)
	incoming.Body = io.NopCloser(reader)
	writer := httptest.NewRecorder()
	b.ReportAllocs()
	for b.Loop() {
		reader.Reset(request.Body)
		writer.Body.Reset()
		side := server.NewServer(context)
		side.Writer, side.Request = writer, incoming
		side.SetMessageHandler(func(*other.MixMessage) *other.Reply {
			return &other.Reply{MsgType: other.MsgTypeText, MsgData: other.NewText("有的！")}
		})
		if err := side.Serve(); err != nil {
			b.Fatal(err)
		}
		if err := side.Send(); err != nil || writer.Body.Len() < 100 {
			b.Fatal(err)
		}
	}
}
