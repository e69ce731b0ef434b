package console_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"plaza/account"
	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/shop/mandate"
	"plaza/shop/mandate/mandatetest"
)

// mandate is a plan, and a mandate that somebody has agreed to and paid first.
func (k *kit) mandate(in account.Account, person message.Person, name string) (mandate.Plan, mandate.Mandate) {
	k.t.Helper()
	return mandatetest.World{Mandates: k.mandates, Payments: k.shop.Payments, Wallet: k.wallet}.Agreed(k.t, person, in.Currency, name)
}

func TestAMemberSeesAMandateAndEndsIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	plan, agreed := k.mandate(corner, k.subscriber(corner, "v1", "Ada", "hi"), "Tea Club")
	b := k.as(owner)
	b.get("/console/corner/plans").want(t, http.StatusOK, "Tea Club", "CN¥30.00")
	b.get("/console/corner/plans/"+plan.ID).want(t, http.StatusOK, "Tea Club")
	b.get("/console/corner").want(t, http.StatusOK, "Ada, “Tea Club”: Active")
	b.get("/console/corner/mandates").want(t, http.StatusOK, "Ada")
	page := "/console/corner/mandates/" + agreed.ID
	b.get(page).want(t, http.StatusOK, "Ada", "Tea Club", "CN¥30.00")
	k.as(k.with(corner, account.Viewer)).post(page+"/cancel").want(t, http.StatusForbidden)
	b.post(page+"/cancel", "ending", string(mandate.AtPeriodEnd)).want(t, http.StatusSeeOther)
	now, err := k.mandates.Mandate(t.Context(), corner.ID, agreed.ID)
	if must(t, err); now.State == mandate.Active {
		t.Errorf("it is still %s", now.State)
	}
	b.get("/console/corner").want(t, http.StatusOK, "Ada, “Tea Club”: Cancelled, runs out (Cancelled by a member)")
	paid, err := json.Marshal(map[string]any{"id": agreed.ID, "state": now.State, "name": "Ada", "title": "Tea Club", "paid": money.Of(3000, "CNY")})
	must(t, err)
	must(t, k.log.Append(t.Context(), live.Event{Account: corner.ID, Topics: []string{"overview"}, Kind: "mandate.changed", Data: paid}))
	b.get("/console/corner").want(t, http.StatusOK, "Ada has paid CN¥30.00 for “Tea Club”")
	b.post("/console/corner/plans/"+plan.ID+"/turn", "state", "retired").want(t, http.StatusSeeOther)
}
