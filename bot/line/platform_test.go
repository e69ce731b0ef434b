package line

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"plaza/bot/line/linetest"
	"plaza/bot/standin"
	"plaza/bot/usage"
	"plaza/fault"
	"plaza/message"
)

const (
	pushPath  = "/v2/bot/message/push"
	replyPath = "/v2/bot/message/reply"
)

func (s *stage) push(t testing.TB, key string, out message.Outbound) error {
	t.Helper()
	return s.Send(t.Context(), s.credentials, alice, key, out)
}

// TestThePlatformTakesEveryForm: the stand-in refuses what LINE would.
func TestThePlatformTakesEveryForm(t *testing.T) {
	t.Parallel()
	for _, mode := range []func(*linetest.Account, *Credentials){func(*linetest.Account, *Credentials) {}, stateless} {
		s := newStage(t, mode)
		for name, out := range forms {
			if err := s.push(t, name, out); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if got := len(s.platform.Delivered()); got < len(forms) {
			t.Errorf("%d objects arrived", got)
		}
		if used := s.platform.Used(); used != int64(len(forms)-1) { // one has nothing to say
			t.Errorf("%d messages were counted", used)
		}
	}
}

func TestTheSameKeySendsOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	long := message.Text(strings.Repeat("x", maxText*7)) // two calls
	for range 3 {
		if err := s.push(t, "k", long); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(s.platform.Delivered()); got != 7 || s.platform.Used() != 2 {
		t.Errorf("%d objects arrived, %d messages counted", got, s.platform.Used())
	}
}

// TestAnAnswerThatGotLostIsNotSaidTwice: the push went through and nobody heard.
func TestAnAnswerThatGotLostIsNotSaidTwice(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.troubles.Set(standin.Lost, standin.Cut, standin.Fail)
	for i := range 4 {
		err := s.push(t, "k", message.Text("once"))
		if i < 3 && class(t, err) != message.Uncertain || i == 3 && err != nil {
			t.Errorf("attempt %d: %v", i, err)
		}
	}
	if got := s.platform.Delivered(); len(got) != 1 {
		t.Errorf("arrived %d times", len(got))
	}
}

func TestFailuresAreOfTheClassThatLINEDocuments(t *testing.T) {
	t.Parallel()
	refusing := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }
	}
	for name, test := range map[string]struct {
		serve http.HandlerFunc
		want  message.SendClass
		wait  bool
	}{
		"bad content":    {refusing(400, `{"message":"The request body has 1 error(s)","details":[{"message":"May not be empty","property":"messages[0].text"}]}`), message.Permanent, false},
		"unknown person": {refusing(400, `{"message":"The request body has 1 error(s)","details":[{"message":"x","property":"to"}]}`), message.Gone, false},
		"failed":         {refusing(400, `{"message":"Failed to send messages"}`), message.Gone, false},
		"token":          {refusing(401, `{"message":"Authentication failed"}`), message.Refused, false},
		"plan":           {refusing(403, `{"message":"Access to this API is not available for your account"}`), message.Permanent, false},
		"gone API":       {refusing(410, `{}`), message.Permanent, false},
		"large":          {refusing(413, `{}`), message.Permanent, false},
		"month":          {refusing(429, `{"message":"You have reached your monthly limit."}`), message.Permanent, false},
		"rate":           {refusing(429, `{"message":"The API rate limit has been exceeded. Try again later."}`), message.RetryLater, true},
		"out of order":   {refusing(500, `{"message":"Internal Server Error"}`), message.Uncertain, false},
		"gateway":        {refusing(502, `<html>`), message.Uncertain, false},
		"redirect": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example", http.StatusFound)
		}, message.Permanent, false},
		"no answer": {func(http.ResponseWriter, *http.Request) { standin.Abort() }, message.Uncertain, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host := httptest.NewServer(test.serve)
			defer host.Close()
			channel := testChannel(func(o *Options) { o.API = host.URL })
			err := channel.Send(t.Context(), testCredentials(), alice, "k", message.Text("hi"))
			if got := class(t, err); got != test.want {
				t.Errorf("%s: %v", got, err)
			}
			failed, _ := errors.AsType[*message.SendError](err)
			if (failed.RetryAfter > 0) != test.wait {
				t.Errorf("wait %v", failed.RetryAfter)
			}
		})
	}
	nowhere := testChannel(func(o *Options) { o.API = "http://127.0.0.1:1" })
	if got := class(t, nowhere.Send(t.Context(), testCredentials(), alice, "k", message.Text("hi"))); got != message.RetryLater {
		t.Errorf("unreachable: %s", got)
	}
	taken := httptest.NewServer(refusing(409, `{"message":"The retry key is already accepted"}`))
	defer taken.Close()
	channel := testChannel(func(o *Options) { o.API = taken.URL })
	if err := channel.Send(t.Context(), testCredentials(), alice, "k", message.Text("hi")); err != nil {
		t.Errorf("a key that was taken: %v", err)
	}
}

func TestAReplyTokenWorksOnceAndForAMinute(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	token := func() string { return s.platform.Text(alice.User, "hi")["replyToken"].(string) }
	answer := []message.Outbound{message.Text("one"), message.OneCard(card("two"))}
	first := token()
	if err := s.Reply(t.Context(), s.credentials, alice, first, answer); err != nil {
		t.Fatal(err)
	}
	if err := s.Reply(t.Context(), s.credentials, alice, first, answer); !errors.Is(err, message.ErrReplyToken) {
		t.Errorf("used twice: %v", err)
	}
	late := token()
	s.clock.advance(time.Minute)
	if err := s.Reply(t.Context(), s.credentials, alice, late, answer); !errors.Is(err, message.ErrReplyToken) {
		t.Errorf("used late: %v", err)
	}
	if got := s.platform.Delivered(); len(got) != 2 || got[0].Call != got[1].Call || s.platform.Used() != 0 {
		t.Errorf("%+v, %d counted", got, s.platform.Used())
	}
}

func TestABatchIsAsManyAsOneCallTakes(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	texts := slices.Repeat([]message.Outbound{message.Text("x")}, 7)
	caption := message.Outbound{Form: message.ImageForm, Image: "/pictures/1", Text: "two objects"}
	for name, test := range map[string]struct {
		out  []message.Outbound
		want int
	}{
		"seven texts": {texts, 5}, "captions": {slices.Repeat([]message.Outbound{caption}, 4), 2}, "one": {texts[:1], 1},
		"too long": {[]message.Outbound{message.Text(strings.Repeat("x", 6*maxText))}, 0},
	} {
		if got := s.Batch(test.out); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
	if err := s.SendBatch(t.Context(), s.credentials, alice, "k", texts[:5]); err != nil || s.platform.Used() != 1 {
		t.Errorf("%v, %d counted", err, s.platform.Used())
	}
}

func TestAStatelessTokenIsFetchedOnceAndAgainWhenItEnds(t *testing.T) {
	t.Parallel()
	s := newStage(t, stateless)
	for i := range 3 {
		if err := s.push(t, fmt.Sprint(i), message.Text("hi")); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.platform.Calls(tokenPath); got != 1 {
		t.Errorf("fetched %d times", got)
	}
	s.clock.advance(14 * time.Minute)
	if err := s.push(t, "later", message.Text("hi")); err != nil || s.platform.Calls(tokenPath) != 2 {
		t.Errorf("%v, fetched %d times", err, s.platform.Calls(tokenPath))
	}
	s.platform.EndTokens() // before their time
	if err := s.push(t, "ended", message.Text("hi")); err != nil || len(s.platform.Delivered()) != 5 {
		t.Errorf("%v, %d arrived", err, len(s.platform.Delivered()))
	}
}

func TestAMulticastReachesThoseWhoFollowOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	var users []string
	for n := range maxMulticast {
		users = append(users, linetest.UserID(n+1))
		s.platform.Add(linetest.UserID(n+1), "Somebody", "en")
	}
	s.platform.Block(users[7])
	s.troubles.Set(standin.Lost)
	for i := range 3 {
		_, err := s.SendMass(t.Context(), s.credentials, "01SHOP", message.Crowd{Users: users, Language: "en"}, "k", []message.Outbound{message.Text("news")})
		if i == 0 && class(t, err) != message.Uncertain || i > 0 && err != nil {
			t.Errorf("attempt %d: %v", i, err)
		}
	}
	if got := s.platform.Received(); len(got) != maxMulticast-1 || len(got[users[0]]) != 1 {
		t.Errorf("%d people got it, the first %q", len(got), got[users[0]])
	}
	users = append(users, linetest.UserID(9999))
	_, err := s.SendMass(t.Context(), s.credentials, "01SHOP", message.Crowd{Users: users, Language: "en"}, "k2", []message.Outbound{message.Text("news")})
	if got := class(t, err); got != message.Gone {
		t.Errorf("501 people: %s", got)
	}
}

func TestWhoSomebodyIsComesFromTheirProfile(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for user, want := range map[string]string{alice.User: "Alice ko", linetest.UserID(404): " ", "not an id": " "} {
		name, language, err := s.Introduce(t.Context(), s.credentials, message.Inbound{User: user})
		if err != nil || name+" "+language != want {
			t.Errorf("%s is %q %q, %v", user, name, language, err)
		}
	}
}

func TestWhatPeopleSendIsFetchedWhenLINEHasPreparedIt(t *testing.T) {
	t.Parallel()
	s := newStage(t, stateless)
	s.platform.Keep("1", linetest.Content{Type: "image/jpeg", Body: []byte("picture")})
	s.platform.Keep("2", linetest.Content{Type: "video/mp4", Body: []byte("film"), Preparing: 1})
	s.platform.Keep("3", linetest.Content{Type: "audio/mp4", Preparing: -1})
	fetch := func(kind message.Kind, id string) (string, error) {
		file, err := s.Fetch(t.Context(), s.credentials, message.Inbound{Kind: kind, MediaID: id})
		if err != nil {
			return "", err
		}
		defer file.Content.Close()
		content, err := io.ReadAll(file.Content)
		return file.Type + " " + string(content), err
	}
	if got, err := fetch(message.ImageIn, "1"); got != "image/jpeg picture" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := fetch(message.VideoIn, "2"); !errors.Is(err, ErrBusy) {
		t.Errorf("not ready: %v", err)
	}
	if got, err := fetch(message.VideoIn, "2"); got != "video/mp4 film" {
		t.Errorf("%q, %v", got, err)
	}
	for id, kind := range map[string]message.Kind{"3": message.VoiceIn, "4": message.ImageIn, "../2": message.ImageIn} {
		if _, err := fetch(kind, id); err == nil {
			t.Errorf("%s is there", id)
		}
	}
}

func TestDotsAndReadMarks(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if _, err := s.platform.Deliver(t.Context(), s.platform.Text(alice.User, "hi")); err != nil {
		t.Fatal(err)
	}
	for _, signal := range []message.Signal{message.TypingOn, message.TypingOff, message.ReadMark, message.ReadMark} {
		if err := s.Signal(t.Context(), s.credentials, alice, signal); err != nil {
			t.Errorf("%s: %v", signal, err)
		}
	}
	if read := s.platform.Read(); len(read) != 1 || !strings.HasPrefix(read[0], "read-") || s.platform.Typing(alice.User) != typingSeconds {
		t.Errorf("read %q, dots for %d s", read, s.platform.Typing(alice.User))
	}
}

func TestTheConnectionTestSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	good := newStage(t)
	if err := good.Check(t.Context(), good.credentials); err != nil {
		t.Errorf("a good one: %v", err)
	}
	fresh := newStage(t, func(a *linetest.Account, _ *Credentials) { a.Webhook = "" })
	if err := fresh.Check(t.Context(), fresh.credentials); err != nil {
		t.Errorf("no webhook yet: %v", err)
	}
	for name, test := range map[string]struct {
		change func(*linetest.Account, *Credentials)
		want   *fault.Error
	}{
		"token":   {func(_ *linetest.Account, c *Credentials) { c.Token = strings.Repeat("x", 60) }, ErrTokenRefused},
		"secret":  {func(a *linetest.Account, c *Credentials) { stateless(a, c); c.Secret = strings.Repeat("f", 32) }, ErrIDRefused},
		"id":      {func(a *linetest.Account, c *Credentials) { stateless(a, c); c.ID = "999999" }, ErrIDRefused},
		"webhook": {func(a *linetest.Account, _ *Credentials) { a.Webhook = "http://127.0.0.1:1" }, ErrWebhook},
		"signed":  {func(_ *linetest.Account, c *Credentials) { c.Secret = strings.Repeat("f", 32) }, ErrWebhook},
	} {
		s := newStage(t, test.change)
		if err := s.Check(t.Context(), s.credentials); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	nowhere := testChannel(func(o *Options) { o.API = "http://127.0.0.1:1" })
	if err := nowhere.Check(t.Context(), testCredentials()); !errors.Is(err, ErrUnreachable) {
		t.Errorf("unreachable: %v", err)
	}
}

func TestTheQuotaIsAskedForNowAndThen(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(a *linetest.Account, _ *Credentials) { a.Quota = 2 })
	s.usage = usage.New(&monthOfCounts{}, s.clock.now, tokyo, "2006-01")
	if err := s.push(t, "1", message.Text("hi")); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		quota, err := s.Quota(t.Context(), s.credentials)
		if err != nil || !quota.Limited || quota.Limit != 2 || quota.Used != 1 {
			t.Errorf("%+v, %v", quota, err)
		}
	}
	if shown, err := s.Usage(t.Context(), s.credentials); err != nil || len(shown) != 1 || shown[0].Used != 1 || !shown[0].Told || shown[0].Spent != 1 || shown[0].Limit != 2 {
		t.Errorf("the page shows %+v, %v", shown, err)
	}
	if got := s.platform.Calls("/v2/bot/message/quota"); got != 1 {
		t.Errorf("asked %d times", got)
	}
	if err := s.push(t, "2", message.Text("hi")); err != nil {
		t.Fatal(err)
	}
	err := s.push(t, "3", message.Text("hi"))
	if class(t, err) != message.Permanent || !strings.Contains(err.Error(), "this month") {
		t.Errorf("used up: %v", err)
	}
	s.clock.advance(quotaAge)
	if quota, err := s.Quota(t.Context(), s.credentials); err != nil || quota.Used != 2 {
		t.Errorf("%+v, %v", quota, err)
	}
}

func TestRateLimitsAreTold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.platform.Limit(pushPath, 1)
	first, second := s.push(t, "1", message.Text("hi")), s.push(t, "2", message.Text("hi"))
	if first != nil || class(t, second) != message.RetryLater {
		t.Errorf("%v, %v", first, second)
	}
	s.clock.advance(time.Second)
	if err := s.push(t, "2", message.Text("hi")); err != nil {
		t.Error(err)
	}
}

// monthOfCounts is a usage.Store of one month.
type monthOfCounts struct{ counts map[string]int64 }

func (m *monthOfCounts) AddUsage(_ context.Context, _, period string, counts map[string]int64) error {
	if m.counts == nil {
		m.counts = map[string]int64{}
	}
	for name, n := range counts {
		m.counts[period+name] += n
	}
	return nil
}

func (m *monthOfCounts) Usage(_ context.Context, _, period string) (map[string]int64, error) {
	return map[string]int64{pushedCount: m.counts[period+pushedCount]}, nil
}
