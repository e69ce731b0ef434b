package kakaopaytest

import (
	"encoding/json"
	"io"
	"math"
	"net/url"
	"time"
	"unicode/utf8"
)

// field is what a value of a call has to be. KakaoPay's tables give lengths in
// characters.
type field struct {
	optional bool
	number   bool
	limit    int // characters
}

var (
	text100  = field{limit: 100}
	address  = field{limit: 255}
	number   = field{number: true}
	optional = field{optional: true, number: true}
)

var base = map[string]field{"cid": {limit: 10}, "cid_secret": {optional: true, limit: 24}}

// forms are the fields of each call, besides base.
var forms = map[string]map[string]field{
	"ready": {"partner_order_id": text100, "partner_user_id": text100, "item_name": text100, "item_code": {optional: true, limit: 100},
		"quantity": number, "total_amount": number, "tax_free_amount": number, "vat_amount": optional,
		"approval_url": address, "cancel_url": address, "fail_url": address, "payment_method_type": {optional: true, limit: 10}},
	"approve": {"tid": {limit: 20}, "partner_order_id": text100, "partner_user_id": text100, "pg_token": text100,
		"payload": {optional: true, limit: 200}, "total_amount": optional},
	"order": {"tid": {limit: 20}},
	"cancel": {"tid": {limit: 20}, "cancel_amount": number, "cancel_tax_free_amount": number, "cancel_vat_amount": optional,
		"cancel_available_amount": optional, "payload": {optional: true, limit: 200}},
	"subscription": {"sid": {limit: 20}, "partner_order_id": text100, "partner_user_id": text100, "item_name": text100,
		"quantity": number, "total_amount": number, "tax_free_amount": number, "vat_amount": optional, "payload": {optional: true, limit: 200}},
	"manage/subscription/inactive": {"sid": {limit: 20}},
	"manage/subscription/status":   {"sid": {limit: 20}},
}

type values map[string]any

func (v values) text(name string) string { s, _ := v[name].(string); return s }

func (v values) number(name string) int64 { n, _ := v[name].(float64); return int64(n) }

// read refuses what is not a call of this form.
func read(path string, body io.Reader) (values, *refusal) {
	var v values
	if err := json.NewDecoder(body).Decode(&v); err != nil {
		return nil, &refusal{-2, "no JSON", ""}
	}
	known := map[string]field{}
	for _, some := range []map[string]field{base, forms[path]} {
		for name, f := range some {
			known[name] = f
			value, given := v[name]
			if !given && !f.optional {
				return nil, &refusal{-2, name + " is missing", ""}
			}
			if given && !f.fits(value) {
				return nil, &refusal{-2, name + " does not fit", ""}
			}
		}
	}
	for name := range v {
		if _, ok := known[name]; !ok {
			return nil, &refusal{-2, name + " is unknown", ""}
		}
	}
	if cid := v.text("cid"); cid != CID && cid != SubscriptionCID {
		return nil, &refusal{-701, "unknown cid", ""}
	}
	return v, nil
}

func (f field) fits(value any) bool {
	if f.number {
		n, ok := value.(float64)
		return ok && n >= 0 && n == math.Trunc(n) && n < 1e12
	}
	s, ok := value.(string)
	return ok && s != "" && utf8.RuneCountInString(s) <= f.limit
}

type answer = map[string]any

var calls = map[string]func(*KakaoPay, io.Reader) (answer, *refusal){
	"ready":                        (*KakaoPay).ready,
	"approve":                      (*KakaoPay).approve,
	"order":                        (*KakaoPay).order,
	"cancel":                       (*KakaoPay).cancel,
	"subscription":                 (*KakaoPay).subscription,
	"manage/subscription/inactive": (*KakaoPay).inactive,
	"manage/subscription/status":   (*KakaoPay).status,
}

func (k *KakaoPay) ready(body io.Reader) (answer, *refusal) {
	v, refused := read("ready", body)
	if refused != nil {
		return nil, refused
	}
	for _, name := range []string{"approval_url", "cancel_url", "fail_url"} {
		if parsed, err := url.Parse(v.text(name)); err != nil || parsed.Host == "" {
			return nil, &refusal{-2, name + " is no address", ""}
		}
	}
	subscription := v.text("cid") == SubscriptionCID
	if total := v.number("total_amount"); v.number("tax_free_amount") > total || (total < 1 && !subscription) || v.number("quantity") < 1 {
		return nil, &refusal{-2, "amounts do not fit", ""}
	}
	p := &payment{tid: k.id("T"), cid: v.text("cid"), order: v.text("partner_order_id"), user: v.text("partner_user_id"), item: v.text("item_name"),
		total: v.number("total_amount"), taxFree: v.number("tax_free_amount"), status: "READY", created: k.now(),
		approval: v.text("approval_url"), cancel: v.text("cancel_url"), fail: v.text("fail_url")}
	k.payments[p.tid] = p
	page := k.Public + "/pay/" + p.tid
	return answer{"tid": p.tid, "tms_result": false, "created_at": kst(p.created), "next_redirect_app_url": page + "?app", "next_redirect_mobile_url": page + "?mobile",
		"next_redirect_pc_url": page, "android_app_scheme": "kakaotalk://kakaopay/pg", "ios_app_scheme": "kakaotalk://kakaopay/pg"}, nil
}

func (k *KakaoPay) approve(body io.Reader) (answer, *refusal) {
	v, refused := read("approve", body)
	if refused != nil {
		return nil, refused
	}
	p := k.payments[v.text("tid")]
	_, checked := v["total_amount"]
	switch {
	case p == nil || p.cid != v.text("cid"):
		return nil, &refusal{-702, "unknown tid", ""}
	case p.order != v.text("partner_order_id") || p.user != v.text("partner_user_id"):
		return nil, &refusal{-706, "the partner's ids are not those of ready", ""}
	case p.status == "SUCCESS_PAYMENT" || p.status == "ISSUED_SID":
		return nil, &refusal{-702, "this payment is already done", "ALREADY_DONE"}
	case p.status != "AUTH_PASSWORD" || p.token != v.text("pg_token") || !k.fresh(p):
		return nil, &refusal{-780, "approval failure", "NOT_AGREED"}
	case checked && v.number("total_amount") != p.total:
		return nil, &refusal{-705, "the amount is not that of ready", ""}
	}
	kind, last := "PAYMENT", k.now()
	if p.status = "SUCCESS_PAYMENT"; p.total == 0 { // a subscription that is paid later
		p.status, kind, last = "ISSUED_SID", "ISSUED_SID", time.Time{}
	}
	said := k.move(p, kind, p.total, "")
	if p.cid == SubscriptionCID {
		sid := k.id("S")
		k.mandates[sid] = &mandate{user: p.user, active: true, last: last}
		said["sid"] = sid
	}
	return said, nil
}

// move books money and makes the answer that tells of it.
func (k *KakaoPay) move(p *payment, kind string, amount int64, payload string) answer {
	aid := k.id("A")
	signed := amount
	if kind == "CANCEL" {
		signed = -amount
	}
	k.moves = append(k.moves, Move{Order: p.order, Amount: signed})
	p.actions = append(p.actions, answer{"aid": aid, "payment_action_type": kind, "payment_method_type": "MONEY", "amount": amount,
		"point_amount": 0, "discount_amount": 0, "approved_at": kst(k.now()), "payload": payload})
	return answer{"aid": aid, "tid": p.tid, "cid": p.cid, "partner_order_id": p.order, "partner_user_id": p.user, "payment_method_type": "MONEY",
		"item_name": p.item, "quantity": 1, "created_at": kst(p.created), "approved_at": kst(k.now()), "amount": p.amount()}
}

func (p *payment) amount() answer {
	return answer{"total": p.total, "tax_free": p.taxFree, "vat": (2*(p.total-p.taxFree) + 11) / 22, "point": 0, "discount": 0, "green_deposit": 0}
}

func (k *KakaoPay) order(body io.Reader) (answer, *refusal) {
	v, refused := read("order", body)
	if refused != nil {
		return nil, refused
	}
	p := k.payments[v.text("tid")]
	if p == nil || p.cid != v.text("cid") {
		return nil, &refusal{-702, "unknown tid", ""}
	}
	return answer{"tid": p.tid, "cid": p.cid, "status": p.status, "partner_order_id": p.order, "partner_user_id": p.user,
		"payment_method_type": "MONEY", "item_name": p.item, "quantity": 1, "created_at": kst(p.created), "amount": p.amount(),
		"canceled_amount":         answer{"total": p.cancelled, "tax_free": p.cancelledTaxFree},
		"cancel_available_amount": answer{"total": p.left(), "tax_free": p.taxFree - p.cancelledTaxFree},
		"payment_action_details":  p.actions}, nil
}

// left is what can be cancelled.
func (p *payment) left() int64 {
	if p.status != "SUCCESS_PAYMENT" && p.status != "PART_CANCEL_PAYMENT" {
		return 0
	}
	return p.total - p.cancelled
}

func (k *KakaoPay) cancel(body io.Reader) (answer, *refusal) {
	v, refused := read("cancel", body)
	if refused != nil {
		return nil, refused
	}
	p := k.payments[v.text("tid")]
	if p == nil || p.cid != v.text("cid") {
		return nil, &refusal{-702, "unknown tid", ""}
	}
	amount, taxFree := v.number("cancel_amount"), v.number("cancel_tax_free_amount")
	expected, checked := v["cancel_available_amount"]
	switch {
	case amount < 1 || amount > p.left() || taxFree > p.taxFree-p.cancelledTaxFree || taxFree > amount:
		return nil, &refusal{-781, "more than can be cancelled", ""}
	case checked && int64(expected.(float64)) != p.left():
		return nil, &refusal{-781, "the cancellable amount is another", ""}
	}
	p.cancelled, p.cancelledTaxFree = p.cancelled+amount, p.cancelledTaxFree+taxFree
	p.status = "PART_CANCEL_PAYMENT"
	if p.cancelled == p.total {
		p.status = "CANCEL_PAYMENT"
	}
	said := k.move(p, "CANCEL", amount, v.text("payload"))
	said["status"], said["payload"] = p.status, v.text("payload")
	said["approved_cancel_amount"] = answer{"total": amount, "tax_free": taxFree}
	said["canceled_amount"] = answer{"total": p.cancelled, "tax_free": p.cancelledTaxFree}
	said["cancel_available_amount"] = answer{"total": p.left()}
	return said, nil
}

func (k *KakaoPay) subscription(body io.Reader) (answer, *refusal) {
	v, refused := read("subscription", body)
	if refused != nil {
		return nil, refused
	}
	m := k.mandates[v.text("sid")]
	switch {
	case m == nil || v.text("cid") != SubscriptionCID:
		return nil, &refusal{-703, "unknown sid", ""}
	case !m.active:
		return nil, &refusal{-780, "approval failure", "INACTIVE_SID"}
	case m.user != v.text("partner_user_id"):
		return nil, &refusal{-706, "another payer", ""}
	case v.number("total_amount") < 1:
		return nil, &refusal{-2, "amounts do not fit", ""}
	}
	m.last = k.now()
	p := &payment{tid: k.id("T"), cid: SubscriptionCID, order: v.text("partner_order_id"), user: m.user, item: v.text("item_name"),
		total: v.number("total_amount"), taxFree: v.number("tax_free_amount"), status: "SUCCESS_PAYMENT", created: k.now()}
	k.payments[p.tid] = p
	said := k.move(p, "PAYMENT", p.total, v.text("payload"))
	said["sid"] = v.text("sid")
	return said, nil
}

func (k *KakaoPay) inactive(body io.Reader) (answer, *refusal) {
	v, refused := read("manage/subscription/inactive", body)
	if refused != nil {
		return nil, refused
	}
	m := k.mandates[v.text("sid")]
	if m == nil || !m.active {
		return nil, &refusal{-703, "no active sid", ""}
	}
	m.active = false
	return answer{"cid": SubscriptionCID, "sid": v.text("sid"), "status": "INACTIVE", "inactivated_at": kst(k.now())}, nil
}

func (k *KakaoPay) status(body io.Reader) (answer, *refusal) {
	v, refused := read("manage/subscription/status", body)
	if refused != nil {
		return nil, refused
	}
	m := k.mandates[v.text("sid")]
	if m == nil {
		return nil, &refusal{-703, "unknown sid", ""}
	}
	state := "INACTIVE"
	if m.active {
		state = "ACTIVE"
	}
	said := answer{"available": m.active, "cid": SubscriptionCID, "sid": v.text("sid"), "status": state, "payment_method_type": "MONEY"}
	if !m.last.IsZero() {
		said["last_approved_at"] = kst(m.last)
	}
	return said, nil
}

// kst is how KakaoPay writes times: of Seoul, without saying so.
func kst(at time.Time) string {
	return at.In(time.FixedZone("KST", 9*60*60)).Format("2006-01-02T15:04:05")
}
