package money_test

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"plaza/money"
)

func TestAmountsAreConvertedToTheNearestUnit(t *testing.T) {
	for _, c := range []struct {
		amount money.Amount
		to     string
		value  string
		want   money.Amount
	}{
		{money.Of(2500, "CNY"), "KRW", "190.52", money.Of(4763, "KRW")},
		{money.Of(10_000, "KRW"), "CNY", "0.0052488", money.Of(5249, "CNY")},
		{money.Of(1, "KRW"), "CNY", "0.005", money.Of(1, "CNY")}, // half a fen is one
		{money.Of(1, "KRW"), "CNY", "0.0049", money.Of(0, "CNY")},
		{money.Of(100, "USD"), "KWD", "0.3071", money.Of(307, "KWD")},
		{money.Of(-2500, "CNY"), "KRW", "190.52", money.Of(-4763, "KRW")},
	} {
		rate := money.Rate{From: c.amount.Currency, To: c.to, Value: c.value, Day: "2026-11-28", Source: "Kim"}
		if got, err := rate.Convert(c.amount); err != nil || got != c.want {
			t.Errorf("%v at %s is %v, %v; not %v", c.amount, c.value, got, err, c.want)
		}
	}
}

func TestWhatIsNoRateConvertsNothing(t *testing.T) {
	good := money.Rate{From: "CNY", To: "KRW", Value: "190.52", Day: "2026-11-28"}
	for name, c := range map[string]struct {
		change func(*money.Rate)
		want   error
	}{
		"nothing":          {func(r *money.Rate) { r.Value = "0.000" }, money.ErrRate},
		"negative":         {func(r *money.Rate) { r.Value = "-1" }, money.ErrRate},
		"an exponent":      {func(r *money.Rate) { r.Value = "1e9" }, money.ErrRate},
		"a fraction":       {func(r *money.Rate) { r.Value = "1/3" }, money.ErrRate},
		"no day":           {func(r *money.Rate) { r.Day = "yesterday" }, money.ErrRateDay},
		"to itself":        {func(r *money.Rate) { r.To = "CNY" }, money.ErrCurrency},
		"unknown":          {func(r *money.Rate) { r.To = "XXX" }, money.ErrCurrency},
		"another currency": {func(r *money.Rate) { r.From = "USD" }, money.ErrRateOf},
	} {
		rate := good
		c.change(&rate)
		if _, err := rate.Convert(money.Of(100, "CNY")); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, not %v", name, err, c.want)
		}
	}
	if _, err := good.Convert(money.Of(money.Limit, "CNY")); !errors.Is(err, money.ErrTooMuch) {
		t.Errorf("too much: %v", err)
	}
}

func TestConversionIsNeverMoreThanHalfAUnitOff(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		minor := rapid.Int64Range(0, 1_000_000_000).Draw(t, "minor")
		value := rapid.StringMatching(`[0-9]{1,3}\.[0-9]{1,6}`).Draw(t, "value")
		rate := money.Rate{From: "CNY", To: "KRW", Value: value, Day: "2026-11-28"}
		got, err := rate.Convert(money.Of(minor, "CNY"))
		if err != nil {
			if errors.Is(err, money.ErrRate) {
				return // it was nought
			}
			t.Fatal(err)
		}
		exact, _ := new(big.Rat).SetString(value)
		exact.Mul(exact, big.NewRat(minor, 100))
		off := exact.Sub(exact, new(big.Rat).SetInt64(got.Minor))
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Fatalf("off by %s", off)
		}
	})
}

func TestThePartOfAllIsAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := money.Of(rapid.Int64Range(1, 1_000_000_000).Draw(t, "whole"), "KRW")
		total := rapid.Int64Range(1, 1_000_000_000).Draw(t, "total")
		before := int64(0)
		for part := int64(0); part < total; {
			part = min(total, part+rapid.Int64Range(max(1, total/7), total).Draw(t, "step"))
			share, err := whole.Part(part, total)
			if err != nil || share.Minor < before || share.Minor > whole.Minor || (part == total && share != whole) {
				t.Fatalf("%d of %d of %v is %v, %v", part, total, whole, share, err)
			}
			before = share.Minor
		}
	})
}
