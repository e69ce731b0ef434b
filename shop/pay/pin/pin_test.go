package pin

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"plaza/shop/crashtest"
	"plaza/shop/pay/risk"
)

const own, other = "739158", "264807"

func TestAPINIsSetByTypingItTwice(t *testing.T) {
	t.Parallel()
	d, ann := newDesk(t), person("ann")
	if err := d.enters(t, ann, ToSet, own, other); !errors.Is(err, ErrMismatch) {
		t.Errorf("two different ones: %v", err)
	}
	if err := d.guess(t, ann, own); !errors.Is(err, ErrNone) {
		t.Errorf("none is set: %v", err)
	}
	if err := d.enters(t, ann, ToSet, own, own); err != nil {
		t.Fatal(err)
	}
	if err := d.guess(t, ann, own); err != nil {
		t.Error(err)
	}
	if err := d.enters(t, ann, ToSet, other, other); !errors.Is(err, ErrExists) {
		t.Errorf("in the place of another: %v", err)
	}
	if d.hears("ann", "pin.told.set") != 1 {
		t.Errorf("%v", d.heard)
	}
}

func TestAPINIsChangedWithTheOldOneOnly(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	steps := []struct {
		name string
		pins []string
		want error
	}{
		{"a wrong old one", []string{other}, ErrWrong},
		{"the same again", []string{own, own}, ErrSame},
		{"a trivial one", []string{own, "123456"}, ErrTrivial},
		{"two that differ", []string{own, other, "264808"}, ErrMismatch},
		{"as it should be", []string{own, other, other}, nil},
		{"the one before", []string{own}, ErrWrong},
	}
	for _, c := range steps {
		if err := d.enters(t, ann, ToChange, c.pins...); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if err := d.guess(t, ann, other); err != nil {
		t.Error(err)
	}
	standing, err := d.Standing(t.Context(), ann)
	if err != nil || !standing.Trusted || d.hears("ann", "pin.told.changed") != 1 {
		t.Errorf("%+v, %v, %v", standing, err, d.heard)
	}
}

func TestTrivialPINsAreRefused(t *testing.T) {
	t.Parallel()
	for _, pin := range []string{"000000", "123456", "654321", "890123", "210987", "121212", "123123", "112233", "665544", "111222", "100000", "520520", "147258", "159753"} {
		if !trivial(pin) {
			t.Errorf("%s passes", pin)
		}
	}
	refused := 0
	for n := range 1_000_000 {
		if trivial(sixDigits(n)) {
			refused++
		}
	}
	if refused > 10_000 { // one in a hundred: a smaller choice helps the guesser
		t.Errorf("%d of a million are refused", refused)
	}
	for _, pin := range []string{own, other, "802459", "971203"} {
		if trivial(pin) {
			t.Errorf("%s is refused", pin)
		}
	}
}

func sixDigits(n int) string {
	text := make([]byte, Digits)
	for i := Digits - 1; i >= 0; i-- {
		text[i], n = '0'+byte(n%10), n/10
	}
	return string(text)
}

func TestWaitingGrowsWithEveryWrongPIN(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	for left := 4; left > 0; left-- {
		if err := d.guess(t, ann, other); !errors.Is(err, ErrWrong) {
			t.Fatalf("%d left: %v", left, err)
		}
	}
	for tries := int64(5); tries < maxTries; tries++ {
		if err := d.guess(t, ann, other); !errors.Is(err, ErrLocked) {
			t.Fatalf("try %d: %v", tries, err)
		}
		d.pass(backOff(tries) - time.Second)
		hashed := d.hashed.Load()
		if err := d.guess(t, ann, own); !errors.Is(err, ErrLocked) || d.hashed.Load() != hashed {
			t.Fatalf("the right one too soon after %d: %v", tries, err)
		}
		d.pass(time.Second)
	}
	if err := d.guess(t, ann, other); !errors.Is(err, ErrLocked) {
		t.Fatal(err)
	}
	d.pass(365 * 24 * time.Hour)
	if err := d.guess(t, ann, own); !errors.Is(err, ErrBlocked) {
		t.Errorf("after %d wrong ones: %v", maxTries, err)
	}
	if d.hears("ann", "pin.told.locked") != maxTries-freeTries || d.hears("ann", "pin.told.blocked") != 1 {
		t.Errorf("%v", d.heard)
	}
	if err := d.Reset(t.Context(), ann); err != nil || d.hears("ann", "pin.told.reset") != 1 {
		t.Error(err)
	}
	if err := d.enters(t, ann, ToSet, other, other); err != nil {
		t.Error(err)
	}
	if err := d.guess(t, ann, other); err != nil {
		t.Error(err)
	}
}

func TestTheRightPINForgetsTheWrongOnes(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	for range 3 {
		for range freeTries - 1 {
			_ = d.guess(t, ann, other)
		}
		if err := d.guess(t, ann, own); err != nil {
			t.Fatal(err)
		}
	}
	if d.hears("ann", "locked") != 0 || d.settled[risk.Failed] != 12 || d.settled[risk.Succeeded] != 3 {
		t.Errorf("%v %v", d.heard, d.settled)
	}
}

func TestFiftyWhoGuessAtOnceGetNoMoreThanTheAllowedAttempts(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	pads := make([]Keypad, 50)
	for i := range pads {
		pads[i] = d.opened(t, ann, ToUnlock)
	}
	before := d.hashed.Load()
	start := make(chan struct{})
	var group sync.WaitGroup
	for i, pad := range pads {
		group.Go(func() {
			<-start
			err := d.Confirm(t.Context(), ann, ToUnlock, press(pad, sixDigits(100_007+i)), From{})
			if !errors.Is(err, ErrWrong) && !errors.Is(err, ErrLocked) {
				t.Error(err)
			}
		})
	}
	close(start)
	group.Wait()
	if tried := d.hashed.Load() - before; tried != freeTries {
		t.Errorf("%d were tried", tried)
	}
}

func TestACrashBetweenCountingAndAnsweringCostsAnAttempt(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	for range freeTries {
		entry := press(d.opened(t, ann, ToUnlock), own)
		d.plug.CrashAfter(2, false) // the keypad is used up and the attempt counted, no more
		if err := d.Confirm(t.Context(), ann, ToUnlock, entry, From{}); !errors.Is(err, crashtest.ErrCrashed) {
			t.Fatal(err)
		}
		d.plug.Restart()
	}
	if err := d.guess(t, ann, own); !errors.Is(err, ErrLocked) {
		t.Errorf("%v", err)
	}
	d.pass(lease)
	if err := d.Recover(t.Context()); err != nil || d.hears("ann", "pin.told.locked") != 1 {
		t.Errorf("after the crash nobody says why: %v, %v", err, d.heard)
	}
	d.pass(time.Minute)
	if err := d.guess(t, ann, own); err != nil {
		t.Error(err)
	}
}

func TestAStoredKeypadAndPINTellNothing(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	pad := d.opened(t, ann, ToUnlock)
	row, err := keypads.In(d.DB, account).Get(t.Context(), account+":"+pad.ID)
	if err != nil || bytes.Contains(row.Sealed, []byte("unlock")) || bytes.Contains(row.Sealed, pad.order[:]) {
		t.Errorf("%v: %q", err, row.Sealed)
	}
	kept, err := records.In(d.DB, account).Get(t.Context(), ann.ID)
	if err != nil || bytes.Contains(kept.Sealed, []byte("salt")) {
		t.Errorf("%v: %q", err, kept.Sealed)
	}
	// Another person's row in the place of one's own opens nothing.
	d.with(t, person("eve"), other)
	theirs, err := records.In(d.DB, account).Get(t.Context(), person("eve").ID)
	if err != nil {
		t.Fatal(err)
	}
	kept.Sealed = theirs.Sealed
	if opened, err := d.opens(t.Context(), kept, other); err == nil || opened {
		t.Errorf("a moved hash: %t, %v", opened, err)
	}
}
