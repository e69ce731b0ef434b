package bot

import (
	"context"
	"errors"

	"plaza/message"
	"plaza/store"
)

// unsaying takes what a person said and took back out of their conversation and
// out of the record of what came. That something was there stays.
func (b *Bot) unsaying(ctx context.Context, v *visit) ([]store.Operation, error) {
	if v.in.Kind != message.Unsend {
		return nil, nil
	}
	said := v.in
	said.Key = v.in.Payload
	records := inbounds.In(b.DB, v.in.Account)
	record, err := records.Get(ctx, inboundID(said))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	operations := []store.Operation{records.Updating(record.ID, store.Unset("raw"))}
	talk := messages.In(b.DB, v.in.Account)
	entry, err := talk.Get(ctx, messageID(record.Conversation, record.At, record.ID, 0))
	if errors.Is(err, store.ErrNotFound) {
		return operations, nil
	}
	if err != nil || entry.In == nil {
		return operations, err
	}
	empty := message.Inbound{Account: v.in.Account, Channel: v.in.Channel, User: v.in.User, Key: said.Key,
		Kind: message.Unsend, At: entry.In.At, Type: entry.In.Type}
	operations = append(operations, talk.Updating(entry.ID, store.Set("in", empty)))
	if last := v.conversation.Last; last.Direction == In && last.Summary == (Message{In: entry.In}).summary() {
		operations = append(operations, conversations.In(b.DB, v.in.Account).Updating(v.conversation.ID,
			store.Set("last.summary", empty.Summary())))
	}
	return operations, nil
}
