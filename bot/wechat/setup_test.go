package wechat

import (
	"context"
	"encoding/json"
	"flag"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"

	"plaza/message"
)

var update = flag.Bool("update", false, "write the golden files anew")

const (
	testAppID    = "wxba5fad812f8e6fb9"
	testToken    = "AAAAA"
	testKey      = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	testOtherKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
	testNonce    = "415670741"
)

// testNow is when everything in these tests happens.
var testNow = time.Unix(1767225605, 0)

func testChannel() *Channel {
	return New(Options{
		PublicURL: "https://shop.example",
		QRPicture: func(link string) string { return "https://shop.example/code.png?u=" + url.QueryEscape(link) },
		Now:       func() time.Time { return testNow },
	})
}

func plainCredentials(change ...func(*Credentials)) []byte {
	c := Credentials{AppID: testAppID, Token: testToken}
	for _, f := range change {
		f(&c)
	}
	encoded, err := c.Encode()
	if err != nil {
		panic(err)
	}
	return encoded
}

func sealedCredentials() []byte {
	return plainCredentials(func(c *Credentials) { c.EncodingAESKey = testKey })
}

// plainPush is a push as the platform makes it, signed by the other side's code.
func plainPush(body string) message.Request {
	timestamp := strconv.FormatInt(testNow.Unix(), 10)
	return message.Request{
		Method: "POST", At: testNow, Body: []byte(body),
		Query: url.Values{
			"timestamp": {timestamp}, "nonce": {testNonce}, "openid": {"oia2TjuEGTNoeX76QEjQNrcURxG8"},
			"signature": {util.Signature(testToken, timestamp, testNonce)},
		},
	}
}

// sealedPush is a push in safe mode, encrypted and signed by the other side's
// code.
func sealedPush(t testing.TB, body, appID, key string) message.Request {
	t.Helper()
	encrypted, err := util.EncryptMsg([]byte("707722b803182950"), []byte(body), appID, key)
	if err != nil {
		t.Fatal(err)
	}
	return sealedBody("<ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>", string(encrypted))
}

func sealedBody(before, encrypted string) message.Request {
	r := plainPush("<xml>" + before + "<Encrypt><![CDATA[" + encrypted + "]]></Encrypt></xml>")
	r.Query.Set("encrypt_type", "aes")
	r.Query.Set("msg_signature", util.Signature(testToken, r.Query.Get("timestamp"), testNonce, encrypted))
	return r
}

// textPush is the body of a text message.
func textPush(content string) string {
	return "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>" +
		"<FromUserName><![CDATA[oia2TjuEGTNoeX76QEjQNrcURxG8]]></FromUserName>" +
		"<CreateTime>1767225600</CreateTime><MsgType><![CDATA[text]]></MsgType>" +
		"<Content><![CDATA[" + content + "]]></Content><MsgId>24817263548193</MsgId></xml>"
}

const followPush = "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName>" +
	"<FromUserName><![CDATA[oia2TjuEGTNoeX76QEjQNrcURxG8]]></FromUserName>" +
	"<CreateTime>1767225600</CreateTime><MsgType><![CDATA[event]]></MsgType>" +
	"<Event><![CDATA[subscribe]]></Event><EventKey><![CDATA[]]></EventKey></xml>"

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

func indented(t *testing.T, value any) []byte {
	t.Helper()
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(encoded, '\n')
}

// shelfOfCounts is a usage.Store of one period.
type shelfOfCounts struct{ counts map[string]int64 }

func (s *shelfOfCounts) AddUsage(_ context.Context, _, _ string, counts map[string]int64) error {
	if s.counts == nil {
		s.counts = map[string]int64{}
	}
	for path, n := range counts {
		s.counts[path] += n
	}
	return nil
}

func (s *shelfOfCounts) Usage(context.Context, string, string) (map[string]int64, error) {
	return s.counts, nil
}
