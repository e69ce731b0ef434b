package live

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// A restart brings all browsers back at once. What they have missed lies in the
// same segments, whoever's it is, and is read and decoded for all of them once.
func TestManyWhoComeBackTogetherReadTheLogOnce(t *testing.T) {
	l := openLog(t, openDB(t), LogOptions{})
	const browsers, each = 50, 4
	for n := range each {
		for who := range browsers {
			mustAppend(t, l, happened("shop", fmt.Sprint("chat:", who), n))
		}
	}
	_, server := openHub(t, l, HubOptions{})
	var all sync.WaitGroup
	for who := range browsers {
		all.Go(func() {
			b := dial(t, server, "")
			b.subscribe(fmt.Sprint("chat:", who), 0)
			for heard := 0; heard < each; {
				var f serverFrame
				if err := b.ws.ReadJSON(&f); err != nil || f.Reset != nil || f.Error != nil {
					t.Errorf("browser %d: %+v, %v", who, f, err)
					return
				}
				if f.Event != nil {
					heard++
				}
			}
		})
	}
	all.Wait()
	pages := (browsers*each + segmentPage - 1) / segmentPage // each append is a segment
	if l.recall.loads > pages {
		t.Errorf("%d browsers had the log read %d times, not %d", browsers, l.recall.loads, pages)
	}
}

// A node may have written behind numbers that another one has taken and is just
// writing. Who reads the log then must not spoil it for whoever reads it later.
func TestWhatWasStillBeingWrittenIsReadLater(t *testing.T) {
	t.Parallel()
	l := openLog(t, openDB(t), LogOptions{})
	write := func(number int64) {
		event := happened("shop", "inbox", int(number))
		event.Sequence = number
		if err := segments.In(l.db, "shop").Insert(t.Context(), l.cut("shop", []Event{event}, number)[0]); err != nil {
			t.Fatal(err)
		}
	}
	read := func(through int64) (all []int64) {
		for since := int64(0); since < through; {
			page, err := l.reread(t.Context(), "shop", since, through, []string{"inbox"}, replayPage)
			if err != nil || page.Lost || page.Through == since {
				t.Fatalf("%+v, %v", page, err)
			}
			for _, event := range page.Events {
				all = append(all, event.Sequence)
			}
			since = page.Through
		}
		return all
	}
	write(1)
	write(3)
	if got := read(1); !slices.Equal(got, []int64{1}) {
		t.Errorf("read %v", got)
	}
	write(2)
	if got := read(3); !slices.Equal(got, []int64{1, 2, 3}) {
		t.Errorf("read %v", got)
	}
}

// Whatever was read before, reread gives what Read gives.
func TestRereadingIsReading(t *testing.T) {
	l := openLog(t, openDB(t), LogOptions{})
	for n := range 300 {
		mustAppend(t, l, happened("shop", fmt.Sprint("chat:", n%7), n))
	}
	rapid.Check(t, func(t *rapid.T) {
		since := rapid.Int64Range(0, 300).Draw(t, "since")
		through := rapid.Int64Range(since, 300).Draw(t, "through")
		topics := []string{fmt.Sprint("chat:", rapid.IntRange(0, 6).Draw(t, "topic"))}
		if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
			l.recall.forget()
		}
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		whole := func(read func(at int64) (Page, error)) (all []int64) {
			for at := since; at < through; {
				page, err := read(at)
				if err != nil || page.Lost || page.Through <= at {
					t.Fatalf("from %d: %+v, %v", at, page, err)
				}
				for _, event := range page.Events {
					all = append(all, event.Sequence)
				}
				at = page.Through
			}
			return all
		}
		read := whole(func(at int64) (Page, error) { return l.Read(t.Context(), "shop", at, through, topics, limit) })
		reread := whole(func(at int64) (Page, error) { return l.reread(t.Context(), "shop", at, through, topics, limit) })
		if fmt.Sprint(read) != fmt.Sprint(reread) {
			t.Fatalf("%v, and again %v", read, reread)
		}
	})
}
