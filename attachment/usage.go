package attachment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// Limits are what may be sent within a day (of UTC). Together with the time
// that files stay they bound what an account can fill.
type Limits struct {
	Files       int64 // of one conversation: 60
	Bytes       int64 // of one conversation: 200 MB
	AccountSize int64 // of an account: 2 GB
}

func (l Limits) withDefaults() Limits {
	for field, value := range map[*int64]int64{&l.Files: 60, &l.Bytes: 200 << 20, &l.AccountSize: 2 << 30} {
		if *field == 0 {
			*field = value
		}
	}
	return l
}

// usage counts what was sent in a day: in one conversation, or in an account.
type usage struct {
	ID        string    `bson:"_id"` // account + "-" + day + "-" + conversation, or nothing
	Account   string    `bson:"account"`
	Files     int64     `bson:"files"`
	Bytes     int64     `bson:"bytes"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var usages = store.Declare[usage](store.Schema{Name: "attachment_usage", KeyedByAccount: true,
	ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at"})

const keepUsage = 48 * time.Hour

func (s *Attachments) usageID(account, owner string) string {
	return account + "-" + s.now().Format(time.DateOnly) + "-" + owner
}

// reserve counts a file before it is read. Errors: ErrQuota.
func (s *Attachments) reserve(ctx context.Context, account, owner string, bytes int64) error {
	if err := s.spend(ctx, account, s.usageID(account, owner), bytes, s.Limits.Files, s.Limits.Bytes); err != nil {
		return err
	}
	const unlimited = 1 << 62
	err := s.spend(ctx, account, s.usageID(account, ""), bytes, unlimited, s.Limits.AccountSize)
	if err != nil {
		s.refund(ctx, account, s.usageID(account, owner), bytes)
	}
	return err
}

// giveBack takes back what was counted of a file that was not kept.
func (s *Attachments) giveBack(ctx context.Context, account, owner string, bytes int64) {
	s.refund(ctx, account, s.usageID(account, owner), bytes)
	s.refund(ctx, account, s.usageID(account, ""), bytes)
}

func (s *Attachments) spend(ctx context.Context, account, id string, bytes, maxFiles, maxBytes int64) error {
	scope := usages.In(s.DB, account)
	update := store.Inc("files", 1).Inc("bytes", bytes)
	room := []store.Clause{store.Lt("files", maxFiles), store.Lte("bytes", maxBytes-bytes)}
	err := scope.Update(ctx, id, update, room...)
	if errors.Is(err, store.ErrNotFound) {
		fresh := usage{ID: id, Account: account, ExpiresAt: s.now().Add(keepUsage)}
		if _, _, err := scope.InsertIfAbsent(ctx, fresh); err != nil {
			return fmt.Errorf("attachment: usage: %w", err)
		}
		err = scope.Update(ctx, id, update, room...)
	}
	switch {
	case errors.Is(err, store.ErrConditionFailed):
		return ErrQuota
	case err != nil:
		return fmt.Errorf("attachment: usage: %w", err)
	}
	return nil
}

// refund is a courtesy: what is not given back is forgotten with the day.
func (s *Attachments) refund(ctx context.Context, account, id string, bytes int64) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), dropTime)
	defer cancel()
	_ = usages.In(s.DB, account).Update(ctx, id, store.Inc("files", -1).Inc("bytes", -bytes))
}
