package bot

import (
	"time"

	"plaza/message"
	"plaza/store"
)

// ConversationState says whether a conversation is in the inbox.
type ConversationState string

// The states.
const (
	Open   ConversationState = "open"
	Closed ConversationState = "closed"
)

// Waiting stands for the agent of a conversation that was handed over and that
// no agent has taken yet.
const Waiting = "waiting"

// Conversation is all talk with one subscriber. There is one each, because its
// key is the subscriber's.
type Conversation struct {
	ID       string `bson:"_id" json:"id"` // the subscriber's
	Account  string `bson:"account" json:"account"`
	Channel  string `bson:"channel" json:"channel"`
	Name     string `bson:"name,omitempty" json:"name,omitempty"`
	Language string `bson:"language,omitempty" json:"language,omitempty"`

	State ConversationState `bson:"state" json:"state"`
	// Agent is the member who answers by hand, or Waiting; empty: the bot does.
	Agent string `bson:"agent,omitempty" json:"agent,omitempty"`
	// Unread counts messages that nobody has seen or answered.
	Unread int  `bson:"unread" json:"unread"`
	Last   Last `bson:"last" json:"last"`
	// LastAt also orders the messages: each is later than the one before.
	LastAt time.Time `bson:"last_at" json:"last_at"`
	// LastInboundAt opens the window in which a platform lets us write.
	LastInboundAt *time.Time `bson:"last_inbound_at,omitempty" json:"last_inbound_at,omitempty"`
	// SeenAt: a member has seen what the person said up to here, if anything.
	SeenAt *time.Time `bson:"seen_at,omitempty" json:"seen_at,omitempty"`
	// Window is what is left of it on a channel with such a limit; absent where
	// nothing is known.
	Window *Window `bson:"window,omitempty" json:"window,omitempty"`
	// Flow is the dialogue under way.
	Flow *FlowState `bson:"flow,omitempty" json:"-"`

	// Fence is that of the lease under which it was last changed. See lease.go.
	Fence int64 `bson:"fence" json:"-"`

	isNew bool // not in the store yet
}

// Unseen says whether the person has said something that no member has seen,
// answered or not.
func (c Conversation) Unseen() bool {
	return c.Unread > 0 || c.unseenSince()
}

func (c Conversation) unseenSince() bool {
	return c.LastInboundAt != nil && (c.SeenAt == nil || c.SeenAt.Before(*c.LastInboundAt))
}

// Last is the line shown in a list of conversations.
type Last struct {
	Summary   string    `bson:"summary" json:"summary"`
	Direction Direction `bson:"direction" json:"direction"`
	Author    Author    `bson:"author" json:"author"`
}

var conversations = store.Declare[Conversation](store.Schema{
	Name:           "conversations",
	KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"state", "-last_at"}},
		{Fields: []string{"agent", "-last_at"}, Sparse: true},
		{Fields: []string{"window.until"}, Sparse: true},
	},
	ShardKey: []string{"account", "_id"},
})

// newConversation begins a conversation: closed, because nobody has said
// anything yet.
func newConversation(subscriber Subscriber) Conversation {
	return Conversation{ID: subscriber.ID, Account: subscriber.Account, Channel: subscriber.Channel,
		Name: subscriber.Name, Language: subscriber.Language, State: Closed, isNew: true}
}

// standing is what of a conversation decides about an answer and is changed by
// it.
type standing struct {
	Agent  string     `bson:"agent,omitempty"`
	Unread int        `bson:"unread"`
	Flow   *FlowState `bson:"flow,omitempty"`
}

func (c Conversation) standing() *standing {
	return &standing{Agent: c.Agent, Unread: c.Unread, Flow: c.Flow}
}

// undo takes back what a message has changed whose handling was broken off
// behind that change, so that handling it again decides the same: a flow, say,
// takes its answer once. What a member has changed meanwhile stays.
func (c *Conversation) undo(record Inbound) {
	changed := c.LastInboundAt != nil && c.LastInboundAt.Equal(record.At)
	if !changed || record.Before == nil || (c.Agent != "" && c.Agent != Waiting) {
		return
	}
	c.Agent, c.Unread, c.Flow = record.Before.Agent, record.Before.Unread, record.Before.Flow
}

// nextAt is the instant of the next message: now, but later than the one before
// it, so that messages sort as they were handled.
func (c Conversation) nextAt(now time.Time) time.Time {
	if next := c.LastAt.Add(time.Millisecond); now.Before(next) {
		return next.UTC()
	}
	return now
}

// note shows a message as the last one, unless a later one is there already.
func (c *Conversation) note(entry Message) {
	if entry.At.Before(c.LastAt) {
		return
	}
	c.LastAt = entry.At
	c.Last = Last{Summary: entry.summary(), Direction: entry.Direction, Author: entry.Author}
}

// summary is the line shown in a list of conversations, of bounded length.
func (m Message) summary() string {
	switch {
	case m.In != nil:
		return truncate(m.In.Summary(), 120)
	case m.Out != nil:
		return truncate(m.Out.Summary(), 120)
	}
	return ""
}

// isContent says whether somebody said something, as opposed to an event.
func isContent(kind message.Kind) bool {
	switch kind {
	case message.TextIn, message.ImageIn, message.VoiceIn, message.VideoIn,
		message.LocationIn, message.LinkIn, message.FileIn, message.Unknown:
		return true
	}
	return false
}
