package friends_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/shop/friends"
	"plaza/shop/pay/wallet"
)

func (k *table) ask(from, friend, key string) (friends.Ask, error) {
	return k.Ask(k.t.Context(), friends.Request{From: person(from), Key: key, Friend: friend, Amount: yuan(800), Note: "Cinema"})
}

func TestAFriendIsAskedOnceAndPays(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	k.grant("ann", 1000)
	ann := k.meet("bob", "ann")
	asked, err := k.ask("bob", ann, "k")
	k.must(err)
	if again, err := k.ask("bob", ann, "k"); err != nil || again.Number != asked.Number || k.heardOf("ann", "friends.asked") != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	message := k.heard["ann ask:"+asked.Number]
	if len(message.Buttons) != 2 || message.Buttons[0].URL != "/pay-to/"+asked.Code || message.Buttons[1].URL != "/asked/"+asked.Number {
		t.Errorf("%+v", message)
	}
	k.must(k.pays("ann", asked.Code, "k"))
	if found, err := k.Asked(t.Context(), person("ann"), asked.Number); err != nil || found.State != friends.Paid || k.has("bob") != 800 {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := k.Asked(t.Context(), person("eve"), asked.Number); !errors.Is(err, friends.ErrNoAsk) {
		t.Errorf("somebody else sees it: %v", err)
	}
	for _, name := range []string{"ann", "bob"} { // who has sent and who has got
		if known, err := k.Known(t.Context(), person(name)); err != nil || len(known) != 1 {
			t.Errorf("%s knows %v, %v", name, known, err)
		}
	}
}

func TestWhoIsAskedMaySayNo(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	k.grant("ann", 1000)
	asked, err := k.ask("bob", k.meet("bob", "ann"), "k")
	k.must(err)
	if _, err := k.Decline(t.Context(), person("bob"), asked.Number); !errors.Is(err, friends.ErrNoAsk) {
		t.Errorf("whoever asks says no: %v", err)
	}
	for range 2 {
		if no, err := k.Decline(t.Context(), person("ann"), asked.Number); err != nil || no.State != friends.Declined {
			t.Errorf("%+v, %v", no, err)
		}
	}
	if err := k.pays("ann", asked.Code, "k"); !errors.Is(err, wallet.ErrWithdrawn) || k.heardOf("bob", "friends.declined") != 1 {
		t.Errorf("%v; %v", err, k.heard)
	}
}

func TestPagesOfBothFollowUnderAllTheirNames(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	k.grant("ann", 1000)
	k.link("bob", "robert")
	ann := k.meet("bob", "ann")
	for key, end := range map[string]func(friends.Ask) error{
		"paid": func(asked friends.Ask) error { return k.pays("ann", asked.Code, "k") },
		"declined": func(asked friends.Ask) error {
			_, err := k.Decline(t.Context(), person("ann"), asked.Number)
			return err
		},
		"cancelled": func(asked friends.Ask) error {
			_, err := k.Cancel(t.Context(), person("bob"), asked.Number)
			return err
		},
	} {
		k.shown = nil
		asked, err := k.ask("bob", ann, key)
		k.must(err)
		k.must(end(asked))
		for _, name := range []string{"ann", "bob", "robert"} {
			if states := k.seenBy(name); !slices.Contains(states, key) {
				t.Errorf("%s was shown %v, not %s", name, states, key)
			}
		}
		if states := k.seenBy("eve"); states != nil {
			t.Errorf("somebody else was shown %v", states)
		}
	}
}

func TestABlockedPersonAsksNoMore(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	ann := k.meet("bob", "ann")
	asked, err := k.ask("bob", ann, "k")
	k.must(err)
	k.must(k.Block(t.Context(), person("ann"), asked.Number))
	k.link("bob", "bob2") // another messenger of the same person
	for _, name := range []string{"bob", "bob2"} {
		if _, err := k.ask(name, k.meet(name, "ann"), "again"+name); !errors.Is(err, friends.ErrFriend) {
			t.Errorf("%s: %v", name, err)
		}
	}
	blocked, err := k.Blocked(t.Context(), person("ann"))
	if err != nil || len(blocked) != 1 || blocked[0].Name != "bob" {
		t.Fatalf("%v, %v", blocked, err)
	}
	k.must(k.Unblock(t.Context(), person("bob"), blocked[0].Number)) // not theirs to lift
	if _, err := k.ask("bob", ann, "still"); !errors.Is(err, friends.ErrFriend) {
		t.Errorf("lifted by whoever is blocked: %v", err)
	}
	k.must(k.Unblock(t.Context(), person("ann"), blocked[0].Number))
	if _, err := k.ask("bob", ann, "later"); err != nil {
		t.Errorf("%v", err)
	}
}

func TestNobodyIsAskedMoreThanThreeTimesADay(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	ann := k.meet("bob", "ann")
	var went atomic.Int64
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, err := k.ask("bob", ann, fmt.Sprint("k", i)); err == nil {
				went.Add(1)
			} else if !errors.Is(err, friends.ErrAgain) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if went.Load() != 3 || k.heardOf("ann", "friends.asked") != 3 {
		t.Errorf("asked %d times, heard %d", went.Load(), k.heardOf("ann", "friends.asked"))
	}
	k.pass(24 * time.Hour)
	if _, err := k.ask("bob", ann, "tomorrow"); err != nil {
		t.Errorf("%v", err)
	}
}

// TestTheDayThatIsCountedIsTheShops: whoever is told to wait until tomorrow can go
// on when tomorrow begins where the shop is.
func TestTheDayThatIsCountedIsTheShops(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	k.Zone = func(context.Context, string) (*time.Location, error) { return time.FixedZone("KST", 9*60*60), nil }
	ann := k.meet("bob", "ann")
	for i := range 3 { // at noon in Seoul
		_, err := k.ask("bob", ann, fmt.Sprint("k", i))
		k.must(err)
	}
	k.pass(12*time.Hour - time.Minute)
	if _, err := k.ask("bob", ann, "tonight"); !errors.Is(err, friends.ErrAgain) {
		t.Errorf("a fourth time on one day: %v", err)
	}
	k.pass(2 * time.Minute)
	if _, err := k.ask("bob", ann, "tomorrow"); err != nil {
		t.Errorf("%v", err)
	}
}

func TestOnlyWhoHasShownTheirCodeIsKnown(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	mine, err := k.transfers.Receive(t.Context(), person("bob"), yuan(0), "")
	k.must(err)
	k.link("bob", "bob2")
	for shown, want := range map[string]error{mine.Code: friends.ErrSelf, "": friends.ErrFriend, "ann": friends.ErrFriend,
		"https://plaza.example/pay-to/AAAAAAAAAAAAAAAAAAAAAAAAAA": wallet.ErrPayee} {
		for _, name := range []string{"bob", "bob2"} {
			if _, err := k.Meet(t.Context(), person(name), shown); !errors.Is(err, want) {
				t.Errorf("%q: %v", shown, err)
			}
		}
	}
	if _, err := k.ask("eve", k.meet("bob", "ann"), "k"); !errors.Is(err, friends.ErrFriend) {
		t.Errorf("somebody else's friend: %v", err)
	}
}

func TestWhatNobodyPaysIsOverAfterAWeekUnlessItIsBeingPaid(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	asked, err := k.ask("bob", k.meet("bob", "ann"), "k")
	k.must(err)
	k.pass(7*24*time.Hour - time.Minute)
	k.must(k.Recover(t.Context()))
	if found, err := k.Find(t.Context(), asked.Number); err != nil || found.State != friends.Open {
		t.Fatalf("too early: %+v, %v", found, err)
	}
	k.pass(time.Hour)
	k.must(k.Recover(t.Context()))
	if found, err := k.Find(t.Context(), asked.Number); err != nil || found.State != friends.Expired {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestAnswersAreGivenOnceWhereverTheNodeDied kills the node after each write of
// asking and declining.
func TestAnswersAreGivenOnceWhereverTheNodeDied(t *testing.T) {
	t.Parallel()
	for writes := 0; ; writes++ {
		k := newTable(t)
		k.grant("ann", 1000)
		ann := k.meet("bob", "ann")
		k.plug.CrashAfter(writes, writes%2 == 0)
		asked, err := k.ask("bob", ann, "k")
		if err == nil {
			_, _ = k.Decline(t.Context(), person("ann"), asked.Number)
		}
		if !k.restart() {
			if writes < 6 {
				t.Errorf("only %d writes were tried", writes)
			}
			break
		}
		asked, err = k.ask("bob", ann, "k")
		k.must(err)
		asked, err = k.Decline(t.Context(), person("ann"), asked.Number)
		k.must(err)
		if asked.State != friends.Declined || k.heardOf("ann", "friends.asked") != 1 || k.heardOf("bob", "friends.declined") != 1 {
			t.Errorf("after %d writes: %s, %v", writes, asked.State, k.heard)
		}
		if err := k.pays("ann", asked.Code, "k"); !errors.Is(err, wallet.ErrWithdrawn) {
			t.Errorf("after %d writes: %v", writes, err)
		}
	}
}
