package app

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/robfig/cron/v3"

	"plaza/egress"
	"plaza/shop/exchange"
)

// rates are what accounts' currencies are worth in others.
func (a *App) rates(accounts directory) *exchange.Service {
	needs := exchange.Dependencies{DB: a.DB, Zones: accounts, Now: a.Now}
	if a.RatesURL != "" {
		needs.Source = ratesFile{a.RatesURL, egress.New(egress.Options{
			Private: a.PrivateCallbacks, Timeout: 20 * time.Second, MaxAnswer: exchange.MaxSheet,
		})}
	}
	return exchange.New(needs)
}

// ratesFile is the sheet of rates at the operator's address.
type ratesFile struct {
	address string
	client  *egress.Client
}

// Sheet fetches the file. A redirect is not followed: it would lead away from
// what the operator has named.
func (f ratesFile) Sheet(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, f.address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/xml, text/xml")
	answer, err := f.client.Do(ctx, request)
	if err != nil {
		return nil, err
	}
	if answer.Status != http.StatusOK {
		return nil, fmt.Errorf("rates: status %d", answer.Status)
	}
	return answer.Body, nil
}

// followRates looks every minute whether it is time for a sheet, until ctx ends.
func (a *App) followRates(ctx context.Context) {
	clock := cron.New(cron.WithLocation(time.UTC), cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	_, err := clock.AddFunc("* * * * *", func() {
		if err := a.Exchange.Follow(ctx); err != nil && ctx.Err() == nil {
			a.Logger.Warn("rates: the published ones were not read", "error", err)
		}
	})
	if err != nil {
		a.Logger.Error("rates: none are fetched", "error", err)
	}
	clock.Start()
	<-ctx.Done()
	<-clock.Stop().Done()
}
