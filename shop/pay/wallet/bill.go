package wallet

import (
	"context"
	"strings"
	"time"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
)

var _ pay.Billing = (*Wallet)(nil)

// Bills: the wallet's bill is the ledger itself, a day of the account's own.
func (w *Wallet) Bills() pay.BillTimes {
	return pay.BillTimes{Out: "20 0 * * *", Kept: 10 * 366 * 24 * time.Hour}
}

// Bill reads from the ledger what subscribers have paid out of their balances
// on a day, and what went back there.
func (w *Wallet) Bill(ctx context.Context, day pay.BillDay, each func(pay.BillLine) error) error {
	currencies, err := w.ledger.Currencies(ctx, day.Account, ledger.Sales)
	if err != nil {
		return err
	}
	for _, currency := range currencies {
		for transfer, err := range w.ledger.Between(ctx, day.Account, currency, ledger.Sales, day.From, day.To) {
			if err != nil {
				return err
			}
			line, booked := billLine(transfer)
			if !booked {
				continue
			}
			if err := each(line); err != nil {
				return err
			}
		}
	}
	return nil
}

// billLine is a transfer as a line of the bill; false for what is no payment
// and no refund, or has not moved.
func billLine(transfer ledger.Transfer) (pay.BillLine, bool) {
	kind, number, _ := strings.Cut(transfer.Key(), ":")
	line := pay.BillLine{TradeNo: number, ProviderRef: transfer.Mark, Amount: money.Of(transfer.Of(ledger.Sales), transfer.Currency),
		Fee: money.Of(0, transfer.Currency), At: transfer.At}
	if kind == "refund" {
		line.TradeNo, line.RefundNo, _ = strings.Cut(number, ":")
		line.Amount = line.Amount.Negative()
	}
	return line, transfer.State == ledger.Posted && (kind == "pay" || kind == "refund")
}
