package console_test

import (
	"net/http"
	"testing"

	"plaza/account"
	"plaza/message"
	"plaza/money"
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
)

// mandate is a plan, and a mandate that somebody has agreed to and paid first.
func (k *kit) mandate(in account.Account, person message.Person, name string) (mandate.Plan, mandate.Mandate) {
	k.t.Helper()
	ctx := k.t.Context()
	plan, err := k.mandates.SavePlan(ctx, in.ID, "", mandate.Terms{Name: name, Amount: money.Of(3000, in.Currency),
		Every: mandate.Interval{Unit: mandate.Month, Count: 1}, Remind: 3, Ending: mandate.AtPeriodEnd}, name)
	must(k.t, err)
	_, quote, err := k.mandates.Quote(ctx, in.ID, plan.ID)
	must(k.t, err)
	agreed, err := k.mandates.Agree(ctx, person, mandate.Yes{Plan: plan.ID, Given: true, Quote: quote.Key()})
	must(k.t, err)
	must(k.t, k.wallet.Grant(ctx, person, "grant-"+agreed.ID, plan.Terms.Amount))
	payment, err := k.mandates.Pay(ctx, person, agreed.ID, pay.Way{Provider: wallet.Name})
	must(k.t, err)
	_, err = k.shop.Payments.Confirm(ctx, in.ID, payment.TradeNo, nil)
	must(k.t, err)
	agreed, err = k.mandates.Mandate(ctx, in.ID, agreed.ID)
	must(k.t, err)
	return plan, agreed
}

func TestAMemberSeesAMandateAndEndsIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	plan, agreed := k.mandate(corner, k.subscriber(corner, "v1", "Ada", "hi"), "Tea Club")
	b := k.as(owner)
	b.get("/console/corner/plans").want(t, http.StatusOK, "Tea Club", "¥30.00")
	b.get("/console/corner/plans/"+plan.ID).want(t, http.StatusOK, "Tea Club")
	b.get("/console/corner/mandates").want(t, http.StatusOK, "Ada")
	page := "/console/corner/mandates/" + agreed.ID
	b.get(page).want(t, http.StatusOK, "Ada", "Tea Club", "¥30.00")
	k.as(k.with(corner, account.Viewer)).post(page+"/cancel").want(t, http.StatusForbidden)
	b.post(page+"/cancel", "ending", string(mandate.AtPeriodEnd)).want(t, http.StatusSeeOther)
	now, err := k.mandates.Mandate(t.Context(), corner.ID, agreed.ID)
	if must(t, err); now.State == mandate.Active {
		t.Errorf("it is still %s", now.State)
	}
	b.post("/console/corner/plans/"+plan.ID+"/turn", "state", "retired").want(t, http.StatusSeeOther)
}
