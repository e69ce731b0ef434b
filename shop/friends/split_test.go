package friends_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/message"
	"plaza/shop/friends"
	"plaza/shop/pay/wallet"
)

func dinner(k *table, minors ...int64) friends.SplitRequest {
	request := friends.SplitRequest{By: person("bob"), Key: "dinner", Whole: yuan(10000), Note: "Dinner"}
	for _, minor := range minors {
		request.Shares = append(request.Shares, friends.Share{Minor: minor})
	}
	return request
}

func (k *table) split(request friends.SplitRequest) (friends.Split, []friends.Ask) {
	k.t.Helper()
	split, err := k.Split(k.t.Context(), request)
	k.must(err)
	shares, err := k.Shares(k.t.Context(), split)
	k.must(err)
	return split, shares
}

func TestEvenSharesComeToTheWholeAndDifferByOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		whole, people := rapid.Int64Range(1, 1<<50).Draw(rt, "whole"), rapid.IntRange(1, 50).Draw(rt, "people")
		parts, err := friends.Even(yuan(whole), people)
		if whole < int64(people) {
			if !errors.Is(err, friends.ErrTooLittle) {
				rt.Fatalf("%d among %d: %v", whole, people, err)
			}
			return
		}
		var sum int64
		for i, part := range parts {
			sum += part
			if part < 1 || i > 0 && part > parts[i-1] || parts[0]-part > 1 {
				rt.Fatalf("%v", parts)
			}
		}
		if err != nil || sum != whole {
			rt.Fatalf("%v come to %d, not %d; %v", parts, sum, whole, err)
		}
	})
	for _, people := range []int{-1, 0, 51} {
		if _, err := friends.Even(yuan(10000), people); !errors.Is(err, friends.ErrPeople) {
			t.Errorf("%d people: %v", people, err)
		}
	}
}

func TestWhoSplitsIsToldOfEachShareAndOfAll(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	k.grant("ann", 5000)
	k.grant("cleo", 5000)
	request := dinner(k, 3333, 3333)
	request.Shares[0].Friend = k.meet("bob", "ann")
	split, shares := k.split(request)
	if again, err := k.Split(t.Context(), request); err != nil || again.Number != split.Number || split.Own.Minor != 3334 {
		t.Fatalf("%+v, %v", again, err)
	}
	if k.heardOf("ann", "friends.asked") != 1 || k.heardOf("cleo", "friends.asked") != 0 {
		t.Errorf("who was asked: %v", k.heard)
	}
	k.must(k.pays("ann", shares[0].Code, "k"))
	if k.heardOf("bob", "friends.progress") != 1 || k.heardOf("bob", "friends.done") != 0 {
		t.Errorf("after one: %v", k.heard)
	}
	k.must(k.pays("cleo", shares[1].Code, "k"))
	if err := k.pays("ann", shares[1].Code, "k2"); !errors.Is(err, wallet.ErrCodePaid) {
		t.Errorf("a share paid twice: %v", err)
	}
	if k.heardOf("bob", "friends.progress") != 2 || k.heardOf("bob", "friends.done") != 1 || k.has("bob") != 6666 {
		t.Errorf("after all: %v; bob has %d", k.heard, k.has("bob"))
	}
	k.pass(9 * 24 * time.Hour) // when the codes are gone
	k.must(k.Recover(t.Context()))
	shares, err := k.Shares(t.Context(), split)
	if got := friends.ProgressOf(split, shares); err != nil || got.Paid != 2 || got.Of != 2 || shares[1].Payer != "cleo" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestWhatCantBeSplitIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	ann := k.meet("bob", "ann")
	for name, c := range map[string]struct {
		change func(*friends.SplitRequest)
		want   error
	}{
		"among nobody":   {func(r *friends.SplitRequest) { r.Shares = nil }, friends.ErrPeople},
		"among too many": {func(r *friends.SplitRequest) { r.Shares = make([]friends.Share, 51) }, friends.ErrPeople},
		"51 with oneself": {func(r *friends.SplitRequest) {
			r.Shares = make([]friends.Share, 50)
			for i := range r.Shares {
				r.Shares[i].Minor = 1
			}
		}, friends.ErrPeople},
		"nothing":            {func(r *friends.SplitRequest) { r.Whole.Minor = 0 }, friends.ErrNothing},
		"a share of nothing": {func(r *friends.SplitRequest) { r.Shares[0].Minor = 0 }, friends.ErrNothing},
		"a negative share":   {func(r *friends.SplitRequest) { r.Shares[0].Minor = -1 << 63 }, friends.ErrNothing},
		"more than there is": {func(r *friends.SplitRequest) { r.Shares[0].Minor = 9999 }, friends.ErrSum},
		"2^63":               {func(r *friends.SplitRequest) { r.Shares[0].Minor = 1<<63 - 1 }, friends.ErrSum},
		"a stranger":         {func(r *friends.SplitRequest) { r.Shares[0].Friend = "NOBODY" }, friends.ErrFriend},
		"one twice":          {func(r *friends.SplitRequest) { r.Shares[0].Friend, r.Shares[1].Friend = ann, ann }, friends.ErrFriend},
		"an address in it":   {func(r *friends.SplitRequest) { r.Note = "win at evil.example/x" }, friends.ErrNote},
		"without a reason":   {func(r *friends.SplitRequest) { r.Note = " " }, friends.ErrNote},
		"no key":             {func(r *friends.SplitRequest) { r.Key = "" }, friends.ErrKey},
	} {
		request := dinner(k, 100, 100)
		c.change(&request)
		if _, err := k.Split(t.Context(), request); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if found, err := k.Splits(t.Context(), person("bob"), 10); err != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, err)
	}
}

func TestASplitCalledOffCanBePaidByNobody(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	k.grant("ann", 5000)
	split, shares := k.split(dinner(k, 2000, 2000))
	k.must(k.pays("ann", shares[0].Code, "k"))
	if err := k.CancelSplit(t.Context(), person("eve"), split.Number); !errors.Is(err, friends.ErrNoSplit) {
		t.Errorf("by somebody else: %v", err)
	}
	for range 2 {
		k.must(k.CancelSplit(t.Context(), person("bob"), split.Number))
	}
	if err := k.pays("ann", shares[1].Code, "k2"); !errors.Is(err, wallet.ErrWithdrawn) {
		t.Errorf("%v", err)
	}
	shares, err := k.Shares(t.Context(), split)
	if err != nil || shares[0].State != friends.Paid || shares[1].State != friends.Cancelled || k.has("bob") != 2000 {
		t.Errorf("%v, %v; bob has %d", shares, err, k.has("bob"))
	}
}

// TestASplitIsWholeWhereverItsOwnerDied kills the node after each write of making
// a split and of paying its shares.
func TestASplitIsWholeWhereverItsOwnerDied(t *testing.T) {
	t.Parallel()
	for writes := 0; ; writes++ {
		k := newTable(t)
		k.grant("ann", 5000)
		request := dinner(k, 2500, 2500)
		request.Shares[0].Friend = k.meet("bob", "ann")
		k.plug.CrashAfter(writes, writes%2 == 0)
		split, err := k.Split(t.Context(), request)
		if err == nil {
			var shares []friends.Ask
			if shares, err = k.Shares(t.Context(), split); err == nil {
				_ = k.pays("ann", shares[0].Code, "k")
			}
		}
		if !k.restart() {
			if writes < 12 {
				t.Errorf("only %d writes were tried", writes)
			}
			break
		}
		split, shares := k.split(request)
		if len(shares) != 2 || k.heardOf("ann", "friends.asked") != 1 {
			t.Fatalf("after %d writes: %d shares, ann heard %d times", writes, len(shares), k.heardOf("ann", "friends.asked"))
		}
		for i, share := range shares {
			err := k.pays("ann", share.Code, fmt.Sprint("again", i))
			if err != nil && !errors.Is(err, wallet.ErrCodePaid) {
				t.Errorf("after %d writes, share %d: %v", writes, i, err)
			}
		}
		shares, err = k.Shares(t.Context(), split)
		if err != nil || friends.ProgressOf(split, shares).Paid != 2 || k.has("bob") != 5000 || k.heardOf("bob", "friends.progress") != 2 || k.heardOf("bob", "friends.done") != 1 {
			t.Errorf("after %d writes: %+v, %v, bob has %d, heard %v", writes, shares, err, k.has("bob"), k.heard)
		}
	}
}

func TestOneAccountsSplitsAreNotAnothers(t *testing.T) {
	t.Parallel()
	k := newTable(t)
	split, shares := k.split(dinner(k, 2500))
	other := message.Person{ID: "02OTHER:webchat:bob", Account: "02OTHER", Channel: "webchat", User: "bob"}
	if _, err := k.SplitOf(t.Context(), other, split.Number); !errors.Is(err, friends.ErrNoSplit) {
		t.Errorf("%v", err)
	}
	if _, err := k.transfers.SendByCode(t.Context(), shares[0].Code, wallet.SendRequest{From: other, Key: "k"}); !errors.Is(err, wallet.ErrPayee) {
		t.Errorf("%v", err)
	}
}
