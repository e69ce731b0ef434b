package bot

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/oklog/ulid/v2"

	"plaza/message"
	"plaza/store"
)

// Direction of a message, seen from the account.
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// Author says who wrote a message.
type Author string

// The authors.
const (
	BySubscriber Author = "subscriber"
	ByBot        Author = "bot"
	BySkill      Author = "skill"
	ByAgent      Author = "agent"
	ByCampaign   Author = "campaign"
	ByDeveloper  Author = "developer" // the account's own program
)

// State of an outbound message. It only moves forward, in the order of the
// first five; Failed and Uncertain are final.
type State string

// The states.
const (
	Queued    State = "queued"
	Sending   State = "sending"
	Sent      State = "sent"
	Delivered State = "delivered"
	Read      State = "read"
	Failed    State = "failed"
	// Uncertain: the platform may or may not have taken it, and repeating the
	// call might send it twice.
	Uncertain State = "uncertain"
)

// before lists the states from which a message may enter a state.
var before = map[State][]State{
	Sending:   {Queued},
	Sent:      {Queued, Sending},
	Delivered: {Queued, Sending, Sent},
	Read:      {Queued, Sending, Sent, Delivered},
	Failed:    {Queued, Sending, Sent},
	Uncertain: {Queued, Sending},
}

// Message is one entry of a conversation.
type Message struct {
	// ID is the conversation's id, "/", and a ULID: a conversation's history is
	// one range of keys, and needs no index.
	ID           string    `bson:"_id" json:"id"`
	Account      string    `bson:"account" json:"account"`
	Conversation string    `bson:"conversation" json:"conversation"`
	Direction    Direction `bson:"direction" json:"direction"`
	Author       Author    `bson:"author" json:"author"`
	Member       string    `bson:"member,omitempty" json:"member,omitempty"` // the agent
	At           time.Time `bson:"at" json:"at"`

	In  *message.Inbound  `bson:"in,omitempty" json:"in,omitempty"`
	Out *message.Outbound `bson:"out,omitempty" json:"out,omitempty"`
	// State and Reason (in words, when it failed) of an outbound message.
	State  State  `bson:"state,omitempty" json:"state,omitempty"`
	Reason string `bson:"reason,omitempty" json:"reason,omitempty"`
	// Key is the one it was sent under, for those who ask what became of it.
	Key string `bson:"key,omitempty" json:"-"`
	// Inbound is the key of the received message, where its raw body is kept.
	Inbound string `bson:"inbound,omitempty" json:"inbound,omitempty"`
}

var messages = store.Declare[Message](store.Schema{
	Name:           "messages",
	KeyedByAccount: true,
	ShardKey:       []string{"account", "_id"},
})

// messageID is the key of the index-th message that came of the cause named
// key. The same cause gives the same keys: doing it again adds nothing.
func messageID(conversation string, at time.Time, key string, index int) string {
	var id ulid.ULID
	// SetTime fails beyond the year 10889 only.
	_ = id.SetTime(uint64(at.UnixMilli()))
	digest := sha256.Sum256([]byte(key))
	copy(id[6:14], digest[:8])
	binary.BigEndian.PutUint16(id[14:], uint16(index))
	return conversation + "/" + id.String()
}

// platformKey is the part of a message's key that is handed to platforms.
func platformKey(messageID string) string {
	return messageID[len(messageID)-ulid.EncodedSize:]
}
