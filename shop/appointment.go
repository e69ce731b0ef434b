package shop

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// The faults of bookings.
var (
	ErrNoBooking       = fault.New(fault.NotFound, "booking_not_found", "There is no such booking.")
	ErrBookingTooLate  = fault.New(fault.Conflict, "booking_too_late", "It is too late to cancel this. Please write to us.")
	ErrBookingFinished = fault.New(fault.Conflict, "booking_finished", "This booking is over or has been cancelled.")
)

// BookingState is where a booking stands.
type BookingState string

// The states. A booking that is given back goes through the two
// in between, whose steps can be repeated after a crash.
const (
	Booked           BookingState = "booked"
	BookingRefunding BookingState = "refunding" // the money goes back
	BookingReturning BookingState = "returning" // the time is held, to be given back
	BookingCancelled BookingState = "cancelled"
)

// Appointment is a booking that is paid, in the calendar of its shop.
type Appointment struct {
	ID         string         `bson:"_id" json:"id"` // order id + ":" + line
	Account    string         `bson:"account" json:"-"`
	Order      string         `bson:"order" json:"order"`
	Line       int            `bson:"line" json:"line"`
	Number     string         `bson:"number" json:"number"` // of the order
	Product    string         `bson:"product" json:"product"`
	Variant    string         `bson:"variant" json:"variant"`
	Title      string         `bson:"title" json:"title"` // in the buyer's language, with the time
	Quantity   int            `bson:"quantity" json:"quantity"`
	Start      time.Time      `bson:"start" json:"start"`
	End        time.Time      `bson:"end" json:"end"`
	CancelTill *time.Time     `bson:"cancel_till,omitempty" json:"cancel_till,omitempty"` // by the buyer
	Subscriber string         `bson:"subscriber" json:"subscriber"`
	Person     message.Person `bson:"person" json:"person"`
	State      BookingState   `bson:"state" json:"state"`
	By         string         `bson:"by,omitempty" json:"by,omitempty"`
	Due        *time.Time     `bson:"due,omitempty" json:"-"` // of the reminder, or of the next step
}

var appointments = store.Declare[Appointment](store.Schema{Name: "appointments", Indexes: []store.Index{
	{Fields: []string{"start"}},
	{Fields: []string{"subscriber", "-start"}},
	{Fields: []string{"due"}, Across: true, Sparse: true},
}})

// remindBefore is how long before it begins somebody is reminded.
const remindBefore = 24 * time.Hour

func appointmentID(order string, line int) string { return order + ":" + strconv.Itoa(line) }

// enterBookings enters an order's bookings into the calendar, once.
func (s *Service) enterBookings(ctx context.Context, order Order) error {
	for i, line := range order.Lines {
		if line.Slot == nil {
			continue
		}
		made := Appointment{ID: appointmentID(order.ID, i), Account: order.Account, Order: order.ID, Line: i, Number: order.Number,
			Product: line.Product, Variant: line.Variant, Title: line.Title(), Quantity: line.Quantity, Start: line.Slot.Start, End: line.Slot.End,
			Subscriber: order.Subscriber, Person: order.Person, State: Booked}
		product, err := s.Product(ctx, order.Account, line.Product)
		if err != nil {
			return err
		}
		if product.Calendar != nil && product.Calendar.Cancel >= 0 {
			till := line.Slot.Start.Add(-time.Duration(product.Calendar.Cancel) * time.Minute)
			made.CancelTill = &till
		}
		if due := line.Slot.Start.Add(-remindBefore); due.After(s.now()) {
			made.Due = &due
		}
		if _, _, err := appointments.In(s.DB, order.Account).InsertIfAbsent(ctx, made); err != nil {
			return err
		}
	}
	return nil
}

// dropBookings takes the bookings of a refunded order out of the calendar. Their
// times go back with the order's stock.
func (s *Service) dropBookings(ctx context.Context, order Order) error {
	for i, line := range order.Lines {
		if line.Slot == nil {
			continue
		}
		err := appointments.In(s.DB, order.Account).Update(ctx, appointmentID(order.ID, i),
			store.Set("state", BookingCancelled).Unset("due"), store.Eq("state", Booked))
		if done(err) != nil {
			return err
		}
	}
	return nil
}

// Appointments lists the bookings that begin between two instants, in order;
// cancelled ones too.
func (s *Service) Appointments(ctx context.Context, account string, from, until time.Time, limit int, after store.Cursor) ([]Appointment, store.Cursor, error) {
	return appointments.In(s.DB, account).Find(ctx, store.Where(store.Gte("start", from), store.Lt("start", until)).By("start").Top(limit).From(after))
}

// AppointmentsOf lists a person's bookings, the latest time first.
func (s *Service) AppointmentsOf(ctx context.Context, person message.Person, limit int) ([]Appointment, error) {
	all, err := s.linked(ctx, person)
	if err != nil {
		return nil, err
	}
	var found []Appointment
	for _, subscriber := range all {
		some, _, err := appointments.In(s.DB, person.Account).Find(ctx, store.Where(store.Eq("subscriber", subscriber)).By("-start").Top(limit))
		if err != nil {
			return nil, err
		}
		found = append(found, some...)
	}
	return found, nil
}

// AppointmentsIn are the bookings of an order.
func (s *Service) AppointmentsIn(ctx context.Context, order Order) ([]Appointment, error) {
	var ids []string
	for i, line := range order.Lines {
		if line.Slot != nil {
			ids = append(ids, appointmentID(order.ID, i))
		}
	}
	if ids == nil {
		return nil, nil
	}
	return appointments.In(s.DB, order.Account).GetMany(ctx, ids...)
}

// Appointment finds a booking. Errors: ErrNoBooking.
func (s *Service) Appointment(ctx context.Context, account, id string) (Appointment, error) {
	found, err := appointments.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Appointment{}, ErrNoBooking
	}
	return found, err
}

// MayCancel says whether its buyer may still give a booking back.
func (a Appointment) MayCancel(now time.Time) bool {
	return a.State == Booked && a.CancelTill != nil && !now.After(*a.CancelTill)
}

// CancelOwnBooking gives a booking of the person's back, and its money. Errors:
// ErrNoBooking, ErrBookingTooLate, ErrBookingFinished.
func (s *Service) CancelOwnBooking(ctx context.Context, person message.Person, id string) (Appointment, error) {
	found, err := s.Appointment(ctx, person.Account, id)
	if err != nil {
		return Appointment{}, err
	}
	if err := s.mustBeThem(ctx, person, found.Subscriber, ErrNoBooking); err != nil {
		return Appointment{}, err
	}
	if found.State == Booked && !found.MayCancel(s.now()) {
		return found, ErrBookingTooLate
	}
	return s.CancelBooking(ctx, person.Account, id, "customer")
}

// CancelBooking gives a booking back and its part of the order's money. It is
// written down first; Recover goes on after a crash. Errors: ErrNoBooking,
// ErrBookingFinished.
func (s *Service) CancelBooking(ctx context.Context, account, id, by string) (Appointment, error) {
	found, err := appointments.In(s.DB, account).UpdateAndGet(ctx, id,
		store.Set("state", BookingRefunding).Set("by", by).Set("due", s.in(lease)), store.Eq("state", Booked), store.Gt("end", s.now()))
	if errors.Is(err, store.ErrConditionFailed) {
		found, err = s.Appointment(ctx, account, id)
		if err == nil && (found.State == Booked || by != found.By) {
			err = ErrBookingFinished
		}
		return found, err
	}
	if errors.Is(err, store.ErrNotFound) {
		return Appointment{}, ErrNoBooking
	}
	if err != nil {
		return Appointment{}, err
	}
	next, err := s.giveBack(ctx, found)
	if err != nil {
		s.Logger.WarnContext(ctx, "shop: a booking is given back; will be gone on with", "booking", id, "error", err)
		return found, nil
	}
	return next, nil
}

// giveBack does the steps of a booking that is given back: the money, then the
// time. That the time is held again is marked between unsell and bar, for the
// reason that unsell tells.
func (s *Service) giveBack(ctx context.Context, a Appointment) (Appointment, error) {
	order, err := s.Order(ctx, a.Account, a.Order)
	if err != nil {
		return a, err
	}
	reservation := Reservation{Stock: slotStock(a.Product, a.Start), Count: int64(a.Quantity)}
	// With another line of the order: then the hold is of both, and the time goes
	// back when all of the order does.
	shared := false
	for _, r := range order.Reservations {
		shared = shared || r.Stock == reservation.Stock && r.Count != reservation.Count
	}
	step := func(to BookingState, update store.Update) (err error) {
		a, err = appointments.In(s.DB, a.Account).UpdateAndGet(ctx, a.ID, update.Set("state", to), store.Eq("state", a.State))
		return err
	}
	if a.State == BookingRefunding {
		if err := s.returnMoney(ctx, order, a); err != nil {
			return a, err
		}
		if !shared {
			if err := s.unsell(ctx, a.Account, a.Order, reservation); err != nil {
				return a, err
			}
		}
		if err := step(BookingReturning, store.Update{}); err != nil {
			return a, err
		}
	}
	if a.State == BookingReturning {
		if !shared {
			if err := s.bar(ctx, a.Account, a.Order, reservation); err != nil {
				return a, err
			}
		}
		if err := step(BookingCancelled, store.Unset("due")); err != nil {
			return a, err
		}
		return a, s.mention(ctx, order, fmt.Sprintf("unbooked:%d", a.Line))
	}
	return a, nil
}

// returnMoney asks for the refund of a booking's part of its order: what its line
// cost, less its share of the discount. A refund that is refused, because the
// order has been refunded otherwise, needs no second one.
func (s *Service) returnMoney(ctx context.Context, order Order, a Appointment) error {
	part := order.paidFor(a.Line)
	if order.Payment == "" || part == 0 {
		return nil
	}
	_, err := s.Refund(ctx, order.Account, order.ID, "B"+order.ID+strconv.Itoa(a.Line), min(part, order.Total.Minor-order.Refunded), "", a.By)
	if errors.Is(err, ErrRefundAmount) {
		return nil
	}
	return err // another refund is under way: later
}

// paidFor is what a line cost its buyer, with its share of the discount.
func (o Order) paidFor(line int) int64 {
	weights := make([]int64, len(o.Lines))
	for i, each := range o.Lines {
		weights[i] = each.Amount.Minor
	}
	return o.Lines[line].Amount.Minor - money.Share(o.Discount.Minor, weights)[line]
}

// recoverBookings reminds people of what they have booked, and goes on with what
// is given back.
func (s *Service) recoverBookings(ctx context.Context) error {
	_, err := store.TakeDue(ctx, appointments.Across(s.DB), store.Lease{Now: s.now, For: lease}, func(due Appointment) (err error) {
		if due.State == Booked {
			err = s.remind(ctx, due)
		} else {
			_, err = s.giveBack(ctx, due)
		}
		if err != nil {
			return fmt.Errorf("shop: booking %s: %w", due.ID, err)
		}
		return nil
	})
	return err
}

// remind says the day before what somebody has booked.
func (s *Service) remind(ctx context.Context, a Appointment) error {
	if a.Start.After(s.now()) { // not after a long sleep
		front, err := s.Directory.Storefront(ctx, a.Account)
		if err != nil {
			return err
		}
		out := message.Choice(s.Texts.Text(a.Person.Language, "shop.reminder", front.in(a.Person.Language), a.Title),
			message.Button{Label: s.Texts.Text(a.Person.Language, "shop.button.order", a.Number), URL: s.Links.Order(front.Slug, a.Order)})
		err = s.Sender.Send(ctx, a.Person, "booking:"+a.ID+":reminder", out)
		if _, refused := asFault(err); err != nil && !refused {
			return err
		}
	}
	return done(appointments.In(s.DB, a.Account).Update(ctx, a.ID, store.Unset("due"), store.Eq("state", Booked)))
}

// answerBookings lists what a person has booked from now on.
func (s *Service) answerBookings(ctx context.Context, person message.Person, _ string) ([]message.Outbound, error) {
	found, err := s.AppointmentsOf(ctx, person, ordersShown*2)
	if err != nil {
		return nil, err
	}
	text := s.Texts.Text(person.Language, "shop.your_bookings")
	var buttons []message.Button
	for _, a := range found {
		if a.State == Booked && a.End.After(s.now()) && len(buttons) < ordersShown {
			text += "\n" + a.Title
			buttons = append(buttons, message.Button{Label: a.Number, Payload: "shop:order:" + a.Order})
		}
	}
	if buttons == nil {
		return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.no_bookings"), s.button(person, "shop.button.shop", "list"))}, nil
	}
	return []message.Outbound{message.Choice(text, buttons...)}, nil
}

// slotButtons are the next times of a product as buttons, for its first choice:
// whoever wants another finds it on the page.
func (s *Service) slotButtons(ctx context.Context, offer Offer, front Storefront) ([]message.Button, error) {
	next, err := s.NextSlots(ctx, offer.Account, offer.ID, cardsShown)
	if err != nil {
		return nil, err
	}
	var buttons []message.Button
	for _, slot := range next {
		buttons = append(buttons, message.Button{Label: slotLabel(slot.Slot, front.zone()),
			Payload: "shop:book:" + lineKey(offer.Variants[0].ID, slot.Start.Unix())})
	}
	return buttons, nil
}

// answerBook puts a time into the cart: "<variant>@<Unix time>".
func (s *Service) answerBook(ctx context.Context, person message.Person, argument string) ([]message.Outbound, error) {
	variant, at, _ := strings.Cut(argument, slotMark)
	start, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		return nil, ErrSlotNeeded
	}
	cart, err := s.AddBooking(ctx, person, variant, time.Unix(start, 0).UTC(), 1)
	if err != nil {
		return nil, err
	}
	return s.added(ctx, person, cart, lineKey(variant, start), 1)
}
