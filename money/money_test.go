package money

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestPeopleTypeAmountsInManyWays(t *testing.T) {
	for _, test := range []struct {
		text, currency string
		minor          int64
		err            error
	}{
		{"12.5", "CNY", 1250, nil},
		{"12.50", "CNY", 1250, nil},
		{" 1,234 ", "KRW", 1234, nil},
		{"３０", "KRW", 30, nil},
		{"1,234,567.8", "CNY", 123456780, nil},
		{"１，２３４", "KRW", 1234, nil},
		{"12,50", "CNY", 0, ErrAmount},
		{"1234,567", "CNY", 0, ErrAmount},
		{",500", "KRW", 0, ErrAmount},
		{"1,,000", "KRW", 0, ErrAmount},
		{"1.2,5", "KWD", 0, ErrAmount},
		{".5", "USD", 50, nil},
		{"0", "CNY", 0, nil},
		{"12.505", "CNY", 0, ErrAmount},
		{"3.5", "KRW", 0, ErrAmount},
		{"-3", "CNY", 0, ErrNegative},
		{"", "CNY", 0, ErrAmount},
		{"abc", "CNY", 0, ErrAmount},
		{"1e9", "CNY", 0, ErrAmount},
		{"1.2.3", "CNY", 0, ErrAmount},
		{"99999999999999999999", "CNY", 0, ErrAmount},
		{"99999999999999", "CNY", 0, ErrTooMuch},
		{"1", "XXX", 0, ErrCurrency},
	} {
		got, err := Parse(test.text, test.currency)
		if !errors.Is(err, test.err) || (test.err == nil && (err != nil || got.Minor != test.minor)) {
			t.Errorf("Parse(%q, %s) = %v, %v; want %d, %v", test.text, test.currency, got, err, test.minor, test.err)
		}
	}
}

func TestAmountsAreShownAsPeopleWriteThem(t *testing.T) {
	for want, amount := range map[string]Amount{
		"¥12.50":     Of(1250, "CNY"),
		"₩3,000":     Of(3000, "KRW"),
		"-$0.05":     Of(-5, "USD"),
		"THB 999.00": Of(99900, "THB"),
		"¥1,000.00":  Of(100000, "CNY"),
	} {
		if got := amount.String(); got != want {
			t.Errorf("%#v is shown as %q, want %q", amount, got, want)
		}
	}
	if got := Of(math.MinInt64, "KRW").Decimal(); got != "-9223372036854775808" {
		t.Errorf("the smallest amount is shown as %s", got)
	}
}

func TestArithmeticNeverOverflows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := Of(rapid.Int64().Draw(t, "a"), "CNY"), Of(rapid.Int64().Draw(t, "b"), "CNY")
		sum, err := a.Plus(b)
		if err == nil && ((b.Minor >= 0) != (sum.Minor >= a.Minor)) {
			t.Fatalf("%d + %d = %d", a.Minor, b.Minor, sum.Minor)
		}
		count := rapid.IntRange(1, 1000).Draw(t, "count")
		product, err := a.Times(count)
		if err == nil && product.Minor/int64(count) != a.Minor {
			t.Fatalf("%d * %d = %d", a.Minor, count, product.Minor)
		}
	})
	if _, err := Of(1, "CNY").Plus(Of(1, "KRW")); !errors.Is(err, ErrMixed) {
		t.Errorf("adding fen to won: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"12.5", "-1", "１２．５", "1,2,3", "..", "9999999999999999999"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, currency := range []string{"CNY", "KRW", "KWD"} {
			amount, err := Parse(text, currency)
			if err != nil {
				continue
			}
			again, err := Parse(amount.Decimal(), currency)
			if err != nil || again != amount {
				t.Fatalf("%q -> %v -> %v, %v", text, amount, again, err)
			}
		}
	})
}
