package money

import (
	"errors"
	"testing"

	"plaza/fault"
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
		{"¥12.50", "CNY", 1250, nil},
		{"￥１２．５", "CNY", 1250, nil},
		{"12。5元", "CNY", 1250, nil},
		{"CN¥ 1,250.00", "CNY", 125000, nil},
		{"cny 12", "CNY", 1200, nil},
		{"12,000원", "KRW", 12000, nil},
		{"￦12,000", "KRW", 12000, nil},
		{"1 234 567", "KRW", 1234567, nil},
		{"THB\u00a0999.00", "THB", 99900, nil},
		{"$12.50", "CNY", 0, ErrAmount},
		{"¥12", "KRW", 0, ErrAmount},
		{"¥¥12", "CNY", 0, ErrAmount},
		{"1만", "KRW", 0, ErrAmount},
		{"12,50", "CNY", 0, ErrComma},
		{"1234,567", "CNY", 0, ErrComma},
		{",500", "KRW", 0, ErrComma},
		{"1,,000", "KRW", 0, ErrComma},
		{"1,234,567,", "KRW", 0, ErrComma},
		{"1.2,5", "KWD", 0, ErrAmount},
		{".5", "USD", 50, nil},
		{"0", "CNY", 0, nil},
		{"12.505", "CNY", 0, ErrDecimals},
		{"3.5", "KRW", 0, ErrDecimals},
		{"-3", "CNY", 0, ErrNegative},
		{"-¥3", "CNY", 0, ErrNegative},
		{"¥-3", "CNY", 0, ErrNegative},
		{"－３", "CNY", 0, ErrNegative},
		{"", "CNY", 0, ErrAmount},
		{"abc", "CNY", 0, ErrAmount},
		{"1e9", "CNY", 0, ErrAmount},
		{"1.2.3", "CNY", 0, ErrAmount},
		{"99999999999999999999", "CNY", 0, ErrTooMuch},
		{"99999999999999", "CNY", 0, ErrTooMuch},
		{"1", "XXX", 0, ErrCurrency},
	} {
		got, err := Parse(test.text, test.currency)
		if !errors.Is(err, test.err) || (test.err == nil && (err != nil || got.Minor != test.minor)) {
			t.Errorf("Parse(%q, %s) = %v, %v; want %d, %v", test.text, test.currency, got, err, test.minor, test.err)
		}
	}
}

func TestARefusalGivesAnExampleInTheCurrency(t *testing.T) {
	for _, test := range []struct{ text, currency, want string }{
		{"abc", "KRW", "Please give the amount as a number, such as 12,500."},
		{"3.5", "KRW", "The amount has too many decimals. Please write it like 12,500."},
		{"12,50", "CNY", "A comma only sets thousands apart. Please write the amount like 12.50."},
		{"1.2345", "KWD", "The amount has too many decimals. Please write it like 12.500."},
	} {
		_, err := Parse(test.text, test.currency)
		refused, ok := errors.AsType[*fault.Error](err)
		if !ok || refused.Text != test.want || len(refused.Args) != 1 {
			t.Errorf("%s %s: %v", test.currency, test.text, err)
		}
	}
	if ErrAmount.Text != "Please give the amount as a number, such as 12.50." {
		t.Errorf("the fault itself was changed: %s", ErrAmount.Text)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"12.5", "-1", "１２．５", "1,2,3", "..", "9999999999999999999", "￥1,250.00", "12。5元", "12,000원", "-₩3", "1,50"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, currency := range []string{"CNY", "KRW", "KWD"} {
			amount, err := Parse(text, currency)
			if err != nil {
				continue
			}
			for _, written := range []string{amount.Decimal(), amount.In("en"), amount.In("zh"), amount.In("ko")} {
				again, err := Parse(written, currency)
				if err != nil || again != amount {
					t.Fatalf("%q -> %v -> %q -> %v, %v", text, amount, written, again, err)
				}
			}
		}
	})
}
