package bot

import (
	"context"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// keepInbound is how long a received body can be looked at and replayed.
const keepInbound = 30 * 24 * time.Hour

// sealedInbound is the family that raw bodies are sealed under.
const sealedInbound = "inbound"

// Inbound is the record that a message was received: once, whatever the
// platform repeats.
type Inbound struct {
	// ID is account, channel, user and the platform's own key: message ids
	// repeat across users, and keys of events across accounts.
	ID           string       `bson:"_id" json:"id"`
	Account      string       `bson:"account" json:"account"`
	Conversation string       `bson:"conversation" json:"conversation"`
	Kind         message.Kind `bson:"kind" json:"kind"`
	Type         string       `bson:"type,omitempty" json:"type,omitempty"`
	// At orders the message in its conversation; fixed when it is first seen, so
	// that handling it again after a crash gives the same keys.
	At time.Time `bson:"at" json:"at"`
	// Raw is the body as it came, sealed.
	Raw []byte `bson:"raw,omitempty" json:"-"`
	// In is kept until the message is answered; afterwards the conversation has
	// it.
	In *message.Inbound `bson:"in,omitempty" json:"-"`
	// Before is how the conversation stood when handling began; kept as long.
	Before *standing `bson:"before,omitempty" json:"-"`

	// Answered: handled to the end. Answer are the keys of the answer's
	// messages, of which the first Passive went back in the webhook's response.
	Answered bool     `bson:"answered" json:"answered"`
	Answer   []string `bson:"answer,omitempty" json:"answer,omitempty"`
	Passive  int      `bson:"passive,omitempty" json:"-"`

	// After is what follows the answer; kept until it is done.
	After *aftermath `bson:"after,omitempty" json:"-"`

	// PendingAt is when somebody else may finish what was begun; absent when
	// there is nothing left to do.
	PendingAt *time.Time `bson:"pending_at,omitempty" json:"-"`
	ExpiresAt time.Time  `bson:"expires_at" json:"expires_at"`
}

// aftermath is what is to be done once a message is answered, on a store that
// others write to as well: there nothing spans two documents. The mark that the
// message is answered holds it, so that whoever finds the mark can finish.
type aftermath struct {
	Person  message.Person `bson:"person"`
	Parcels []parcel       `bson:"parcels,omitempty"` // what goes by the outbox
	Events  []live.Event   `bson:"events,omitempty"`
	// ReplyToken is that of the message, for the parcels.
	ReplyToken string `bson:"reply_token,omitempty"`
}

var inbounds = store.Declare[Inbound](store.Schema{
	Name:           "inbound",
	KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"-at"}},
		{Fields: []string{"pending_at"}, Across: true, Sparse: true},
	},
	ShardKey:  []string{"account", "_id"},
	ExpiresAt: "expires_at",
})

func inboundID(in message.Inbound) string { return in.SubscriberID() + ":" + in.Key }

// Answer is what a message is answered with.
type Answer struct {
	// Out goes back with the webhook's own response.
	Out []message.Outbound
	// Messages are the recorded messages behind the whole answer.
	Messages []Message
	// Received is the recorded message itself; empty for events that leave no
	// trace in the conversation.
	Received Message
	// Repeated: the platform sent the message before; this is the first answer.
	Repeated bool
	// Later: no answer yet, or it goes out by the outbox.
	Later bool

	// written marks what waited and went along with the response as sent; nil if
	// nothing did.
	written func(context.Context)
}
