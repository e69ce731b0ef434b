package bot

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"testing"

	"plaza/fault"
	"plaza/message"
)

func webhook(body string) message.Request {
	return message.Request{Method: "POST", Body: []byte(body)}
}

func TestWebhookAnswersAndSendsTheRestLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.teach(t, Rule{On: OnDefault, Answers: []Template{say("first"), say("second"), say("third")}})
	call := func() string {
		t.Helper()
		response, err := h.Webhooks().Handle(t.Context(), "far", "corner", webhook(`{"user":"ann","key":"1","kind":"text","text":"hi"}`))
		if err != nil {
			t.Fatal(err)
		}
		return string(response.Body)
	}
	for range 3 { // retries get the same
		if got := call(); got != "first" {
			t.Errorf("answered %q", got)
		}
		drain(t, h.Bot)
	}
	if got := strings.Join(h.far.got(), " "); got != "second third" {
		t.Errorf("sent later: %q", got)
	}
	history := h.history(t, farPerson("ann").ID)
	if len(history) != 4 || history[0].State != Sent || history[3].In.Text != "hi" {
		t.Errorf("recorded %+v", history)
	}
	connection, err := h.Connections().Get(t.Context(), shop, "far")
	if err != nil || connection.LastHeardAt == nil || connection.State != Working {
		t.Errorf("connection %+v, %v", connection, err)
	}
}

func TestLongAnswerIsContinuedLater(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.teach(t, Rule{On: OnDefault, Answers: []Template{say(strings.Repeat("a", 40) + "rest"), say("next")}})
	if _, err := h.Webhooks().Handle(t.Context(), "far", shop, webhook(`{"user":"ann","key":"1","kind":"text","text":"hi"}`)); err != nil {
		t.Fatal(err)
	}
	drain(t, h.Bot)
	if got := strings.Join(h.far.got(), " "); got != "rest next" {
		t.Errorf("sent later: %q", got)
	}
	if history := h.history(t, farPerson("ann").ID); history[0].State != Sent || history[1].State != Sent {
		t.Errorf("recorded %s, %s", history[0].State, history[1].State)
	}
}

func TestSlowAnswerGoesOutLater(t *testing.T) {
	t.Parallel()
	asked, finish := make(chan struct{}), make(chan struct{})
	h := newHouse(t, skill(func(ctx context.Context, p message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
		close(asked)
		<-finish
		return echo(ctx, p, in)
	}))
	request := webhook(`{"user":"ann","key":"1","kind":"text","text":"hi"}`)
	ctx, impatient := context.WithCancel(t.Context())
	answered := make(chan string)
	go func() {
		response, err := h.Webhooks().Handle(ctx, "far", shop, request)
		if err != nil {
			t.Error(err)
		}
		answered <- string(response.Body)
	}()
	<-asked
	impatient()
	if got := <-answered; got != "success" {
		t.Errorf("answered %q while there was no answer", got)
	}
	close(finish)
	h.Wait()
	response, err := h.Webhooks().Handle(t.Context(), "far", shop, request)
	if err != nil || string(response.Body) != "success" {
		t.Errorf("the retry was answered %q, %v, although the answer goes out by the outbox", response.Body, err)
	}
	drain(t, h.Bot)
	if got := strings.Join(h.far.got(), " "); got != "echo hi" {
		t.Errorf("the platform got %q", got)
	}
}

func TestWebhooksOfStrangersAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if response, err := h.Webhooks().Handle(t.Context(), "far", shop, message.Request{Query: url.Values{"echo": {"42"}}}); err != nil || string(response.Body) != "42" {
		t.Errorf("verification: %q, %v", response.Body, err)
	}
	for name, test := range map[string]struct {
		channel, account, body string
		kind                   fault.Kind
	}{
		"channel":       {"pigeon", shop, "{}", fault.NotFound},
		"account":       {"far", "nobody", "{}", fault.NotFound},
		"not connected": {"far", "01CITY", "{}", fault.NotFound},
		"body":          {"far", shop, "<xml>", fault.Invalid},
		"no sender":     {"far", shop, "{}", fault.Invalid},
	} {
		if _, err := h.Webhooks().Handle(t.Context(), test.channel, test.account, webhook(test.body)); fault.KindOf(err) != test.kind {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A change of the credentials counts at once.
	if _, err := h.Connections().Save(t.Context(), shop, "far", []byte(`{"secret":"other"}`)); err != nil {
		t.Fatal(err)
	}
	for _, account := range []string{shop, "corner"} {
		if _, err := h.Webhooks().Handle(t.Context(), "far", account, webhook(`{}`)); fault.KindOf(err) != fault.Forbidden {
			t.Errorf("old credentials still count: %v", err)
		}
	}
	checked, err := h.Connections().Check(t.Context(), shop, "far")
	if err != nil || checked.State != Broken || checked.LastError != "The secret is wrong." {
		t.Errorf("checked: %+v, %v", checked, err)
	}
	if err := h.Connections().Remove(t.Context(), shop, "far"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Webhooks().Handle(t.Context(), "far", shop, webhook(`{}`)); !errors.Is(err, ErrNotConnected) {
		t.Errorf("removed: %v", err)
	}
}
