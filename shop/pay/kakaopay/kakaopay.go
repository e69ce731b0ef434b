// Package kakaopay takes payments by KakaoPay's online API
// (open-api.kakaopay.com/online/v1/payment), once and again by subscription.
//
// KakaoPay notifies nobody: money moves only when we approve what the payer has
// agreed to, with the pg_token that their browser brings back. Whatever is left
// open is asked for by its tid. A prepared payment that nobody approves ends by
// itself after 15 minutes, so closing one is only never approving it.
package kakaopay

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"plaza/egress"
	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
)

// Name of this provider.
const Name = "kakaopay"

// API is KakaoPay's own host.
const API = "https://open-api.kakaopay.com"

// currency is the only one there is; it has no minor unit.
const currency = "KRW"

// maxItem is the longest name of what is bought, in characters; its bound is
// KakaoPay's 100.
const maxItem = 100

// The faults of KakaoPay. Nothing has moved; with ErrKey what was asked waits for
// the right key.
var (
	ErrKey = fault.New(fault.Unavailable, "kakaopay_key",
		"KakaoPay does not take the secret key. Please copy it again from the KakaoPay developers' page.")
	ErrRefused = fault.New(fault.Conflict, "kakaopay_refused", "KakaoPay has refused: {0}")
	ErrNoTID   = fault.New(fault.Conflict, "kakaopay_unknown_payment", "KakaoPay's number of this payment is not known, so it can't be refunded here. Please refund it on KakaoPay's own pages.")
)

// KakaoPay is a pay.Provider. It is safe for concurrent use.
type KakaoPay struct {
	api    string
	client *http.Client
	opened message.Opened[contract]
	now    func() time.Time
}

var (
	_ pay.Provider   = (*KakaoPay)(nil)
	_ pay.Contracted = (*KakaoPay)(nil)
	_ pay.Recurring  = (*KakaoPay)(nil)
	_ pay.Marking    = (*KakaoPay)(nil)
	_ pay.Picky      = (*KakaoPay)(nil)
)

// New makes the provider; an empty api is KakaoPay's own.
func New(api string, now func() time.Time) *KakaoPay {
	if api == "" {
		api = API
	}
	return &KakaoPay{api: strings.TrimSuffix(api, "/"), client: egress.ForPlatform(nil, callLimit), now: now}
}

// Through lets calls go by a transport.
func (k *KakaoPay) Through(transport http.RoundTripper) *KakaoPay {
	k.client.Transport = transport
	return k
}

// Name is "kakaopay".
func (k *KakaoPay) Name() string { return Name }

// Place knows KakaoTalk's own browser.
func (k *KakaoPay) Place(agent string) pay.Place {
	if strings.Contains(agent, "KAKAOTALK") {
		return pay.OwnApp
	}
	return pay.AnyBrowser
}

// Takes won.
func (k *KakaoPay) Takes(wanted string) bool { return wanted == currency }

// Create prepares a payment. Called again it prepares another; the earlier one
// is never approved.
func (k *KakaoPay) Create(ctx context.Context, charge pay.Charge) (pay.Step, error) {
	with, err := k.open(charge.Contract)
	if err != nil {
		return pay.Step{}, err
	}
	cid := with.CID
	if charge.Recurring {
		if cid = with.SubscriptionCID; cid == "" {
			return pay.Step{}, pay.ErrNotRecurring
		}
	}
	request := readyRequest{
		CID: cid, CIDSecret: with.CIDSecret, PartnerOrderID: charge.TradeNo, PartnerUserID: payerID(charge),
		ItemName: shortened(charge.Description), Quantity: 1, TotalAmount: charge.Amount.Minor, TaxFreeAmount: with.taxFree(charge.Amount.Minor),
		ApprovalURL: charge.ReturnURL, CancelURL: charge.ReturnURL + "?outcome=cancel", FailURL: charge.ReturnURL + "?outcome=fail",
	}
	var ready readyAnswer
	if err := k.call(ctx, with, "ready", request, &ready); err != nil {
		return pay.Step{}, err
	}
	step := pay.Step{Kind: pay.RedirectStep, URL: ready.PC, ProviderRef: ready.TID}
	switch charge.Scene {
	case pay.InMessenger:
		step.URL = ready.App
	case pay.OnPhone:
		step.URL = ready.Mobile
	}
	if ready.TID == "" || step.URL == "" {
		return pay.Step{}, errAnswer
	}
	return step, nil
}

// Confirm approves with the pg_token that the payer's browser has brought back:
// this is when the money moves. Without one, or when KakaoPay does not approve,
// what has become of the payment is asked for.
func (k *KakaoPay) Confirm(ctx context.Context, charge pay.Charge, proof map[string]string) (pay.Outcome, error) {
	token := proof["pg_token"]
	if token == "" || charge.ProviderRef == "" {
		return k.Query(ctx, charge)
	}
	with, err := k.open(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	var approved approveAnswer
	err = k.call(ctx, with, "approve", approveRequest{
		CID: with.cidOf(charge), CIDSecret: with.CIDSecret, TID: charge.ProviderRef,
		PartnerOrderID: charge.TradeNo, PartnerUserID: payerID(charge), PGToken: token, TotalAmount: charge.Amount.Minor,
	}, &approved)
	if _, definite := definiteNo(err); definite {
		// Perhaps it was approved before, by an answer that did not arrive.
		if outcome, asked := k.Query(ctx, charge); asked == nil && outcome.Status != pay.Waiting {
			return outcome, nil
		}
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	return approved.outcome(charge)
}

// Query asks for the payment by its tid. One that was never prepared, as far as
// we know, can't be approved by us and is Waiting.
func (k *KakaoPay) Query(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	if charge.ProviderRef == "" {
		return k.queryMandate(ctx, charge)
	}
	order, err := k.order(ctx, charge)
	if err != nil {
		return pay.Outcome{}, err
	}
	return order.outcome(charge, k.now())
}

// Close asks: what is not paid now is never approved, because a payment that is
// being closed can't be confirmed. Money of a confirmation under way goes back.
func (k *KakaoPay) Close(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	outcome, err := k.Query(ctx, charge)
	if err == nil && outcome.Status == pay.Waiting {
		outcome.Status = pay.Ended
	}
	return outcome, err
}

// Refund cancels a part or all of a payment. KakaoPay has no key for it, so what
// was cancelled under this number is asked for first, and the call says how much
// has to be left: two calls at once can't both succeed.
func (k *KakaoPay) Refund(ctx context.Context, charge pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	if charge.ProviderRef == "" {
		return pay.RefundOutcome{}, ErrNoTID
	}
	order, err := k.order(ctx, charge)
	if err != nil {
		return pay.RefundOutcome{}, err
	}
	if found := order.refund(refund); found.Status != pay.RefundUnknown {
		return found, nil
	}
	with, err := k.open(charge.Contract)
	if err != nil {
		return pay.RefundOutcome{}, err
	}
	var cancelled cancelAnswer
	err = k.call(ctx, with, "cancel", cancelRequest{
		CID: with.cidOf(charge), CIDSecret: with.CIDSecret, TID: charge.ProviderRef, CancelAmount: refund.Amount,
		CancelTaxFreeAmount: with.taxFree(refund.Amount), CancelAvailableAmount: order.CancelAvailable.Total, Payload: refund.Number,
	}, &cancelled)
	if err != nil {
		return pay.RefundOutcome{}, err
	}
	return pay.RefundOutcome{Status: pay.RefundSuccess, ProviderRef: cancelled.AID}, nil
}

// QueryRefund looks for the refund among what was done with the payment.
func (k *KakaoPay) QueryRefund(ctx context.Context, charge pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	if charge.ProviderRef == "" {
		return pay.RefundOutcome{Status: pay.RefundUnknown}, nil
	}
	order, err := k.order(ctx, charge)
	if err != nil {
		return pay.RefundOutcome{}, err
	}
	return order.refund(refund), nil
}

// Silent: KakaoPay never notifies.
func (k *KakaoPay) Silent() bool { return true }

// Notification: KakaoPay sends none.
func (k *KakaoPay) Notification(context.Context, string, pay.Notification) (pay.Notice, error) {
	return pay.Notice{}, pay.ErrNoNotifications
}

func (k *KakaoPay) order(ctx context.Context, charge pay.Charge) (orderAnswer, error) {
	var order orderAnswer
	with, err := k.open(charge.Contract)
	if err != nil {
		return order, err
	}
	err = k.call(ctx, with, "order", orderRequest{CID: with.cidOf(charge), CIDSecret: with.CIDSecret, TID: charge.ProviderRef}, &order)
	if err == nil && order.PartnerOrderID != charge.TradeNo {
		err = errAnswer // another payment than the one asked for
	}
	return order, err
}

// payerID names the payer to KakaoPay without telling who they are.
func payerID(charge pay.Charge) string {
	sum := sha256.Sum256([]byte(charge.Payer.ID))
	return hex.EncodeToString(sum[:16])
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > maxItem {
		return string(runes[:maxItem])
	}
	return text
}

// won is an amount of KakaoPay's.
func won(amount int64) money.Amount { return money.Of(amount, currency) }
