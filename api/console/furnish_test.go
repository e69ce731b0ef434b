package console_test

import (
	"encoding/json"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
)

// secretOfOthers is in every text of a furnished account.
const secretOfOthers = "TOPSECRET"

// stockFields are good values for the fields of all forms: what is refused then
// is refused for another reason than what was typed.
var stockFields = []string{
	"name", "x", "text", "hello", "key", "01JD0000000000000000000000", "trigger", "default", "answers.0.form", "text",
	"answers.0.text", "hello", "title.en", "x", "body.en", "y", "amount", "1", "role", "viewer", "name.en", "x",
	"variants.0.price", "1", "state", "active", "language", "en", "audience", "all", "when", "now", "enabled", "on",
}

// furnish fills an account with one of everything and returns the ids by the
// name of their path parameter.
func (k *kit) furnish(in account.Account) map[string]string {
	k.t.Helper()
	person, writer := k.subscriber(in, "visitor1", secretOfOthers, secretOfOthers+" hello"), k.with(in, account.Editor)
	product, ids := k.furniture().Fill(in, person, writer)
	_, session, err := k.accounts.Sessions.Open(k.t.Context(), writer, secretOfOthers, "192.0.2.9")
	must(k.t, err)
	ids["order"], ids["session"] = k.order(person, product).ID, session.ID
	ids["before"] = k.snapshot(in, ids)
	return ids
}

func (k *kit) furniture() apitest.Furniture {
	return apitest.Furniture{App: k.app, T: k.t, Secret: secretOfOthers}
}

// snapshot is all that furnish made, as it is now.
func (k *kit) snapshot(in account.Account, ids map[string]string) string {
	k.t.Helper()
	encoded, err := json.Marshal(k.furniture().State(in, ids))
	must(k.t, err)
	return string(encoded)
}

// unchanged fails if anything of a furnished account has changed.
func (k *kit) unchanged(in account.Account, ids map[string]string) {
	k.t.Helper()
	if now := k.snapshot(in, ids); now != ids["before"] {
		k.t.Errorf("changed:\n%s\n%s", ids["before"], now)
	}
}

func (k *kit) product(in account.Account, name string, stock int64) shop.Product {
	k.t.Helper()
	made, err := k.shop.SaveProduct(k.t.Context(), shop.Product{Account: in.ID, Names: map[string]string{"en": name}, State: shop.Active,
		Variants: []shop.Variant{{Price: money.Of(500, in.Currency)}}}, map[int]int64{0: stock})
	must(k.t, err)
	return made
}

// order is an order of one piece, to be paid.
func (k *kit) order(person message.Person, product shop.Product) shop.Order {
	k.t.Helper()
	made, err := k.shop.Checkout(k.t.Context(), person, shop.CheckoutRequest{Key: "order-" + product.ID,
		Lines: []shop.CartLine{{Variant: product.Variants[0].ID, Quantity: 1}}})
	must(k.t, err)
	return made
}

// paid is an order of one piece that has been paid from test money.
func (k *kit) paid(person message.Person, product shop.Product) shop.Order {
	k.t.Helper()
	order := k.pay(person, k.order(person, product))
	if order.State != shop.Paid {
		k.t.Fatalf("the order is %s", order.State)
	}
	return order
}

// pay pays an order from the balance.
func (k *kit) pay(person message.Person, order shop.Order) shop.Order {
	k.t.Helper()
	ctx := k.t.Context()
	must(k.t, k.wallet.Grant(ctx, person, "grant-"+order.ID, order.Total))
	payment, err := k.shop.Pay(ctx, person, order.ID, pay.Way{})
	must(k.t, err)
	_, err = k.shop.Confirm(ctx, person, payment.TradeNo, nil)
	must(k.t, err)
	order, err = k.shop.Order(ctx, person.Account, order.ID)
	must(k.t, err)
	return order
}

func TestEverythingOfAnAccountCanBeSeenByItsOwner(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ids := k.furnish(corner)
	b := k.as(owner)
	for path, reads := range map[string]string{
		"": "Getting started", "/inbox": secretOfOthers, "/inbox/c/" + ids["conversation"]: secretOfOthers + " hello",
		"/inbound": "text", "/inbound/" + ids["inbound"]: "raw ", "/subscribers": secretOfOthers,
		"/subscribers.csv": secretOfOthers, "/subscribers/" + ids["subscriber"]: secretOfOthers, "/rules": secretOfOthers,
		"/rules/" + ids["rule"]: secretOfOthers, "/campaigns": secretOfOthers, "/campaigns/" + ids["campaign"]: secretOfOthers,
		"/campaigns/" + ids["campaign"] + "/edit": secretOfOthers, "/notices": secretOfOthers, "/notices/" + ids["notice"]: secretOfOthers,
		"/codes": secretOfOthers, "/codes/" + ids["code"]: secretOfOthers, "/codes/sheet": secretOfOthers,
		"/products": secretOfOthers, "/products/" + ids["product"]: secretOfOthers, "/orders": secretOfOthers,
		"/orders/" + ids["order"]: secretOfOthers, "/coupons": secretOfOthers, "/settings": "corner", "/settings/channels": "Web chat",
		"/settings/channels/wechat": base + "/webhooks/wechat/corner", "/settings/members": "topsecret@plaza.example",
		"/plans": secretOfOthers, "/plans/" + ids["plan"]: secretOfOthers, "/mandates": secretOfOthers, "/mandates/" + ids["mandate"]: secretOfOthers,
		"/settings/payments": "Balance", "/settings/payments/agency": base + "/webhooks/pay/agency/" + corner.ID,
		"/alimtalk": secretOfOthers, "/alimtalk/templates/" + ids["template"]: secretOfOthers, "/numbers": "010-****-5678",
		"/settings/tokens": secretOfOthers, "/settings/audit": "Made an API token", "/settings/security": "Signed in at",
	} {
		got := b.get("/console/corner" + path)
		got.want(t, 200, reads)
	}
}
