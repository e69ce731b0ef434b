// Package schedule reads cron expressions and says when they fire on the clock
// of a time zone, whatever that clock does in spring and autumn.
package schedule

import (
	"math/bits"
	"strings"
	"time"

	"github.com/robfig/cron/v3"

	"plaza/fault"
)

// MinInterval is the shortest time between two firings. A message more often
// than that is a mistake in the expression, not a campaign.
const MinInterval = time.Hour

// maxLength bounds an expression; five fields with lists fit easily.
const maxLength = 100

// The faults of expressions.
var (
	ErrExpression = fault.New(fault.Invalid, "bad_cron",
		"This schedule can't be read. It has five parts: minute, hour, day, month, weekday, such as 0 9 * * 1 for Mondays at nine.").In("cron")
	ErrTooOften = fault.New(fault.Invalid, "cron_too_often",
		"This schedule fires more than once an hour.").In("cron")
	ErrNever = fault.New(fault.Invalid, "cron_never",
		"This schedule never fires.").In("cron")
)

// starBit is how the cron library notes "*" beside the bits of the values.
const starBit = 1 << 63

// Cron is a parsed expression: five fields read on the wall clock, or a fixed
// interval ("@every 6h").
type Cron struct {
	fields *cron.SpecSchedule
	every  time.Duration
}

// Parse reads the standard five fields or a descriptor ("@daily", "@every 6h").
// The zone is the account's, so a zone inside the expression is refused.
// Errors: ErrExpression, ErrTooOften, ErrNever.
func Parse(expression string) (Cron, error) {
	expression = strings.TrimSpace(expression)
	if expression == "" || len(expression) > maxLength || strings.Contains(expression, "=") {
		return Cron{}, ErrExpression
	}
	parsed, err := cron.ParseStandard(expression)
	if err != nil {
		return Cron{}, ErrExpression.Because(err)
	}
	switch parsed := parsed.(type) {
	case cron.ConstantDelaySchedule:
		if parsed.Delay < MinInterval {
			return Cron{}, ErrTooOften
		}
		return Cron{every: parsed.Delay}, nil
	case *cron.SpecSchedule:
		// Two minutes of one hour are always less than an hour apart, and one
		// minute an hour never is: counting the minutes settles it.
		if bits.OnesCount64(parsed.Minute&^starBit) > 1 {
			return Cron{}, ErrTooOften
		}
		parsed.Location = time.UTC
		if parsed.Next(time.Unix(0, 0).UTC()).IsZero() { // any five years have every day
			return Cron{}, ErrNever
		}
		return Cron{fields: parsed}, nil
	}
	return Cron{}, ErrExpression
}

// Next is the first firing after an instant, zero if there is none within five
// years. Every reading of the wall clock fires at most once: one that the clock
// shows twice in autumn fires the first time, one that it leaps over in spring
// fires as much later as the clock leapt.
func (c Cron) Next(after time.Time, zone *time.Location) time.Time {
	if c.fields == nil {
		return after.UTC().Truncate(time.Second).Add(c.every)
	}
	// A reading before the present one may be an instant still to come, if the
	// clock leapt over it; no clock leaps further than this.
	wall := reading(after.In(zone)).Add(-3 * time.Hour)
	for {
		wall = c.fields.Next(wall)
		if wall.IsZero() {
			return time.Time{}
		}
		if at := instant(wall, zone); at.After(after) {
			return at
		}
	}
}

// Upcoming lists the next count firings.
func (c Cron) Upcoming(after time.Time, zone *time.Location, count int) []time.Time {
	var times []time.Time
	for range count {
		after = c.Next(after, zone)
		if after.IsZero() {
			break
		}
		times = append(times, after)
	}
	return times
}

// reading is what the clock shows, noted as if it were UTC.
func reading(local time.Time) time.Time {
	return time.Date(local.Year(), local.Month(), local.Day(),
		local.Hour(), local.Minute(), local.Second(), 0, time.UTC)
}

// instant is when the clock of a zone shows wall.
func instant(wall time.Time, zone *time.Location) time.Time {
	_, offset := wall.Add(-26 * time.Hour).In(zone).Zone()
	before := wall.Add(-time.Duration(offset) * time.Second)
	if reading(before.In(zone)).Equal(wall) {
		return before // also the first of two
	}
	after := time.Date(wall.Year(), wall.Month(), wall.Day(),
		wall.Hour(), wall.Minute(), wall.Second(), 0, zone)
	if reading(after).Equal(wall) {
		return after.UTC()
	}
	return before // leapt over: by the old clock
}
