package alipay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
	"time"

	"plaza/egress"
	"plaza/shop/pay/rsakey"
)

const (
	// fetchTimeout bounds the fetch of a certificate: Alipay waits for the answer
	// to a notification.
	fetchTimeout = 4 * time.Second
	// fetchGap is the least time between two fetches for a merchant: whoever posts
	// made-up serials does not make us ask Alipay each time.
	fetchGap = 20 * time.Second
	// maxCertificates are more than Alipay uses at once; all are forgotten when there
	// are more, and fetched again.
	maxCertificates = 16
)

// certificates are those that Alipay signs with for one merchant, by their
// serials. They last five years; while one takes another's place, both are used.
type certificates struct {
	roots  *x509.CertPool
	first  string // the serial of the contract's
	flight egress.Together[struct{}]

	mu    sync.RWMutex
	known map[string]*x509.Certificate
	tried time.Time
}

var errStranger = errors.New("it names a certificate that is not known")

// newCertificates knows the one of the contract.
func newCertificates(roots *x509.CertPool, text string) (*certificates, error) {
	found, err := certificate(text)
	if err != nil {
		return nil, err
	}
	c := &certificates{roots: roots, first: serial(found), known: map[string]*x509.Certificate{}}
	c.known[c.first] = found
	return c, nil
}

// find gives a certificate that counts now; of no serial it is the contract's.
func (c *certificates) find(serial string, now time.Time) *x509.Certificate {
	if serial == "" {
		serial = c.first
	}
	c.mu.RLock()
	defer c.mu.RUnlock()
	found := c.known[serial]
	if found == nil || now.Before(found.NotBefore) || now.After(found.NotAfter) {
		return nil
	}
	return found
}

// try says whether another fetch may be begun, and counts it.
func (c *certificates) try(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.tried) < fetchGap {
		return false
	}
	c.tried = now
	return true
}

// add takes a certificate that one of the roots has issued, under the serial
// that it was asked for by.
func (c *certificates) add(wanted, text string, now time.Time) error {
	var chain []*x509.Certificate
	each(text, func(one *x509.Certificate) { chain = append(chain, one) })
	if len(chain) == 0 || serial(chain[0]) != wanted {
		return errStranger
	}
	between := x509.NewCertPool()
	for _, one := range chain[1:] {
		between.AddCert(one)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: c.roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err != nil {
		return fmt.Errorf("%w: %v", errStranger, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxCertificates {
		c.known = map[string]*x509.Certificate{c.first: c.known[c.first]}
	}
	c.known[wanted] = chain[0]
	return nil
}

// keyOf finds the key that a signature was made with: Alipay's only one, or that
// of the certificate that it names, which is fetched if it is not known. Errors:
// errStranger for one that Alipay does not know or that no root has issued, or of
// the fetch.
func (p *Provider) keyOf(ctx context.Context, m *merchant, serial string) (*rsa.PublicKey, error) {
	if m.certificates == nil {
		return m.publicKey, nil
	}
	found := m.certificates.find(serial, p.now())
	if found == nil && len(serial) == serialSize {
		if err := p.fetchCertificate(ctx, m, serial); err != nil {
			return nil, err
		}
		found = m.certificates.find(serial, p.now())
	}
	if found == nil {
		return nil, errStranger
	}
	return rsakey.Strong(found.PublicKey)
}

// fetchCertificate fetches one for everybody who waits at once; doing nothing is
// no error when it was tried just now.
func (p *Provider) fetchCertificate(ctx context.Context, m *merchant, serial string) error {
	_, err := m.certificates.flight.Fetch(ctx, serial, fetchTimeout, func(ctx context.Context) (none struct{}, err error) {
		if m.certificates.find(serial, p.now()) != nil || !m.certificates.try(p.now()) {
			return none, nil
		}
		return none, p.askCertificate(ctx, m, serial)
	})
	return err
}

// askCertificate gets a certificate (alipay.open.app.alipaycert.download). The
// answer is signed with the very one that it brings, so what counts is who has
// issued that.
func (p *Provider) askCertificate(ctx context.Context, m *merchant, serial string) error {
	form, err := p.form(m, methodCertificate, map[string]string{"alipay_cert_sn": serial})
	if err != nil {
		return err
	}
	answer, err := p.post(ctx, methodCertificate, form)
	if err != nil {
		return err
	}
	a, err := split(methodCertificate, answer)
	if err != nil {
		return err
	}
	var brought struct {
		told
		Content string `json:"alipay_cert_content"`
	}
	if err := a.decode(&brought); err != nil {
		return err
	}
	switch {
	case brought.Code == codeUnavailable || brought.Code == codeLimited:
		return newRefusal(methodCertificate, brought.told)
	case brought.Code != codeSuccess:
		return errStranger
	}
	text, err := base64.StdEncoding.DecodeString(brought.Content)
	if err != nil {
		return errStranger
	}
	return m.certificates.add(serial, string(text), p.now())
}
