package rest

import (
	"context"
	"encoding/json"

	"plaza/account"
	"plaza/bot"
)

func (s *surface) listChannels(ctx context.Context, who account.Access, _ *none) (page[bot.Connection], error) {
	return all(s.Bot.Connections().List(ctx, who.Account))
}

// OneChannel names one in a path.
type OneChannel struct {
	Channel string `path:"channel" pattern:"^[a-z]{1,20}$"`
}

func (s *surface) getChannel(ctx context.Context, who account.Access, in *OneChannel) (bot.Connection, error) {
	return s.Bot.Connections().Get(ctx, who.Account, in.Channel)
}

type connectInput struct {
	OneChannel
	Body map[string]any `doc:"The messenger's own credentials, as its page in the docs names them. Kept encrypted and never shown again."`
}

// connectChannel replaces all that was there.
func (s *surface) connectChannel(ctx context.Context, who account.Access, in *connectInput) (bot.Connection, error) {
	encoded, err := json.Marshal(in.Body)
	if err != nil {
		return bot.Connection{}, err
	}
	return s.Bot.Connections().Save(ctx, who.Account, in.Channel, encoded)
}

func (s *surface) testChannel(ctx context.Context, who account.Access, in *OneChannel) (bot.Connection, error) {
	return s.Bot.Connections().Check(ctx, who.Account, in.Channel)
}

type enableInput struct {
	OneChannel
	Body struct {
		Enabled bool `json:"enabled"`
	}
}

func (s *surface) enableChannel(ctx context.Context, who account.Access, in *enableInput) error {
	return s.Bot.Connections().Enable(ctx, who.Account, in.Channel, in.Body.Enabled)
}

func (s *surface) disconnect(ctx context.Context, who account.Access, in *OneChannel) error {
	return s.Bot.Connections().Remove(ctx, who.Account, in.Channel)
}
