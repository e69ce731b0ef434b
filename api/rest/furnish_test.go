package rest_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"testing"

	"plaza/account"
	"plaza/bot"
	"plaza/bot/kakao/alimtalk"
	"plaza/broadcast"
	"plaza/broadcast/qr"
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
	editor, err := k.accounts.Members.Create(ctx, account.NewMember{Email: "topsecret@plaza.example", Name: secretOfOthers, Language: "en"})
	must(k.t, err)
	must(k.t, k.accounts.Members.Add(ctx, in.ID, editor.ID, account.Editor, account.System("test")))
	wording := bot.Wording{"en": secretOfOthers}
	flow, err := k.bot.Flows().Save(ctx, in.ID, bot.Flow{Name: secretOfOthers, Steps: []bot.Step{{ID: "a", Ask: wording, Kind: bot.AskText}}})
	must(k.t, err)
	rule, err := k.bot.Rules().Save(ctx, in.ID, bot.Rule{Name: secretOfOthers, Enabled: true, On: bot.OnDefault,
		Answers: []bot.Template{{Form: bot.TextAnswer, Text: wording}}})
	must(k.t, err)
	campaign, err := k.send.Create(ctx, in.ID, editor.ID, broadcast.Plan{Name: secretOfOthers, Content: broadcast.Content{Text: secretOfOthers},
		Audience: broadcast.Audience{Kind: broadcast.Everybody}, When: broadcast.When{Kind: broadcast.Now}})
	must(k.t, err)
	notice, err := k.send.DraftNotice(ctx, in.ID, editor.ID,
		broadcast.NoticeText{Words: map[string]broadcast.NoticeWords{"en": {Title: secretOfOthers, Body: secretOfOthers}}})
	must(k.t, err)
	code, err := k.codes.Create(ctx, in.ID, editor.ID, qr.Spec{Kind: qr.Link, Label: secretOfOthers, Target: "/a/" + in.Slug})
	must(k.t, err)
	product := k.product(in, secretOfOthers, 5)
	order := k.paid(person, product)
	coupon, err := k.shop.AddCoupon(ctx, shop.Coupon{Account: in.ID, Code: secretOfOthers, Percent: 10})
	must(k.t, err)
	invited, err := k.accounts.Members.Invite(ctx, in.ID, account.Invite{Email: "topsecret2@plaza.example", Role: account.Viewer, Language: "en"}, account.System("test"))
	must(k.t, err)
	access, err := k.accounts.Members.Access(ctx, in.ID, editor, "")
	must(k.t, err)
	_, key, err := k.accounts.Tokens.Create(ctx, access, account.NewToken{Label: secretOfOthers, Scopes: []account.Permission{account.ReadShop}})
	must(k.t, err)
	_, err = k.bot.Connections().Save(ctx, in.ID, "wechat", []byte(`{"app_id":"wx1234567890abcdef","token":"`+secretOfOthers+`"}`))
	must(k.t, err)
	_, err = k.shop.Payments.Contracts().Sign(ctx, in.ID, "agency", map[string]string{"merchant": secretOfOthers, "key": secretOfOthers})
	must(k.t, err)
	picture, err := k.pictures.Add(ctx, in.ID, bytes.NewReader(drawn(k.t)))
	must(k.t, err)
	received, _, err := k.bot.Inbounds().List(ctx, in.ID, "", 1)
	must(k.t, err)
	must(k.t, k.notices.Keep(ctx, in.ID, []alimtalk.Template{{Code: secretOfOthers, Name: secretOfOthers, Content: secretOfOthers, State: alimtalk.Approved}}))
	contact, err := k.notices.SetContact(ctx, in.ID, alimtalk.NewContact{Phone: "010-1234-5678", Name: secretOfOthers, Consent: alimtalk.Consent{Notices: true}, Reason: "x", By: editor.ID})
	must(k.t, err)
	_, err = k.bot.Menus().Save(ctx, in.ID, 0, []message.Menu{{Entries: []message.MenuEntry{{Label: secretOfOthers, Action: message.PressAction, Payload: secretOfOthers}}}})
	must(k.t, err)
	plan, agreed := k.mandate(in, person)
	rate, err := k.exchange.Set(ctx, in.ID, money.Rate{From: "CNY", To: "KRW", Value: "190", Source: secretOfOthers})
	must(k.t, err)
	difference, day := k.differs(in)
	return map[string]string{
		"difference": difference, "day": day, "transfer": "grant:grant-" + agreed.ID,
		"plan": plan.ID, "mandate": agreed.ID, "rate": "CNY-KRW-" + rate.Day, "currency": "CNY",
		"template": secretOfOthers, "contact": contact.ID,
		"booking":      k.booked(in, person),
		"request":      k.asked(in, person).Number,
		"conversation": person.ID, "subscriber": person.ID, "rule": rule.ID, "flow": flow.ID, "campaign": campaign.ID,
		"inbound": base64.RawURLEncoding.EncodeToString([]byte(received[0].ID)), "message": "01JD0000000000000000000000",
		"notice": notice.ID, "code": code.ID, "product": product.ID, "variant": product.Variants[0].ID, "order": order.ID,
		"number": order.Number, "payment": order.Payment, "coupon": coupon.Code, "member": editor.ID, "invitation": invited.ID,
		"token": key.ID, "channel": "wechat", "provider": "agency", "picture": picture.ID, "assessment": "payment:" + order.Payment,
	}
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
	var everything []any
	add := func(one any, err error) {
		k.t.Helper()
		must(k.t, err)
		everything = append(everything, one)
	}
	conversation, err := k.bot.Inbox().Get(ctx, in.ID, ids["conversation"])
	add([]any{conversation.State, conversation.Agent, conversation.Unread, conversation.Last}, err)
	history, _, err := k.bot.Inbox().History(ctx, in.ID, ids["conversation"], "", 100)
	add(history, err)
	notes, _, err := k.bot.Inbox().Notes(ctx, in.ID, ids["conversation"], "", 100)
	add(notes, err)
	subscriber, err := k.bot.Subscribers().Get(ctx, in.ID, ids["subscriber"])
	add(subscriber, err)
	rules, err := k.bot.Rules().List(ctx, in.ID)
	add(rules, err)
	flows, err := k.bot.Flows().List(ctx, in.ID)
	add(flows, err)
	connections, err := k.bot.Connections().List(ctx, in.ID)
	add(connections, err)
	menus, err := k.bot.Menus().Get(ctx, in.ID)
	add(menus, err)
	roster, _, err := k.bot.Subscribers().Roster(ctx, in.ID, "wechat")
	add(roster, err)
	campaigns, _, err := k.send.List(ctx, in.ID, "", "", 10)
	add(campaigns, err)
	notices, _, err := k.send.Notices(ctx, in.ID, "", "", 10)
	add(notices, err)
	codes, _, err := k.codes.List(ctx, in.ID, "", 10)
	add(codes, err)
	product, err := k.shop.Product(ctx, in.ID, ids["product"])
	add(product, err)
	stock, err := k.shop.Stock(ctx, in.ID, ids["variant"])
	add(stock, err)
	orders, _, err := k.shop.Orders(ctx, in.ID, "", 10, "")
	add(orders, err)
	payment, err := k.shop.Payments.Get(ctx, in.ID, ids["payment"])
	add(payment, err)
	difference, err := k.books.Difference(ctx, in.ID, ids["difference"])
	add(difference, err)
	coupons, _, err := k.shop.Coupons(ctx, in.ID, 10, "")
	add(coupons, err)
	rates, _, err := k.exchange.List(ctx, in.ID, 10, "")
	add(rates, err)
	seats, err := k.accounts.Members.List(ctx, in.ID)
	add(seats, err)
	invitations, err := k.accounts.Members.Invitations(ctx, in.ID)
	add(invitations, err)
	tokens, _, err := k.accounts.Tokens.List(ctx, in.ID, "")
	add(tokens, err)
	balance, err := k.wallet.Balance(ctx, subscriber.Person(), in.Currency)
	add(balance, err)
	_, err = k.pictures.Find(ctx, ids["picture"], 0)
	add("picture", err)
	contacts, _, err := k.notices.Contacts(ctx, in.ID, "", "", 10)
	add(contacts, err)
	plan, err := k.notices.Plan(ctx, in.ID)
	add(plan, err)
	agreed, err := k.mandates.Mandate(ctx, in.ID, ids["mandate"])
	add(agreed, err)
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
