package main

import (
	"testing"
	"time"

	"plaza/broadcast"
	"plaza/demo"
	"plaza/shop"
	"plaza/shop/mandate"
	"plaza/shop/pay/reconcile"
)

func TestTheSampleStoreHasLivedThroughItsMonth(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s := &Settings{Data: t.TempDir(), LogLevel: "error"}
	p, _, err := demoCommand{Month: true}.openFilled(ctx, s, differences{testMoney: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}()
	opened, err := p.Accounts.Accounts.FindBySlug(ctx, demo.StoreSlug)
	if err != nil {
		t.Fatal(err)
	}
	for what, count := range map[string]func() (int, error){
		"kinds of products": func() (int, error) {
			all, _, err := p.Shop.Products(ctx, opened.ID, shop.Active, "", 50, "")
			kinds := map[shop.Kind]bool{}
			for _, product := range all {
				kinds[product.Kind] = true
			}
			return len(kinds), err
		},
		"orders to be packed": func() (int, error) {
			all, _, err := p.Shop.Orders(ctx, opened.ID, shop.Paid, 50, "")
			return len(all), err
		},
		"bookings to come": func() (int, error) {
			all, _, err := p.Shop.Appointments(ctx, opened.ID, time.Now().Add(-24*time.Hour), time.Now().AddDate(0, 0, 14), 50, "")
			return len(all), err
		},
		"invoices asked for": func() (int, error) {
			all, _, err := p.Shop.Invoices(ctx, opened.ID, shop.InvoiceRequested, 50, "")
			return len(all), err
		},
		"mandates": func() (int, error) {
			all, _, err := p.Mandates.Mandates(ctx, opened.ID, mandate.Filter{}, 50, "")
			return len(all), err
		},
		"refunds to look at": func() (int, error) { return p.Risk.Waiting(ctx, opened.ID, 50) },
		"differences":        func() (int, error) { return p.Books.OpenCount(ctx, opened.ID, 50) },
		"days compared": func() (int, error) {
			all, _, err := p.Books.Runs(ctx, opened.ID, "", 50)
			for _, run := range all {
				if run.State != reconcile.Done {
					t.Errorf("%s is %s", run.Day, run.State)
				}
			}
			return len(all) - demo.Days + 2, err
		},
		"campaigns that have reached people": func() (int, error) {
			all, _, err := p.Broadcast.List(ctx, opened.ID, broadcast.Done, "", 50)
			if err != nil || len(all) == 0 {
				return 0, err
			}
			run, err := p.Broadcast.Run(ctx, opened.ID, all[0].Run)
			return int(run.Counts.Sent), err
		},
	} {
		if got, err := count(); err != nil || got < 1 {
			t.Errorf("%s: %d, %v", what, got, err)
		}
	}
	if err := p.Ledger.Audit(ctx, opened.ID); err != nil {
		t.Errorf("the books: %v", err)
	}
}
