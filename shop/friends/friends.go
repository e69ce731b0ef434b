// Package friends is about money that people ask of one another: of one friend, or
// split among several. Whoever asks gets a code for each share, which works like
// every code to be paid with (shop/pay/wallet) and is sent on as a link or a QR
// code; friends whom the account knows are written to in their messenger, with a
// button to pay and one to decline. How money moves is the wallet's; it tells this
// package what has arrived.
//
// Everything is written down first, under a key of whoever asks: a share with its
// code, then the code, then the message. What a crash leaves, Recover goes on with.
package friends

import (
	"context"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// The faults of asking friends.
var (
	ErrNoAsk     = fault.New(fault.NotFound, "ask_not_found", "Nothing is asked here.")
	ErrNoSplit   = fault.New(fault.NotFound, "split_not_found", "There is no such split.")
	ErrKey       = fault.New(fault.Invalid, "ask_key", "What you ask needs a key of 1 to 64 letters and digits.")
	ErrReused    = fault.New(fault.Conflict, "ask_reused", "This key was used for something else.")
	ErrNothing   = fault.New(fault.Invalid, "ask_nothing", "Please say how much.")
	ErrNote      = fault.New(fault.Invalid, "ask_note", "Please say what it is for, in at most 60 characters and without a link.")
	ErrFriend    = fault.New(fault.NotFound, "ask_friend", "This person can't be asked.")
	ErrSelf      = fault.New(fault.Invalid, "ask_self", "You can't ask yourself.")
	ErrTooOften  = fault.New(fault.Limited, "ask_too_often", "You have asked for a lot today. Please go on tomorrow.")
	ErrAgain     = fault.New(fault.Limited, "ask_again", "You have asked this person several times today. Please wait until tomorrow.")
	ErrPeople    = fault.New(fault.Invalid, "split_people", "Split among 1 to 50 people.")
	ErrTooLittle = fault.New(fault.Invalid, "split_too_little", "This is too little to split among so many.")
	ErrSum       = fault.New(fault.Invalid, "split_sum", "The shares come to more than the whole.")
)

// Identities says which subscribers are the same person.
type Identities interface {
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

// Codes are what people are paid by: wallet.Transfers.
type Codes interface {
	Offer(ctx context.Context, code wallet.ReceiveCode) error
	Withdraw(ctx context.Context, account, code string) error
	Payee(ctx context.Context, code string) (wallet.ReceiveCode, error)
}

// Log is told what happens.
type Log interface {
	Append(ctx context.Context, events ...live.Event) error
}

// Dependencies of a Service. All are needed but Zone.
type Dependencies struct {
	DB         *store.DB
	Codes      Codes
	Identities Identities
	People     People
	Sender     Sender
	Texts      Texts
	Log        Log
	// PayAddress is where a code is paid, AskAddress where whoever is asked answers,
	// and SplitAddress where whoever splits sees how it stands.
	PayAddress   func(code string) string
	AskAddress   func(number string) string
	SplitAddress func(ctx context.Context, account, number string) (string, error)
	// Zone is where an account's days begin; nil: UTC.
	Zone   func(ctx context.Context, account string) (*time.Location, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Service is what people ask of one another in all accounts. Safe for concurrent
// use, on any number of nodes.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{asks.Schema(), splits.Schema(), known.Schema(), blocks.Schema(), counts.Schema()}
}

const (
	// lasts is how long what is asked can be paid.
	lasts = 7 * 24 * time.Hour
	// proving is how long after that a payment can still arrive which was begun
	// before: its sender may just be proving who they are.
	proving = 15 * time.Minute
	// lease is how long whoever began something has for it before Recover looks.
	lease = 20 * time.Second
	// MaxNote is how long what it is for may be, in characters.
	MaxNote = 60
)

var (
	keyShape = regexp.MustCompile(`^[A-Za-z0-9]{1,64}$`)
	// linkShape: a note comes to the person who is asked from the account that they
	// trust, so it must not lead anywhere.
	linkShape = regexp.MustCompile(`(?i)://|www\.|[a-z0-9-]\.[a-z]{2,}`)
)

func checkNote(note string) error {
	if note == "" || len([]rune(note)) > MaxNote || linkShape.MatchString(note) {
		return ErrNote.In("note")
	}
	return nil
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// isSame says whether two subscribers are one person.
func (s *Service) isSame(ctx context.Context, one message.Person, other string) (bool, error) {
	names, err := s.Identities.Linked(ctx, one.Account, one.ID)
	return slices.Contains(names, other), err
}

// latest lists the newest of what is a person's, under any of their names.
func latest[T any](ctx context.Context, s *Service, person message.Person, all store.Scoped[T], owner string, limit int, at func(T) time.Time) ([]T, error) {
	names, err := s.Identities.Linked(ctx, person.Account, person.ID)
	if err != nil {
		return nil, err
	}
	var found []T
	for _, name := range names {
		some, _, err := all.Find(ctx, store.Where(store.Eq(owner, name)).By("-at").Top(limit))
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	slices.SortStableFunc(found, func(a, b T) int { return at(b).Compare(at(a)) })
	return found[:min(len(found), limit)], nil
}

// send writes to somebody. That they can't be written to is no failure: what they
// would have heard stands on their pages.
func (s *Service) send(ctx context.Context, person message.Person, key string, out message.Outbound) error {
	return unrefused(s.Sender.Send(ctx, person, key, out))
}

// nameOf is how somebody is called towards another: by a name, never by an id.
func (s *Service) nameOf(language string, person message.Person) string {
	if name := strings.TrimSpace(person.Name); name != "" {
		return name
	}
	return s.Texts.Text(language, "friends.somebody")
}

// counted is how often somebody has asked in a day of the account's: at all, or one person.
type counted struct {
	ID        string    `bson:"_id"` // person + ":" + day, or person + ":" + other + ":" + day
	Account   string    `bson:"account"`
	Times     int       `bson:"times"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var counts = store.Declare[counted](store.Schema{Name: "friend_ask_counts", KeyedByAccount: true, ExpiresAt: "expires_at",
	ShardKey: []string{"account", "_id"}})

const (
	// asksADay is how much somebody may ask in a day, of friends and by links.
	asksADay = 100
	// ofOneADay is how often of the same person.
	ofOneADay = 3
)

// count takes from what somebody may ask today.
func (s *Service) count(ctx context.Context, account, of string, times, most int64, refusal *fault.Error) error {
	now, zone := s.now(), time.UTC
	if s.Zone != nil {
		var err error
		if zone, err = s.Zone(ctx, account); err != nil {
			return err
		}
	}
	first := counted{ID: of + ":" + now.In(zone).Format(time.DateOnly), Account: account, ExpiresAt: now.Add(48 * time.Hour)}
	within, err := store.AddWithin(ctx, counts.In(s.DB, account), first, first.ID, "times", times, most)
	if err == nil && !within {
		return refusal
	}
	return err
}

// countAsks counts the asks of some people, and of a number of links.
func (s *Service) countAsks(ctx context.Context, from message.Person, people []message.Person, links int) error {
	if err := s.count(ctx, from.Account, from.ID, int64(len(people)+links), asksADay, ErrTooOften); err != nil {
		return err
	}
	for _, person := range people {
		if err := s.count(ctx, from.Account, from.ID+":"+person.ID, 1, ofOneADay, ErrAgain); err != nil {
			return err
		}
	}
	return nil
}
