package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Undelivered is a message that failed, or of which nobody knows whether it
// arrived. An uncertain one waits for a member to decide: sending it again might
// say the same twice, which Plaza never does by itself.
type Undelivered struct {
	ID           string `bson:"_id" json:"id"` // the message's
	Account      string `bson:"account" json:"-"`
	Channel      string `bson:"channel" json:"channel"`
	Conversation string `bson:"conversation" json:"conversation"`
	Name         string `bson:"name,omitempty" json:"name,omitempty"` // of the person
	// List is where it stands: uncertain, failed, or decided.
	List    UndeliveredList `bson:"list" json:"list"`
	State   State           `bson:"state" json:"state"`
	Class   string          `bson:"class" json:"class"` // why, as a code
	Words   string          `bson:"words" json:"words"` // why, in English
	Author  Author          `bson:"author,omitempty" json:"author,omitempty"`
	Summary string          `bson:"summary,omitempty" json:"summary,omitempty"`
	At      time.Time       `bson:"at" json:"at"`
	// Decision and Member say what was decided, and by whom.
	Decision  Decision  `bson:"decision,omitempty" json:"decision,omitempty"`
	Member    string    `bson:"member,omitempty" json:"member,omitempty"`
	ExpiresAt time.Time `bson:"expires_at" json:"-"`

	// Version rises with each change; Counting is what counters have yet to see
	// of the last one.
	Version  int64     `bson:"version" json:"-"`
	Counting *counting `bson:"counting,omitempty" json:"-"`
}

// UndeliveredList is a list of undelivered messages.
type UndeliveredList string

// The lists.
const (
	ListUncertain UndeliveredList = "uncertain"
	ListFailed    UndeliveredList = "failed"
	ListDecided   UndeliveredList = "decided"
)

// Decision is what a member decided about an undelivered message.
type Decision string

// The decisions.
const (
	SentAgain Decision = "sent_again"
	LeftAlone Decision = "left"
)

var undelivered = store.Declare[Undelivered](store.Schema{
	Name:           "undelivered",
	KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"list", "-at"}},
		{Fields: []string{"counting.at"}, Across: true, Sparse: true},
	},
	ShardKey:  []string{"account", "_id"},
	ExpiresAt: "expires_at",
})

// ErrNotUndelivered is a message about which there is nothing (any more) to
// decide.
var ErrNotUndelivered = fault.New(fault.NotFound, "not_undelivered", "There is nothing left to decide about this message.")

// counted names the counters that count it.
func (u Undelivered) counted() []string {
	if u.List == ListDecided {
		return nil
	}
	return []string{string(u.List) + ":" + u.Channel}
}

// counting is what the counters have to see of a change to u, made at that time.
func (u Undelivered) countChange(before []string, at time.Time) *counting {
	return &counting{Mark: fmt.Sprintf("%s#%d", u.ID, u.Version), Add: u.counted(), Remove: before, At: at.Add(countingGrace)}
}

// undeliveredOf are the notes on messages of an item's next parcels, which ended
// badly; none of those that ended well.
func (b *Bot) undeliveredOf(item outboxItem, parcels []parcel, state State, class, words string) (notes []Undelivered) {
	if state != Failed && state != Uncertain {
		return nil
	}
	now := b.now()
	for _, p := range parcels {
		if slices.ContainsFunc(notes, func(u Undelivered) bool { return u.ID == p.Message }) {
			continue // a message in several parcels
		}
		u := Undelivered{ID: p.Message, Account: item.Account, Channel: item.Person.Channel, Conversation: item.Person.ID,
			Name: item.Person.Name, List: ListFailed, State: state, Class: class, Words: words, Author: item.By,
			Summary: truncate(p.Out.Summary(), 120), At: now, ExpiresAt: now.Add(keepOutbox), Version: 1}
		if state == Uncertain {
			u.List = ListUncertain
		}
		u.Counting = u.countChange(nil, now)
		notes = append(notes, u)
	}
	return notes
}

// noting writes notes on undelivered messages. They come before the mark on what
// they are about, so that a crash between leaves none out.
func (b *Bot) notingUndelivered(notes []Undelivered) (operations []store.Operation) {
	for _, u := range notes {
		operations = append(operations, undelivered.In(b.DB, u.Account).Inserting(u))
	}
	return operations
}

// countUndelivered tells the counters of notes, as far as they were written just
// now. If that fails, Recover does it.
func (b *Bot) countUndelivered(ctx context.Context, notes []Undelivered, results []store.Result) {
	for i, u := range notes {
		if results[i].Err != nil {
			continue // noted before
		}
		if err := b.tallyUndelivered(ctx, u); err != nil {
			b.Logger.Error("counters will be told later", "account", u.Account, "error", err)
		}
		b.tell(ctx, routeEvent(u.Account, u.Channel))
	}
}

func (b *Bot) tallyUndelivered(ctx context.Context, u Undelivered) error {
	return b.tally(ctx, b.tallying(u.Account, u.Counting, b.ofUndelivered(u)))
}

func (b *Bot) ofUndelivered(u Undelivered) noting {
	return func(update store.Update, conditions ...store.Clause) store.Operation {
		return undelivered.In(b.DB, u.Account).Updating(u.ID, update, conditions...)
	}
}

// finishCountingUndelivered tells the counters what a crash left untold.
func (b *Bot) finishCountingUndelivered(ctx context.Context) (bool, error) {
	left, found, err := store.TakeNext(ctx, undelivered.Across(b.DB), store.Lease{Now: b.now, For: countingGrace, By: "counting.at"})
	if !found {
		return false, err
	}
	return true, b.takeOver(ctx, left.Account, left.Counting, b.ofUndelivered(left))
}

// Undelivered reads one of the lists, the newest first.
func (o Outbox) Undelivered(ctx context.Context, account string, list UndeliveredList, after store.Cursor, limit int) ([]Undelivered, store.Cursor, error) {
	return undelivered.In(o.bot.DB, account).Find(ctx,
		store.Where(store.Eq("list", list)).By("-at").Top(limit).From(after))
}

// SendAgain sends an undelivered message once more, under a new key, because a
// member asks for it: whoever got an uncertain one gets it twice. Asking twice
// sends once. Errors: ErrNotUndelivered.
func (o Outbox) SendAgain(ctx context.Context, account, member, id string) error {
	b := o.bot
	u, err := undelivered.In(b.DB, account).Get(ctx, id)
	if err != nil {
		return missing(err, ErrNotUndelivered)
	}
	if u.Decision == LeftAlone {
		return ErrNotUndelivered
	}
	entry, err := messages.In(b.DB, account).Get(ctx, id)
	if err != nil || entry.Out == nil {
		return missing(err, ErrNotUndelivered)
	}
	person, err := b.Subscribers().Get(ctx, account, u.Conversation)
	if err != nil {
		return err
	}
	if err := b.post(ctx, ByAgent, member, person.Person(), againKey(id), []message.Outbound{*entry.Out}); err != nil {
		return err
	}
	return o.decide(ctx, u, member, SentAgain)
}

// againKey is the key under which a message is sent once more.
func againKey(id string) string { return "again:" + platformKey(id) }

// Leave takes an undelivered message off its list. Errors: ErrNotUndelivered.
func (o Outbox) Leave(ctx context.Context, account, member, id string) error {
	u, err := undelivered.In(o.bot.DB, account).Get(ctx, id)
	if err != nil {
		return missing(err, ErrNotUndelivered)
	}
	return o.decide(ctx, u, member, LeftAlone)
}

// decide notes a member's decision; the first one counts.
func (o Outbox) decide(ctx context.Context, u Undelivered, member string, decision Decision) error {
	b := o.bot
	if u.List == ListDecided {
		return nil
	}
	if err := b.takeOver(ctx, u.Account, u.Counting, b.ofUndelivered(u)); err != nil { // what came before
		return err
	}
	before, from := u.counted(), u.List
	u.List, u.Decision, u.Member = ListDecided, decision, member
	u.Version++
	u.Counting = u.countChange(before, b.now())
	_, err := b.Log.Commit(ctx, []store.Operation{undelivered.In(b.DB, u.Account).Updating(u.ID,
		store.Set("list", u.List).Set("decision", decision).Set("member", member).Set("version", u.Version).Set("counting", *u.Counting),
		store.Eq("list", from), store.Exists("counting", false))}, routeEvent(u.Account, u.Channel))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil // somebody else has decided
	}
	if err != nil {
		return err
	}
	return b.tallyUndelivered(ctx, u)
}
