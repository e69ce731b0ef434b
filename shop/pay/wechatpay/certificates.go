package wechatpay

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"plaza/egress"
	"plaza/shop/pay/rsakey"
)

const (
	// certificatesAge is how long fetched certificates are used before they are
	// fetched again, so that one that is taken back does not stay.
	certificatesAge = 12 * time.Hour
	// certificatesGap is the least time between two fetches for a merchant: whoever
	// posts made-up serial numbers does not make us ask WeChat Pay each time.
	certificatesGap = 20 * time.Second
)

// certificates are WeChat Pay's platform certificates, as they were fetched for
// a merchant. The zero value has none yet.
type certificates struct {
	flight  egress.Together[struct{}]
	mu      sync.RWMutex
	known   map[string]*x509.Certificate // by serial number, in upper case
	fetched time.Time
	tried   time.Time
}

// find gives a certificate, and whether it is time to fetch them all again.
func (c *certificates) find(serial string, now time.Time) (found *x509.Certificate, old bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	found = c.known[serial]
	if found != nil && (now.Before(found.NotBefore) || now.After(found.NotAfter)) {
		found = nil
	}
	return found, now.Sub(c.fetched) >= certificatesAge
}

// try says whether another fetch may be begun, and counts it.
func (c *certificates) try(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.tried) < certificatesGap {
		return false
	}
	c.tried = now
	return true
}

func (c *certificates) replace(fetched map[string]*x509.Certificate, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.known, c.fetched = fetched, now
}

// certificateKey finds the key of a platform certificate, fetching the
// certificates if it is not known or they are old. Errors: ErrSignature for one
// that WeChat Pay does not know, or of the fetch.
func (p *Provider) certificateKey(ctx context.Context, m *merchant, serial string) (*rsa.PublicKey, error) {
	found, old := m.certificates.find(serial, p.now())
	if found == nil || old {
		err := p.fetchCertificates(ctx, m)
		if err != nil && found == nil {
			return nil, err
		}
		if err == nil {
			found, _ = m.certificates.find(serial, p.now())
		}
	}
	if found == nil {
		return nil, ErrSignature
	}
	return rsakey.Strong(found.PublicKey)
}

// fetchCertificates fetches WeChat Pay's certificates, for everybody who waits
// at once; doing nothing is no error when it was done or tried just now.
func (p *Provider) fetchCertificates(ctx context.Context, m *merchant) error {
	_, err := m.certificates.flight.Fetch(ctx, "", fetchTimeout, func(ctx context.Context) (none struct{}, err error) {
		if !m.certificates.try(p.now()) {
			return none, nil
		}
		fetched, err := p.askCertificates(ctx, m)
		if err == nil {
			m.certificates.replace(fetched, p.now())
		}
		return none, err
	})
	return err
}

var errForgedCertificates = errors.New("wechatpay: the answer with the certificates is signed by none of them")

// askCertificates gets all certificates (platform document: "下载平台证书").
// Each is encrypted under the APIv3 key, which proves whose it is; the answer
// has to be signed by one of them.
func (p *Provider) askCertificates(ctx context.Context, m *merchant) (map[string]*x509.Certificate, error) {
	header, body, err := p.exchange(ctx, m, http.MethodGet, certificatesPath, nil, maxAnswer)
	if err != nil {
		return nil, err
	}
	var answer struct {
		Data []struct {
			SerialNo  string   `json:"serial_no"`
			Encrypted resource `json:"encrypt_certificate"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil, fmt.Errorf("wechatpay %s: %w", certificatesPath, err)
	}
	fetched := map[string]*x509.Certificate{}
	for _, one := range answer.Data {
		certificate, err := m.certificate(one.Encrypted)
		if err != nil {
			return nil, err
		}
		serial := strings.ToUpper(one.SerialNo)
		if serial != fmt.Sprintf("%0*X", len(serial), certificate.SerialNumber) {
			return nil, errForgedCertificates
		}
		fetched[serial] = certificate
	}
	return fetched, p.checkCertificates(m, fetched, header, body)
}

// checkCertificates verifies the answer that has brought the certificates, with
// one of them or, for a merchant that has it, with the public key.
func (p *Provider) checkCertificates(m *merchant, fetched map[string]*x509.Certificate, header http.Header, body []byte) error {
	s, err := signatureOf(header, p.now())
	if err != nil {
		return err
	}
	key := m.publicKey
	if signer := fetched[strings.ToUpper(s.serial)]; signer != nil {
		if key, err = rsakey.Strong(signer.PublicKey); err != nil {
			return err
		}
	} else if key == nil || s.serial != m.publicKeyID {
		return errForgedCertificates
	}
	return s.check(key, body)
}

// certificate decrypts one.
func (m *merchant) certificate(encrypted resource) (*x509.Certificate, error) {
	plain, err := encrypted.open(m.aead)
	if err != nil {
		return nil, ErrAPIKeyWrong
	}
	block, _ := pem.Decode(plain)
	if block == nil {
		return nil, errForgedCertificates
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("wechatpay: platform certificate: %w", err)
	}
	return parsed, nil
}
