package rest

import (
	"context"
	"encoding/base64"
	"time"

	"plaza/account"
	"plaza/bot"
	"plaza/message"
)

// Inbound is a received message by a key that fits into a path: its own may
// hold whatever a platform puts into the key of an event, slashes too.
type Inbound struct {
	ID           string       `json:"id"`
	Conversation string       `json:"conversation"`
	Kind         message.Kind `json:"kind"`
	Type         string       `json:"type,omitempty" doc:"The platform's own name of the type."`
	At           time.Time    `json:"at"`
	Answered     bool         `json:"answered"`
}

func viewInbound(received bot.Inbound) Inbound {
	return Inbound{ID: base64.RawURLEncoding.EncodeToString([]byte(received.ID)), Conversation: received.Conversation,
		Kind: received.Kind, Type: received.Type, At: received.At, Answered: received.Answered}
}

// OneInbound names one in a path.
type OneInbound struct {
	Inbound string `path:"inbound" maxLength:"800"`
}

func (in OneInbound) key() (string, error) {
	key, err := base64.RawURLEncoding.DecodeString(in.Inbound)
	if err != nil {
		return "", bot.ErrInboundGone.Because(err)
	}
	return string(key), nil
}

func (s *surface) listInbound(ctx context.Context, who account.Access, in *Paging) (page[Inbound], error) {
	received, next, err := s.Bot.Inbounds().List(ctx, who.Account, in.at(), in.Limit)
	views := make([]Inbound, len(received))
	for i, one := range received {
		views[i] = viewInbound(one)
	}
	return pageOf(views, next, err)
}

type rawInbound struct {
	Inbound
	Raw []byte `json:"raw" doc:"The body as it came, in base64: a platform may send any bytes."`
}

func (s *surface) getInbound(ctx context.Context, who account.Access, in *OneInbound) (rawInbound, error) {
	key, err := in.key()
	if err != nil {
		return rawInbound{}, err
	}
	received, raw, err := s.Bot.Inbounds().Raw(ctx, who.Account, key)
	return rawInbound{viewInbound(received), raw}, err
}

// rehearsal is what the bot would answer.
type rehearsal struct {
	Answer []message.Outbound `json:"answer" nullable:"false"`
}

func rehearsed(answer []message.Outbound, err error) (rehearsal, error) {
	if answer == nil {
		answer = []message.Outbound{}
	}
	return rehearsal{answer}, err
}

func (s *surface) replayInbound(ctx context.Context, who account.Access, in *OneInbound) (rehearsal, error) {
	key, err := in.key()
	if err != nil {
		return rehearsal{}, err
	}
	return rehearsed(s.Bot.Inbounds().Replay(ctx, who.Account, key))
}
