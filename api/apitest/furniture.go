package apitest

import (
	"testing"

	"plaza/account"
	"plaza/app"
	"plaza/bot"
	"plaza/bot/kakao/alimtalk"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/mandate/mandatetest"
)

// Furniture is one of everything that an account has on every surface, with Secret
// in each text: whoever sees it sees into the account.
type Furniture struct {
	*app.App
	T      testing.TB
	Secret string
}

// Fill puts it into an account that has a subscriber and an editor. It gives the
// product, five of which are in stock, and the ids by the names of their path
// parameters.
func (f Furniture) Fill(in account.Account, person message.Person, editor account.Member) (shop.Product, map[string]string) {
	f.T.Helper()
	ctx := f.T.Context()
	rule, err := f.Bot.Rules().Save(ctx, in.ID, bot.Rule{Name: f.Secret, Enabled: true, On: bot.OnDefault,
		Answers: []bot.Template{{Form: bot.TextAnswer, Text: bot.Wording{"en": f.Secret}}}})
	f.must(err)
	campaign, err := f.Broadcast.Create(ctx, in.ID, editor.ID, broadcast.Plan{Name: f.Secret, Content: broadcast.Content{Text: f.Secret},
		Audience: broadcast.Audience{Kind: broadcast.Everybody}, When: broadcast.When{Kind: broadcast.Now}})
	f.must(err)
	notice, err := f.Broadcast.DraftNotice(ctx, in.ID, editor.ID,
		broadcast.NoticeText{Words: map[string]broadcast.NoticeWords{"en": {Title: f.Secret, Body: f.Secret}}})
	f.must(err)
	code, err := f.Codes.Create(ctx, in.ID, editor.ID, qr.Spec{Kind: qr.Link, Label: f.Secret, Target: "/a/" + in.Slug})
	f.must(err)
	product, err := f.Shop.SaveProduct(ctx, shop.Product{Account: in.ID, Names: map[string]string{"en": f.Secret}, State: shop.Active,
		Variants: []shop.Variant{{Price: money.Of(500, in.Currency)}}}, map[int]int64{0: 5})
	f.must(err)
	coupon, err := f.Shop.AddCoupon(ctx, shop.Coupon{Account: in.ID, Code: f.Secret, Percent: 10})
	f.must(err)
	invited, err := f.Accounts.Members.Invite(ctx, in.ID, account.Invite{Email: "topsecret@plaza.example", Role: account.Viewer, Language: "en"}, account.System("test"))
	f.must(err)
	access, err := f.Accounts.Members.Access(ctx, in.ID, editor, "")
	f.must(err)
	_, key, err := f.Accounts.Tokens.Create(ctx, access, account.NewToken{Label: f.Secret, Scopes: []account.Permission{account.ReadShop}})
	f.must(err)
	received, _, err := f.Bot.Inbounds().List(ctx, in.ID, "", 1)
	f.must(err)
	f.must(f.Notices.Keep(ctx, in.ID, []alimtalk.Template{{Code: "PAID", Name: f.Secret, Content: f.Secret, State: alimtalk.Approved}}))
	contact, err := f.Notices.SetContact(ctx, in.ID, alimtalk.NewContact{Phone: "010-1234-5678", Name: f.Secret, Consent: alimtalk.Consent{Notices: true}, Reason: "x", By: editor.ID})
	f.must(err)
	plan, agreed := mandatetest.World{Mandates: f.Mandates, Payments: f.Shop.Payments, Wallet: f.Wallet}.Agreed(f.T, person, in.Currency, f.Secret)
	return product, map[string]string{
		"conversation": person.ID,
		"subscriber":   person.ID,
		"inbound":      received[0].ID,
		"rule":         rule.ID,
		"campaign":     campaign.ID,
		"notice":       notice.ID,
		"code":         code.ID,
		"product":      product.ID,
		"coupon":       coupon.Code,
		"member":       editor.ID,
		"invitation":   invited.ID,
		"token":        key.ID,
		"template":     "PAID",
		"contact":      contact.ID,
		"plan":         plan.ID,
		"mandate":      agreed.ID,
	}
}

// State is all that Fill has put there, as it is now.
func (f Furniture) State(in account.Account, ids map[string]string) (all []any) {
	f.T.Helper()
	ctx := f.T.Context()
	add := func(one any, err error) {
		f.T.Helper()
		f.must(err)
		all = append(all, one)
	}
	conversation, err := f.Bot.Inbox().Get(ctx, in.ID, ids["conversation"])
	add([]any{conversation.State, conversation.Agent, conversation.Unread, conversation.Last}, err)
	subscriber, err := f.Bot.Subscribers().Get(ctx, in.ID, ids["subscriber"])
	add([]any{subscriber.Name, subscriber.Remark, subscriber.Tags, subscriber.Consent}, err)
	rules, err := f.Bot.Rules().List(ctx, in.ID)
	add(rules, err)
	campaigns, _, err := f.Broadcast.List(ctx, in.ID, "", "", 10)
	add(campaigns, err)
	notices, _, err := f.Broadcast.Notices(ctx, in.ID, "", "", 10)
	add(notices, err)
	codes, _, err := f.Codes.List(ctx, in.ID, "", 10)
	add(codes, err)
	product, err := f.Shop.Product(ctx, in.ID, ids["product"])
	add(product, err)
	orders, _, err := f.Shop.Orders(ctx, in.ID, "", 10, "")
	add(orders, err)
	coupons, _, err := f.Shop.Coupons(ctx, in.ID, 10, "")
	add(coupons, err)
	seats, err := f.Accounts.Members.List(ctx, in.ID)
	add(seats, err)
	invitations, err := f.Accounts.Members.Invitations(ctx, in.ID)
	add(invitations, err)
	tokens, _, err := f.Accounts.Tokens.List(ctx, in.ID, "")
	add(tokens, err)
	balance, err := f.Wallet.Balance(ctx, subscriber.Person(), in.Currency)
	add(balance, err)
	contacts, _, err := f.Notices.Contacts(ctx, in.ID, "", "", 10)
	add(contacts, err)
	agreed, err := f.Mandates.Mandate(ctx, in.ID, ids["mandate"])
	add(agreed, err)
	plan, err := f.Notices.Plan(ctx, in.ID)
	add(plan, err)
	return all
}

func (f Furniture) must(err error) {
	f.T.Helper()
	if err != nil {
		f.T.Fatal(err)
	}
}
