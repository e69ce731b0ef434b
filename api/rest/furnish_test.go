package rest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"maps"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/bot"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
)

// secretOfOthers is in every text of a furnished account.
const secretOfOthers = "TOPSECRET"

// furnish fills an account with one of everything and returns the ids by the
// name of their path parameter.
func (k *kit) furnish(in account.Account) map[string]string {
	k.t.Helper()
	ctx := k.t.Context()
	person := k.subscriber(in, "visitor1", secretOfOthers, secretOfOthers+" hello")
	editor, err := k.accounts.Members.Create(ctx, account.NewMember{Email: "topsecret-editor@plaza.example", Name: secretOfOthers, Language: "en"})
	must(k.t, err)
	must(k.t, k.accounts.Members.Add(ctx, in.ID, editor.ID, account.Editor, account.System("test")))
	product, ids := k.furniture().Fill(in, person, editor)
	flow, err := k.bot.Flows().Save(ctx, in.ID, bot.Flow{Name: secretOfOthers, Steps: []bot.Step{{ID: "a", Ask: bot.Wording{"en": secretOfOthers}, Kind: bot.AskText}}})
	must(k.t, err)
	order := k.paid(person, product)
	_, err = k.bot.Connections().Save(ctx, in.ID, "wechat", []byte(`{"app_id":"wx1234567890abcdef","token":"`+secretOfOthers+`"}`))
	must(k.t, err)
	_, err = k.shop.Payments.Contracts().Sign(ctx, in.ID, "agency", map[string]string{"merchant": secretOfOthers, "key": secretOfOthers})
	must(k.t, err)
	picture, err := k.pictures.Add(ctx, in.ID, bytes.NewReader(drawn(k.t)))
	must(k.t, err)
	_, err = k.bot.Menus().Save(ctx, in.ID, 0, []message.Menu{{Entries: []message.MenuEntry{{Label: secretOfOthers, Action: message.PressAction, Payload: secretOfOthers}}}})
	must(k.t, err)
	rate, err := k.exchange.Set(ctx, in.ID, money.Rate{From: "CNY", To: "KRW", Value: "190", Source: secretOfOthers})
	must(k.t, err)
	difference, day := k.differs(in)
	maps.Copy(ids, map[string]string{
		"difference": difference,
		"day":        day,
		"transfer":   "grant:grant-" + ids["mandate"],
		"rate":       "CNY-KRW-" + rate.Day,
		"currency":   "CNY",
		"booking":    k.booked(in, person),
		"request":    k.asked(in, person).Number,
		"flow":       flow.ID,
		"inbound":    base64.RawURLEncoding.EncodeToString([]byte(ids["inbound"])),
		"message":    "01JD0000000000000000000000",
		"variant":    product.Variants[0].ID,
		"order":      order.ID,
		"number":     order.Number,
		"payment":    order.Payment,
		"channel":    "wechat",
		"provider":   "agency",
		"picture":    picture.ID,
		"assessment": "payment:" + order.Payment,
	})
	return ids
}

func (k *kit) furniture() apitest.Furniture {
	return apitest.Furniture{App: k.app, T: k.t, Secret: secretOfOthers}
}

// drawn is a small picture.
func drawn(t testing.TB) []byte {
	t.Helper()
	var encoded bytes.Buffer
	must(t, png.Encode(&encoded, image.NewGray(image.Rect(0, 0, 40, 30))))
	return encoded.Bytes()
}

// snapshot is all that furnish made, as it is now.
func (k *kit) snapshot(in account.Account, ids map[string]string) string {
	k.t.Helper()
	ctx := k.t.Context()
	everything := k.furniture().State(in, ids)
	add := func(one any, err error) {
		k.t.Helper()
		must(k.t, err)
		everything = append(everything, one)
	}
	history, _, err := k.bot.Inbox().History(ctx, in.ID, ids["conversation"], "", 100)
	add(history, err)
	notes, _, err := k.bot.Inbox().Notes(ctx, in.ID, ids["conversation"], "", 100)
	add(notes, err)
	subscriber, err := k.bot.Subscribers().Get(ctx, in.ID, ids["subscriber"])
	add(subscriber, err)
	flows, err := k.bot.Flows().List(ctx, in.ID)
	add(flows, err)
	connections, err := k.bot.Connections().List(ctx, in.ID)
	add(connections, err)
	menus, err := k.bot.Menus().Get(ctx, in.ID)
	add(menus, err)
	roster, _, err := k.bot.Subscribers().Roster(ctx, in.ID, "wechat")
	add(roster, err)
	stock, err := k.shop.Stock(ctx, in.ID, ids["variant"])
	add(stock, err)
	payment, err := k.shop.Payments.Get(ctx, in.ID, ids["payment"])
	add(payment, err)
	difference, err := k.books.Difference(ctx, in.ID, ids["difference"])
	add(difference, err)
	rates, _, err := k.exchange.List(ctx, in.ID, 10, "")
	add(rates, err)
	_, err = k.pictures.Find(ctx, ids["picture"], 0)
	add("picture", err)
	offered, err := k.mandates.Plan(ctx, in.ID, ids["plan"])
	add(offered, err)
	asked, err := k.requests.Get(ctx, in.ID, ids["request"])
	add(asked, err)
	audit, _, err := k.accounts.Audit.Find(ctx, in.ID, account.AuditFilter{}, "")
	add(audit, err)
	encoded, err := json.Marshal(everything)
	must(k.t, err)
	return string(encoded)
}

func (k *kit) product(in account.Account, name string, stock int64) shop.Product {
	k.t.Helper()
	made, err := k.shop.SaveProduct(k.t.Context(), shop.Product{Account: in.ID, Names: map[string]string{"en": name}, State: shop.Active,
		Variants: []shop.Variant{{Price: money.Of(500, in.Currency)}}}, map[int]int64{0: stock})
	must(k.t, err)
	return made
}

// paid is an order of one piece that has been paid from test money.
func (k *kit) paid(person message.Person, product shop.Product) shop.Order {
	k.t.Helper()
	ctx := k.t.Context()
	order, err := k.shop.Checkout(ctx, person, shop.CheckoutRequest{Key: "order-" + product.ID,
		Lines: []shop.CartLine{{Variant: product.Variants[0].ID, Quantity: 1}}})
	must(k.t, err)
	must(k.t, k.wallet.Grant(ctx, person, "grant-"+order.ID, order.Total))
	payment, err := k.shop.Pay(ctx, person, order.ID, pay.Way{})
	must(k.t, err)
	_, err = k.shop.Confirm(ctx, person, payment.TradeNo, nil)
	must(k.t, err)
	order, err = k.shop.Order(ctx, person.Account, order.ID)
	must(k.t, err)
	if order.State != shop.Paid {
		k.t.Fatalf("the order is %s", order.State)
	}
	return order
}
