package identity

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// The faults of linking.
var (
	ErrSame    = fault.New(fault.Invalid, "link_same", "These are one and the same already.")
	ErrTooMany = fault.New(fault.Conflict, "link_too_many", "A person can be linked on {0} channels at most.", maxMembers)
	ErrBusy    = fault.New(fault.Conflict, "link_busy", "Somebody else is changing this at the same moment. Please try again.")
	ErrNotHere = fault.New(fault.Invalid, "link_no_such_person", "There is no such subscriber.").In("other")
)

// maxMembers bounds how many subscribers one person can be.
const maxMembers = 8

// Identity is one person who is several subscribers.
type Identity struct {
	ID      string   `bson:"_id"` // account + ":" + ULID
	Account string   `bson:"account"`
	Members []Member `bson:"members"`
}

// Member is a subscriber who is this person.
type Member struct {
	Subscriber string    `bson:"subscriber" json:"subscriber"`
	By         string    `bson:"by" json:"by"` // ByThemselves, or the member who linked them
	At         time.Time `bson:"at" json:"at"`
}

// ByThemselves stands for a link by a code said in the chat.
const ByThemselves = "subscriber"

// pointer says which person a subscriber is. It decides: an identity counts
// among its members only those whose pointer leads to it, so that a link or its
// end is one change of one document, whatever crashes around it.
type pointer struct {
	ID       string `bson:"_id"` // the subscriber's
	Account  string `bson:"account"`
	Identity string `bson:"identity,omitempty"`
}

var (
	identities = store.Declare[Identity](store.Schema{Name: "identities", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})
	pointers   = store.Declare[pointer](store.Schema{Name: "identity_members", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})
)

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{identities.Schema(), pointers.Schema(), codes.Schema(), tries.Schema()}
}

// Subscribers says whether somebody is a subscriber, and who.
type Subscribers interface {
	// Person finds one. Errors: a fault of kind NotFound.
	Person(ctx context.Context, account, id string) (message.Person, error)
}

// Sender sends outside of an answer: bot.Bot.
type Sender interface {
	Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error
}

// Texts speaks the languages of the subscribers.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Dependencies are what a Service works with; all are needed.
type Dependencies struct {
	DB          *store.DB
	Subscribers Subscribers
	Sender      Sender
	Texts       Texts
	Now         func() time.Time
}

// Service links and unlinks. It is a bot.Skill. Safe for concurrent use.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// Linked are the ids of all subscribers who are the same person as this one,
// who comes first.
func (s *Service) Linked(ctx context.Context, account, subscriber string) ([]string, error) {
	members, err := s.Members(ctx, account, subscriber)
	linked := []string{subscriber}
	for _, member := range members {
		if member.Subscriber != subscriber {
			linked = append(linked, member.Subscriber)
		}
	}
	return linked, err
}

// Members are the subscribers who are the same person as this one, in the order
// in which they were linked; none for somebody on their own.
func (s *Service) Members(ctx context.Context, account, subscriber string) ([]Member, error) {
	found, err := s.of(ctx, account, subscriber)
	if len(found.Members) < 2 {
		return nil, err
	}
	return found.Members, nil
}

// of finds the identity of a subscriber with those who are members in truth;
// the zero Identity if there is none.
func (s *Service) of(ctx context.Context, account, subscriber string) (Identity, error) {
	at, err := pointers.In(s.DB, account).Get(ctx, subscriber)
	if errors.Is(err, store.ErrNotFound) || err == nil && at.Identity == "" {
		return Identity{}, nil
	}
	if err != nil {
		return Identity{}, err
	}
	found, err := identities.In(s.DB, account).Get(ctx, at.Identity)
	if err != nil {
		return Identity{}, err
	}
	ids := make([]string, len(found.Members))
	for i, member := range found.Members {
		ids[i] = member.Subscriber
	}
	leading, err := pointers.In(s.DB, account).GetMany(ctx, ids...)
	if err != nil {
		return Identity{}, err
	}
	seen := map[string]bool{} // two links at once may have written somebody twice
	found.Members = slices.DeleteFunc(found.Members, func(member Member) bool {
		twice := seen[member.Subscriber]
		seen[member.Subscriber] = true
		return twice || !slices.ContainsFunc(leading, func(p pointer) bool { return p.ID == member.Subscriber && p.Identity == found.ID })
	})
	return found, nil
}

// Link makes two subscribers of an account one person, with all whom either is
// linked to. Doing it again, or again after a crash, changes nothing more.
// Errors: ErrSame, ErrTooMany, ErrNotHere.
func (s *Service) Link(ctx context.Context, account, one, other, by string) error {
	if one == other {
		return ErrSame
	}
	for _, id := range []string{one, other} {
		if _, err := s.Subscribers.Person(ctx, account, id); fault.KindOf(err) == fault.NotFound {
			return ErrNotHere.Because(err)
		} else if err != nil {
			return err
		}
	}
	for range maxRounds {
		if err := s.link(ctx, account, one, other, by); err != nil && !errors.Is(err, errMoved) {
			return err
		}
		linked, err := s.Linked(ctx, account, one)
		if err != nil || slices.Contains(linked, other) {
			return err
		}
	}
	return ErrBusy
}

// maxRounds is how often a link is begun anew because another link or its end
// came between.
const maxRounds = 5

// errMoved: a subscriber was linked or unlinked at the same moment.
var errMoved = errors.New("identity: moved meanwhile")

// link moves everybody who is the other into the home of the one. The other
// itself comes last, so that until then a repetition finds the rest with it.
func (s *Service) link(ctx context.Context, account, one, other, by string) error {
	home, err := s.home(ctx, account, one, by)
	if err != nil {
		return err
	}
	from, err := s.of(ctx, account, other)
	if err != nil || from.ID == home.ID {
		return err
	}
	joining := []string{other}
	for _, member := range from.Members {
		if member.Subscriber != other {
			joining = append(joining, member.Subscriber)
		}
	}
	if len(home.Members)+len(joining) > maxMembers {
		return ErrTooMany
	}
	slices.Reverse(joining)
	for _, subscriber := range joining {
		member := Member{Subscriber: subscriber, By: by, At: s.now()}
		// Among the members it counts for nothing until the pointer leads there.
		if err := identities.In(s.DB, account).Update(ctx, home.ID, store.Push("members", member)); err != nil {
			return err
		}
		if err := s.point(ctx, account, subscriber, from.ID, home.ID); err != nil {
			return err
		}
	}
	return nil
}

// home finds the identity of a subscriber, or begins one.
func (s *Service) home(ctx context.Context, account, subscriber, by string) (Identity, error) {
	found, err := s.of(ctx, account, subscriber)
	if err != nil || found.ID != "" {
		return found, err
	}
	found = Identity{ID: account + ":" + store.NewID(), Account: account,
		Members: []Member{{Subscriber: subscriber, By: by, At: s.now()}}}
	if err := identities.In(s.DB, account).Insert(ctx, found); err != nil {
		return Identity{}, err
	}
	return found, s.point(ctx, account, subscriber, "", found.ID)
}

// point leads a subscriber's pointer from one identity to another; "" is none.
// Errors: errMoved.
func (s *Service) point(ctx context.Context, account, subscriber, from, to string) error {
	scope := pointers.In(s.DB, account)
	if from == "" {
		_, inserted, err := scope.InsertIfAbsent(ctx, pointer{ID: subscriber, Account: account, Identity: to})
		if err != nil || inserted {
			return err
		}
	}
	where := store.Eq("identity", from)
	if from == "" {
		where = store.Exists("identity", false)
	}
	err := scope.Update(ctx, subscriber, store.Set("identity", to), where)
	if errors.Is(err, store.ErrConditionFailed) {
		return errMoved
	}
	return err
}

// Unlink makes a subscriber a person of their own again, with the orders and
// the balance that they had and made themselves. Somebody who is on their own
// stays it.
func (s *Service) Unlink(ctx context.Context, account, subscriber string) error {
	found, err := s.of(ctx, account, subscriber)
	if err != nil || found.ID == "" {
		return err
	}
	if err := pointers.In(s.DB, account).Update(ctx, subscriber, store.Unset("identity"), store.Eq("identity", found.ID)); err != nil &&
		!errors.Is(err, store.ErrConditionFailed) {
		return err
	}
	for _, member := range found.Members {
		if member.Subscriber == subscriber {
			return identities.In(s.DB, account).Update(ctx, found.ID, store.Pull("members", member))
		}
	}
	return nil
}
