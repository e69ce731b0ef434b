package reconcile_test

import (
	"context"
	"iter"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/reconcile"
	"plaza/store"
)

const shop = "01SHOP"

var price = money.Of(1000, "CNY")

// accounts is a directory with one account.
type accounts struct{}

func (accounts) Each(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		yield(shop, nil)
	}
}

func (accounts) Zone(context.Context, string) (*time.Location, error) { return time.UTC, nil }

// told counts what pages are told.
type told struct{ events atomic.Int64 }

func (t *told) Append(_ context.Context, events ...live.Event) error {
	t.events.Add(int64(len(events)))
	return nil
}

// buyers want each subject once.
type buyers struct {
	mu     sync.Mutex
	paidBy map[string]string
}

func (b *buyers) PaymentPaid(_ context.Context, payment pay.Payment) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paidBy[payment.Subject] == "" {
		b.paidBy[payment.Subject] = payment.TradeNo
	}
	return b.paidBy[payment.Subject] == payment.TradeNo, nil
}

func (*buyers) PaymentRefunded(context.Context, pay.Payment, pay.Refund) error { return nil }

// kit is a shop whose books are compared.
type kit struct {
	*reconcile.Service
	payments *pay.Service
	plug     *crashtest.Engine
	db       *store.DB
	told     *told
	at       atomic.Int64
}

func newKit(t testing.TB, providers func(*kit) []pay.Provider) *kit {
	t.Helper()
	k := &kit{told: &told{}}
	k.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	schemas := append(pay.Schemas(), vault.Schemas()...)
	k.db, k.plug = crashtest.Open(t, append(schemas, reconcile.Schemas()...)...)
	quiet := slog.New(slog.DiscardHandler)
	k.payments = pay.New(pay.Dependencies{DB: k.db, Sealer: vault.New(k.db, vault.NewMasterKey(), k.now), Providers: providers(k), Now: k.now, Logger: quiet})
	k.payments.Own(pay.ForOrder, &buyers{paidBy: map[string]string{}})
	k.Service = reconcile.New(reconcile.Dependencies{DB: k.db, Payments: k.payments, Accounts: accounts{}, Log: k.told, Now: k.now, Logger: quiet})
	return k
}

func (k *kit) now() time.Time { return time.UnixMilli(k.at.Load()).UTC() }

func (k *kit) pass(d time.Duration) { k.at.Add(d.Milliseconds()) }

func (k *kit) create(t testing.TB, provider string) pay.Payment {
	t.Helper()
	payment, err := k.payments.Create(context.Background(), pay.Request{Account: shop, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: provider, Amount: price,
		Description: "Noodles", Payer: message.Person{ID: shop + ":webchat:v1", Account: shop}, ExpiresAt: k.now().Add(15 * time.Minute),
		NotifyURL: "https://shop.example/webhooks/pay/" + provider + "/" + shop, Scene: pay.OnDesktop})
	must(t, err)
	return payment
}

// open is what differs, by name.
func (k *kit) open(t testing.TB) map[string]reconcile.Kind {
	t.Helper()
	found, _, err := k.Differences(context.Background(), shop, reconcile.Filter{State: reconcile.Open}, "", 1000)
	must(t, err)
	kinds := map[string]reconcile.Kind{}
	for _, one := range found {
		kinds[one.Name()] = one.Kind
	}
	return kinds
}

func (k *kit) run(t testing.TB, provider, day string) reconcile.Run {
	t.Helper()
	run, err := k.RunOf(context.Background(), shop, provider, day)
	must(t, err)
	return run
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// press is a provider that prints the bills that a test has written. What it
// knows of a payment is what its last bill-writer says.
type press struct {
	mu     sync.Mutex
	status map[string]pay.Status
	refund map[string]pay.RefundStatus
	bills  map[string][]pay.BillLine // by day
	late   map[string]int            // how often a day's bill is not out yet
	broken error
	read   int // bills read to the end
}

func newPress() *press {
	return &press{status: map[string]pay.Status{}, refund: map[string]pay.RefundStatus{}, bills: map[string][]pay.BillLine{}, late: map[string]int{}}
}

func (*press) Name() string { return "press" }

func (*press) Bills() pay.BillTimes {
	return pay.BillTimes{Out: "0 2 * * *", Kept: 30 * 24 * time.Hour}
}

func (p *press) Bill(_ context.Context, day pay.BillDay, each func(pay.BillLine) error) error {
	name := day.From.Format(time.DateOnly)
	p.mu.Lock()
	lines, broken := p.bills[name], p.broken
	if p.late[name] > 0 {
		p.late[name]--
		broken = pay.ErrNoBill
	}
	p.mu.Unlock()
	if broken != nil {
		return broken
	}
	for _, line := range lines {
		if err := each(line); err != nil {
			return err
		}
	}
	p.mu.Lock()
	p.read++
	p.mu.Unlock()
	return nil
}

// book writes a line on a day's bill.
func (p *press) book(day string, line pay.BillLine) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if line.Fee.Currency == "" {
		line.Fee = money.Of(6, line.Amount.Currency)
	}
	p.bills[day] = append(p.bills[day], line)
}

func (p *press) says(tradeNo string, status pay.Status) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status[tradeNo] = status
}

func (p *press) outcome(charge pay.Charge) (pay.Outcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := p.status[charge.TradeNo]
	if status == "" {
		status = pay.Waiting
	}
	return pay.Outcome{Status: status, Amount: charge.Amount, ProviderRef: "P" + charge.TradeNo}, nil
}

func (*press) Create(context.Context, pay.Charge) (pay.Step, error) {
	return pay.Step{Kind: pay.ScanStep, QR: "press"}, nil
}

func (p *press) Confirm(_ context.Context, charge pay.Charge, _ map[string]string) (pay.Outcome, error) {
	return p.outcome(charge)
}

func (p *press) Query(_ context.Context, charge pay.Charge) (pay.Outcome, error) {
	return p.outcome(charge)
}

func (p *press) Close(context.Context, pay.Charge) (pay.Outcome, error) {
	return pay.Outcome{Status: pay.Ended}, nil
}

func (*press) Refund(context.Context, pay.Charge, pay.Refund) (pay.RefundOutcome, error) {
	return pay.RefundOutcome{Status: pay.RefundSuccess}, nil
}

func (p *press) QueryRefund(_ context.Context, charge pay.Charge, refund pay.Refund) (pay.RefundOutcome, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return pay.RefundOutcome{Status: p.refund[charge.TradeNo+refund.Number]}, nil
}

func (*press) Notification(context.Context, string, pay.Notification) (pay.Notice, error) {
	return pay.Notice{}, pay.ErrNoNotifications
}
