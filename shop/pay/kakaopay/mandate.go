package kakaopay

import (
	"context"
	"time"

	"plaza/shop/pay"
)

// seoul is the zone that KakaoPay writes its times in, without saying so.
var seoul = time.FixedZone("KST", 9*60*60)

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

// queryMandate finds out about a charge under a mandate that was never answered:
// KakaoPay can't be asked by our number, but tells when it last approved under
// the mandate, and we charge one mandate one charge at a time. Its tid stays
// unknown, so a refund has to be made on KakaoPay's pages.
func (k *KakaoPay) queryMandate(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	if charge.Mandate == "" {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	with, err := k.open(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	var mandate mandateAnswer
	err = k.call(ctx, with, "manage/subscription/status",
		mandateRequest{CID: with.SubscriptionCID, CIDSecret: with.CIDSecret, SID: charge.Mandate}, &mandate)
	if err != nil {
		return pay.Outcome{}, err
	}
	last, err := time.ParseInLocation("2006-01-02T15:04:05", mandate.LastApprovedAt, seoul)
	if err != nil || last.Before(charge.At.Truncate(time.Second)) {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	return pay.Outcome{Status: pay.Success, Amount: charge.Amount}, nil
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
	with, err := k.open(sealed)
	if err != nil {
		return false, err
	}
	var asked mandateAnswer
	err = k.call(ctx, with, "manage/subscription/status",
		mandateRequest{CID: with.SubscriptionCID, CIDSecret: with.CIDSecret, SID: mandate}, &asked)
	switch {
	case err != nil:
		return false, err
	case asked.Status != "ACTIVE" && asked.Status != "INACTIVE":
		return false, errAnswer
	}
	return asked.Status == "ACTIVE", nil
}

// TakesMandates: subscriptions have a merchant code of their own.
func (k *KakaoPay) TakesMandates(sealed []byte) bool {
	with, err := k.open(sealed)
	return err == nil && with.SubscriptionCID != ""
}
