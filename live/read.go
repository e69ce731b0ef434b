package live

import (
	"context"
	"fmt"
	"slices"
)

// Page is what one Read found.
type Page struct {
	// Events of the topics asked for, in order.
	Events []Event
	// Through is how far the log was looked through: continue from there. It
	// reaches the last number asked for when there is nothing more.
	Through int64
	// Lost tells that events after since are no longer kept.
	Lost bool
}

// segmentPage is how many segments one Read looks through.
const segmentPage = 64

// Read finds events of an account that are numbered above since and up to
// through and belong to one of topics (all of them if there are none). It
// looks through a bounded piece of the log and stops after limit events: go on
// from Page.Through until it reaches through.
//
// Where other nodes write too, the highest numbers may not be written yet:
// read up to what a Watch has reached.
func (l *Log) Read(ctx context.Context, account string, since, through int64, topics []string, limit int) (Page, error) {
	if since >= through {
		return Page{Through: since}, nil
	}
	found, next, err := segments.In(l.db, account).
		Find(ctx, segmentsAfter(account, since).Top(segmentPage))
	if err != nil {
		return Page{Through: since}, fmt.Errorf("live: read: %w", err)
	}
	page := pageOf(found, since, through, topics, limit)
	// What is missing at the very start is what retention has removed.
	page.Lost = len(found) == 0 || found[0].First > since+1
	if next == "" && len(page.Events) < limit {
		page.Through = through
	}
	return page, nil
}

// shows says whether event belongs to one of topics.
func shows(event Event, topics []string) bool {
	return len(topics) == 0 || slices.ContainsFunc(event.Topics, func(topic string) bool {
		return slices.Contains(topics, topic)
	})
}

// Head is the last number given out in an account: no event has a higher one.
func (l *Log) Head(ctx context.Context, account string) (int64, error) {
	return l.lastNumber(ctx, account)
}
