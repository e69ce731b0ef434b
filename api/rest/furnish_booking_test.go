package rest_test

import (
	"plaza/account"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/booking"
)

// booked is the id of a paid booking.
func (k *kit) booked(in account.Account, person message.Person) string {
	k.t.Helper()
	calendar := &booking.Plan{Minutes: 60, Capacity: 1, Ahead: 30}
	for i := range calendar.Week {
		calendar.Week[i] = []booking.Hours{{From: 0, Until: 24 * 60}}
	}
	product, err := k.shop.SaveProduct(k.t.Context(), shop.Product{Account: in.ID, State: shop.Active, Kind: shop.Booking, Calendar: calendar,
		Names: map[string]string{"en": secretOfOthers}, Variants: []shop.Variant{{Price: money.Of(0, in.Currency)}}}, nil)
	must(k.t, err)
	slots, err := k.shop.NextSlots(k.t.Context(), in.ID, product.ID, 1)
	must(k.t, err)
	order, err := k.shop.Checkout(k.t.Context(), person, shop.CheckoutRequest{Key: "booking",
		Lines: []shop.CartLine{{Variant: product.Variants[0].ID, Slot: slots[0].Start.Unix(), Quantity: 1}}})
	must(k.t, err)
	return order.ID + ":0"
}
