package alipay

import (
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"sync"
)

// certificates are those that Alipay signs with for one merchant, by their
// serials. They last five years; while one takes another's place, both are used.
type certificates struct {
	roots *x509.CertPool
	first string // the serial of the contract's

	mu    sync.RWMutex
	known map[string]*rsa.PublicKey
}

var errStranger = errors.New("it names a certificate that is not known")

// newCertificates knows the one of the contract.
func newCertificates(roots *x509.CertPool, text string) (*certificates, error) {
	found, err := certificate(text)
	if err != nil {
		return nil, err
	}
	key, err := strong(found.PublicKey)
	if err != nil {
		return nil, err
	}
	name := serial(found)
	return &certificates{roots: roots, first: name, known: map[string]*rsa.PublicKey{name: key}}, nil
}

// key finds the key of a serial; of none it is the contract's.
func (c *certificates) key(serial string) (*rsa.PublicKey, error) {
	if serial == "" {
		serial = c.first
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	if found, ok := c.known[serial]; ok {
		return found, nil
	}
	return nil, errStranger
}
