package alipay

import (
	"crypto/x509"
	"slices"

	"plaza/shop/pay/rsakey"
)

// For the tests: what has no business outside.
var (
	RootCertificates = rootCertificates
	ErrParameter     = errParameter("")
	ReadBill         = readBill
)

// OwnPublicKey is the public half of a private key, as Alipay's tool gives it.
func OwnPublicKey(text string) ([]byte, error) {
	key, err := rsakey.Private(der(text))
	if err != nil {
		return nil, err
	}
	return x509.MarshalPKIXPublicKey(&key.PublicKey)
}

// Signed is what is signed of these parameters, names and values in turn.
func Signed(pairs ...string) []byte {
	var parameters []parameter
	for i := 0; i < len(pairs); i += 2 {
		parameters = append(parameters, parameter{pairs[i], pairs[i+1]})
	}
	slices.SortFunc(parameters, byName)
	return signed(parameters, empty)
}
