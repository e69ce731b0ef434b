package alipay

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"plaza/shop/pay"
)

const (
	maxNotification = 64 << 10 // bytes, far more than Alipay sends
	maxParameters   = 128      // of a notification
)

// taken is the answer that ends a notification's repetitions: seven characters
// and nothing else.
var taken = pay.Reply{Status: http.StatusOK, ContentType: "text/plain", Body: "success"}

// Notification verifies and decodes (platform document: "异步通知说明"). All errors
// are faults.
func (p *Provider) Notification(ctx context.Context, _ string, request pay.Notification) (pay.Notice, error) {
	m, err := p.merchant(request.Contract)
	if err != nil {
		return pay.Notice{}, err
	}
	posted, err := parse(request.Body)
	if err != nil {
		return pay.Notice{}, err
	}
	if err := p.verifyNotification(ctx, m, posted); err != nil {
		return pay.Notice{}, err
	}
	switch {
	case posted.get("app_id") != m.appID,
		m.sellerID != "" && posted.get("seller_id") != m.sellerID:
		return pay.Notice{}, ErrOtherMerchant
	case posted.get("notify_type") != "trade_status_sync":
		return pay.Notice{}, ErrOtherEvent
	}
	told := trade{TradeNo: posted.get("out_trade_no"), ID: posted.get("trade_no"), Status: posted.get("trade_status"),
		Amount: posted.get("total_amount"), Currency: posted.get("trans_currency")}
	outcome, err := told.outcome()
	if err != nil || told.TradeNo == "" {
		return pay.Notice{}, ErrMalformed.Because(err)
	}
	return pay.Notice{TradeNo: told.TradeNo, Outcome: outcome, Reply: taken}, nil
}

// form is what was posted, sorted by name.
type form []parameter

// parse reads a form. A name that comes twice is refused: which of both is meant
// would be anybody's guess.
func parse(body []byte) (form, error) {
	if len(body) > maxNotification {
		return nil, ErrMalformed
	}
	rest := string(body)
	posted := make(form, 0, 40)
	for rest != "" {
		var pair string
		pair, rest, _ = strings.Cut(rest, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil || len(posted) == maxParameters {
			return nil, ErrMalformed
		}
		posted = append(posted, parameter{name, value})
	}
	slices.SortFunc(posted, byName)
	for i := 1; i < len(posted); i++ {
		if posted[i].name == posted[i-1].name {
			return nil, ErrMalformed
		}
	}
	return posted, nil
}

func (f form) get(name string) string {
	at, found := slices.BinarySearchFunc(f, name, func(one parameter, name string) int { return strings.Compare(one.name, name) })
	if !found {
		return ""
	}
	return f[at].value
}

// envelope are the parameters that a notification's signature does not cover.
func envelope(one parameter) bool {
	return one.name == "sign" || one.name == "sign_type" || one.name == "alipay_cert_sn"
}

// verifyNotification says whether Alipay has signed what was posted. Errors:
// ErrSignature; ErrUnreachable when a certificate was needed and could not be
// fetched, after which the notification comes again.
func (p *Provider) verifyNotification(ctx context.Context, m *merchant, posted form) error {
	signature := posted.get("sign")
	if posted.get("sign_type") != signType || signature == "" {
		return ErrSignature
	}
	key, err := p.keyOf(ctx, m, posted.get("alipay_cert_sn"))
	if errors.Is(err, errStranger) {
		return ErrSignature
	}
	if err != nil {
		return ErrUnreachable.Because(err)
	}
	if check(key, signed(posted, envelope), signature) == nil {
		return nil
	}
	// Empty values are signed or not, by the age of what sends them.
	if !slices.ContainsFunc(posted, empty) {
		return ErrSignature
	}
	return check(key, signed(posted, func(one parameter) bool { return envelope(one) || empty(one) }), signature)
}
