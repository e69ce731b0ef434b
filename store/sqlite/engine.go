// Package sqlite is the embedded engine: documents in an SQLite file in the
// process itself, for one machine and for the first minute.
//
// A collection is a table of documents and, for each index, a table of keys
// whose byte order is MongoDB's order of values; a query is a stretch of such
// keys. One goroutine writes, and what many ask of it at the same time it
// commits together, so durability does not cost everybody a flush of the disk.
// Readers have connections of their own and see all that was acknowledged.
package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// FileName is the database file in the data folder.
const FileName = "plaza.db"

// Options of an engine; the zero value is ready to use.
type Options struct {
	// Now is the clock that expiry goes by. Default: time.Now.
	Now func() time.Time
	// SweepEvery is how often expired documents are removed. Default: 30 s.
	SweepEvery time.Duration
	// FoldEvery is how often the log is folded into the file. Default: 1 s.
	FoldEvery time.Duration
	// Unflushed commits are not flushed to the disk: they survive a killed process
	// and no power cut. For tests, most of whose time flushing would be.
	Unflushed bool
	// Logger hears of trouble in the background. Default: silence.
	Logger *slog.Logger
}

// Engine is a store.Engine on an SQLite file.
type Engine struct {
	file    string
	options Options
	lock    io.Closer

	cache       *cache
	collections atomic.Pointer[map[string]*collection]
	readers     chan *conn    // that are open and idle
	unopened    chan struct{} // one for each reader that may still be opened
	queue       chan *job
	commits     atomic.Uint64 // how many there were
	restart     atomic.Bool   // the writer is to begin the log anew
	stop        chan struct{}
	workers     sync.WaitGroup

	closing sync.RWMutex // held for reading while something is under way
	closed  bool
}

var _ store.Engine = (*Engine)(nil)

// Open opens or makes the database in a folder, for this process alone.
// Errors: ErrLocked when another process has it.
func Open(folder string, options Options) (*Engine, error) {
	if options.Now == nil {
		options.Now = time.Now
	}
	if options.SweepEvery == 0 {
		options.SweepEvery = 30 * time.Second
	}
	if options.FoldEvery == 0 {
		options.FoldEvery = time.Second
	}
	if options.Logger == nil {
		options.Logger = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	lock, err := lockFolder(folder)
	if err != nil {
		return nil, err
	}
	readers := max(4, 2*runtime.GOMAXPROCS(0))
	e := &Engine{
		file: filepath.Join(folder, FileName), options: options, lock: lock,
		readers:  make(chan *conn, readers),
		unopened: make(chan struct{}, readers),
		queue:    make(chan *job, maxGroup),
		stop:     make(chan struct{}),
		cache:    newCache(),
	}
	for range readers {
		e.unopened <- struct{}{}
	}
	e.collections.Store(&map[string]*collection{})
	if err := e.start(); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: %w", err), lock.Close())
	}
	return e, nil
}

// start opens the writer's connection and sets the goroutines going. Others are
// opened when they are needed: each reads all of the schema first.
func (e *Engine) start() error {
	// Made here so that its mode is ours; SQLite gives its other files the same.
	file, err := os.OpenFile(e.file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	writing, err := e.open(64 << 10)
	if err != nil {
		return err
	}
	e.workers.Go(func() { e.write(writing) })
	e.workers.Go(e.fold)
	e.workers.Go(e.sweep)
	return nil
}

// open makes a connection as the options have it.
func (e *Engine) open(cacheKiB int) (*conn, error) {
	c, err := open(e.file, cacheKiB)
	if err != nil || !e.options.Unflushed {
		return c, err
	}
	if _, err := c.exec("PRAGMA synchronous=OFF"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// Shared is false: the folder is locked.
func (e *Engine) Shared() bool { return false }

// Close ends what is under way and closes the file.
func (e *Engine) Close() error {
	e.closing.Lock()
	if e.closed {
		e.closing.Unlock()
		return nil
	}
	e.closed = true
	close(e.stop)
	close(e.queue)
	e.closing.Unlock()
	e.workers.Wait()
	return errors.Join(e.closeReaders(), e.lock.Close())
}

// closeReaders closes those that are open. Called when nothing is under way.
func (e *Engine) closeReaders() error {
	var failed []error
	for range cap(e.readers) {
		select {
		case reading := <-e.readers:
			failed = append(failed, reading.close())
		case <-e.unopened:
		}
	}
	return errors.Join(failed...)
}

// collection finds a prepared collection.
func (e *Engine) collection(schema *store.Schema) (*collection, error) {
	if found, ok := (*e.collections.Load())[schema.Name]; ok {
		return found, nil
	}
	return nil, fmt.Errorf("collection %q was not prepared: %w", schema.Name, store.ErrUndeclared)
}

// read lends a reading connection. A read is short, a page at most, so it is
// not cut off once begun.
func (e *Engine) read(ctx context.Context, use func(*conn) error) error {
	e.closing.RLock()
	defer e.closing.RUnlock()
	if err := e.usable(ctx); err != nil {
		return err
	}
	return e.lend(ctx, use)
}

// usable says why nothing can be done now, or nil. Called with closing held.
func (e *Engine) usable(ctx context.Context) error {
	if e.closed {
		return store.ErrClosed
	}
	return ctx.Err()
}

// lend is read for those who hold closing.
func (e *Engine) lend(ctx context.Context, use func(*conn) error) error {
	reading, err := e.reader(ctx)
	if err != nil {
		return err
	}
	defer func() { e.readers <- reading }()
	return use(reading)
}

// reader takes an idle connection; if there is none, it opens one of those that
// may still be opened, or waits.
func (e *Engine) reader(ctx context.Context) (*conn, error) {
	select {
	case reading := <-e.readers:
		return reading, nil
	default:
	}
	select {
	case reading := <-e.readers:
		return reading, nil
	case <-e.unopened:
		reading, err := e.open(16 << 10)
		if err != nil {
			e.unopened <- struct{}{}
		}
		return reading, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Get finds one document by its key.
func (e *Engine) Get(ctx context.Context, schema *store.Schema, scope store.Scope, id string) (bson.Raw, error) {
	found, err := e.GetMany(ctx, schema, scope, []string{id})
	if err == nil && len(found) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return found[0], nil
}

// GetMany finds those that exist, in the order of ids.
func (e *Engine) GetMany(ctx context.Context, schema *store.Schema, scope store.Scope, ids []string) ([]bson.Raw, error) {
	c, err := e.collection(schema)
	if err != nil {
		return nil, err
	}
	documents, err := e.documents(ctx, c, ids)
	if err != nil {
		return nil, err
	}
	var found []bson.Raw
	for _, document := range documents {
		if document != nil && schema.Reaches(scope, document) {
			found = append(found, document)
		}
	}
	return found, nil
}

// documents finds a document, or nil, for each id: in the cache, else by SQL.
func (e *Engine) documents(ctx context.Context, c *collection, ids []string) ([]bson.Raw, error) {
	e.closing.RLock()
	defer e.closing.RUnlock()
	if err := e.usable(ctx); err != nil {
		return nil, err
	}
	documents := make([]bson.Raw, len(ids))
	tickets := make([]uint64, len(ids))
	known := 0
	for i, id := range ids {
		kept, ticket := e.cache.get(cacheKey{c.table, id})
		if documents[i], tickets[i] = kept.document, ticket; documents[i] != nil {
			known++
		}
	}
	if known == len(ids) {
		return documents, nil
	}
	err := e.lend(ctx, func(reading *conn) (err error) {
		for i, id := range ids {
			if documents[i] != nil {
				continue
			}
			var read row
			if read.n, read.document, err = reading.get(c, id); err != nil {
				return err
			}
			if documents[i] = read.document; read.document != nil {
				e.cache.put(cacheKey{c.table, id}, read, tickets[i])
			}
		}
		return nil
	})
	return documents, err
}

// get finds a document and its row by the key; a nil document is none.
func (c *conn) get(from *collection, id string) (n int64, document bson.Raw, err error) {
	err = c.query(from.byID, func(row []driver.Value) (bool, error) {
		n, document = row[0].(int64), row[1].([]byte)
		return true, nil
	}, id)
	return n, document, err
}

// Find reads one page.
func (e *Engine) Find(ctx context.Context, plan *store.Plan) ([]bson.Raw, error) {
	c, err := e.collection(plan.Schema)
	if err != nil {
		return nil, err
	}
	s, err := c.selects(plan)
	if err != nil {
		return nil, err
	}
	var found []bson.Raw
	err = e.read(ctx, func(reading *conn) error {
		return reading.documents(s, plan.Limit, func(_ int64, document bson.Raw) (bool, error) {
			found = append(found, document)
			return true, nil
		})
	})
	return found, err
}

// Count counts what a plan selects, up to its limit.
func (e *Engine) Count(ctx context.Context, plan *store.Plan) (int, error) {
	c, err := e.collection(plan.Schema)
	if err != nil {
		return 0, err
	}
	s, err := c.selects(plan)
	if err != nil || s.none {
		return 0, err
	}
	var count int64
	err = e.read(ctx, func(reading *conn) error {
		sql := "SELECT count(*) FROM (SELECT 1" + s.from + " LIMIT ?)"
		return reading.query(sql, func(row []driver.Value) (bool, error) {
			count = row[0].(int64)
			return true, nil
		}, append(s.args, int64(plan.Limit))...)
	})
	return int(count), err
}
