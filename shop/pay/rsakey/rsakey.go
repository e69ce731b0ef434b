// Package rsakey reads the RSA keys that merchants paste from payment platforms.
package rsakey

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
)

// ErrNone: what was given is no RSA key, or one of fewer than 2048 bits.
var ErrNone = errors.New("no RSA key of 2048 bits or more")

const leastBits = 2048

// Private reads a private key in PKCS #8, as tools make it for Java, or in
// PKCS #1. Errors: ErrNone.
func Private(der []byte) (*rsa.PrivateKey, error) {
	parsed, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		if parsed, err = x509.ParsePKCS1PrivateKey(der); err != nil {
			return nil, ErrNone
		}
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok || key.N.BitLen() < leastBits {
		return nil, ErrNone
	}
	return key, nil
}

// Public reads a public key in PKIX. Errors: ErrNone.
func Public(der []byte) (*rsa.PublicKey, error) {
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		return nil, ErrNone
	}
	return Strong(parsed)
}

// Strong is a public key, such as a certificate's, if it is RSA and long enough.
// Errors: ErrNone.
func Strong(parsed any) (*rsa.PublicKey, error) {
	key, ok := parsed.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < leastBits {
		return nil, ErrNone
	}
	return key, nil
}
