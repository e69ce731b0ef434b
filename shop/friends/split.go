package friends

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// MaxPeople is among how many something is split, whoever splits it included.
const MaxPeople = 50

// Split is an amount that one person has paid, or will, and others share. Its
// shares are asks; what they are made of stands here, so that a crash in between
// leaves nothing to guess.
type Split struct {
	ID      string         `bson:"_id"` // person + ":" + key
	Account string         `bson:"account"`
	Number  string         `bson:"number"`
	By      message.Person `bson:"by"`
	Whole   money.Amount   `bson:"whole"`
	Own     money.Amount   `bson:"own"` // what is left for whoever splits
	Note    string         `bson:"note"`
	Parts   []part         `bson:"parts"`
	At      time.Time      `bson:"at"`
	// Due is when Recover goes on with making the asks.
	Due *time.Time `bson:"due,omitempty"`
}

// part is what an ask is made of.
type part struct {
	Number string         `bson:"number"`
	Code   string         `bson:"code"`
	To     message.Person `bson:"to"`
	Minor  int64          `bson:"minor"`
}

var splits = store.Declare[Split](store.Schema{Name: "splits", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"number"}}, {Fields: []string{"by.id", "-at"}}, {Fields: []string{"due"}, Across: true, Sparse: true}}})

// Even divides an amount among people as evenly as its minor units allow: the
// parts come to the whole, and the first have what is left over. Errors:
// ErrPeople, ErrTooLittle for fewer minor units than people.
func Even(whole money.Amount, people int) ([]int64, error) {
	if people < 1 || people > MaxPeople {
		return nil, ErrPeople.In("people")
	}
	if whole.Minor < int64(people) {
		return nil, ErrTooLittle.In("amount")
	}
	ones := make([]int64, people)
	for i := range ones {
		ones[i] = 1
	}
	return money.Share(whole.Minor, ones), nil
}

// Share is what one of others pays.
type Share struct {
	Friend string // the number that stands for them; empty: whoever gets the link
	Minor  int64
}

// SplitRequest splits an amount. What the shares leave of it is its owner's. The
// same Key of the same person is the same split.
type SplitRequest struct {
	By     message.Person
	Key    string
	Whole  money.Amount
	Note   string
	Shares []Share
}

// Split asks for all shares. Errors: ErrPeople, ErrTooLittle, ErrSum, those of Ask.
func (s *Service) Split(ctx context.Context, request SplitRequest) (Split, error) {
	request.Note = strings.TrimSpace(request.Note)
	if err := check(request.Key, request.Whole, request.Note); err != nil {
		return Split{}, err
	}
	own, err := left(request)
	if err != nil {
		return Split{}, err
	}
	id := request.By.ID + ":" + request.Key
	found, err := splits.In(s.DB, request.By.Account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		found, err = s.writeSplit(ctx, id, request, own)
	}
	if err != nil {
		return found, err
	}
	if found.Whole != request.Whole || found.Own.Minor != own || len(found.Parts) != len(request.Shares) {
		return found, ErrReused.In("key")
	}
	return s.ask(ctx, found)
}

// left is what the shares leave, in minor units.
func left(request SplitRequest) (int64, error) {
	if len(request.Shares) == 0 || len(request.Shares) > MaxPeople {
		return 0, ErrPeople.In("people")
	}
	left := request.Whole.Minor
	for _, share := range request.Shares {
		if share.Minor <= 0 {
			return 0, ErrNothing.In("share")
		}
		if left -= share.Minor; left < 0 {
			return 0, ErrSum.In("share")
		}
	}
	if left > 0 && len(request.Shares) == MaxPeople {
		return 0, ErrPeople.In("people")
	}
	return left, nil
}

func (s *Service) writeSplit(ctx context.Context, id string, request SplitRequest, own int64) (Split, error) {
	parts := make([]part, len(request.Shares))
	var people []message.Person
	asked := map[string]bool{}
	for i, share := range request.Shares {
		parts[i] = part{Number: store.NewID(), Code: rand.Text(), Minor: share.Minor}
		if share.Friend == "" {
			continue
		}
		friend, err := s.friend(ctx, request.By, share.Friend)
		if err != nil {
			return Split{}, err
		}
		if asked[friend.ID] {
			return Split{}, ErrFriend.In("friend")
		}
		asked[friend.ID] = true
		parts[i].To = friend
		people = append(people, friend)
	}
	if err := s.countAsks(ctx, request.By, people, len(parts)-len(people)); err != nil {
		return Split{}, err
	}
	now := s.now()
	due := now.Add(lease)
	split, _, err := splits.In(s.DB, request.By.Account).InsertIfAbsent(ctx, Split{ID: id, Account: request.By.Account, Number: store.NewID(), By: request.By,
		Whole: request.Whole, Own: money.Of(own, request.Whole.Currency), Note: request.Note, Parts: parts, At: now, Due: &due})
	return split, err
}

// ask makes a split's asks and opens them, each once.
func (s *Service) ask(ctx context.Context, split Split) (Split, error) {
	if split.Due == nil {
		return split, nil
	}
	for i, part := range split.Parts {
		due := s.now().Add(lease)
		asked, _, err := asks.In(s.DB, split.Account).InsertIfAbsent(ctx, Ask{ID: split.ask(i), Account: split.Account, Number: part.Number,
			From: split.By, To: part.To, Amount: money.Of(part.Minor, split.Whole.Currency), Note: split.Note, Split: split.ID,
			Code: part.Code, State: Open, At: split.At, Until: split.At.Add(lasts), Due: &due})
		if err != nil {
			return split, err
		}
		if _, err := s.open(ctx, asked); err != nil {
			return split, err
		}
	}
	return splits.In(s.DB, split.Account).UpdateAndGet(ctx, split.ID, store.Unset("due"))
}

// ask is the id of one of a split's asks.
func (s Split) ask(index int) string { return fmt.Sprint(s.ID, "#", index) }

// Shares are a split's asks, in their order.
func (s *Service) Shares(ctx context.Context, split Split) ([]Ask, error) {
	ids := make([]string, len(split.Parts))
	for i := range ids {
		ids[i] = split.ask(i)
	}
	found, err := asks.In(s.DB, split.Account).GetMany(ctx, ids...)
	if err != nil {
		return nil, err
	}
	byID := map[string]Ask{}
	for _, one := range found {
		byID[one.ID] = one
	}
	var shares []Ask
	for _, id := range ids {
		if one, made := byID[id]; made {
			shares = append(shares, one)
		}
	}
	return shares, nil
}

// SplitOf finds one of a person's splits; for anybody else it is not there.
// Errors: ErrNoSplit.
func (s *Service) SplitOf(ctx context.Context, person message.Person, number string) (Split, error) {
	found, err := splits.In(s.DB, person.Account).First(ctx, store.Where(store.Eq("number", number)))
	if errors.Is(err, store.ErrNotFound) {
		return Split{}, ErrNoSplit
	}
	if err != nil {
		return Split{}, err
	}
	if own, err := s.isSame(ctx, person, found.By.ID); err != nil || !own {
		return Split{}, errors.Join(err, ErrNoSplit)
	}
	return found, nil
}

// Splits lists a person's, newest first.
func (s *Service) Splits(ctx context.Context, person message.Person, limit int) ([]Split, error) {
	return latest(ctx, s, person, splits.In(s.DB, person.Account), "by.id", limit, func(one Split) time.Time { return one.At })
}

// CancelSplit calls off what nobody has paid. Errors: ErrNoSplit;
// wallet.ErrCodeBusy if one is just being paid, when all others are called off.
func (s *Service) CancelSplit(ctx context.Context, person message.Person, number string) error {
	split, err := s.SplitOf(ctx, person, number)
	if err != nil {
		return err
	}
	if split, err = s.ask(ctx, split); err != nil { // or Recover would make them afterwards
		return err
	}
	shares, err := s.Shares(ctx, split)
	if err != nil {
		return err
	}
	var busy error
	for _, share := range shares {
		_, err := s.end(ctx, share, Cancelled, time.Time{})
		if errors.Is(err, wallet.ErrCodeBusy) {
			busy = err
		} else if err != nil {
			return err
		}
	}
	return busy
}
