package broadcast

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// Recipient is a subscriber as a campaign addresses them.
type Recipient struct {
	message.Person
	// Attributes fill placeholders of the account's own.
	Attributes map[string]string
	// Skip, if not empty, is the reason (a code) not to send to them after all.
	Skip string
}

// Subscribers knows who follows and what they consented to.
type Subscribers interface {
	// Recipients lists an audience in the order of the subscribers' ids, from
	// behind after; next is empty at the end.
	Recipients(ctx context.Context, account string, audience Audience, after string, limit int) (page []Recipient, next string, err error)
	// Estimate is about how many there are, from kept counters.
	Estimate(ctx context.Context, account string, audience Audience) (int64, error)
	// Recipient finds one subscriber, for a test send. Errors: ErrPerson.
	Recipient(ctx context.Context, account, subscriber string) (Recipient, error)
}

// Renderer fills the placeholders of texts.
type Renderer interface {
	// Check says, as a fault, what is wrong with a text.
	Check(text string) error
	// Render fills in what is known of the person.
	Render(text string, person message.Person, attributes map[string]string) string
}

// Sender hands messages to a channel's outbox. The same key twice is sent once.
// What becomes of them comes back through Service.Delivered.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
	// Waiting counts what waits in an account's outbox of a channel, not beyond
	// limit. A campaign hands over no more than can be sent soon, so that pausing
	// it stops it.
	Waiting(ctx context.Context, account, channel string, limit int) (int, error)
}

// Outgoing is what one person is sent under one key.
type Outgoing struct {
	Person   message.Person
	Key      string
	Messages []message.Outbound
	// At is when the run began: the same on every repetition.
	At time.Time
}

// BulkSender is for channels on which sending is a durable write of our own.
type BulkSender interface {
	// Prepare makes a page ready to be sent, without any effect.
	Prepare(page []Outgoing) (Mailing, error)
}

// Mailing is a page that is ready.
type Mailing interface {
	// Send sends all of it; the same key twice is sent once. What is to be written
	// about it goes along, behind the messages, as by DB.Apply, whose results it
	// returns.
	Send(ctx context.Context, about ...store.Operation) ([]store.Result, error)
}

// ByTemplate sends notices to people whom no ordinary message would reach: by a
// form of words that their messenger has approved, to their phone number.
type ByTemplate interface {
	// Send hands a notice over, once for a key; taken is false for whom it does not
	// reach, who get an ordinary message. A number is reached once in a run. What
	// becomes of it comes back through Service.Delivered. Errors: ErrReached, and
	// any other fault ends the delivery.
	Send(ctx context.Context, to message.Person, run, key string, words NoticeWords, link string) (taken bool, err error)
	// Waiting counts what has not been handed over, not beyond limit.
	Waiting(ctx context.Context, account string, limit int) (int, error)
}

// MassSender is for channels whose platform sends the same to many people by one
// call.
type MassSender interface {
	// Mass says how the platform of a channel does, for this account; the zero Mass
	// if it does not.
	Mass(ctx context.Context, account, channel string) (message.Mass, error)
	// Channels are those that might.
	Channels() []string
	// Ship sends a shipment; the same key twice is sent once. What becomes of it
	// comes back through Service.Shipped.
	Ship(ctx context.Context, shipment Shipment) error
}

// Shipment is what many people are sent under one key.
type Shipment struct {
	Account, Channel string
	Run, Key         string
	Purpose          Purpose
	To               message.Crowd
	Messages         []message.Outbound
	// At is when the run began: the same on every repetition.
	At time.Time
}

// Accounts knows the clock of an account.
type Accounts interface {
	Zone(ctx context.Context, account string) (*time.Location, error)
}

// Events takes what the console shows live.
type Events interface {
	Append(ctx context.Context, events ...live.Event) error
}

// Restoration tells whether the store came from a backup and nobody has looked
// at it yet. Until then nothing is sent.
type Restoration interface {
	Restored(ctx context.Context) (bool, error)
	// ClearRestored says that an operator has looked.
	ClearRestored(ctx context.Context) error
}

// Texts speaks three languages.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Dependencies of Service. Those without a default are required.
type Dependencies struct {
	DB          *store.DB
	Subscribers Subscribers
	Renderer    Renderer
	Sender      Sender
	// Bulk names the channels that send by BulkSender.
	Bulk map[string]BulkSender
	// Mass sends to many at once where a platform can; nil: nowhere.
	Mass        MassSender
	Accounts    Accounts
	Codes       *qr.Codes
	Events      Events
	Restoration Restoration
	Texts       Texts
	// ByTemplate may be nil.
	ByTemplate ByTemplate
	// NoticeURL is the public address of a notice.
	NoticeURL func(id string) string
	Now       func() time.Time
	Logger    *slog.Logger

	// Workers is how many campaigns this node moves at a time (default 2).
	Workers int
	// Lease is how long a worker may be silent (default 30 s).
	Lease time.Duration
}

// Service is the broadcasting of all accounts. Safe for use by many goroutines.
type Service struct {
	Dependencies
	progress *progress
	wake     chan struct{}

	mutex    sync.Mutex
	stopping chan struct{}
	abort    context.CancelFunc
	workers  sync.WaitGroup
}

// Schemas are the collections of this package and its parts.
func Schemas() []*store.Schema {
	return append(qr.Schemas(), campaigns.Schema(), runs.Schema(), deliveries.Schema(), notices.Schema())
}

// New makes the service. Nothing is sent before Start.
func New(needs Dependencies) *Service {
	if needs.Workers <= 0 {
		needs.Workers = 2
	}
	if needs.Lease <= 0 {
		needs.Lease = 30 * time.Second
	}
	s := &Service{Dependencies: needs, wake: make(chan struct{}, 1)}
	s.progress = newProgress(needs.DB, needs.Events, needs.Logger)
	return s
}

// now is the present as the store keeps it: milliseconds.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// nudge lets a sleeping worker look at the queue at once.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}
