package risk

import (
	"context"
	"encoding/json"

	"plaza/live"
)

// Topic is what members follow to see what waits for them.
const Topic = "risk"

// Log is told what happens.
type Log interface {
	Append(ctx context.Context, events ...live.Event) error
}

// tell lets the pages that show the queue follow. Lists are read from the
// store, so a lost event costs a reload, no more.
func (s *Service) tell(ctx context.Context, kind string, of Assessment) {
	data, err := json.Marshal(map[string]any{"id": of.Key(), "kind": of.Kind, "amount": of.Amount, "score": of.Score, "review": of.Review})
	if err == nil {
		err = s.Log.Append(ctx, live.Event{Account: of.Account, Topics: []string{Topic}, Kind: kind, Data: data})
	}
	if err != nil {
		s.Logger.WarnContext(ctx, "risk: pages were not told", "account", of.Account, "attempt", of.Key(), "error", err)
	}
}
