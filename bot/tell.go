package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"plaza/live"
)

// tell logs events. What they tell is durable already, so a failure here costs
// a page its freshness, not anybody their message.
func (b *Bot) tell(ctx context.Context, events ...live.Event) {
	if len(events) == 0 {
		return
	}
	if err := b.Log.Append(ctx, events...); err != nil {
		b.Logger.Error("events not logged", "account", events[0].Account, "error", err)
	}
}

// Shown is a message as events carry it.
type Shown struct {
	Message      Message `json:"message"`
	Conversation string  `json:"conversation"`
	Name         string  `json:"name,omitempty"`
}

func shown(c Conversation, m Message) live.Event {
	kind := "message.sent"
	if m.Direction == In {
		kind = "message.received"
	}
	m.Member = "" // the subscriber's page reads this too
	return event(c.Account, kind, Shown{Message: m, Conversation: c.ID, Name: c.Name}, "inbox", ChatTopic(c.ID))
}

// ChatTopic is the live topic of one subscriber's chat page.
func ChatTopic(subscriber string) string { return "chat:" + subscriber }

func event(account, kind string, data any, topics ...string) live.Event {
	encoded, err := json.Marshal(data)
	if err != nil { // only our own types come here
		panic(fmt.Errorf("bot: event %s: %w", kind, err))
	}
	return live.Event{Account: account, Kind: kind, Topics: topics, Data: encoded}
}

// Changed is a conversation's state as events carry it.
type Changed struct {
	ID     string            `json:"id"`
	State  ConversationState `json:"state"`
	Agent  string            `json:"agent,omitempty"`
	Unread int               `json:"unread"`
}

func changed(c Conversation) live.Event {
	return event(c.Account, "conversation.changed",
		Changed{ID: c.ID, State: c.State, Agent: c.Agent, Unread: c.Unread}, "inbox", "overview")
}

// Seen is how far members have seen what a person said, as events carry it.
type Seen struct {
	Conversation string    `json:"conversation"`
	At           time.Time `json:"at"`
}

func seen(c Conversation) live.Event {
	return event(c.Account, "conversation.seen", Seen{Conversation: c.ID, At: *c.SeenAt}, ChatTopic(c.ID))
}

// ConversationTopic is the live topic of one conversation, for members: what is
// true of it for a moment.
func ConversationTopic(conversation string) string { return "conversation:" + conversation }

// events tell what a message changed.
func (b *Bot) events(v *visit, before Conversation, entries []Message) []live.Event {
	var events []live.Event
	for _, entry := range entries {
		events = append(events, shown(v.conversation, entry))
	}
	after := v.conversation
	if before.isNew || before.State != after.State || before.Agent != after.Agent || before.Unread != after.Unread {
		events = append(events, changed(after))
	}
	person := map[string]string{"id": v.subscriber.ID, "name": v.subscriber.Name, "channel": v.subscriber.Channel}
	switch {
	case v.subscriber.Followed && !v.known.Followed:
		events = append(events, event(v.in.Account, "subscriber.followed", person, "overview"))
	case !v.subscriber.Followed && v.known.Followed:
		events = append(events, event(v.in.Account, "subscriber.unfollowed", person, "overview"))
	}
	if v.in.Scene != "" && !v.in.Passed {
		person["scene"] = v.in.Scene
		events = append(events, event(v.in.Account, "scan", person, "overview"))
	}
	return events
}
