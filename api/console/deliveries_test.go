package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/account"
	"plaza/shop/shipping"
)

func TestADeliveryIsMadeChangedAndDeleted(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b, path := k.as(owner), "/console/corner/settings/shop"
	b.get(path).want(t, http.StatusOK, "No ways of delivery yet")
	b.follow(path, "country", "CN", "tax_rate", "13").want(t, http.StatusOK, "The settings are saved", `value="13"`)
	b.post(path, "tax_rate", "many").want(t, http.StatusUnprocessableEntity, "A tax rate is a number", `value="many"`)
	fields := []string{"name.en", "Courier", "kind", "weight", "steps.0.up_to", "1000", "steps.0.price", "8.00", "steps.3.up_to", "5000", "steps.3.price", "22",
		"free_from", "99", "regions", "CN 广东\nKR 63*", "on", "on"}
	b.follow(path+"/deliveries/new", fields...).want(t, http.StatusOK, "The delivery is saved", "CN¥8.00 – CN¥22.00", "China 广东")
	settings, err := k.shop.Settings(t.Context(), corner.ID)
	must(t, err)
	made := settings.Methods[0]
	if made.Kind != shipping.ByWeight || made.Tiers[1].UpTo != 5000 || made.FreeFrom != 9900 || made.Off {
		t.Errorf("%+v", made)
	}
	at := path + "/deliveries/" + made.ID
	b.get(at).want(t, http.StatusOK, "KR 63*", "8.00", "99.00")
	for says, wrong := range map[string][]string{
		"in at least one language": {"kind", "flat"},
		"each up to more than":     {"name.en", "A", "kind", "amount", "steps.0.up_to", "5", "steps.0.price", "1", "steps.1.up_to", "4", "steps.1.price", "1"},
		"a country code such as":   {"name.en", "A", "kind", "flat", "regions", "Mars"},
		"as a number":              {"name.en", "A", "kind", "flat", "price", "cheap"},
		"not a whole number":       {"name.en", "A", "kind", "weight", "steps.2.up_to", "1 kg", "steps.2.price", "1"},
	} {
		b.post(at, wrong...).want(t, http.StatusUnprocessableEntity, says)
	}
	b.follow(at, "name.en", "Bike", "kind", "flat", "price", "3").want(t, http.StatusOK, "Bike", "CN¥3.00", "Disabled")
	b.follow(at+"/delete").want(t, http.StatusOK, "The delivery is deleted", "No ways of delivery yet")
	b.get(at).want(t, http.StatusNotFound)
	if viewer := k.as(k.with(corner, account.Viewer)).get(path); viewer.status == http.StatusOK && strings.Contains(viewer.body, "deliveries/new") {
		t.Error("a viewer is offered to add a delivery")
	}
}
