package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/shop"
)

func TestABookingIsSetUpAndItsDayLooksFull(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b, path := k.as(owner), "/console/corner/products/new"
	b.get(path+"?kind=booking").want(t, http.StatusOK, "Times that can be booked", "9:00-12:00, 13:00-18:00")
	form := []string{"kind", "booking", "name.en", "Haircut", "state", "active", "version", "0", "variants.0.price", "30", "minutes", "60", "capacity", "1",
		"notice", "2", "cancel", "", "ahead", "60", "closed", "2026-05-06", "week.1", "9:00-12:00", "week.2", "9-12, 13-15"}
	b.post(path, append(form[:len(form):len(form)], "week.3", "noon")...).want(t, http.StatusUnprocessableEntity, "Please give the hours as", `value="noon"`, `value="9-12, 13-15"`)
	b.follow(path, form...).want(t, http.StatusOK, "The product is saved")
	found, _, err := k.shop.Products(t.Context(), corner.ID, shop.Active, "", 5, "")
	must(t, err)
	if c := found[0].Calendar; c == nil || c.Cancel != -1 || c.Notice != 120 || len(c.Week[2]) != 2 || len(c.Closed) != 1 {
		t.Fatalf("%+v", found[0])
	}
	b.get("/console/corner/products/"+found[0].ID).want(t, http.StatusOK, "9:00-12:00, 13:00-15:00", "2026-05-06")
	buyer := k.subscriber(corner, "v1", "Ada", "hi")
	slots, err := k.shop.NextSlots(t.Context(), corner.ID, found[0].ID, 1)
	must(t, err)
	_, err = k.shop.AddBooking(t.Context(), buyer, found[0].Variants[0].ID, slots[0].Start, 1)
	must(t, err)
	order, err := k.shop.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "k"})
	must(t, err)
	k.pay(buyer, order)
	day := slots[0].Start.In(corner.Location()).Format("2006-01-02")
	b.get("/console/corner/bookings?day="+day).want(t, http.StatusOK, "Haircut", "Ada", order.Number, "Cancel booking")
	b.get("/console/corner/bookings?day=nonsense").want(t, http.StatusOK, "Bookings")
	b.follow("/console/corner/bookings/"+order.ID+":0/cancel", "day", day).want(t, http.StatusOK, "The booking is cancelled")
	b.get("/console/corner/orders/"+order.ID).want(t, http.StatusOK, "Refunded")
}

func TestADigitalProductTakesFilesAndKeys(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b, path := k.as(owner), "/console/corner/products/new"
	form := []string{"kind", "digital", "name.en", "Recipes", "state", "active", "version", "0", "downloads", "3", "variants.2.price", "9"}
	b.post(path, form...).want(t, http.StatusUnprocessableEntity, "Please add a file")
	sent := b.upload(path, "variants.2.files", []byte("all recipes"), append(form, "variants.2.keys", "on", "variants.2.add", "KEY-1\nKEY-2\n")...)
	if sent.status != http.StatusSeeOther {
		t.Fatalf("%d %s", sent.status, sent.body)
	}
	found, _, err := k.shop.Products(t.Context(), corner.ID, shop.Active, "", 5, "")
	must(t, err)
	variant := found[0].Variants[0]
	stock, err := k.shop.Stock(t.Context(), corner.ID, variant.ID)
	must(t, err)
	if len(variant.Files) != 1 || !variant.Keys || stock.Available != 2 || found[0].Downloads != 3 {
		t.Fatalf("%+v, %d", found[0], stock.Available)
	}
	at := "/console/corner/products/" + found[0].ID
	shown := b.get(at)
	shown.want(t, http.StatusOK, "picture.png", "2 keys left")
	if strings.Contains(shown.body, "KEY-1") {
		t.Error("a key is shown to members")
	}
	b.post(at, "name.en", "Recipes", "state", "active", "version", "1", "downloads", "3", "variants.0.id", variant.ID, "variants.0.price", "9", "variants.0.keys", "on",
		"variants.0.kept", "somebody-elses").want(t, http.StatusNotFound)
}
