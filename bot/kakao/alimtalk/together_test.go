package alimtalk_test

import (
	"fmt"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"

	"plaza/bot/kakao/alimtalk"
	"plaza/bot/standin"
)

// many leaves notices to so many numbers for the workers to hand over.
func (o *office) many(t *testing.T, count int) {
	t.Helper()
	var all errgroup.Group
	all.SetLimit(32)
	for i := range count {
		all.Go(func() error {
			_, err := o.SendNotice(t.Context(), shop, alimtalk.Dispatch{Key: fmt.Sprint("n", i), Template: "PAID", Phone: phone(i),
				Values: map[string]string{"이름": fmt.Sprint("앤", i), "금액": "₩1", "번호": "7"}, For: fmt.Sprint("x", i), Later: true})
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
}

func phone(i int) string { return fmt.Sprintf("010%08d", i) }

// arrived counts how often each notice arrived.
func (o *office) arrived() map[string]int {
	got := map[string]int{}
	for _, text := range o.platform.Dealer.Texts() {
		got[text]++
	}
	return got
}

func TestNoticesToManyAreFewCalls(t *testing.T) {
	t.Parallel()
	const people = 1100
	o := newOffice(t)
	o.platform.Dealer.Refuses = map[string]bool{phone(5): true, phone(1090): true}
	o.many(t, people)
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for worked := true; worked; {
				var err error
				if worked, err = o.Follow(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	workers.Wait()
	if calls := o.platform.Dealer.Requests(); calls > 8 { // workers may share what is due
		t.Errorf("%d calls for %d people", calls, people)
	}
	if waiting, err := o.Waiting(t.Context(), shop, people); err != nil || waiting != 0 {
		t.Errorf("%d wait, %v", waiting, err)
	}
	got := o.arrived()
	for i := range people {
		refused := i == 5 || i == 1090
		text := fmt.Sprintf("%s 앤%d님, ₩1 결제되었습니다.", phone(i), i)
		if want := map[bool]int{false: 1, true: 0}[refused]; got[text] != want {
			t.Fatalf("%q arrived %d times", text, got[text])
		}
	}
	// The dealer's word counts for whom it is about.
	for i, want := range map[int]alimtalk.Outcome{4: alimtalk.Accepted, 5: alimtalk.Failed, 6: alimtalk.Accepted, 1090: alimtalk.Failed} {
		if n, err := o.Notice(t.Context(), shop, fmt.Sprint("n", i)); err != nil || n.State != want {
			t.Errorf("notice %d is %s (%s), %v", i, n.State, n.Reason, err)
		}
	}
}

// Whatever goes wrong with a call for many, each notice arrives once.
func TestEachOfManyNoticesArrivesOnceWhateverGoesWrong(t *testing.T) {
	t.Parallel()
	const people = 25
	for _, troubles := range [][]standin.Trouble{{standin.Lost}, {standin.Cut}, {standin.Fail}, {standin.Throttle}, {standin.Lost, standin.Lost, standin.Cut}} {
		o := newOffice(t)
		o.many(t, people)
		o.platform.Troubles.Set(troubles...)
		o.settled(t, "n0")
		got := o.arrived()
		for i := range people {
			n, err := o.Notice(t.Context(), shop, fmt.Sprint("n", i))
			if text := fmt.Sprintf("%s 앤%d님, ₩1 결제되었습니다.", phone(i), i); err != nil || n.State != alimtalk.Delivered || got[text] != 1 {
				t.Errorf("%v: notice %d is %s and arrived %d times, %v", troubles, i, n.State, got[text], err)
			}
		}
	}
}

// One notice that the dealer minds does not keep the others.
func TestANoticeThatTheWholeCallIsRefusedForFailsAlone(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.many(t, 20)
	o.platform.Dealer.Minds = phone(13)
	o.settled(t, "n0")
	if n, err := o.Notice(t.Context(), shop, "n13"); err != nil || n.State != alimtalk.Failed {
		t.Errorf("%+v, %v", n, err)
	}
	if got := o.arrived(); len(got) != 19 {
		t.Errorf("%d arrived", len(got))
	}
}
