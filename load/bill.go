package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
	"plaza/shop/pay/reconcile"
	"plaza/store"
	"plaza/store/sqlite"
)

// runBill compares a day's bill of many lines with as many payments in the store,
// and prints how fast that is and how much memory it takes. It fails unless each
// line is found to be what it is.
func runBill(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("bill", flag.ContinueOnError)
	lines := flags.Int("lines", 1_000_000, "how many lines the bill has, up to 5,000,000")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *lines < 100 || *lines > 5_000_000 {
		return errors.New("bill: 100 to 5,000,000 lines")
	}
	ctx, cancel := context.WithTimeout(ctx, longestBill)
	defer cancel()
	folder, err := os.MkdirTemp("", "plaza-bill-*")
	if err != nil {
		return err
	}
	engine, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		return err
	}
	day := &billedDay{db: store.New(engine), lines: *lines, from: time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)}
	err = day.measure(ctx, out)
	return errors.Join(err, day.db.Close(), os.RemoveAll(folder))
}

// longestBill bounds a run.
const longestBill = time.Hour

const billedShop = "01SHOP"

// billedDay is a day of a shop on which very much was sold. In each hundred lines
// of its bill one is a refund, one is another program's and one is under a number
// of ours that nobody here knows; each hundredth payment is on no bill.
type billedDay struct {
	db    *store.DB
	lines int
	from  time.Time
}

// What a line of the bill is, by its number.
const (
	refundLine  = 97
	foreignLine = 98
	missingLine = 99
)

func (d *billedDay) number(i int) string { return fmt.Sprintf("01BATH%020d01", i) }

func (d *billedDay) at(i int) time.Time {
	return d.from.Add(time.Hour + time.Duration(i)*(20*time.Hour/time.Duration(d.lines))).Truncate(time.Millisecond)
}

var billedPrice = money.Of(1000, "CNY")

// payment is the one of a line; a refund is of the payment before it.
func (d *billedDay) payment(i int) (pay.Payment, bool) {
	at := d.at(i)
	made := pay.Payment{ID: billedShop + ":" + d.number(i), Account: billedShop, TradeNo: d.number(i), Purpose: pay.ForOrder, Subject: d.number(i)[:26],
		Provider: "agency", Amount: billedPrice, Description: "Tea", Payer: message.Person{ID: billedShop + ":webchat:v", Account: billedShop},
		State: pay.Paid, Told: true, At: at, ExpiresAt: at.Add(time.Hour), PaidAt: &at, Refunds: map[string]pay.Refund{}}
	switch i % 100 {
	case refundLine, foreignLine:
		return made, false
	case missingLine: // it stands on no bill; the line in its place is of a number that is not here
		made.TradeNo = d.number(i + d.lines)
		made.ID, made.Subject = billedShop+":"+made.TradeNo, made.TradeNo[:26]
	case refundLine - 1:
		made.Refunded = 300
		made.Refunds["R1"] = pay.Refund{Number: "R1", Amount: 300, State: pay.RefundSuccess, At: at, MadeAt: &at}
		made.RefundDays = []string{at.Format(time.DateOnly)}
	}
	return made, true
}

func (d *billedDay) line(i int) pay.BillLine {
	line := pay.BillLine{TradeNo: d.number(i), ProviderRef: "A" + d.number(i), Amount: billedPrice, Fee: money.Of(6, "CNY"), At: d.at(i)}
	switch i % 100 {
	case refundLine:
		line.TradeNo, line.RefundNo, line.Amount, line.Fee = d.number(i-1), "R1", money.Of(300, "CNY"), money.Of(-2, "CNY")
	case foreignLine:
		line.TradeNo = fmt.Sprint("CASHIER-", i)
	}
	return line
}

// paper is a provider whose bill is written while it is read.
type paper struct {
	pay.Provider
	day *billedDay
}

func (paper) Bills() pay.BillTimes { return pay.BillTimes{Out: "0 2 * * *", Kept: 30 * 24 * time.Hour} }

func (p paper) Bill(ctx context.Context, _ pay.BillDay, each func(pay.BillLine) error) error {
	for i := range p.day.lines {
		if err := each(p.day.line(i)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (*billedDay) Each(context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) { yield(billedShop, nil) }
}

func (*billedDay) Zone(context.Context, string) (*time.Location, error) { return time.UTC, nil }

func (*billedDay) Append(context.Context, ...live.Event) error { return nil }

func (d *billedDay) now() time.Time { return d.from.Add(27 * time.Hour) } // three in the morning after

// write puts the day's payments into the store, as they are when they are paid.
func (d *billedDay) write(ctx context.Context) error {
	if err := d.db.Prepare(ctx, append(pay.Schemas(), reconcile.Schemas()...)...); err != nil {
		return err
	}
	var payments store.Collection[pay.Payment]
	for _, schema := range pay.Schemas() {
		if schema.Name == "payments" {
			payments = store.Declare[pay.Payment](*schema)
		}
	}
	batch := make([]pay.Payment, 0, 1000)
	for i := range d.lines {
		if made, ok := d.payment(i); ok {
			batch = append(batch, made)
		}
		if len(batch) == cap(batch) || i == d.lines-1 {
			if _, err := payments.In(d.db, billedShop).InsertMany(ctx, batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return nil
}

func (d *billedDay) measure(ctx context.Context, out io.Writer) error {
	began := time.Now()
	if err := d.write(ctx); err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d payments written in %v\n", d.lines-d.lines/50, time.Since(began).Round(time.Millisecond))
	quiet := slog.New(slog.DiscardHandler)
	payments := pay.New(pay.Dependencies{DB: d.db, Providers: []pay.Provider{paper{&paytest.Agency{}, d}}, Now: d.now, Logger: quiet})
	books := reconcile.New(reconcile.Dependencies{DB: d.db, Payments: payments, Accounts: d, Log: d, Now: d.now, Logger: quiet})
	if err := books.Enrol(ctx); err != nil {
		return err
	}
	debug.FreeOSMemory()
	before, err := anonymousMemory()
	if err != nil {
		return err
	}
	began = time.Now()
	peak, err := peakMemory(func() error { return books.Work(ctx) })
	took := time.Since(began)
	if err != nil {
		return err
	}
	run, err := books.RunOf(ctx, billedShop, "agency", d.from.Format(time.DateOnly))
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "%d lines compared in %v (%.0f a second): %d agree, %d of other programs, %v differ; memory %.0f MB before, %.0f MB at most\n", run.Lines,
		took.Round(time.Millisecond), float64(run.Lines)/took.Seconds(), run.Matched, run.Foreign, run.Found, float64(before)/1e6, float64(peak)/1e6)
	hundredth := int64(d.lines / 100)
	if run.State != reconcile.Done || run.Lines != int64(d.lines) || run.Matched != int64(d.lines)-2*hundredth || run.Foreign != hundredth ||
		run.Found[reconcile.MissingHere] != hundredth || run.Found[reconcile.MissingThere] != hundredth || run.Differs() != 2*hundredth {
		return fmt.Errorf("bill: that is not what is on it: %+v", run)
	}
	return nil
}

// peakMemory is the most memory that this process has of its own while it does
// something: without what it maps of the store's file.
func peakMemory(do func() error) (int64, error) {
	var peak atomic.Int64
	stop, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			if own, err := anonymousMemory(); err == nil {
				peak.Store(max(peak.Load(), own))
			}
			select {
			case <-stop:
				return
			case <-ticker.C:
			}
		}
	}()
	err := do()
	close(stop)
	<-watched
	return peak.Load(), err
}

// anonymousMemory is what this process holds that is no file's.
func anonymousMemory() (int64, error) {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	line, _, _ := strings.Cut(rest, "kB")
	kilobytes, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	return kilobytes << 10, nil
}
