package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"plaza/live"
)

// A shutdown ends within shutdownLimit, whatever hangs: whoever runs the program
// kills it a little later anyway (compose.yaml grants 30 s), and what was not
// finished is finished at the next start. Each step has its share, counted from
// the beginning, so that a slow one does not take the next one's.
const (
	shutdownLimit = 25 * time.Second
	// pagesShare lets open pages hear when to come back, spread over 5 s.
	pagesShare = 8 * time.Second
	// requestsShare lets requests under way be answered.
	requestsShare = 14 * time.Second
	// workersShare lets workers end their step: one call of a platform, say.
	workersShare = 21 * time.Second
)

// errSlowShutdown says that something was left for the next start.
var errSlowShutdown = errors.New("shutdown: time is up, the rest is finished at the next start")

// step is a part of a shutdown, and how long after the beginning it has to end.
type step struct {
	share time.Duration
	do    func(context.Context) error
}

// shutDown stops what runs, from the outside to the inside.
func (p *program) shutDown(ctx context.Context, server *http.Server, hub *live.Hub, stop func(context.Context) error) error {
	return inTurn(ctx, step{pagesShare, hub.Close}, step{requestsShare, server.Shutdown}, step{workersShare, stop},
		step{shutdownLimit, func(context.Context) error { return p.close() }})
}

// inTurn does one step after the other, and leaves those that hang behind when
// the time is up.
func inTurn(ctx context.Context, steps ...step) error {
	began, done := time.Now(), make(chan error, 1)
	go func() {
		var failed []error
		for _, next := range steps {
			ctx, cancel := context.WithDeadline(ctx, began.Add(next.share))
			failed = append(failed, next.do(ctx))
			cancel()
		}
		done <- errors.Join(failed...)
	}()
	select {
	case err := <-done:
		return err
	case <-time.After(shutdownLimit):
		return errSlowShutdown
	}
}
