package alipay

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// signType is RSA PKCS #1 v1.5 over SHA-256, the one way of signing that is used
// (platform document: "签名方式").
const signType = "RSA2"

// parameter is one of a request or a notification, not encoded.
type parameter struct{ name, value string }

// byName sorts by names alone: sorting "name=value", as some libraries do, puts
// a1 before a.
func byName(a, b parameter) int { return cmp.Compare(a.name, b.name) }

// signed joins sorted parameters as they are signed, without those that are left
// out (platform document: "自行实现签名").
func signed(sorted []parameter, leaveOut func(parameter) bool) []byte {
	size := 0
	for _, one := range sorted {
		size += len(one.name) + len(one.value) + 2
	}
	text := make([]byte, 0, size)
	for _, one := range sorted {
		if leaveOut(one) {
			continue
		}
		if len(text) > 0 {
			text = append(text, '&')
		}
		text = append(text, one.name...)
		text = append(text, '=')
		text = append(text, one.value...)
	}
	return text
}

func empty(one parameter) bool { return one.value == "" }

// sign signs parameters and gives them as a form, with the signature.
func (m *merchant) sign(parameters []parameter) (string, error) {
	slices.SortFunc(parameters, byName)
	sum := sha256.Sum256(signed(parameters, empty))
	signature, err := rsa.SignPKCS1v15(rand.Reader, m.key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("alipay: sign: %w", err)
	}
	var form strings.Builder
	for _, one := range append(parameters, parameter{"sign", base64.StdEncoding.EncodeToString(signature)}) {
		if empty(one) {
			continue
		}
		if form.Len() > 0 {
			form.WriteByte('&')
		}
		form.WriteString(one.name + "=" + url.QueryEscape(one.value))
	}
	return form.String(), nil
}

// check verifies a signature of Alipay's.
func check(key *rsa.PublicKey, text []byte, signature string) error {
	value, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return ErrSignature
	}
	sum := sha256.Sum256(text)
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value) != nil {
		return ErrSignature
	}
	return nil
}
