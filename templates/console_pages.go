package templates

import (
	"time"

	"plaza/message"
	"plaza/money"
)

// SignIn asks for e-mail and password.
//
//	GET  /console/sign-in?next=
//	POST /console/sign-in         email, password, next
//	POST /console/language        language, next   (every page; also for signed-out visitors)
//	POST /console/sign-out
type SignIn struct {
	Base
	Email string
	Next  string // path to go on to
}

// OneTimeLink is where a one-time link leads. Opening it must not use it up
// (mail scanners open links), so the page posts it, by script or by hand.
//
//	GET  /console/link/{token}
//	POST /console/link/{token}    [name, password: where AskPassword]
type OneTimeLink struct {
	Base
	Token       string
	Purpose     string // "sign-in", "invite" or "reset"
	Email       string
	Name        string
	AskPassword bool // an invitation or a reset; no automatic post then
}

// ChooseAccount lists the accounts of a member.
//
//	GET /console
type ChooseAccount struct {
	Base
	Accounts []AccountLink
}

// NewAccount opens an account.
//
//	GET  /console/new
//	POST /console/new             name, slug, kind, language, zone, currency
type NewAccount struct {
	Base
	Name, Slug string
	Kinds      []Option // "merchant", "agency"
	Languages  []Option
	Zones      []Option
	Currencies []Option
}

// Overview is the first page of an account. Live topic: overview.
//
//	GET  /console/{slug}
//	POST /console/{slug}/steps/hide
//	POST /console/{slug}/sending/resume
type Overview struct {
	Base
	Tiles     []Tile
	Feed      []FeedEntry
	Steps     []Step // how to get started; none once done or hidden
	FollowURL string // what the account's QR code leads to: a /q/ or /chat/ URL
	ChatURL   string
	Sending   string // why sending is paused (a restored store); empty: it isn't
	Outages   []Outage
}

// Tile is a figure with its recent course.
type Tile struct {
	// Key is "subscribers", "messages", "conversations", "orders" or "revenue":
	// the texts page.tile.{key}.
	Key   string
	Value string  // ready to be shown: "1,204", "¥3,210.00"
	Note  string  // below it: "+12 today"; may be empty
	Trend []int64 // oldest first; fewer than two draw nothing
	URL   string
}

// FeedEntry is a line of what happened lately.
type FeedEntry struct {
	At   time.Time
	Icon string // name of an icon: "message", "follow", "order", "scan", "campaign", "pay"
	Text string
	URL  string
}

// Step of getting started.
type Step struct {
	Key  string // "profile", "scan", "rule", "product", "campaign", "channel": texts page.step.{key}
	Done bool
	URL  string
}

// Inbox is the list of conversations and, where one is open, its messages.
// Live topics: inbox.
//
//	GET  /console/{slug}/inbox?state=&cursor=
//	GET  /console/{slug}/inbox/c/{conversation}?before=
//	POST /console/{slug}/inbox/c/{conversation}/reply    text, key (repeat-safe)
//	POST .../take  .../return  .../close
//	POST /console/{slug}/subscribers/{subscriber}/tags   tags (comma-separated), next
//
// Ids in paths are path-escaped: a conversation's id holds colons.
type Inbox struct {
	Base
	Tabs          []Tab // open, mine, unread, closed
	Conversations []ConversationLine
	Pager         Pager
	Outages       []Outage
	Open          *Conversation // nil: none chosen
}

// ConversationLine is a conversation in the list.
type ConversationLine struct {
	ID, URL  string
	Name     string
	Picture  string // URL; empty: the initial
	Channel  string // "wechat", "webchat": texts page.channel.{name}
	Summary  string // of the last message
	At       time.Time
	Unread   int
	Handler  string // name of the agent who has it; empty: the bot
	Here     bool   // the open one
	FromThem bool   // the last message is theirs
}

// RequestRow is money that a person was asked for.
type RequestRow struct {
	What, State string
	Amount      money.Amount
	CancelPath  string // empty: it is over
}

// Conversation is an open conversation. POST {RequestPath}: key, amount, what.
type Conversation struct {
	RequestPath string // asks the person for money; empty: the account sells nothing
	Requests    []RequestRow
	ID          string
	Path        string // of its page; its actions are below it
	Topic       string // live: that the person writes, and the member to them
	State       string // "open" or "closed"
	Handler     string // name of the agent; empty: the bot
	Mine        bool   // the signed-in member is the agent
	Person      SubscriberCard
	// Messages, oldest first. Earlier is the URL of those before, or empty.
	Messages []ChatMessage
	Earlier  string
	// Key makes sending the reply twice harmless; a new one with each page.
	Key string
	// SendUntil is when the platform's reply window ends, and SendLeft how many
	// messages it has room for; zero: no limit, or none known.
	SendUntil time.Time
	SendLeft  int
	// Shut says that the window is closed: nothing can be written now.
	Shut bool
	// Channels are where an answer may go to, of a person who is on several; the
	// window is that of the chosen one.
	Channels []ReplyChannel
}

// ReplyChannel is one conversation of a person who is on several channels.
type ReplyChannel struct {
	ID, Channel string
	Name        string // of the person there; may be empty
	Path, Topic string // as in Conversation
	Chosen      bool
	Shut        bool // nothing can be written there now
}

// ChatMessage is a message as a bubble. Exactly one of In and Out is set.
type ChatMessage struct {
	ID     string
	At     time.Time
	In     *message.Inbound
	Out    *message.Outbound
	Author string // of Out: an agent's name, or empty for the bot
	// State of Out: "queued", "sending", "sent", "delivered", "read", "failed",
	// "uncertain": texts page.state.{state}.
	State  string
	Reason string // of a failure, as a sentence
	Seen   bool   // of In: the last that a member has seen; for the person's own page
	// InboundURL leads to the raw body of In, for those who may see it.
	InboundURL string
	// Channel that it went by, where those of several are shown together.
	Channel string
}

// SubscriberCard is who a subscriber is, at the side of a conversation.
type SubscriberCard struct {
	ID, URL    string
	Name       string
	Remark     string
	Picture    string
	Channel    string
	Language   string
	Followed   bool
	FollowedAt time.Time
	LastSeen   time.Time
	Scene      string // how they came: the label of a code
	Tags       []string
	Orders     []OrderLine // the latest few
	Linked     []LinkedPerson
}

// LinkedPerson is the same person on another channel.
type LinkedPerson struct {
	ID, Name, Channel    string
	URL, ConversationURL string
	Self                 bool // they linked themselves
	Since                time.Time
}

// Outage says why nothing goes out over a messenger.
//
//	POST /console/{slug}/settings/channels/{channel}/retry
type Outage struct {
	Text  string // since when, how many messages wait, when it is tried next
	Retry string // where trying at once is asked for; empty: that would not help
}

// Undelivered lists messages that failed or may not have arrived. Live topics:
// inbox.
//
//	GET  /console/{slug}/outbox?list=&cursor=
//	POST /console/{slug}/outbox/again   message
//	POST /console/{slug}/outbox/leave   message
type Undelivered struct {
	Base
	Tabs    []Tab  // uncertain, failed, decided
	List    string // the one that is shown
	Rows    []UndeliveredRow
	Pager   Pager
	Outages []Outage
}

// UndeliveredRow is a message that was not delivered, as far as is known.
type UndeliveredRow struct {
	ID       string // of the message
	At       time.Time
	Name     string // of the person
	URL      string // of their conversation
	Channel  string
	Summary  string
	Campaign bool   // it was a campaign's, not an answer
	State    string // "uncertain" or "failed"
	Reason   string // as a sentence
	Decision string // "sent_again" or "left"; empty: none yet
}

// InboundList shows the raw bodies that came in.
//
//	GET  /console/{slug}/inbound?cursor=
//	GET  /console/{slug}/inbound/{id}
//	POST /console/{slug}/inbound/{id}/replay
type InboundList struct {
	Base
	Rows  []InboundRow
	Pager Pager
	Shown *InboundRow // nil: none chosen
	Body  string      // raw, of Shown
	Parts [][2]string // name and value of what it was read as
	// Replay is what the bot would answer to Shown today, once it was asked.
	Replayed bool
	Replay   []ChatMessage
}

// InboundRow is a received call.
type InboundRow struct {
	ID, URL string
	At      time.Time
	Channel string
	Kind    string
	Name    string // of the sender
	Answer  string // "answered", "nothing" or "failed": texts page.state.{answer}
}

// Subscribers is the list of those who follow or followed.
//
//	GET  /console/{slug}/subscribers?q=&tag=&channel=&cursor=
//	GET  /console/{slug}/subscribers.csv?...
type Subscribers struct {
	Base
	Query    string
	Tags     []Option // with Hint: how many
	Channels []Option
	Total    int
	Rows     []SubscriberCard
	Pager    Pager
	Filtered bool
}

// Subscriber is one of them.
//
//	GET  /console/{slug}/subscribers/{id}
//	POST /console/{slug}/subscribers/{id}        remark, language, promotions, notices
//	POST /console/{slug}/subscribers/{id}/tags   tags, next
//	POST /console/{slug}/subscribers/{id}/grant  amount   (test money; where GrantAllowed)
type Subscriber struct {
	Base
	Person          SubscriberCard
	Remark          string
	Languages       []Option
	Promotions      bool // consent
	Notices         bool
	Attributes      [][2]string
	Balance         string // ready to be shown; empty: no wallet
	GrantAllowed    bool
	PIN             *SubscriberPIN // nil: none is set, and nothing is locked
	ConversationURL string
	KnownTags       []string
}
