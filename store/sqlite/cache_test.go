package sqlite

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

type tally struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
	Count   int64  `bson:"count"`
}

var tallies = store.Declare[tally](store.Schema{Name: "tallies", Indexes: []store.Index{{Fields: []string{"-count"}}}})

func openTallies(t *testing.T) (*Engine, store.Scoped[tally]) {
	t.Helper()
	engine, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	db := store.New(engine)
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Prepare(t.Context(), tallies.Schema()); err != nil {
		t.Fatal(err)
	}
	scoped := tallies.In(db, "acme")
	if err := scoped.Insert(t.Context(), tally{ID: "one", Account: "acme"}); err != nil {
		t.Fatal(err)
	}
	return engine, scoped
}

// Whoever looks a document up sees every change that was acknowledged before,
// never an older state than before, and never an older one than a query showed.
func TestLookUpsNeverGoBack(t *testing.T) {
	t.Parallel()
	_, scoped := openTallies(t)
	var acknowledged atomic.Int64
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	for range 4 {
		writing.Go(func() {
			for range 100 {
				after, err := scoped.UpdateAndGet(t.Context(), "one", store.Inc("count", 1))
				if err != nil {
					t.Error(err)
					return
				}
				for seen := acknowledged.Load(); seen < after.Count && !acknowledged.CompareAndSwap(seen, after.Count); {
					seen = acknowledged.Load()
				}
			}
		})
	}
	for range 8 {
		reading.Go(func() {
			for least := int64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				queried, err := scoped.First(t.Context(), store.Query{}.By("-count"))
				if err != nil {
					t.Error(err)
					return
				}
				least = max(least, queried.Count, acknowledged.Load())
				found, err := scoped.Get(t.Context(), "one")
				if err != nil || found.Count < least {
					t.Errorf("looked up %d after %d was known, %v", found.Count, least, err)
					return
				}
				least = found.Count
			}
		})
	}
	writing.Wait()
	close(done)
	reading.Wait()
	if found, err := scoped.Get(t.Context(), "one"); err != nil || found.Count != 400 {
		t.Errorf("at last %d, %v; want 400", found.Count, err)
	}
}

func TestDeletedDocumentsAreNotShownAgain(t *testing.T) {
	t.Parallel()
	_, scoped := openTallies(t)
	if _, err := scoped.Get(t.Context(), "one"); err != nil { // now it is kept
		t.Fatal(err)
	}
	if err := scoped.Delete(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	if found, err := scoped.GetMany(t.Context(), "one"); err != nil || len(found) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

// A look-up from the cache asks for the account like any other.
func TestKeptDocumentsStayInTheirAccount(t *testing.T) {
	t.Parallel()
	engine, scoped := openTallies(t)
	if _, err := scoped.Get(t.Context(), "one"); err != nil {
		t.Fatal(err)
	}
	found, err := engine.GetMany(t.Context(), tallies.Schema(), store.Scope{Account: "other"}, []string{"one"})
	if err != nil || len(found) != 0 {
		t.Errorf("another account found %v, %v", found, err)
	}
}

func document(t *testing.T, n int) bson.Raw {
	t.Helper()
	raw, err := bson.Marshal(bson.D{{Key: "n", Value: n}})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What was read before a commit may be old by the time it is put in.
func TestWhatWasReadBeforeACommitIsNotKept(t *testing.T) {
	t.Parallel()
	key := cacheKey{"t", "one"}
	for name, meanwhile := range map[string]func(*cache){
		"begun":         func(c *cache) { c.begin(map[cacheKey]row{}) },
		"begun, ended":  func(c *cache) { c.begin(map[cacheKey]row{}); c.end(nil) },
		"several ended": func(c *cache) { c.begin(nil); c.end(nil); c.begin(nil); c.end(nil) },
	} {
		c := newCache()
		_, ticket := c.get(key)
		meanwhile(c)
		c.put(key, row{1, document(t, 1)}, ticket)
		if found, _ := c.get(key); found.document != nil {
			t.Errorf("%s: kept what was read before", name)
		}
	}
	c := newCache()
	c.begin(nil)
	_, ticket := c.get(key)
	c.put(key, row{1, document(t, 1)}, ticket)
	c.end(nil)
	if found, _ := c.get(key); found.document != nil {
		t.Error("kept what was read during a commit")
	}
}

func TestAFailedCommitLeavesNothingOfItsOwn(t *testing.T) {
	t.Parallel()
	c, key := newCache(), cacheKey{"t", "one"}
	_, ticket := c.get(key)
	c.put(key, row{1, document(t, 1)}, ticket)
	c.begin(map[cacheKey]row{key: row{1, document(t, 2)}})
	c.end(nil)
	if found, _ := c.get(key); found.document != nil {
		t.Errorf("found %v", found)
	}
}

func TestTheCacheIsBoundedAndKeepsWhatIsUsed(t *testing.T) {
	t.Parallel()
	c := newCache()
	used := cacheKey{"t", "used"}
	large := bson.Raw(make([]byte, maxCached))
	_, ticket := c.get(used)
	c.put(used, row{1, large}, ticket)
	for i := range 5 * cacheBytes / maxCached {
		c.put(cacheKey{"t", fmt.Sprint(i)}, row{1, large}, ticket)
		if found, _ := c.get(used); found.document == nil {
			t.Fatalf("forgot what was used last, after %d others", i)
		}
	}
	if kept := len(c.young) + len(c.old); kept > 2*(cacheBytes/maxCached+2) {
		t.Errorf("keeps %d documents of %d bytes", kept, maxCached)
	}
	c.put(cacheKey{"t", "huge"}, row{1, make(bson.Raw, maxCached+1)}, ticket)
	if found, _ := c.get(cacheKey{"t", "huge"}); found.document != nil {
		t.Error("kept a huge document")
	}
}
