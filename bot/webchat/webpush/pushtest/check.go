package pushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/crypto/hkdf"
)

// credentials are those of the scheme "vapid" (RFC 8292, 3).
var credentials = regexp.MustCompile(`^vapid t=([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+), ?k=([A-Za-z0-9_-]+)$`)

// verify checks a sender's signature (RFC 8292, 2 to 4).
func verify(authorization, origin, bound string, now time.Time) (subject string, status int, err error) {
	parts := credentials.FindStringSubmatch(authorization)
	if parts == nil {
		return "", http.StatusUnauthorized, errors.New("no vapid credentials")
	}
	if parts[4] != bound {
		return "", http.StatusForbidden, errors.New("another key than the subscription's")
	}
	var head struct{ Typ, Alg string }
	var claims struct {
		Aud string
		Exp int64
		Sub string
	}
	if err := errors.Join(readPart(parts[1], &head), readPart(parts[2], &claims)); err != nil {
		return "", http.StatusUnauthorized, err
	}
	contact, err := url.Parse(claims.Sub)
	switch left := time.Unix(claims.Exp, 0).Sub(now); {
	case head.Alg != "ES256" || head.Typ != "JWT":
		return "", http.StatusUnauthorized, fmt.Errorf("algorithm %s %s", head.Typ, head.Alg)
	case claims.Aud != origin:
		return "", http.StatusForbidden, fmt.Errorf("audience %q is not %q", claims.Aud, origin)
	case left <= 0 || left > 24*time.Hour:
		return "", http.StatusForbidden, fmt.Errorf("signed for %v", left)
	case err != nil || contact.Scheme != "mailto" && contact.Scheme != "https":
		return "", http.StatusForbidden, fmt.Errorf("subject %q", claims.Sub)
	}
	if !signedBy(bound, parts[1]+"."+parts[2], parts[3]) {
		return "", http.StatusForbidden, errors.New("the signature does not hold")
	}
	return claims.Sub, http.StatusOK, nil
}

func readPart(text string, into any) error {
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return err
	}
	return json.Unmarshal(decoded, into)
}

func signedBy(key, signed, signature string) bool {
	point, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return false
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return false
	}
	both, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil || len(both) != 64 {
		return false
	}
	digest := sha256.Sum256([]byte(signed))
	return ecdsa.Verify(public, digest[:], new(big.Int).SetBytes(both[:32]), new(big.Int).SetBytes(both[32:]))
}

// open does what a browser does with a message (RFC 8291, 3.4; RFC 8188, 2).
func open(browser *Browser, body []byte) ([]byte, error) {
	if len(body) < 21 || len(body) < 21+int(body[20]) {
		return nil, errors.New("no header of a coded body")
	}
	salt, size, sender, record := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:21+body[20]], body[21+body[20]:]
	if size < 18 || len(record) > int(size) {
		return nil, fmt.Errorf("a record of %d, %d announced", len(record), size)
	}
	point, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, err
	}
	shared, err := browser.private.ECDH(point)
	if err != nil {
		return nil, err
	}
	derive := func(secret, salt []byte, info string, length int) []byte {
		out := make([]byte, length)
		_, _ = io.ReadFull(hkdf.New(sha256.New, secret, salt, []byte(info)), out) // long enough
		return out
	}
	material := derive(shared, browser.secret, "WebPush: info\x00"+string(browser.private.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(derive(material, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, derive(material, salt, "Content-Encoding: nonce\x00", 12), record, nil)
	if err != nil {
		return nil, err
	}
	content, ended := strings.CutSuffix(strings.TrimRight(string(plain), "\x00"), "\x02")
	if !ended {
		return nil, errors.New("the last record does not end as one")
	}
	return []byte(content), nil
}
