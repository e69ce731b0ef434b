package pin

import (
	"errors"
	"testing"
	"time"

	"plaza/shop/pay/risk"
)

// lockedDesk is one where ann has a PIN, and some of her money went without it
// until it was locked.
func lockedDesk(t *testing.T) *desk {
	t.Helper()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	d.allows(t, Allowance{500, 1000})
	if err := d.Prove(t.Context(), consent(ann, "T0", 100, false), nil); err != nil {
		t.Fatal(err)
	}
	if err := d.Lock(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	return d
}

// allows has ann allow what goes without her PIN.
func (d *desk) allows(t *testing.T, what Allowance) {
	t.Helper()
	entry := press(d.opened(t, person("ann"), ToFree), own)
	if err := d.Free(t.Context(), person("ann"), "CNY", what, &entry, From{}); err != nil {
		t.Fatal(err)
	}
}

// isLocked says whether somebody's money is.
func (d *desk) isLocked(t *testing.T, name string) bool {
	t.Helper()
	standing, err := d.Standing(t.Context(), person(name))
	if err != nil {
		t.Fatal(err)
	}
	return standing.Locked
}

func TestLockedMoneyAsksForThePINUntilItWasTyped(t *testing.T) {
	t.Parallel()
	d, ann := lockedDesk(t), person("ann")
	payment, transfer := consent(ann, "T1", 100, false), consent(ann, "S1", 100, false)
	transfer.Kind = risk.Transfer
	if err := d.Prove(t.Context(), payment, nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("a small payment: %v", err)
	}
	if err := d.Prove(t.Context(), transfer, nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("a small transfer: %v", err)
	}
	if err := d.proves(t, payment, other); !errors.Is(err, ErrWrong) || !d.isLocked(t, "ann") {
		t.Errorf("a wrong PIN: %v", err)
	}
	if err := d.proves(t, payment, own); err != nil || d.isLocked(t, "ann") {
		t.Errorf("the right PIN: %v; locked: %v", err, d.isLocked(t, "ann"))
	}
	if err := d.Prove(t.Context(), transfer, nil); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAPINThatWasSetAfterTheLockDoesNotUnlockToday(t *testing.T) {
	t.Parallel()
	for name, met := range map[string]time.Duration{"known for long": 30 * 24 * time.Hour, "met today": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, ann := newDesk(t), person("ann")
			d.known[ann.ID] = d.now().Add(-met)
			for range 2 { // doing it again changes nothing
				if err := d.Lock(t.Context(), ann); err != nil {
					t.Fatal(err)
				}
			}
			yes := consent(ann, "T1", 100, false)
			if err := d.Prove(t.Context(), yes, nil); !errors.Is(err, ErrNone) {
				t.Errorf("without any PIN: %v", err)
			}
			if err := d.enters(t, ann, ToSet, own, own); err != nil {
				t.Fatal(err)
			}
			if err := d.proves(t, yes, own); !errors.Is(err, ErrYoung) || !d.isLocked(t, "ann") {
				t.Errorf("set just now: %v", err)
			}
			if err := d.guess(t, ann, own); !errors.Is(err, ErrYoung) || !d.isLocked(t, "ann") {
				t.Errorf("for a code at the counter: %v", err)
			}
			if standing, err := d.Standing(t.Context(), ann); err != nil || standing.Trusted || standing.From.IsZero() {
				t.Errorf("%+v, %v", standing, err)
			}
			d.pass(24 * time.Hour) // in which its owner could object
			if err := d.proves(t, yes, own); err != nil || d.isLocked(t, "ann") {
				t.Errorf("a day later: %v", err)
			}
		})
	}
}

func TestALockHoldsForAllNamesOfAPerson(t *testing.T) {
	t.Parallel()
	ann, other := person("ann"), person("ann-elsewhere")
	d := newDesk(t).with(t, ann, own)
	names := []Name{{ID: ann.ID}, {ID: other.ID}}
	d.linked[ann.ID], d.linked[other.ID] = names, names
	if err := d.Lock(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if !d.isLocked(t, "ann") || !d.isLocked(t, "ann-elsewhere") || d.isLocked(t, "bob") {
		t.Error("who is locked is wrong")
	}
	if err := d.guess(t, ann, own); err != nil || d.isLocked(t, "ann") || d.isLocked(t, "ann-elsewhere") {
		t.Errorf("after the right PIN: %v", err)
	}
}

func TestTheDayOfWhatIsFreeIsTheShops(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	d.days = time.FixedZone("", 9*3600) // 12:00 there
	d.allows(t, Allowance{500, 500})
	goes := func(id string) error { return d.Prove(t.Context(), consent(ann, id, 500, false), nil) }
	if err := goes("T1"); err != nil {
		t.Fatal(err)
	}
	d.pass(11*time.Hour + 59*time.Minute)
	if err := goes("T2"); !errors.Is(err, ErrNeeded) {
		t.Errorf("the same day there: %v", err)
	}
	d.pass(time.Minute) // midnight there, 15:00 UTC
	if err := goes("T3"); err != nil {
		t.Errorf("the next day there: %v", err)
	}
	d.pass(9 * time.Hour) // midnight UTC
	if err := goes("T4"); !errors.Is(err, ErrNeeded) {
		t.Errorf("the same day there: %v", err)
	}
}

func TestALowerLimitHoldsForWhatWasFreeBefore(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	d.allows(t, Allowance{500, 1000})
	d.most = Allowance{200, 300}
	if err := d.Prove(t.Context(), consent(ann, "T1", 201, false), nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("beyond what goes at once: %v", err)
	}
	if err := d.Prove(t.Context(), consent(ann, "T2", 150, false), nil); err != nil {
		t.Errorf("within it: %v", err)
	}
	if err := d.Prove(t.Context(), consent(ann, "T3", 151, false), nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("beyond the day: %v", err)
	}
	if err := d.Prove(t.Context(), consent(ann, "T4", 150, false), nil); err != nil {
		t.Errorf("the rest of the day: %v", err)
	}
}
