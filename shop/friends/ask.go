package friends

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// State is where something asked stands.
type State string

// The states: Open leads to the others. Paid is final; what was called off or has
// run out becomes Paid after all if a payment was on its way.
const (
	Open      State = "open"
	Paid      State = "paid"
	Declined  State = "declined"  // by whoever was asked
	Cancelled State = "cancelled" // by whoever asked
	Expired   State = "expired"
)

// Ask is money that one person asks of another, or of whoever has the link.
type Ask struct {
	ID      string         `bson:"_id"` // asker + ":" + key, or split + "#" + index
	Account string         `bson:"account"`
	Number  string         `bson:"number"` // leads whoever is asked to the page
	From    message.Person `bson:"from"`   // who asks
	To      message.Person `bson:"to"`     // who is asked; none: whoever has the link
	Amount  money.Amount   `bson:"amount"`
	Note    string         `bson:"note"`
	Split   string         `bson:"split,omitempty"` // its id, if this is a share of one
	Code    string         `bson:"code"`            // that pays it: wallet.ReceiveCode
	State   State          `bson:"state"`
	Payer   string         `bson:"payer,omitempty"` // the name of who paid
	// Transfer is what paid it.
	Transfer string    `bson:"transfer,omitempty"`
	At       time.Time `bson:"at"`
	Until    time.Time `bson:"until"`
	// Said: the code is there and whoever is asked was told. Due is when Recover
	// looks next.
	Said bool       `bson:"said"`
	Due  *time.Time `bson:"due,omitempty"`
}

var asks = store.Declare[Ask](store.Schema{Name: "friend_asks", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"number"}, Across: true}, {Fields: []string{"code"}},
		{Fields: []string{"from.id", "-at"}}, {Fields: []string{"due"}, Across: true, Sparse: true}}})

// Request asks a friend for money. The same Key of the same person is the same.
type Request struct {
	From   message.Person
	Key    string
	Friend string // the number that stands for them
	Amount money.Amount
	Note   string
}

// Ask asks a friend for money in their messenger. Errors: ErrFriend, ErrTooOften,
// ErrAgain, ErrReused.
func (s *Service) Ask(ctx context.Context, request Request) (Ask, error) {
	request.Note = strings.TrimSpace(request.Note)
	if err := check(request.Key, request.Amount, request.Note); err != nil {
		return Ask{}, err
	}
	id := request.From.ID + ":" + request.Key
	asked, err := asks.In(s.DB, request.From.Account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		asked, err = s.writeAsk(ctx, id, request)
	}
	if err != nil {
		return asked, err
	}
	if asked.Amount != request.Amount || asked.Note != request.Note {
		return asked, ErrReused.In("key")
	}
	return s.open(ctx, asked)
}

func check(key string, amount money.Amount, note string) error {
	switch {
	case !keyShape.MatchString(key):
		return ErrKey.In("key")
	case amount.IsZero():
		return ErrNothing.In("amount")
	}
	if err := amount.Check(); err != nil {
		return err
	}
	return checkNote(note)
}

func (s *Service) writeAsk(ctx context.Context, id string, request Request) (Ask, error) {
	friend, err := s.friend(ctx, request.From, request.Friend)
	if err != nil {
		return Ask{}, err
	}
	if err := s.countAsks(ctx, request.From, []message.Person{friend}, 0); err != nil {
		return Ask{}, err
	}
	now := s.now()
	due := now.Add(lease)
	asked, _, err := asks.In(s.DB, request.From.Account).InsertIfAbsent(ctx, Ask{ID: id, Account: request.From.Account, Number: store.NewID(),
		From: request.From, To: friend, Amount: request.Amount, Note: request.Note, Code: rand.Text(), State: Open,
		At: now, Until: now.Add(lasts), Due: &due})
	return asked, err
}

// open makes the code that pays what is asked, and tells whoever is asked, once.
func (s *Service) open(ctx context.Context, asked Ask) (Ask, error) {
	if asked.Said || asked.State != Open {
		return asked, nil
	}
	if err := s.offer(ctx, asked); err != nil {
		return asked, err
	}
	if asked.To.ID != "" {
		language := asked.To.Language
		words := s.Texts.Text(language, "friends.asked", s.nameOf(language, asked.From), asked.Amount, asked.Note)
		err := s.send(ctx, asked.To, "ask:"+asked.Number, message.Choice(words,
			message.Button{Label: s.Texts.Text(language, "friends.pay", asked.Amount), URL: s.PayAddress(asked.Code)},
			message.Button{Label: s.Texts.Text(language, "friends.answer"), URL: s.AskAddress(asked.Number)}))
		if err != nil {
			return asked, err
		}
	}
	// A crash before this tells them again under the same key.
	return s.turn(ctx, asked, store.Set("said", true).Set("due", asked.Until.Add(proving)))
}

// offer makes the code that pays what is asked.
func (s *Service) offer(ctx context.Context, asked Ask) error {
	return s.Codes.Offer(ctx, wallet.ReceiveCode{Account: asked.Account, Code: asked.Code, Person: asked.From, Amount: asked.Amount,
		Note: asked.Note, ExpiresAt: &asked.Until})
}

// turn changes what is still open; else it is given as it stands.
func (s *Service) turn(ctx context.Context, asked Ask, update store.Update) (Ask, error) {
	turned, err := asks.In(s.DB, asked.Account).UpdateAndGet(ctx, asked.ID, update, store.Eq("state", Open))
	if errors.Is(err, store.ErrConditionFailed) {
		return asks.In(s.DB, asked.Account).Get(ctx, asked.ID)
	}
	return turned, err
}

// Asked finds what a person is asked, for their page; for anybody else it is not
// there. Errors: ErrNoAsk.
func (s *Service) Asked(ctx context.Context, person message.Person, number string) (Ask, error) {
	asked, err := s.Find(ctx, number)
	if err != nil || asked.Account != person.Account || asked.To.ID == "" {
		return Ask{}, errors.Join(err, ErrNoAsk)
	}
	if own, err := s.isSame(ctx, person, asked.To.ID); err != nil || !own {
		return Ask{}, errors.Join(err, ErrNoAsk)
	}
	return asked, nil
}

// Find finds one by its number alone, to learn which account it is of. Errors:
// ErrNoAsk.
func (s *Service) Find(ctx context.Context, number string) (Ask, error) {
	asked, err := asks.Across(s.DB).First(ctx, store.Where(store.Eq("number", number)))
	if errors.Is(err, store.ErrNotFound) {
		return Ask{}, ErrNoAsk
	}
	return asked, err
}

// Decline says no, and tells whoever has asked. Errors: ErrNoAsk,
// wallet.ErrCodeBusy while it is just being paid.
func (s *Service) Decline(ctx context.Context, person message.Person, number string) (Ask, error) {
	asked, err := s.Asked(ctx, person, number)
	if err != nil {
		return asked, err
	}
	if asked, err = s.end(ctx, asked, Declined, s.now().Add(lease)); err != nil {
		return asked, err
	}
	return s.tellDeclined(ctx, asked)
}

// end withdraws what nobody has paid and then makes it what it became; what turns
// out to be paid stays so. A due time has Recover look again.
func (s *Service) end(ctx context.Context, asked Ask, to State, due time.Time) (Ask, error) {
	if asked.State != Open {
		return asked, nil
	}
	if !asked.Said { // or whoever is just opening it makes the code afterwards
		if err := s.offer(ctx, asked); err != nil {
			return asked, err
		}
	}
	err := s.Codes.Withdraw(ctx, asked.Account, asked.Code)
	if errors.Is(err, wallet.ErrCodePaid) {
		return asked, nil // the transfer is about to say so
	}
	if err != nil {
		return asked, err
	}
	update := store.Set("state", to)
	if due.IsZero() {
		update = update.Unset("due")
	} else {
		update = update.Set("due", due)
	}
	ended, err := s.turn(ctx, asked, update)
	if err == nil {
		s.changed(ctx, ended)
	}
	return ended, err
}

// tellDeclined tells whoever asked, once.
func (s *Service) tellDeclined(ctx context.Context, asked Ask) (Ask, error) {
	if asked.State != Declined || asked.Due == nil {
		return asked, nil
	}
	err := s.send(ctx, asked.From, "ask-declined:"+asked.Number,
		message.Text(s.Texts.Text(asked.From.Language, "friends.declined", s.nameOf(asked.From.Language, asked.To), asked.Amount, asked.Note)))
	if err != nil {
		return asked, err
	}
	return asks.In(s.DB, asked.Account).UpdateAndGet(ctx, asked.ID, store.Unset("due"))
}

// Cancel calls something off that this person has asked. Errors: ErrNoAsk,
// wallet.ErrCodeBusy.
func (s *Service) Cancel(ctx context.Context, person message.Person, number string) (Ask, error) {
	asked, err := s.Find(ctx, number)
	if err != nil {
		return Ask{}, err
	}
	if own, err := s.isSame(ctx, person, asked.From.ID); err != nil || !own {
		return Ask{}, errors.Join(err, ErrNoAsk)
	}
	return s.end(ctx, asked, Cancelled, time.Time{})
}

// Of lists what a person has asked, newest first.
func (s *Service) Of(ctx context.Context, person message.Person, limit int) ([]Ask, error) {
	return latest(ctx, s, person, asks.In(s.DB, person.Account), "from.id", limit, func(one Ask) time.Time { return one.At })
}
