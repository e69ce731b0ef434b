package rest_test

import (
	"net/http"
	"testing"

	"plaza/account"
	"plaza/shop"
)

func tea() map[string]any {
	return map[string]any{"names": map[string]string{"en": "Oolong tea"}, "state": "active",
		"variants": []any{map[string]any{"price": map[string]any{"minor": 1250, "currency": "CNY"}, "stock": 7}}}
}

func TestAProductIsAddedChangedAndTakenOffSale(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	var made shop.Product
	p.post("/products", tea()).want(http.StatusCreated, &made)
	var stock struct{ Available, Held, Sold int64 }
	p.get("/variants/"+made.Variants[0].ID+"/stock").want(http.StatusOK, &stock)
	if made.Price.Minor != 1250 || stock.Available != 7 || made.Descriptions == nil {
		t.Errorf("%+v, %+v", made, stock)
	}
	changed := tea()
	changed["version"] = made.Version
	changed["names"] = map[string]string{"en": "Green tea"}
	changed["variants"].([]any)[0].(map[string]any)["id"] = made.Variants[0].ID
	p.send(http.MethodPut, "/products/"+made.ID, changed).want(http.StatusOK)
	p.send(http.MethodPut, "/products/"+made.ID, changed).problem(http.StatusConflict, "product_changed")
	p.send(http.MethodDelete, "/products/"+made.ID, nil).want(http.StatusNoContent)
	var list struct{ Items []shop.Product }
	p.get("/products?state=archived").want(http.StatusOK, &list)
	if len(list.Items) != 1 || list.Items[0].Names["en"] != "Green tea" {
		t.Errorf("%+v", list)
	}
}

func TestTheTokenSaysWhoseAccountItIs(t *testing.T) {
	t.Parallel()
	p, opened := newKit(t).program("corner-store")
	var got struct {
		ID, Slug    string
		Permissions []account.Permission
	}
	p.get("/account").want(http.StatusOK, &got)
	if got.ID != opened.ID || got.Slug != "corner-store" || len(got.Permissions) == 0 {
		t.Errorf("%+v", got)
	}
}
