package rest_test

import (
	"plaza/account"
	"plaza/money"
	"plaza/shop/pay"
)

// differs makes the books differ from yesterday's bill: the name of the
// difference, and the day.
func (k *kit) differs(in account.Account) (difference, day string) {
	k.t.Helper()
	tradeNo := in.ID + "01"
	k.agency.Lines = []pay.BillLine{{TradeNo: tradeNo, ProviderRef: secretOfOthers, Amount: money.Of(700, in.Currency), Fee: money.Of(1, in.Currency), At: k.clock.now()}}
	must(k.t, k.books.Enrol(k.t.Context()))
	must(k.t, k.books.Work(k.t.Context()))
	k.agency.Lines = nil
	return "agency:" + tradeNo, k.clock.now().AddDate(0, 0, -1).Format("2006-01-02")
}
