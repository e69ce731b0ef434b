package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// The outbox sends outside a webhook. What is to be sent is written down under
// its key first (an outboxItem), then sent, then marked.
//
// What waits for one person is a lane (lanes.go); all lanes of one account on one
// channel are a route, which one node has at a time (routes.go), at the pace of
// its limiter (limiter.go) and as long as its circuit is closed (circuit.go). The
// dispatcher (dispatch.go) lets routes take turns, and a worker carries one
// message (worker.go).

// parcel is one call of a channel's Send.
type parcel struct {
	Out     message.Outbound `bson:"out"`
	Message string           `bson:"message"` // the entry of the conversation it belongs to
}

// outboxItem is one Send: one or more messages under one key.
type outboxItem struct {
	ID      string         `bson:"_id"` // subscriber + "#" + key
	Account string         `bson:"account"`
	Person  message.Person `bson:"person"`
	By      Author         `bson:"by,omitempty"`
	Parcels []parcel       `bson:"parcels"`
	// Mass: it is the call of a MassSend with the same id, whose one parcel is
	// nobody's entry.
	Mass bool `bson:"mass,omitempty"`
	// Lane is the conversation while something waits; absent afterwards.
	Lane string `bson:"lane,omitempty"`
	// Order sorts the items of a lane.
	Order string `bson:"order"`
	// Next is the parcel to send now; Begun says that its sending had begun, so
	// that after a crash nobody knows whether the platform took it.
	Next     int  `bson:"next"`
	Begun    bool `bson:"begun,omitempty"`
	Attempts int  `bson:"attempts,omitempty"` // of the parcel to send now
	// ReplyToken answers by the token of the message that came; absent once it is
	// of no use. Replying is how many parcels an attempt with it was about that
	// may have gone through.
	ReplyToken string `bson:"reply_token,omitempty"`
	Replying   int    `bson:"replying,omitempty"`
	// Single: the platform refused several together; one at a time tells which.
	Single bool `bson:"single,omitempty"`
	// RetryAt is when it is worth trying again. The lane is due earlier when
	// something else is posted to it.
	RetryAt *time.Time `bson:"retry_at,omitempty"`
	// Outcome is what became of it: the worst of its parcels'. ReportAt is when
	// to tell Outcomes (again); absent when that is done.
	Outcome   State      `bson:"outcome,omitempty"`
	Reason    string     `bson:"reason,omitempty"`
	ReportAt  *time.Time `bson:"report_at,omitempty"`
	CreatedAt time.Time  `bson:"created_at"`
	ExpiresAt time.Time  `bson:"expires_at"`

	alone bool // nothing else waits in its lane
}

var outboxItems = store.Declare[outboxItem](store.Schema{
	Name:           "outbox",
	KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"lane", "order"}, Sparse: true},
		{Fields: []string{"report_at"}, Across: true, Sparse: true},
	},
	ShardKey:  []string{"account", "_id"},
	ExpiresAt: "expires_at",
})

// keepOutbox is how long a key is remembered, so that the same key sends once.
const keepOutbox = 30 * 24 * time.Hour

// ErrNothingToSend is a Send without a message, a person or a key.
var ErrNothingToSend = fault.New(fault.Invalid, "nothing_to_send", "There is nothing to send.")

func outboxID(subscriber, key string) string { return subscriber + "#" + key }

// posting writes an item and puts its lane in line.
func (b *Bot) posting(item outboxItem, urgency urgency) []store.Operation {
	person := item.Person
	return []store.Operation{
		outboxItems.In(b.DB, person.Account).Inserting(item),
		lanes.In(b.DB, person.Account).Upserting(person.ID, store.Set("due_at", b.now()).
			Set("route", connectionID(person.Account, person.Channel)).Max("urgency", urgency).Inc("posted", 1)),
	}
}

// posted tells this node that something was posted.
func (b *Bot) posted(person message.Person, urgency urgency) {
	b.outbox.post(posting{connectionID(person.Account, person.Channel), urgency})
	b.nudge()
}

// urgencyOf is how soon an author's messages go.
func urgencyOf(by Author) urgency {
	if by == ByCampaign {
		return canWait
	}
	return soon
}

// Send delivers messages to a person outside a webhook: by the channel's send
// API in the background, or, on a channel of our own, at once. When it returns
// the messages are durable and will go out, in order, whatever crashes. The
// same key again sends nothing again.
func (b *Bot) Send(ctx context.Context, person message.Person, key string, out ...message.Outbound) error {
	return b.post(ctx, ByBot, "", person, key, out)
}

// SendAs is Send in another's name: a campaign's, a skill's.
func (b *Bot) SendAs(ctx context.Context, by Author, person message.Person, key string, out ...message.Outbound) error {
	return b.post(ctx, by, "", person, key, out)
}

// post is Send by an author.
func (b *Bot) post(ctx context.Context, by Author, member string, person message.Person, key string, out []message.Outbound) error {
	if len(out) == 0 || person.ID == "" || key == "" {
		return ErrNothingToSend
	}
	return b.exclusively(ctx, person.Account, person.ID, func(ctx context.Context, held hold) error {
		return b.postNow(ctx, held, by, member, person, key, out)
	})
}

// postNow writes down what is to be sent: first the key's own record, which
// fixes the instant and so the keys of all that follows; then the messages;
// last the lane, which starts the sending. The same key again goes the same
// way and so finishes what a crash left, or changes nothing.
func (b *Bot) postNow(ctx context.Context, held hold, by Author, member string, person message.Person, key string, out []message.Outbound) error {
	c, err := b.conversationOf(ctx, person)
	if err != nil {
		return err
	}
	c.Fence = held.fence
	immediate := isDirect(b.channels[person.Channel])
	item, err := outboxItems.In(b.DB, person.Account).Get(ctx, outboxID(person.ID, key))
	repeated := err == nil
	switch {
	case repeated && item.Lane == "" && !immediate:
		return nil // went out
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return err
	}
	at := c.nextAt(b.now())
	if repeated {
		at = item.CreatedAt
	}
	entries := outgoing(person, key, at, by, member, out)
	urgency := urgencyOf(by)
	operations, err := b.notifying(ctx, by, person)
	if err != nil {
		return err
	}
	operations = append(operations, b.postOperations(c, person, key, at, urgency, entries, immediate)...)
	if _, err := b.Log.Commit(ctx, operations, sentEvents(c, entries)...); onlyExpected(err, store.ErrDuplicate) != nil {
		return err
	}
	if repeated {
		return nil
	}
	if !immediate {
		b.posted(person, urgency)
	}
	if turn := turnOf(ctx, person.ID); turn != nil { // its record builds on this
		known := &turn.visit.conversation
		known.note(entries[len(entries)-1])
		known.isNew = false
	}
	return nil
}

func (b *Bot) postOperations(c Conversation, person message.Person, key string, at time.Time, urgency urgency, entries []Message, immediate bool) []store.Operation {
	parcels := make([]parcel, len(entries))
	var talk []store.Operation
	for i := range entries {
		if immediate {
			entries[i].State = Sent
		}
		parcels[i] = parcel{Out: *entries[i].Out, Message: entries[i].ID}
		talk = append(talk, messages.In(b.DB, person.Account).Inserting(entries[i]))
	}
	if c.LastAt.Before(at) {
		c.note(entries[len(entries)-1])
		talk = append(talk, b.noting(c))
	}
	if immediate {
		item := newItem(person, key, at, nil)
		return append([]store.Operation{outboxItems.In(b.DB, person.Account).Inserting(item)}, talk...)
	}
	item := newItem(person, key, at, parcels)
	item.By = entries[0].Author
	posting := b.posting(item, urgency)
	return slices.Concat(posting[:1], talk, posting[1:])
}

func newItem(person message.Person, key string, at time.Time, parcels []parcel) outboxItem {
	item := outboxItem{ID: outboxID(person.ID, key), Account: person.Account, Person: person, Parcels: parcels,
		Order: messageID("", at, key, 0), CreatedAt: at, ExpiresAt: at.Add(keepOutbox)}
	if len(parcels) > 0 {
		item.Lane = person.ID
	}
	return item
}

// sentEvents tell of messages to a person. A repetition tells of them again: a
// crash may have left them untold, and pages know messages by their keys.
func sentEvents(c Conversation, entries []Message) []live.Event {
	events := make([]live.Event, len(entries))
	for i, entry := range entries {
		events[i] = shown(c, entry)
	}
	return events
}

// conversationOf finds a person's conversation, or begins it: closed, because
// they have said nothing.
func (b *Bot) conversationOf(ctx context.Context, person message.Person) (Conversation, error) {
	c, err := conversations.In(b.DB, person.Account).Get(ctx, person.ID)
	if errors.Is(err, store.ErrNotFound) {
		return Conversation{ID: person.ID, Account: person.Account, Channel: person.Channel,
			Name: person.Name, Language: person.Language, State: Closed, isNew: true}, nil
	}
	return c, err
}

// noting writes what was said last.
func (b *Bot) noting(c Conversation) store.Operation {
	scope := conversations.In(b.DB, c.Account)
	if c.isNew {
		return scope.Inserting(c)
	}
	return scope.Updating(c.ID, store.Set("last", c.Last).Set("last_at", c.LastAt).Set("fence", c.Fence),
		c.fenced(b.shared)...)
}

// outgoing makes the entries of messages to a person.
func outgoing(person message.Person, key string, at time.Time, by Author, member string, out []message.Outbound) []Message {
	entries := make([]Message, len(out))
	for i, said := range out {
		said.Language = person.Language
		entries[i] = Message{
			ID: messageID(person.ID, at, outboxID(person.ID, key), i), Key: key,
			Account: person.Account, Conversation: person.ID, Direction: Out,
			Author: by, Member: member, At: at, Out: &said, State: Queued,
		}
	}
	return entries
}

// Delivery is one person's share of a bulk send.
type Delivery struct {
	Person message.Person
	Key    string
	Out    []message.Outbound
	// At is when the whole send was started: the same on every repetition,
	// because it is part of the messages' keys.
	At time.Time
}

// SendMany delivers to many people on a channel of our own, in as few trips to
// the store as it takes: see PrepareMany and Mailing.Send.
func (b *Bot) SendMany(ctx context.Context, deliveries []Delivery) error {
	mailing, err := b.PrepareMany(deliveries)
	if err == nil {
		_, err = mailing.Send(ctx)
	}
	return err
}

// Mailing is a bulk send that is encoded and has had no effect yet.
type Mailing struct {
	bot      *Bot
	people   []message.Person // of one account
	messages []store.Operation
	events   []live.Event
}

// PrepareMany makes a delivery to many people on a channel of our own ready to be
// sent.
//
// It leaves the conversations as they are: a promotion to a hundred thousand
// people is not a hundred thousand conversations in the inbox, and it would
// cost one more write with two index changes for each. A person's history has
// it, because history is read from the messages.
func (b *Bot) PrepareMany(deliveries []Delivery) (Mailing, error) {
	mailing := Mailing{bot: b, messages: make([]store.Operation, 0, len(deliveries)), events: make([]live.Event, 0, len(deliveries))}
	for _, d := range deliveries {
		if !isDirect(b.channels[d.Person.Channel]) {
			return Mailing{}, fmt.Errorf("bot: bulk send over channel %q: only a channel of our own takes it", d.Person.Channel)
		}
		at := d.At.UTC().Truncate(time.Millisecond)
		mailing.people = append(mailing.people, d.Person)
		scope := messages.In(b.DB, d.Person.Account)
		for _, entry := range outgoing(d.Person, d.Key, at, ByCampaign, "", d.Out) {
			entry.State = Sent
			mailing.messages = append(mailing.messages, scope.Inserting(entry))
			mailing.events = append(mailing.events, event(d.Person.Account, "message.sent",
				Shown{Message: entry, Conversation: d.Person.ID, Name: d.Person.Name}, ChatTopic(d.Person.ID)))
		}
	}
	return mailing, nil
}

// Send sends, in one trip with what the sender has to write about it, whose
// results it returns; on a shared store the messages come first. Sending the same
// again adds nothing, and may tell the same events again: pages know messages by
// their keys.
func (m Mailing) Send(ctx context.Context, about ...store.Operation) ([]store.Result, error) {
	b, also := m.bot, []store.Operation(nil)
	if !b.shared {
		also = about
	}
	notifying, err := b.notifying(ctx, ByCampaign, m.people...)
	if err != nil {
		return nil, err
	}
	together := slices.Concat(m.messages, also, notifying)
	results, err := b.Log.Commit(ctx, together, m.events...)
	if results == nil {
		return nil, err
	}
	for _, result := range results[:len(m.messages)] {
		if result.Err != nil && !errors.Is(result.Err, store.ErrDuplicate) {
			return nil, err
		}
	}
	if b.shared {
		return b.DB.Apply(ctx, about...)
	}
	return results[len(m.messages) : len(m.messages)+len(about)], nil
}
