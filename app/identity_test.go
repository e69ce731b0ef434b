package app_test

import (
	"errors"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/store"
)

// follower is somebody who follows on a channel.
func follower(w *apitest.World, t *testing.T, of account.Account, channel, user string) message.Person {
	t.Helper()
	_, err := w.Bot.Handle(t.Context(), message.Inbound{Account: of.ID, Channel: channel, User: user, Name: user,
		Key: "follow", Kind: message.Follow}, nil)
	w.Must(err)
	found, err := w.Bot.Subscribers().Get(t.Context(), of.ID, message.SubscriberID(of.ID, channel, user))
	w.Must(err)
	return found.Person()
}

func order(w *apitest.World, t *testing.T, person message.Person, product shop.Product) shop.Order {
	t.Helper()
	_, err := w.Shop.AddToCart(t.Context(), person, product.Variants[0].ID, 1)
	w.Must(err)
	placed, err := w.Shop.Checkout(t.Context(), person, shop.CheckoutRequest{Key: store.NewID()})
	w.Must(err)
	w.Pass(1e9)
	return placed
}

// TestOrdersAndBalanceFollowAPerson: two subscribers who are one person see one
// list of orders, pay for each other's with both balances, and each has their
// own again afterwards.
func TestOrdersAndBalanceFollowAPerson(t *testing.T) {
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	tea := w.Product(of, "Tea", 50)
	price := tea.Variants[0].Price
	ann, anna := follower(w, t, of, "webchat", "ann"), follower(w, t, of, "webchat", "anna")
	stranger := follower(w, t, of, "webchat", "eve")
	for person, amount := range map[message.Person]int64{ann: price.Minor - 1, anna: 1} {
		w.Must(w.Wallet.Grant(t.Context(), person, person.User, money.Of(amount, price.Currency)))
	}
	var all []string
	for _, person := range []message.Person{ann, anna, ann, anna, anna} {
		all = append([]string{order(w, t, person, tea).ID}, all...)
	}
	payment, err := w.Shop.Pay(t.Context(), ann, all[len(all)-1], pay.Way{Provider: "wallet"})
	w.Must(err)
	if _, err := w.Shop.Confirm(t.Context(), ann, payment.TradeNo, nil); !errors.Is(err, ledger.ErrInsufficient) {
		t.Fatalf("paid with too little: %v", err)
	}
	w.Must(w.Identity.Link(t.Context(), of.ID, ann.ID, anna.ID, "m"))

	var seen []string
	for cursor, more := store.Cursor(""), true; more; more = cursor != "" {
		page, next, err := w.Shop.OrdersOf(t.Context(), anna, 2, cursor)
		w.Must(err)
		for _, one := range page {
			seen = append(seen, one.ID)
		}
		cursor = next
	}
	if len(seen) != len(all) || seen[0] != all[0] || seen[4] != all[4] {
		t.Errorf("orders %v, want %v", seen, all)
	}
	for range 3 { // anna says yes to ann's payment, again and again
		paid, err := w.Shop.Confirm(t.Context(), anna, payment.TradeNo, nil)
		if err != nil || paid.State != pay.Paid {
			t.Fatalf("%+v, %v", paid, err)
		}
	}
	if left, err := w.Wallet.Balance(t.Context(), ann, price.Currency); err != nil || left.Minor != 0 {
		t.Errorf("left %v, %v", left, err)
	}
	w.Must(w.Ledger.Audit(t.Context(), of.ID))
	if _, err := w.Shop.OrderOf(t.Context(), stranger, all[0]); !errors.Is(err, shop.ErrNoOrder) {
		t.Errorf("a stranger sees the order: %v", err)
	}
	w.Must(w.Identity.Unlink(t.Context(), of.ID, anna.ID))
	if _, err := w.Shop.PaymentOf(t.Context(), anna, payment.TradeNo); !errors.Is(err, pay.ErrNoPayment) {
		t.Errorf("after they were separated: %v", err)
	}
}
