package ledger

import (
	"context"
	"errors"
	"fmt"
	"time"

	"plaza/store"
)

// quiet is how old a transfer is that nobody is at work on any more, unless its
// worker has died.
const quiet = 3 * lease

// auditLooks is how often a wallet that does not agree is looked at again: money
// may be moving just then.
const auditLooks = 20

// Audit adds up the whole ledger of an account, while it is in use, and says
// what does not agree: a transfer that does not sum to zero, a balance that is
// not what its transfers say, one that is overdrawn. It reads every transfer.
func (l *Ledger) Audit(ctx context.Context, account string) error {
	_, err := l.audit(ctx, account)
	return err
}

// audit is Audit, and tells how many transfers there are.
func (l *Ledger) audit(ctx context.Context, account string) (transfersRead int64, err error) {
	sums := auditSums{ledger: l, account: account, before: l.now().Add(-quiet), old: map[string]int64{}, stuck: map[string][]string{}}
	for transfer, err := range transfers.In(l.db, account).Each(ctx, store.Query{}) {
		if err != nil {
			return transfersRead, err
		}
		transfersRead++
		if err := sums.add(transfer); err != nil {
			return transfersRead, err
		}
	}
	for wallet, err := range wallets.In(l.db, account).Each(ctx, store.Query{}) {
		if err == nil {
			err = sums.compare(ctx, wallet)
		}
		if err != nil {
			return transfersRead, err
		}
	}
	return transfersRead, nil
}

// auditSums are what transfers say of balances. Those that are long over are
// added up once; the few others are looked at with the wallet, again and again,
// until nothing moved meanwhile.
type auditSums struct {
	ledger  *Ledger
	account string
	before  time.Time           // transfers from then on are recent
	old     map[string]int64    // posted long ago, by wallet
	stuck   map[string][]string // begun long ago and not over, by wallet
}

func (s *auditSums) add(transfer Transfer) error {
	var sum int64
	for _, leg := range transfer.Legs {
		sum += leg.Amount
	}
	if sum != 0 {
		return fmt.Errorf("ledger: transfer %s sums to %d", transfer.ID, sum)
	}
	if !transfer.At.Before(s.before) {
		return nil
	}
	for i, leg := range transfer.Legs {
		switch id := transfer.Wallets[i]; transfer.State {
		case Posted:
			s.old[id] += leg.Amount
		case Open, Refusing:
			s.stuck[id] = append(s.stuck[id], transfer.ID)
		}
	}
	return nil
}

// compare says what does not agree about a wallet.
func (s *auditSums) compare(ctx context.Context, wallet Wallet) error {
	expected := s.old[wallet.ID]
	for look := 0; ; look++ {
		if wallet.Balance < 0 && wallet.Owner != Issue {
			return fmt.Errorf("ledger: wallet %s is overdrawn: %d", wallet.ID, wallet.Balance)
		}
		moving, err := s.moving(ctx, wallet)
		if err != nil || wallet.Balance == expected+moving {
			return err
		}
		if look == auditLooks {
			return fmt.Errorf("ledger: wallet %s holds %d, its history says %d", wallet.ID, wallet.Balance, expected+moving)
		}
		if wallet, err = wallets.In(s.ledger.db, s.account).Get(ctx, wallet.ID); err != nil {
			return err
		}
	}
}

// moving is what the transfers that are not long over have added to a wallet, as
// far as it knows itself.
func (s *auditSums) moving(ctx context.Context, wallet Wallet) (sum int64, err error) {
	count := func(transfer Transfer) {
		if transfer.State == Posted {
			sum += transfer.Of(wallet.Owner)
		} else {
			sum += wallet.Pending[transfer.Mark]
		}
	}
	query := store.Where(store.Eq("wallets", wallet.ID), store.Gte("at", s.before.UTC())).By("at")
	for transfer, err := range transfers.In(s.ledger.db, s.account).Each(ctx, query) {
		if err != nil {
			return 0, err
		}
		count(transfer)
	}
	stuck, err := transfers.In(s.ledger.db, s.account).GetMany(ctx, s.stuck[wallet.ID]...)
	for _, transfer := range stuck {
		count(transfer)
	}
	return sum, err
}

// Check is a nightly audit.
type Check struct {
	ID        string     `bson:"_id" json:"-"` // account + ":" + day
	Account   string     `bson:"account" json:"-"`
	StartedAt time.Time  `bson:"started_at" json:"started_at"`
	EndedAt   *time.Time `bson:"ended_at,omitempty" json:"ended_at,omitempty"`
	Transfers int64      `bson:"transfers" json:"transfers"`
	Problem   string     `bson:"problem,omitempty" json:"problem,omitempty"` // for whoever runs the server
	ExpiresAt time.Time  `bson:"expires_at" json:"-"`
}

// checksKept is how long checks are kept.
const checksKept = 400 * 24 * time.Hour

var checks = store.Declare[Check](store.Schema{Name: "ledger_checks", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
	Indexes: []store.Index{{Fields: []string{"-started_at"}}}})

// Nightly audits an account, once a day on whichever node comes first, and keeps
// what it has found. Errors: what does not agree.
func (l *Ledger) Nightly(ctx context.Context, account string) error {
	now := l.now().UTC().Truncate(time.Millisecond)
	check := Check{ID: account + ":" + now.Format(time.DateOnly), Account: account, StartedAt: now, ExpiresAt: now.Add(checksKept)}
	_, mine, err := checks.In(l.db, account).InsertIfAbsent(ctx, check)
	if err != nil || !mine {
		return err
	}
	count, found := l.audit(ctx, account)
	update := store.Set("transfers", count).Set("ended_at", l.now().UTC().Truncate(time.Millisecond))
	if found != nil {
		update = update.Set("problem", found.Error())
	}
	return errors.Join(found, checks.In(l.db, account).Update(ctx, check.ID, update))
}

// Checked is the latest check that has come to its end. Errors:
// store.ErrNotFound.
func (l *Ledger) Checked(ctx context.Context, account string) (Check, error) {
	for check, err := range checks.In(l.db, account).Each(ctx, store.Query{}.By("-started_at").Top(10)) {
		if err != nil || check.EndedAt != nil {
			return check, err
		}
	}
	return Check{}, store.ErrNotFound
}
