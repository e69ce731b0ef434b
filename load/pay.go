package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/pprof"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"plaza/account"
	"plaza/account/vault"
	"plaza/app"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
	"plaza/store"
	"plaza/store/sqlite"
	"plaza/templates"
)

// payPeople are who buys: so many that nobody buys all the time.
const payPeople = 512

// runPay buys one thing after another with balances: the order with its stock,
// the payment with what risk says, the yes, the ledger, the order's end.
func runPay(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("pay", flag.ContinueOnError)
	seconds := flags.Int("seconds", 10, "how long, up to 300")
	buyers := flags.Int("buyers", 64, "how many buy at the same time")
	profile := flags.String("profile", "", "write a processor profile to this file")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *seconds < 1 || *seconds > 300 || *buyers < 1 || *buyers > payPeople {
		return fmt.Errorf("pay: 1 to 300 seconds, 1 to %d buyers", payPeople)
	}
	m, err := openMarket(ctx)
	if err != nil {
		return err
	}
	err = m.measure(ctx, *buyers, time.Duration(*seconds)*time.Second, *profile, out)
	return errors.Join(err, m.close())
}

// market is a whole program with a shop in it.
type market struct {
	*app.App
	folder  string
	shop    account.Account
	people  []message.Person
	variant string
}

func openMarket(ctx context.Context) (*market, error) {
	folder, err := os.MkdirTemp("", "plaza-pay-*")
	if err != nil {
		return nil, err
	}
	engine, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	db := store.New(engine)
	m := &market{folder: folder}
	if err := db.Prepare(ctx, app.Schemas()...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	renderer, err := templates.New(time.Now)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	m.App = app.New(app.Options{DB: db, Vault: vault.New(db, vault.NewMasterKey(), time.Now), Renderer: renderer, PublicURL: "https://plaza.example",
		TestMoney: true, Now: time.Now, Logger: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))})
	if err := m.furnish(ctx); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// furnish opens a shop with one product and buyers who have money. Risk scores
// every payment and stops none: the same few hundred people buy all the time.
func (m *market) furnish(ctx context.Context) error {
	owner, err := m.Accounts.Members.Create(ctx, account.NewMember{Email: "owner@plaza.example", Name: "Owner", Language: "en"})
	if err != nil {
		return err
	}
	m.shop, err = m.Accounts.Accounts.Create(ctx, account.NewAccount{Slug: "market", Currency: "CNY", Profile: account.Profile{
		Kind: account.Merchant, Names: map[string]string{"en": "Market"}, Language: "en", TimeZone: "Asia/Shanghai"}}, owner.ID, account.System("load"))
	if err != nil {
		return err
	}
	policy := risk.StandardPolicy()
	policy.Rules, policy.Thresholds = nil, risk.Thresholds{StepUp: 1001, Hold: 1001, Block: 1001}
	if err := m.Risk.SavePolicy(ctx, m.shop.ID, policy, 0); err != nil {
		return err
	}
	product, err := m.Shop.SaveProduct(ctx, shop.Product{Account: m.shop.ID, Names: map[string]string{"en": "Tea"}, State: shop.Active,
		Variants: []shop.Variant{{Price: money.Of(100, "CNY")}}}, map[int]int64{0: 100_000_000})
	if err != nil {
		return err
	}
	m.variant = product.Variants[0].ID
	for n := range payPeople {
		visitor := message.SubscriberID(m.shop.ID, "webchat", fmt.Sprintf("buyer%04d", n))
		person := message.Person{ID: visitor, Account: m.shop.ID, Channel: "webchat", User: fmt.Sprintf("buyer%04d", n), Language: "en", Name: "Buyer"}
		if err := m.Wallet.Grant(ctx, person, person.User, money.Of(50_000_000, "CNY")); err != nil {
			return err
		}
		m.people = append(m.people, person)
	}
	return nil
}

func (m *market) close() error {
	return errors.Join(m.App.Close(), m.DB.Close(), os.RemoveAll(m.folder))
}

// buy is one purchase from its order to the ledger.
func (m *market) buy(ctx context.Context, person message.Person, n int64) error {
	order, err := m.Shop.Checkout(ctx, person, shop.CheckoutRequest{Key: fmt.Sprint("load", n), Lines: []shop.CartLine{{Variant: m.variant, Quantity: 1}}})
	if err != nil {
		return fmt.Errorf("checkout: %w", err)
	}
	payment, err := m.Shop.Pay(ctx, person, order.ID, pay.Way{Provider: "wallet", Scene: pay.OnPhone})
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	paid, err := m.Shop.Confirm(ctx, person, payment.TradeNo, nil)
	if err != nil {
		return fmt.Errorf("confirm: %w", err)
	}
	if paid.State != pay.Paid {
		return fmt.Errorf("payment %s is %s", paid.TradeNo, paid.State)
	}
	return nil
}

func (m *market) measure(ctx context.Context, buyers int, length time.Duration, profile string, out io.Writer) error {
	if profile != "" {
		file, err := os.Create(profile)
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(file); err != nil {
			return err
		}
		defer func() { pprof.StopCPUProfile(); _ = file.Close() }()
	}
	var next atomic.Int64
	latencies, failed := make([][]time.Duration, buyers), make([]error, buyers)
	begun := time.Now()
	var group sync.WaitGroup
	for buyer := range buyers {
		group.Go(func() {
			for at := buyer; time.Since(begun) < length && ctx.Err() == nil; at += buyers {
				started := time.Now()
				if err := m.buy(ctx, m.people[at%payPeople], next.Add(1)); err != nil {
					failed[buyer] = err
					return
				}
				latencies[buyer] = append(latencies[buyer], time.Since(started))
			}
		})
	}
	group.Wait()
	took := time.Since(begun)
	all := slices.Concat(latencies...)
	if err := errors.Join(failed...); err != nil || len(all) == 0 {
		return errors.Join(err, ctx.Err())
	}
	slices.Sort(all)
	sales, err := m.Ledger.Balance(ctx, m.shop.ID, "CNY", "@sales")
	if err != nil {
		return err
	}
	if sales.Minor != int64(len(all))*100 {
		return fmt.Errorf("pay: %d payments, and the shop has %s", len(all), sales)
	}
	fmt.Fprintf(out, "%d payments in %s by %d buyers: %.0f a second; p50 %s, p99 %s\n", len(all), took.Round(time.Millisecond), buyers,
		float64(len(all))/took.Seconds(), all[len(all)/2].Round(100*time.Microsecond), all[len(all)*99/100].Round(100*time.Microsecond))
	return m.Ledger.Audit(ctx, m.shop.ID)
}
