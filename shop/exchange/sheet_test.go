package exchange_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/exchange"
)

// friday is the bank's own file of 28 June 2024, from 16:00 of that day to
// 16:00 of the Monday after.
func friday(t testing.TB) string {
	t.Helper()
	content, err := os.ReadFile("testdata/eurofxref-daily.xml")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

var weekend = time.Date(2024, 6, 30, 12, 0, 0, 0, time.UTC)

func TestTheBanksSheetIsReadAndCrossed(t *testing.T) {
	sheet, err := exchange.ReadSheet(strings.NewReader(friday(t)), weekend)
	if err != nil || sheet.Day != "2024-06-28" || sheet.Rates["KRW"] != "1474.86" || sheet.Rates["BGN"] != "" {
		t.Fatalf("%+v, %v", sheet, err)
	}
	for _, test := range []struct{ from, to, want string }{
		{"EUR", "CNY", "7.7748"},
		{"CNY", "KRW", "189.6975"},     // 1474.86 / 7.7748 = 189.69748...
		{"KRW", "CNY", "0.005271551"},  // 7.7748 / 1474.86 = 0.00527155120...
		{"IDR", "GBP", "0.0000483999"}, // 0.84638 / 17487.21 = 0.00004839994...
		{"CNY", "EUR", "0.1286207"},    // 1 / 7.7748 = 0.12862067...
		{"GBP", "IDR", "20661.18"},     // 17487.21 / 0.84638 = 20661.1805...
	} {
		got := ""
		for _, rate := range sheet.From(test.from) {
			if rate.To == test.to {
				got = rate.Value
			}
			if rate.Source != exchange.ECB || rate.Day != "2024-06-28" || rate.Check() != nil {
				t.Errorf("%+v", rate)
			}
		}
		if got != test.want {
			t.Errorf("1 %s = %s %s, not %s", test.from, got, test.to, test.want)
		}
	}
	if rates := sheet.From("TWD"); rates != nil {
		t.Errorf("the bank has no Taiwan dollar: %v", rates)
	}
}

func TestWhatIsNoSheetIsRefusedWhole(t *testing.T) {
	good := friday(t)
	change := func(old, new string) string {
		changed := strings.Replace(good, old, new, 1)
		if changed == good {
			t.Fatalf("nothing to change: %s", old)
		}
		return changed
	}
	for name, test := range map[string]struct {
		content string
		want    error
	}{
		"empty":            {"", exchange.ErrSheet},
		"a page of HTML":   {"<!DOCTYPE html><html><body>Maintenance</body></html>", exchange.ErrSheet},
		"cut off":          {good[:len(good)/2], exchange.ErrSheet},
		"another document": {change("http://www.gesmes.org/xml/2002-08-01", "http://other.example"), exchange.ErrSheet},
		"other cubes":      {change("http://www.ecb.int/vocabulary/2002-08-01/eurofxref", "http://other.example"), exchange.ErrSheet},
		"no day":           {change("time='2024-06-28'", ""), exchange.ErrSheet},
		"another calendar": {change("2024-06-28", "28.06.2024"), exchange.ErrSheet},
		"no such day":      {change("2024-06-28", "2024-06-31"), exchange.ErrSheet},
		"a day to come":    {change("2024-06-28", "2024-07-02"), exchange.ErrSheetDay},
		"two days":         {change("</Cube>\n\t</Cube>", "</Cube><Cube time='2024-06-27'><Cube currency='CNY' rate='7.7'/></Cube>\n\t</Cube>"), exchange.ErrSheet},
		"nothing":          {change("rate='7.7748'", "rate='0'"), exchange.ErrSheet},
		"less than that":   {change("rate='7.7748'", "rate='-7.7748'"), exchange.ErrSheet},
		"no number":        {change("rate='7.7748'", "rate='N/A'"), exchange.ErrSheet},
		"a comma":          {change("rate='7.7748'", "rate='7,7748'"), exchange.ErrSheet},
		"powers":           {change("rate='7.7748'", "rate='1e300'"), exchange.ErrSheet},
		"twice":            {change("currency='KRW'", "currency='CNY'"), exchange.ErrSheet},
		"huge":             {strings.Replace(good, "<Cube>", "<Cube>"+strings.Repeat(" ", exchange.MaxSheet), 1), exchange.ErrSheet},
	} {
		if sheet, err := exchange.ReadSheet(strings.NewReader(test.content), weekend); !errors.Is(err, test.want) {
			t.Errorf("%s: %+v, %v", name, sheet, err)
		}
	}
}

func FuzzReadSheet(f *testing.F) {
	f.Add([]byte(friday(f)))
	f.Add([]byte("<Envelope/>"))
	f.Add([]byte(`<g:Envelope xmlns:g="http://www.gesmes.org/xml/2002-08-01"><Cube xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube time="2024-06-28"><Cube currency="KRW" rate="0.0000000001"/><Cube currency="CNY" rate="999999999"/></Cube></Cube></g:Envelope>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		sheet, err := exchange.ReadSheet(bytes.NewReader(content), weekend)
		if err != nil {
			if sheet.Day != "" {
				t.Fatalf("%+v with %v", sheet, err)
			}
			return
		}
		for _, from := range money.Currencies() {
			for _, rate := range sheet.From(from) {
				if err := rate.Check(); err != nil || rate.From != from {
					t.Fatalf("%+v: %v", rate, err)
				}
			}
		}
	})
}
