package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/account"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
)

// holdEverything makes an account hold every payment.
func (k *kit) holdEverything(in account.Account) {
	k.t.Helper()
	policy := risk.StandardPolicy()
	policy.Rules = append(policy.Rules, risk.Rule{ID: "careful", Names: map[string]string{"en": "Be careful"}, Enabled: true,
		When: []risk.Condition{{Signal: risk.AmountSize, Compare: risk.AtLeast, Value: 0}}, Action: risk.Hold})
	must(k.t, k.risk.SavePolicy(k.t.Context(), in.ID, policy, 0))
}

func TestAMemberLetsAHeldPaymentGoOnAndRefusesAnother(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	k.holdEverything(corner)
	b, ann := k.as(owner), k.subscriber(corner, "v1", "Ada", "hi")
	b.get("/console/corner/risk").want(t, http.StatusOK, "Nothing waits for you")
	for i, approve := range []string{"yes", "no"} {
		order := k.order(ann, k.product(corner, "Milk"+decimal(int64(i)), 5))
		must(t, k.wallet.Grant(t.Context(), ann, "grant-"+order.ID, order.Total))
		payment, err := k.shop.Pay(t.Context(), ann, order.ID, pay.Way{})
		must(t, err)
		if _, err := k.shop.Confirm(t.Context(), ann, payment.TradeNo, nil); err == nil {
			t.Fatal("the yes went through")
		}
		path := "/console/corner/risk/a/payment:" + payment.TradeNo
		b.get("/console/corner/risk").want(t, http.StatusOK, "Ada", "Be careful", "Waits for you", path)
		b.get(path).want(t, http.StatusOK, "Be careful", "Approve", payment.TradeNo)
		if got := b.post(path+"/resolve", "approve", approve, "note", "I know <her>"); got.status != http.StatusSeeOther {
			t.Fatalf("%d %s", got.status, text(got.body))
		}
		found, err := k.shop.Order(t.Context(), corner.ID, order.ID)
		must(t, err)
		final, err := k.shop.Payments.Get(t.Context(), corner.ID, payment.TradeNo)
		must(t, err)
		if (found.State == shop.Paid) != (approve == "yes") || (final.State == pay.Failed) != (approve == "no") {
			t.Errorf("%s: the order is %s, the payment %s", approve, found.State, final.State)
		}
		b.get(path).want(t, http.StatusOK, "I know &lt;her&gt;", "Decided by corner-owner")
		entries, _, err := k.accounts.Audit.Find(t.Context(), corner.ID, account.AuditFilter{Thing: "assessment:payment:" + payment.TradeNo}, "")
		must(t, err)
		if len(entries) != 1 || !strings.HasPrefix(entries[0].Action, "risk.") {
			t.Errorf("the audit log has %+v", entries)
		}
		b.post(path+"/label", "label", "genuine")
		if marked, err := k.risk.Get(t.Context(), corner.ID, "payment:"+payment.TradeNo); err != nil || marked.Label != risk.Genuine {
			t.Errorf("marked %q, %v", marked.Label, err)
		}
	}
}

func TestWhoMayNotRefundMayNotLetARefundGoOn(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, _ := k.open("corner")
	ann := k.subscriber(corner, "v1", "Ada", "hi")
	order := k.paid(ann, k.product(corner, "Milk", 5))
	k.holdEverything(corner)
	_, err := k.shop.Refund(t.Context(), corner.ID, order.ID, "R1", 100, "", "member")
	must(t, err)
	path := "/console/corner/risk/a/refund:" + order.Payment + ":R1"
	agent := k.as(k.with(corner, account.Agent))
	agent.get(path).want(t, http.StatusOK, "Refund")
	if got := agent.post(path+"/resolve", "approve", "yes"); got.status != http.StatusForbidden {
		t.Errorf("an agent: %d", got.status)
	}
	if got := k.as(k.with(corner, account.Viewer)).post(path+"/label", "label", "fraud"); got.status != http.StatusForbidden {
		t.Errorf("a viewer: %d", got.status)
	}
}

func TestARuleIsWrittenTriedAndDeleted(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	k.paid(k.subscriber(corner, "v1", "Ada", "hi"), k.product(corner, "Milk", 5))
	b.get("/console/corner/risk/rules").want(t, http.StatusOK, "A pay code is used a second time")
	fields := []string{"version", "0", "name.en", "Five and more", "kinds", "payment", "when.0.signal", "amount", "when.0.compare", "at_least",
		"when.0.value", "5", "weight", "0", "action", "hold", "enabled", "on"}
	for wrong, change := range map[string][]string{
		"Give the rule a name":  {"name.en", ""},
		"one to five condition": {"when.0.signal", ""},
		"which number":          {"when.0.value", "much"},
		"do one of them":        {"action", ""},
	} {
		form := append([]string{}, fields...)
		for i := 0; i < len(form); i += 2 {
			if form[i] == change[0] {
				form[i+1] = change[1]
			}
		}
		b.post("/console/corner/risk/rules/new", form...).want(t, http.StatusUnprocessableEntity, wrong)
	}
	b.post("/console/corner/risk/rules/new/try", fields...).want(t, http.StatusOK, "Of the latest 1 attempts", "applies to 1 of them", "Five and more")
	if got := b.post("/console/corner/risk/rules/new", fields...); got.status != http.StatusSeeOther {
		t.Fatalf("%d %s", got.status, text(got.body))
	}
	policy, version, err := k.risk.PolicyVersion(t.Context(), corner.ID)
	must(t, err)
	rule := policy.Rules[len(policy.Rules)-1]
	if version != 1 || rule.Names["en"] != "Five and more" || rule.Action != risk.Hold || len(rule.Kinds) != 1 {
		t.Fatalf("version %d, %+v", version, rule)
	}
	path := "/console/corner/risk/rules/r/" + rule.ID
	b.get(path).want(t, http.StatusOK, `value="Five and more"`)
	b.post(path, fields...).want(t, http.StatusUnprocessableEntity, "Somebody else has changed the rules")
	b.post(path+"/delete", "version", "1")
	if policy, _, err = k.risk.PolicyVersion(t.Context(), corner.ID); err != nil || len(policy.Rules) != len(risk.StandardPolicy().Rules) {
		t.Errorf("%d rules, %v", len(policy.Rules), err)
	}
	b.post("/console/corner/risk/rules", "version", "2", "step_up", "100", "hold", "50", "block", "1001")
	if policy, _, err = k.risk.PolicyVersion(t.Context(), corner.ID); err != nil || policy.Thresholds.Hold == 50 {
		t.Errorf("falling thresholds were saved, %v", err)
	}
	b.post("/console/corner/risk/rules", "version", "2", "step_up", "100", "hold", "500", "block", "1001", "without_model", "on")
	if policy, _, err = k.risk.PolicyVersion(t.Context(), corner.ID); err != nil || policy.Thresholds.StepUp != 100 || !policy.WithoutModel {
		t.Errorf("%+v, %v", policy.Thresholds, err)
	}
	b.post("/console/corner/risk/rules/try", "version", "3", "step_up", "1", "hold", "1", "block", "1").want(t, http.StatusOK, "Of the latest 1 attempts")
}
