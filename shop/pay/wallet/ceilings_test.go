package wallet_test

import (
	"testing"

	"plaza/money"
	"plaza/shop/pay/wallet"
)

// FuzzReadCeilings: whatever an operator writes is refused, or is a ceiling under
// which the limits of an account that has changed nothing can be saved as they are.
func FuzzReadCeilings(f *testing.F) {
	for _, text := range []string{"CNY=1000/5000", " KRW=500000/2000000", "EUR=100/150.50", "USD=0.01/0.01", "CNY=1", "=/", "CNY=2/1", "XXX=1/2",
		"CNY=1/2/3", "CNY=90000000000000/90000000000000", "JPY=9223372036854775807/9223372036854775807", "CNY=-1/２"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		read, err := wallet.ReadCeilings([]string{text})
		if err != nil {
			return
		}
		changed := 0
		for currency, both := range read {
			if lawful, known := wallet.LawfulCeilings()[currency]; known && lawful == both {
				continue
			}
			changed++
			if !money.Known(currency) || both[0] <= 0 || both[1] < both[0] {
				t.Errorf("%q was read as %v of %q", text, both, currency)
			}
			for _, level := range wallet.Levels() {
				limits, most := read.LimitsOf(level, currency), read.MostOf(level, currency)
				for _, name := range wallet.LimitNames() {
					if value := *limits.Named(name); value < 0 || value > *most.Named(name) {
						t.Errorf("%q: %v's %s is %d of at most %d", text, level, name, value, *most.Named(name))
					}
				}
			}
		}
		if changed > 1 {
			t.Errorf("%q changed %d currencies", text, changed)
		}
	})
}
