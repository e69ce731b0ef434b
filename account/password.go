package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Lengths of passwords, in characters.
const (
	minPassword = 10
	maxPassword = 200
)

// argonCost is what one hash costs: memory in KiB, passes, lanes.
type argonCost struct {
	memory uint32
	passes uint32
	lanes  uint8
}

// recommended is the first choice of OWASP's password storage cheat sheet for
// argon2id: 19 MiB, two passes, one lane.
var recommended = argonCost{memory: 19 * 1024, passes: 2, lanes: 1}

// hashesAtOnce bounds the memory that sign-ins can take: 4 × 19 MiB, however
// many people arrive. The others wait their turn.
const hashesAtOnce = 4

// passwords hashes and compares passwords.
type passwords struct {
	cost  argonCost
	slots chan struct{}
	decoy string // the hash of a password nobody has
	// derive is argon2.IDKey; tests count its calls.
	derive func(password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte
}

func newPasswords(cost argonCost) *passwords {
	decoy := argonHash{cost: cost, salt: make([]byte, 16), key: make([]byte, 32)}
	rand.Read(decoy.salt)
	rand.Read(decoy.key)
	return &passwords{
		cost: cost, slots: make(chan struct{}, hashesAtOnce),
		decoy: decoy.String(), derive: argon2.IDKey,
	}
}

// Hash makes the text that is stored of a password.
func (p *passwords) Hash(ctx context.Context, password string) (string, error) {
	hash := argonHash{cost: p.cost, salt: make([]byte, 16)}
	rand.Read(hash.salt)
	key, err := p.run(ctx, password, hash, 32)
	hash.key = key
	return hash.String(), err
}

// Matches compares in constant time. An empty hash stands for a member who is
// not there: the same work is done against a decoy, so that the time taken
// does not tell which emails are registered.
func (p *passwords) Matches(ctx context.Context, hash, password string) (bool, error) {
	known := hash != ""
	if !known {
		hash = p.decoy
	}
	stored, err := parseArgon(hash)
	if err != nil {
		return false, fmt.Errorf("account: stored password: %w", err)
	}
	key, err := p.run(ctx, password, stored, uint32(len(stored.key)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(key, stored.key) == 1 && known, nil
}

// Outdated says whether a hash was made at another cost than today's.
func (p *passwords) Outdated(hash string) bool {
	stored, err := parseArgon(hash)
	return err == nil && stored.cost != p.cost
}

func (p *passwords) run(ctx context.Context, password string, hash argonHash, length uint32) ([]byte, error) {
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	text := []byte(norm.NFKC.String(password)) // keyboards differ in how they compose letters
	return p.derive(text, hash.salt, hash.cost.passes, hash.cost.memory, hash.cost.lanes, length), nil
}

// argonHash is a hash in the PHC string format:
// $argon2id$v=19$m=19456,t=2,p=1$salt$key
type argonHash struct {
	cost      argonCost
	salt, key []byte
}

func (h argonHash) String() string {
	plain := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.cost.memory, h.cost.passes, h.cost.lanes, plain(h.salt), plain(h.key))
}

var errNotArgon = errors.New("not an argon2id hash")

// parseArgon reads a hash and refuses costs that would stall the program.
func parseArgon(text string) (argonHash, error) {
	var hash argonHash
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" ||
		parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return hash, errNotArgon
	}
	cost := &hash.cost
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &cost.memory, &cost.passes, &cost.lanes); err != nil {
		return hash, errNotArgon
	}
	var err error
	if hash.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return hash, errNotArgon
	}
	if hash.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return hash, errNotArgon
	}
	if cost.memory < 8 || cost.memory > 1<<20 || cost.passes < 1 || cost.passes > 100 || cost.lanes < 1 ||
		len(hash.salt) < 8 || len(hash.salt) > 64 || len(hash.key) < 16 || len(hash.key) > 64 ||
		hash.String() != text {
		return hash, errNotArgon
	}
	return hash, nil
}

// checkPassword holds a new password to the few rules that help (NIST SP
// 800-63B): long enough, and not among the first that are tried.
func checkPassword(password, email, name string) error {
	length := utf8.RuneCountInString(password)
	switch {
	case length < minPassword:
		return ErrPasswordShort
	case length > maxPassword:
		return ErrPasswordLong
	case guessable(strings.ToLower(password), strings.ToLower(email), strings.ToLower(name)):
		return ErrPasswordCommon
	}
	return nil
}

// guessable: the person's own name or email with a few signs around it, one
// short thing repeated, a run over the keyboard, or a classic of leaked lists.
func guessable(password, email, name string) bool {
	user, _, _ := strings.Cut(email, "@")
	for _, own := range []string{email, user, name, "plaza"} {
		if len(own) >= 4 && strings.Contains(password, own) && len(password)-len(own) < 6 {
			return true
		}
	}
	for size := 1; size <= len(password)/3; size++ {
		if password == strings.Repeat(password[:size], len(password)/size+1)[:len(password)] {
			return true
		}
	}
	for _, run := range []string{"01234567890123456789", "98765432109876543210", "abcdefghijklmnopqrstuvwxyz",
		"qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn", "1q2w3e4r5t6y7u8i9o0p"} {
		if strings.Contains(run, password) {
			return true
		}
	}
	for _, classic := range []string{"password", "passw0rd", "p@ssword", "p@ssw0rd", "iloveyou", "letmein",
		"welcome", "administrator", "admin", "changeme", "woaini", "5201314", "qwerty", "sarang"} {
		if strings.Contains(password, classic) && len(password)-len(classic) < 7 {
			return true
		}
	}
	return false
}
