package wechatpay

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"encoding/pem"
	"regexp"
	"strings"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/rsakey"
)

// Contract is what a merchant copies from WeChat Pay's pages (商户平台 →
// 账户中心 → API安全).
type Contract struct {
	MerchantID string `json:"merchant_id"` // 商户号
	AppID      string `json:"app_id"`      // of the official account, bound to the merchant
	// SerialNo names the certificate that belongs to PrivateKey, in hexadecimal.
	SerialNo   string `json:"serial_no"`
	PrivateKey string `json:"private_key"` // PEM: apiclient_key.pem
	APIv3Key   string `json:"api_v3_key"`  // encrypts what WeChat Pay sends; 32 bytes
	// PublicKeyID and PublicKey verify what WeChat Pay says. Without them platform
	// certificates do, which are fetched; new merchants have none.
	PublicKeyID string `json:"public_key_id,omitempty"`
	PublicKey   string `json:"public_key,omitempty"` // PEM
	// H5 says that WeChat Pay has granted the merchant payments from phones'
	// browsers. Without it a code to scan is shown there.
	H5 bool `json:"h5,omitempty"`
}

const (
	maxPEM     = 8 << 10 // bytes
	apiKeySize = 32      // bytes
)

var (
	merchantID  = regexp.MustCompile(`^[0-9]{8,10}$`)
	appID       = regexp.MustCompile(`^wx[0-9a-zA-Z]{16}$`)
	serialNo    = regexp.MustCompile(`^[0-9A-Fa-f]{8,40}$`)
	publicKeyID = regexp.MustCompile(`^PUB_KEY_ID_[0-9A-Za-z]{1,64}$`)
)

// Fields are what a member copies from WeChat Pay's pages.
func (p *Provider) Fields() []message.Field {
	return []message.Field{
		{Name: "merchant_id", Limit: 10},
		{Name: "app_id", Limit: 18},
		{Name: "serial_no", Limit: 40},
		{Name: "private_key", Secret: true, Kind: message.LongField, Limit: maxPEM},
		{Name: "api_v3_key", Secret: true, Limit: apiKeySize},
		{Name: "public_key_id", Optional: true, Limit: 80},
		{Name: "public_key", Optional: true, Kind: message.LongField, Limit: maxPEM},
		{Name: "h5", Optional: true, Kind: message.SwitchField},
	}
}

// Validate says what is wrong with a contract, field by field.
func (p *Provider) Validate(contract []byte) error {
	_, err := newMerchant(contract)
	return err
}

// Takes says that WeChat Pay moves yuan and nothing else.
func (p *Provider) Takes(currency string) bool { return currency == "CNY" }

// merchant is a contract ready for use, with the platform certificates fetched
// for it.
type merchant struct {
	id, appID, serial string
	key               *rsa.PrivateKey
	aead              cipher.AEAD
	publicKeyID       string
	publicKey         *rsa.PublicKey // nil without
	h5                bool
	certificates      certificates
}

// merchant opens a contract, or finds it opened.
func (p *Provider) merchant(contract []byte) (*merchant, error) {
	return p.opened.Open(contract, newMerchant)
}

// newMerchant checks a contract and sets up its keys.
func newMerchant(contract []byte) (*merchant, error) {
	c, err := pay.DecodeContract[Contract](contract)
	if err != nil {
		return nil, err
	}
	m := &merchant{id: c.MerchantID, appID: c.AppID, serial: strings.ToUpper(c.SerialNo), publicKeyID: c.PublicKeyID, h5: c.H5}
	wrong := []error{
		fault.If(!merchantID.MatchString(c.MerchantID), ErrMerchantID),
		fault.If(!appID.MatchString(c.AppID), ErrAppID),
		fault.If(!serialNo.MatchString(c.SerialNo), ErrSerial),
		fault.If(len(c.APIv3Key) != apiKeySize, ErrAPIKey),
		fault.If((c.PublicKeyID == "") != (strings.TrimSpace(c.PublicKey) == ""), ErrHalfAPublicKey),
		fault.If(c.PublicKeyID != "" && !publicKeyID.MatchString(c.PublicKeyID), ErrPublicKeyID),
	}
	m.key, err = rsakey.Private(der(c.PrivateKey))
	wrong = append(wrong, fault.If(err != nil, ErrPrivateKey))
	if m.publicKeyID != "" && strings.TrimSpace(c.PublicKey) != "" {
		m.publicKey, err = rsakey.Public(der(c.PublicKey))
		wrong = append(wrong, fault.If(err != nil, ErrPublicKey))
	}
	if err := fault.All(wrong...); err != nil {
		return nil, err
	}
	block, err := aes.NewCipher([]byte(c.APIv3Key))
	if err != nil {
		return nil, ErrAPIKey
	}
	m.aead, err = cipher.NewGCM(block)
	return m, err
}

// der takes a key out of PEM; nothing where there is none.
func der(text string) []byte {
	block, _ := pem.Decode([]byte(strings.TrimSpace(text)))
	if block == nil || len(text) > maxPEM {
		return nil
	}
	return block.Bytes
}
