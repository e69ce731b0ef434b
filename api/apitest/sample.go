package apitest

import (
	"plaza/account"
	"plaza/bot"
	"plaza/broadcast"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
)

// Merchant opens an account with a shop.
func (w *World) Merchant(slug string) account.Account { return w.open(slug, account.Merchant) }

// Agency opens an account without one.
func (w *World) Agency(slug string) account.Account { return w.open(slug, account.Agency) }

func (w *World) open(slug string, kind account.Kind) account.Account {
	w.T.Helper()
	opened, err := w.Accounts.Accounts.Create(w.T.Context(), account.NewAccount{Slug: slug, Currency: "CNY", Profile: account.Profile{
		Kind: kind, Names: map[string]string{"en": slug + " by name"}, Language: "en", TimeZone: "Asia/Shanghai"}},
		w.Member(slug+"-owner").ID, account.System("test"))
	w.Must(err)
	return opened
}

// Member registers somebody.
func (w *World) Member(name string) account.Member {
	w.T.Helper()
	made, err := w.Accounts.Members.Create(w.T.Context(), account.NewMember{Email: name + "@plaza.example", Name: name, Language: "en"})
	w.Must(err)
	return made
}

// Product puts something on sale at 3.00, in one variant.
func (w *World) Product(of account.Account, name string, stock int64) shop.Product {
	w.T.Helper()
	saved, err := w.Shop.SaveProduct(w.T.Context(), shop.Product{Account: of.ID, Names: map[string]string{"en": name}, State: shop.Active,
		Category: "all", Variants: []shop.Variant{{Price: money.Of(300, of.Currency)}}}, map[int]int64{0: stock})
	w.Must(err)
	return saved
}

// Notice makes a notice public.
func (w *World) Notice(of account.Account, title, body string) broadcast.Notice {
	w.T.Helper()
	drafted, err := w.Broadcast.DraftNotice(w.T.Context(), of.ID, "writer",
		broadcast.NoticeText{Words: map[string]broadcast.NoticeWords{"en": {Title: title, Body: body}}})
	w.Must(err)
	approved, err := w.Broadcast.ApproveNotice(w.T.Context(), of.ID, "approver", drafted.ID, drafted.Revision)
	w.Must(err)
	published, err := w.Broadcast.PublishNotice(w.T.Context(), of.ID, "writer", approved.ID, approved.Revision, false)
	w.Must(err)
	return published
}

// Heard is what subscribers of an account have said and done, the latest first.
func (w *World) Heard(account string) []message.Inbound {
	w.T.Helper()
	var heard []message.Inbound
	people, _, err := w.Bot.Subscribers().Recipients(w.T.Context(), account, bot.Audience{}, "", 100)
	w.Must(err)
	for _, person := range people {
		history, _, err := w.Bot.History(w.T.Context(), account, person.ID, "", 100)
		w.Must(err)
		for _, entry := range history {
			if entry.In != nil {
				heard = append(heard, *entry.In)
			}
		}
	}
	return heard
}
