package live

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/store"
)

// world is two nodes on one store, and what has happened in one account.
type world struct {
	t       *testing.T
	rt      *rapid.T
	db      *store.DB
	nodes   []*Log
	account string
	taken   []*batch // numbers taken by nodes that have not written yet
	watches []*followed
}

type followed struct {
	collector *collector
	start     int64
}

func (w *world) events(n int) []Event {
	events := make([]Event, n)
	for i := range events {
		events[i] = happened(w.account, "inbox", i)
	}
	return events
}

func (w *world) append(n int) {
	node := rapid.SampledFrom(w.nodes).Draw(w.rt, "node")
	mustAppend(w.t, node, w.events(n)...)
}

// take is a node that takes numbers and then stops for a while.
func (w *world) take(n int) {
	first := takeAndDie(w.t, w.db, w.account, int64(n))
	w.taken = append(w.taken, &batch{account: w.account, first: first, events: w.events(n)})
}

// write is that node going on: it writes, or finds its numbers sealed and
// takes new ones.
func (w *world) write() {
	if len(w.taken) == 0 {
		return
	}
	i := rapid.IntRange(0, len(w.taken)-1).Draw(w.rt, "which")
	late := w.taken[i]
	w.taken = slices.Delete(w.taken, i, i+1)
	w.nodes[0].insert(w.t.Context(), []*batch{late})
	mustAppend(w.t, w.nodes[0], late.events...) // what is left of it, if anything
}

func (w *world) watch() {
	node := rapid.SampledFrom(w.nodes).Draw(w.rt, "node")
	c, start := watch(w.t, node, w.account)
	w.watches = append(w.watches, &followed{c, start})
}

// TestWhateverNodesDoEveryWatchSeesAllOnce plays nodes that write, die and
// come back late in any order, and compares what watches saw with what is
// kept.
func TestWhateverNodesDoEveryWatchSeesAllOnce(t *testing.T) {
	t.Parallel()
	db := openDB(t)
	options := LogOptions{Shared: true, Poll: time.Millisecond, Gap: 5 * time.Millisecond}
	nodes := []*Log{openLog(t, db, options), openLog(t, db, options)}
	rapid.Check(t, func(rt *rapid.T) {
		w := &world{t: t, rt: rt, db: db, nodes: nodes, account: store.NewID()}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			n := rapid.IntRange(1, 3).Draw(rt, "events")
			switch rapid.SampledFrom([]string{"append", "take", "write", "watch"}).Draw(rt, "step") {
			case "append":
				w.append(n)
			case "take":
				w.take(n)
			case "write":
				w.write()
			case "watch":
				w.watch()
			}
		}
		w.append(1)
		kept := sequences(readAll(t, nodes[0], w.account))
		for _, f := range w.watches {
			want := slices.DeleteFunc(slices.Clone(kept), func(n int64) bool { return n <= f.start })
			wantNumbers(t, f.collector.waitFor(t, kept[len(kept)-1]), want)
		}
	})
}
