package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Connection is an account's own access to a channel.
type Connection struct {
	ID      string `bson:"_id" json:"id"` // account + ":" + channel
	Account string `bson:"account" json:"account"`
	Channel string `bson:"channel" json:"channel"`
	// Sealed are the credentials.
	Sealed  []byte          `bson:"sealed,omitempty" json:"-"`
	Enabled bool            `bson:"enabled" json:"enabled"`
	State   ConnectionState `bson:"state" json:"state"`
	// LastHeardAt is when the platform last called, to the minute.
	LastHeardAt *time.Time `bson:"last_heard_at,omitempty" json:"last_heard_at,omitempty"`
	// LastError says what is wrong, in words; empty when nothing is. LastFault is
	// the code of these words, and LastArgs what stands in their blanks, where
	// they exist in other languages.
	LastError string   `bson:"last_error,omitempty" json:"last_error,omitempty"`
	LastFault string   `bson:"last_fault,omitempty" json:"last_fault,omitempty"`
	LastArgs  []string `bson:"last_args,omitempty" json:"-"`
	// Refused is the last call to the webhook that was turned away; Rejected says
	// that the platform does not take our calls, whatever it calls us about.
	Refused  *Refusal `bson:"refused,omitempty" json:"refused,omitempty"`
	Rejected bool     `bson:"rejected,omitempty" json:"-"`
	// Proof is the name of a file that the platform looks for at the root of this
	// server, and ProofText what stands in it.
	Proof     string    `bson:"proof,omitempty" json:"-"`
	ProofText string    `bson:"proof_text,omitempty" json:"-"`
	CheckedAt time.Time `bson:"checked_at,omitempty" json:"checked_at,omitempty"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
}

// ConnectionState says whether a connection is known to work.
type ConnectionState string

// The states.
const (
	Untested ConnectionState = "untested"
	Working  ConnectionState = "working"
	Broken   ConnectionState = "broken"
)

var connections = store.Declare[Connection](store.Schema{Name: "connections", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"proof"}, Across: true, Sparse: true}}})

const (
	sealedCredentials = "connection"
	// connectionAge is how long a node uses credentials it has read. A change on
	// this node counts at once.
	connectionAge = 10 * time.Second
	maxCredential = 16 << 10
)

// The faults of connections.
var (
	ErrNotConnected = fault.New(fault.NotFound, "not_connected", "This account is not connected to this channel.")
	ErrNoChannel    = fault.New(fault.NotFound, "no_such_channel", "There is no such channel.")
	ErrCredentials  = message.ErrCredentials
)

// connectionCache keeps opened credentials for a moment.
type connectionCache struct {
	mu   sync.Mutex
	open map[string]*opened
}

type opened struct {
	account     string // id
	credentials []byte
	at          time.Time
	heardAt     time.Time // last written
	refusedAt   time.Time // last written
}

// Connections are the accounts' accesses to channels.
type Connections struct{ bot *Bot }

// Connections gives access to them.
func (b *Bot) Connections() Connections { return Connections{b} }

func connectionID(account, channel string) string { return account + ":" + channel }

// Save stores credentials, as JSON, for a channel, and enables it. A channel
// that tells its platform where to call does so; if that fails, the connection
// is kept, Broken, and says why. Errors: what is wrong with the credentials,
// field by field.
func (c Connections) Save(ctx context.Context, account, channel string, credentials []byte) (Connection, error) {
	b := c.bot
	if b.channels[channel] == nil {
		return Connection{}, ErrNoChannel
	}
	if len(credentials) > maxCredential || !json.Valid(credentials) {
		return Connection{}, ErrCredentials
	}
	if err := b.channels[channel].Validate(credentials); err != nil {
		return Connection{}, err
	}
	credentials, err := b.rotated(ctx, account, channel, credentials)
	if err != nil {
		return Connection{}, err
	}
	before := c.inUse(ctx, account, channel)
	id := connectionID(account, channel)
	sealed, err := b.Sealer.Seal(ctx, sealedCredentials, id, credentials)
	if err != nil {
		return Connection{}, err
	}
	saved, err := connections.In(b.DB, account).Upsert(ctx, id, append(b.proof(channel, credentials), store.Set("channel", channel).
		Set("sealed", sealed).Set("enabled", true).Set("state", Untested).
		Set("updated_at", b.now()).Unset("last_error", "last_fault", "last_args", "refused", "rejected")...))
	c.forget(account, channel)
	if err != nil {
		return saved, err
	}
	if before != nil && !bytes.Equal(before, credentials) {
		c.withdraw(ctx, account, channel, before)
	}
	if saved, err = c.register(ctx, saved, credentials); err != nil {
		return saved, err
	}
	return saved, b.Outbox().TryAgain(ctx, account, channel)
}

// Credentials opens what was saved, for the page that changes it.
// Errors: ErrNotConnected.
func (c Connections) Credentials(ctx context.Context, account, channel string) ([]byte, error) {
	return c.bot.credentials(ctx, account, channel)
}

// Enable switches a connection on or off without forgetting its credentials.
func (c Connections) Enable(ctx context.Context, account, channel string, enabled bool) error {
	before := c.inUse(ctx, account, channel)
	saved, err := connections.In(c.bot.DB, account).UpdateAndGet(ctx, connectionID(account, channel),
		store.Set("enabled", enabled).Set("updated_at", c.bot.now()))
	c.forget(account, channel)
	if err != nil {
		return missing(err, ErrNotConnected)
	}
	if !enabled {
		c.withdraw(ctx, account, channel, before)
		return nil
	}
	credentials, err := c.bot.credentials(ctx, account, channel)
	if err == nil {
		_, err = c.register(ctx, saved, credentials)
	}
	return err
}

// Remove forgets a connection and its credentials.
func (c Connections) Remove(ctx context.Context, account, channel string) error {
	before := c.inUse(ctx, account, channel)
	err := connections.In(c.bot.DB, account).Delete(ctx, connectionID(account, channel))
	c.forget(account, channel)
	if err != nil {
		return missing(err, ErrNotConnected)
	}
	c.withdraw(ctx, account, channel, before)
	return nil
}

// List finds an account's connections.
func (c Connections) List(ctx context.Context, account string) ([]Connection, error) {
	found, _, err := connections.In(c.bot.DB, account).Find(ctx, store.Query{})
	return found, err
}

// Get finds one. Errors: ErrNotConnected.
func (c Connections) Get(ctx context.Context, account, channel string) (Connection, error) {
	found, err := connections.In(c.bot.DB, account).Get(ctx, connectionID(account, channel))
	return found, missing(err, ErrNotConnected)
}

// Check tries the connection and keeps the result, in words.
func (c Connections) Check(ctx context.Context, account, channel string) (Connection, error) {
	b := c.bot
	credentials, err := b.credentials(ctx, account, channel)
	if err != nil {
		return Connection{}, err
	}
	update := store.Set("checked_at", b.now()).Set("state", Working).Unset("last_error", "last_fault", "last_args", "rejected")
	if err := b.channels[channel].Check(ctx, credentials); err != nil {
		update = broken(err).Set("checked_at", b.now())
	} else if err := b.Outbox().TryAgain(ctx, account, channel); err != nil {
		return Connection{}, err
	}
	return connections.In(b.DB, account).UpdateAndGet(ctx, connectionID(account, channel), update)
}

func (c Connections) forget(account, channel string) {
	cache := &c.bot.connections
	cache.mu.Lock()
	defer cache.mu.Unlock()
	for key, found := range cache.open { // also under the account's slug
		if found.account == account && key == connectionID(key[:len(key)-len(channel)-1], channel) {
			delete(cache.open, key)
		}
	}
}

// credentials opens the credentials of an account given by its id.
func (b *Bot) credentials(ctx context.Context, account, channel string) ([]byte, error) {
	found, err := b.connection(ctx, account, channel)
	if err != nil {
		return nil, err
	}
	return found.credentials, nil
}

// connection finds the opened connection of an account given by id or slug.
func (b *Bot) connection(ctx context.Context, idOrSlug, channel string) (*opened, error) {
	if b.channels[channel] == nil {
		return nil, ErrNoChannel
	}
	cache, key, now := &b.connections, connectionID(idOrSlug, channel), b.now()
	cache.mu.Lock()
	found := cache.open[key]
	cache.mu.Unlock()
	if found != nil && now.Sub(found.at) < connectionAge {
		return found, nil
	}
	account, err := b.Accounts.BotAccount(ctx, idOrSlug)
	if err != nil {
		return nil, err
	}
	id := connectionID(account.ID, channel)
	saved, err := connections.In(b.DB, account.ID).Get(ctx, id)
	if err != nil {
		return nil, missing(err, ErrNotConnected)
	}
	if !saved.Enabled {
		return nil, ErrNotConnected
	}
	credentials, err := b.Sealer.Open(ctx, sealedCredentials, id, saved.Sealed)
	if err != nil {
		return nil, err
	}
	fresh := &opened{account: account.ID, credentials: credentials, at: now}
	if saved.LastHeardAt != nil {
		fresh.heardAt = *saved.LastHeardAt
	}
	cache.mu.Lock()
	if cache.open == nil {
		cache.open = make(map[string]*opened)
	}
	cache.open[key] = fresh
	cache.mu.Unlock()
	return fresh, nil
}

// missing turns the store's "not found" into a fault.
func missing(err error, f *fault.Error) error {
	if errors.Is(err, store.ErrNotFound) {
		return f.Because(err)
	}
	return err
}
