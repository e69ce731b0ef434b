package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"plaza/shop/pay/ledger"
	"plaza/store"
	"plaza/store/sqlite"
)

// The ring: a hundred wallets, each of which sends to the next. Transfer n moves
// from wallet n to the wallet after, so that neighbours are always at the same
// two balances at once.
const (
	ringRole     = "serve-ring"
	ringVariable = "PLAZA_LOAD_RING"
	ringAccount  = "ring"
	ringCurrency = "CNY"
	ringWallets  = 100
	ringGrant    = 500 // minor units that each begins with: some transfers find too little
	ringWorkers  = 64
	ringReport   = 200 // transfers between two words of the process
)

// runWallet sends money round the ring in a process of its own, kills that in the
// middle, and adds everything up.
func runWallet(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("wallet", flag.ContinueOnError)
	transfers := flags.Int("transfers", 100_000, "how many transfers")
	kill := flags.Bool("kill", false, "kill the sending process five times on the way, and start it again")
	limit := flags.Duration("limit", 9*time.Minute, "longest run, up to two hours")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *transfers < 100 || *transfers > 10_000_000 || *limit > 2*time.Hour {
		return errors.New("wallet: 100 to ten million transfers, in at most two hours")
	}
	ctx, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	folder, err := os.MkdirTemp("", "plaza-ring-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ring := &ringRun{folder: folder, transfers: *transfers, out: out, begun: time.Now()}
	if *kill {
		for n := 1; n <= 5; n++ {
			ring.kills = append(ring.kills, *transfers*n/6)
		}
	}
	started := time.Now()
	for ring.done < *transfers {
		if err := ring.send(ctx); err != nil {
			return err
		}
	}
	took := time.Since(started)
	if len(ring.kills) > 0 {
		return fmt.Errorf("wallet: done before it was killed %d times more", len(ring.kills))
	}
	fmt.Fprintf(out, "%d transfers in %s, %.0f a second, restarts included\n", *transfers, took.Round(time.Second), float64(*transfers)/took.Seconds())
	return ring.audit(ctx)
}

type ringRun struct {
	folder    string
	transfers int
	done      int // all before are acknowledged
	begun     time.Time
	kills     []int
	out       io.Writer
}

// send runs the sending process until it has done everything or is killed.
func (r *ringRun) send(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	command := exec.CommandContext(ctx, program, ringRole)
	command.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %d %s", ringVariable, r.done, r.transfers, r.begun.UnixMilli(), r.folder))
	command.Stderr = os.Stderr
	words, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	killed := false
	for lines := bufio.NewScanner(words); lines.Scan(); {
		var over int // how many are acknowledged
		if _, err := fmt.Sscan(lines.Text(), &r.done, &over); err != nil {
			return errors.Join(fmt.Errorf("wallet: the process says %q", lines.Text()), command.Process.Kill())
		}
		if len(r.kills) > 0 && over >= r.kills[0] {
			r.kills, killed = r.kills[1:], true
			fmt.Fprintf(r.out, "killed after %d transfers\n", over)
			if err := command.Process.Kill(); err != nil {
				return err
			}
			break
		}
	}
	if err := command.Wait(); err != nil && !killed {
		return fmt.Errorf("wallet: the sending process: %w", err)
	}
	return ctx.Err()
}

// serveRing is the sending process. It says, again and again, up to where every
// transfer has been acknowledged.
func serveRing(ctx context.Context, out io.Writer) error {
	var from, transfers int
	var begun int64
	var folder string
	if _, err := fmt.Sscan(os.Getenv(ringVariable), &from, &transfers, &begun, &folder); err != nil {
		return fmt.Errorf("ring: %w", err)
	}
	db, err := openRing(ctx, folder)
	if err != nil {
		return err
	}
	books := ledger.New(db, ringClock(time.UnixMilli(begun)))
	for n := range ringWallets {
		if err := transferUntilOver(ctx, books, ringTransfer("grant:"+ringWallet(n), ledger.Issue, ringWallet(n), ringGrant)); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	var next atomic.Int64
	next.Store(int64(from))
	progress := &ringProgress{done: map[int]bool{}, from: from, last: from, total: transfers, out: out}
	failed := make(chan error, ringWorkers)
	var workers sync.WaitGroup
	for range ringWorkers {
		workers.Go(func() {
			for n := int(next.Add(1) - 1); n < transfers; n = int(next.Add(1) - 1) {
				if err := transferUntilOver(ctx, books, ringMove(n)); err != nil {
					failed <- err
					return
				}
				progress.mark(n)
			}
		})
	}
	workers.Wait()
	close(failed)
	return errors.Join(<-failed, db.Close())
}

// ringClock goes ten times faster than ours, so that what a killed process had
// under way can be taken over after two seconds and not twenty.
func ringClock(begun time.Time) func() time.Time {
	return func() time.Time { return begun.Add(10 * time.Since(begun)) }
}

func openRing(ctx context.Context, folder string) (*store.DB, error) {
	engine, err := sqlite.Open(folder, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	db := store.New(engine)
	if err := db.Prepare(ctx, ledger.Schemas()...); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// transferUntilOver repeats a transfer under its key until it is made or refused:
// what a killed process has begun is somebody else's only after a while.
func transferUntilOver(ctx context.Context, books *ledger.Ledger, request ledger.Request) error {
	for {
		_, err := books.Transfer(ctx, request)
		if err == nil || errors.Is(err, ledger.ErrInsufficient) {
			return nil
		}
		if !errors.Is(err, ledger.ErrUnderWay) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func ringWallet(n int) string { return fmt.Sprintf("w%02d", n%ringWallets) }

// ringMove is the n-th transfer: of 1 to 97 minor units.
func ringMove(n int) ledger.Request {
	return ringTransfer("ring:"+strconv.Itoa(n), ringWallet(n), ringWallet(n+1), int64(1+n*31%97))
}

func ringTransfer(key, from, to string, amount int64) ledger.Request {
	return ledger.Request{Account: ringAccount, Key: key, Currency: ringCurrency,
		Legs: []ledger.Leg{{Wallet: from, Amount: -amount}, {Wallet: to, Amount: amount}}}
}

// ringProgress knows up to where everything is acknowledged, and how much is
// beyond.
type ringProgress struct {
	mu         sync.Mutex
	done       map[int]bool // beyond from
	from, last int
	total      int
	out        io.Writer
}

func (p *ringProgress) mark(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.done[n] = true; p.done[p.from]; p.from++ {
		delete(p.done, p.from)
	}
	if over := p.from + len(p.done); over >= p.last+ringReport || p.from == p.total {
		p.last = over
		_, _ = fmt.Fprintln(p.out, p.from, over)
	}
}

// audit adds everything up: every transfer is there and over, the ring holds
// what it began with, nobody is overdrawn, and every balance is what the
// transfers say.
func (r *ringRun) audit(ctx context.Context) (err error) {
	db, err := openRing(ctx, r.folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	books := ledger.New(db, ringClock(r.begun))
	if _, err := books.Recover(ctx); err != nil {
		return err
	}
	var posted, refused int
	expected := map[string]int64{}
	for n := range r.transfers {
		request := ringMove(n)
		found, err := books.Find(ctx, ringAccount, request.Key)
		switch {
		case err != nil:
			return fmt.Errorf("wallet: transfer %d was acknowledged: %w", n, err)
		case found.State == ledger.Posted:
			posted++
			for _, leg := range request.Legs {
				expected[leg.Wallet] += leg.Amount
			}
		case found.State == ledger.Refused:
			refused++
		default:
			return fmt.Errorf("wallet: transfer %d is %s", n, found.State)
		}
	}
	var sum int64
	for n := range ringWallets {
		balance, err := books.Balance(ctx, ringAccount, ringCurrency, ringWallet(n))
		if err != nil {
			return err
		}
		if want := expected[ringWallet(n)] + ringGrant; balance.Minor != want || want < 0 {
			return fmt.Errorf("wallet: %s holds %d, its transfers say %d", ringWallet(n), balance.Minor, want)
		}
		sum += balance.Minor
	}
	if sum != ringWallets*ringGrant {
		return fmt.Errorf("wallet: the ring holds %d, it began with %d", sum, ringWallets*ringGrant)
	}
	if err := books.Audit(ctx, ringAccount); err != nil {
		return err
	}
	fmt.Fprintf(r.out, "%d moved, %d found too little; the ring holds %d as at the beginning, nobody is overdrawn, every balance is what its transfers say\n",
		posted, refused, sum)
	return nil
}
