package alipay

import (
	"crypto/md5"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"strings"

	"plaza/shop/pay/rsakey"
)

// der takes a key out of PEM, or of the bare base64 that Alipay's tool and pages
// give.
func der(text string) []byte {
	text = strings.TrimSpace(text)
	if block, _ := pem.Decode([]byte(text)); block != nil {
		return block.Bytes
	}
	decoded, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil
	}
	return decoded
}

// each goes through the certificates of a file that can be read; Alipay's file
// of roots also holds some with curves that Go does not know.
func each(text string, visit func(*x509.Certificate)) {
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return
		}
		if parsed, err := x509.ParseCertificate(block.Bytes); err == nil {
			visit(parsed)
		}
	}
}

// certificate is the first of a file; its issuer's may follow.
func certificate(text string) (*x509.Certificate, error) {
	var first *x509.Certificate
	each(text, func(found *x509.Certificate) {
		if first == nil {
			first = found
		}
	})
	if first == nil {
		return nil, rsakey.ErrNone
	}
	_, err := rsakey.Strong(first.PublicKey)
	return first, err
}

// serialSize is the length of such a name, in characters.
const serialSize = 32

// serial is how Alipay names a certificate: MD5 over its issuer and its number
// (platform document: "证书 SN").
func serial(c *x509.Certificate) string {
	sum := md5.Sum([]byte(c.Issuer.String() + c.SerialNumber.String()))
	return hex.EncodeToString(sum[:])
}

// rootCertificates reads Alipay's file of roots. They are named by those that
// are signed with RSA.
func rootCertificates(text string) (pool *x509.CertPool, serials string) {
	pool = x509.NewCertPool()
	var names []string
	each(text, func(root *x509.Certificate) {
		if root.SignatureAlgorithm == x509.SHA256WithRSA || root.SignatureAlgorithm == x509.SHA1WithRSA {
			pool.AddCert(root)
			names = append(names, serial(root))
		}
	})
	return pool, strings.Join(names, "_")
}
