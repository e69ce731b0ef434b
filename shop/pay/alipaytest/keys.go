package alipaytest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"sort"
	"strings"
	"time"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func bare(encoded []byte) string { return base64.StdEncoding.EncodeToString(encoded) }

func pkcs8(key *rsa.PrivateKey) []byte { return must(x509.MarshalPKCS8PrivateKey(key)) }

func spki(key *rsa.PublicKey) []byte { return must(x509.MarshalPKIXPublicKey(key)) }

// content is what is signed: names in ascending order, each with its value
// (platform document: "自行实现签名"); skip leaves some out.
func content(values map[string]string, skip ...string) string {
	var names []string
	for name, value := range values {
		if value != "" {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	var parts []string
next:
	for _, name := range names {
		for _, skipped := range skip {
			if name == skipped {
				continue next
			}
		}
		parts = append(parts, name+"="+values[name])
	}
	return strings.Join(parts, "&")
}

// rsa2 is SHA256withRSA.
func rsa2(key *rsa.PrivateKey, text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.StdEncoding.EncodeToString(must(rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])))
}

func verified(key *rsa.PublicKey, text, signature string) bool {
	value, err := base64.StdEncoding.DecodeString(signature)
	sum := sha256.Sum256([]byte(text))
	return err == nil && rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], value) == nil
}

// authority issues certificates, as Ant's own does: a root, and what it signs.
type authority struct {
	root   *x509.Certificate
	key    *rsa.PrivateKey
	roots  string // the file of roots, among them one that is not RSA
	rootSN string
	issued []*certificate // Alipay's; the last one signs
	count  int64
}

type certificate struct {
	sn, pem string
	key     *rsa.PrivateKey
}

func newAuthority(key *rsa.PrivateKey, now time.Time) *authority {
	name := named("Ant Financial Certification Authority R1")
	template := &x509.Certificate{SerialNumber: must(rand.Int(rand.Reader, big.NewInt(1<<62))), Subject: name, Issuer: name,
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(25, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	made := must(x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key))
	a := &authority{root: must(x509.ParseCertificate(made)), key: key, count: 20000}
	other := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	strange := must(x509.CreateCertificate(rand.Reader, template, template, &other.PublicKey, other))
	a.roots = inPEM("CERTIFICATE", strange) + inPEM("CERTIFICATE", made)
	a.rootSN = sn(a.root)
	return a
}

func named(name string) pkix.Name {
	return pkix.Name{Country: []string{"CN"}, Organization: []string{"Ant Financial"}, OrganizationalUnit: []string{"Certification Authority"}, CommonName: name}
}

func inPEM(kind string, encoded []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: encoded}))
}

// sn names a certificate (platform document: "如何获取证书 SN").
func sn(c *x509.Certificate) string {
	return fmt.Sprintf("%x", md5.Sum([]byte(c.Issuer.String()+c.SerialNumber.String())))
}

// sign makes a certificate for somebody, with the root behind it.
func (a *authority) sign(name string, key *rsa.PublicKey, now time.Time) (text, number string) {
	a.count++
	template := &x509.Certificate{SerialNumber: big.NewInt(a.count), Subject: named(name), NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(5, 0, 0)}
	made := must(x509.CreateCertificate(rand.Reader, template, a.root, key, a.key))
	return inPEM("CERTIFICATE", made) + inPEM("CERTIFICATE", a.root.Raw), sn(must(x509.ParseCertificate(made)))
}

// issue makes a certificate that Alipay signs with from now on.
func (a *authority) issue(key *rsa.PrivateKey, now time.Time) {
	text, number := a.sign("Alipay", &key.PublicKey, now)
	a.issued = append(a.issued, &certificate{sn: number, pem: text, key: key})
}

func (a *authority) newest() *certificate { return a.issued[len(a.issued)-1] }
