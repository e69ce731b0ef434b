package shop_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/booking"
	"plaza/shop/digital"
	"plaza/store"
)

// haircut can be booked hourly from 9 to 12, capacity people at a time.
func (k *kit) haircut(capacity int64) shop.Product {
	k.t.Helper()
	calendar := &booking.Plan{Minutes: 60, Capacity: capacity, Notice: 60, Cancel: 24 * 60, Ahead: 60}
	for i := range calendar.Week {
		calendar.Week[i] = []booking.Hours{{From: 9 * 60, Until: 12 * 60}}
	}
	saved, err := k.SaveProduct(k.t.Context(), shop.Product{Account: account, State: shop.Active, Kind: shop.Booking, Calendar: calendar,
		Names: map[string]string{"en": "Haircut"}, Variants: []shop.Variant{{Price: money.Of(3000, "CNY")}}}, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	return saved
}

// slot is ten o'clock in some days.
func slot(days int) time.Time { return time.Date(2026, 5, 4+days, 10, 0, 0, 0, time.UTC) }

func (k *kit) book(person message.Person, product shop.Product, start time.Time) (shop.Order, error) {
	return k.Checkout(k.t.Context(), person, shop.CheckoutRequest{Key: store.NewID(),
		Lines: []shop.CartLine{{Variant: product.Variants[0].ID, Slot: start.Unix(), Quantity: 1}}})
}

func (k *kit) wantLeft(product shop.Product, start time.Time, want int64) {
	k.t.Helper()
	slots, err := k.Slots(k.t.Context(), account, product.ID, start)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, each := range slots {
		if each.Start.Equal(start) {
			if each.Left != want {
				k.t.Errorf("%d left at %s, want %d", each.Left, start, want)
			}
			return
		}
	}
	k.t.Errorf("nothing at %s", start)
}

func TestAThousandBuyersOfATimeGetExactlyAsManyAsThereAre(t *testing.T) {
	k := open(t)
	product := k.haircut(10)
	buyers := 1000
	if testing.Short() || raceDetector {
		buyers = 200
	}
	var booked, refused atomic.Int64
	var group sync.WaitGroup
	for i := range buyers {
		person := k.person(fmt.Sprint("buyer", i), 0)
		group.Go(func() {
			switch _, err := k.book(person, product, slot(1)); {
			case err == nil:
				booked.Add(1)
			case errors.Is(err, shop.ErrSoldOut):
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	group.Wait()
	if booked.Load() != 10 || int(refused.Load()) != buyers-10 {
		t.Errorf("%d booked, %d refused", booked.Load(), refused.Load())
	}
	k.wantLeft(product, slot(1), 0)
	k.pass(16 * time.Minute) // nobody has paid
	k.settle()
	k.wantLeft(product, slot(1), 10)
}

func TestABookingStandsInTheCalendarAndIsGivenBackInTime(t *testing.T) {
	k := open(t)
	product, buyer := k.haircut(2), k.person("mei", 10000)
	order, err := k.book(buyer, product, slot(3))
	if err != nil {
		t.Fatal(err)
	}
	if found, _, err := k.Appointments(t.Context(), account, slot(3), slot(4), 10, ""); err != nil || len(found) != 0 {
		t.Errorf("in the calendar before it is paid: %+v, %v", found, err)
	}
	if _, err := k.pay(buyer, order); err != nil {
		t.Fatal(err)
	}
	k.settle()
	found, _, err := k.Appointments(t.Context(), account, slot(3), slot(4), 10, "")
	if err != nil || len(found) != 1 || found[0].Title != "Haircut (2026-05-07 10:00)" || !k.sent.got(order, "handed") {
		t.Fatalf("%+v, %v", found, err)
	}
	id := found[0].ID
	if _, err := k.CancelOwnBooking(t.Context(), k.person("eve", 0), id); !errors.Is(err, shop.ErrNoBooking) {
		t.Errorf("somebody else's: %v", err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := k.CancelOwnBooking(t.Context(), buyer, id); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	k.settle()
	k.wantBalance(buyer, 10000)
	k.wantLeft(product, slot(3), 2)
	if now, err := k.Appointment(t.Context(), account, id); err != nil || now.State != shop.BookingCancelled || k.state(order) != shop.Refunded || !k.sent.got(order, "unbooked") {
		t.Errorf("%+v, %v, order %s", now, err, k.state(order))
	}
	k.audit()
}

func TestABookingIsKeptOnceItIsTooLate(t *testing.T) {
	k := open(t)
	product, buyer := k.haircut(1), k.person("mei", 10000)
	order, err := k.book(buyer, product, slot(2))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.pay(buyer, order); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.at.Store(slot(2).Add(-25 * time.Hour).UnixMilli())
	k.settle()
	if k.sent.keyed("booking:") != 0 {
		t.Error("reminded too early")
	}
	k.pass(2 * time.Hour)
	k.settle()
	k.settle()
	if n := k.sent.keyed("booking:"); n != 1 {
		t.Errorf("reminded %d times", n)
	}
	mine, err := k.AppointmentsOf(t.Context(), buyer, 5)
	if err != nil || len(mine) != 1 {
		t.Fatal(mine, err)
	}
	if _, err := k.CancelOwnBooking(t.Context(), buyer, mine[0].ID); !errors.Is(err, shop.ErrBookingTooLate) {
		t.Errorf("within a day: %v", err)
	}
	k.at.Store(slot(2).Add(61 * time.Minute).UnixMilli())
	k.settle()
	if k.state(order) != shop.Completed {
		t.Errorf("afterwards the order is %s", k.state(order))
	}
	if _, err := k.CancelBooking(t.Context(), account, mine[0].ID, "member"); !errors.Is(err, shop.ErrBookingFinished) {
		t.Errorf("when it is over: %v", err)
	}
	if _, err := k.book(buyer, product, slot(2)); !errors.Is(err, shop.ErrCartEmpty) {
		t.Errorf("booked the past: %v", err)
	}
}

func TestAMemberCancelsOneOfTwoBookings(t *testing.T) {
	k := open(t)
	product, buyer := k.haircut(1), k.person("mei", 10000)
	order, err := k.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "two", Lines: []shop.CartLine{
		{Variant: product.Variants[0].ID, Slot: slot(2).Unix(), Quantity: 1}, {Variant: product.Variants[0].ID, Slot: slot(3).Unix(), Quantity: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.pay(buyer, order); err != nil {
		t.Fatal(err)
	}
	k.settle()
	found, err := k.AppointmentsIn(t.Context(), order)
	if err != nil || len(found) != 2 {
		t.Fatal(found, err)
	}
	if _, err := k.CancelBooking(t.Context(), account, order.ID+":0", "member"); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.wantLeft(product, slot(2), 1)
	k.wantLeft(product, slot(3), 0)
	k.wantBalance(buyer, 7000)
	if _, err := k.Refund(t.Context(), account, order.ID, "rest", 0, "", "member"); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.wantLeft(product, slot(2), 1)
	k.wantLeft(product, slot(3), 1)
	k.wantBalance(buyer, 10000)
	k.audit()
}

func TestTheCapacityOfATimeFollowsItsCalendar(t *testing.T) {
	k := open(t)
	product := k.haircut(1)
	if _, err := k.book(k.person("a", 0), product, slot(2)); err != nil {
		t.Fatal(err)
	}
	product.Calendar.Capacity = 3
	product, err := k.SaveProduct(t.Context(), product, nil)
	if err != nil {
		t.Fatal(err)
	}
	k.wantLeft(product, slot(2), 2)
	for _, name := range []string{"b", "c"} {
		if _, err := k.book(k.person(name, 0), product, slot(2)); err != nil {
			t.Fatal(err)
		}
	}
	product.Calendar.Capacity = 2
	if product, err = k.SaveProduct(t.Context(), product, nil); err != nil {
		t.Fatal(err)
	}
	k.wantLeft(product, slot(2), 0)
	if _, err := k.book(k.person("d", 0), product, slot(2)); !errors.Is(err, shop.ErrSoldOut) {
		t.Error(err)
	}
}

func TestTimesAreBookedInTheChat(t *testing.T) {
	k := open(t)
	k.haircut(1)
	buyer := k.person("mei", 5000)
	say := func(in message.Inbound) []message.Outbound {
		t.Helper()
		out, handled, err := k.Answer(t.Context(), buyer, in)
		if err != nil || !handled {
			t.Fatal(handled, err)
		}
		return out
	}
	times := say(message.Inbound{Kind: message.TextIn, Text: "buy haircut"})[1]
	if len(times.Buttons) != 7 || times.Buttons[0].Label != "2026-05-04 09:00" {
		t.Fatalf("%+v", times)
	}
	added := say(message.Inbound{Kind: message.Press, Payload: times.Buttons[1].Payload})[0]
	if !strings.Contains(added.Text, "Haircut (2026-05-04 10:00)") {
		t.Errorf("%s", added.Text)
	}
	say(message.Inbound{Kind: message.Press, Payload: added.Buttons[0].Payload})
	if mine := say(message.Inbound{Kind: message.TextIn, Text: "我的预约"})[0]; !strings.Contains(mine.Text, "没有预约") {
		t.Errorf("before it is paid: %s", mine.Text)
	}
	placed, _, err := k.Orders(t.Context(), account, shop.Placed, 1, "")
	if err != nil || len(placed) != 1 {
		t.Fatal(placed, err)
	}
	if _, err := k.pay(buyer, placed[0]); err != nil {
		t.Fatal(err)
	}
	if mine := say(message.Inbound{Kind: message.TextIn, Text: "my bookings"})[0]; !strings.Contains(mine.Text, "Haircut (2026-05-04 10:00)") {
		t.Errorf("%s", mine.Text)
	}
}

func (m *mailbox) keyed(prefix string) (count int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key := range m.byKey {
		if strings.HasPrefix(key, prefix) {
			count++
		}
	}
	return count
}

func TestDigitalGoodsAreGivenWhenPaidAndTakenBackWhenRefunded(t *testing.T) {
	k := open(t)
	file, err := k.Digital.KeepFile(t.Context(), account, "recipes.pdf", strings.NewReader("bread"))
	if err != nil {
		t.Fatal(err)
	}
	product, err := k.SaveProduct(t.Context(), shop.Product{Account: account, State: shop.Active, Kind: shop.Digital, Downloads: 2,
		Names: map[string]string{"en": "Recipes"}, Variants: []shop.Variant{{Price: money.Of(900, "CNY"), Files: []string{file.ID}, Keys: true}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	variant := product.Variants[0].ID
	if added, err := k.AddKeys(t.Context(), account, variant, "AAA\nBBB\nAAA\nCCC"); err != nil || added != 3 {
		t.Fatal(added, err)
	}
	if err := k.SetStock(t.Context(), account, variant, 100); !errors.Is(err, shop.ErrStockOfKeys) {
		t.Errorf("more than there are keys: %v", err)
	}
	k.wantStock(variant, 3, 0, 0)
	k.delivers(nil) // asks nothing about what is no parcel
	buyer := k.person("mei", 10000)
	order := k.order(buyer, variant, 2)
	if _, err := k.Download(t.Context(), order, file.ID); !errors.Is(err, digital.ErrNotYetGiven) {
		t.Errorf("before it is paid: %v", err)
	}
	if _, err := k.pay(buyer, order); err != nil {
		t.Fatal(err)
	}
	k.settle()
	order, err = k.Order(t.Context(), account, order.ID)
	if err != nil || order.State != shop.Completed || !k.sent.got(order, "handed") {
		t.Fatalf("%s, %v", order.State, err)
	}
	given, err := k.Given(t.Context(), order)
	if err != nil || len(given) != 1 || len(given[0].Keys) != 2 || given[0].Keys[0] == given[0].Keys[1] || given[0].Files[0].Left != 4 {
		t.Fatalf("%+v, %v", given, err)
	}
	for _, out := range k.sent.byKey["order:"+order.ID+":handed"] {
		if strings.Contains(out.Text, given[0].Keys[0]) {
			t.Error("a key stands in the conversation")
		}
	}
	if _, err := k.Download(t.Context(), order, file.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Refund(t.Context(), account, order.ID, "all", 0, "", "member"); err != nil {
		t.Fatal(err)
	}
	k.settle()
	order, err = k.Order(t.Context(), account, order.ID)
	if err != nil || order.State != shop.Refunded {
		t.Fatalf("%s, %v", order.State, err)
	}
	if given, err := k.Given(t.Context(), order); err != nil || given != nil {
		t.Errorf("after the refund: %+v, %v", given, err)
	}
	if _, err := k.Download(t.Context(), order, file.ID); err == nil {
		t.Error("downloaded after the refund")
	}
	k.wantStock(variant, 1, 0, 2) // seen keys are not sold again
	if _, err := k.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "late", Lines: []shop.CartLine{{Variant: variant, Quantity: 2}}}); !errors.Is(err, shop.ErrSoldOut) {
		t.Error(err)
	}
}

func TestAProductIsWhatItSays(t *testing.T) {
	k := open(t)
	base := func(kind shop.Kind) shop.Product {
		return shop.Product{Account: account, State: shop.Active, Kind: kind, Names: map[string]string{"en": "A"}, Variants: []shop.Variant{{Price: money.Of(1, "CNY")}}}
	}
	for kind, want := range map[shop.Kind]error{"ghost": shop.ErrKind, shop.Digital: shop.ErrNoContent, shop.Booking: shop.ErrNoCalendar} {
		if _, err := k.SaveProduct(t.Context(), base(kind), nil); !errors.Is(err, want) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	saved, err := k.SaveProduct(t.Context(), base(shop.Goods), nil)
	if err != nil || !saved.Is(shop.Goods) {
		t.Fatal(err)
	}
	saved.Kind, saved.Calendar = shop.Booking, k.haircut(1).Calendar
	if _, err := k.SaveProduct(t.Context(), saved, nil); !errors.Is(err, shop.ErrKindFixed) {
		t.Error(err)
	}
	if _, err := k.AddToCart(t.Context(), k.person("a", 0), k.haircut(1).Variants[0].ID, 1); !errors.Is(err, shop.ErrSlotNeeded) {
		t.Errorf("a booking without a time: %v", err)
	}
}
