package statement_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"plaza/account/vault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/paytest"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/statement"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// house is a program whose books are added up.
type house struct {
	*statement.Service
	payments  *pay.Service
	ledger    *ledger.Ledger
	wallet    *wallet.Wallet
	transfers *wallet.Transfers
	zone      *time.Location
	opened    time.Time
	at        atomic.Int64
	fees      map[string]map[string]int64 // by account and day
}

func newHouse(t testing.TB) *house {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	must(t, err)
	h := &house{zone: zone, opened: time.Date(2026, 1, 30, 5, 0, 0, 0, time.UTC), fees: map[string]map[string]int64{}}
	h.at.Store(h.opened.UnixMilli())
	var schemas []*store.Schema
	for _, some := range [][]*store.Schema{ledger.Schemas(), pay.Schemas(), wallet.Schemas(), vault.Schemas(), statement.Schemas(), reconcile.Schemas()} {
		schemas = append(schemas, some...)
	}
	db, _ := crashtest.Open(t, schemas...)
	h.ledger = ledger.New(db, h.now)
	h.wallet = wallet.New(h.ledger, true)
	h.wallet.Policies = wallet.Policies{DB: db, Now: h.now}
	quiet := slog.New(slog.DiscardHandler)
	h.payments = pay.New(pay.Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), h.now),
		Providers: []pay.Provider{h.wallet, &paytest.Agency{}}, Now: h.now, Logger: quiet})
	h.payments.Own(pay.ForOrder, h)
	h.transfers = wallet.NewTransfers(wallet.Dependencies{DB: db, Wallet: h.wallet, Payments: h.payments, People: h, Sender: h, Texts: h, Now: h.now, Logger: quiet})
	h.Service = statement.New(statement.Dependencies{DB: db, Payments: h.payments, Ledger: h.ledger, Bills: h, Accounts: h, Now: h.now})
	return h
}

func (h *house) now() time.Time { return time.UnixMilli(h.at.Load()).UTC() }

func (h *house) Statement(context.Context, string) (statement.Account, error) {
	return statement.Account{Zone: h.zone, Currency: "CNY", OpenedAt: h.opened}, nil
}

func (h *house) Fees(_ context.Context, account, provider, _, until string) (map[string]int64, error) {
	found := map[string]int64{}
	for day, fee := range h.fees[account] {
		if provider == "agency" && day < until {
			found[day] = fee
		}
	}
	return found, nil
}

func (h *house) PaymentPaid(context.Context, pay.Payment) (bool, error)                  { return true, nil }
func (h *house) PaymentRefunded(context.Context, pay.Payment, pay.Refund) error          { return nil }
func (h *house) Send(context.Context, message.Person, string, ...message.Outbound) error { return nil }
func (h *house) Text(string, string, ...any) string                                      { return "" }
func (h *house) Person(_ context.Context, account, id string) (message.Person, error) {
	return message.Person{ID: id, Account: account}, nil
}

func must(t interface{ Fatal(...any) }, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// books are what a test knows by itself of an account: sums of everything until
// now, and what they were at the ends of months.
type books struct{ providers, balances, sales int64 }

// TestAStatementClosesAndAgreesWithTheLedger lets an account live for some
// months at random, beside a model of plain sums.
func TestAStatementClosesAndAgreesWithTheLedger(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	run := 0
	rapid.Check(t, func(rt *rapid.T) {
		run++
		account := fmt.Sprintf("01SHOP%04d", run)
		h.at.Store(h.opened.UnixMilli())
		h.fees[account] = map[string]int64{}
		_, err := h.payments.Contracts().Sign(t.Context(), account, "agency", map[string]string{"merchant": "1", "key": "k"})
		must(rt, err)
		life := &life{house: h, account: account, ends: map[string]books{}}
		for range rapid.IntRange(1, 16).Draw(rt, "events") {
			life.event(rt)
			life.wait(rt)
		}
		life.check(rt)
	})
}

type life struct {
	*house
	account string
	now     books
	paid    []pay.Payment
	posted  []string // keys of transfers of money into balances
	ends    map[string]books
	count   int
}

func (l *life) month() string { return l.house.now().In(l.zone).Format("2006-01") }

func (l *life) who(rt *rapid.T) message.Person {
	return message.Person{ID: fmt.Sprintf("%s:webchat:p%d", l.account, rapid.IntRange(0, 2).Draw(rt, "person")), Account: l.account}
}

func (l *life) wait(rt *rapid.T) {
	before := l.month()
	l.at.Add((time.Duration(rapid.IntRange(1, 400).Draw(rt, "hours")) * time.Hour).Milliseconds())
	for month := before; month != l.month(); {
		l.ends[month] = l.now
		first, _ := time.Parse("2006-01", month)
		month = first.AddDate(0, 1, 0).Format("2006-01")
	}
}

func (l *life) event(rt *rapid.T) {
	ctx := context.Background()
	l.count++
	who, amount := l.who(rt), money.Of(rapid.Int64Range(1, 500).Draw(rt, "amount"), "CNY")
	switch kind := rapid.SampledFrom([]string{"pay", "wallet", "topup", "send", "refund", "correct", "fee", "grant", "gone"}).Draw(rt, "kind"); kind {
	case "pay", "wallet", "gone":
		request := pay.Request{Account: l.account, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: "agency", Amount: amount, Payer: who, ExpiresAt: l.house.now().Add(time.Hour)}
		if kind == "wallet" {
			request.Provider = wallet.Name
		}
		payment, err := l.payments.Create(ctx, request)
		must(rt, err)
		if kind == "gone" {
			_, err := l.payments.Close(ctx, l.account, payment.TradeNo)
			must(rt, err)
			return
		}
		payment, err = l.payments.Confirm(ctx, l.account, payment.TradeNo, map[string]string{"token": "yes"})
		if errors.Is(err, ledger.ErrInsufficient) {
			return
		}
		must(rt, err)
		if l.paid = append(l.paid, payment); kind == "pay" {
			l.now.providers += amount.Minor
		} else {
			l.now.balances -= amount.Minor
			l.now.sales += amount.Minor
		}
	case "topup":
		payment, err := l.transfers.TopUp(ctx, wallet.TopUpRequest{Person: who, Key: fmt.Sprint("T", l.count), Amount: amount, Way: pay.Way{Provider: "agency"}, Description: "top-up"})
		must(rt, err)
		_, err = l.payments.Confirm(ctx, l.account, payment.TradeNo, map[string]string{"token": "yes"})
		must(rt, err)
		l.now.providers += amount.Minor
		l.now.balances += amount.Minor
	case "grant":
		key := fmt.Sprint("G", l.account, l.count)
		must(rt, l.wallet.Grant(ctx, who, key, amount))
		l.posted = append(l.posted, "grant:"+key)
		l.now.balances += amount.Minor
	case "send":
		_, err := l.transfers.Send(ctx, wallet.SendRequest{From: who, To: l.who(rt).ID, Key: fmt.Sprint("S", l.count), Amount: amount})
		if err != nil && !errors.Is(err, ledger.ErrInsufficient) && !errors.Is(err, wallet.ErrSelf) && !errors.Is(err, wallet.ErrDayLimit) {
			rt.Fatal(err)
		}
	case "refund":
		if len(l.paid) == 0 {
			return
		}
		of := rapid.SampledFrom(l.paid).Draw(rt, "payment")
		part := min(amount.Minor, of.Amount.Minor)
		refund, err := l.payments.Refund(ctx, l.account, of.TradeNo, fmt.Sprint("R", l.count), part, "")
		if errors.Is(err, pay.ErrRefundTooMuch) || err == nil && refund.State != pay.RefundSuccess {
			return
		}
		must(rt, err)
		if of.Provider == wallet.Name {
			l.now.balances += part
			l.now.sales -= part
		} else {
			l.now.providers -= part
		}
	case "correct":
		if len(l.posted) == 0 {
			return
		}
		key := rapid.SampledFrom(l.posted).Draw(rt, "transfer")
		if _, err := l.ledger.Find(ctx, l.account, "correct:"+key); err == nil {
			return // corrected before, or refused for good
		}
		done, err := l.ledger.Correct(ctx, l.account, key, "a mistake")
		if errors.Is(err, ledger.ErrInsufficient) {
			return
		}
		must(rt, err)
		for _, leg := range done.Legs {
			if leg.Wallet == ledger.Issue {
				l.now.balances -= leg.Amount
			}
		}
	case "fee":
		day := l.house.now().In(l.zone).AddDate(0, 0, -1).Format(time.DateOnly)
		if day >= l.opened.In(l.zone).Format(time.DateOnly) && day[:7] == l.month() {
			l.fees[l.account][day] += 3
			l.now.providers -= 3
		}
	}
}

// check compares every month's statement with the model, month by month, and
// the last with the ledger.
func (l *life) check(rt *rapid.T) {
	ctx := context.Background()
	months, err := l.Months(ctx, l.account)
	must(rt, err)
	l.ends[l.month()] = l.now
	var last statement.Statement
	for i := len(months) - 1; i >= 0; i-- {
		made, err := l.Of(ctx, l.account, months[i])
		must(rt, err)
		for name, section := range map[string][3]int64{
			"providers": {made.Providers.Opening, last.Providers.Closing, made.Providers.Closing},
			"balances":  {made.Balances.Opening, last.Balances.Closing, made.Balances.Closing},
			"sales":     {made.Sales.Opening, last.Sales.Closing, made.Sales.Closing},
		} {
			if section[0] != section[1] {
				rt.Fatalf("%s: %s open with %d, the month before closed with %d", months[i], name, section[0], section[1])
			}
		}
		if got := (books{made.Providers.Closing, made.Balances.Closing, made.Sales.Closing}); got != l.ends[months[i]] {
			rt.Fatalf("%s closes with %+v, want %+v", months[i], got, l.ends[months[i]])
		}
		for _, section := range []statement.Section{made.Providers, made.Balances, made.Sales} {
			closes(rt, section)
		}
		last = made
	}
	sales, err := l.ledger.Balance(ctx, l.account, "CNY", ledger.Sales)
	must(rt, err)
	var balances int64
	for i := range 3 {
		owner := fmt.Sprintf("%s:webchat:p%d", l.account, i)
		balance, err := l.ledger.Balance(ctx, l.account, "CNY", owner)
		must(rt, err)
		balances += balance.Minor
		l.checkWallet(rt, months, owner, balance.Minor)
	}
	if last.Sales.Closing != sales.Minor || last.Balances.Closing != balances {
		rt.Fatalf("the statement has %d and %d, the ledger %d and %d", last.Sales.Closing, last.Balances.Closing, sales.Minor, balances)
	}
	must(rt, l.ledger.Audit(ctx, l.account))
}

// closes adds a section up again, by its days.
func closes(rt *rapid.T, section statement.Section) {
	sum := section.Opening
	for _, line := range section.Lines {
		var days, count int64
		for _, day := range line.Days {
			days, count = days+day.Amount, count+day.Count
		}
		if days != line.Amount || count != line.Count {
			rt.Fatalf("%s of %s is %d, its days %d", line.Flow, line.Provider, line.Amount, days)
		}
		sum += days
	}
	if sum != section.Closing {
		rt.Fatalf("closes with %d, adds up to %d", section.Closing, sum)
	}
}

// checkWallet follows one balance through its statements.
func (l *life) checkWallet(rt *rapid.T, months []string, owner string, balance int64) {
	var before int64
	for i := len(months) - 1; i >= 0; i-- {
		made, err := l.Wallet(context.Background(), l.account, []string{owner}, months[i])
		must(rt, err)
		sum := made.Opening
		for _, movement := range made.Movements {
			if sum += movement.Amount; sum != movement.After {
				rt.Fatalf("%s: %s leaves %d, want %d", months[i], movement.Key, movement.After, sum)
			}
		}
		if made.Opening != before || sum != made.Closing || made.Opening+made.In+made.Out != made.Closing {
			rt.Fatalf("%s of %s: %+v after %d", months[i], owner, made, before)
		}
		before = made.Closing
	}
	if before != balance {
		rt.Fatalf("%s has %d, the statement says %d", owner, balance, before)
	}
}

func TestAMonthThatIsNoneHasNoStatement(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for _, month := range []string{"2025-12", "2026-02", "2026-13", "x", "2026-01-01"} {
		if _, err := h.Of(t.Context(), "01SHOP", month); !errors.Is(err, statement.ErrMonth) {
			t.Errorf("%s: %v", month, err)
		}
	}
	if made, err := h.Of(t.Context(), "01SHOP", ""); err != nil || made.Month != "2026-01" || !made.To.Equal(h.now()) {
		t.Errorf("%+v, %v", made, err)
	}
}

// TestMoneyBetweenOnesOwnWalletsIsNoMovement has somebody who is two subscribers.
func TestMoneyBetweenOnesOwnWalletsIsNoMovement(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	one, two := message.Person{ID: "01SHOP:a:1", Account: "01SHOP"}, "01SHOP:b:2"
	must(t, h.wallet.Grant(t.Context(), one, "g", money.Of(100, "CNY")))
	_, err := h.ledger.Transfer(t.Context(), ledger.Request{Account: "01SHOP", Key: "k", Currency: "CNY", Legs: []ledger.Leg{{Wallet: one.ID, Amount: -40}, {Wallet: two, Amount: 40}}})
	must(t, err)
	made, err := h.Wallet(t.Context(), "01SHOP", []string{one.ID, two}, "")
	if must(t, err); made.Closing != 100 || len(made.Movements) != 1 {
		t.Errorf("%+v", made)
	}
	if alone, err := h.Wallet(t.Context(), "01SHOP", []string{two}, ""); err != nil || alone.Closing != 40 {
		t.Errorf("%+v, %v", alone, err)
	}
}
