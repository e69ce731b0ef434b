package rest_test

import (
	"net/http"
	"testing"

	"plaza/account"
	"plaza/message"
	"plaza/money"
	"plaza/shop/mandate"
	"plaza/shop/mandate/mandatetest"
)

// mandate is a plan and somebody's mandate for it, paid from test money.
func (k *kit) mandate(in account.Account, person message.Person) (mandate.Plan, mandate.Mandate) {
	k.t.Helper()
	return mandatetest.World{Mandates: k.mandates, Payments: k.shop.Payments, Wallet: k.wallet}.Agreed(k.t, person, in.Currency, secretOfOthers)
}

func TestProgramsOfferPlansAndCancelMandates(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	terms := map[string]any{"name": "Tea Club", "amount": map[string]any{"minor": 3000, "currency": "CNY"},
		"every": map[string]any{"unit": "month", "count": 1, "anchor": 31}, "trial": 7, "remind": 3, "ending": "refund"}
	var plan mandate.Plan
	p.post("/plans", map[string]any{"terms": terms}).want(http.StatusCreated, &plan)
	if plan.State != mandate.Offered || plan.Terms.Every.MonthEnd != mandate.LastDay || plan.Terms.Trial != 7 {
		t.Errorf("%+v", plan)
	}
	terms["remind"] = 0
	p.send(http.MethodPut, "/plans/"+plan.ID, map[string]any{"terms": terms}).problem(http.StatusUnprocessableEntity, "plan_remind")
	p.send(http.MethodPatch, "/plans/"+plan.ID, map[string]any{"state": "retired"}).want(http.StatusOK, &plan)
	p.send(http.MethodPatch, "/plans/"+plan.ID, map[string]any{"state": "offered"}).problem(http.StatusConflict, "plan_retired")

	_, agreed := k.mandate(opened, k.subscriber(opened, "ann", "Ann", "hello"))
	var view struct {
		State      string       `json:"state"`
		NextOn     string       `json:"next_on"`
		NextAmount money.Amount `json:"next_amount"`
		Consents   []struct {
			Text string `json:"text"`
		} `json:"consents"`
	}
	p.get("/mandates/"+agreed.ID).want(http.StatusOK, &view)
	if view.State != "active" || view.NextOn != agreed.Until || view.NextAmount.Minor != 3000 || view.Consents[0].Text == "" {
		t.Errorf("%+v", view)
	}
	var totals struct {
		States  map[string]int64 `json:"states"`
		Revenue money.Amount     `json:"revenue"`
	}
	p.get("/mandates/totals").want(http.StatusOK, &totals)
	if totals.States["active"] != 1 || totals.Revenue.Minor != 3000 {
		t.Errorf("%+v", totals)
	}
	var periods struct{ Items []mandate.Period }
	p.get("/mandates/"+agreed.ID+"/periods").want(http.StatusOK, &periods)
	if len(periods.Items) != 1 || periods.Items[0].State != mandate.Settled {
		t.Errorf("%+v", periods)
	}
	p.send(http.MethodPost, "/mandates/"+agreed.ID+"/cancel", map[string]any{"ending": "refund"}).want(http.StatusOK, &view)
	if view.State != "ended" {
		t.Errorf("%+v", view)
	}
	var list struct{ Items []mandate.Mandate }
	p.get("/mandates?state=ended").want(http.StatusOK, &list)
	if len(list.Items) != 1 {
		t.Errorf("%+v", list)
	}
}
