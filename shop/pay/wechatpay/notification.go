package wechatpay

import (
	"context"
	"crypto/cipher"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"plaza/fault"
	"plaza/shop/pay"
)

// maxNotification is far more than WeChat Pay sends, in bytes.
const maxNotification = 64 << 10

// envelope is what WeChat Pay posts (platform document: "支付成功回调通知").
type envelope struct {
	Event    string   `json:"event_type"`
	Resource resource `json:"resource"`
}

// resource is encrypted under the APIv3 key.
type resource struct {
	Algorithm  string `json:"algorithm"`
	Nonce      string `json:"nonce"`
	Associated string `json:"associated_data"`
	Ciphertext string `json:"ciphertext"`
}

var errResource = errors.New("wechatpay: not AEAD_AES_256_GCM under this key")

func (r resource) open(aead cipher.AEAD) ([]byte, error) {
	if r.Algorithm != "AEAD_AES_256_GCM" || len(r.Nonce) != aead.NonceSize() {
		return nil, errResource
	}
	sealed, err := base64.StdEncoding.DecodeString(r.Ciphertext)
	if err != nil {
		return nil, errResource
	}
	plain, err := aead.Open(sealed[:0], []byte(r.Nonce), sealed, []byte(r.Associated))
	if err != nil {
		return nil, errResource
	}
	return plain, nil
}

// taken is the answer that ends a notification's repetitions.
var taken = pay.Reply{Status: http.StatusNoContent}

// Notification verifies, decrypts and decodes. All errors are faults.
func (p *Provider) Notification(ctx context.Context, _ string, request pay.Notification) (pay.Notice, error) {
	m, err := p.merchant(request.Contract)
	if err != nil {
		return pay.Notice{}, err
	}
	if len(request.Body) > maxNotification {
		return pay.Notice{}, ErrMalformed
	}
	if err := p.verify(ctx, m, request.Header, request.Body); err != nil {
		if said, ok := errors.AsType[*fault.Error](err); ok {
			return pay.Notice{}, said
		}
		return pay.Notice{}, ErrUnreachable.Because(err) // a certificate is missing: it comes again
	}
	var posted envelope
	if json.Unmarshal(request.Body, &posted) != nil {
		return pay.Notice{}, ErrMalformed
	}
	plain, err := posted.Resource.open(m.aead)
	if err != nil {
		return pay.Notice{}, ErrCipher
	}
	switch {
	case strings.HasPrefix(posted.Event, "TRANSACTION."):
		return m.aboutPayment(plain)
	case strings.HasPrefix(posted.Event, "REFUND."):
		return p.aboutRefund(ctx, m, plain)
	}
	return pay.Notice{}, ErrOtherEvent
}

func (m *merchant) aboutPayment(plain []byte) (pay.Notice, error) {
	var told transaction
	if json.Unmarshal(plain, &told) != nil || told.TradeNo == "" {
		return pay.Notice{}, ErrMalformed
	}
	if told.MerchantID != m.id {
		return pay.Notice{}, ErrOtherMerchant
	}
	outcome, err := told.outcome()
	if err != nil {
		return pay.Notice{}, ErrMalformed.Because(err)
	}
	return pay.Notice{TradeNo: told.TradeNo, Outcome: outcome, Reply: taken}, nil
}

func (p *Provider) aboutRefund(ctx context.Context, m *merchant, plain []byte) (pay.Notice, error) {
	var told refund
	if json.Unmarshal(plain, &told) != nil || told.TradeNo == "" || told.Number == "" {
		return pay.Notice{}, ErrMalformed
	}
	if told.MerchantID != m.id {
		return pay.Notice{}, ErrOtherMerchant
	}
	outcome, err := p.translateRefund(ctx, told, told.Told)
	if err != nil {
		return pay.Notice{}, ErrMalformed.Because(err)
	}
	return pay.Notice{TradeNo: told.TradeNo, RefundNo: ownNumber(told.TradeNo, told.Number), Refund: outcome, Reply: taken}, nil
}
