package friends

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
	"time"

	"plaza/message"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// Friend is somebody whom a person knows in an account: money has gone between
// them, or they have shown the code that pays them.
type Friend struct {
	ID      string    `bson:"_id"` // owner + ":" + person's id
	Account string    `bson:"account"`
	Owner   string    `bson:"owner"` // the subscriber's id
	Person  string    `bson:"person"`
	Number  string    `bson:"number"` // stands for them on pages, which never show an id
	Name    string    `bson:"name,omitempty"`
	At      time.Time `bson:"at"` // of the last time
}

var known = store.Declare[Friend](store.Schema{Name: "friends", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"owner", "-at"}}, {Fields: []string{"number"}}}})

// knownShown is how many friends are listed, the latest first.
const knownShown = 50

// Known lists whom a person knows, on all the channels on which they are the same
// person.
func (s *Service) Known(ctx context.Context, person message.Person) ([]Friend, error) {
	return latest(ctx, s, person, known.In(s.DB, person.Account), "owner", knownShown, func(one Friend) time.Time { return one.At })
}

// meet writes down that a person knows another.
func (s *Service) meet(ctx context.Context, person, other message.Person) (Friend, error) {
	now := s.now()
	friends := known.In(s.DB, person.Account)
	found, inserted, err := friends.InsertIfAbsent(ctx, Friend{ID: person.ID + ":" + other.ID, Account: person.Account, Owner: person.ID,
		Person: other.ID, Number: rand.Text(), Name: other.Name, At: now})
	if err != nil || inserted {
		return found, err
	}
	return friends.UpdateAndGet(ctx, found.ID, store.Set("name", other.Name).Max("at", now))
}

// inAddress finds a code in what somebody has typed or copied: the code, or the
// address of the page that pays it.
var inAddress = regexp.MustCompile(`^(?:.*/pay-to/)?([A-Za-z2-7]{26})(?:[?#/].*)?$`)

// Meet is for whoever has been shown the code that pays somebody: from now on they
// know them. Errors: ErrFriend, ErrSelf.
func (s *Service) Meet(ctx context.Context, person message.Person, shown string) (Friend, error) {
	match := inAddress.FindStringSubmatch(strings.TrimSpace(shown))
	if len(shown) > 500 || match == nil {
		return Friend{}, ErrFriend.In("code")
	}
	code, err := s.Codes.Payee(ctx, match[1])
	if err != nil || code.Account != person.Account {
		return Friend{}, errors.Join(err, ErrFriend.In("code"))
	}
	if same, err := s.isSame(ctx, person, code.Person.ID); err != nil || same {
		return Friend{}, errors.Join(err, ErrSelf.In("code"))
	}
	return s.meet(ctx, person, code.Person)
}

// friend finds one of a person's friends by the number that stands for them, and
// who that is. Errors: ErrFriend, also for whoever wants to be asked no more.
func (s *Service) friend(ctx context.Context, person message.Person, number string) (message.Person, error) {
	found, err := known.In(s.DB, person.Account).First(ctx, store.Where(store.Eq("number", number)))
	if errors.Is(err, store.ErrNotFound) {
		return message.Person{}, ErrFriend.In("friend")
	}
	if err != nil {
		return message.Person{}, err
	}
	own, err := s.isSame(ctx, person, found.Owner)
	if err != nil || !own {
		return message.Person{}, errors.Join(err, ErrFriend.In("friend"))
	}
	if same, err := s.isSame(ctx, person, found.Person); err != nil || same {
		return message.Person{}, errors.Join(err, ErrSelf.In("friend")) // linked since
	}
	other, err := s.People.Person(ctx, person.Account, found.Person)
	if err != nil || other.Account != person.Account {
		return message.Person{}, ErrFriend.In("friend")
	}
	blocked, err := s.blocked(ctx, other, person)
	if err != nil || blocked {
		return message.Person{}, errors.Join(err, ErrFriend.In("friend"))
	}
	return other, nil
}

// Block is somebody whom a person wants to be asked by no more.
type Block struct {
	ID      string    `bson:"_id"` // owner + ":" + person's id
	Account string    `bson:"account"`
	Owner   string    `bson:"owner"`
	Person  string    `bson:"person"`
	Number  string    `bson:"number"`
	Name    string    `bson:"name,omitempty"`
	At      time.Time `bson:"at"`
}

var blocks = store.Declare[Block](store.Schema{Name: "friend_blocks", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"owner", "-at"}}}})

// blocked says whether one person, under any of their names, wants to be asked by
// another no more.
func (s *Service) blocked(ctx context.Context, owner, by message.Person) (bool, error) {
	owners, err := s.Identities.Linked(ctx, owner.Account, owner.ID)
	if err != nil {
		return false, err
	}
	others, err := s.Identities.Linked(ctx, by.Account, by.ID)
	if err != nil {
		return false, err
	}
	var ids []string
	for _, one := range owners {
		for _, other := range others {
			ids = append(ids, one+":"+other)
		}
	}
	found, err := blocks.In(s.DB, owner.Account).GetMany(ctx, ids...)
	return len(found) > 0, err
}

// Block keeps whoever has asked this from asking this person anything, and
// declines what they have asked.
func (s *Service) Block(ctx context.Context, person message.Person, number string) error {
	asked, err := s.Asked(ctx, person, number)
	if err != nil {
		return err
	}
	_, _, err = blocks.In(s.DB, person.Account).InsertIfAbsent(ctx, Block{ID: asked.To.ID + ":" + asked.From.ID, Account: person.Account,
		Owner: asked.To.ID, Person: asked.From.ID, Number: rand.Text(), Name: asked.From.Name, At: s.now()})
	if err != nil {
		return err
	}
	if _, err = s.Decline(ctx, person, number); errors.Is(err, wallet.ErrCodeBusy) {
		return nil // somebody pays this one; there will be no other
	}
	return err
}

// Blocked lists whom a person wants to be asked by no more.
func (s *Service) Blocked(ctx context.Context, person message.Person) ([]Block, error) {
	return latest(ctx, s, person, blocks.In(s.DB, person.Account), "owner", knownShown, func(one Block) time.Time { return one.At })
}

// Unblock lets somebody ask again.
func (s *Service) Unblock(ctx context.Context, person message.Person, number string) error {
	all, err := s.Blocked(ctx, person)
	for _, one := range all {
		if one.Number == number {
			err = errors.Join(err, blocks.In(s.DB, person.Account).Delete(ctx, one.ID))
		}
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}
