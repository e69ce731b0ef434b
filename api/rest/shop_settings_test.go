package rest_test

import (
	"net/http"
	"testing"

	"plaza/shop"
)

func TestTheShopsSettingsAreReplacedUnderTheirVersion(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	var settings shop.Settings
	p.get("/shop-settings").want(http.StatusOK, &settings)
	if settings.Version != 0 || len(settings.Methods) != 0 {
		t.Errorf("a new shop has %+v", settings)
	}
	body := map[string]any{"tax_rate": 1300, "country": "CN", "version": 0, "methods": []any{
		map[string]any{"names": map[string]string{"en": "Courier"}, "kind": "weight", "tiers": []any{map[string]any{"up_to": 1000, "price": 800}},
			"regions": []any{map[string]any{"country": "CN", "name": "广东"}}}}}
	p.send(http.MethodPut, "/shop-settings", body).want(http.StatusOK, &settings)
	if settings.Version != 1 || *settings.TaxRate != 1300 || settings.Methods[0].ID == "" {
		t.Errorf("%+v", settings)
	}
	p.send(http.MethodPut, "/shop-settings", body).problem(http.StatusConflict, "shop_settings_changed")
	body["version"] = 1
	body["methods"].([]any)[0].(map[string]any)["tiers"] = []any{}
	p.send(http.MethodPut, "/shop-settings", body).problem(http.StatusUnprocessableEntity, "shipping_tiers")
	goods := tea()
	goods["tax_rate"] = 600
	var made shop.Product
	p.post("/products", goods).want(http.StatusCreated, &made)
	if made.TaxRate == nil || *made.TaxRate != 600 {
		t.Errorf("%+v", made)
	}
}

func TestTimesAreBookedAndKeysAddedByPrograms(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	hours := []any{map[string]any{"from": 540, "until": 720}}
	week := []any{hours, hours, hours, hours, hours, hours, hours}
	haircut := map[string]any{"names": map[string]string{"en": "Haircut"}, "state": "active", "kind": "booking",
		"calendar": map[string]any{"week": week, "minutes": 60, "capacity": 2, "ahead": 30, "notice": 0, "cancel": 60},
		"variants": []any{map[string]any{"price": map[string]any{"minor": 3000, "currency": "CNY"}}}}
	var made shop.Product
	p.post("/products", haircut).want(http.StatusCreated, &made)
	var slots struct{ Items []shop.SlotView }
	p.get("/products/"+made.ID+"/slots?day=2026-05-10").want(http.StatusOK, &slots)
	if len(slots.Items) != 3 || slots.Items[0].Left != 2 {
		t.Errorf("%+v", slots)
	}
	var bookings struct{ Items []shop.Appointment }
	p.get("/bookings?from=2026-05-01T00:00:00Z&until=2026-06-01T00:00:00Z").want(http.StatusOK, &bookings)
	p.get("/bookings/none").problem(http.StatusNotFound, "booking_not_found")
	codes := map[string]any{"names": map[string]string{"en": "Codes"}, "state": "active", "kind": "digital",
		"variants": []any{map[string]any{"price": map[string]any{"minor": 900, "currency": "CNY"}, "keys": true}}}
	p.post("/products", codes).want(http.StatusCreated, &made)
	var added struct{ Added int }
	p.post("/variants/"+made.Variants[0].ID+"/keys", map[string]any{"keys": []string{"A", "B", "A"}}).want(http.StatusOK, &added)
	var stock struct{ Available int64 }
	p.get("/variants/"+made.Variants[0].ID+"/stock").want(http.StatusOK, &stock)
	if added.Added != 2 || stock.Available != 2 {
		t.Errorf("%d added, %d on sale", added.Added, stock.Available)
	}
	p.send(http.MethodPut, "/variants/"+made.Variants[0].ID+"/stock", map[string]any{"available": 5}).problem(http.StatusConflict, "stock_of_keys")
}

func TestNotesAndReceiptsAreKeptByPrograms(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	order := k.paid(k.subscriber(opened, "visitor1", "Ada", "hello"), k.product(opened, "Tea", 5))
	var noted shop.Order
	p.post("/orders/"+order.ID+"/notes", map[string]any{"text": "Small box"}).want(http.StatusCreated, &noted)
	if len(noted.Notes) != 1 || noted.Notes[0].Text != "Small box" || noted.Notes[0].By == "" {
		t.Errorf("%+v", noted.Notes)
	}
	var list struct{ Items []shop.Invoice }
	p.get("/invoices?state=requested").want(http.StatusOK, &list)
	p.send(http.MethodPost, "/orders/"+order.ID+"/invoice", map[string]any{"number": "1"}).problem(http.StatusNotFound, "invoice_not_found")
	var coupon shop.Coupon
	p.post("/coupons", map[string]any{"code": "FIRST", "percent": 10, "automatic": true, "first_order": true}).want(http.StatusCreated, &coupon)
	if !coupon.Automatic || coupon.PerPerson != 1 {
		t.Errorf("%+v", coupon)
	}
}
