package money

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/bojanz/currency"
)

// intl.json is written by testdata/intl.mjs.
func TestAmountsAreWrittenAsICUWritesThem(t *testing.T) {
	data, err := os.ReadFile("testdata/intl.json")
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Amounts []struct {
			Language, Currency, Text string
			Minor                    int64
		}
	}
	if err := json.Unmarshal(data, &known); err != nil {
		t.Fatal(err)
	}
	compared := map[string]bool{}
	for _, want := range known.Amounts {
		if want.Currency == "PHP" && want.Language != "en" {
			continue // "₱" is what readers of all three know; ICU writes "PHP" in Chinese and Korean
		}
		compared[want.Currency+want.Language] = true
		if got := Of(want.Minor, want.Currency).In(want.Language); got != want.Text {
			t.Errorf("%d %s in %s is %q, not %q", want.Minor, want.Currency, want.Language, got, want.Text)
		}
	}
	if missing := 3*len(digits) - 2 - len(compared); missing != 0 {
		t.Errorf("%d currencies were compared with nothing", missing)
	}
}

func TestDecimalsAreThoseOfISO4217(t *testing.T) {
	for code, places := range digits {
		if known, ok := currency.GetDigits(code); !ok || int(known) != places {
			t.Errorf("%s has %d decimals, not %d", code, known, places)
		}
	}
}

func TestAnyOtherLanguageIsWrittenAsEnglishAndNoCurrencyBreaksNothing(t *testing.T) {
	for want, got := range map[string]string{
		"CN¥12.50":   Of(1250, "CNY").In("fr"),
		"0 ":         Amount{}.In("zh"),
		"12 XXX":     Of(12, "XXX").In("ko"),
		"-12.50 CNY": Of(-1250, "CNY").String(),
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func BenchmarkIn(b *testing.B) {
	amount := Of(1234567, "CNY")
	for b.Loop() {
		_ = amount.In("zh")
	}
}
