package pin

import (
	"bytes"
	"context"
	"errors"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
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

func TestAKeypadWorksOnceForOnePersonOneThingAndAMinute(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	d.with(t, person("eve"), own)
	entry := press(d.opened(t, ann, ToUnlock), own)
	hashed := d.hashed.Load()
	if err := d.Confirm(t.Context(), person("eve"), ToUnlock, entry, From{}); !errors.Is(err, ErrKeypad) {
		t.Errorf("somebody else's: %v", err)
	}
	if err := d.Confirm(t.Context(), ann, ToPay("T1"), entry, From{}); !errors.Is(err, ErrKeypad) {
		t.Errorf("another thing's: %v", err)
	}
	foreign := person("ann")
	foreign.Account = "02SHOP"
	if err := d.Confirm(t.Context(), foreign, ToUnlock, entry, From{}); !errors.Is(err, ErrKeypad) && !errors.Is(err, ErrNone) {
		t.Errorf("another account's: %v", err)
	}
	for _, bad := range []Entry{{}, {Keypad: "x", Pressed: "012345"}, {Keypad: entry.Keypad, Pressed: "01234"}, {Keypad: entry.Keypad, Pressed: "01234:"}, {Keypad: strings.Repeat("A", 26), Pressed: "012345"}} {
		if err := d.Confirm(t.Context(), ann, ToUnlock, bad, From{}); !errors.Is(err, ErrKeypad) && !errors.Is(err, ErrEntry) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
	if d.hashed.Load() != hashed {
		t.Error("something of that was tried")
	}
	if _, err := d.Again(t.Context(), ann, ToUnlock, entry.Keypad); err != nil {
		t.Errorf("looking uses it up: %v", err)
	}
	if err := d.Confirm(t.Context(), ann, ToUnlock, entry, From{}); err != nil {
		t.Errorf("its own: %v", err)
	}
	if err := d.Confirm(t.Context(), ann, ToUnlock, entry, From{}); !errors.Is(err, ErrKeypad) {
		t.Errorf("again: %v", err)
	}
	late := press(d.opened(t, ann, ToUnlock), own)
	d.pass(KeypadFor)
	if err := d.Confirm(t.Context(), ann, ToUnlock, late, From{}); !errors.Is(err, ErrKeypad) {
		t.Errorf("after a minute: %v", err)
	}
}

func TestOfManyWhoUseOneKeypadOneGetsIt(t *testing.T) {
	t.Parallel()
	ann := person("ann")
	d := newDesk(t).with(t, ann, own)
	entry := press(d.opened(t, ann, ToUnlock), own)
	var group sync.WaitGroup
	results := make(chan error, 20)
	for range cap(results) {
		group.Go(func() { results <- d.Confirm(t.Context(), ann, ToUnlock, entry, From{}) })
	}
	group.Wait()
	close(results)
	passed := 0
	for err := range results {
		if err == nil {
			passed++
		} else if !errors.Is(err, ErrKeypad) {
			t.Error(err)
		}
	}
	if passed != 1 {
		t.Errorf("%d passed", passed)
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

func TestEveryOrderOfTheKeysIsAsLikely(t *testing.T) {
	t.Parallel()
	const rounds = 20_000
	random := rand.NewChaCha8([32]byte{7})
	var seen [10][10]int
	for range rounds {
		order, err := shuffle(random)
		if err != nil {
			t.Fatal(err)
		}
		for key, digit := range order {
			seen[key][digit]++
		}
	}
	sum, expected := 0.0, float64(rounds)/10
	for _, row := range seen {
		for _, count := range row {
			sum += math.Pow(float64(count)-expected, 2) / expected
		}
	}
	// Chi-square with 81 degrees of freedom: 126 is exceeded once in a thousand.
	if sum > 126 {
		t.Errorf("chi-square %.1f", sum)
	}
	biased := 0 // a shuffle that swaps with any place fails, so the test can fail
	for first := range 10 {
		if math.Abs(float64(seen[0][first])-expected) > 5*math.Sqrt(expected*0.9) {
			biased++
		}
	}
	if biased > 0 {
		t.Errorf("%d digits are on the first key too often or too seldom", biased)
	}
}

func TestKeysArePicturesThatDiffer(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	pad := d.opened(t, person("ann"), ToSet)
	first, err := pad.Pictures()
	if err != nil {
		t.Fatal(err)
	}
	second, err := pad.Pictures()
	if err != nil {
		t.Fatal(err)
	}
	for key := range first {
		picture, err := png.Decode(bytes.NewReader(first[key]))
		if err != nil || picture.Bounds().Dx() != KeyWidth {
			t.Fatalf("key %d: %v", key, err)
		}
		if bytes.Equal(first[key], second[key]) {
			t.Errorf("key %d is drawn alike twice: its bytes would tell the digit", key)
		}
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

func FuzzEntry(f *testing.F) {
	pad := strings.Repeat("A", 26)
	f.Add(pad, "012", "3", "")
	f.Add(pad, "012345", Back, "")
	f.Add(pad, "", "", own)
	f.Add("x", "١٢٣", "-1", "123456\x00")
	f.Add(pad, "0123456789", "back7", "")
	f.Fuzz(func(t *testing.T, keypad, pressed, key, plain string) {
		entry, err := ReadEntry(keypad, pressed, key, plain)
		if err != nil {
			return
		}
		if len(entry.Pressed) > Digits || !numberShape.MatchString(entry.Keypad) || strings.Trim(entry.Pressed, "0123456789") != "" {
			t.Fatalf("%+v", entry)
		}
		if entry.Complete() {
			if read := entry.read([10]byte{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}); !isPIN(read) {
				t.Fatalf("%+v reads %q", entry, read)
			}
		}
	})
}
