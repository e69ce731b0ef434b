package tax

import (
	"errors"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"plaza/money"
)

func TestRatesAreReadAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]Rate{"10": 1000, "5.5": 550, "13%": 1300, " 8.25 ％": 825, "0": 0, "100": 10000, "6.": 600} {
		if got, err := ParseRate(text); err != nil || got != want {
			t.Errorf("%q is read as %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "-1", "100.01", "101", "1.234", "ten", ".5", "1e2", "1,5", "99999"} {
		if _, err := ParseRate(text); !errors.Is(err, ErrRate) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestTheTaxInAPrice(t *testing.T) {
	for _, test := range []struct {
		rate       Rate
		gross, tax int64
	}{
		{1000, 11000, 1000}, // Korea: 11,000 won are 10,000 and 1,000
		{1300, 11300, 1300}, // China: 13 %
		{600, 10000, 566},   // 566.04
		{1000, 15, 1},       // 1.36
		{1000, 17, 2},       // 1.55
		{2000, 3, 1},        // exactly one half rounds up
		{0, 500, 0},
		{10000, 1, 1}, // one half again
		{1000, 0, 0},
	} {
		if got := test.rate.Included(test.gross); got != test.tax {
			t.Errorf("%s of %d: %d, want %d", test.rate, test.gross, got, test.tax)
		}
	}
}

// TestRoundingIsExact holds the integer arithmetic against fractions.
func TestRoundingIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := Rate(rapid.Int64Range(0, 10000).Draw(t, "rate"))
		gross := rapid.Int64Range(0, money.Limit).Draw(t, "gross")
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(gross), big.NewInt(int64(rate))), big.NewInt(10000+int64(rate)))
		off := new(big.Rat).Sub(new(big.Rat).SetInt64(rate.Included(gross)), exact)
		half := big.NewRat(1, 2)
		if off.Cmp(half) > 0 || off.Cmp(new(big.Rat).Neg(half)) <= 0 {
			t.Fatalf("%s of %d is %d, exactly %s", rate, gross, rate.Included(gross), exact.FloatString(4))
		}
	})
}

func TestWhatIsLeftAfterARefundAddsUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := rapid.SliceOfNDistinct(rapid.Int64Range(0, 10000), 0, 4, rapid.ID).Draw(t, "rates")
		var parts []Part
		total := rapid.Int64Range(0, 1e9).Draw(t, "untaxed")
		untaxed := total
		for _, each := range rates {
			rate := Rate(each)
			part := Part{&rate, rapid.Int64Range(0, 1e9).Draw(t, "gross")}
			parts, total = append(parts, part), total+part.Gross
		}
		kept := rapid.Int64Range(0, total).Draw(t, "kept")
		var sum int64
		lines := Lines("CNY", parts)
		for i, line := range Left(lines, total, kept) {
			sum += line.Gross.Minor
			if line.Tax.Minor < 0 || line.Tax.Minor > line.Gross.Minor || line.Gross.Minor > lines[i].Gross.Minor || line.Net().Minor+line.Tax.Minor != line.Gross.Minor {
				t.Fatalf("%+v of %+v", line, lines[i])
			}
		}
		if rest := kept - sum; rest < 0 || rest > untaxed || (len(lines) > 0 && kept == total && rest != untaxed) {
			t.Fatalf("%d of %d kept, %d of it taxed", kept, total, sum)
		}
	})
}
