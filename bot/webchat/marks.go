package webchat

import (
	"context"
	"errors"
	"strings"
	"time"

	"plaza/bot"
	"plaza/live"
	"plaza/message"
)

// Mark says that the page has got the account's messages (bot.Delivered) or that
// the person has seen them (bot.Read), up to the one with the id last. Others'
// messages are refused: ErrVisitor.
func (s *Service) Mark(ctx context.Context, visitor Visitor, state bot.State, last string) error {
	if state != bot.Delivered && state != bot.Read {
		return ErrEmpty.In("state")
	}
	if !strings.HasPrefix(last, visitor.Person().ID+"/") {
		return ErrVisitor
	}
	return s.bot.Reached(ctx, visitor.Account, visitor.Person().ID, state, last)
}

// SeenAt is up to when the account's members have seen what the visitor said;
// zero if nothing.
func (s *Service) SeenAt(ctx context.Context, visitor Visitor) (time.Time, error) {
	found, err := s.bot.Inbox().Get(ctx, visitor.Account, visitor.Person().ID)
	if errors.Is(err, bot.ErrNoConversation) || err == nil && found.SeenAt == nil {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	return *found.SeenAt, nil
}

// Typing shows the members who have the visitor's conversation open that the
// visitor writes.
func (s *Service) Typing(ctx context.Context, visitor Visitor) error {
	return s.signals.Signal(ctx, live.Signal{Account: visitor.Account,
		Topics: []string{bot.ConversationTopic(visitor.Person().ID)}, Kind: string(message.TypingOn)})
}
