package pin

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
)

func consent(who message.Person, id string, amount int64, doubted bool) pay.Consent {
	return pay.Consent{Kind: risk.Payment, ID: id, Payer: who, Amount: money.Of(amount, "CNY"), Doubted: doubted}
}

func (d *desk) proves(t testing.TB, yes pay.Consent, pin string) error {
	t.Helper()
	entry := press(d.opened(t, yes.Payer, ToPay(yes.ID)), pin)
	return d.Prove(context.Background(), yes, entry.Proof(From{}))
}

func TestDoubtIsAnsweredByAPINThatAThiefCannotJustHaveSet(t *testing.T) {
	t.Parallel()
	d, ann := newDesk(t), person("ann")
	d.known[ann.ID] = d.now().Add(-30 * 24 * time.Hour)
	if err := d.Prove(t.Context(), consent(ann, "T1", 100, true), nil); !errors.Is(err, ErrNone) {
		t.Errorf("without any: %v", err)
	}
	if err := d.enters(t, ann, ToSet, own, own); err != nil {
		t.Fatal(err)
	}
	hashed := d.hashed.Load()
	if err := d.proves(t, consent(ann, "T1", 100, true), own); !errors.Is(err, ErrYoung) || d.hashed.Load() != hashed {
		t.Errorf("set a moment ago: %v", err)
	}
	if err := d.proves(t, consent(ann, "T1", 100, false), own); err != nil {
		t.Errorf("without doubt: %v", err)
	}
	if err := d.Vouch(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	if err := d.proves(t, consent(ann, "T2", 100, true), own); err != nil {
		t.Errorf("after a member made sure: %v", err)
	}
	bob := person("bob") // who came today
	d.known[bob.ID] = d.now().Add(-time.Hour)
	if err := d.enters(t, bob, ToSet, own, own); err != nil {
		t.Fatal(err)
	}
	if err := d.proves(t, consent(bob, "T3", 100, true), own); err != nil {
		t.Errorf("somebody new: %v", err)
	}
	cleo := person("cleo")
	if err := d.enters(t, cleo, ToSet, own, own); err != nil {
		t.Fatal(err)
	}
	d.pass(ripe)
	if err := d.Prove(t.Context(), consent(cleo, "T4", 100, true), nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("a day later, without typing it: %v", err)
	}
	if err := d.proves(t, consent(cleo, "T4", 100, true), own); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

func TestWhoLinksANameWithAPINOfTheirOwnOpensNothing(t *testing.T) {
	t.Parallel()
	ann, eve := person("ann"), person("eve")
	d := newDesk(t).with(t, ann, own)
	d.with(t, eve, other)
	now := d.now()
	d.linked[ann.ID] = []Name{{ann.ID, now}, {eve.ID, now}}
	d.linked[eve.ID] = []Name{{eve.ID, now}, {ann.ID, now}}
	if err := d.proves(t, consent(eve, "T1", 100, false), other); !errors.Is(err, ErrWrong) {
		t.Errorf("with her own PIN eve spends what ann has: %v", err)
	}
	zoe := person("zoe") // who has no PIN, linked to eve, who has
	d.linked[zoe.ID] = []Name{{zoe.ID, now}, {eve.ID, now}}
	d.linked[eve.ID] = []Name{{eve.ID, now}, {zoe.ID, now}}
	if err := d.proves(t, consent(eve, "T2", 100, true), other); !errors.Is(err, ErrYoung) {
		t.Errorf("a PIN that came along with a link answers doubt at once: %v", err)
	}
}

func TestAfterAResetNothingGoesUntilThereIsANewPIN(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	if err := d.Reset(t.Context(), ann); err != nil {
		t.Fatal(err)
	}
	if err := d.Prove(t.Context(), consent(ann, "T1", 1, false), nil); !errors.Is(err, ErrNone) {
		t.Errorf("%v", err)
	}
	if err := d.enters(t, ann, ToSet, other, other); err != nil {
		t.Fatal(err)
	}
	if err := d.proves(t, consent(ann, "T1", 1, true), other); !errors.Is(err, ErrYoung) {
		t.Errorf("a new one after a reset answers doubt: %v", err)
	}
	if err := d.proves(t, consent(ann, "T1", 1, false), other); err != nil {
		t.Error(err)
	}
}

func TestWhatIsFreeGoesWithoutThePINUntilTheDayIsUsedUp(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	if err := d.Prove(t.Context(), consent(ann, "T0", 1, false), nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("nothing is free at first: %v", err)
	}
	if err := d.Free(t.Context(), ann, "CNY", Allowance{500, 1000}, nil, From{}); !errors.Is(err, ErrNeeded) {
		t.Errorf("more without the PIN: %v", err)
	}
	entry := press(d.opened(t, ann, ToFree), own)
	if err := d.Free(t.Context(), ann, "CNY", Allowance{500, 1000}, &entry, From{}); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []Allowance{{-1, 0}, {2, 1}, {1001, 3000}, {1, 3001}} {
		if err := d.Free(t.Context(), ann, "CNY", bad, nil, From{}); !errors.Is(err, ErrFree) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if err := d.Prove(t.Context(), consent(ann, "T1", 501, false), nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("too much at once: %v", err)
	}
	if err := d.Prove(t.Context(), consent(ann, "T1", 1, true), nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("doubted: %v", err)
	}
	lasting := consent(ann, "T1", 0, false)
	lasting.Lasting = true
	if err := d.Prove(t.Context(), lasting, nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("a mandate that costs nothing yet: %v", err)
	}
	for range 3 { // the same payment counts once
		if err := d.Prove(t.Context(), consent(ann, "T2", 400, false), nil); err != nil {
			t.Error(err)
		}
	}
	var group sync.WaitGroup
	free := make(chan struct{}, 20)
	for i := range cap(free) {
		group.Go(func() {
			if d.Prove(t.Context(), consent(ann, "S"+sixDigits(i), 200, false), nil) == nil {
				free <- struct{}{}
			}
		})
	}
	group.Wait()
	if len(free) != 3 {
		t.Errorf("%d of 200 beside 400 went within 1000", len(free))
	}
	d.pass(24 * time.Hour)
	if err := d.Prove(t.Context(), consent(ann, "T9", 500, false), nil); err != nil {
		t.Errorf("the next day: %v", err)
	}
	if err := d.Free(t.Context(), ann, "CNY", Allowance{}, nil, From{}); err != nil {
		t.Errorf("less takes no PIN: %v", err)
	}
	if err := d.Prove(t.Context(), consent(ann, "T10", 1, false), nil); !errors.Is(err, ErrNeeded) {
		t.Errorf("%v", err)
	}
}

func TestTheGuardCanStopAPIN(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	d.action = risk.Block
	hashed := d.hashed.Load()
	if err := d.guess(t, ann, own); !errors.Is(err, ErrStopped) || d.hashed.Load() != hashed {
		t.Errorf("%v", err)
	}
}
