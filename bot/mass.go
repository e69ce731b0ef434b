package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// MassSend is the same said to many people by one call of their platform. It is
// written down with its key, then its item in the outbox makes the call, however
// often it takes, under that key.
type MassSend struct {
	ID      string `bson:"_id" json:"-"` // of its item in the outbox
	Account string `bson:"account" json:"-"`
	Channel string `bson:"channel" json:"channel"`
	Key     string `bson:"key" json:"key"`
	// Group is what it belongs to: a platform counts all of a group together.
	Group  string `bson:"group" json:"group"`
	People int    `bson:"people" json:"people"` // 0: the platform knows how many
	// To keeps its users until the platform has taken it.
	To    message.Crowd      `bson:"to" json:"-"`
	Out   []message.Outbound `bson:"out" json:"-"`
	State State              `bson:"state" json:"state"`
	// Reason is why it failed: a code.
	Reason string `bson:"reason,omitempty" json:"reason,omitempty"`
	// Job is the platform's name of it.
	Job string `bson:"job,omitempty" json:"job,omitempty"`
	// Result is what the platform told when it was over.
	Result     *message.MassResult `bson:"result,omitempty" json:"result,omitempty"`
	RecalledAt *time.Time          `bson:"recalled_at,omitempty" json:"recalled_at,omitempty"`
	At         time.Time           `bson:"at" json:"at"`
	ExpiresAt  time.Time           `bson:"expires_at" json:"-"`
}

var massSends = store.Declare[MassSend](store.Schema{
	Name:           "mass_sends",
	KeyedByAccount: true,
	Indexes:        []store.Index{{Fields: []string{"channel", "-at"}}},
	ShardKey:       []string{"account", "_id"},
	ExpiresAt:      "expires_at",
})

// keepMass is how long a mass send is known: longer than any platform counts
// them together.
const keepMass = 92 * 24 * time.Hour

// massLane is the lane of an account's mass sends on a channel. No platform calls
// a person so.
func massLane(account, channel string) string {
	return message.SubscriberID(account, channel, "*")
}

// Shipment is what is to be sent to many people at once.
type Shipment struct {
	Account, Channel string
	// Key is the group's name, "+", and a name of its own within the group.
	Group, Key string
	// Purpose is what those have to consent to whom the platform would reach
	// without their being named.
	Purpose Purpose
	To      message.Crowd
	Out     []message.Outbound
	// At is when the whole send was started: the same on every repetition, because
	// it is part of the messages' keys.
	At time.Time
}

// Mass is how the platform of a channel sends to many people by one call, for
// this account; the zero Mass where it does not, or nothing is connected.
func (b *Bot) Mass(ctx context.Context, account, channel string) (message.Mass, error) {
	many, ok := b.channels[channel].(massing)
	if !ok {
		return message.Mass{}, nil
	}
	credentials, err := b.credentials(ctx, account, channel)
	if errors.Is(err, ErrNotConnected) {
		return message.Mass{}, nil
	}
	if err != nil {
		return message.Mass{}, err
	}
	return many.Mass(credentials), nil
}

// Ship sends to many people at once, in the background. When it returns the
// shipment is durable. The same key again sends nothing again, whoever it would
// have been for.
func (b *Bot) Ship(ctx context.Context, s Shipment) error {
	if len(s.Out) == 0 || !strings.HasPrefix(s.Key, s.Group+"+") || s.Account == "" {
		return ErrNothingToSend
	}
	if len(s.To.Users) == 0 {
		if err := b.allConsent(ctx, s); err != nil {
			return err
		}
	}
	lane := message.Person{ID: massLane(s.Account, s.Channel), Account: s.Account, Channel: s.Channel}
	now, at := b.now(), s.At.UTC().Truncate(time.Millisecond)
	item := newItem(lane, s.Key, now, []parcel{{}})
	item.By, item.Mass = ByCampaign, true
	out := slices.Clone(s.Out)
	for i := range out {
		out[i].Language = s.To.Language
	}
	send := MassSend{ID: item.ID, Account: s.Account, Channel: s.Channel, Key: s.Key, Group: s.Group, People: len(s.To.Users),
		To: s.To, Out: out, State: Queued, At: at, ExpiresAt: now.Add(keepMass)}
	operations := append([]store.Operation{massSends.In(b.DB, s.Account).Inserting(send)}, b.posting(item, canWait)...)
	results, err := b.DB.Apply(ctx, operations...)
	if onlyExpected(err, store.ErrDuplicate) != nil {
		return err
	}
	if results[1].Err == nil { // the item is new
		b.posted(lane, canWait)
	}
	return nil
}

// ErrMassConsent: a mass send that names nobody would reach those who want none.
var ErrMassConsent = fault.New(fault.Conflict, "mass_consent", "Some who follow here want no such messages, and a mass message to everybody or to a tag would reach them. Choose a tag that they do not have, or send single messages.")

// allConsent looks for somebody whom a shipment would reach that names nobody,
// and who wants none. Errors: ErrMassConsent.
func (b *Bot) allConsent(ctx context.Context, s Shipment) error {
	people := People{Tag: s.To.Tag, Channel: s.Channel}
	for after, more := "", true; more; more = after != "" {
		page, next, err := b.Subscribers().Followers(ctx, s.Account, people, after, massEntries)
		if err != nil {
			return err
		}
		for _, one := range page {
			if one.Channel == s.Channel && !(Audience{Purpose: s.Purpose}).Reaches(one) {
				return ErrMassConsent
			}
		}
		after = next
	}
	return nil
}

// sendMass makes the call of a mass send.
func (b *Bot) sendMass(ctx context.Context, j *job, channel Channel, credentials []byte, item outboxItem) (verdict, error) {
	many, ok := channel.(massing)
	if !ok {
		return b.settle(ctx, j, item, 1, Failed, "channel_unknown", "This channel can't send to many people at once.")
	}
	sends := massSends.In(b.DB, item.Account)
	send, err := sends.Get(ctx, item.ID)
	if err != nil {
		return verdict{}, err
	}
	if err := b.begin(ctx, j, item, 0); err != nil {
		return verdict{}, err
	}
	call, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	name, err := many.SendMass(call, credentials, item.Account, send.To, send.Key, send.Out)
	if err != nil {
		return b.ended(ctx, j, item, 1, true, err)
	}
	if err := sends.Update(ctx, send.ID, store.Set("job", name)); err != nil {
		return verdict{}, err
	}
	if err := b.enterMass(ctx, send); err != nil {
		return verdict{}, err
	}
	return b.ended(ctx, j, item, 1, true, nil)
}

// enterMass puts what a mass send said into everybody's history, under keys of
// its own: doing it again adds nothing. Their conversations stay as they are, for
// the reason that PrepareMany gives.
func (b *Bot) enterMass(ctx context.Context, send MassSend) error {
	scope := messages.In(b.DB, send.Account)
	var entries []Message
	for i, user := range send.To.Users {
		person := message.Person{ID: message.SubscriberID(send.Account, send.Channel, user), Account: send.Account,
			Channel: send.Channel, User: user}
		for _, entry := range outgoing(person, send.Key, send.At, ByCampaign, "", send.Out) {
			entry.State = Sent
			entries = append(entries, entry)
		}
		if len(entries) >= massEntries || i == len(send.To.Users)-1 {
			if _, err := scope.InsertMany(ctx, entries); err != nil {
				return err
			}
			entries = nil
		}
	}
	return nil
}

// massEntries is how many entries are written in one trip.
const massEntries = 500

// massMark is what the end of an outbox item means for its mass send.
func (b *Bot) massMark(item outboxItem, state State, class string) []store.Operation {
	if !item.Mass {
		return nil
	}
	return []store.Operation{massSends.In(b.DB, item.Account).Updating(item.ID,
		store.Set("state", state).Set("reason", class).Unset("to.users"))}
}

// massEnded takes in what a platform tells of a mass send that is over. It tells
// numbers, not names: only if all or nobody got it is everybody's delivery known.
func (b *Bot) massEnded(ctx context.Context, account, channel, key string, result message.MassResult) error {
	id := outboxID(massLane(account, channel), key)
	state := Sent
	switch {
	case result.Refused != "" || result.Sent == 0 && result.Failed > 0:
		state = Failed
	case result.Failed == 0 && result.Filtered() == 0:
		state = Delivered
	}
	send, err := massSends.In(b.DB, account).UpdateAndGet(ctx, id, store.Set("result", result).Set("state", state))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	b.tell(ctx, event(account, "mass.ended", map[string]any{"channel": channel, "key": send.Key, "result": result}, "campaigns"))
	if b.Outcomes == nil || state == Sent {
		return nil
	}
	reason := ""
	if state == Failed {
		reason = "mass_refused"
	}
	return b.Outcomes.Outcome(ctx, account, key, state, reason)
}
