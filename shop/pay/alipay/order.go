package alipay

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
)

// order is what is asked for, in the platform's words (platform documents:
// "统一收单线下交易预创建", "统一收单交易支付接口", "统一收单下单并支付页面接口").
type order struct {
	TradeNo     string `json:"out_trade_no"`
	Amount      string `json:"total_amount"` // yuan
	Subject     string `json:"subject"`
	ProductCode string `json:"product_code,omitempty"`
	ExpiresAt   string `json:"time_expire,omitempty"`
	Scene       string `json:"scene,omitempty"`
	Code        string `json:"auth_code,omitempty"` // shown at the counter
	QuitURL     string `json:"quit_url,omitempty"`  // where giving up leads from a phone's page
}

// tradeName names a trade by our number.
type tradeName struct {
	TradeNo string `json:"out_trade_no"`
}

// trade is what Alipay says about a payment, in answers and notifications alike
// (platform document: "统一收单交易查询").
type trade struct {
	TradeNo  string `json:"out_trade_no"`
	ID       string `json:"trade_no"`
	Status   string `json:"trade_status"`
	Amount   string `json:"total_amount"`
	Currency string `json:"trans_currency"` // of trades across borders only
}

const (
	maxSubject = 256 // characters
	maxMinor   = 100_000_000_00
)

// The codes of the products that a trade may be of.
const (
	productOrderCode = "QR_CODE_OFFLINE"
	productPage      = "FAST_INSTANT_TRADE_PAY"
	productWap       = "QUICK_WAP_WAY"
)

// beijing is the zone of all of Alipay's times.
var beijing = time.FixedZone("", 8*60*60)

// plainSubject takes the place of what Alipay does not take in a subject.
var plainSubject = strings.NewReplacer("/", "／", "=", "＝", "&", "＆", "\n", " ", "\r", " ", "\t", " ")

// newOrder says what is to be paid. Errors: ErrAmount.
func (p *Provider) newOrder(charge pay.Charge) (order, error) {
	if charge.Amount.Minor < 1 || charge.Amount.Minor > maxMinor || !p.Takes(charge.Amount.Currency) {
		return order{}, ErrAmount
	}
	subject, _ := message.Cut(plainSubject.Replace(charge.Description), maxSubject, message.Characters)
	asked := order{TradeNo: charge.TradeNo, Amount: charge.Amount.Decimal(), Subject: subject}
	if !charge.ExpiresAt.IsZero() {
		asked.ExpiresAt = charge.ExpiresAt.In(beijing).Format(time.DateTime)
	}
	return asked, nil
}

// Create announces a payment. The same charge again gets a fresh code or address
// for the same trade.
func (p *Provider) Create(ctx context.Context, charge pay.Charge) (pay.Step, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Step{}, err
	}
	asked, err := p.newOrder(charge)
	if err != nil {
		return pay.Step{}, err
	}
	switch m.product(charge.Scene) {
	case productPage:
		asked.ProductCode = productPage
		return p.onPage(m, methodPage, asked, charge)
	case productWap:
		asked.ProductCode, asked.QuitURL = productWap, charge.ReturnURL
		return p.onPage(m, methodWap, asked, charge)
	}
	if m.orderCode {
		asked.ProductCode = productOrderCode
	}
	return p.toScan(ctx, m, asked, charge)
}

// product says which page a payment in a scene is made on; empty for none.
func (m *merchant) product(scene pay.Scene) string {
	switch {
	case scene == pay.OnDesktop && m.page:
		return productPage
	case (scene == pay.OnPhone || scene == pay.InMessenger) && m.wap:
		return productWap
	}
	return ""
}

// onPage gives the address of Alipay's page. Alipay hears of the payment only
// when somebody opens it.
func (p *Provider) onPage(m *merchant, method string, asked order, charge pay.Charge) (pay.Step, error) {
	form, err := p.form(m, method, asked, parameter{"notify_url", charge.NotifyURL}, parameter{"return_url", charge.ReturnURL})
	if err != nil {
		return pay.Step{}, err
	}
	return pay.Step{Kind: pay.RedirectStep, URL: p.gateway + "?" + form}, nil
}

// toScan asks for a code. There is no trade before somebody scans it.
func (p *Provider) toScan(ctx context.Context, m *merchant, asked order, charge pay.Charge) (pay.Step, error) {
	var answer struct {
		TradeNo string `json:"out_trade_no"`
		Code    string `json:"qr_code"`
	}
	err := p.call(ctx, m, methodPrecreate, asked, &answer, parameter{"notify_url", charge.NotifyURL})
	if no, ok := errors.AsType[*refusal](err); ok {
		return pay.Step{}, p.unplaced(ctx, m, charge, no)
	}
	if err != nil {
		return pay.Step{}, err
	}
	if answer.Code == "" || answer.TradeNo != charge.TradeNo {
		return pay.Step{}, fmt.Errorf("%s: %w", methodPrecreate, errShape)
	}
	return pay.Step{Kind: pay.ScanStep, QR: answer.Code}, nil
}

// unplaced says what a no to an order means. Where a code may say that the
// number is taken, there may be a trade that can be paid or is, so Alipay is
// asked before anything is called definite.
func (p *Provider) unplaced(ctx context.Context, m *merchant, charge pay.Charge, no *refusal) error {
	if no.atGate() {
		return no.fault()
	}
	if no.code != codeBusiness || strings.HasSuffix(no.sub, "SYSTEM_ERROR") || no.sub == "" {
		return no
	}
	if _, err := p.find(ctx, m, charge.TradeNo); errors.Is(err, errNoTrade) {
		return no.fault()
	}
	return no
}

// tradeUnknown is the sub code of a number that Alipay has not heard of.
const tradeUnknown = "ACQ.TRADE_NOT_EXIST"

var errNoTrade = errors.New("alipay: no such trade")

// find asks for a trade. Errors: errNoTrade, and those of call.
func (p *Provider) find(ctx context.Context, m *merchant, tradeNo string) (trade, error) {
	var found trade
	err := p.call(ctx, m, methodQuery, tradeName{tradeNo}, &found)
	if no, ok := errors.AsType[*refusal](err); ok && no.is(tradeUnknown) {
		return found, errNoTrade
	}
	if err == nil && found.TradeNo != tradeNo {
		err = fmt.Errorf("%s: asked for %s, answered with %.64q", methodQuery, tradeNo, found.TradeNo)
	}
	return found, err
}

// outcome translates a trade's state (platform document: "交易状态说明").
// TRADE_CLOSED is one that nobody paid in time, or all of which has gone back:
// either way there is no money.
func (t trade) outcome() (pay.Outcome, error) {
	switch t.Status {
	case "TRADE_SUCCESS", "TRADE_FINISHED":
		return t.paid()
	case "WAIT_BUYER_PAY":
		return pay.Outcome{Status: pay.Waiting}, nil
	case "TRADE_CLOSED":
		return pay.Outcome{Status: pay.Ended}, nil
	}
	return pay.Outcome{}, fmt.Errorf("alipay: unknown state %.64q", t.Status)
}

func (t trade) paid() (pay.Outcome, error) {
	amount, ok := yuan(t.Amount)
	if !ok || t.ID == "" || len(t.ID) > 64 {
		return pay.Outcome{}, errors.New("alipay: a payment without an amount or a number")
	}
	if t.Currency != "" {
		amount.Currency = t.Currency
	}
	return pay.Outcome{Status: pay.Success, Amount: amount, ProviderRef: t.ID}, nil
}

var yuanText = regexp.MustCompile(`^[0-9]{1,10}(\.[0-9]{1,2})?$`)

// yuan reads an amount as Alipay writes it.
func yuan(text string) (money.Amount, bool) {
	if !yuanText.MatchString(text) {
		return money.Amount{}, false
	}
	amount, err := money.Parse(text, "CNY")
	return amount, err == nil
}

// Confirm answers as Query does: that a page says so is no proof.
func (p *Provider) Confirm(ctx context.Context, charge pay.Charge, _ map[string]string) (pay.Outcome, error) {
	return p.Query(ctx, charge)
}

// Query asks what became of a payment. One that nobody has scanned or opened yet
// is not known to Alipay and is waiting.
func (p *Provider) Query(ctx context.Context, charge pay.Charge) (pay.Outcome, error) {
	m, err := p.merchant(charge.Contract)
	if err != nil {
		return pay.Outcome{}, err
	}
	found, err := p.find(ctx, m, charge.TradeNo)
	if errors.Is(err, errNoTrade) {
		return pay.Outcome{Status: pay.Waiting}, nil
	}
	if err != nil {
		return pay.Outcome{}, err
	}
	return found.outcome()
}
