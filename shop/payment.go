package shop

import (
	"context"
	"errors"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/store"
)

// Pay asks for the money of an order and returns the payment with what the
// buyer does next. Asking again returns the same payment. Errors: ErrNoOrder,
// ErrOrderExpired, ErrOrderState, those of pay.Service.Create.
func (s *Service) Pay(ctx context.Context, person message.Person, order string, way pay.Way) (pay.Payment, error) {
	found, err := s.OrderOf(ctx, person, order)
	if err != nil {
		return pay.Payment{}, err
	}
	if found.Payment != "" {
		return s.Payments.Get(ctx, person.Account, found.Payment)
	}
	if found.State == Expired || (found.State == Placed && !s.now().Before(found.ExpiresAt)) {
		return pay.Payment{}, ErrOrderExpired
	}
	if found.State != Placed {
		return pay.Payment{}, ErrOrderState
	}
	way.Payer = person.ID
	if way, err = s.Payments.Choose(ctx, person.Account, pay.ForOrder, found.Total.Currency, way); err != nil {
		return pay.Payment{}, err
	}
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return pay.Payment{}, err
	}
	return s.Payments.Create(ctx, pay.Request{
		Account: person.Account, Purpose: pay.ForOrder, Subject: found.ID, Amount: found.Total,
		Description: front.in(found.Person.Language) + " " + found.Number, Payer: found.Person, ExpiresAt: found.ExpiresAt,
		ReturnURL: s.Links.PayReturn, NotifyURL: s.Links.Notify(way.Provider, person.Account), Coupon: found.Coupon != "",
	}.By(way))
}

// PaymentOf finds a payment that a subscriber is to make. Errors:
// pay.ErrNoPayment, also for other people's.
func (s *Service) PaymentOf(ctx context.Context, person message.Person, tradeNo string) (pay.Payment, error) {
	payment, err := s.Payments.Get(ctx, person.Account, tradeNo)
	if err != nil {
		return pay.Payment{}, err
	}
	if err := s.mustBeThem(ctx, person, payment.Payer.ID, pay.ErrNoPayment); err != nil {
		return pay.Payment{}, err
	}
	return payment, nil
}

// Confirm is the buyer's yes to a payment of theirs, or the token a provider
// has sent along. Repeating it changes nothing.
func (s *Service) Confirm(ctx context.Context, person message.Person, tradeNo string, proof map[string]string) (pay.Payment, error) {
	if _, err := s.PaymentOf(ctx, person, tradeNo); err != nil {
		return pay.Payment{}, err
	}
	return s.Payments.Confirm(ctx, person.Account, tradeNo, proof)
}

// paymentOwner is how payments tell the shop what became of them.
type paymentOwner struct{ shop *Service }

// PaymentPaid makes the order paid. Of cancelling and paying, and of two
// payments, the first to change the order wins; other money is not wanted.
func (o paymentOwner) PaymentPaid(ctx context.Context, payment pay.Payment) (bool, error) {
	s := o.shop
	order, err := s.Order(ctx, payment.Account, payment.Subject)
	if errors.Is(err, ErrNoOrder) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	paid, err := s.turn(ctx, order, Paid, "customer", store.Set("payment", payment.TradeNo),
		store.In("state", Placed, Closing))
	if errors.Is(err, store.ErrConditionFailed) {
		order, err = s.Order(ctx, payment.Account, payment.Subject)
		return order.Payment == payment.TradeNo, err
	}
	if err != nil {
		return false, err
	}
	s.follow(ctx, paid)
	return true, nil
}

// PaymentRefunded takes the order on after a refund.
func (o paymentOwner) PaymentRefunded(ctx context.Context, payment pay.Payment, refund pay.Refund) error {
	s := o.shop
	order, err := s.Order(ctx, payment.Account, payment.Subject)
	if errors.Is(err, ErrNoOrder) {
		return nil
	}
	if err != nil {
		return err
	}
	if payment.TradeNo != order.Payment { // unwanted money that went back
		if refund.State == pay.RefundSuccess {
			return s.mention(ctx, order, "returned:"+payment.TradeNo)
		}
		return nil
	}
	to, update := order.Before, store.Unset("refund").Set("refunded", payment.GivenBack())
	if payment.GivenBack() >= order.Total.Minor {
		to = Refunded
	}
	turned, err := s.turn(ctx, order, to, "system", update,
		store.Eq("state", Refunding), store.Eq("refund.number", refund.Number))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil // told before
	}
	if err != nil {
		return err
	}
	entry := "refund:" + refund.Number
	if refund.State != pay.RefundSuccess {
		entry = "norefund:" + refund.Number
	}
	return s.mention(ctx, turned, entry)
}

// mention adds something that the customer is to hear, and says it.
func (s *Service) mention(ctx context.Context, order Order, entry string) error {
	changed, err := orders.In(s.DB, order.Account).UpdateAndGet(ctx, order.ID,
		store.AddToSet("tell", entry).Set("due", s.in(lease)).Inc("version", 1))
	if err == nil {
		s.follow(ctx, changed)
	}
	return err
}
