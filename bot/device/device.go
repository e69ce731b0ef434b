package device

import (
	"context"
	"log/slog"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// The faults of devices.
var (
	ErrNone = fault.New(fault.NotFound, "device_not_found", "You are not signed in there.")
	ErrHere = fault.New(fault.Conflict, "device_here", "This is the device that you hold.")
	ErrLink = fault.New(fault.NotFound, "device_link", "This link is over. You can see and sign out your devices on the page of your balance.")
)

const (
	// kept is how long a device is listed that was not seen since; it is as long
	// as a browser keeps its number.
	kept = 400 * 24 * time.Hour
	// noted is how often that a device was seen is written down.
	noted = 5 * time.Minute
	// lease is how long whoever began something has for it before Recover looks.
	lease = 20 * time.Second
	// acquainted is how long after the first meeting somebody's first device is no
	// news: there was no owner before it.
	acquainted = 24 * time.Hour
)

// Device is a browser in which a subscriber is known.
type Device struct {
	ID         string         `bson:"_id"` // the subscriber's id + ":" + Mark
	Account    string         `bson:"account"`
	Subscriber string         `bson:"subscriber"`
	Person     message.Person `bson:"person"`
	Mark       string         `bson:"mark"`
	// Name is what the browser calls itself, in brief: "Chrome · Android". It may
	// be empty.
	Name string `bson:"name"`
	// Place is about where it was seen last, by language; nil where nobody knows.
	Place     map[string]string `bson:"place,omitempty"`
	FirstSeen time.Time         `bson:"first_seen"`
	LastSeen  time.Time         `bson:"last_seen"` // to a few minutes

	// Out: it was signed out; Disowned: by the link.
	Out      bool `bson:"out"`
	Disowned bool `bson:"disowned,omitempty"`
	// Known: its person has heard of it, or need not. News counts how often they
	// had to.
	Known bool  `bson:"known"`
	News  int64 `bson:"news"`
	// Link is the hash of the secret in the link "that was not me"; Sealed is the
	// secret, until it is told.
	Link   string `bson:"link,omitempty"`
	Sealed []byte `bson:"sealed,omitempty"`

	// Ending and Locking are what a sign-out has yet to do, and Due when Recover
	// looks.
	Ending    bool       `bson:"ending,omitempty"`
	Locking   bool       `bson:"locking,omitempty"`
	Due       *time.Time `bson:"due,omitempty"`
	ExpiresAt time.Time  `bson:"expires_at"`
}

var devices = store.Declare[Device](store.Schema{Name: "devices", KeyedByAccount: true, ExpiresAt: "expires_at",
	Indexes: []store.Index{
		{Fields: []string{"subscriber"}},
		{Fields: []string{"link"}, Sparse: true},
		{Fields: []string{"due"}, Across: true, Sparse: true},
	},
	ShardKey: []string{"account", "_id"}})

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{devices.Schema()} }

// Identities says which subscribers are the same person.
type Identities interface {
	// Linked are the ids of all who are this subscriber, who comes first.
	Linked(ctx context.Context, account, subscriber string) ([]string, error)
}

// People finds subscribers.
type People interface {
	Person(ctx context.Context, account, id string) (message.Person, error)
}

// Sender sends messages outside an answer. The same key twice sends once.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
}

// Texts are the sentences in every language.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Sealer encrypts at rest, bound to the record: vault.Vault.
type Sealer interface {
	Seal(ctx context.Context, family, record string, plain []byte) ([]byte, error)
	Open(ctx context.Context, family, record string, sealed []byte) ([]byte, error)
}

// Places names about where a network address is, by language; nil where it does
// not know.
type Places interface {
	Named(address string) map[string]string
}

// Dependencies of a Service. All are needed but Places.
type Dependencies struct {
	DB         *store.DB
	Identities Identities
	People     People
	Sender     Sender
	Texts      Texts
	Sealer     Sealer
	Places     Places
	// KnownSince is when somebody was first met; the zero time where nobody knows.
	KnownSince func(ctx context.Context, person message.Person) (time.Time, error)
	// Zone is the account's.
	Zone func(ctx context.Context, account string) (*time.Location, error)
	// End ends all by which a device is signed in; one without a Mark stands for all
	// of a subscriber's in which none was noted. Doing it again changes nothing.
	End func(ctx context.Context, of Device) error
	// Lock has a person's money wait until they have proved who they are. Doing it
	// again changes nothing.
	Lock func(ctx context.Context, person message.Person) error
	// PublicURL is how people reach the server, without a slash at its end.
	PublicURL string
	Now       func() time.Time
	Logger    *slog.Logger
}

// Service keeps devices. Safe for concurrent use, on any number of nodes.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }
