package wechatpay

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// signatureType is the one way of signing (platform document: "签名生成").
const signatureType = "WECHATPAY2-SHA256-RSA2048"

// lines joins what is signed: every line is ended, the last one too.
func lines(parts ...string) []byte {
	return []byte(strings.Join(parts, "\n") + "\n")
}

// sign is RSA PKCS #1 v1.5 over SHA-256, in base64.
func (m *merchant) sign(signed []byte) (string, error) {
	sum := sha256.Sum256(signed)
	signature, err := rsa.SignPKCS1v15(rand.Reader, m.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("wechatpay: sign: %w", err)
	}
	return base64.StdEncoding.EncodeToString(signature), nil
}

// authorize makes the header Authorization of a request: target is the path and
// query as they are sent, body the bytes that are sent.
func (m *merchant) authorize(method, target string, body []byte, now time.Time) (string, error) {
	at, nonce := strconv.FormatInt(now.Unix(), 10), rand.Text()
	signature, err := m.sign(lines(method, target, at, nonce, string(body)))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`%s mchid="%s",nonce_str="%s",timestamp="%s",serial_no="%s",signature="%s"`,
		signatureType, m.id, nonce, at, m.serial, signature), nil
}

// invocation are the parameters with which a page inside WeChat asks for the
// payment (getBrandWCPayRequest; platform document: "JSAPI调起支付").
func (m *merchant) invocation(prepayID string, now time.Time) (map[string]string, error) {
	at, nonce, packed := strconv.FormatInt(now.Unix(), 10), rand.Text(), "prepay_id="+prepayID
	signature, err := m.sign(lines(m.appID, at, nonce, packed))
	if err != nil {
		return nil, err
	}
	return map[string]string{"appId": m.appID, "timeStamp": at, "nonceStr": nonce, "package": packed,
		"signType": "RSA", "paySign": signature}, nil
}
