package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"plaza/fault"
)

func typing(account string, topics ...string) Signal {
	return Signal{Account: account, Topics: topics, Kind: "typing"}
}

// hearSignal skips to the next signal.
func (b *browser) hearSignal() signalReply {
	b.t.Helper()
	for {
		if f := b.hear(); f.Signal != nil {
			return *f.Signal
		}
	}
}

func mustSignal(t testing.TB, l *Log, signals ...Signal) {
	t.Helper()
	if err := l.Signal(t.Context(), signals...); err != nil {
		t.Fatal(err)
	}
}

func TestASignalIsShownNowAndKeptForNobody(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	_, server := openHub(t, l, HubOptions{})
	here, elsewhere := dial(t, server, ""), dial(t, server, "")
	before := here.subscribed("chat:ann")
	elsewhere.subscribed("chat:bob")
	mustSignal(t, l, typing("shop", "chat:ann"), typing("other", "chat:bob"))
	if got := here.hearSignal(); got.Topic != "chat:ann" || got.Kind != "typing" {
		t.Errorf("shown %+v", got)
	}
	late := dial(t, server, "")
	late.subscribe("chat:ann", before)
	if f := late.hear(); f.Subscribed == nil || f.Subscribed.Sequence != before {
		t.Errorf("a signal has taken a number or was replayed: %+v", f)
	}
	mustAppend(t, l, happened("shop", "chat:bob", 1))
	if f := elsewhere.hear(); f.Event == nil {
		t.Errorf("who watches another topic or account was shown %+v", f)
	}
}

func TestASignalCrossesNodes(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	options := LogOptions{Shared: true, Poll: 2 * time.Millisecond}
	one, two := openLog(t, db, options), openLog(t, db, options)
	mustSignal(t, one, typing("shop", "chat:ann")) // from before anybody watched
	_, serverOne := openHub(t, one, HubOptions{})
	_, serverTwo := openHub(t, two, HubOptions{})
	onOne, onTwo := dial(t, serverOne, ""), dial(t, serverTwo, "")
	onOne.subscribed("chat:ann")
	onTwo.subscribed("chat:ann")
	// A watch that begins has to look once before it knows what is new.
	eventually(t, func() bool {
		for _, w := range two.watchesOf("shop") {
			seen := false
			w.Sync(func(int64) { seen = w.looked })
			return seen
		}
		return false
	})
	for n := range 3 {
		mustSignal(t, one, Signal{Account: "shop", Topics: []string{"chat:ann"}, Kind: fmt.Sprint("typing", n)})
		for name, b := range map[string]*browser{"its own node": onOne, "another node": onTwo} {
			if got := b.hearSignal(); got.Kind != fmt.Sprint("typing", n) {
				t.Errorf("on %s the page was shown %+v in place of signal %d", name, got, n)
			}
		}
	}
	mustAppend(t, two, happened("shop", "chat:ann", 1))
	if f := onOne.hear(); f.Event == nil || f.Event.Sequence != 1 {
		t.Errorf("signals have taken numbers or come twice: %+v", f)
	}
}

func TestASlowBrowserDoesWithoutSignals(t *testing.T) {
	t.Parallel()
	h := &Hub{}
	h.options = HubOptions{}.withDefaults()
	c := &connection{hub: h, writing: true} // and stuck at it
	for range 10 * idleFrames {
		c.sendIfIdle(reply("signal", signalReply{Topic: "t", Kind: "typing"}))
	}
	if len(c.queue) != idleFrames || c.closing != 0 {
		t.Errorf("%d frames wait, closing %v", len(c.queue), c.closing)
	}
}

func TestAPageSignalsAsOftenAsItIsWorthShowing(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	taken := make(chan string, 100)
	began := time.Now()
	_, server := openHub(t, l, HubOptions{Now: func() time.Time { return began },
		Signal: func(_ context.Context, subject any, topic, kind string) error {
			taken <- fmt.Sprint(subject, " ", topic, " ", kind)
			if topic != "chat:ann" {
				return fault.New(fault.Forbidden, "signal_refused", "Not yours.")
			}
			return errors.New("the store is away")
		}})
	b := dial(t, server, "who=ann")
	b.say(`{"signal":{"topic":"chat:bob","kind":"typing"}}`)
	if f := b.hear(); f.Error == nil || f.Error.Code != "signal_refused" || f.Error.Topic != "chat:bob" {
		t.Errorf("another's topic: %+v", f)
	}
	for range 10 {
		b.say(`{"signal":{"topic":"chat:ann","kind":"typing"}}`)
	}
	b.say(`{"ping":1}`)
	if f := b.hear(); f.Pong == nil { // neither what failed nor what was too much ends the connection
		t.Errorf("heard %+v", f)
	}
	if len(taken) != signalBurst {
		t.Errorf("%d signals were taken", len(taken))
	}
	if got := <-taken; got != "ann chat:bob typing" {
		t.Errorf("taken %q", got)
	}
}

func TestWithoutAnyoneToTakeThemSignalsAreRefused(t *testing.T) {
	t.Parallel()
	_, server := openHub(t, openLog(t, openDB(t), LogOptions{}), HubOptions{})
	b := dial(t, server, "")
	b.say(`{"signal":{"topic":"inbox","kind":"typing"}}`)
	if f := b.hear(); f.Error == nil || f.Error.Code != "signal_refused" {
		t.Errorf("heard %+v", f)
	}
}

func TestWhatIsNoSignalIsNotSent(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	large, _ := json.Marshal(string(make([]byte, MaxSignalBytes)))
	for name, wrong := range map[string]Signal{
		"no account": {Topics: []string{"t"}, Kind: "typing"},
		"no topic":   {Account: "shop", Kind: "typing"},
		"no kind":    {Account: "shop", Topics: []string{"t"}},
		"no JSON":    {Account: "shop", Topics: []string{"t"}, Kind: "typing", Data: []byte("{")},
		"too large":  {Account: "shop", Topics: []string{"t"}, Kind: "typing", Data: large},
	} {
		if err := l.Signal(t.Context(), wrong); !errors.Is(err, ErrEvent) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := l.Signal(t.Context(), typing("shop", "t")); !errors.Is(err, ErrClosed) {
		t.Errorf("of a closed log: %v", err)
	}
}
