package console_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAWayOfPayingIsSetUpTestedAndSwitchedOff(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	const page = "/console/corner/settings/payments/agency"
	if wrong := b.post(page, "merchant", "19000001"); wrong.status != http.StatusUnprocessableEntity || !strings.Contains(wrong.body, "19000001") {
		t.Fatalf("without a key: %d %s", wrong.status, wrong.body)
	}
	b.post(page, "merchant", "19000001", "key", "s3cret").want(t, http.StatusSeeOther)
	shown := b.get(page)
	if shown.want(t, http.StatusOK, "19000001"); strings.Contains(shown.body, "s3cret") {
		t.Error("the secret is shown")
	}
	b.post(page+"/test").want(t, http.StatusSeeOther)
	contract, err := k.shop.Payments.Contracts().Get(t.Context(), corner.ID, "agency")
	if must(t, err); contract.CheckedAt == nil || contract.Problem != "" || !contract.Enabled {
		t.Errorf("%+v", contract)
	}
	b.post(page+"/off").want(t, http.StatusSeeOther)
	if offered, err := k.shop.Payments.Offered(t.Context(), corner.ID, corner.Currency); err != nil || len(offered) != 1 {
		t.Errorf("still offered: %v, %v", offered, err)
	}
	b.post(page+"/on").want(t, http.StatusSeeOther)
	if offered, err := k.shop.Payments.Offered(t.Context(), corner.ID, corner.Currency); err != nil || len(offered) != 2 {
		t.Errorf("offered: %v, %v", offered, err)
	}
	b.get("/console/corner/settings/payments/wallet").want(t, http.StatusNotFound)
	b.get("/console/corner/settings/payments/nothing").want(t, http.StatusNotFound)
}
