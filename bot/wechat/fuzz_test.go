package wechat

import (
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/silenceper/wechat/v2/util"

	other "github.com/silenceper/wechat/v2/officialaccount/message"

	"plaza/fault"
	"plaza/message"
)

// standardFields reads a document with the standard library: the texts of all
// elements without children, in order.
func standardFields(document string) ([]string, error) {
	type open struct {
		text   strings.Builder
		parent bool
	}
	var stack []*open
	var texts []string
	decoder := xml.NewDecoder(strings.NewReader(document))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return texts, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if len(stack) > 0 {
				stack[len(stack)-1].parent = true
			}
			stack = append(stack, new(open))
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].text.Write(token)
			}
		case xml.EndElement:
			last := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if !last.parent && len(stack) > 0 {
				texts = append(texts, last.text.String())
			}
		}
	}
}

// What our reader takes, the standard library takes too, and reads the same.
// Only characters that XML forbids are another matter: we drop them.
func FuzzXML(f *testing.F) {
	for _, document := range inboundFiles(f) {
		f.Add(document)
	}
	for _, document := range []string{
		"<xml/>", "<xml><a/></xml>", "<xml><a>1</a><a>2</a></xml>", "<xml a='b' c=\"d\"><x>&lt;&#20013;&#x4e2d;</x></xml>",
		"<?xml version=\"1.0\" encoding='utf-8' standalone='yes'?><xml>\r\n<a>\r</a></xml>\n", "<xml><a><![CDATA[]]]]><![CDATA[>]]></a></xml>",
		"<xml><a>x<b>y</b>z</a></xml>", "\ufeff<xml><a></a ></xml>", "<!DOCTYPE x><xml/>", "<xml>&a;</xml>", "<xml><a>]]></a></xml>", "<xml", "<xml></a></xml>",
	} {
		f.Add(document)
	}
	f.Fuzz(func(t *testing.T, document string) {
		fields, err := readXML(document, nil)
		if err != nil {
			if err != ErrMalformed && err != ErrCharset {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		if len(fields) > maxElements {
			t.Fatalf("%d fields", len(fields))
		}
		want, err := standardFields(strings.TrimPrefix(document, "\ufeff"))
		if err != nil && strings.Contains(err.Error(), "illegal character code") {
			return
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		var got []string
		paths := make(map[string]bool)
		for _, field := range fields {
			if paths[field.path] {
				t.Fatalf("%s comes twice", field.path)
			}
			paths[field.path] = true
			got = append(got, field.value)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("read %q, want %q", got, want)
		}
	})
}

// checkInbound is what holds for everything that was taken.
func checkInbound(t *testing.T, received message.Received, err error) {
	t.Helper()
	if err != nil {
		if _, ok := errors.AsType[*fault.Error](err); !ok {
			t.Fatalf("an error without words: %v", err)
		}
		return
	}
	in := received.Inbound[0]
	if in.User == "" || in.Key == "" && in.Type == "" || in.Channel != ChannelName || in.Kind == "" || in.At.IsZero() || len(in.Key) > 3*maxKey {
		t.Fatalf("%+v", in)
	}
	if !(in.Latitude >= -90 && in.Latitude <= 90 && in.Longitude >= -180 && in.Longitude <= 180) {
		t.Fatalf("no place on earth: %v %v", in.Latitude, in.Longitude)
	}
}

func FuzzPlainPush(f *testing.F) {
	for _, document := range inboundFiles(f) {
		f.Add([]byte(document))
	}
	channel, credentials := testChannel(), plainCredentials()
	f.Fuzz(func(t *testing.T, body []byte) {
		received, err := channel.Receive(credentials, plainPush(string(body)))
		checkInbound(t, received, err)
	})
}

func FuzzEncryptedPush(f *testing.F) {
	f.Add(pushVector, true)
	f.Add(replyVector, true)
	f.Add(textPush("hi"), false)
	f.Add("", false)
	channel, credentials := testChannel(), sealedCredentials()
	f.Fuzz(func(t *testing.T, content string, sealed bool) {
		if !sealed {
			encrypted, err := util.EncryptMsg([]byte("707722b803182950"), []byte(content), testAppID, testKey)
			if err != nil {
				t.Fatal(err)
			}
			content = string(encrypted)
		}
		received, err := channel.Receive(credentials, sealedBody("", content))
		checkInbound(t, received, err)
	})
}

func FuzzQuery(f *testing.F) {
	f.Add("signature=1&timestamp=1714036504&nonce=x&echostr=y", "GET")
	f.Add("encrypt_type=aes&msg_signature=%00&timestamp=9999999999", "POST")
	channel, credentials := testChannel(), sealedCredentials()
	f.Fuzz(func(t *testing.T, query, method string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		request := message.Request{Method: method, Query: values, Body: []byte(textPush("hi")), At: time.Unix(1714036504, 0)}
		if received, err := channel.Receive(credentials, request); err == nil {
			t.Fatalf("an unsigned call was taken: %+v", received)
		}
	})
}

// Whatever people write, the reply is well-formed, within WeChat's limits, and
// says what was written.
func FuzzReply(f *testing.F) {
	f.Add("hello", "", "buy", false)
	f.Add("a]]>b]]]]>>", "/q/1", "<a href=\"x\">", true)
	f.Add("\x00\x1f\ufffe\xff\xfe中", "javascript:\"><script>", "]]>", true)
	f.Add(strings.Repeat("中文😀\n", 500), "//host", strings.Repeat("x", 300), false)
	channel, credentials := testChannel(), plainCredentials()
	f.Fuzz(func(t *testing.T, text, link, label string, event bool) {
		push := plainPush(textPush("hi"))
		limit := messageArticles
		if event {
			push, limit = plainPush(followPush), eventArticles
		}
		received, err := channel.Receive(credentials, push)
		if err != nil {
			t.Fatal(err)
		}
		button := message.Button{Label: label, Payload: link, Say: text}
		card := message.Card{Title: text, Text: label, URL: link, Image: link, Buttons: []message.Button{button}}
		for _, out := range []message.Outbound{
			message.Text(text), message.Image(link), message.Choice(text, button, button), message.OneCard(card),
			{Form: message.CardsForm, Text: label, Cards: []message.Card{card, card, card}},
			{Form: message.QRForm, Text: text, URL: link}, {Form: "hologram", Text: text, Image: link},
			{Form: message.ReceiptForm, Receipt: &message.Receipt{Title: text, Number: label, URL: link}},
		} {
			response, rest, err := channel.Render(credentials, received, []message.Outbound{out})
			if err != nil {
				t.Fatal(err)
			}
			if string(response.Body) == "success" {
				continue
			}
			if err := wellFormed(string(response.Body)); err != nil {
				t.Fatalf("%v in %q", err, response.Body)
			}
			var reply struct {
				other.Text
				Articles []other.Article `xml:"Articles>item"`
			}
			if err := xml.Unmarshal(response.Body, &reply); err != nil {
				t.Fatal(err)
			}
			if len(reply.Content) > maxText || len(reply.Articles) > limit {
				t.Fatalf("%d bytes, %d articles", len(reply.Content), len(reply.Articles))
			}
			for _, a := range reply.Articles {
				if utf8.RuneCountInString(a.Title) > maxTitle || utf8.RuneCountInString(a.Description) > maxDescription {
					t.Fatalf("an article with %q, %q", a.Title, a.Description)
				}
			}
			if plain := out.Form == message.TextForm && len(text) <= maxText && wellFormed("<a>"+text+"</a>") == nil; plain && !strings.ContainsAny(text, "<&\r") {
				if string(reply.Content) != text || len(rest) > 0 {
					t.Fatalf("%q became %q", text, reply.Content)
				}
			}
		}
	})
}
