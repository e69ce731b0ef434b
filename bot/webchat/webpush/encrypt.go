package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

const (
	saltBytes   = 16
	secretBytes = 16 // of a subscription's auth
	pointBytes  = 65 // of an uncompressed point of P-256
	keyBytes    = 16
	nonceBytes  = 12
	tagBytes    = 16

	// recordSize is that of the one record there is: push services take bodies
	// of 4096 bytes (RFC 8030, 7.2).
	recordSize  = 4096
	headerBytes = saltBytes + 4 + 1 + pointBytes
	// MaxContent is how long a content may be, in bytes.
	MaxContent = recordSize - headerBytes - tagBytes - 1
	// step is what a content is filled up to a multiple of, so that its length
	// tells little of what it says.
	step = 512
)

// Errors of making a request.
var (
	// ErrSubscription: what a browser gave is no subscription.
	ErrSubscription = errors.New("webpush: not a subscription")
	// ErrContent: the content is too long.
	ErrContent = errors.New("webpush: content too long")
)

// Subscription is one browser: where its push service takes what is for it, and
// the keys that only the browser can open with.
type Subscription struct {
	Endpoint string `json:"endpoint"`
	Public   []byte `json:"p256dh"` // a point of P-256, uncompressed
	Secret   []byte `json:"auth"`   // 16 bytes
}

// ReadSubscription reads the keys as a browser's PushSubscription gives them, in
// base64. The endpoint is not looked at. Errors: ErrSubscription.
func ReadSubscription(endpoint, public, secret string) (Subscription, error) {
	point, err := decode(public)
	if err != nil {
		return Subscription{}, err
	}
	if _, err := ecdh.P256().NewPublicKey(point); err != nil {
		return Subscription{}, fmt.Errorf("%w: %w", ErrSubscription, err)
	}
	auth, err := decode(secret)
	if err == nil && len(auth) != secretBytes {
		err = fmt.Errorf("%w: a secret of %d bytes", ErrSubscription, len(auth))
	}
	return Subscription{Endpoint: endpoint, Public: point, Secret: auth}, err
}

// decode takes what browsers and those who copy from them write: either alphabet,
// with its padding or without.
func decode(text string) ([]byte, error) {
	if len(text) > 2*pointBytes {
		return nil, ErrSubscription
	}
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSubscription, err)
	}
	return decoded, nil
}

// encrypt makes the body of a request. Errors: ErrContent, ErrSubscription.
func encrypt(to Subscription, content []byte) ([]byte, error) {
	if len(content) > MaxContent {
		return nil, ErrContent
	}
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails
	once, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	filled := min((len(content)/step+1)*step, MaxContent)
	return seal(to, once, salt, content, filled-len(content))
}

// seal is RFC 8291, 3.4, and RFC 8188, 2: one record, filled up with so many
// zeros behind its end.
func seal(to Subscription, once *ecdh.PrivateKey, salt, content []byte, padding int) ([]byte, error) {
	receiver, err := ecdh.P256().NewPublicKey(to.Public)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSubscription, err)
	}
	shared, err := once.ECDH(receiver)
	if err != nil {
		return nil, err
	}
	sender := once.PublicKey().Bytes()
	material, err := hkdf.Key(sha256.New, shared, to.Secret, "WebPush: info\x00"+string(to.Public)+string(sender), sha256.Size)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: aes128gcm\x00", keyBytes)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: nonce\x00", nonceBytes)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	const lastRecord = 2
	plain := append(append(make([]byte, 0, len(content)+1+padding), content...), lastRecord)
	plain = append(plain, make([]byte, padding)...)
	body := append(make([]byte, 0, headerBytes+len(plain)+tagBytes), salt...)
	body = binary.BigEndian.AppendUint32(body, recordSize)
	body = append(append(body, pointBytes), sender...)
	return gcm.Seal(body, nonce, plain, nil), nil
}
