package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"golang.org/x/time/rate"

	"plaza/fault"
	"plaza/store"
)

// Signal is what is true for a moment only: somebody types. It is shown to who
// watches now and kept for nobody: it has no number and is not replayed, and a
// browser that reads slowly does without. Whoever signals says it again while it
// stays true.
type Signal struct {
	// Account it is of.
	Account string `bson:"account" json:"-"`
	// Topics that show it, as those of an Event.
	Topics []string `bson:"topics" json:"-"`
	// Kind of signal: "typing".
	Kind string `bson:"kind" json:"kind"`
	// Data is what the pages need to show it, as JSON: MaxSignalBytes at most.
	Data json.RawMessage `bson:"data,omitempty" json:"data,omitempty"`
}

// MaxSignalBytes bounds a signal's data.
const MaxSignalBytes = 256

// Signal shows signals to whoever watches their accounts, on any node. To other
// nodes a signal goes by the account's head, which they look at anyway: it costs
// one write and no read. There are few places for them, so that of very many at
// once some are lost on the way. Errors: ErrEvent, ErrClosed, and the store's.
func (l *Log) Signal(ctx context.Context, signals ...Signal) error {
	for _, signal := range signals {
		if err := signal.check(); err != nil {
			return err
		}
	}
	if !l.enter() {
		return ErrClosed
	}
	defer l.sending.Done()
	for _, signal := range signals {
		for _, w := range l.watchesOf(signal.Account) {
			w.show(signal)
		}
	}
	if !l.shared {
		return nil
	}
	operations := make([]store.Operation, len(signals))
	for i, signal := range signals {
		place := "signals.place" + strconv.Itoa(placeOf(signal.Topics[0]))
		operations[i] = heads.In(l.db, signal.Account).Upserting(signal.Account,
			store.Set(place, postedSignal{ID: store.NewID(), Node: l.node, Signal: signal}))
	}
	if _, err := l.db.Apply(ctx, operations...); err != nil {
		return fmt.Errorf("live: signal: %w", err)
	}
	return nil
}

func (s Signal) check() error {
	if len(s.Data) > MaxSignalBytes {
		return fmt.Errorf("%w: %q: data over %d bytes", ErrEvent, s.Kind, MaxSignalBytes)
	}
	return checkEvent(Event{Account: s.Account, Topics: s.Topics, Kind: s.Kind, Data: s.Data})
}

// signalPlaces is how many signals an account's head has room for. A topic has
// one of them, in which its next signal takes the place of the last.
const signalPlaces = 4

func placeOf(topic string) int {
	digest := fnv.New32a()
	_, _ = digest.Write([]byte(topic)) // never fails
	return int(digest.Sum32() % signalPlaces)
}

// postedSignal is a signal on its way to other nodes.
type postedSignal struct {
	ID     string `bson:"id"`
	Node   string `bson:"node"` // that has shown it already
	Signal Signal `bson:"signal"`
}

func (l *Log) watchesOf(account string) []*Watch {
	l.mu.Lock()
	defer l.mu.Unlock()
	watches := make([]*Watch, 0, len(l.watches[account]))
	for w := range l.watches[account] {
		watches = append(watches, w)
	}
	return watches
}

// Signals has the signals of the account handed to show from now on, by one
// goroutine at a time and never during a delivery of events. show must not call
// the Watch or wait for long.
func (w *Watch) Signals(show func(Signal)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.signals = show
}

func (w *Watch) show(signal Signal) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.signals != nil {
		w.signals(signal)
	}
}

// noteSignals shows what other nodes have posted since the last look. What was
// there at the first look is from before the watch.
func (l *Log) noteSignals(account string, signals map[string]postedSignal) {
	for _, w := range l.watchesOf(account) {
		known := w.look()
		for place, posted := range signals {
			if known && w.posted[place] != posted.ID && posted.Node != l.node {
				w.show(posted.Signal)
			}
			w.posted[place] = posted.ID
		}
	}
}

// look says whether the watch has looked for signals before.
func (w *Watch) look() (before bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, w.looked = w.looked, true
	if w.posted == nil {
		w.posted = make(map[string]string)
	}
	return before
}

// show hands a signal to all who see its topics and can take it now.
func (r *room) show(signal Signal) {
	for _, topic := range signal.Topics {
		subscriptions := r.topics[topic]
		if len(subscriptions) == 0 {
			continue
		}
		f := reply("signal", signalReply{topic, signal.Kind, signal.Data})
		for s := range subscriptions {
			if !s.joining {
				s.connection.sendIfIdle(f)
			}
		}
	}
}

// idleFrames is how many frames may wait for a browser that is still shown
// signals.
const idleFrames = 16

// sendIfIdle queues a frame that nobody misses, unless others wait already.
func (c *connection) sendIfIdle(f *frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.gone && c.closing == 0 && len(c.queue) < idleFrames {
		c.push(f)
	}
}

// A page may signal every signalEvery, and so many at once.
const (
	signalEvery = time.Second
	signalBurst = 3
)

// signalTimeout bounds the taking of one signal.
const signalTimeout = 5 * time.Second

var errSignal = fault.New(fault.Forbidden, "signal_refused", "This may not be signalled from here.")

// signal takes a page's signal. Of more than a page may make the rest is
// dropped: it would say nothing new.
func (c *connection) signal(r signalRequest) {
	if c.signals == nil {
		c.signals = rate.NewLimiter(rate.Every(signalEvery), signalBurst)
	}
	if !c.signals.AllowN(c.hub.options.Now(), 1) {
		return
	}
	if c.hub.options.Signal == nil {
		c.refuse(r.Topic, errSignal)
		return
	}
	ctx, cancel := context.WithTimeout(c.hub.life, signalTimeout)
	defer cancel()
	err := c.hub.options.Signal(ctx, c.identity.Subject, r.Topic, r.Kind)
	if _, refused := errors.AsType[*fault.Error](err); refused {
		c.refuse(r.Topic, err)
	} else if err != nil {
		c.hub.options.Logger.Debug("live: signal lost", "error", err)
	}
}
