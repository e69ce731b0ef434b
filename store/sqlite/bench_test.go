package sqlite_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/store"
	"plaza/store/storetest"
)

// person stands for a subscriber: the document there are most of.
type person struct {
	ID       string    `bson:"_id"`
	Account  string    `bson:"account"`
	Name     string    `bson:"name"`
	Language string    `bson:"language"`
	Channel  string    `bson:"channel"`
	Tags     []string  `bson:"tags"`
	Visits   int64     `bson:"visits"`
	Followed time.Time `bson:"followed"`
}

var people = store.Declare[person](store.Schema{Name: "people", Indexes: []store.Index{
	{Fields: []string{"channel", "-followed"}},
	{Fields: []string{"tags", "-followed"}},
}})

const benchAccount = "01K0000000000000000000SHOP"

func newPerson(i int) person {
	return person{
		ID: fmt.Sprintf("%s:webchat:user%08d", benchAccount, i), Account: benchAccount,
		Name: fmt.Sprintf("Person %d", i), Language: "ko", Channel: fmt.Sprintf("channel%d", i%5000),
		Tags: []string{"everybody", fmt.Sprintf("tag%d", i%1000)}, Followed: time.UnixMilli(int64(i) * 1000).UTC(),
	}
}

func populate(b *testing.B, db *store.DB, count int) store.Scoped[person] {
	b.Helper()
	scoped := people.In(db, benchAccount)
	started := time.Now()
	for from := 0; from < count; from += 2000 {
		batch := make([]person, 0, 2000)
		for i := from; i < min(from+2000, count); i++ {
			batch = append(batch, newPerson(i))
		}
		if _, err := scoped.InsertMany(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.Logf("%d rows at %.0f a second", count, float64(count)/time.Since(started).Seconds())
	return scoped
}

// BenchmarkStore measures the same operations among few and many documents:
// they should hardly differ.
func BenchmarkStore(b *testing.B) {
	for _, count := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprintf("documents=%d", count), func(b *testing.B) {
			db := storetest.Open(b, people.Schema(), deliveries.Schema())
			scoped := populate(b, db, count)
			b.Run("get", func(b *testing.B) { benchGet(b, scoped, count) })
			b.Run("indexed", func(b *testing.B) { benchFind(b, scoped, count) })
			b.Run("insert", func(b *testing.B) { benchInsert(b, scoped, count) })
			b.Run("update", func(b *testing.B) { benchUpdate(b, scoped, count) })
			b.Run("bulk", func(b *testing.B) { benchBulk(b, db) })
		})
	}
}

// in64 shares b.N between 64 goroutines.
func in64(b *testing.B, work func() error) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				if err := work(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
}

func benchGet(b *testing.B, scoped store.Scoped[person], count int) {
	in64(b, func() error {
		_, err := scoped.Get(b.Context(), newPerson(rand.IntN(count)).ID)
		return err
	})
}

func benchFind(b *testing.B, scoped store.Scoped[person], count int) {
	in64(b, func() error {
		query := store.Where(store.Eq("channel", newPerson(rand.IntN(count)).Channel)).Top(1)
		_, _, err := scoped.Find(b.Context(), query)
		return err
	})
}

var inserted atomic.Int64

func benchInsert(b *testing.B, scoped store.Scoped[person], count int) {
	in64(b, func() error {
		return scoped.Insert(b.Context(), newPerson(count+int(inserted.Add(1))))
	})
}

func benchUpdate(b *testing.B, scoped store.Scoped[person], count int) {
	in64(b, func() error {
		return scoped.Update(b.Context(), newPerson(rand.IntN(count)).ID, store.Inc("visits", 1), store.Gte("visits", 0))
	})
}

// delivery stands for what is written in bulk: one row of a campaign for each
// of its recipients, in the order of their keys.
type delivery struct {
	ID       string    `bson:"_id"`
	Account  string    `bson:"account"`
	Campaign string    `bson:"campaign"`
	Person   string    `bson:"person"`
	State    string    `bson:"state"`
	Due      time.Time `bson:"due"`
}

var deliveries = store.Declare[delivery](store.Schema{Name: "deliveries", Indexes: []store.Index{
	{Fields: []string{"campaign", "state"}},
}})

func benchBulk(b *testing.B, db *store.DB) {
	const size = 1000
	scoped := deliveries.In(db, benchAccount)
	for b.Loop() {
		batch := make([]delivery, size)
		for i := range batch {
			to := newPerson(int(inserted.Add(1))).ID
			batch[i] = delivery{ID: "campaign/" + to, Account: benchAccount, Campaign: "campaign", Person: to, State: "waiting"}
		}
		if _, err := scoped.InsertMany(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*size/b.Elapsed().Seconds(), "rows/s")
}
