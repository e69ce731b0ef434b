package guest_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/message"
	"plaza/shop/crashtest"
	"plaza/shop/guest"
)

// gate is where passes are given, on a clock of its own. Pages know the people of
// the web chat alone.
type gate struct {
	*guest.Service
	t    *testing.T
	plug *crashtest.Engine
	at   atomic.Int64
	sick error // of whoever says whom pages know
}

const base = "https://plaza.example"

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{t: t}
	g.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	db, plug := crashtest.Open(t, guest.Schemas()...)
	g.plug = plug
	g.Service = guest.New(guest.Dependencies{DB: db, PublicURL: base, Now: g.now,
		Known: func(_ context.Context, account, channel string) (bool, error) { return channel == "webchat", g.sick }})
	return g
}

func (g *gate) now() time.Time { return time.UnixMilli(g.at.Load()).UTC() }

func (g *gate) pass(d time.Duration) { g.at.Add(d.Milliseconds()) }

func person(account, channel, name string) message.Person {
	return message.Person{ID: message.SubscriberID(account, channel, name), Account: account, Channel: channel, User: name, Name: name}
}

// bill gives somebody a pass for an order, and its secret.
func (g *gate) bill(who message.Person, order string, until time.Time) string {
	g.t.Helper()
	address, err := g.Bill(g.t.Context(), who, order, until)
	if err != nil {
		g.t.Fatal(err)
	}
	secret, ok := strings.CutPrefix(address, base+"/bill/")
	if !ok || len(secret) < 26 { // of base32: 130 bits
		g.t.Fatalf("the link is %q", address)
	}
	return secret
}

func (g *gate) opens(kind guest.Kind, secret string) bool {
	g.t.Helper()
	_, err := g.Find(g.t.Context(), kind, secret)
	if err != nil && !errors.Is(err, guest.ErrNoPass) {
		g.t.Fatal(err)
	}
	return err == nil
}

func TestAPassShowsItsBillUntilADayAfterItIsOver(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	min := person("01SHOP", "kakao", "min")
	secret := g.bill(min, "order", g.now().Add(30*time.Minute))
	for range 2 { // it is not used up: who has paid sees how that ended
		found, err := g.Find(t.Context(), guest.Bill, secret)
		if err != nil || found.Subject != "order" || found.Account != min.Account || found.Person != min {
			t.Fatalf("%+v, %v", found, err)
		}
	}
	g.pass(30*time.Minute + guest.Aftermath - time.Millisecond)
	if !g.opens(guest.Bill, secret) {
		t.Error("over before its time")
	}
	g.pass(time.Millisecond)
	if g.opens(guest.Bill, secret) {
		t.Error("it outlives its time")
	}
}

func TestAnAddressIsTypedWithinTheHour(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	address, err := g.Delivery(t.Context(), person("01SHOP", "kakao", "min"), 7)
	if err != nil {
		t.Fatal(err)
	}
	secret := strings.TrimPrefix(address, base+"/deliver/")
	found, err := g.Find(t.Context(), guest.Delivery, secret)
	if err != nil || found.Cart() != 7 {
		t.Errorf("%+v, %v", found, err)
	}
	g.pass(guest.DeliveryLife)
	if g.opens(guest.Delivery, secret) {
		t.Error("it outlives its hour")
	}
}

func TestAPassOpensItsOwnThingAndNothingElse(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	soon := g.now().Add(time.Hour)
	min, far := person("01SHOP", "kakao", "min"), person("01OTHER", "kakao", "min")
	// The same name and order in another account are another's.
	one, again, other := g.bill(min, "order", soon), g.bill(min, "order", soon), g.bill(far, "order", soon)
	if one == again || one == other {
		t.Fatal("one link was given twice")
	}
	for secret, account := range map[string]string{one: "01SHOP", again: "01SHOP", other: "01OTHER"} {
		found, err := g.Find(t.Context(), guest.Bill, secret)
		if err != nil || found.Account != account || found.Person.Account != account {
			t.Errorf("%+v, %v", found, err)
		}
	}
	if g.opens(guest.Delivery, one) {
		t.Error("a bill says where something is delivered")
	}
}

// Who can read the store, or has a part of a link, can open nothing with it.
func TestAPassIsNotGuessed(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	secret := g.bill(person("01SHOP", "kakao", "min"), "order", g.now().Add(time.Hour))
	kept, err := g.Find(t.Context(), guest.Bill, secret)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(kept.ID, secret) {
		t.Error("the store holds the secret")
	}
	last := "A"
	if strings.HasSuffix(secret, last) {
		last = "B"
	}
	for _, guess := range []string{"", kept.ID, secret[:25], secret[:25] + last, secret + "A", strings.ToLower(secret), " " + secret,
		secret + "\x00", kept.Subject, kept.Person.ID, strings.Repeat("A", 26), strings.Repeat("A", 1<<16), "\xff"} {
		if g.opens(guest.Bill, guess) {
			t.Errorf("%.60q opens it", guess)
		}
	}
}

func TestWhoIsKnownGetsNoPass(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	ann := person("01SHOP", "webchat", "ann")
	if address, err := g.Bill(t.Context(), ann, "order", g.now()); err != nil || address != "" {
		t.Errorf("%q, %v", address, err)
	}
	if address, err := g.Delivery(t.Context(), ann, 1); err != nil || address != "" {
		t.Errorf("%q, %v", address, err)
	}
	// Where nobody can say, none is given: it might be somebody who is known.
	g.sick = errors.New("the store does not answer")
	if address, err := g.Bill(t.Context(), person("01SHOP", "kakao", "min"), "order", g.now()); address != "" || !errors.Is(err, g.sick) {
		t.Errorf("%q, %v", address, err)
	}
}

// A link that goes out works: none is given whose pass is not written down.
func TestNoLinkIsGivenWhosePassIsNotKept(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	min := person("01SHOP", "kakao", "min")
	g.plug.CrashAfter(0, false)
	if _, err := g.Bill(t.Context(), min, "order", g.now().Add(time.Hour)); !errors.Is(err, crashtest.ErrCrashed) {
		t.Errorf("%v", err)
	}
	g.plug.Restart()
	if !g.opens(guest.Bill, g.bill(min, "order", g.now().Add(time.Hour))) {
		t.Error("the next one does not open")
	}
}

func TestManyAtOnceEachGetTheirOwnPass(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	const many = 50
	secrets := make([]string, many)
	var all sync.WaitGroup
	for i := range many {
		all.Go(func() {
			who := person("01SHOP", "kakao", "min"+string(rune('a'+i)))
			address, err := g.Bill(t.Context(), who, who.User, g.now().Add(time.Hour))
			if err != nil {
				t.Error(err)
				return
			}
			secrets[i] = strings.TrimPrefix(address, base+"/bill/")
			found, err := g.Find(t.Context(), guest.Bill, secrets[i])
			if err != nil || found.Subject != who.User || found.Person != who {
				t.Errorf("%s found %+v, %v", who.User, found, err)
			}
		})
	}
	all.Wait()
	given := map[string]bool{}
	for _, secret := range secrets {
		given[secret] = true
	}
	if len(given) != many {
		t.Errorf("%d passes for %d people", len(given), many)
	}
}

// goods gives somebody a pass for what an order has given, and its secret.
func (g *gate) goods(who message.Person, order string) string {
	g.t.Helper()
	address, err := g.Goods(g.t.Context(), who, order)
	if err != nil {
		g.t.Fatal(err)
	}
	return strings.TrimPrefix(address, base+"/goods/")
}

func TestGoodsAreForTheBrowserThatTakesThemFirst(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	secret := g.goods(person("01SHOP", "kakao", "min"), "order")
	var holders, refused atomic.Int64
	var held atomic.Value
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			switch holder, err := g.Take(t.Context(), secret); {
			case err == nil:
				holders.Add(1)
				held.Store(holder)
			case errors.Is(err, guest.ErrTaken):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if holders.Load() != 1 || refused.Load() != 29 {
		t.Fatalf("%d took it, %d were refused", holders.Load(), refused.Load())
	}
	found, err := g.Find(t.Context(), guest.Goods, secret)
	if err != nil || !found.IsTaken() || !found.IsHeldBy(held.Load().(string)) {
		t.Errorf("%+v, %v", found, err)
	}
	for _, guess := range []string{"", found.Holder, secret, strings.ToLower(held.Load().(string))} {
		if found.IsHeldBy(guess) {
			t.Errorf("%q holds it as well", guess)
		}
	}
	if again := g.goods(person("01SHOP", "kakao", "min"), "order"); !g.opens(guest.Goods, again) {
		t.Error("no other link can be asked for")
	}
}

func TestOnlyALivingPassForGoodsIsTaken(t *testing.T) {
	t.Parallel()
	g := newGate(t)
	min := person("01SHOP", "kakao", "min")
	bill := g.bill(min, "order", g.now().Add(time.Hour))
	secret := g.goods(min, "order")
	for _, other := range []string{bill, "", "nothing"} {
		if _, err := g.Take(t.Context(), other); !errors.Is(err, guest.ErrNoPass) {
			t.Errorf("%q is taken: %v", other, err)
		}
	}
	if found, err := g.Find(t.Context(), guest.Goods, secret); err != nil || found.IsTaken() || found.IsHeldBy("") {
		t.Errorf("nobody has taken it: %+v, %v", found, err)
	}
	g.pass(guest.GoodsLife)
	if _, err := g.Take(t.Context(), secret); !errors.Is(err, guest.ErrNoPass) {
		t.Errorf("taken after its time: %v", err)
	}
}
