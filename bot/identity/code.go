package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"plaza/fault"
	"plaza/store"
)

// The faults of codes.
var (
	ErrCode  = fault.New(fault.NotFound, "link_code", "This code is not valid, or no longer. Please ask for a new one.")
	ErrTries = fault.New(fault.Limited, "link_tries", "These were too many codes that are not valid. Please try again in an hour.")
)

const (
	// codeLife is how long a code works: long enough to change to another
	// messenger, too short to be passed on in peace.
	codeLife = 10 * time.Minute
	// maxTries is how many wrong codes one subscriber may say in an hour. There
	// are 31^8 codes, so guessing one takes longer than it lives.
	maxTries = 10
	// letters are those that cannot be taken for one another.
	letters = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
)

// code is a code under way. It is kept as a hash: whoever reads the database
// can link nobody by it.
type code struct {
	ID         string    `bson:"_id"` // account + ":" + hash
	Account    string    `bson:"account"`
	Subscriber string    `bson:"subscriber"` // who asked for it
	UsedBy     string    `bson:"used_by,omitempty"`
	ExpiresAt  time.Time `bson:"expires_at"`
}

// attempts counts one subscriber's wrong codes in one hour.
type attempts struct {
	ID        string    `bson:"_id"` // subscriber + "@" + hour
	Account   string    `bson:"account"`
	Count     int64     `bson:"count"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var (
	codes = store.Declare[code](store.Schema{Name: "identity_codes", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at"})
	tries = store.Declare[attempts](store.Schema{Name: "identity_tries", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at"})
)

// spoken is a code as somebody may type it: in any case and width, with or
// without its hyphens.
var spoken = regexp.MustCompile(`^ME-?([A-HJKMNP-Z2-9]{4})-?([A-HJKMNP-Z2-9]{4})$`)

// readCode finds the code in what was typed, in its proper form.
func readCode(text string) (string, bool) {
	parts := spoken.FindStringSubmatch(strings.ToUpper(strings.TrimSpace(norm.NFKC.String(text))))
	if parts == nil {
		return "", false
	}
	return "ME-" + parts[1] + "-" + parts[2], true
}

func codeID(account, code string) string {
	digest := sha256.Sum256([]byte("link\x00" + account + "\x00" + code))
	return account + ":" + hex.EncodeToString(digest[:])
}

// NewCode makes a code by which this subscriber can be linked.
func (s *Service) NewCode(ctx context.Context, account, subscriber string) (string, error) {
	var random [8]byte
	for i := range random {
		random[i] = letters[pick(len(letters))]
	}
	made := "ME-" + string(random[:4]) + "-" + string(random[4:])
	return made, codes.In(s.DB, account).Insert(ctx, code{ID: codeID(account, made), Account: account,
		Subscriber: subscriber, ExpiresAt: s.now().Add(codeLife)})
}

// pick draws a number below n, each equally likely.
func pick(n int) int {
	for {
		var b [1]byte
		_, _ = rand.Read(b[:]) // never fails
		if limit := 256 - 256%n; int(b[0]) < limit {
			return int(b[0]) % n
		}
	}
}

// Asker is who asked for a code that somebody else says. Errors: ErrCode,
// ErrTries, ErrSame.
func (s *Service) Asker(ctx context.Context, account, subscriber, said string) (string, error) {
	hour := subscriber + "@" + s.now().Format("2006010215")
	sofar, err := tries.In(s.DB, account).Get(ctx, hour)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	if sofar.Count >= maxTries {
		return "", ErrTries
	}
	found, err := codes.In(s.DB, account).Get(ctx, codeID(account, said))
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && !s.valid(found, subscriber):
		_, err = tries.In(s.DB, account).Upsert(ctx, hour, store.Inc("count", 1).Set("expires_at", s.now().Add(2*time.Hour)))
		return "", errors.Join(ErrCode, err)
	case err != nil:
		return "", err
	case found.Subscriber == subscriber:
		return "", ErrSame
	}
	return found.Subscriber, nil
}

func (s *Service) valid(c code, subscriber string) bool {
	return s.now().Before(c.ExpiresAt) && (c.UsedBy == "" || c.UsedBy == subscriber)
}

// Redeem links who says a code with who asked for it. A code is for one; the
// same one may repeat it. Errors: those of Asker and of Link.
func (s *Service) Redeem(ctx context.Context, account, subscriber, said string) (asker string, err error) {
	asker, err = s.Asker(ctx, account, subscriber, said)
	if err != nil {
		return "", err
	}
	id := codeID(account, said)
	err = codes.In(s.DB, account).Update(ctx, id, store.Set("used_by", subscriber), store.Exists("used_by", false))
	if errors.Is(err, store.ErrConditionFailed) {
		again, findErr := codes.In(s.DB, account).Get(ctx, id)
		if findErr != nil || again.UsedBy != subscriber {
			return "", errors.Join(ErrCode, findErr)
		}
		err = nil
	}
	if err != nil {
		return "", err
	}
	return asker, s.Link(ctx, account, asker, subscriber, ByThemselves)
}
