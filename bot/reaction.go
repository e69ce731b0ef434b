package bot

import (
	"context"

	"plaza/message"
	"plaza/store"
)

// What a platform's answer means for the route: these change what the
// dispatcher knows and write down what the next node and the pages have to know.

// react takes in how a call ended; nil: well.
func (b *Bot) react(ctx context.Context, j *job, failure *message.SendError) {
	switch {
	case failure == nil:
		b.answered(ctx, j)
	case failure.Class == message.Refused:
		b.rejected(ctx, j, failure)
	case waits(failure):
		b.answered(ctx, j)
		b.throttled(ctx, j, failure)
	case failure.Class == message.RetryLater, failure.Class == message.Uncertain:
		b.unreached(ctx, j, failure)
	default:
		b.answered(ctx, j)
	}
}

// waits says whether a failure holds up the whole route, and so is nothing that
// the message has to answer for.
func waits(failure *message.SendError) bool {
	return failure.Class == message.Refused || failure.Class == message.RetryLater && failure.RetryAfter > 0
}

// answered notes that the platform has answered: what it said about the message
// is another matter.
func (b *Bot) answered(ctx context.Context, j *job) {
	d, r := b.outbox, j.route
	d.mu.Lock()
	ended := r.circuit.outage
	r.circuit.answered()
	if health := d.healthOf(r.channel); health.isDown() {
		d.hasten(r.channel)
	}
	d.healthOf(r.channel).answered()
	standing := r.standing()
	d.mu.Unlock()
	if ended == nil {
		return
	}
	if ended.Cause == Rejected {
		_ = b.note(ctx, r.account, r.channel,
			store.Set("state", Working).Unset("last_error", "last_fault", "last_args", "rejected"))
	}
	b.remember(ctx, r, standing, routeEvent(r.account, r.channel))
}

// hasten has all routes of a channel tried at once: the platform is back.
func (d *dispatcher) hasten(channel string) {
	for _, r := range d.routes {
		if r.channel == channel && r.circuit.outage != nil && r.circuit.outage.Cause == Unreachable {
			hastened := *r.circuit.outage
			hastened.NextTry = hastened.Since
			r.circuit.outage = &hastened
		}
	}
}

// throttled notes that the platform asks the account to wait.
func (b *Bot) throttled(ctx context.Context, j *job, failure *message.SendError) {
	d := b.outbox
	d.mu.Lock()
	j.route.limiter.throttled(b.now(), failure.RetryAfter)
	standing := j.route.standing()
	d.mu.Unlock()
	b.remember(ctx, j.route, standing)
}

// unreached notes that the platform could not be reached or had a failure of its
// own.
func (b *Bot) unreached(ctx context.Context, j *job, failure *message.SendError) {
	d, r := b.outbox, j.route
	d.mu.Lock()
	changed := r.circuit.failed(b.now(), failure.Text, j.trial)
	if changed {
		d.healthOf(r.channel).opened(r.id, failure.Text)
	}
	standing := r.standing()
	d.mu.Unlock()
	if changed {
		b.remember(ctx, r, standing, routeEvent(r.account, r.channel))
	}
}

// rejected notes that the platform does not take the account's credentials.
func (b *Bot) rejected(ctx context.Context, j *job, failure *message.SendError) {
	d, r := b.outbox, j.route
	d.mu.Lock()
	changed := r.circuit.rejected(b.now(), failure.Text, j.trial)
	standing := r.standing()
	d.mu.Unlock()
	if changed {
		_ = b.note(ctx, r.account, r.channel, broken(failure).Set("rejected", true))
		b.remember(ctx, r, standing, routeEvent(r.account, r.channel))
	}
}
