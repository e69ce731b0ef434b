package mandate_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/kakaopaytest"
	"plaza/store"
	"plaza/store/sqlite"
)

// What a process that is to be killed works on: the store, its key, KakaoPay's
// address and the instant at which it begins, in milliseconds.
const (
	victimFolder = "PLAZA_TEST_MANDATE_FOLDER"
	victimKey    = "PLAZA_TEST_MANDATE_KEY"
	victimBank   = "PLAZA_TEST_MANDATE_BANK"
	victimAt     = "PLAZA_TEST_MANDATE_AT"
)

// kitIn is a node on a store in a folder that outlives it.
func kitIn(t *testing.T, folder string, options sqlite.Options, master vault.MasterKey, bank string) *kit {
	t.Helper()
	engine, err := sqlite.Open(folder, options)
	if err != nil {
		t.Fatal(err)
	}
	db := store.New(engine)
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Prepare(t.Context(), schemas()...); err != nil {
		t.Fatal(err)
	}
	k := kitOn(t, db, master, func(k *kit) pay.Provider { return kakaopay.New(bank, k.now) })
	k.money = "KRW"
	return k
}

// TestVictim is the process that TestAKilledProcessChargesEachPeriodOnce starts and
// kills: workers that charge whatever is due, and never end by themselves.
func TestVictim(t *testing.T) {
	folder := os.Getenv(victimFolder)
	if folder == "" {
		return // in the test run itself there is nothing to do
	}
	master, err := vault.ParseMasterKey(os.Getenv(victimKey))
	if err != nil {
		t.Fatal(err)
	}
	at, err := strconv.ParseInt(os.Getenv(victimAt), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	k := kitIn(t, folder, sqlite.Options{}, master, os.Getenv(victimBank))
	k.set(time.UnixMilli(at))
	var workers sync.WaitGroup
	for range 4 {
		workers.Go(func() {
			for {
				_, _ = k.Payments.Recover(t.Context())
				_, _ = k.Recover(t.Context())
				k.pass(time.Second)
			}
		})
	}
	workers.Wait()
}

// scene is KakaoPay with somebody who waits beside it for a charge and kills
// whoever asks for it.
type scene struct {
	*kakaopaytest.KakaoPay
	mu       sync.Mutex
	victim   *exec.Cmd
	left     int  // charges until the kill
	answered bool // kill after the money has moved, before the answer
	killed   chan struct{}
}

func (s *scene) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/online/v1/payment/subscription" || !s.now() {
		s.KakaoPay.ServeHTTP(w, r)
		return
	}
	if s.answered {
		s.KakaoPay.ServeHTTP(httptest.NewRecorder(), r)
	}
	close(s.killed)
	_ = s.victim.Process.Kill() // Wait tells whether it died
	panic(http.ErrAbortHandler)
}

// now counts a charge, and says whether it is the one.
func (s *scene) now() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.left--
	return s.left == 0
}

// kill lets a process work until it asks for that charge, and kills it there.
func (s *scene) kill(t *testing.T, charge int, answered bool, environment ...string) {
	t.Helper()
	s.mu.Lock()
	s.left, s.answered, s.killed = charge, answered, make(chan struct{})
	s.victim = exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestVictim$")
	s.victim.Env = append(os.Environ(), environment...)
	err := s.victim.Start()
	s.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	ended := s.victim.Wait()
	select {
	case <-s.killed:
	default:
		t.Fatalf("the victim ended by itself: %v", ended)
	}
}

// TestAKilledProcessChargesEachPeriodOnce kills processes (SIGKILL) in the middle
// of a morning's charges, before and after the money has moved. KakaoPay's books
// are in a process that lives on.
func TestAKilledProcessChargesEachPeriodOnce(t *testing.T) {
	t.Parallel()
	platform := &scene{KakaoPay: kakaopaytest.New()}
	server := quietServer(t, platform)
	platform.Public = server.URL
	folder, master := t.TempDir(), vault.NewMasterKey()
	before := &kakaoKit{kitIn(t, folder, sqlite.Options{Unflushed: true}, master, server.URL), platform.KakaoPay}
	platform.Now = before.now
	if _, err := before.Payments.Contracts().Sign(t.Context(), account, kakaopay.Name, kakaopaytest.Contract()); err != nil {
		t.Fatal(err)
	}
	plan := before.plan(member())
	var mandates []mandate.Mandate
	for i := range 30 {
		mandates = append(mandates, before.subscribedTo(fmt.Sprint("ann", i), plan))
	}
	before.pass(26 * 24 * time.Hour)
	before.work() // announced
	if err := before.db.Close(); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 2, 28, 2, 0, 0, 0, time.UTC) // an hour after they are due
	for i, charge := range []int{1, 4, 9, 2} {
		at = at.Add(time.Minute) // the leases of the dead run out
		before.set(at)
		platform.kill(t, charge, i%2 == 0, victimFolder+"="+folder, victimKey+"="+master.Encode(), victimBank+"="+server.URL,
			victimAt+"="+strconv.FormatInt(at.UnixMilli(), 10))
	}
	charged := len(platform.Moves())
	if charged < len(mandates)+10 || charged == 2*len(mandates) {
		t.Fatalf("%d charges when the last victim died: that was not in the middle", charged)
	}
	after := &kakaoKit{kitIn(t, folder, sqlite.Options{Unflushed: true}, master, server.URL), platform.KakaoPay}
	after.set(at)
	platform.Now = after.now
	for range 20 {
		after.pass(2 * time.Minute)
		after.work()
	}
	for _, m := range mandates {
		after.takenOnce(after.want(m.ID, mandate.Active, 2))
	}
	if moves := platform.Moves(); len(moves) != 2*len(mandates) {
		t.Errorf("KakaoPay has moved money %d times for %d mandates and two months", len(moves), len(mandates))
	}
	if totals, err := after.Totals(context.Background(), account); err != nil || totals.States[mandate.Active] != int64(len(mandates)) {
		t.Errorf("the numbers tell of %+v, %v", totals.States, err)
	}
}
