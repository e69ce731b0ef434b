package rest_test

import (
	"plaza/account"
	"plaza/message"
	"plaza/money"
	"plaza/shop/request"
)

// asked is money that somebody was asked for.
func (k *kit) asked(in account.Account, person message.Person) request.Request {
	k.t.Helper()
	asked, err := k.requests.Ask(k.t.Context(), person, "asked", money.Of(250, in.Currency), secretOfOthers, secretOfOthers)
	must(k.t, err)
	return asked
}
