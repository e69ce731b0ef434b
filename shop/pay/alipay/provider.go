package alipay

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/egress"
	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
)

// Name is the provider's name in addresses and documents.
const Name = "alipay"

// DefaultGateway is Alipay's one address for everything.
const DefaultGateway = "https://openapi.alipay.com/gateway.do"

// Options of a Provider. All may be empty.
type Options struct {
	// Gateway is the address that everything is asked of; empty: the real one.
	Gateway string
	Client  *http.Client // empty: one of its own
	Now     func() time.Time
	Logger  *slog.Logger
}

// Provider is Alipay for any number of merchants. Safe for concurrent use.
type Provider struct {
	gateway string
	host    string // of the gateway
	client  *http.Client
	now     func() time.Time
	logger  *slog.Logger
	opened  message.Opened[*merchant]
}

var (
	_ pay.Provider   = (*Provider)(nil)
	_ pay.Contracted = (*Provider)(nil)
	_ pay.Counter    = (*Provider)(nil)
	_ pay.Billing    = (*Provider)(nil)
	_ pay.Picky      = (*Provider)(nil)
)

// New makes a Provider.
func New(o Options) *Provider {
	p := &Provider{gateway: o.Gateway, client: egress.ForPlatform(o.Client, 0), now: o.Now, logger: o.Logger}
	if p.gateway == "" {
		p.gateway = DefaultGateway
	}
	if parsed, err := url.Parse(p.gateway); err == nil {
		p.host = parsed.Host
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.logger == nil {
		p.logger = slog.New(slog.DiscardHandler)
	}
	return p
}

// Name is "alipay".
func (p *Provider) Name() string { return Name }

// Place knows Alipay's own browser; inside WeChat's, Alipay's pages are not let
// through, nor does its app open from there.
func (p *Provider) Place(agent string) pay.Place {
	switch {
	case strings.Contains(agent, "AlipayClient"):
		return pay.OwnApp
	case strings.Contains(agent, "MicroMessenger"):
		return pay.ShutOut
	}
	return pay.AnyBrowser
}

// unusedNumber is a payment's number that is never used: asking for it says
// whether Alipay knows the application and takes our signature.
const unusedNumber = "PLAZA0CHECK0"

// Check asks Alipay whether it knows the application, takes our signature, and
// signs with what is in the contract.
func (p *Provider) Check(ctx context.Context, _ string, contract []byte) error {
	m, err := p.merchant(contract)
	if err != nil {
		return err
	}
	err = p.call(ctx, m, methodQuery, tradeName{TradeNo: unusedNumber}, nil)
	if no, ok := errors.AsType[*refusal](err); ok && no.is(tradeUnknown) {
		return nil
	}
	return checkFault(err)
}

// checkFault says in words why a check failed.
func checkFault(err error) error {
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*unverified](err); ok {
		return ErrKeyWrong.Because(wrong)
	}
	no, ok := errors.AsType[*refusal](err)
	switch {
	case !ok:
		return ErrUnreachable.Because(err)
	case no.code == codeUnavailable || no.code == codeLimited:
		return ErrBusy.Because(err)
	}
	return no.fault()
}

// fault says in words what a definite no means, whatever was asked.
func (r *refusal) fault() *fault.Error {
	for _, known := range [...]struct {
		fault *fault.Error
		subs  []string
	}{
		{ErrSignRefused, []string{"isv.invalid-signature", "isv.missing-signature", "isv.invalid-signature-type", "isv.missing-signature-key"}},
		{ErrNoApplication, []string{"isv.invalid-app-id", "isv.missing-app-id", "ACQ.PARTNER_ERROR"}},
		{ErrNoPermission, []string{"ACQ.ACCESS_FORBIDDEN", "isv.insufficient-isv-permissions", "isv.insufficient-user-permissions"}},
		{ErrSameAccount, []string{"ACQ.BUYER_SELLER_EQUAL"}},
		{ErrRule, payerRefused},
	} {
		if r.is(known.subs...) {
			return known.fault.Because(r)
		}
	}
	switch {
	case r.code == codePermission:
		return ErrNoPermission.Because(r)
	case strings.HasPrefix(r.sub, "isv.") || r.is("ACQ.INVALID_PARAMETER"):
		return errParameter(r.sub).Because(r)
	}
	return errRefused(r.sub).Because(r)
}

// payerRefused are the answers that the payer, or the merchant, is not let pay
// or be paid like this.
var payerRefused = []string{"ACQ.BUYER_ENABLE_STATUS_FORBID", "ACQ.BUYER_PAYMENT_AMOUNT_DAY_LIMIT_ERROR",
	"ACQ.BUYER_PAYMENT_AMOUNT_MONTH_LIMIT_ERROR", "ACQ.BEYOND_PAY_RESTRICTION", "ACQ.BEYOND_PER_RECEIPT_RESTRICTION",
	"ACQ.BEYOND_PER_RECEIPT_SINGLE_RESTRICTION", "ACQ.BEYOND_PER_RECEIPT_DAY_RESTRICTION", "ACQ.SELLER_BEEN_BLOCKED",
	"ACQ.TOTAL_FEE_EXCEED", "ACQ.EXIST_FORBIDDEN_WORD", "ACQ.PAYMENT_REQUEST_HAS_RISK", "ACQ.NO_PAYMENT_INSTRUMENTS_AVAILABLE"}
