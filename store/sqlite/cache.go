package sqlite

import (
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// The cache keeps documents that were looked up lately, so that the hottest
// look-ups cost no SQL. Every write in the folder goes through one writer, which
// keeps the cache true:
//
//   - before it commits, it takes out what it is about to change, so that nobody
//     is shown the old when a query has shown them the new;
//   - while it commits, nothing is put in, because nobody can say whether what
//     they read was the old or the new;
//   - after it, and before the change is acknowledged, it puts the new in.
//
// What was read before a commit and comes after it is recognised by its ticket.
type cache struct {
	mu sync.Mutex
	// Documents move from old to young when they are used; when young is full it
	// becomes old, and what was old and unused is forgotten.
	young, old map[cacheKey]row
	bytes      int // of young
	committing bool
	ticket     uint64 // rises with every begin and end of a commit
}

type cacheKey struct{ table, id string }

// row is a document and the number of its row in the table. A nil document
// stands for none.
type row struct {
	n        int64
	document bson.Raw
}

const (
	// cacheBytes bounds the documents of either half.
	cacheBytes = 16 << 20
	// maxCached leaves out what would push out too many others: pictures.
	maxCached = 32 << 10
)

func newCache() *cache {
	return &cache{young: map[cacheKey]row{}, old: map[cacheKey]row{}}
}

// get finds a document, which nobody may change; or nil and the ticket to put
// it in with, once it was read.
func (c *cache) get(key cacheKey) (found row, ticket uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if found = c.young[key]; found.document != nil {
		return found, 0
	}
	if found = c.old[key]; found.document != nil {
		delete(c.old, key)
		c.keep(key, found)
	}
	return found, c.ticket
}

// put keeps a document that was read after the ticket was given, unless a
// commit has begun since.
func (c *cache) put(key cacheKey, read row, ticket uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.committing && ticket == c.ticket {
		c.keep(key, read)
	}
}

func (c *cache) keep(key cacheKey, kept row) {
	if len(kept.document) > maxCached {
		return
	}
	if c.bytes > cacheBytes {
		c.young, c.old, c.bytes = make(map[cacheKey]row, len(c.young)), c.young, 0
	}
	c.bytes += len(kept.document) + len(key.id)
	c.young[key] = kept
}

// begin is called before a commit with what it changes. It leaves in changes
// only what is worth keeping afterwards: what was in here and still exists.
func (c *cache) begin(changes map[cacheKey]row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committing = true
	c.ticket++
	for key, changed := range changes {
		if c.young[key].document == nil && c.old[key].document == nil || changed.document == nil {
			delete(changes, key)
		}
		delete(c.young, key)
		delete(c.old, key)
	}
}

// end is called after a commit with what begin has left; with nothing, if it
// failed.
func (c *cache) end(changes map[cacheKey]row) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.committing = false
	c.ticket++
	for key, changed := range changes {
		c.keep(key, changed)
	}
}
