package bot

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/store"
)

// The faults of the inbox.
var (
	ErrNoConversation = fault.New(fault.NotFound, "no_such_conversation", "There is no such conversation.")
	ErrTaken          = fault.New(fault.Conflict, "conversation_taken", "Somebody else has taken this conversation.")
	ErrNotYours       = fault.New(fault.Conflict, "conversation_not_yours", "Take the conversation over before you answer.")
	ErrNoteLength     = fault.New(fault.Invalid, "note_length", "A note has 1 to {0} characters.", maxNote)
)

const maxNote = 2000

// Inbox is where members read and answer conversations.
type Inbox struct{ bot *Bot }

// Inbox gives access to it.
func (b *Bot) Inbox() Inbox { return Inbox{b} }

// Filter selects conversations. The zero Filter is the open ones.
type Filter struct {
	State ConversationState // Open or Closed
	Agent string            // a member's, or Waiting; takes precedence over State
}

// List reads conversations, the newest first.
func (i Inbox) List(ctx context.Context, account string, filter Filter, after store.Cursor, limit int) ([]Conversation, store.Cursor, error) {
	where := store.Eq("state", Open)
	switch {
	case filter.Agent != "":
		where = store.Eq("agent", filter.Agent)
	case filter.State != "":
		where = store.Eq("state", filter.State)
	}
	return conversations.In(i.bot.DB, account).Find(ctx, store.Where(where).By("-last_at").Top(limit).From(after))
}

// CountOpen counts open conversations, up to limit.
func (i Inbox) CountOpen(ctx context.Context, account string, limit int) (int, error) {
	return conversations.In(i.bot.DB, account).Count(ctx, store.Where(store.Eq("state", Open)).By("-last_at"), limit)
}

// Get finds one conversation. Errors: ErrNoConversation.
func (i Inbox) Get(ctx context.Context, account, id string) (Conversation, error) {
	found, err := conversations.In(i.bot.DB, account).Get(ctx, id)
	return found, missing(err, ErrNoConversation)
}

// History reads a conversation's messages, the newest first.
func (i Inbox) History(ctx context.Context, account, conversation string, after store.Cursor, limit int) ([]Message, store.Cursor, error) {
	return i.bot.History(ctx, account, conversation, after, limit)
}

// History reads a subscriber's messages, the newest first.
func (b *Bot) History(ctx context.Context, account, subscriber string, after store.Cursor, limit int) ([]Message, store.Cursor, error) {
	return messages.In(b.DB, account).Find(ctx,
		store.Where(store.Prefix("_id", subscriber+"/")).By("-_id").Top(limit).From(after))
}

// Take gives a conversation to a member: the bot is silent from then on. Of
// several who try at once, one gets it; who has it already, keeps it.
// Errors: ErrTaken.
func (i Inbox) Take(ctx context.Context, account, conversation, member string) (Conversation, error) {
	return i.change(ctx, account, conversation, func(c *Conversation) error {
		if c.Agent != "" && c.Agent != Waiting && c.Agent != member {
			return ErrTaken
		}
		c.Agent, c.State, c.Flow = member, Open, nil
		return nil
	})
}

// HandOver passes a conversation to the members, unless one has it.
func (i Inbox) HandOver(ctx context.Context, account, conversation string) (Conversation, error) {
	return i.change(ctx, account, conversation, func(c *Conversation) error {
		if c.Agent == "" {
			c.Agent, c.State, c.Flow = Waiting, Open, nil
			c.Unread++
		}
		return nil
	})
}

// HandBack lets the bot answer again.
func (i Inbox) HandBack(ctx context.Context, account, conversation string) (Conversation, error) {
	return i.change(ctx, account, conversation, func(c *Conversation) error {
		c.Agent = ""
		return nil
	})
}

// Close ends a conversation; it opens again when the person writes, and the bot
// answers then.
func (i Inbox) Close(ctx context.Context, account, conversation string) (Conversation, error) {
	return i.change(ctx, account, conversation, func(c *Conversation) error {
		c.Agent, c.State, c.Flow, c.Unread = "", Closed, nil, 0
		return nil
	})
}

// MarkRead says that a member has seen everything, and tells the person's page.
func (i Inbox) MarkRead(ctx context.Context, account, conversation string) (Conversation, error) {
	return i.change(ctx, account, conversation, func(c *Conversation) error {
		c.Unread = 0
		if c.unseenSince() {
			c.SeenAt = c.LastInboundAt
		}
		return nil
	})
}

// change alters a conversation while no message of its person is handled.
func (i Inbox) change(ctx context.Context, account, id string, alter func(*Conversation) error) (Conversation, error) {
	b := i.bot
	var after Conversation
	err := b.exclusively(ctx, account, id, func(ctx context.Context, held hold) error {
		before, err := i.Get(ctx, account, id)
		if err != nil {
			return err
		}
		after = before
		after.Fence = held.fence
		if err := alter(&after); err != nil {
			return err
		}
		if same(before, after) {
			return nil
		}
		update := store.Set("state", after.State).Set("unread", after.Unread).Set("fence", after.Fence)
		if after.Agent != "" {
			update = update.Set("agent", after.Agent)
		} else {
			update = update.Unset("agent")
		}
		if after.Flow == nil {
			update = update.Unset("flow")
		}
		events := []live.Event{changed(after)}
		if after.SeenAt != before.SeenAt {
			update = update.Max("seen_at", *after.SeenAt)
			events = append(events, seen(after))
		}
		_, err = b.Log.Commit(ctx, []store.Operation{
			conversations.In(b.DB, account).Updating(id, update, after.fenced(b.shared)...)}, events...)
		return err
	})
	return after, err
}

func same(a, b Conversation) bool {
	return a.State == b.State && a.Agent == b.Agent && a.Unread == b.Unread && a.Flow == b.Flow && a.SeenAt == b.SeenAt
}

// Reply sends a member's own words. The member must have the conversation. key
// is the page's, so that a repeated click sends once. Errors: ErrNotYours, ErrWindowClosed.
func (i Inbox) Reply(ctx context.Context, account, conversation, member, key string, out ...message.Outbound) error {
	b := i.bot
	if len(out) == 0 || key == "" {
		return ErrNothingToSend
	}
	person, err := b.Subscribers().Get(ctx, account, conversation)
	if err != nil {
		return err
	}
	return b.exclusively(ctx, account, conversation, func(ctx context.Context, held hold) error {
		c, err := i.Get(ctx, account, conversation)
		if err != nil {
			return err
		}
		if c.Agent != member {
			return ErrNotYours
		}
		if c.Window != nil && !c.Window.Open(i.bot.now()) {
			return ErrWindowClosed
		}
		return b.postNow(ctx, held, ByAgent, member, person.Person(), "reply:"+key, out)
	})
}

// Note is a member's remark on a conversation, for colleagues only.
type Note struct {
	ID           string    `bson:"_id" json:"id"` // conversation + "/" + ULID
	Account      string    `bson:"account" json:"account"`
	Conversation string    `bson:"conversation" json:"conversation"`
	Member       string    `bson:"member" json:"member"`
	Text         string    `bson:"text" json:"text"`
	At           time.Time `bson:"at" json:"at"`
}

var notes = store.Declare[Note](store.Schema{Name: "notes", ShardKey: []string{"account", "_id"}})

// AddNote keeps a note.
func (i Inbox) AddNote(ctx context.Context, account, conversation, member, text string) (Note, error) {
	if n := utf8.RuneCountInString(text); n == 0 || n > maxNote || !utf8.ValidString(text) {
		return Note{}, ErrNoteLength.In("text")
	}
	if _, err := i.Get(ctx, account, conversation); err != nil {
		return Note{}, err
	}
	note := Note{ID: conversation + "/" + store.FreshID(ctx, "note"), Account: account, Conversation: conversation,
		Member: member, Text: text, At: i.bot.now()}
	scope := notes.In(i.bot.DB, account)
	_, err := i.bot.Log.Commit(ctx, []store.Operation{scope.Inserting(note)}, event(account, "conversation.noted", note, "inbox"))
	if errors.Is(err, store.ErrDuplicate) { // the request is a repetition
		return scope.Get(ctx, note.ID)
	}
	return note, err
}

// Notes reads the notes on a conversation, the newest first.
func (i Inbox) Notes(ctx context.Context, account, conversation string, after store.Cursor, limit int) ([]Note, store.Cursor, error) {
	return notes.In(i.bot.DB, account).Find(ctx,
		store.Where(store.Prefix("_id", conversation+"/")).By("-_id").Top(limit).From(after))
}

// RetryFailed lets a message that failed go out once more, under a new key,
// because a member asks for it.
func (i Inbox) RetryFailed(ctx context.Context, account, member, id string) error {
	failed, err := messages.In(i.bot.DB, account).Get(ctx, id)
	if err != nil {
		return missing(err, ErrNoConversation)
	}
	if failed.Out == nil || failed.State != Failed {
		return ErrNothingToSend
	}
	person, err := i.bot.Subscribers().Get(ctx, account, failed.Conversation)
	if err != nil {
		return err
	}
	if err := i.bot.post(ctx, ByAgent, member, person.Person(), againKey(id), []message.Outbound{*failed.Out}); err != nil {
		return err
	}
	noted, err := undelivered.In(i.bot.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) { // it failed after it was sent
		return nil
	}
	if err != nil {
		return err
	}
	return i.bot.Outbox().decide(ctx, noted, member, SentAgain)
}
