package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"
)

// keyBytes and nonceBytes are the sizes of XAES-256-GCM.
const (
	keyBytes   = 32
	nonceBytes = 24
)

// xaes is XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM under a key that is
// derived anew from the first half of a long random nonce. Plain GCM must not
// seal more than 2^32 records under one key with random nonces; a busy account
// would get there within months, with this it never does.
type xaes struct {
	block cipher.Block
	mask  [aes.BlockSize]byte // K1 of CMAC
}

func newXAES(key *[keyBytes]byte) (*xaes, error) {
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	x := &xaes{block: block}
	block.Encrypt(x.mask[:], x.mask[:])
	var carry byte
	for i := len(x.mask) - 1; i >= 0; i-- {
		carry, x.mask[i] = x.mask[i]>>7, x.mask[i]<<1|carry
	}
	x.mask[len(x.mask)-1] ^= carry * 0b10000111
	return x, nil
}

// derive makes the AES-GCM of one record from the first 12 bytes of its nonce.
func (x *xaes) derive(nonce []byte) (cipher.AEAD, error) {
	key := make([]byte, 0, keyBytes)
	key = append(append(key, 0, 1, 'X', 0), nonce[:12]...)
	key = append(append(key, 0, 2, 'X', 0), nonce[:12]...)
	for half := key; len(half) > 0; half = half[aes.BlockSize:] {
		subtle.XORBytes(half[:aes.BlockSize], half[:aes.BlockSize], x.mask[:])
		x.block.Encrypt(half[:aes.BlockSize], half[:aes.BlockSize])
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// seal appends the sealed plain text to dst.
func (x *xaes) seal(dst, nonce, plain, bound []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Seal(dst, nonce[12:], plain, bound), nil
}

func (x *xaes) open(nonce, sealed, bound []byte) ([]byte, error) {
	gcm, err := x.derive(nonce)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, nonce[12:], sealed, bound)
}
