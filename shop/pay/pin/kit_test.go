package pin

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/argon2"

	"plaza/account/vault"
	"plaza/message"
	"plaza/shop/crashtest"
	"plaza/shop/pay/risk"
)

const account = "01SHOP"

// desk is a Service with everything around it; hashes are cheap and counted.
type desk struct {
	*Service
	plug    *crashtest.Engine
	at      atomic.Int64
	hashed  atomic.Int64
	mu      sync.Mutex
	heard   []string // key = text
	linked  map[string][]Name
	known   map[string]time.Time
	action  risk.Action
	settled map[risk.Outcome]int
	most    Allowance
	days    *time.Location
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{linked: map[string][]Name{}, known: map[string]time.Time{}, action: risk.Allow, settled: map[risk.Outcome]int{},
		most: Allowance{Once: 1000, Day: 3000}, days: time.UTC}
	d.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	db, plug := crashtest.Open(t, slices.Concat(Schemas(), vault.Schemas())...)
	d.plug = plug
	d.Service = New(Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), d.now), Identities: d, Guard: d,
		KnownSince: func(_ context.Context, of message.Person) (time.Time, error) {
			d.mu.Lock()
			defer d.mu.Unlock()
			return d.known[of.ID], nil
		},
		Ceiling: func(context.Context, string, string) (Allowance, error) { return d.most, nil },
		Zone:    func(context.Context, string) (*time.Location, error) { return d.days, nil },
		Sender:  d, Texts: d, Now: d.now, Logger: slog.New(slog.DiscardHandler)})
	d.hashes.cost = cost{Memory: 8, Passes: 1, Lanes: 1}
	d.hashes.derive = func(pin, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte {
		d.hashed.Add(1)
		return argon2.IDKey(pin, salt, passes, memory, lanes, length)
	}
	return d
}

func (d *desk) now() time.Time { return time.UnixMilli(d.at.Load()).UTC() }

func (d *desk) pass(of time.Duration) { d.at.Add(of.Milliseconds()) }

func (d *desk) Names(_ context.Context, _, subscriber string) ([]Name, error) {
	if names := d.linked[subscriber]; names != nil {
		return names, nil
	}
	return []Name{{ID: subscriber}}, nil
}

func (d *desk) Assess(context.Context, risk.Attempt) (risk.Assessment, error) {
	return risk.Assessment{Decision: risk.Decision{Action: d.action}}, nil
}

func (d *desk) Settle(_ context.Context, _ string, kind risk.Kind, _ string, outcome risk.Outcome) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if kind == risk.PIN {
		d.settled[outcome]++
	}
	return nil
}

func (d *desk) Send(_ context.Context, to message.Person, key string, out ...message.Outbound) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if heard := to.User + " " + key + " " + out[0].Text; !slices.Contains(d.heard, heard) {
		d.heard = append(d.heard, heard)
	}
	return nil
}

// hears counts what was said to a person that holds a word.
func (d *desk) hears(name, word string) (times int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, heard := range d.heard {
		if strings.HasPrefix(heard, name+" ") && strings.Contains(heard, word) {
			times++
		}
	}
	return times
}

func (d *desk) Text(_, key string, _ ...any) string { return key }

func person(name string) message.Person {
	return message.Person{ID: message.SubscriberID(account, "webchat", name), Account: account, Channel: "webchat", User: name, Language: "en"}
}

// press types a PIN on a keypad.
func press(pad Keypad, pin string) Entry {
	keys := make([]byte, 0, Digits)
	for _, digit := range []byte(pin) {
		keys = append(keys, '0'+byte(slices.Index(pad.order[:], digit-'0')))
	}
	return Entry{Keypad: pad.ID, Pressed: string(keys)}
}

// opened is a keypad.
func (d *desk) opened(t testing.TB, who message.Person, purpose Purpose) Keypad {
	t.Helper()
	pad, err := d.Open(context.Background(), who, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return pad
}

// enters types PINs one after the other to set or to change one.
func (d *desk) enters(t testing.TB, who message.Person, purpose Purpose, pins ...string) error {
	t.Helper()
	pad := d.opened(t, who, purpose)
	for _, pin := range pins {
		next, _, err := d.Enter(context.Background(), who, purpose, press(pad, pin), From{})
		if err != nil {
			return err
		}
		pad = next
	}
	return nil
}

// with is a desk where somebody has a PIN, set a week ago.
func (d *desk) with(t testing.TB, who message.Person, pin string) *desk {
	t.Helper()
	if err := d.enters(t, who, ToSet, pin, pin); err != nil {
		t.Fatal(err)
	}
	d.pass(7 * 24 * time.Hour)
	return d
}

// guess types a PIN to unlock a code.
func (d *desk) guess(t testing.TB, who message.Person, pin string) error {
	t.Helper()
	return d.Confirm(context.Background(), who, ToUnlock, press(d.opened(t, who, ToUnlock), pin), From{Device: "phone", Address: "192.0.2.7"})
}
