package bot

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/message"
	"plaza/shop/crashtest"
	"plaza/store"
	"plaza/store/storetest"
)

// shy is a platform that lets an account speak only in answer to a call, up to
// three messages at once. A chance is one more call that it is open to.
type shy struct {
	*messenger
	mu      sync.Mutex
	shown   []string // what people saw, in order
	chances int
	fail    *message.SendError // what Gather says; nil: that there is no way
	knock   error              // what Knock says
}

func (s *shy) Render(_ []byte, _ message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error) {
	n := min(3, len(answer))
	var texts []string
	for _, out := range answer[:n] {
		texts = append(texts, out.Text)
	}
	return message.Response{Status: http.StatusOK, Body: []byte(strings.Join(texts, "|"))}, answer[n:], nil
}

func (s *shy) Gather(_ context.Context, _ []byte, _ message.Person, _ string, out []message.Outbound) ([]message.Outbound, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.chances == 0 {
		if s.fail != nil {
			return nil, s.fail
		}
		return nil, &message.SendError{Class: message.WindowClosed}
	}
	s.chances--
	n := min(3, len(out))
	for _, o := range out[:n] {
		s.shown = append(s.shown, o.Text)
	}
	return out[n:], nil
}

func (s *shy) Knock(context.Context, []byte, message.Person) error { return s.knock }

func (s *shy) saw(body string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if body != "" {
		s.shown = append(s.shown, strings.Split(body, "|")...)
	}
}

func shyHouse(t testing.TB, db *store.DB, skills ...Skill) (*house, *shy) {
	t.Helper()
	h := open(t, db, newClock(), newMessenger("far"), skills...)
	platform := &shy{messenger: newMessenger("shy")}
	h.channels["shy"] = platform
	if _, err := h.Connections().Save(t.Context(), shop, "shy", []byte(`{"secret":"s3"}`)); err != nil {
		t.Fatal(err)
	}
	return h, platform
}

func shyPerson(user string) message.Person {
	return message.Person{ID: message.SubscriberID(shop, "shy", user), Account: shop, Channel: "shy", User: user, Language: "en"}
}

// deliver lets workers look at everything that was posted until now.
func deliver(t testing.TB, h *house) {
	t.Helper()
	h.clock.advance(time.Second)
	drain(t, h.Bot)
}

// calls is a call of a person's; it gives what their messenger shows.
func (s *shy) calls(t testing.TB, h *house, user, key string, kind message.Kind, text string) string {
	t.Helper()
	body := fmt.Sprintf(`{"user":%q,"key":%q,"kind":%q,"text":%q}`, user, key, kind, text)
	response, err := h.Webhooks().Handle(t.Context(), "shy", shop, webhook(body))
	if err != nil {
		t.Fatal(err)
	}
	s.saw(string(response.Body))
	if response.Written != nil {
		response.Written(t.Context())
	}
	return string(response.Body)
}

func TestWhatCouldNotBeSentGoesWithTheNextAnswer(t *testing.T) {
	t.Parallel()
	h, platform := shyHouse(t, storetest.Open(t, Schemas()...))
	h.teach(t, Rule{On: OnDefault, Answers: []Template{say("yes?")}})
	ann := shyPerson("ann")
	platform.calls(t, h, "ann", "1", message.TextIn, "hi")
	send(t, h, ann, "k1", "sent off", "track it")
	deliver(t, h)
	waiting := h.history(t, ann.ID)[0]
	if waiting.State != Queued || waiting.Reason != waitingWords {
		t.Errorf("while it waits a member sees %s, %q", waiting.State, waiting.Reason)
	}
	if got := platform.calls(t, h, "ann", "2", message.TextIn, "news?"); got != "sent off|track it|yes?" {
		t.Errorf("the next answer is %q", got)
	}
	deliver(t, h)
	for _, m := range h.history(t, ann.ID) {
		if m.Direction == Out && (m.State != Sent || m.Reason != "") {
			t.Errorf("%q is %s, %q", m.Out.Text, m.State, m.Reason)
		}
	}
	if got := platform.calls(t, h, "ann", "3", message.TextIn, "again"); got != "yes?" {
		t.Errorf("then %q", got)
	}
}

// Nobody repeats a response: whether one that a process died with was read,
// nobody knows.
func TestWhatWentWithAResponseThatWasNotWrittenIsUncertain(t *testing.T) {
	t.Parallel()
	h, platform := shyHouse(t, storetest.Open(t, Schemas()...))
	ann := shyPerson("ann")
	platform.calls(t, h, "ann", "1", message.TextIn, "hi")
	send(t, h, ann, "k1", "sent off")
	deliver(t, h)
	response, err := h.Webhooks().Handle(t.Context(), "shy", shop, webhook(`{"user":"ann","key":"2","kind":"text","text":"x"}`))
	if err != nil || !strings.Contains(string(response.Body), "sent off") || response.Written == nil {
		t.Fatalf("%s, %v", response.Body, err)
	}
	state := func() State {
		for _, m := range h.history(t, ann.ID) {
			if m.Out != nil && m.Out.Text == "sent off" {
				return m.State
			}
		}
		return ""
	}
	if got := state(); got != Queued {
		t.Errorf("before the response is written it is %s", got)
	}
	h.clock.advance(claimTerm)
	deliver(t, h)
	if got := state(); got != Uncertain {
		t.Errorf("when it never was it is %s", got)
	}
}

func TestTheAnswerComesFirstWhereNotEverythingFits(t *testing.T) {
	t.Parallel()
	h, platform := shyHouse(t, storetest.Open(t, Schemas()...))
	h.teach(t, Rule{On: OnDefault, Answers: []Template{say("a1"), say("a2")}})
	ann := shyPerson("ann")
	send(t, h, ann, "k1", "w1", "w2", "w3")
	send(t, h, ann, "k2", "w4", "w5")
	deliver(t, h)
	for i, want := range []string{"a1|a2|w1", "w2|w3|w4", "w5", ""} {
		kind := message.Fetch
		if i == 0 {
			kind = message.TextIn
		}
		if got := platform.calls(t, h, "ann", fmt.Sprint(i), kind, "x"); got != want {
			t.Errorf("call %d shows %q, want %q", i, got, want)
		}
		deliver(t, h)
	}
	if n := len(h.history(t, ann.ID)); n != 8 {
		t.Errorf("%d messages are recorded: fetching is none", n)
	}
}

func TestAChanceIsUsedForAllThatWaits(t *testing.T) {
	t.Parallel()
	h, platform := shyHouse(t, storetest.Open(t, Schemas()...))
	ann := shyPerson("ann")
	send(t, h, ann, "k1", "one")
	send(t, h, ann, "k2", "two", "three", "four")
	platform.chances = 1
	deliver(t, h)
	if got := strings.Join(platform.shown, " "); got != "one two three" {
		t.Errorf("shown %q", got)
	}
	if got := states(t, h, ann); got != "one:sent two:sent three:sent four:queued" {
		t.Errorf("recorded %q", got)
	}
}

func TestNobodyGetsLastWeeksOfferWithAnAnswer(t *testing.T) {
	t.Parallel()
	h, _ := shyHouse(t, storetest.Open(t, Schemas()...))
	ann := shyPerson("ann")
	send(t, h, ann, "k1", "your order")
	if err := h.SendAs(t.Context(), ByCampaign, ann, "k2", message.Text("offer")); err != nil {
		t.Fatal(err)
	}
	deliver(t, h)
	if got := states(t, h, ann); got != "your order:queued offer:failed" {
		t.Errorf("recorded %q", got)
	}
	h.clock.advance(holdFor)
	deliver(t, h)
	if got := h.history(t, ann.ID)[1]; got.State != Failed || got.Reason != heldTooLong {
		t.Errorf("after a week it is %s, %q", got.State, got.Reason)
	}
}

func TestEveryFailureOfGatheringEndsSomewhere(t *testing.T) {
	t.Parallel()
	for class, want := range map[message.SendClass]State{
		message.Gone: Failed, message.Permanent: Failed, message.Uncertain: Uncertain, message.RetryLater: Failed,
	} {
		h, platform := shyHouse(t, storetest.Open(t, Schemas()...))
		platform.fail = &message.SendError{Class: class, Text: "no"}
		ann := shyPerson("ann")
		send(t, h, ann, "k1", "one", "two")
		for range maxAttempts {
			deliver(t, h)
			h.clock.advance(maxBackOff)
		}
		if got := h.history(t, ann.ID)[1]; got.State != want || got.Reason != "no" {
			t.Errorf("%s: %s, %q", class, got.State, got.Reason)
		}
	}
}

func TestWaitingMessagesAreShownOnceWhoeverGetsThemFirst(t *testing.T) {
	t.Parallel()
	for _, shared := range []bool{false, true} {
		h, platform := shyHouse(t, storetest.Open(t, Schemas()...))
		h.shared = shared
		h.teach(t, Rule{On: OnDefault, Answers: []Template{say("yes?")}})
		ann := shyPerson("ann")
		platform.chances = 5
		const each = 20
		var all sync.WaitGroup
		all.Go(func() {
			for n := range each {
				send(t, h, ann, fmt.Sprint("k", n), fmt.Sprint("w", n))
			}
		})
		for caller := range 2 {
			all.Go(func() {
				for n := range each / 2 {
					platform.calls(t, h, "ann", fmt.Sprint(caller, "/", n), message.TextIn, "x")
				}
			})
			all.Go(func() {
				for range each {
					if _, err := h.Deliver(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		for n := range each {
			deliver(t, h)
			platform.calls(t, h, "ann", fmt.Sprint("end/", n), message.Fetch, "")
		}
		counts := map[string]int{}
		for _, text := range platform.shown {
			counts[text]++
		}
		for n := range each {
			if text := fmt.Sprint("w", n); counts[text] != 1 {
				t.Errorf("shared %v: %s was shown %d times", shared, text, counts[text])
			}
		}
		for _, m := range h.history(t, ann.ID) {
			if m.Direction == Out && m.State != Sent {
				t.Errorf("shared %v: %q is %s", shared, m.Out.Text, m.State)
			}
		}
	}
}

// A process dies at any write while a response takes along what waited. What
// was shown is never shown again: it is sent, or its end is not known.
func TestNothingIsShownTwiceWhereverAProcessDies(t *testing.T) {
	t.Parallel()
	for writes := 0; ; writes++ {
		db, plug := crashtest.Open(t, Schemas()...)
		h, platform := shyHouse(t, db)
		h.shared = true
		h.teach(t, Rule{On: OnDefault, Answers: []Template{say("yes?")}})
		ann := shyPerson("ann")
		send(t, h, ann, "k1", "w1")
		deliver(t, h)
		plug.CrashAfter(writes, false)
		response, err := h.Webhooks().Handle(t.Context(), "shy", shop, webhook(`{"user":"ann","key":"1","kind":"text","text":"x"}`))
		if err == nil {
			platform.saw(string(response.Body))
			if response.Written != nil {
				response.Written(t.Context())
			}
		}
		h.Wait()
		crashed := plug.Restart()
		h.clock.advance(2 * claimTerm)
		deliver(t, h)
		platform.calls(t, h, "ann", "2", message.TextIn, "x")
		h.Wait()
		deliver(t, h)
		shown := 0
		for _, text := range platform.shown {
			if text == "w1" {
				shown++
			}
		}
		var state State
		for _, m := range h.history(t, ann.ID) {
			if m.Out != nil && m.Out.Text == "w1" {
				state = m.State
			}
		}
		if shown > 1 || (shown == 0 && state != Uncertain) || (shown == 1 && state != Sent && state != Uncertain) {
			t.Errorf("after %d writes: shown %d times, recorded as %s", writes, shown, state)
		}
		if !crashed {
			return
		}
	}
}

// promising is a shy platform that takes one later answer for each call.
type promising struct{ *shy }

func (p promising) Defer(context.Context, []byte, message.Received) (message.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.chances++
	return message.Response{Status: http.StatusOK, Body: []byte("wait")}, nil
}

func TestAPromisedAnswerFollows(t *testing.T) {
	t.Parallel()
	finish := make(chan struct{})
	h, platform := shyHouse(t, storetest.Open(t, Schemas()...), skill(func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error) {
		<-finish
		return []message.Outbound{message.Text("found it")}, true, nil
	}))
	h.channels["shy"] = promising{platform}
	h.patience = time.Millisecond
	if got := platform.calls(t, h, "ann", "1", message.TextIn, "search"); got != "wait" {
		t.Errorf("answered %q", got)
	}
	close(finish)
	h.Wait()
	deliver(t, h)
	if got := platform.shown; !slices.Equal(got, []string{"wait", "found it"}) {
		t.Errorf("shown %q", got)
	}
}
