package wechatpay

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"plaza/egress"
	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
)

// Name is the provider's name in addresses and documents.
const Name = "wechatpay"

// DefaultAPI is WeChat Pay's host.
const DefaultAPI = "https://api.mch.weixin.qq.com"

// Options of a Provider. All may be empty.
type Options struct {
	// API is WeChat Pay's host, without a slash at its end; empty: the real one.
	API    string
	Client *http.Client // empty: one of its own
	Now    func() time.Time
	Logger *slog.Logger
}

// Provider is WeChat Pay for any number of merchants. Safe for concurrent use.
type Provider struct {
	api    string
	client *http.Client
	now    func() time.Time
	logger *slog.Logger
	opened message.Opened[*merchant]
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
	p := &Provider{api: strings.TrimRight(o.API, "/"), client: egress.ForPlatform(o.Client, 0), now: o.Now, logger: o.Logger}
	if p.api == "" {
		p.api = DefaultAPI
	}
	if p.now == nil {
		p.now = time.Now
	}
	if p.logger == nil {
		p.logger = slog.New(slog.DiscardHandler)
	}
	return p
}

// Name is "wechatpay".
func (p *Provider) Name() string { return Name }

// Place knows WeChat's own browser; inside Alipay's, WeChat Pay's pages are not let
// through, nor does its app open from there.
func (p *Provider) Place(agent string) pay.Place {
	switch {
	case strings.Contains(agent, "MicroMessenger"):
		return pay.OwnApp
	case strings.Contains(agent, "AlipayClient"):
		return pay.ShutOut
	}
	return pay.AnyBrowser
}

// Personal: inside WeChat it is one person's openid that is asked to pay.
func (p *Provider) Personal(scene pay.Scene) bool { return scene == pay.InMessenger }

// unusedNumber is a payment's number that is never used: asking for it says
// whether WeChat Pay knows the merchant and takes our signature.
const unusedNumber = "PLAZA0CHECK0"

// Check asks WeChat Pay whether it knows the merchant, takes our signature, and
// signs with what is in the contract. The APIv3 key is tried only where there
// are platform certificates to decrypt.
func (p *Provider) Check(ctx context.Context, _ string, contract []byte) error {
	m, err := p.merchant(contract)
	if err != nil {
		return err
	}
	err = p.call(ctx, m, http.MethodGet, m.queryPath(unusedNumber), nil, nil)
	if no, ok := errors.AsType[*refusal](err); ok && no.is(orderUnknown...) {
		err = nil
	}
	if err != nil {
		return checkFault(m, err)
	}
	if m.publicKey == nil {
		fetched, err := p.askCertificates(ctx, m)
		if err != nil {
			return checkFault(m, err)
		}
		m.certificates.replace(fetched, p.now())
		return nil
	}
	// Every answer to this call is signed; not every merchant may make it.
	err = p.call(ctx, m, http.MethodPost, "/v3/security/echo", map[string]string{"echo_message": "Plaza"}, nil)
	if _, wrong := errors.AsType[*unverified](err); wrong {
		return checkFault(m, err)
	}
	return nil
}

// checkFault says in words why a check failed.
func checkFault(m *merchant, err error) error {
	if wrong, ok := errors.AsType[*unverified](err); ok {
		if said, ok := errors.AsType[*fault.Error](wrong.cause); ok && !errors.Is(said, ErrSignature) {
			return said.Because(err)
		}
		if m.publicKey != nil {
			return ErrPublicKeyWrong.Because(err)
		}
		err = wrong.cause
	}
	if said, ok := errors.AsType[*fault.Error](err); ok {
		return said
	}
	no, ok := errors.AsType[*refusal](err)
	switch {
	case !ok:
		return ErrUnreachable.Because(err)
	case no.is("RESOURCENOTEXISTS", "NOTFOUND") && strings.HasSuffix(no.call, certificatesPath):
		return ErrNoCertificates.Because(err)
	case no.status >= 500 || no.status == http.StatusTooManyRequests:
		return ErrBusy.Because(err)
	}
	return no.fault()
}

// fault says in words what a definite no means, whatever was asked.
func (r *refusal) fault() *fault.Error {
	for _, known := range [...]struct {
		fault *fault.Error
		codes []string
	}{
		{ErrSignRefused, []string{"SIGNERROR"}},
		{ErrNoPermission, []string{"NOAUTH"}},
		{ErrAppMismatch, []string{"APPIDMCHIDNOTMATCH"}},
		{ErrNoMerchant, []string{"MCHNOTEXISTS"}},
		{ErrOtherOpenID, []string{openIDMismatch}},
		{ErrRule, []string{"RULELIMIT", "TRADEERROR", "ACCOUNTERROR"}},
	} {
		if r.is(known.codes...) {
			return known.fault.Because(r)
		}
	}
	if r.is("PARAMERROR") {
		return errParameter(r.field).Because(r)
	}
	return errRefused(r.spelled).Because(r)
}
