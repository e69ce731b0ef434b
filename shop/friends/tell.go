package friends

import (
	"context"
	"encoding/json"

	"plaza/live"
)

// changed lets the pages of both sides follow, under any of their names. What it
// tells is durable already, so a failure costs a page its freshness alone.
func (s *Service) changed(ctx context.Context, asked Ask) {
	if err := s.tellPages(ctx, asked); err != nil {
		s.Logger.WarnContext(ctx, "friends: pages were not told", "ask", asked.Number, "error", err)
	}
}

func (s *Service) tellPages(ctx context.Context, asked Ask) error {
	var topics []string
	for _, side := range []string{asked.From.ID, asked.To.ID} {
		if side == "" { // whoever has the link
			continue
		}
		names, err := s.Identities.Linked(ctx, asked.Account, side)
		if err != nil {
			return err
		}
		for _, name := range names {
			topics = append(topics, "chat:"+name)
		}
	}
	data, err := json.Marshal(map[string]any{"id": asked.Number, "state": asked.State})
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, live.Event{Account: asked.Account, Topics: topics, Kind: "ask.changed", Data: data})
}
