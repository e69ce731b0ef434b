package kakaopay

import (
	"cmp"
	"context"

	"plaza/shop/pay"
)

// ChargeMandate charges a subscription. KakaoPay has no key for it.
func (k *KakaoPay) ChargeMandate(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	with, err := k.open(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	if with.SubscriptionCID == "" {
		return pay.Outcome{}, pay.ErrNotRecurring
	}
	var charged approveAnswer
	err = k.call(ctx, with, "subscription", subscriptionRequest{
		CID: with.SubscriptionCID, CIDSecret: with.CIDSecret, SID: charge.Mandate,
		PartnerOrderID: charge.TradeNo, PartnerUserID: payerID(charge), ItemName: shortened(charge.Description), Quantity: 1,
		TotalAmount: charge.Amount.Minor, TaxFreeAmount: with.taxFree(charge.Amount.Minor),
	}, &charged)
	if err != nil {
		return pay.Outcome{}, err
	}
	return charged.outcome(charge)
}

// MandateMark is when KakaoPay last approved under the mandate, as it writes it.
func (k *KakaoPay) MandateMark(ctx context.Context, charge pay.Charge) (string, error) {
	mandate, err := k.mandate(ctx, charge.Contract, charge.Mandate)
	return mandate.mark(), err
}

// mark is the time of the last approval; a mandate that was only agreed to may
// have none yet.
func (m mandateAnswer) mark() string { return cmp.Or(m.LastApprovedAt, "never") }

// queryMandate finds out about a charge under a mandate that was never answered:
// KakaoPay can't be asked by our number, but tells when it last approved under
// the mandate, and we charge one mandate one charge at a time. It was made if
// that is another time than before. The tid stays unknown, so a refund has to be
// made on KakaoPay's pages.
func (k *KakaoPay) queryMandate(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	if charge.Mandate == "" {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	mandate, err := k.mandate(ctx, charge.Contract, charge.Mandate)
	if err != nil {
		return pay.Outcome{}, err
	}
	if charge.Mark == "" || mandate.mark() == charge.Mark { // not asked for, or not made
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	return pay.Outcome{Status: pay.Success, Amount: charge.Amount}, nil
}

// mandate is what KakaoPay says of a subscription now.
func (k *KakaoPay) mandate(ctx context.Context, sealed []byte, sid string) (mandateAnswer, error) {
	var said mandateAnswer
	with, err := k.open(sealed)
	if err != nil {
		return said, err
	}
	err = k.call(ctx, with, "manage/subscription/status",
		mandateRequest{CID: with.SubscriptionCID, CIDSecret: with.CIDSecret, SID: sid}, &said)
	if err == nil && said.Status != "ACTIVE" && said.Status != "INACTIVE" {
		err = errAnswer
	}
	return said, err
}

// EndMandate makes a subscription inactive, for good. One that is so already is
// no error.
func (k *KakaoPay) EndMandate(ctx context.Context, sealed []byte, mandate string) error {
	with, err := k.open(sealed)
	if err != nil {
		return err
	}
	var ended mandateAnswer
	request := mandateRequest{CID: with.SubscriptionCID, CIDSecret: with.CIDSecret, SID: mandate}
	err = k.call(ctx, with, "manage/subscription/inactive", request, &ended)
	if _, refused := definiteNo(err); !refused {
		return err
	}
	if asked := k.call(ctx, with, "manage/subscription/status", request, &ended); asked == nil && ended.Status == "INACTIVE" {
		return nil
	}
	return err
}

// MandateStands asks for the state of a subscription, which its payer may have
// ended in KakaoPay's app.
func (k *KakaoPay) MandateStands(ctx context.Context, sealed []byte, mandate string) (bool, error) {
	said, err := k.mandate(ctx, sealed, mandate)
	return err == nil && said.Status == "ACTIVE", err
}

// TakesMandates: subscriptions have a merchant code of their own.
func (k *KakaoPay) TakesMandates(sealed []byte) bool {
	with, err := k.open(sealed)
	return err == nil && with.SubscriptionCID != ""
}
