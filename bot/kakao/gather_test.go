package kakao

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/kakao/kakaotest"
	"plaza/bot/standin"
	"plaza/message"
)

// clock is a time that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(d)
	c.mu.Unlock()
}

// stage is a channel and the platform it talks to, without a bot between them.
type stage struct {
	channel  *Channel
	platform *kakaotest.Platform
	typed    []byte
	clock    *clock
	mu       sync.Mutex
	later    bool // answer every call later
	waiting  []message.Outbound
	inbound  []message.Inbound
}

var ann = message.Person{ID: "01:kakao:ann", Account: "01", Channel: Name, User: "ann", Language: "ko"}

func newStage(t *testing.T, change ...func(*kakaotest.Bot)) *stage {
	t.Helper()
	s := &stage{clock: &clock{now: testNow}}
	webhook := httptest.NewServer(http.HandlerFunc(s.serve))
	t.Cleanup(webhook.Close)
	b := kakaotest.Bot{ID: testBot, Skill: webhook.URL, Headers: map[string]string{SecretHeader: testSecret}, RESTKey: testKey, AdminKey: testKey, EventName: "plaza"}
	for _, f := range change {
		f(&b)
	}
	s.platform = kakaotest.New(b, s.clock.Now)
	t.Cleanup(s.platform.Close)
	s.channel = testChannel(t, func(o *Options) { o.API, o.Now = s.platform.URL(), s.clock.Now })
	s.typed = credentials(func(c *Credentials) { c.RESTKey, c.EventName, c.AdminKey = testKey, "plaza", testKey })
	return s
}

// serve is the webhook; what waits goes with the answer.
func (s *stage) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	received, err := s.channel.Receive(s.typed, message.Request{Method: r.Method, Query: r.URL.Query(), Header: r.Header, Body: body, At: s.clock.Now()})
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	in := received.Inbound[0]
	if err := s.channel.Identify(r.Context(), s.typed, &in); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.inbound = append(s.inbound, in)
	var response message.Response
	if s.later {
		response, err = s.channel.Defer(r.Context(), s.typed, received)
	} else {
		response, s.waiting, err = s.channel.Render(s.typed, received, s.waiting)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", response.ContentType)
	w.WriteHeader(response.Status)
	_, _ = w.Write(response.Body)
}

// class is the class of a failed call, and whether it is worth asking again.
func class(t *testing.T, err error) (message.SendClass, time.Duration) {
	t.Helper()
	failed, ok := errors.AsType[*message.SendError](err)
	if !ok {
		t.Fatalf("%v is no SendError", err)
	}
	for _, secret := range []string{testSecret, testKey, "callback/"} {
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error tells %q: %v", secret, err)
		}
	}
	return failed.Class, failed.RetryAfter
}

func (s *stage) gather(t *testing.T, texts ...string) ([]message.Outbound, error) {
	t.Helper()
	var out []message.Outbound
	for _, text := range texts {
		out = append(out, message.Text(text))
	}
	return s.channel.Gather(t.Context(), s.typed, ann, "key", out)
}

func seen(p *kakaotest.Platform, id string) string {
	var all []string
	for _, b := range p.Seen(id) {
		all = append(all, b.Type+":"+b.Text())
	}
	return strings.Join(all, " / ")
}

func TestASlowAnswerGoesToTheCallbackOnce(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(b *kakaotest.Bot) { b.Callback = true })
	s.later = true
	if _, err := s.platform.Say(t.Context(), "ann", "찾아줘"); err != nil {
		t.Fatal(err)
	}
	// Kakao may not have the promise yet.
	if rest, err := s.gather(t, "a"); len(rest) != 1 || err == nil {
		t.Fatalf("at once: %v, %v", rest, err)
	}
	s.clock.pass(2 * time.Second)
	rest, err := s.gather(t, "하나", "둘", "셋", "넷")
	if err != nil || len(rest) != 1 || rest[0].Text != "넷" {
		t.Fatalf("%v, %v", rest, err)
	}
	if got := seen(s.platform, "ann"); got != "simpleText:하나 / simpleText:둘 / simpleText:셋" {
		t.Errorf("shown %q", got)
	}
	if c, again := class(t, second(s.gather(t, "넷"))); c != message.WindowClosed || again != 0 {
		t.Errorf("a second time: %s, %v", c, again)
	}
	if faults := s.platform.Faults(); len(faults) > 0 {
		t.Error(faults)
	}
}

func second(_ []message.Outbound, err error) error { return err }

func TestACallbackIsOverAfterAMinute(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(b *kakaotest.Bot) { b.Callback = true })
	s.later = true
	if _, err := s.platform.Say(t.Context(), "ann", "찾아줘"); err != nil {
		t.Fatal(err)
	}
	s.clock.pass(time.Minute)
	if c, _ := class(t, second(s.gather(t, "늦은 답"))); c != message.WindowClosed {
		t.Errorf("%s", c)
	}
}

func TestACallbackWhoseAnswerIsLostIsUncertain(t *testing.T) {
	t.Parallel()
	for trouble, want := range map[standin.Trouble]message.SendClass{
		standin.Lost: message.Uncertain, standin.Cut: message.Uncertain, standin.Fail: message.Uncertain, standin.Throttle: message.WindowClosed,
	} {
		s := newStage(t, func(b *kakaotest.Bot) { b.Callback = true })
		s.platform.Troubles = new(standin.Troubles)
		s.later = true
		if _, err := s.platform.Say(t.Context(), "ann", "찾아줘"); err != nil {
			t.Fatal(err)
		}
		s.clock.pass(2 * time.Second)
		s.platform.Troubles.Set(trouble)
		if c, _ := class(t, second(s.gather(t, "답"))); c != want {
			t.Errorf("%s: %s, want %s", trouble, c, want)
		}
	}
}

// A forged call must not make us call into our own network.
func TestOnlyKakaosOwnHostsAreCalledBack(t *testing.T) {
	t.Parallel()
	channel := testChannel(t)
	for address, want := range map[string]bool{
		"https://bot-api.kakao.com/v1/callback/1": true, "https://kakao.com/x": true, "https://bot-api.kakao.com:443/x": true,
		"http://bot-api.kakao.com/x": false, "https://evilkakao.com/x": false, "https://kakao.com.evil.example/x": false,
		"https://169.254.169.254/latest": false, "https://user@kakao.com/x": false, "https://bot-api.kakao.com:8443/x": false,
		"https://127.0.0.1/x": false, "file:///etc/passwd": false, "": false, "https://kakao.com@evil.example/": false, "//kakao.com": false,
	} {
		if channel.trusted(address) != want {
			t.Errorf("%q: want %v", address, want)
		}
	}
	received, err := channel.Receive(credentials(), skill(strings.Replace(hello, `"lang"`, `"callbackUrl":"https://10.0.0.1/x","lang"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	response, err := channel.Defer(t.Context(), credentials(), received)
	var body Response
	if err != nil || json.Unmarshal(response.Body, &body) != nil || body.UseCallback || kakaotest.Check(response.Body) != nil {
		t.Errorf("%s, %v", response.Body, err)
	}
}

func TestFilesAreFetchedFromKakaoOnly(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"https://10.0.0.1/a.jpg", "https://kakaocdn.net.evil.example/a", "ftp://secure.kakaocdn.net/a", "", "::"} {
		if _, err := testChannel(t).Fetch(t.Context(), credentials(), message.Inbound{MediaURL: address}); !errors.Is(err, ErrFile) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestKakaoFetchesWhatWaits(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.platform.AddFriend("ann", "", true)
	s.waiting = []message.Outbound{message.Text("주문이 출발했어요")}
	if c, _ := class(t, second(s.gather(t, "주문이 출발했어요"))); c != message.WindowClosed {
		t.Fatalf("%s", c)
	}
	if c, again := class(t, s.channel.Knock(t.Context(), s.typed, ann)); c != message.WindowClosed || again == 0 {
		t.Errorf("%s, %v", c, again)
	}
	if got := seen(s.platform, "ann"); got != "simpleText:주문이 출발했어요" || s.platform.Paid() != 1 {
		t.Errorf("shown %q, %d paid", got, s.platform.Paid())
	}
}

func TestAKnockIsMadeOnceUntilItIsAnswered(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(b *kakaotest.Bot) { b.EventBlind = true })
	s.platform.AddFriend("ann", "", true)
	for range 5 {
		if c, _ := class(t, s.channel.Knock(t.Context(), s.typed, ann)); c != message.WindowClosed {
			t.Errorf("%s", c)
		}
		s.clock.pass(time.Minute)
	}
	if s.platform.Paid() != 1 {
		t.Errorf("%d events were paid for", s.platform.Paid())
	}
	err := s.channel.Knock(t.Context(), s.typed, ann)
	if !strings.Contains(err.Error(), "for=event") {
		t.Errorf("a block without our skill: %v", err)
	}
	s.clock.pass(knockAgain)
	_ = s.channel.Knock(t.Context(), s.typed, ann)
	if s.platform.Paid() != 2 {
		t.Errorf("%d events after %v", s.platform.Paid(), knockAgain)
	}
}

func TestWhatBecameOfAKnockIsAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t) // Ann has not added the channel
	if c, again := class(t, s.channel.Knock(t.Context(), s.typed, ann)); c != message.WindowClosed || again != fetchWait {
		t.Fatalf("%s, %v", c, again)
	}
	s.clock.pass(fetchWait)
	if c, _ := class(t, s.channel.Knock(t.Context(), s.typed, ann)); c != message.Gone {
		t.Errorf("%s", c)
	}
}

func TestTroublesOfTheEventAPI(t *testing.T) {
	t.Parallel()
	for trouble, again := range map[standin.Trouble]time.Duration{
		standin.Throttle: time.Minute, standin.Fail: fetchWait, standin.Lost: fetchWait, standin.Cut: fetchWait,
	} {
		s := newStage(t)
		s.platform.Troubles = new(standin.Troubles)
		s.platform.AddFriend("ann", "", true)
		s.platform.Troubles.Set(trouble)
		if c, wait := class(t, s.channel.Knock(t.Context(), s.typed, ann)); c != message.WindowClosed || wait != again {
			t.Errorf("%s: %s, %v", trouble, c, wait)
		}
	}
	s := newStage(t, func(b *kakaotest.Bot) { b.RESTKey = "another" })
	if c, wait := class(t, s.channel.Knock(t.Context(), s.typed, ann)); c != message.WindowClosed || wait != knockAgain {
		t.Errorf("a wrong key: %s, %v", c, wait)
	}
	if err := s.channel.Check(t.Context(), s.typed); !errors.Is(err, ErrRESTKey) {
		t.Errorf("testing it: %v", err)
	}
}

// Had Kakao taken the knock it would have come: to wait for hours would only
// delay the messages.
func TestAKnockWithoutAnAnswerIsRepeatedSoon(t *testing.T) {
	t.Parallel()
	s := newStage(t, func(b *kakaotest.Bot) { b.EventBlind = true })
	s.platform.Troubles = new(standin.Troubles)
	s.platform.AddFriend("ann", "", true)
	s.platform.Troubles.Set(standin.Cut, standin.Cut, standin.Cut)
	for _, pause := range []time.Duration{unsurePause, 2 * unsurePause, 4 * unsurePause} {
		_ = s.channel.Knock(t.Context(), s.typed, ann)
		s.clock.pass(pause - time.Second)
		if c, wait := class(t, s.channel.Knock(t.Context(), s.typed, ann)); c != message.WindowClosed || wait != time.Second {
			t.Errorf("%s, %v before %v have passed", c, wait, pause)
		}
		s.clock.pass(time.Second)
	}
	if s.platform.Paid() != 0 {
		t.Fatalf("%d events arrived", s.platform.Paid())
	}
	_ = s.channel.Knock(t.Context(), s.typed, ann)
	if s.platform.Paid() != 1 {
		t.Errorf("%d events arrived", s.platform.Paid())
	}
}

func TestAConnectionIsTestedInWords(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if err := s.channel.Check(t.Context(), s.typed); err != nil {
		t.Error(err)
	}
	if err := s.channel.Check(t.Context(), credentials()); !errors.Is(err, ErrOnlyKakao) {
		t.Errorf("without keys: %v", err)
	}
	s.platform.Close()
	if err := s.channel.Check(t.Context(), s.typed); !errors.Is(err, ErrUnreachable) {
		t.Errorf("out of reach: %v", err)
	}
}

func TestWhoAddsOrBlocksIsFoundByWhatTheirCallsTold(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.platform.AddFriend("ann", "4711", false)
	s.platform.AddFriend("bob", "4712", false)
	if _, err := s.platform.Say(t.Context(), "ann", "안녕"); err != nil {
		t.Fatal(err)
	}
	for _, call := range []struct{ user, event string }{{"ann", "added"}, {"ann", "blocked"}, {"bob", "added"}} {
		if err := s.platform.Relation(t.Context(), call.user, call.event); err != nil {
			t.Fatal(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in := s.inbound[1]; in.User != "ann" || in.Kind != message.Status || !in.Follows {
		t.Errorf("added: %+v", in)
	}
	if in := s.inbound[2]; in.User != "ann" || in.Kind != message.Unfollow {
		t.Errorf("blocked: %+v", in)
	}
	if in := s.inbound[3]; in.User != "" {
		t.Errorf("who has never written is %q", in.User)
	}
}

func TestMemoryGivesOneOfManyWhatIsTaken(t *testing.T) {
	t.Parallel()
	m := &memory{now: func() time.Time { return testNow }}
	_ = m.Put(context.Background(), "k", []byte("v"), testNow.Add(time.Minute))
	var got sync.Map
	var all sync.WaitGroup
	for n := range 16 {
		all.Go(func() {
			if v, _ := m.Take(context.Background(), "k"); v != nil {
				got.Store(n, v)
			}
		})
	}
	all.Wait()
	count := 0
	got.Range(func(any, any) bool { count++; return true })
	if count != 1 {
		t.Errorf("%d got it", count)
	}
}
