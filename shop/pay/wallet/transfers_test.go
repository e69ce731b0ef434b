package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
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
	"plaza/shop/pay/risk"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// house is a wallet with everything around it.
type house struct {
	*wallet.Transfers
	ledger   *ledger.Ledger
	wallet   *wallet.Wallet
	payments *pay.Service
	plug     *crashtest.Engine
	at       atomic.Int64
	action   risk.Action // what the guard says
	mu       sync.Mutex
	heard    map[string]string // by key
}

func newHouse(t testing.TB) *house {
	t.Helper()
	h := &house{heard: map[string]string{}, action: risk.Allow}
	h.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	var schemas []*store.Schema
	for _, some := range [][]*store.Schema{ledger.Schemas(), pay.Schemas(), wallet.Schemas(), vault.Schemas()} {
		schemas = append(schemas, some...)
	}
	db, plug := crashtest.Open(t, schemas...)
	h.plug, h.ledger = plug, ledger.New(db, h.now)
	h.wallet = wallet.New(h.ledger, true)
	h.wallet.Codes = wallet.Codes{DB: db, Now: h.now}
	h.wallet.Policies = wallet.Policies{DB: db, Now: h.now, Level: h.level, Zone: h.zone}
	quiet := slog.New(slog.DiscardHandler)
	h.payments = pay.New(pay.Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), h.now),
		Providers: []pay.Provider{h.wallet, &paytest.Agency{}}, Now: h.now, Logger: quiet})
	h.Transfers = wallet.NewTransfers(wallet.Dependencies{DB: db, Wallet: h.wallet, Payments: h.payments,
		People: h, Sender: h, Texts: h, Guard: h, StepUp: h, Now: h.now, Logger: quiet})
	return h
}

// level says that who is called verified is.
func (h *house) level(_ context.Context, of message.Person) (wallet.Level, error) {
	if strings.HasSuffix(of.ID, ":verified") {
		return wallet.Verified, nil
	}
	return wallet.Basic, nil
}

func (h *house) zone(context.Context, string) (*time.Location, error) {
	return time.FixedZone("", 8*3600), nil
}

func (h *house) now() time.Time { return time.UnixMilli(h.at.Load()).UTC() }

func (h *house) pass(d time.Duration) { h.at.Add(d.Milliseconds()) }

func (h *house) Person(_ context.Context, account, id string) (message.Person, error) {
	if !strings.HasPrefix(id, account+":") || strings.HasSuffix(id, ":nobody") {
		return message.Person{}, store.ErrNotFound
	}
	return person(id[strings.LastIndex(id, ":")+1:]), nil
}

func (h *house) Send(_ context.Context, _ message.Person, key string, out ...message.Outbound) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard[key] = out[0].Text
	return nil
}

func (h *house) Text(_, key string, args ...any) string {
	return fmt.Sprint(append([]any{key}, args...)...)
}

func (h *house) Assess(context.Context, risk.Attempt) (risk.Assessment, error) {
	return risk.Assessment{Decision: risk.Decision{Action: h.action}}, nil
}

func (h *house) Settle(context.Context, string, risk.Kind, string, risk.Outcome) error { return nil }

var errNotThem = errors.New("the PIN is wrong")

func (h *house) Prove(_ context.Context, consent pay.Consent, proof map[string]string) error {
	if consent.Doubted && proof["pin"] != "right" {
		return wallet.ErrDeclined.Because(errNotThem)
	}
	return nil
}

func (h *house) grant(t fataler, name string, amount int64) {
	if err := h.wallet.Grant(context.Background(), person(name), name, money.Of(amount, "CNY")); err != nil {
		t.Fatal(err)
	}
}

func (h *house) has(t fataler, name string) int64 {
	balance, err := h.wallet.Balance(context.Background(), person(name), "CNY")
	if err != nil {
		t.Fatal(err)
	}
	return balance.Minor
}

type fataler interface{ Fatal(...any) }

func send(from, to, key string, amount int64) wallet.SendRequest {
	return wallet.SendRequest{From: person(from), To: person(to).ID, Key: key, Amount: money.Of(amount, "CNY")}
}

func TestMoneyGoesFromOneToAnotherOnceAndBothHearOfIt(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	for range 3 {
		if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "k1", 300)); err != nil {
			t.Fatal(err)
		}
	}
	if h.has(t, "ann") != 700 || h.has(t, "bob") != 300 || len(h.heard) != 2 {
		t.Errorf("ann %d, bob %d, heard %v", h.has(t, "ann"), h.has(t, "bob"), h.heard)
	}
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "k1", 301)); !errors.Is(err, wallet.ErrReused) {
		t.Errorf("the key for another amount: %v", err)
	}
}

func TestWhatCantBeMeantIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	stranger := send("ann", "bob", "k", 5)
	stranger.To = "02OTHER:webchat:bob"
	long := send("ann", "bob", "k", 5)
	long.Note = strings.Repeat("字", 61)
	for name, c := range map[string]struct {
		request wallet.SendRequest
		want    error
	}{
		"oneself":         {send("ann", "ann", "k", 5), wallet.ErrSelf},
		"nobody":          {send("ann", "nobody", "k", 5), wallet.ErrPayee},
		"another account": {stranger, wallet.ErrPayee},
		"nothing":         {send("ann", "bob", "k", 0), wallet.ErrNothing},
		"less":            {send("ann", "bob", "k", -5), money.ErrNegative},
		"2^63":            {send("ann", "bob", "k", -1<<63), money.ErrNegative},
		"a note":          {long, wallet.ErrNote},
		"no key":          {send("ann", "bob", "", 5), wallet.ErrTransferKey},
	} {
		if _, err := h.Transfers.Send(t.Context(), c.request); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNobodySendsMoreThanTheirDayAllows(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 10_000_000)
	limits := wallet.LawfulCeilings().LimitsOf(wallet.Basic, "CNY")
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "much", limits.Once+1)); !errors.Is(err, wallet.ErrLimit) {
		t.Errorf("too much at once: %v", err)
	}
	var went atomic.Int64
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			if _, err := h.Transfers.Send(t.Context(), send("ann", fmt.Sprint("bob", i), fmt.Sprint("k", i), limits.Once)); err == nil {
				went.Add(limits.Once)
			} else if !errors.Is(err, wallet.ErrDayLimit) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if left := h.has(t, "ann"); went.Load() != limits.Day || left != 10_000_000-limits.Day {
		t.Errorf("%d went, %d are left, a day allows %d", went.Load(), left, limits.Day)
	}
	h.pass(24 * time.Hour)
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "tomorrow", 100)); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

func TestWhatIsDeclinedDoesNotCountAgainstTheDay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for i := range 10 {
		if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", fmt.Sprint("k", i), 100_000)); !errors.Is(err, ledger.ErrInsufficient) {
			t.Fatal(err)
		}
	}
	today, err := h.Wallet.Today(t.Context(), person("ann"), "CNY")
	if err != nil || today.Send != wallet.LawfulCeilings().LimitsOf(wallet.Basic, "CNY").Day {
		t.Errorf("%v left, %v", today.Send, err)
	}
}

func TestTheGuardDecidesBeforeMoneyMoves(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	for _, action := range []risk.Action{risk.Block, risk.Hold} {
		h.action = action
		for range 2 { // asking again changes nothing
			if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", string(action), 100)); !errors.Is(err, pay.ErrStopped) {
				t.Errorf("%s: %v", action, err)
			}
		}
	}
	h.action = risk.StepUp
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "nopin", 100)); !errors.Is(err, errNotThem) {
		t.Errorf("without a PIN: %v", err)
	}
	proven := send("ann", "bob", "pin", 100)
	proven.Proof = map[string]string{"pin": "right"}
	if _, err := h.Transfers.Send(t.Context(), proven); err != nil || h.has(t, "bob") != 100 {
		t.Errorf("%v; bob has %d", err, h.has(t, "bob"))
	}
}

func TestATransferWaitsForItsSendersProof(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	h.action = risk.StepUp
	right := map[string]string{"pin": "right"}
	prove := func(key string, proof map[string]string) error {
		_, err := h.Transfers.Prove(t.Context(), person("ann"), key, proof)
		return err
	}
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "k", 100)); !errors.Is(err, errNotThem) {
		t.Fatal(err)
	}
	if err := prove("k", nil); !errors.Is(err, errNotThem) {
		t.Errorf("without a proof: %v", err)
	}
	if _, err := h.Transfers.Prove(t.Context(), person("eve"), "k", right); !errors.Is(err, wallet.ErrNoTransfer) {
		t.Errorf("by somebody else: %v", err)
	}
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			if err := prove("k", right); err != nil && !errors.Is(err, ledger.ErrUnderWay) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := prove("k", nil); err != nil || h.has(t, "bob") != 100 {
		t.Errorf("%v; bob has %d", err, h.has(t, "bob"))
	}
	if _, err := h.Transfers.Send(t.Context(), send("ann", "bob", "late", 100)); !errors.Is(err, errNotThem) {
		t.Fatal(err)
	}
	h.pass(11 * time.Minute)
	if err := prove("late", right); !errors.Is(err, ledger.ErrUnderWay) {
		t.Errorf("too late: %v", err)
	}
	if err := h.Transfers.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := prove("late", right); err == nil || h.has(t, "bob") != 100 {
		t.Errorf("after its time: %v; bob has %d", err, h.has(t, "bob"))
	}
	if today, err := h.Wallet.Today(t.Context(), person("ann"), "CNY"); err != nil || today.Send != wallet.LawfulCeilings().LimitsOf(wallet.Basic, "CNY").Day-100 {
		t.Errorf("left today: %v, %v", today.Send, err)
	}
}

func TestACodeWithAnAmountIsPaidOnceByWhoeverComesFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	code, err := h.Receive(t.Context(), person("bob"), money.Of(500, "CNY"), "dinner")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.SendByCode(t.Context(), code.Code, send("poor", "", "k", 1)); !errors.Is(err, ledger.ErrInsufficient) {
		t.Fatalf("with nothing: %v", err)
	}
	names := []string{"ann", "cleo", "dan", "eve"}
	for _, name := range names {
		h.grant(t, name, 1000)
	}
	var paid atomic.Int64
	var group sync.WaitGroup
	for _, name := range names {
		group.Go(func() {
			switch _, err := h.SendByCode(t.Context(), strings.ToLower(code.Code), send(name, "", "k", 1)); {
			case err == nil:
				paid.Add(1)
			case !errors.Is(err, wallet.ErrCodePaid) && !errors.Is(err, wallet.ErrCodeBusy):
				t.Error(err)
			}
		})
	}
	group.Wait()
	if paid.Load() != 1 || h.has(t, "bob") != 500 {
		t.Errorf("paid %d times, bob has %d", paid.Load(), h.has(t, "bob"))
	}
}

func TestACodeWithoutAnAmountIsTheSameUntilItIsRenewed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.grant(t, "ann", 1000)
	mine, err := h.Receive(t.Context(), person("bob"), money.Of(0, "CNY"), "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.Receive(t.Context(), person("bob"), money.Of(0, "CNY"), ""); err != nil || again.Code != mine.Code {
		t.Errorf("%s, %s, %v", mine.Code, again.Code, err)
	}
	if _, err := h.SendByCode(t.Context(), mine.Code, send("ann", "", "k1", 200)); err != nil || h.has(t, "bob") != 200 {
		t.Errorf("%v; bob has %d", err, h.has(t, "bob"))
	}
	if fresh, err := h.Renew(t.Context(), person("bob"), "CNY"); err != nil || fresh.Code == mine.Code {
		t.Fatalf("%s, %v", fresh.Code, err)
	}
	for _, code := range []string{mine.Code, "", "x", strings.Repeat("A", 26), strings.Repeat("A", 2000)} {
		if _, err := h.SendByCode(t.Context(), code, send("ann", "", "k2", 200)); !errors.Is(err, wallet.ErrPayee) {
			t.Errorf("%.30q: %v", code, err)
		}
	}
	asked, err := h.Receive(t.Context(), person("bob"), money.Of(5, "CNY"), "")
	if err != nil {
		t.Fatal(err)
	}
	h.pass(8 * 24 * time.Hour)
	if _, err := h.SendByCode(t.Context(), asked.Code, send("ann", "", "k3", 5)); !errors.Is(err, wallet.ErrPayee) {
		t.Errorf("a week later: %v", err)
	}
}

func TestABalanceIsToppedUpOnceByTheMoneyThatComes(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	if _, err := h.payments.Contracts().Sign(t.Context(), "01SHOP", "agency", map[string]string{"key": "k"}); err != nil {
		t.Fatal(err)
	}
	request := wallet.TopUpRequest{Person: person("ann"), Key: "t1", Amount: money.Of(5000, "CNY"), Way: pay.Way{Provider: "agency"}}
	payment, err := h.TopUp(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := h.TopUp(t.Context(), request); err != nil || again.TradeNo != payment.TradeNo {
		t.Errorf("asking again: %s, %v", again.TradeNo, err)
	}
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			_, _ = h.payments.Confirm(t.Context(), "01SHOP", payment.TradeNo, map[string]string{"token": "yes"})
		})
	}
	group.Wait()
	if h.has(t, "ann") != 5000 || h.heard["topup:"+payment.TradeNo] == "" {
		t.Errorf("ann has %d, heard %v", h.has(t, "ann"), h.heard)
	}
	request.Provider, request.Key = wallet.Name, "t2"
	if _, err := h.TopUp(t.Context(), request); !errors.Is(err, wallet.ErrTopUpWay) {
		t.Errorf("out of the balance itself: %v", err)
	}
	if err := h.ledger.Audit(t.Context(), "01SHOP"); err != nil {
		t.Error(err)
	}
}

// TestARingOfTransfersNeverMakesOrLosesACent sends at random around a ring, from
// many at once and with crashes in between.
func TestARingOfTransfersNeverMakesOrLosesACent(t *testing.T) {
	t.Parallel()
	const ring, each = 100, 1000
	h := newHouse(t)
	name := func(i int) string { return fmt.Sprint("r", i%ring) }
	for i := range ring {
		h.grant(t, name(i), each)
	}
	round := 0
	rapid.Check(t, func(rt *rapid.T) {
		round++
		amounts := rapid.SliceOfN(rapid.Int64Range(1, 2*each), 12, 12).Draw(rt, "amounts")
		from := rapid.SliceOfN(rapid.IntRange(0, ring-1), 12, 12).Draw(rt, "from")
		if rapid.IntRange(0, 2).Draw(rt, "crash") == 0 {
			h.plug.CrashAfter(rapid.IntRange(0, 60).Draw(rt, "writes"), rapid.Bool().Draw(rt, "lost"))
		}
		var group sync.WaitGroup
		for i, amount := range amounts {
			group.Go(func() {
				_, _ = h.Transfers.Send(context.Background(), send(name(from[i]), name(from[i]+1), fmt.Sprintf("k%dx%d", round, i), amount))
			})
		}
		group.Wait()
		h.plug.Restart()
		for range 3 {
			h.pass(30 * time.Second)
			if _, err := h.ledger.Recover(context.Background()); err != nil {
				rt.Fatal(err)
			}
			if err := h.Recover(context.Background()); err != nil {
				rt.Fatal(err)
			}
		}
		var sum int64
		for i := range ring {
			have := h.has(rt, name(i))
			if have < 0 {
				rt.Fatalf("%s is overdrawn: %d", name(i), have)
			}
			sum += have
		}
		if sum != ring*each {
			rt.Fatalf("there are %d, there were %d", sum, ring*each)
		}
	})
	if err := h.ledger.Audit(t.Context(), "01SHOP"); err != nil {
		t.Error(err)
	}
}
