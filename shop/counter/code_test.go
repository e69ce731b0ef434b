package counter_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/counter"
	"plaza/shop/pay"
	"plaza/shop/pay/emvco"
)

func (k *kit) makeCode(t *testing.T, amount int64) counter.Code {
	t.Helper()
	code, err := k.MakeCode(t.Context(), account, "Table 4", money.Of(amount, "CNY"), "Mei")
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func self(key string, amount int64) counter.SelfRequest {
	return counter.SelfRequest{Payer: ann(), Key: key, Amount: money.Of(amount, "CNY")}
}

func TestACustomerPaysByScanningTheShopsCode(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.code(t, 1000)
	code := k.makeCode(t, 0)
	found, err := k.Shown(t.Context(), strings.ToLower(code.Code))
	if err != nil || found.Label != "Table 4" {
		t.Fatalf("%+v, %v", found, err)
	}
	var group sync.WaitGroup
	for range 50 { // one impatient thumb
		group.Go(func() {
			payment, err := k.PayCode(t.Context(), found, self("k", 300))
			if err == nil {
				_, err = k.Payments.Confirm(t.Context(), account, payment.TradeNo, nil)
			}
			if err != nil && !errors.Is(err, pay.ErrOutcomeOpen) { // another of the fifty is at it
				t.Error(err)
			}
		})
	}
	group.Wait()
	if balance, err := k.wallet.Balance(t.Context(), ann(), "CNY"); err != nil || balance.Minor != 700 {
		t.Errorf("%v, %v", balance, err)
	}
	sales, _, err := k.List(t.Context(), account, 10, "")
	if err != nil || len(sales) != 1 || sales[0].State != counter.Paid || sales[0].Note != "Table 4" || sales[0].By != "" {
		t.Errorf("%+v, %v", sales, err)
	}
}

func TestWhatACodeAsksForIsNotThePayersToChange(t *testing.T) {
	t.Parallel()
	k := open(t)
	payment, err := k.PayCode(t.Context(), k.makeCode(t, 2500), self("k", 1))
	if err != nil || payment.Amount.Minor != 2500 {
		t.Errorf("%v, %v", payment.Amount, err)
	}
}

func TestASaleThatNobodyPaysEndsByItself(t *testing.T) {
	t.Parallel()
	k := open(t)
	k.code(t, 1000)
	code := k.makeCode(t, 0)
	payment, err := k.PayCode(t.Context(), code, self("k", 300))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		k.at.Add((17 * time.Minute).Milliseconds())
		if err := k.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if sale, err := k.Get(t.Context(), account, payment.Subject); err != nil || sale.State != counter.Cancelled || sale.Due != nil {
		t.Errorf("%+v, %v", sale, err)
	}
	if _, err := k.Payments.Confirm(t.Context(), account, payment.TradeNo, nil); err == nil {
		t.Error("a payment of a sale that is over went through")
	}
}

func TestARevokedCodeLeadsNowhere(t *testing.T) {
	t.Parallel()
	k := open(t)
	code := k.makeCode(t, 0)
	for range 2 {
		if revoked, err := k.RevokeCode(t.Context(), account, code.Code); err != nil || revoked.RevokedAt == nil {
			t.Fatalf("%+v, %v", revoked, err)
		}
	}
	for _, text := range []string{code.Code, "", "ABCDEFGHIJKLMNOP", strings.Repeat("A", 400), "' or 1=1 --    "} {
		if _, err := k.Shown(t.Context(), text); !errors.Is(err, counter.ErrNoCode) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatCantBePaidByACodeIsRefused(t *testing.T) {
	t.Parallel()
	k := open(t)
	code := k.makeCode(t, 0)
	for name, c := range map[string]struct {
		request counter.SelfRequest
		want    error
	}{
		"nothing":   {self("k", 0), counter.ErrNothing},
		"less":      {self("k", -5), money.ErrNegative},
		"too much":  {self("k", 1_000_001), counter.ErrSelfMuch},
		"no key":    {self("", 5), counter.ErrKey},
		"wide keys": {self("a:b", 5), counter.ErrKey},
	} {
		if _, err := k.PayCode(t.Context(), code, c.request); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.MakeCode(t.Context(), account, " ", money.Of(0, "CNY"), "Mei"); !errors.Is(err, counter.ErrLabel) {
		t.Errorf("without a name: %v", err)
	}
}

func TestAppsThatReadMerchantsCodesSeeTheShopAndTheAmount(t *testing.T) {
	t.Parallel()
	k := open(t)
	code := k.makeCode(t, 1250)
	merchant := counter.Merchant{Names: map[string]string{"en": "Corner Store", "zh": "街角便利店"}, Language: "zh", TimeZone: "Asia/Shanghai",
		Currency: "CNY", Link: "https://plaza.example/at/" + code.Code}
	text, err := code.Text(merchant)
	if err != nil {
		t.Fatal(err)
	}
	read, err := emvco.Parse(text)
	if err != nil || read.Name != "Corner Store" || read.Local == nil || read.Local.Name != "街角便利店" || read.Amount != "12.50" ||
		read.Currency != "156" || read.Country != "CN" || read.Domain != "example.plaza" || read.Account != merchant.Link {
		t.Errorf("%+v, %v", read, err)
	}
	for _, currency := range money.Currencies() {
		merchant.Currency = currency
		if _, err := code.Text(merchant); err != nil {
			t.Errorf("%s: %v", currency, err)
		}
	}
	merchant.Link = "https://" + strings.Repeat("long.", 12) + "example/at/" + code.Code
	if _, err := code.Text(merchant); err != nil {
		t.Errorf("a long address: %v", err)
	}
}
