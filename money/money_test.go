package money

import (
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestTheSmallestAmountHasItsDigits(t *testing.T) {
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
