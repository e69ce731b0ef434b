package bot

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"plaza/egress"
	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// Skill answers what the rules leave over: the shop, for instance. Skills are
// asked in order until one says handled. A skill may be asked about the same
// message again after a crash; in.Key is the same then.
type Skill interface {
	Answer(ctx context.Context, person message.Person, in message.Inbound) (answer []message.Outbound, handled bool, err error)
}

// Selective is a Skill that knows at a glance which messages are not for it:
// without looking anything up and without any effect. Where no skill wants a
// message, it need not be written down before they are asked.
type Selective interface {
	Skill
	Wants(in message.Inbound) bool
}

// Developer passes messages on to a program that the account's own developer
// runs elsewhere.
type Developer interface {
	// Wants says whether the account has such a program for messages like this
	// one. It is asked about every message, so it must be cheap.
	Wants(ctx context.Context, in message.Inbound) (bool, error)
	// Pass gives what has to be written down for a message to be passed on; it is
	// written along with the message itself, and the same message again has to
	// give the same keys.
	Pass(ctx context.Context, person message.Person, in message.Inbound) ([]store.Operation, error)
	// Wake says that it has been written down.
	Wake()
}

// Log is where events go: live.Log.
type Log interface {
	Append(ctx context.Context, events ...live.Event) error
	// Commit also carries out the writes that the events tell of: in a store of
	// one process both are durable together.
	Commit(ctx context.Context, operations []store.Operation, events ...live.Event) ([]store.Result, error)
}

// Sealer encrypts what must not lie about in clear: raw inbound bodies and
// credentials. What is sealed under one family and id opens under no other.
type Sealer interface {
	Seal(ctx context.Context, family, id string, plain []byte) ([]byte, error)
	Open(ctx context.Context, family, id string, sealed []byte) ([]byte, error)
}

// Texts speaks the languages of the subscribers.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Account is what the bot needs to know of an account.
type Account struct {
	ID       string
	Slug     string
	Names    map[string]string // by language
	Language string            // when a person's is not known
	Zone     *time.Location
}

// Accounts finds accounts by id or slug. Errors: a fault of kind NotFound.
type Accounts interface {
	BotAccount(ctx context.Context, idOrSlug string) (Account, error)
}

// Products shows products as cards, for rules that answer with them.
type Products interface {
	ProductCards(ctx context.Context, account string, ids []string, language string) ([]message.Card, error)
}

// Orders tells the number of a subscriber's latest order, or "".
type Orders interface {
	LatestOrderNumber(ctx context.Context, account, subscriber string) (string, error)
}

// Dependencies are what a Bot works with. Scans, Products, Orders, Outcomes, Developer,
// Notifier and Skills may be missing. Outcomes, Developer and Notifier may be set
// until the Bot is used.
type Dependencies struct {
	DB       *store.DB
	Log      Log
	Sealer   Sealer
	Texts    Texts
	Accounts Accounts
	Products Products
	Orders   Orders
	Outcomes Outcomes
	// Attachments are needed where a channel fetches.
	Attachments Attachments
	Scans       Scans // may be missing
	// Developer gets messages instead of the account's own rules.
	Developer Developer
	// Notifier tells people of messages on a channel of our own.
	Notifier Notifier
	// Till decides about payments inside messengers; without it they are refused.
	Till     Till
	Skills   []Skill
	Channels []Channel
	// WebhookURL is where a platform calls for an account. Without it, channels
	// register with no platform.
	WebhookURL func(channel, account string) string
	Now        func() time.Time
	Logger     *slog.Logger
}

// Bot takes in messages and answers them. Safe for use by many goroutines.
type Bot struct {
	Dependencies
	channels    map[string]Channel
	turns       turns
	handling    sync.WaitGroup // messages being handled
	calls       calls
	fetches     egress.Together[message.Media] // of files, by message
	strangers   strangers
	knowledge   knowledge
	connections connectionCache
	outbox      *dispatcher
	metrics     *outboxMetrics
	wake        chan struct{} // tells the dispatcher of new work
	shared      bool          // other nodes write to the same store
	node        string        // names this process in leases
	patience    time.Duration // of platforms that wait for an answer
}

// New makes a Bot. The store must have been prepared with Schemas.
func New(dependencies Dependencies) *Bot {
	b := &Bot{
		Dependencies: dependencies,
		channels:     make(map[string]Channel, len(dependencies.Channels)),
		outbox:       newDispatcher(),
		wake:         make(chan struct{}, 1),
		shared:       dependencies.DB.Shared(),
		node:         store.NewID(),
		patience:     answerWithin,
	}
	b.metrics = newOutboxMetrics(b)
	for _, channel := range dependencies.Channels {
		b.channels[channel.Name()] = channel
	}
	return b
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{
		subscribers.Schema(), counters.Schema(), conversations.Schema(), messages.Schema(),
		inbounds.Schema(), outboxItems.Schema(), massSends.Schema(), lanes.Schema(), routes.Schema(), undelivered.Schema(), rules.Schema(),
		flows.Schema(), connections.Schema(), leases.Schema(), notes.Schema(), menuBoards.Schema(), rosters.Schema(),
		menuRounds.Schema(),
	}
}

// now is the time as the store keeps it.
func (b *Bot) now() time.Time { return b.Now().UTC().Truncate(time.Millisecond) }
