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
