package live

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"time"
)

// After a restart all browsers come back at once, and each wants its own few of
// the events that all have missed: they lie in the same segments. So what one of
// them has had read is kept, decoded, for the others, for a short while. Read and
// decoded for each, a thousand browsers and some thousand events took both
// processors for ten seconds and more, in which nothing else was served.
const (
	maxRecall  = 16 << 20 // bytes
	recallLife = 30 * time.Second
)

// recall is the pieces of logs that were read lately.
type recall struct {
	mu    sync.Mutex
	known map[string]*stretch // by account
	size  int                 // of all of them
	loads int                 // readings of the store so far
}

// stretch is a piece of an account's log without a hole. Segments never change.
type stretch struct {
	loading  sync.Mutex // held by whoever reads the store for all
	segments []segment
}

// reread is Read for one of many who go through the same piece of a log.
func (l *Log) reread(ctx context.Context, account string, since, through int64, topics []string, limit int) (Page, error) {
	if page, ok := l.recall.page(l.options.Now(), account, since, through, topics, limit); ok {
		return page, nil
	}
	stretch := l.recall.of(account)
	stretch.loading.Lock()
	defer stretch.loading.Unlock()
	if page, ok := l.recall.page(l.options.Now(), account, since, through, topics, limit); ok {
		return page, nil // somebody else has had it read meanwhile
	}
	found, _, err := segments.In(l.db, account).Find(ctx, segmentsAfter(account, since).Top(segmentPage))
	if err != nil {
		return Page{Through: since}, fmt.Errorf("live: read: %w", err)
	}
	if len(found) == 0 || found[0].First > since+1 {
		return Page{Through: since, Lost: true}, nil
	}
	found = unbroken(found)
	l.recall.keep(account, found)
	return pageOf(found, since, through, topics, limit), nil
}

// unbroken is what lies before the first hole: what another node has taken the
// numbers of, and is about to write, is not to be taken for nothing later.
func unbroken(found []segment) []segment {
	for i := 1; i < len(found); i++ {
		if found[i].First > found[i-1].Last+1 {
			return found[:i]
		}
	}
	return found
}

func (c *recall) of(account string) *stretch {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known == nil {
		c.known = make(map[string]*stretch)
		time.AfterFunc(recallLife, c.forget)
	}
	if c.known[account] == nil {
		c.known[account] = new(stretch)
	}
	return c.known[account]
}

func (c *recall) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.size = nil, 0
}

// page is what is known from since on, if anything is.
func (c *recall) page(now time.Time, account string, since, through int64, topics []string, limit int) (Page, bool) {
	c.mu.Lock()
	var known []segment
	if s := c.known[account]; s != nil {
		known = s.segments
	}
	c.mu.Unlock()
	at := sort.Search(len(known), func(i int) bool { return known[i].Last > since })
	if at == len(known) || known[at].First > since+1 || !now.Before(known[at].ExpiresAt) {
		return Page{}, false
	}
	return pageOf(known[at:], since, through, topics, limit), true
}

// keep adds what was read to the account's stretch, or begins another where a piece
// between them is missing.
func (c *recall) keep(account string, found []segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.loads++
	size := 0
	for _, s := range found {
		size += s.size()
	}
	if c.size += size; c.known == nil || c.size > maxRecall {
		c.known, c.size = map[string]*stretch{account: new(stretch)}, size
		time.AfterFunc(recallLife, c.forget)
	}
	s := c.known[account]
	if s == nil {
		s = new(stretch)
		c.known[account] = s
	}
	s.segments = joined(s.segments, found)
}

// joined puts two pieces together, in a new list: others may be reading the old
// one. Where a piece between them is missing, it is the second alone.
func joined(known, found []segment) []segment {
	first, last := found[0].First, found[len(found)-1].Last
	before := sort.Search(len(known), func(i int) bool { return known[i].Last >= first })
	after := sort.Search(len(known), func(i int) bool { return known[i].First > last })
	var all []segment
	if before > 0 && known[before-1].Last == first-1 {
		all = append(all, known[:before]...)
	}
	all = append(all, found...)
	if after < len(known) && known[after].First == last+1 {
		all = append(all, known[after:]...)
	}
	return all
}

// pageOf finds the events in segments that lie in order, of which the first holds
// the number behind since.
func pageOf(found []segment, since, through int64, topics []string, limit int) Page {
	page := Page{Through: since}
	for _, s := range found {
		for _, event := range s.Events {
			if event.Sequence <= since || event.Sequence > through || !shows(event, topics) {
				continue
			}
			page.Events = append(page.Events, event)
			if len(page.Events) == limit {
				page.Through = event.Sequence
				return page
			}
		}
		page.Through = min(s.Last, through)
		if page.Through == through {
			break
		}
	}
	return page
}
