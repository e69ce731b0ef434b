package exchange_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/exchange"
	"plaza/store/storetest"
)

const account = "01SHOP"

type seoul struct{}

func (seoul) Zone(context.Context, string) (*time.Location, error) {
	return time.FixedZone("KST", 9*3600), nil
}

func open(t *testing.T, now *time.Time) *exchange.Service {
	t.Helper()
	db := storetest.Open(t, exchange.Schemas()...)
	return exchange.New(exchange.Dependencies{DB: db, Zones: seoul{}, Now: func() time.Time { return *now }})
}

func rate(to, value, day string) money.Rate {
	return money.Rate{From: "CNY", To: to, Value: value, Day: day, Source: "Kim"}
}

func TestTheLatestRateOfEachCurrencyIsUsedForAWeek(t *testing.T) {
	now := time.Date(2026, 11, 28, 3, 0, 0, 0, time.UTC)
	s := open(t, &now)
	for _, one := range []money.Rate{rate("KRW", "190.00", "2026-11-25"), rate("KRW", "190.52", "2026-11-27"), rate("USD", "0.14", "2026-11-21"),
		rate("KRW", "190.53", "2026-11-27"), {From: "USD", To: "KRW", Value: "1400", Day: "2026-11-28"}} {
		if _, err := s.Set(t.Context(), account, one); err != nil {
			t.Fatalf("%+v: %v", one, err)
		}
	}
	into := func() map[string]string {
		t.Helper()
		found, err := s.Into(t.Context(), account, "CNY")
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]string{}
		for _, one := range found {
			values[one.To] = one.Value
		}
		return values
	}
	if got := into(); len(got) != 2 || got["KRW"] != "190.53" || got["USD"] != "0.14" {
		t.Errorf("%v", got)
	}
	if lapsed, err := s.Lapsed(t.Context(), account, "CNY"); err != nil || len(lapsed) != 0 {
		t.Errorf("too old already: %v, %v", lapsed, err)
	}
	now = now.AddDate(0, 0, 1)
	if got := into(); len(got) != 1 || got["KRW"] != "190.53" {
		t.Errorf("a day later: %v", got)
	}
	if lapsed, err := s.Lapsed(t.Context(), account, "CNY"); err != nil || len(lapsed) != 1 || lapsed[0].To != "USD" {
		t.Errorf("too old: %v, %v", lapsed, err)
	}
	if err := s.Remove(t.Context(), account, "CNY", "KRW", "2026-11-27"); err != nil {
		t.Fatal(err)
	}
	if got := into(); got["KRW"] != "190.00" {
		t.Errorf("after a rate was taken back: %v", got)
	}
	if err := s.Remove(t.Context(), account, "CNY", "KRW", "2026-11-27"); !errors.Is(err, exchange.ErrNoRate) {
		t.Errorf("taken back twice: %v", err)
	}
	if found, err := s.Into(t.Context(), "01OTHER", "CNY"); err != nil || len(found) != 0 {
		t.Errorf("another account: %v, %v", found, err)
	}
}

func TestARateHasADayThatHasBeenAndIsNotLongAgo(t *testing.T) {
	now := time.Date(2026, 11, 28, 16, 0, 0, 0, time.UTC) // the 29th in Seoul
	s := open(t, &now)
	for day, want := range map[string]error{"2026-11-29": nil, "2026-11-30": exchange.ErrFuture, "2026-11-22": nil, "2026-11-21": exchange.ErrOld, "29.11.2026": money.ErrRateDay} {
		if _, err := s.Set(t.Context(), account, rate("KRW", "190", day)); !errors.Is(err, want) {
			t.Errorf("%s: %v, not %v", day, err, want)
		}
	}
	if made, err := s.Set(t.Context(), account, rate("KRW", " 190.1 ", "")); err != nil || made.Day != "2026-11-29" || made.Value != "190.1" {
		t.Errorf("today: %+v, %v", made, err)
	}
}
