package wechat

import (
	"encoding/base64"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/silenceper/wechat/v2/util"
	"pgregory.net/rapid"

	"plaza/message"
)

// The vectors are those that the platform's documentation publishes.

func TestSignaturesAreThePublishedOnes(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ token, timestamp, nonce, encrypted, want string }{
		{"AAAAA", "1714036504", "1514711492", "", "f464b24fc39322e44b38aa78f5edd27bd1441696"},
		{"AAAAA", "1714037059", "486452656", "", "899cf89e464efb63f54ddac96b0a0a235f53aa78"},
		{"test", "1410685589", "test", "", "f21891de399b4e33a1a93c9a7b8a8fffb5a443ff"},
		{"pamtest", "1409304348", "xxxxxx", shortVector, "82c962d39941aa48552f90ef55aa323dc620cc10"},
		{"AAAAA", "1713424427", "415670741", replyVector, "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1"},
		{"AAAAA", "1714112445", "415670741", pushVector, "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"},
	} {
		if got := signature(v.token, v.timestamp, v.nonce, v.encrypted); string(got[:]) != v.want {
			t.Errorf("%s %s: %s, want %s", v.token, v.timestamp, got, v.want)
		}
		if !signed(v.want, v.token, v.timestamp, v.nonce, v.encrypted) || signed(v.want[:39], v.token, v.timestamp, v.nonce, v.encrypted) {
			t.Errorf("%s %s: the right signature is not taken, or half of it is", v.token, v.timestamp)
		}
	}
}

const (
	shortVector = "jn1L23DB+6ELqJ+6bruv21Y6MD7KeIfP82D6gU39rmkgczbWwt5+3bnyg5K55bgVtVzd832WzZGMhkP72vVOfg=="
	replyVector = "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
	pushVector  = "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04="
	pushClear   = `{"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY","CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"}`
)

func TestEncryptionIsThePublishedOne(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ key, appID, random, clear, encrypted string }{
		{testOtherKey, "wxb11529c136998cb6", "aaaabbbbccccdddd", "我是中文abcd123", shortVector},
		{testKey, testAppID, "707722b803182950", `{"demo_resp":"good luck"}`, replyVector},
		{testKey, testAppID, "a8eedb185eb2fecf", pushClear, pushVector},
	} {
		k, err := newKey(v.key)
		if err != nil {
			t.Fatal(err)
		}
		if got := k.encrypt([randomLength]byte([]byte(v.random)), []byte(v.clear), v.appID); got != v.encrypted {
			t.Errorf("%q is encrypted as %s, want %s", v.clear, got, v.encrypted)
		}
		if got, ok := k.decrypt(v.encrypted, v.appID); !ok || string(got) != v.clear {
			t.Errorf("decrypted %q, %v; want %q", got, ok, v.clear)
		}
	}
}

func TestTheOtherSideReadsWhatWeEncryptAndWeWhatTheyDo(t *testing.T) {
	t.Parallel()
	k, err := newKey(testOtherKey)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		clear := rapid.SliceOfN(rapid.Byte(), 1, 300).Draw(t, "clear")
		ours := k.encrypt([randomLength]byte([]byte("aaaabbbbccccdddd")), clear, testAppID)
		_, read, err := util.DecryptMsg(testAppID, ours, testOtherKey)
		if err != nil || string(read) != string(clear) {
			t.Fatalf("they read %q, %v", read, err)
		}
		theirs, err := util.EncryptMsg([]byte("eeeeffffgggghhhh"), clear, testAppID, testOtherKey)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := k.decrypt(string(theirs), testAppID); !ok || string(got) != string(clear) {
			t.Fatalf("we read %q, %v", got, ok)
		}
	})
}

func TestEveryFlawOfAnEncryptedMessageIsTheSameError(t *testing.T) {
	t.Parallel()
	k, err := newKey(testKey)
	if err != nil {
		t.Fatal(err)
	}
	// raw encrypts exactly these bytes, without layout or padding of its own.
	raw := func(clear string) string {
		sealed, err := base64.StdEncoding.DecodeString(encryptRaw(k, clear))
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(sealed)
	}
	head := strings.Repeat("r", randomLength)
	whole := head + "\x00\x00\x00\x01x" + testAppID // 39 bytes
	for name, encrypted := range map[string]string{
		"not base64":           "****",
		"empty":                "",
		"half a block":         base64.StdEncoding.EncodeToString(make([]byte, 16)),
		"one byte over":        base64.StdEncoding.EncodeToString(make([]byte, 33)),
		"another key":          shortVector,
		"pad of zero":          raw(whole + strings.Repeat("\x00", 25)),
		"pad over 32":          raw(whole + strings.Repeat("\x21", 25)),
		"pad longer than said": raw(whole + strings.Repeat("\x01", 24) + "\x19"),
		"padded to sixteen":    raw(whole + strings.Repeat("\x09", 9)),
		"only padding":         raw(strings.Repeat("\x20", 32)),
		"length over the end":  raw(head + "\x7f\xff\xff\xffx" + testAppID + strings.Repeat("\x19", 25)),
		"length of all ones":   raw(head + "\xff\xff\xff\xffx" + testAppID + strings.Repeat("\x19", 25)),
		"no app id":            raw(head + "\x00\x00\x00\x01x" + strings.Repeat("\x0b", 11)),
		"another app id":       raw(head + "\x00\x00\x00\x01xwxba5fad812f8e6fb8" + strings.Repeat("\x19", 25)),
	} {
		if got, ok := k.decrypt(encrypted, testAppID); ok {
			t.Errorf("%s: decrypted %q", name, got)
		}
		_, err := testChannel().Receive(sealedCredentials(), sealedBody("", encrypted))
		if want := error(ErrDecrypt); encrypted != "" && err != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, ok := k.decrypt(raw(whole+strings.Repeat("\x19", 25)), testAppID); !ok || string(got) != "x" {
		t.Errorf("the flawless one: %q, %v", got, ok)
	}
}

func TestThePreviousKeyStillOpensAndSealsItsOwnAnswers(t *testing.T) {
	t.Parallel()
	credentials := plainCredentials(func(c *Credentials) { c.EncodingAESKey, c.PreviousAESKey = testOtherKey, testKey })
	channel := testChannel()
	for _, key := range []string{testKey, testOtherKey} {
		received, err := channel.Receive(credentials, sealedPush(t, textPush("hi"), testAppID, key))
		if err != nil {
			t.Fatal(err)
		}
		response, _, err := channel.Render(credentials, received, []message.Outbound{message.Text("hello")})
		if err != nil {
			t.Fatal(err)
		}
		if clear := opened(t, response.Body, key); !strings.Contains(clear, "hello") {
			t.Errorf("the answer reads %s", clear)
		}
	}
}

func TestTheWindowIsTenMinutesEitherWay(t *testing.T) {
	t.Parallel()
	at := time.Unix(1714036504, 0)
	for offset, want := range map[time.Duration]bool{
		0: true, 10 * time.Minute: true, -10 * time.Minute: true,
		10*time.Minute + time.Second: false, -10*time.Minute - time.Second: false,
	} {
		if got := fresh("1714036504", at.Add(offset), DefaultWindow); got != want {
			t.Errorf("%v off: %v", offset, got)
		}
	}
	for _, timestamp := range []string{"", "171403650", "17140365040", "-714036504", "171403650x", "+714036504", "01714036504", "+1714036504"} {
		if fresh(timestamp, at, DefaultWindow) {
			t.Errorf("%q passes for a time", timestamp)
		}
	}
}

func TestThePublishedVerificationCallIsAnswered(t *testing.T) {
	t.Parallel()
	received, err := testChannel().Receive(sealedCredentials(), message.Request{
		Method: "GET", At: time.Unix(1714036510, 0),
		Query: url.Values{
			"signature": {"f464b24fc39322e44b38aa78f5edd27bd1441696"}, "timestamp": {"1714036504"},
			"nonce": {"1514711492"}, "echostr": {"4375120948345356249"},
		},
	})
	if err != nil || received.Echo != "4375120948345356249" || len(received.Inbound) != 0 {
		t.Errorf("%+v, %v", received, err)
	}
}
