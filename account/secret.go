package account

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"strings"

	"plaza/store"
)

// secretKind is the prefix of a secret: it tells people, and the scanners that
// look for leaked secrets, what they have found, and keeps a secret of one
// kind from being taken for another.
type secretKind string

const (
	tokenSecret   secretKind = "plz_"
	sessionSecret secretKind = "pls_"
	linkSecret    secretKind = "pll_"
)

const secretBytes = 32

// alphabet has no letter that can be mistaken for a digit, and a double click
// selects all of it.
var alphabet = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newSecret makes a secret to hand out, and the key under which it is found:
// its hash, which is all that is ever stored. A plain hash is enough for 256
// random bits.
func newSecret(ctx context.Context, kind secretKind) (secret, key string) {
	random := make([]byte, secretBytes)
	store.FreshBytes(ctx, string(kind), random)
	secret = string(kind) + alphabet.EncodeToString(random)
	return secret, hashSecret(secret)
}

// secretKey finds the key of a secret that somebody presented; ok is false if
// it cannot be one of this kind.
func secretKey(kind secretKind, secret string) (key string, ok bool) {
	body, ok := strings.CutPrefix(secret, string(kind))
	if !ok || len(body) != alphabet.EncodedLen(secretBytes) {
		return "", false
	}
	random, err := alphabet.DecodeString(body)
	if err != nil || alphabet.EncodeToString(random) != body { // the last letter has spare bits
		return "", false
	}
	return hashSecret(secret), true
}

func hashSecret(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}
