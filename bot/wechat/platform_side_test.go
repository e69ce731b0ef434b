package wechat

import (
	"encoding/xml"
	"errors"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/officialaccount"
	"github.com/silenceper/wechat/v2/officialaccount/config"
	other "github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
)

const (
	sideUser     = "oia2TjuEGTNoeX76QEjQNrcURxG8"
	sideOriginal = "gh_7f083739789a"
)

func sideOf(t testing.TB, mode Mode) *Platform {
	t.Helper()
	p, err := NewPlatform(Credentials{AppID: testAppID, OriginalID: sideOriginal, Token: testToken, EncodingAESKey: testOtherKey}, mode)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func pushText(words string) (d Document) {
	d.Text("ToUserName", sideOriginal)
	d.Text("FromUserName", sideUser)
	d.Number("CreateTime", testNow.Unix())
	d.Text("MsgType", "text")
	d.Text("Content", words)
	d.Number("MsgId", 6057287403191233268)
	return d
}

// The other side is silenceper/wechat, whole: it checks, decrypts and replies.
func TestAPushAndItsReplyAreUnderstoodByTheOtherSide(t *testing.T) {
	t.Parallel()
	for _, mode := range []Mode{PlainMode, CompatibleMode, SafeMode} {
		p := sideOf(t, mode)
		const words = "a ]]> b <x> & 中文"
		query, body := p.Push(testNow, sideUser, pushText(words))
		request := httptest.NewRequest("POST", "/?"+query.Encode(), strings.NewReader(string(body)))
		written := httptest.NewRecorder()
		account := officialaccount.NewOfficialAccount(&config.Config{AppID: testAppID, AppSecret: testSecret, Token: testToken,
			EncodingAESKey: testOtherKey, Cache: cache.NewMemory()})
		server := account.GetServer(request, written)
		heard := ""
		server.SetMessageHandler(func(m *other.MixMessage) *other.Reply {
			heard = m.Content
			return &other.Reply{MsgType: other.MsgTypeText, MsgData: other.NewText("heard " + m.Content)}
		})
		if err := errors.Join(server.Serve(), server.Send()); err != nil {
			t.Fatalf("%s: %v", mode, err)
		}
		answer, err := io.ReadAll(written.Result().Body)
		if err != nil {
			t.Fatal(err)
		}
		reply, clear, err := p.ReadReply(answer, sideUser)
		if heard != words || err != nil || reply.Text != "heard "+words || !strings.HasPrefix(string(clear), "<xml>") {
			t.Errorf("%s: heard %q, replied %+v, %v", mode, heard, reply, err)
		}
		if sealed := strings.Contains(string(body), "中文"); sealed == (mode == SafeMode) {
			t.Errorf("%s: the body is %s", mode, body)
		}
	}
}

// sealedBy is a reply as the other side encrypts one.
func sealedBy(t testing.TB, clear, appID, token string) []byte {
	t.Helper()
	encrypted, err := util.EncryptMsg([]byte("0123456789abcdef"), []byte(clear), appID, testOtherKey)
	if err != nil {
		t.Fatal(err)
	}
	body, err := xml.Marshal(other.ResponseEncryptedXMLMsg{EncryptedMsg: string(encrypted), Timestamp: 1409304348, Nonce: "n",
		MsgSignature: util.Signature(token, "1409304348", "n", string(encrypted))})
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestRepliesThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	good := "<xml><ToUserName>" + sideUser + "</ToUserName><FromUserName>" + sideOriginal + "</FromUserName><MsgType>text</MsgType><Content>hi</Content></xml>"
	nine := strings.Replace(good, "<MsgType>text</MsgType><Content>hi</Content>",
		"<MsgType>news</MsgType><Articles>"+strings.Repeat("<item><Title>t</Title></item>", 9)+"</Articles>", 1)
	for name, test := range map[string]struct {
		body []byte
		want error
	}{
		"good":                  {sealedBy(t, good, testAppID, testToken), nil},
		"nothing, encrypted":    {sealedBy(t, "", testAppID, testToken), nil},
		"nothing":               {nil, nil},
		"success":               {[]byte("success"), nil},
		"clear, in safe mode":   {[]byte(good), ErrNotEncrypted},
		"another app":           {sealedBy(t, good, "wxb11529c136998cb6", testToken), ErrDecrypt},
		"another token":         {sealedBy(t, good, testAppID, "other"), ErrSignature},
		"to another person":     {sealedBy(t, strings.Replace(good, sideUser, "nobody", 1), testAppID, testToken), ErrOtherAccount},
		"from another account":  {sealedBy(t, strings.Replace(good, sideOriginal, "gh_x", 1), testAppID, testToken), ErrOtherAccount},
		"no such type":          {sealedBy(t, strings.Replace(good, ">text<", ">hologram<", 1), testAppID, testToken), ErrMalformed},
		"no text":               {sealedBy(t, strings.Replace(good, ">hi<", "><", 1), testAppID, testToken), ErrMalformed},
		"nine articles":         {sealedBy(t, nine, testAppID, testToken), ErrMalformed},
		"a document type":       {[]byte("<!DOCTYPE x><xml/>"), ErrMalformed},
		"JSON":                  {[]byte(`{"a":1}`), ErrMalformed},
		"larger than a message": {[]byte("<xml>" + strings.Repeat("x", MaxBody) + "</xml>"), ErrTooLarge},
	} {
		if _, _, err := sideOf(t, SafeMode).ReadReply(test.body, sideUser); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestNewsAreReadInOrder(t *testing.T) {
	t.Parallel()
	body := "<xml><ToUserName>" + sideUser + "</ToUserName><FromUserName>" + sideOriginal + "</FromUserName><MsgType>news</MsgType><ArticleCount>2</ArticleCount><Articles>" +
		"<item><Title>one</Title><Url>https://a.example</Url></item><item><PicUrl>p</PicUrl><Title>two</Title><Description>d</Description></item></Articles></xml>"
	reply, _, err := sideOf(t, PlainMode).ReadReply([]byte(body), sideUser)
	if err != nil || len(reply.Articles) != 2 || reply.Articles[0] != (Article{Title: "one", URL: "https://a.example"}) ||
		reply.Articles[1] != (Article{Title: "two", Description: "d", Picture: "p"}) {
		t.Errorf("%+v, %v", reply, err)
	}
}

func FuzzReadReply(f *testing.F) {
	f.Add([]byte("success"))
	f.Add([]byte("<xml><MsgType>news</MsgType><Articles><item><Title>x</Title></item></Articles></xml>"))
	f.Add(sealedBy(f, "<xml></xml>", testAppID, testToken))
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, mode := range []Mode{PlainMode, CompatibleMode, SafeMode} {
			reply, _, err := sideOf(t, mode).ReadReply(body, sideUser)
			if err == nil && reply.Type == "" && len(strings.TrimSpace(string(body))) > len("success") && mode == PlainMode {
				t.Errorf("%q says nothing", body)
			}
		}
	})
}
