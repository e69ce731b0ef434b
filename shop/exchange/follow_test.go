package exchange_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/exchange"
	"plaza/store/storetest"
)

// bank gives out what it is told to, and counts.
type bank struct {
	content string
	err     error
	asked   atomic.Int32
}

func (b *bank) Sheet(context.Context) ([]byte, error) {
	b.asked.Add(1)
	return []byte(b.content), b.err
}

func following(t *testing.T) (*exchange.Service, *bank, *time.Time) {
	t.Helper()
	now := time.Date(2024, 6, 28, 15, 0, 0, 0, time.UTC)
	b := &bank{content: friday(t)}
	return exchange.New(exchange.Dependencies{DB: storetest.Open(t, exchange.Schemas()...), Zones: seoul{}, Source: b, Now: func() time.Time { return now }}), b, &now
}

func want(t *testing.T, s *exchange.Service, one string, days int) {
	t.Helper()
	if err := s.SetRules(t.Context(), exchange.Rules{Account: one, Published: true, Currency: "CNY", Days: days}); err != nil {
		t.Fatal(err)
	}
}

func follow(t *testing.T, s *exchange.Service) {
	t.Helper()
	if err := s.Follow(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// krw is what a yuan is worth in won now; empty: no rate may be used.
func krw(t *testing.T, s *exchange.Service, of string) money.Rate {
	t.Helper()
	found, err := s.Into(t.Context(), of, "CNY")
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range found {
		if rate.To == "KRW" {
			return rate
		}
	}
	return money.Rate{}
}

func TestPublishedRatesGoToThoseWhoWantThem(t *testing.T) {
	s, b, now := following(t)
	follow(t, s)
	if b.asked.Load() != 0 {
		t.Error("the bank was asked for nobody")
	}
	want(t, s, account, 7)
	follow(t, s)
	if got := krw(t, s, account); got.Value != "189.6975" || got.Day != "2024-06-28" || got.Source != exchange.ECB {
		t.Errorf("%+v", got)
	}
	if got := krw(t, s, "01OTHER"); got.Value != "" {
		t.Errorf("who wants none has %+v", got)
	}
	want(t, s, "01LATER", 7) // has today's at once
	if got := krw(t, s, "01LATER"); got.Value != "189.6975" || b.asked.Load() != 1 {
		t.Errorf("%+v after %d calls", got, b.asked.Load())
	}
	follow(t, s)
	*now = now.Add(time.Hour)
	follow(t, s)
	if b.asked.Load() != 2 {
		t.Errorf("asked %d times in an hour", b.asked.Load())
	}
	b.content = strings.NewReplacer("2024-06-28", "2024-07-01", "7.7748", "7.8000").Replace(b.content)
	*now = now.AddDate(0, 0, 3)
	follow(t, s)
	if got := krw(t, s, account); got.Day != "2024-07-01" || got.Value != "189.0846" {
		t.Errorf("the new sheet: %+v", got)
	}
	if kept, _, err := s.List(t.Context(), account, 100, ""); err != nil || kept[len(kept)-1].Day != "2024-06-28" {
		t.Errorf("rates of days before are gone: %d, %v", len(kept), err)
	}
	b.content = friday(t) // an old copy on the way
	*now = now.Add(time.Hour)
	follow(t, s)
	if got := krw(t, s, account); got.Day != "2024-07-01" {
		t.Errorf("an older sheet took the newer one's place: %+v", got)
	}
}

func TestWhatAMemberSaysStands(t *testing.T) {
	s, _, now := following(t)
	typed := money.Rate{From: "CNY", To: "KRW", Value: "200", Day: "2024-06-28", Source: "Kim"}
	if _, err := s.Set(t.Context(), account, typed); err != nil {
		t.Fatal(err)
	}
	want(t, s, account, 7)
	follow(t, s)
	if got := krw(t, s, account); got != typed {
		t.Errorf("the bank's word counts for more: %+v", got)
	}
	if err := s.Remove(t.Context(), account, "CNY", "USD", "2024-06-28"); err != nil {
		t.Fatal(err)
	}
	*now = now.Add(2 * time.Hour)
	follow(t, s)
	if err := s.Remove(t.Context(), account, "CNY", "USD", "2024-06-28"); !errors.Is(err, exchange.ErrNoRate) {
		t.Errorf("a deleted rate came back: %v", err)
	}
	if err := s.SetRules(t.Context(), exchange.Rules{Account: account, Days: 8}); !errors.Is(err, exchange.ErrDays) {
		t.Errorf("8 days: %v", err)
	}
}

func TestOldRatesAreUsedAsLongAsTheAccountAllows(t *testing.T) {
	s, b, now := following(t)
	want(t, s, account, 3)
	follow(t, s)
	b.err = errors.New("no route to host")
	*now = time.Date(2024, 7, 1, 10, 0, 0, 0, time.UTC) // three days after, as over a weekend
	if err := s.Follow(t.Context()); !errors.Is(err, b.err) {
		t.Errorf("%v", err)
	}
	if standing, err := s.Published(t.Context()); err != nil || !standing.Failing || standing.Day != "2024-06-28" {
		t.Errorf("%+v, %v", standing, err)
	}
	if got := krw(t, s, account); got.Value != "189.6975" {
		t.Errorf("after a weekend: %+v", got)
	}
	*now = now.AddDate(0, 0, 1)
	if got := krw(t, s, account); got.Value != "" {
		t.Errorf("a rate of four days ago is used: %+v", got)
	}
	if stale, err := s.Stale(t.Context(), account, "CNY"); err != nil || len(stale) == 0 || stale[0].Day != "2024-06-28" {
		t.Errorf("%v, %v", stale, err)
	}
	b.err, b.content = nil, "<html/>"
	if err := s.Follow(t.Context()); !errors.Is(err, exchange.ErrSheet) {
		t.Errorf("a page in place of the sheet: %v", err)
	}
	before := b.asked.Load()
	b.content = strings.Replace(friday(t), "2024-06-28", "2024-07-01", 1)
	follow(t, s)
	if b.asked.Load() != before {
		t.Error("a failure was tried again at once")
	}
	*now = now.Add(10 * time.Minute)
	follow(t, s)
	if got := krw(t, s, account); got.Day != "2024-07-01" {
		t.Errorf("after it works again: %+v", got)
	}
	if standing, err := s.Published(t.Context()); err != nil || standing.Failing {
		t.Errorf("%+v, %v", standing, err)
	}
}

func TestManyNodesAskTheBankOnce(t *testing.T) {
	s, b, _ := following(t)
	want(t, s, account, 7)
	var nodes sync.WaitGroup
	for range 20 {
		nodes.Go(func() {
			if err := s.Follow(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	nodes.Wait()
	if b.asked.Load() != 1 {
		t.Errorf("asked %d times", b.asked.Load())
	}
}
