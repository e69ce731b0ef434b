package wechat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/wechat/wechattest"
	"plaza/fault"
	"plaza/message"
)

const (
	tokenPath = "/cgi-bin/stable_token"
	sendPath  = "/cgi-bin/message/custom/send"
)

func TestManySendersShareOneToken(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	var senders sync.WaitGroup
	for range 32 {
		senders.Go(func() {
			if err := s.channel.Typing(context.Background(), s.credentials, alice, true); err != nil {
				t.Error(err)
			}
		})
	}
	senders.Wait()
	if calls := s.platform.Calls(tokenPath); calls != 1 {
		t.Errorf("%d tokens were fetched", calls)
	}
	s.clock.advance(2 * time.Hour)
	s.say(t, "hi")
	if err := s.send(t, message.Text("!")); err != nil || s.platform.Calls(tokenPath) != 2 {
		t.Errorf("after two hours: %v, %d tokens", err, s.platform.Calls(tokenPath))
	}
}

func TestATokenThatOthersRenewedIsReplacedOnce(t *testing.T) {
	t.Parallel()
	for _, code := range []int{40001, 40014, 42001} {
		s := newStage(t)
		s.say(t, "hi")
		if err := s.send(t, message.Text("one")); err != nil {
			t.Fatal(err)
		}
		s.platform.EndToken()
		if err := s.send(t, message.Text("two")); err != nil || len(s.platform.Delivered()) != 2 || s.platform.Calls(tokenPath) != 2 {
			t.Errorf("%v, %d delivered with %d tokens", err, len(s.platform.Delivered()), s.platform.Calls(tokenPath))
		}
		// The platform insists although it still gives out the same token: that
		// one is renewed by force, once.
		s.platform.FailNext(sendPath, code)
		if err := s.send(t, message.Text("three")); err != nil || s.platform.Calls(tokenPath) != 4 {
			t.Errorf("%v after %d tokens", err, s.platform.Calls(tokenPath))
		}
		s.platform.FailNext(sendPath, code, code)
		err := s.send(t, message.Text("four"))
		if class := sendClass(t, err); class != message.Refused || s.platform.Calls(tokenPath) != 5 {
			t.Errorf("the second failure is %s after %d tokens", class, s.platform.Calls(tokenPath))
		}
	}
}

func TestTheTokenOfAnotherNodeIsUsed(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	shared := new(memoryTokens)
	other := New(Options{API: s.channel.api.base, Tokens: shared, Now: s.clock.now})
	s.channel = New(Options{API: s.channel.api.base, Tokens: shared, Now: s.clock.now})
	for _, channel := range []*Channel{s.channel, other} {
		if err := channel.Send(t.Context(), s.credentials, alice, "key", message.Text("!")); err != nil {
			t.Fatal(err)
		}
	}
	if calls := s.platform.Calls(tokenPath); calls != 1 {
		t.Errorf("%d tokens", calls)
	}
}

func TestSomebodyElsesAppIDDoesNotGiveTheirToken(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	if err := s.send(t, message.Text("the token is there")); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"a wrong secret": strings.Repeat("0", 32), "none": ""} {
		stolen := plainCredentials(func(c *Credentials) { c.Secret, c.Token = secret, "ofmyown" })
		if err := s.channel.Check(t.Context(), stolen); err == nil {
			t.Errorf("with %s the connection is said to work", name)
		}
		if err := s.channel.Send(t.Context(), stolen, alice, "key", message.Text("not from them")); err == nil {
			t.Errorf("with %s a message was sent", name)
		}
	}
	if delivered := s.platform.Delivered(); len(delivered) != 1 {
		t.Errorf("%d messages were delivered, want 1", len(delivered))
	}
}

func TestEveryRefusalHasItsClass(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	if err := s.send(t, message.Text("the token is there")); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[int]message.SendClass{
		-1: message.RetryLater, 45011: message.RetryLater, 45009: message.RetryLater, 40164: message.Refused, 40013: message.Refused,
		40003: message.Gone, 43004: message.Gone, 46004: message.Gone, 50005: message.Gone,
		45015: message.WindowClosed, 45047: message.WindowClosed,
		40007: message.Permanent, 45002: message.Permanent, 48001: message.Permanent, 48002: message.Gone, 43019: message.Permanent, 99999: message.Permanent,
	} {
		s.platform.FailNext(sendPath, code)
		err := s.send(t, message.Text("?"))
		if class := sendClass(t, err); class != want {
			t.Errorf("%d is %s, want %s", code, class, want)
		}
		if refused, ok := errors.AsType[*Error](err); !ok || refused.Code != code {
			t.Errorf("%d can't be found in %v", code, err)
		}
	}
}

func TestAUsedUpQuotaWaitsForWeChatsMidnight(t *testing.T) {
	t.Parallel()
	// 00:00:05 UTC is 08:00:05 in Beijing.
	failed := (&Error{Code: codeQuota}).sendError(testNow)
	if want := 16*time.Hour - 5*time.Second; failed.Class != message.RetryLater || failed.RetryAfter != want {
		t.Errorf("%s after %v, want %v", failed.Class, failed.RetryAfter, want)
	}
}

func TestAMessageOfSeveralCallsIsNeverRepeatedFromTheStart(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	long := message.Text(strings.Repeat("x", maxText+1))
	if err := s.send(t, long); err != nil || len(s.platform.Delivered()) != 2 {
		t.Fatalf("%v, %d delivered", err, len(s.platform.Delivered()))
	}
	for range 2 {
		if err := s.send(t, message.Text("!")); err != nil {
			t.Fatal(err)
		}
	}
	// One is left in the window, so the second part is refused.
	if class := sendClass(t, s.send(t, long)); class != message.Uncertain {
		t.Errorf("half a message is %s", class)
	}
}

// broken stands for a network: it answers with the token, then fails.
type broken struct {
	fail func(*http.Request) (*http.Response, error)
}

func (b broken) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Path == tokenPath {
		return answerWith(200, `{"access_token":"T0KEN","expires_in":7200}`), nil
	}
	return b.fail(r)
}

func answerWith(status int, body string) *http.Response {
	return &http.Response{StatusCode: status, Header: http.Header{"Location": {"https://elsewhere.example/"}}, Body: io.NopCloser(strings.NewReader(body))}
}

func TestWhatTheNetworkSwallowsIsUncertain(t *testing.T) {
	t.Parallel()
	credentials := plainCredentials(func(c *Credentials) { c.Secret = testSecret })
	for name, test := range map[string]struct {
		fail func(*http.Request) (*http.Response, error)
		want message.SendClass
	}{
		"time-out":   {func(*http.Request) (*http.Response, error) { return nil, context.DeadlineExceeded }, message.Uncertain},
		"broken off": {func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, message.Uncertain},
		"gateway":    {func(*http.Request) (*http.Response, error) { return answerWith(502, ""), nil }, message.Uncertain},
		"redirect":   {func(*http.Request) (*http.Response, error) { return answerWith(302, ""), nil }, message.Uncertain},
		"not JSON":   {func(*http.Request) (*http.Response, error) { return answerWith(200, "<html>"), nil }, message.Uncertain},
		"endless": {func(*http.Request) (*http.Response, error) {
			return answerWith(200, strings.Repeat(" ", maxAnswer+1)), nil
		}, message.Uncertain},
		"code not number": {func(*http.Request) (*http.Response, error) { return answerWith(200, `{"errcode":"x"}`), nil }, message.Uncertain},
	} {
		channel := New(Options{Client: &http.Client{Transport: broken{test.fail}}, Now: func() time.Time { return testNow }})
		err := channel.Send(t.Context(), credentials, alice, "key", message.Text("!"))
		if class := sendClass(t, err); class != test.want || strings.Contains(err.Error(), "T0KEN") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheTokenFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	credentials := plainCredentials(func(c *Credentials) { c.Secret = testSecret })
	transport := broken{func(r *http.Request) (*http.Response, error) {
		if r.URL.Host != "api.weixin.qq.com" {
			t.Errorf("called %s", r.URL.Host)
		}
		return answerWith(307, ""), nil
	}}
	channel := New(Options{Client: &http.Client{Transport: transport}, Now: func() time.Time { return testNow }})
	if class := sendClass(t, channel.Send(t.Context(), credentials, alice, "key", message.Text("!"))); class != message.Uncertain {
		t.Errorf("%s", class)
	}
}

func TestWhatWasSurelyNotSentIsTriedAgain(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	credentials := plainCredentials(func(c *Credentials) { c.Secret = testSecret })
	channel := New(Options{API: closed.URL})
	if class := sendClass(t, channel.Send(t.Context(), credentials, alice, "key", message.Text("!"))); class != message.RetryLater {
		t.Errorf("nobody there: %s", class)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := newStage(t)
	if class := sendClass(t, s.channel.Send(ctx, s.credentials, alice, "key", message.Text("!"))); class != message.RetryLater {
		t.Errorf("shut down before: %s", class)
	}
}

func TestWithoutASecretOnlyAnswersWork(t *testing.T) {
	t.Parallel()
	channel := testChannel()
	if class := sendClass(t, channel.Send(t.Context(), plainCredentials(), alice, "key", message.Text("!"))); class != message.Permanent {
		t.Errorf("%s", class)
	}
	if err := channel.Check(t.Context(), plainCredentials()); !errors.Is(err, ErrSecret) {
		t.Errorf("%v", err)
	}
}

func TestTestingAConnectionSaysWhatToChange(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if err := s.channel.Check(t.Context(), s.credentials); err != nil {
		t.Fatal(err)
	}
	for code, want := range map[int]string{
		-1: "wechat_busy", 40001: "wechat_secret_refused", 40013: "wechat_app_id_refused", 40125: "wechat_secret_refused",
		45009: "wechat_quota", 48001: "wechat_restricted", 50002: "wechat_restricted", 12345: "wechat_refused",
	} {
		s.platform.FailNext(tokenPath, code)
		err := s.channel.Check(t.Context(), s.credentials)
		if said, ok := errors.AsType[*fault.Error](err); !ok || said.Code != want {
			t.Errorf("%d: %v", code, err)
		}
	}
	wrong := plainCredentials(func(c *Credentials) { c.Secret = strings.Repeat("f", 32) })
	if err := s.channel.Check(t.Context(), wrong); !errors.Is(err, ErrSecretRefused) || strings.Contains(fmt.Sprint(err), strings.Repeat("f", 32)) {
		t.Errorf("a wrong secret while a token is in store: %v", err)
	}
	unreachable := New(Options{API: "http://127.0.0.1:1"})
	if err := unreachable.Check(t.Context(), s.credentials); !errors.Is(err, ErrUnreachable) {
		t.Errorf("%v", err)
	}
}

func TestAnAddressToAllowIsNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"invalid ip 203.0.113.7 ipv6 ::ffff:203.0.113.7, not in whitelist rid: 1": "Add 203.0.113.7 to",
		"invalid ip, not in whitelist":                                            "Add this server's public address to",
	} {
		if err := (&Error{Code: codeAddress, Message: text}).fault(); !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestUnverifiedAccountsAreToldWhyTheyCannotSend(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(a *wechattest.App) { a.Unverified = true })
	s.say(t, "hi")
	failed, ok := errors.AsType[*message.SendError](s.send(t, message.Text("!")))
	if !ok || failed.Class != message.Permanent || !strings.Contains(failed.Text, "verified") {
		t.Errorf("%v", failed)
	}
}

// lost is a store that can't be reached.
type lost struct{}

var errLost = errors.New("no store")

func (lost) Token(context.Context, string) (Token, error)  { return Token{}, errLost }
func (lost) PutToken(context.Context, string, Token) error { return errLost }

func (lost) Lease(context.Context, string, time.Time) (bool, error) { return false, errLost }
func (lost) Release(context.Context, string) error                  { return errLost }
func (lost) MediaID(context.Context, string) (string, time.Time, error) {
	return "", time.Time{}, errLost
}
func (lost) PutMediaID(context.Context, string, string, time.Time) error { return errLost }

func TestWithoutItsStoresNothingIsSentButTriedAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.say(t, "hi")
	for name, options := range map[string]Options{
		"tokens": {API: s.channel.api.base, Tokens: lost{}, Now: s.clock.now},
		"media":  {API: s.channel.api.base, Media: lost{}, Images: shelf{}, Now: s.clock.now},
	} {
		err := New(options).Send(t.Context(), s.credentials, alice, "key", message.Image("/pictures/1"))
		if class := sendClass(t, err); class != message.RetryLater || !errors.Is(err, errLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(s.platform.Delivered()) != 0 {
		t.Errorf("%v", s.platform.Delivered())
	}
}
