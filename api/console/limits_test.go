package console_test

import (
	"net/http"
	"testing"

	"plaza/shop/pay/wallet"
)

func TestLimitsAreChangedWithinTheirBoundsSeenAtOnceAndAudited(t *testing.T) {
	t.Parallel()
	const page = "/console/corner/settings/payments/limits"
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	b.get("/console/corner/settings/payments").want(t, http.StatusOK, page)
	b.get(page).want(t, http.StatusOK, "Protected by a PIN", `name="basic.once"`, `value="1000.00"`, "5,000.00 at most")
	form := func(changes ...string) []string {
		fields := map[string]string{"version": "0"}
		for _, level := range []string{"basic.", "verified."} {
			for name, value := range map[string]string{"once": "500", "day": "2500", "pay": "", "pay_day": "", "top_up": "800", "balance": "800"} {
				fields[level+name] = value
			}
		}
		for i := 0; i < len(changes); i += 2 {
			fields[changes[i]] = changes[i+1]
		}
		var all []string
		for name, value := range fields {
			all = append(all, name, value)
		}
		return all
	}
	b.post(page, form("basic.balance", "1000.01")...).want(t, http.StatusUnprocessableEntity, "The most that is possible here is", "1000.01")
	b.post(page, form("verified.once", "much")...).want(t, http.StatusUnprocessableEntity, `value="much"`)
	b.post(page, form("verified.day", "2000")...).want(t, http.StatusUnprocessableEntity, "allowed less than who has none")
	b.post(page, form("basic.pay", "300", "verified.pay", "400")...).want(t, http.StatusSeeOther)
	b.get(page).want(t, http.StatusOK, `value="300.00"`, `name="version" value="1"`)
	b.post(page, form()...).want(t, http.StatusUnprocessableEntity, "changed the limits meanwhile")
	policy, err := k.wallet.Policies.Of(t.Context(), corner.ID, "CNY")
	if err != nil || policy.For(wallet.Basic).Pay != 30_000 || policy.For(wallet.Verified).Once != 50_000 {
		t.Errorf("%+v, %v", policy, err)
	}
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Changed the limits of balances", "basic.once", "1000.00 CNY", "500.00 CNY")
}
