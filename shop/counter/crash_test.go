package counter_test

import (
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/counter"
	"plaza/shop/pay"
)

// TestACrashWhileACustomerPaysByACodeTakesTheirMoneyOnceOrNot kills the process
// after every number of writes between the scan and the receipt, and once more
// while what it has left is gone on with. The customer's phone asks again with the
// same key, or never.
func TestACrashWhileACustomerPaysByACodeTakesTheirMoneyOnceOrNot(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{true, false} {
		for writes, crashed := 0, true; crashed; writes++ {
			k := open(t)
			code := k.makeCode(t, 300)
			if err := k.wallet.Grant(t.Context(), ann(), "g", money.Of(1000, "CNY")); err != nil {
				t.Fatal(err)
			}
			scan := func() (pay.Payment, error) {
				payment, err := k.PayCode(t.Context(), code, counter.SelfRequest{Payer: ann(), Key: "k"})
				if err == nil {
					payment, err = k.Payments.Confirm(t.Context(), account, payment.TradeNo, nil)
				}
				return payment, err
			}
			k.plug.CrashAfter(writes, writes%2 == 0)
			_, _ = scan()
			crashed = k.plug.Restart()
			k.at.Add(time.Minute.Milliseconds()) // the leases of the dead run out
			k.plug.CrashAfter(writes%5, writes%3 == 0)
			k.goOn(t)
			k.plug.Restart()
			k.at.Add(time.Minute.Milliseconds())
			if again {
				if payment, err := scan(); err != nil || payment.State != pay.Paid {
					t.Fatalf("after %d writes, asked again: %s, %v", writes, payment.State, err)
				}
			}
			for range 3 {
				k.at.Add((17 * time.Minute).Milliseconds())
				k.goOn(t)
			}
			k.verify(t, again, writes)
		}
	}
}

// goOn lets the workers go on with what there is; what fails is tried again.
func (k *kit) goOn(t *testing.T) {
	t.Helper()
	_, _ = k.ledger.Recover(t.Context())
	_, _ = k.Payments.Recover(t.Context())
	_ = k.Recover(t.Context())
}

// verify checks that the sale, the money and what the customer was told say the
// same.
func (k *kit) verify(t *testing.T, paid bool, writes int) {
	t.Helper()
	balance, err := k.wallet.Balance(t.Context(), ann(), "CNY")
	if err != nil {
		t.Fatal(err)
	}
	sales, _, err := k.List(t.Context(), account, 10, "")
	if err != nil || len(sales) > 1 {
		t.Fatalf("after %d writes there are %d sales, %v", writes, len(sales), err)
	}
	state, left, receipts := counter.Cancelled, int64(1000), 0 // or never begun
	if len(sales) == 1 {
		if state = sales[0].State; sales[0].Due != nil {
			t.Errorf("after %d writes something is left to do: %+v", writes, sales[0])
		}
	}
	if state == counter.Paid {
		left, receipts = 700, 1
	}
	if state != counter.Paid && (paid || state != counter.Cancelled) || balance.Minor != left || len(k.heard) != receipts {
		t.Errorf("after %d writes the sale is %s, they have %s and heard %v", writes, state, balance, k.heard)
	}
	if err := k.ledger.Audit(t.Context(), account); err != nil {
		t.Errorf("after %d writes: %v", writes, err)
	}
}
