package pin

import (
	"bytes"
	"errors"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
)

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
