package webpush

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
)

// Key is what a sender proves itself by (RFC 8292): browsers bind a subscription
// to its public half, so it has to stay the same.
type Key struct {
	private *ecdsa.PrivateKey
	public  []byte
}

// NewKey makes a key.
func NewKey() (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, err
	}
	return newKey(private)
}

// ReadKey reads what Bytes gave.
func ReadKey(secret []byte) (Key, error) {
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), secret)
	if err != nil {
		return Key{}, fmt.Errorf("webpush: key: %w", err)
	}
	return newKey(private)
}

func newKey(private *ecdsa.PrivateKey) (Key, error) {
	public, err := private.PublicKey.Bytes()
	return Key{private, public}, err
}

// Bytes are the key, secret half and all.
func (k Key) Bytes() ([]byte, error) { return k.private.Bytes() }

// Public is the public half as browsers want it: base64url.
func (k Key) Public() string { return base64.RawURLEncoding.EncodeToString(k.public) }

const (
	// signedFor is how long a signature is good for; services take a day at most.
	signedFor = 12 * time.Hour
	// signAnew is when a signature is no longer used: some services dislike a new
	// one with every message.
	signAnew = time.Hour
	// maxSigned bounds the signatures that are kept, one for each service.
	maxSigned = 256
)

type signature struct {
	header string
	until  time.Time
}

// claims of a signature, in RFC 8292's names. Subject may be missing.
type claims struct {
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	Subject  string `json:"sub,omitempty"`
}

// authorization is the header that tells the service at origin who sends.
func (s *Sender) authorization(origin string, at time.Time) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.signed[origin]; ok && at.Before(known.until) {
		return known.header, nil
	}
	token, err := s.key.sign(claims{origin, at.Add(signedFor).Unix(), s.contact})
	if err != nil {
		return "", err
	}
	if len(s.signed) >= maxSigned {
		clear(s.signed)
	}
	header := "vapid t=" + token + ", k=" + s.key.Public()
	s.signed[origin] = signature{header, at.Add(signAnew)}
	return header, nil
}

// sign makes a JSON web token, signed by ES256 (RFC 7515, RFC 7518, 3.4).
func (k Key) sign(c claims) (string, error) {
	payload, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(payload)
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, digest[:])
	if err != nil {
		return "", err
	}
	var both [64]byte
	r.FillBytes(both[:32])
	s.FillBytes(both[32:])
	return signed + "." + encode(both[:]), nil
}
