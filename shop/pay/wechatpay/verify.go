package wechatpay

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxSkew is how far a signature's time may be from ours, exclusively.
const maxSkew = 5 * time.Minute

// maxSigned bounds the parts of a signature's headers, in bytes.
const maxSigned = 128

// signature is what the headers of an answer or a notification say of how it was
// signed (platform document: "验证签名").
type signature struct {
	at, nonce, serial string
	value             []byte
}

// signatureOf reads the headers. Errors: ErrTime, ErrSignature.
func signatureOf(header http.Header, now time.Time) (signature, error) {
	s := signature{at: header.Get("Wechatpay-Timestamp"), nonce: header.Get("Wechatpay-Nonce"), serial: header.Get("Wechatpay-Serial")}
	seconds, err := strconv.ParseInt(s.at, 10, 64)
	if kind := header.Get("Wechatpay-Signature-Type"); err != nil || kind != "" && kind != signatureType ||
		s.nonce == "" || len(s.nonce) > maxSigned || s.serial == "" || len(s.serial) > maxSigned {
		return s, ErrSignature
	}
	if at := time.Unix(seconds, 0); !at.After(now.Add(-maxSkew)) || !at.Before(now.Add(maxSkew)) {
		return s, ErrTime
	}
	// Now and then WeChat Pay tries us with a signature that is none
	// ("WECHATPAY/SIGNTEST/..."): it fails here or in check as any other.
	if s.value, err = base64.StdEncoding.DecodeString(header.Get("Wechatpay-Signature")); err != nil {
		return s, ErrSignature
	}
	return s, nil
}

// check verifies the signature over the three lines that WeChat Pay signs.
func (s signature) check(key *rsa.PublicKey, body []byte) error {
	hash := sha256.New()
	for _, line := range [...][]byte{[]byte(s.at), []byte(s.nonce), body} {
		hash.Write(line)
		hash.Write([]byte{'\n'})
	}
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, hash.Sum(nil), s.value) != nil {
		return ErrSignature
	}
	return nil
}

// verify says whether WeChat Pay has signed an answer or a notification within
// five minutes of now. Errors: ErrTime, ErrSignature; others when a platform
// certificate was needed and could not be fetched.
func (p *Provider) verify(ctx context.Context, m *merchant, header http.Header, body []byte) error {
	s, err := signatureOf(header, p.now())
	if err != nil {
		return err
	}
	key, err := p.keyOf(ctx, m, s.serial)
	if err != nil {
		return err
	}
	return s.check(key, body)
}

const publicKeyPrefix = "PUB_KEY_ID_"

// keyOf finds the key that a signature names: while a merchant changes over,
// some are made with the public key and some with a certificate.
func (p *Provider) keyOf(ctx context.Context, m *merchant, serial string) (*rsa.PublicKey, error) {
	if strings.HasPrefix(serial, publicKeyPrefix) {
		if m.publicKey == nil || serial != m.publicKeyID {
			return nil, ErrSignature
		}
		return m.publicKey, nil
	}
	if !serialNo.MatchString(serial) {
		return nil, ErrSignature
	}
	return p.certificateKey(ctx, m, strings.ToUpper(serial))
}
