package live

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
	"unicode/utf8"

	"plaza/store"
)

// Limits of one event. The console shows events, it does not carry files.
const (
	MaxDataBytes  = 64 << 10
	MaxTopics     = 8
	MaxTopicBytes = 256
)

// What Append and Read answer; compare with errors.Is.
var (
	// ErrClosed: the log is shutting down.
	ErrClosed = errors.New("live: log is closed")
	// ErrEvent: an event without account, topic or kind, or over a limit.
	ErrEvent = errors.New("live: not an event")
)

// LogOptions adjust a Log. The zero value is what production uses.
type LogOptions struct {
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Logger gets what nobody waits for; nil is slog.Default.
	Logger *slog.Logger
	// Retention is how long events can be resumed from. Zero: 7 days.
	Retention time.Duration
	// Shared makes the log expect other nodes on the same data even when the
	// engine does not say so.
	Shared bool
	// Poll is how often other nodes' events are looked for. Zero: 40 ms.
	Poll time.Duration
	// Gap is how long a node may take between taking numbers and writing the
	// events before the numbers are given up. Zero: 2 s.
	Gap time.Duration
}

// Log is the event log: what happened in each account, numbered without a
// hole, kept for a while, and handed to Watches as it is written.
//
// Events appended at the same time share a write. There is no timer for that:
// while one write is under way the next gathers, so a lone event goes out at
// once and a thousand cost little more than one. In a store of one process the
// store itself gathers them, with the writes that they tell of: see Commit.
type Log struct {
	db      *store.DB
	options LogOptions
	shared  bool
	node    string // this one, among others

	requests chan *appendRequest
	closing  chan struct{}
	closed   sync.WaitGroup // the goroutines of the log
	once     sync.Once

	chronicle *chronicle // where no other node writes
	recall    recall     // for those who come back together

	mu      sync.Mutex
	ended   bool
	sending sync.WaitGroup // Appends that got past ended
	watches map[string]map[*Watch]struct{}
}

type appendRequest struct {
	events []Event
	done   chan error // buffered
}

// NewLog opens the log over a store whose collections (Schemas) are prepared,
// and starts its goroutines; Close ends them.
func NewLog(db *store.DB, options LogOptions) *Log {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.Logger == nil {
		options.Logger = slog.Default()
	}
	options.Retention = orDefault(options.Retention, 7*24*time.Hour)
	options.Poll = orDefault(options.Poll, 40*time.Millisecond)
	options.Gap = orDefault(options.Gap, 2*time.Second)
	l := &Log{
		db:       db,
		options:  options,
		shared:   options.Shared || db.Shared(),
		node:     store.NewID(),
		requests: make(chan *appendRequest, 256),
		closing:  make(chan struct{}),
		watches:  make(map[string]map[*Watch]struct{}),
	}
	l.chronicle = &chronicle{log: l, heads: make(map[string]int64)}
	if l.shared {
		l.closed.Go(l.appendLoop)
		l.closed.Go(l.pollLoop)
	}
	return l
}

func orDefault[T comparable](value, standard T) T {
	var zero T
	if value == zero {
		return standard
	}
	return value
}

// Append writes events and returns when they are durable. It gives each its
// Sequence and time; the order of events of one call is kept. After an error,
// a cancelled context included, the events may have been written all the same.
// Errors: ErrEvent, ErrClosed.
func (l *Log) Append(ctx context.Context, events ...Event) error {
	if len(events) == 0 {
		return nil
	}
	if !l.shared {
		_, err := l.Commit(ctx, nil, events...)
		return err
	}
	for _, event := range events {
		if err := checkEvent(event); err != nil {
			return err
		}
	}
	request := &appendRequest{events: events, done: make(chan error, 1)}
	if !l.enter() {
		return ErrClosed
	}
	select {
	case l.requests <- request:
		l.sending.Done()
	case <-ctx.Done():
		l.sending.Done()
		return fmt.Errorf("live: append: %w", ctx.Err())
	}
	select {
	case err := <-request.done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("live: append: %w", ctx.Err())
	}
}

// enter says whether the log still takes events; who was let in says
// sending.Done.
func (l *Log) enter() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return false
	}
	l.sending.Add(1)
	return true
}

func checkEvent(event Event) error {
	switch {
	case event.Account == "" || event.Kind == "":
		return fmt.Errorf("%w: account and kind are needed", ErrEvent)
	case len(event.Topics) == 0 || len(event.Topics) > MaxTopics:
		return fmt.Errorf("%w: %q: 1 to %d topics", ErrEvent, event.Kind, MaxTopics)
	case len(event.Data) > MaxDataBytes:
		return fmt.Errorf("%w: %q: data over %d bytes", ErrEvent, event.Kind, MaxDataBytes)
	case len(event.Data) > 0 && !json.Valid(event.Data):
		return fmt.Errorf("%w: %q: data is not JSON", ErrEvent, event.Kind)
	}
	for _, topic := range event.Topics {
		if !validTopic(topic) {
			return fmt.Errorf("%w: %q: bad topic", ErrEvent, event.Kind)
		}
	}
	return nil
}

// validTopic: printable enough to be written into frames and logs.
func validTopic(topic string) bool {
	if topic == "" || len(topic) > MaxTopicBytes || !utf8.ValidString(topic) {
		return false
	}
	for _, r := range topic {
		if r < ' ' || r == 0x7f {
			return false
		}
	}
	return true
}

// Close writes what was appended and ends the log and its watches.
func (l *Log) Close() error {
	l.once.Do(func() {
		l.mu.Lock()
		l.ended = true
		l.mu.Unlock()
		l.sending.Wait()
		close(l.closing)
	})
	l.closed.Wait()
	return nil
}

// appendLoop writes request after request, all that are waiting at a time.
func (l *Log) appendLoop() {
	for {
		select {
		case request := <-l.requests:
			l.write(l.gather(request))
		case <-l.closing:
			select {
			case request := <-l.requests:
				l.write(l.gather(request))
			default:
				return
			}
		}
	}
}

// maxGathered bounds the events of one write.
const maxGathered = 4096

func (l *Log) gather(first *appendRequest) []*appendRequest {
	requests := []*appendRequest{first}
	for events := len(first.events); events < maxGathered; {
		select {
		case request := <-l.requests:
			requests = append(requests, request)
			events += len(request.events)
		default:
			return requests
		}
	}
	return requests
}
