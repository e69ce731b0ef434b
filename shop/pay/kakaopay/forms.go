package kakaopay

import (
	"time"

	"plaza/shop/pay"
)

// What is said to KakaoPay and what it answers, as its online API documents it
// (single payment, order, cancellation, subscription).

type readyRequest struct {
	CID            string `json:"cid"`
	CIDSecret      string `json:"cid_secret,omitempty"`
	PartnerOrderID string `json:"partner_order_id"`
	PartnerUserID  string `json:"partner_user_id"`
	ItemName       string `json:"item_name"`
	Quantity       int    `json:"quantity"`
	TotalAmount    int64  `json:"total_amount"`
	TaxFreeAmount  int64  `json:"tax_free_amount"`
	ApprovalURL    string `json:"approval_url"`
	CancelURL      string `json:"cancel_url"`
	FailURL        string `json:"fail_url"`
}

type readyAnswer struct {
	TID    string `json:"tid"`
	App    string `json:"next_redirect_app_url"`
	Mobile string `json:"next_redirect_mobile_url"`
	PC     string `json:"next_redirect_pc_url"`
}

type approveRequest struct {
	CID            string `json:"cid"`
	CIDSecret      string `json:"cid_secret,omitempty"`
	TID            string `json:"tid"`
	PartnerOrderID string `json:"partner_order_id"`
	PartnerUserID  string `json:"partner_user_id"`
	PGToken        string `json:"pg_token"`
	TotalAmount    int64  `json:"total_amount"`
}

type amount struct {
	Total   int64 `json:"total"`
	TaxFree int64 `json:"tax_free"`
}

// approveAnswer is also what a charge under a mandate is answered with.
type approveAnswer struct {
	AID            string `json:"aid"`
	TID            string `json:"tid"`
	SID            string `json:"sid"`
	PartnerOrderID string `json:"partner_order_id"`
	Amount         amount `json:"amount"`
}

func (a approveAnswer) outcome(charge pay.Charge) (pay.Outcome, error) {
	if a.PartnerOrderID != charge.TradeNo || a.TID == "" {
		return pay.Outcome{}, errAnswer
	}
	return pay.Outcome{Status: pay.Success, Amount: won(a.Amount.Total), ProviderRef: a.TID, Mandate: a.SID}, nil
}

type orderRequest struct {
	CID       string `json:"cid"`
	CIDSecret string `json:"cid_secret,omitempty"`
	TID       string `json:"tid"`
}

type orderAnswer struct {
	TID             string    `json:"tid"`
	Status          string    `json:"status"`
	PartnerOrderID  string    `json:"partner_order_id"`
	Amount          amount    `json:"amount"`
	CancelAvailable amount    `json:"cancel_available_amount"`
	Actions         []actions `json:"payment_action_details"`
}

type actions struct {
	AID     string `json:"aid"`
	Kind    string `json:"payment_action_type"` // PAYMENT, CANCEL, ISSUED_SID
	Amount  int64  `json:"amount"`
	Payload string `json:"payload"`
}

// preparedFor is how long a payer has to agree; the sources agree on 15 minutes,
// and the rest is for clocks that differ.
const preparedFor = 16 * time.Minute

// outcome sorts KakaoPay's statuses. What is not yet decided and can no longer be
// has ended.
func (o orderAnswer) outcome(charge pay.Charge, now time.Time) (pay.Outcome, error) {
	outcome := pay.Outcome{Amount: won(o.Amount.Total), ProviderRef: o.TID}
	switch o.Status {
	case "SUCCESS_PAYMENT", "PART_CANCEL_PAYMENT", "CANCEL_PAYMENT", "ISSUED_SID":
		outcome.Status = pay.Success
	case "FAIL_AUTH_PASSWORD", "QUIT_PAYMENT", "FAIL_PAYMENT":
		outcome.Status, outcome.Reason = pay.Failure, "kakaopay_not_paid"
	case "READY", "SEND_TMS", "OPEN_PAYMENT", "SELECT_METHOD", "ARS_WAITING", "AUTH_PASSWORD":
		outcome.Status = pay.Waiting
		if now.Sub(charge.At) > preparedFor {
			outcome.Status = pay.Ended
		}
	default:
		return pay.Outcome{}, errAnswer
	}
	return outcome, nil
}

// refund finds a refund by its number, which every cancellation carries as its
// payload.
func (o orderAnswer) refund(refund pay.Refund) pay.RefundOutcome {
	for _, action := range o.Actions {
		if action.Kind == "CANCEL" && action.Payload == refund.Number {
			return pay.RefundOutcome{Status: pay.RefundSuccess, ProviderRef: action.AID}
		}
	}
	return pay.RefundOutcome{Status: pay.RefundUnknown}
}

type cancelRequest struct {
	CID                   string `json:"cid"`
	CIDSecret             string `json:"cid_secret,omitempty"`
	TID                   string `json:"tid"`
	CancelAmount          int64  `json:"cancel_amount"`
	CancelTaxFreeAmount   int64  `json:"cancel_tax_free_amount"`
	CancelAvailableAmount int64  `json:"cancel_available_amount"`
	Payload               string `json:"payload"`
}

type cancelAnswer struct {
	AID string `json:"aid"`
}

type subscriptionRequest struct {
	CID            string `json:"cid"`
	CIDSecret      string `json:"cid_secret,omitempty"`
	SID            string `json:"sid"`
	PartnerOrderID string `json:"partner_order_id"`
	PartnerUserID  string `json:"partner_user_id"`
	ItemName       string `json:"item_name"`
	Quantity       int    `json:"quantity"`
	TotalAmount    int64  `json:"total_amount"`
	TaxFreeAmount  int64  `json:"tax_free_amount"`
}

type mandateRequest struct {
	CID       string `json:"cid"`
	CIDSecret string `json:"cid_secret,omitempty"`
	SID       string `json:"sid"`
}

type mandateAnswer struct {
	Status         string `json:"status"` // ACTIVE, INACTIVE
	LastApprovedAt string `json:"last_approved_at"`
}
