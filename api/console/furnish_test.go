package console_test

import (
	"encoding/json"
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
	ctx := k.t.Context()
	person := k.subscriber(in, "visitor1", secretOfOthers, secretOfOthers+" hello")
	writer := k.with(in, account.Editor)
	rule, err := k.bot.Rules().Save(ctx, in.ID, bot.Rule{Name: secretOfOthers, Enabled: true, On: bot.OnDefault,
		Answers: []bot.Template{{Form: bot.TextAnswer, Text: bot.Wording{"en": secretOfOthers}}}})
	must(k.t, err)
	campaign, err := k.send.Create(ctx, in.ID, writer.ID, broadcast.Plan{Name: secretOfOthers, Content: broadcast.Content{Text: secretOfOthers},
		Audience: broadcast.Audience{Kind: broadcast.Everybody}, When: broadcast.When{Kind: broadcast.Now}})
	must(k.t, err)
	notice, err := k.send.DraftNotice(ctx, in.ID, writer.ID,
		broadcast.NoticeText{Words: map[string]broadcast.NoticeWords{"en": {Title: secretOfOthers, Body: secretOfOthers}}})
	must(k.t, err)
	code, err := k.codes.Create(ctx, in.ID, writer.ID, qr.Spec{Kind: qr.Link, Label: secretOfOthers, Target: "/a/" + in.Slug})
	must(k.t, err)
	product := k.product(in, secretOfOthers, 5)
	order := k.order(person, product)
	coupon, err := k.shop.AddCoupon(ctx, shop.Coupon{Account: in.ID, Code: secretOfOthers, Percent: 10})
	must(k.t, err)
	invited, err := k.accounts.Members.Invite(ctx, in.ID, account.Invite{Email: "topsecret@plaza.example", Role: account.Viewer, Language: "en"}, account.System("test"))
	must(k.t, err)
	access, err := k.accounts.Members.Access(ctx, in.ID, writer, "")
	must(k.t, err)
	_, key, err := k.accounts.Tokens.Create(ctx, access, account.NewToken{Label: secretOfOthers, Scopes: []account.Permission{account.ReadShop}})
	must(k.t, err)
	_, session, err := k.accounts.Sessions.Open(ctx, writer, secretOfOthers, "192.0.2.9")
	must(k.t, err)
	received, _, err := k.bot.Inbounds().List(ctx, in.ID, "", 1)
	must(k.t, err)
	must(k.t, k.notices.Keep(ctx, in.ID, []alimtalk.Template{{Code: "PAID", Name: secretOfOthers, Content: secretOfOthers, State: alimtalk.Approved}}))
	contact, err := k.notices.SetContact(ctx, in.ID, alimtalk.NewContact{Phone: "010-1234-5678", Name: secretOfOthers, Consent: alimtalk.Consent{Notices: true}, Reason: "x", By: writer.ID})
	must(k.t, err)
	plan, agreed := k.mandate(in, person, secretOfOthers)
	ids := map[string]string{
		"plan": plan.ID, "mandate": agreed.ID,
		"template": "PAID", "contact": contact.ID,
		"conversation": person.ID, "subscriber": person.ID, "inbound": received[0].ID, "rule": rule.ID, "campaign": campaign.ID,
		"notice": notice.ID, "code": code.ID, "product": product.ID, "order": order.ID, "coupon": coupon.Code,
		"member": writer.ID, "invitation": invited.ID, "token": key.ID, "session": session.ID,
	}
	ids["before"] = k.snapshot(in, ids)
	return ids
}

// snapshot is all that furnish made, as it is now.
func (k *kit) snapshot(in account.Account, ids map[string]string) string {
	k.t.Helper()
	ctx := k.t.Context()
	var all []any
	add := func(one any, err error) {
		k.t.Helper()
		must(k.t, err)
		all = append(all, one)
	}
	conversation, err := k.bot.Inbox().Get(ctx, in.ID, ids["conversation"])
	conversation.Fence = 0
	add([]any{conversation.State, conversation.Agent, conversation.Unread, conversation.Last}, err)
	subscriber, err := k.bot.Subscribers().Get(ctx, in.ID, ids["subscriber"])
	add([]any{subscriber.Name, subscriber.Remark, subscriber.Tags, subscriber.Consent}, err)
	rules, err := k.bot.Rules().List(ctx, in.ID)
	add(rules, err)
	campaigns, _, err := k.send.List(ctx, in.ID, "", "", 10)
	add(campaigns, err)
	notices, _, err := k.send.Notices(ctx, in.ID, "", "", 10)
	add(notices, err)
	codes, _, err := k.codes.List(ctx, in.ID, "", 10)
	add(codes, err)
	product, err := k.shop.Product(ctx, in.ID, ids["product"])
	add(product, err)
	orders, _, err := k.shop.Orders(ctx, in.ID, "", 10, "")
	add(orders, err)
	coupons, _, err := k.shop.Coupons(ctx, in.ID, 10, "")
	add(coupons, err)
	seats, err := k.accounts.Members.List(ctx, in.ID)
	add(seats, err)
	invitations, err := k.accounts.Members.Invitations(ctx, in.ID)
	add(invitations, err)
	tokens, _, err := k.accounts.Tokens.List(ctx, in.ID, "")
	add(tokens, err)
	balance, err := k.wallet.Balance(ctx, subscriber.Person(), in.Currency)
	add(balance, err)
	contacts, _, err := k.notices.Contacts(ctx, in.ID, "", "", 10)
	add(contacts, err)
	agreed, err := k.mandates.Mandate(ctx, in.ID, ids["mandate"])
	add(agreed, err)
	plan, err := k.notices.Plan(ctx, in.ID)
	add(plan, err)
	encoded, err := json.Marshal(all)
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
