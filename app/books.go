package app

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/robfig/cron/v3"

	"plaza/account"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/statement"
	"plaza/store"
)

// books compares what providers have booked with what we have.
func (a *App) books(accounts directory) *reconcile.Service {
	return reconcile.New(reconcile.Dependencies{
		DB:       a.DB,
		Payments: a.Payments,
		Accounts: bookkeepers{accounts},
		Log:      a.Log,
		Now:      a.Now,
		Logger:   a.Logger,
	})
}

// bookkeepers are the accounts as the books need to know them.
type bookkeepers struct{ directory }

func (b bookkeepers) Each(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for next, more := store.Cursor(""), true; more; more = next != "" {
			var page []account.Account
			var err error
			if page, next, err = b.accounts.List(ctx, next); err != nil {
				yield("", err)
				return
			}
			for _, one := range page {
				if !yield(one.ID, nil) {
					return
				}
			}
		}
	}
}

// statements add up months.
func (a *App) statements(accounts directory) *statement.Service {
	return statement.New(statement.Dependencies{
		DB:       a.DB,
		Payments: a.Payments,
		Ledger:   a.Ledger,
		Bills:    a.Books,
		Accounts: bookkeepers{accounts},
		Now:      a.Now,
	})
}

func (b bookkeepers) Statement(ctx context.Context, id string) (statement.Account, error) {
	found, err := b.accounts.FindByID(ctx, id)
	if err != nil {
		return statement.Account{}, err
	}
	return statement.Account{Zone: found.Location(), Currency: found.Currency, OpenedAt: found.CreatedAt}, nil
}

// keepBooks does what the books need by the clock, until ctx ends.
func (a *App) keepBooks(ctx context.Context) {
	clock := cron.New(cron.WithLocation(time.UTC), cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	err := a.Books.Jobs(ctx, clock)
	for when, do := range map[string]func(context.Context, string) error{
		"23 3 * * *": a.Ledger.Nightly,   // does every balance agree with its transfers?
		"37 * * * *": a.Statements.Close, // days end at all hours, somewhere
	} {
		_, wrong := clock.AddFunc(when, func() { a.eachAccount(ctx, do) })
		err = errors.Join(err, wrong)
	}
	if err != nil {
		a.Logger.Error("books: not all jobs run", "error", err)
	}
	clock.Start()
	<-ctx.Done()
	<-clock.Stop().Done()
}

// eachAccount does a job of the books for every account; what is wrong with one
// keeps no other from it.
func (a *App) eachAccount(ctx context.Context, do func(context.Context, string) error) {
	for account, err := range (bookkeepers{directory{a.Accounts.Accounts}}).Each(ctx) {
		if err == nil && ctx.Err() == nil {
			err = do(ctx, account)
		}
		if err != nil && ctx.Err() == nil {
			a.Logger.Error("books: look into this at once", "account", account, "error", err)
		}
	}
}
