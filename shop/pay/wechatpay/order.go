package wechatpay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
)

// The parts of a request, in the platform's words and order. Empty ones are left
// out: WeChat Pay refuses what it does not expect.
type (
	order struct {
		AppID       string   `json:"appid"`
		MerchantID  string   `json:"mchid"`
		Description string   `json:"description"`
		TradeNo     string   `json:"out_trade_no"`
		ExpiresAt   string   `json:"time_expire,omitempty"`
		NotifyURL   string   `json:"notify_url,omitempty"`
		Amount      amount   `json:"amount"`
		Payer       *payer   `json:"payer,omitempty"`
		Scene       *setting `json:"scene_info,omitempty"`
	}
	amount struct {
		Total    int64  `json:"total"`
		Currency string `json:"currency"`
	}
	payer struct {
		OpenID string `json:"openid,omitempty"`
		Code   string `json:"auth_code,omitempty"` // shown at the counter
	}
	setting struct {
		ClientIP string `json:"payer_client_ip,omitempty"`
		H5       *h5    `json:"h5_info,omitempty"`
		DeviceIP string `json:"device_ip,omitempty"` // of the counter
		Store    *store `json:"store_info,omitempty"`
	}
	h5 struct {
		Type string `json:"type"`
	}
	store struct {
		ID string `json:"out_id"`
	}
)

// transaction is what WeChat Pay says about a payment, in answers and
// notifications alike (platform document: "查询订单").
type transaction struct {
	MerchantID string `json:"mchid"`
	TradeNo    string `json:"out_trade_no"`
	ID         string `json:"transaction_id"`
	State      string `json:"trade_state"`
	Amount     amount `json:"amount"`
}

// maxDescription is in bytes, so that it holds whatever WeChat Pay counts.
const maxDescription = 127

// beijing is the zone of WeChat Pay's days and of the times it is given.
var beijing = time.FixedZone("", 8*60*60)

func (m *merchant) order(charge pay.Charge) order {
	description, _ := message.Cut(charge.Description, maxDescription, message.Bytes)
	o := order{AppID: m.appID, MerchantID: m.id, Description: description, TradeNo: charge.TradeNo, NotifyURL: charge.NotifyURL,
		Amount: amount{charge.Amount.Minor, charge.Amount.Currency}}
	if !charge.ExpiresAt.IsZero() {
		o.ExpiresAt = charge.ExpiresAt.In(beijing).Format(time.RFC3339)
	}
	return o
}

// Create announces a payment. The same charge again gets a fresh prepay_id or
// code for the same order.
func (p *Provider) Create(ctx context.Context, charge pay.Charge) (pay.Step, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Step{}, err
	}
	if charge.Amount.Minor < 1 || !p.Takes(charge.Amount.Currency) {
		return pay.Step{}, ErrAmount
	}
	var step pay.Step
	switch {
	case charge.Scene == pay.InMessenger:
		step, err = p.insideWeChat(ctx, m, charge)
	case charge.Scene == pay.OnPhone && m.h5:
		step, err = p.fromPhone(ctx, m, charge)
	default:
		step, err = p.toScan(ctx, m, charge)
	}
	no, ok := errors.AsType[*refusal](err)
	if !ok {
		return step, err
	}
	return step, p.unplaced(ctx, m, charge, no)
}

// insideWeChat is the product JSAPI.
func (p *Provider) insideWeChat(ctx context.Context, m *merchant, charge pay.Charge) (pay.Step, error) {
	if charge.Payer.Channel != "wechat" || charge.Payer.User == "" {
		return pay.Step{}, ErrNoOpenID
	}
	asked := m.order(charge)
	asked.Payer = &payer{OpenID: charge.Payer.User}
	if address, ok := outside(charge.ClientIP); ok {
		asked.Scene = &setting{ClientIP: address}
	}
	var answer struct {
		PrepayID string `json:"prepay_id"`
	}
	if err := p.call(ctx, m, http.MethodPost, "/v3/pay/transactions/jsapi", asked, &answer); err != nil {
		return pay.Step{}, err
	}
	if answer.PrepayID == "" {
		return pay.Step{}, errors.New("wechatpay: the answer holds no prepay_id")
	}
	parameters, err := m.invocation(answer.PrepayID, p.now())
	return pay.Step{Kind: pay.InvokeStep, Parameters: parameters}, err
}

// fromPhone is the product H5, for browsers outside WeChat.
func (p *Provider) fromPhone(ctx context.Context, m *merchant, charge pay.Charge) (pay.Step, error) {
	address, ok := outside(charge.ClientIP)
	if !ok {
		return pay.Step{}, ErrClientAddress
	}
	asked := m.order(charge)
	asked.Scene = &setting{ClientIP: address, H5: &h5{Type: "Wap"}}
	var answer struct {
		URL string `json:"h5_url"`
	}
	if err := p.call(ctx, m, http.MethodPost, "/v3/pay/transactions/h5", asked, &answer); err != nil {
		return pay.Step{}, err
	}
	if answer.URL == "" {
		return pay.Step{}, errors.New("wechatpay: the answer holds no h5_url")
	}
	if charge.ReturnURL != "" {
		answer.URL += "&redirect_url=" + url.QueryEscape(charge.ReturnURL)
	}
	return pay.Step{Kind: pay.RedirectStep, URL: answer.URL}, nil
}

// toScan is the product Native.
func (p *Provider) toScan(ctx context.Context, m *merchant, charge pay.Charge) (pay.Step, error) {
	asked := m.order(charge)
	if address, ok := outside(charge.ClientIP); ok {
		asked.Scene = &setting{ClientIP: address}
	}
	var answer struct {
		URL string `json:"code_url"`
	}
	if err := p.call(ctx, m, http.MethodPost, "/v3/pay/transactions/native", asked, &answer); err != nil {
		return pay.Step{}, err
	}
	if answer.URL == "" {
		return pay.Step{}, errors.New("wechatpay: the answer holds no code_url")
	}
	return pay.Step{Kind: pay.ScanStep, QR: answer.URL}, nil
}

// outside gives an address as WeChat Pay wants it; one that can't be a payer's
// out in the world is not ok.
func outside(address string) (string, bool) {
	parsed, err := netip.ParseAddr(address)
	if err != nil || parsed.IsLoopback() || parsed.IsUnspecified() || parsed.Zone() != "" {
		return "", false
	}
	return parsed.Unmap().String(), true
}

// unplaced says what a no to an order means. Some codes say that the number is
// taken, and INVALID_REQUEST may: then there may be an order that can be paid or
// is, so WeChat Pay is asked before anything is called definite.
func (p *Provider) unplaced(ctx context.Context, m *merchant, charge pay.Charge, no *refusal) error {
	if no.is("PARAMERROR", "SIGNERROR", "NOAUTH", "APPIDMCHIDNOTMATCH", "MCHNOTEXISTS", openIDMismatch, "RULELIMIT", "TRADEERROR", "ACCOUNTERROR") {
		return no.fault()
	}
	if no.status/100 != 4 || no.code == "" || no.status == http.StatusTooManyRequests {
		return no
	}
	_, err := p.find(ctx, m, charge)
	if errors.Is(err, errNoOrder) {
		return no.fault()
	}
	return no
}

// orderUnknown are the codes of a number that WeChat Pay has not heard of.
var orderUnknown = []string{"ORDERNOTEXIST", "RESOURCENOTEXISTS", "NOTFOUND"}

var errNoOrder = errors.New("wechatpay: no such order")

func (m *merchant) queryPath(tradeNo string) string {
	return "/v3/pay/transactions/out-trade-no/" + url.PathEscape(tradeNo) + "?mchid=" + m.id
}

// find asks for an order. Errors: errNoOrder, and those of call.
func (p *Provider) find(ctx context.Context, m *merchant, charge pay.Charge) (transaction, error) {
	var found transaction
	err := p.call(ctx, m, http.MethodGet, m.queryPath(charge.TradeNo), nil, &found)
	if no, ok := errors.AsType[*refusal](err); ok && no.status == http.StatusNotFound && no.is(orderUnknown...) {
		return found, errNoOrder
	}
	if err == nil {
		err = m.mine(found, charge.TradeNo)
	}
	return found, err
}

// mine says whether an answer is about what was asked for. The AppID does not
// matter: a merchant may change over to another one, and numbers are unique
// among all of them.
func (m *merchant) mine(t transaction, tradeNo string) error {
	if t.MerchantID != m.id || t.TradeNo != tradeNo {
		return fmt.Errorf("wechatpay: asked for order %s, answered with %q of merchant %q", tradeNo, t.TradeNo, t.MerchantID)
	}
	return nil
}

// outcome translates a payment's state (platform document: "交易状态").
func (t transaction) outcome() (pay.Outcome, error) {
	switch t.State {
	case "SUCCESS", "REFUND": // REFUND: paid, and some of it goes back
		currency := t.Amount.Currency
		if currency == "" {
			currency = "CNY"
		}
		return pay.Outcome{Status: pay.Success, Amount: money.Of(t.Amount.Total, currency), ProviderRef: t.ID}, nil
	case "NOTPAY", "USERPAYING", "ACCEPT":
		return pay.Outcome{Status: pay.Waiting}, nil
	case "CLOSED", "REVOKED":
		return pay.Outcome{Status: pay.Ended}, nil
	case "PAYERROR":
		return pay.Outcome{Status: pay.Failure, Reason: ErrDeclined.Code}, nil
	}
	state, _ := message.Cut(t.State+" ", maxSigned, message.Bytes)
	return pay.Outcome{}, fmt.Errorf("wechatpay: unknown state %q", state)
}

// Confirm answers as Query does: that a page says so is no proof.
func (p *Provider) Confirm(ctx context.Context, charge pay.Charge, _ map[string]string) (pay.Outcome, error) {
	return p.Query(ctx, charge)
}

// Query asks what became of a payment.
func (p *Provider) Query(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	found, err := p.find(ctx, m, charge)
	if errors.Is(err, errNoOrder) {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	if found.State == "PAYERROR" && charge.Scene == pay.AtCounter { // reversing makes it final
		if err := p.reverse(ctx, m, charge); err != nil {
			return pay.Outcome{}, err
		}
	}
	return found.outcome()
}

// Close calls a payment off, so that no money can come any more; at the counter
// what has come goes back.
func (p *Provider) Close(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	if charge.Scene == pay.AtCounter {
		return p.callOff(ctx, m, charge)
	}
	path := "/v3/pay/transactions/out-trade-no/" + url.PathEscape(charge.TradeNo) + "/close"
	err = p.call(ctx, m, http.MethodPost, path, map[string]string{"mchid": m.id}, nil)
	no, ok := errors.AsType[*refusal](err)
	switch {
	case err == nil, ok && no.is("ORDERCLOSED"), ok && no.status == http.StatusNotFound && no.is(orderUnknown...):
		return pay.Outcome{Status: pay.Ended}, nil
	case !ok || !no.is("ORDERPAID", "INVALIDREQUEST", "TRADEERROR"):
		return pay.Outcome{}, err
	}
	// Too late, says WeChat Pay: only what it then says of the order counts.
	found, findErr := p.find(ctx, m, charge)
	if findErr != nil {
		return pay.Outcome{}, findErr
	}
	outcome, findErr := found.outcome()
	if findErr == nil && outcome.Status == pay.Waiting {
		return pay.Outcome{}, err
	}
	return outcome, findErr
}
