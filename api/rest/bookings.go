package rest

import (
	"context"
	"strings"
	"time"

	"plaza/account"
	"plaza/shop"
)

// bookingRoutes are about times that can be booked, and keys that are sold.
func (s *surface) bookingRoutes() {
	see, write, refund := needs{account.ReadShop}, needs{account.WriteShop}, needs{account.Refund}
	add(s, read("/products/{product}/slots", "list-slots", "List the times of a day that can be booked", see), s.listSlots)
	add(s, read("/bookings", "list-bookings", "List bookings by their time", see), s.listBookings)
	add(s, read("/bookings/{booking}", "get-booking", "Get a booking", see), s.getBooking)
	add(s, change(post, "/bookings/{booking}/cancel", "cancel-booking", "Cancel a booking and give its money back", refund, "booking.cancelled"), s.cancelBooking)
	add(s, effect("/variants/{variant}/keys", "add-keys", "Add keys to the list of a digital variant", write, "keys.added"), s.addKeys)
}

type listSlotsInput struct {
	OneProduct
	Day string `query:"day" format:"date" doc:"On the account's clock; today if absent."`
}

func (s *surface) listSlots(ctx context.Context, who account.Access, in *listSlotsInput) (page[shop.SlotView], error) {
	office, err := s.Accounts.Accounts.FindByID(ctx, who.Account)
	if err != nil {
		return page[shop.SlotView]{}, err
	}
	on := s.Now()
	if in.Day != "" {
		if on, err = time.ParseInLocation(time.DateOnly, in.Day, office.Location()); err != nil {
			return page[shop.SlotView]{}, shop.ErrSlotNeeded.In("day").Because(err)
		}
	}
	return all(s.Shop.Slots(ctx, who.Account, in.Product, on))
}

type listBookingsInput struct {
	Paging
	From  time.Time `query:"from" required:"true" doc:"Bookings that begin at this instant or later,"`
	Until time.Time `query:"until" required:"true" doc:"and before this one."`
}

func (s *surface) listBookings(ctx context.Context, who account.Access, in *listBookingsInput) (page[shop.Appointment], error) {
	return pageOf(s.Shop.Appointments(ctx, who.Account, in.From, in.Until, in.Limit, in.at()))
}

// OneBooking names a booking in a path.
type OneBooking struct {
	Booking string `path:"booking" maxLength:"64"`
}

func (s *surface) getBooking(ctx context.Context, who account.Access, in *OneBooking) (shop.Appointment, error) {
	return s.Shop.Appointment(ctx, who.Account, in.Booking)
}

func (s *surface) cancelBooking(ctx context.Context, who account.Access, in *OneBooking) (shop.Appointment, error) {
	return s.Shop.CancelBooking(ctx, who.Account, in.Booking, who.Member)
}

type addKeysInput struct {
	OneVariant
	Body struct {
		Keys []string `json:"keys" minItems:"1" maxItems:"5000" nullable:"false" doc:"One for each piece; those that are on the list already are left out."`
	}
}

type addedKeys struct {
	Added int `json:"added"`
}

func (s *surface) addKeys(ctx context.Context, who account.Access, in *addKeysInput) (addedKeys, error) {
	added, err := s.Shop.AddKeys(ctx, who.Account, in.Variant, strings.Join(in.Body.Keys, "\n"))
	return addedKeys{added}, err
}
