package console_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"plaza/account"
	"plaza/shop/counter"
	"plaza/shop/request"
)

func TestACodeToPayWithIsMadePrintedAndRevoked(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	const list = "/console/corner/counter/codes"
	for _, wrong := range []struct{ label, amount, says string }{
		{" ", "12.50", "1 to 40 characters"},
		{"Table 4", "much", "as a number"},
		{"Table 4", "-1", "t be negative"},
		{"Table 4", "12.505", "too many decimals"},
	} {
		refused := b.post(list, "label", wrong.label, "amount", wrong.amount)
		refused.want(t, http.StatusUnprocessableEntity, wrong.says)
		if !strings.Contains(refused.body, `value="`+wrong.amount+`"`) {
			t.Errorf("what was typed is gone: %q", wrong.amount)
		}
	}
	b.follow(list, "label", "Table <4>", "amount", "12.50").want(t, http.StatusOK, "Table &lt;4&gt;", "¥12.50", base+"/at/")
	b.follow(list, "label", "Till").want(t, http.StatusOK, "Till")
	b.get(list).want(t, http.StatusOK, "Table &lt;4&gt;", "¥12.50", "Till")
	made, _, err := k.counter.Codes(t.Context(), corner.ID, 10, "")
	must(t, err)
	// Both were made in the same moment of the kit's clock.
	slices.SortFunc(made, func(a, b counter.Code) int { return strings.Compare(b.Label, a.Label) })
	if len(made) != 2 || made[1].Amount.Minor != 1250 || made[1].By != owner.Name {
		t.Fatalf("%+v", made)
	}

	page := list + "/" + made[1].Code
	sheet := b.get(page + "/poster.pdf")
	if sheet.status != http.StatusOK || !strings.HasPrefix(sheet.body, "%PDF-") || sheet.header.Get("Content-Type") != "application/pdf" ||
		sheet.header.Get("Content-Disposition") != `attachment; filename="corner-`+made[1].Code+`.pdf"` {
		t.Errorf("%d %v", sheet.status, sheet.header)
	}

	other, stranger := k.open("other")
	for _, path := range []string{"", "/poster.pdf"} {
		k.as(stranger).get("/console/other/counter/codes/"+made[1].Code+path).want(t, http.StatusNotFound)
	}
	k.as(stranger).post("/console/other/counter/codes/"+made[1].Code+"/revoke").want(t, http.StatusNotFound)
	k.as(k.with(corner, account.Viewer)).post(page+"/revoke").want(t, http.StatusForbidden)
	if still, err := k.counter.Shown(t.Context(), made[1].Code); err != nil || still.Account != corner.ID || still.Account == other.ID {
		t.Fatalf("%+v, %v", still, err)
	}
	for range 2 {
		b.follow(page+"/revoke").want(t, http.StatusOK, "Table &lt;4&gt;")
	}
	if _, err := k.counter.Shown(t.Context(), made[1].Code); !errors.Is(err, counter.ErrNoCode) {
		t.Errorf("revoked, and %v", err)
	}
	b.get(page+"/poster.pdf").want(t, http.StatusNotFound)
	k.wantAudited(corner, "sale_code.made", "sale_code.revoked")
}

func TestAMemberAsksForAPaymentInTheConversation(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ann := k.subscriber(corner, "v1", "Ada", "hi")
	b := k.as(owner)
	page := "/console/corner/inbox/c/" + ann.ID
	b.get(page).want(t, http.StatusOK, `action="`+page+`/request"`)
	const key = "01JD0000000000000000000001"
	for _, wrong := range []struct{ amount, what, says string }{
		{"", "The cake", "as a number"},
		{"0", "The cake", "say how much"},
		{"-3", "The cake", "t be negative"},
		{"99999999999999999999", "The cake", "too large"},
		{"3.00", " ", "what it is for"},
	} {
		b.follow(page+"/request", "key", key, "amount", wrong.amount, "what", wrong.what).want(t, http.StatusOK, wrong.says)
	}
	if asked := k.asked(corner, ann.ID); len(asked) != 0 {
		t.Fatalf("asked for %+v", asked)
	}
	for range 3 { // one impatient finger
		b.follow(page+"/request", "key", key, "amount", "38.00", "what", "The <cake>").want(t, http.StatusOK, "The &lt;cake&gt;", "¥38.00")
	}
	asked := k.asked(corner, ann.ID)
	if len(asked) != 1 || asked[0].Amount.Minor != 3800 || asked[0].By != owner.Name {
		t.Fatalf("%+v", asked)
	}
	said := 0
	history, _, err := k.bot.History(t.Context(), corner.ID, ann.ID, "", 20)
	must(t, err)
	for _, one := range history {
		if one.Out != nil && strings.Contains(one.Out.Text, "The <cake>") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("they were asked %d times", said)
	}

	cancel := "/console/corner/requests/" + asked[0].Number + "/cancel"
	_, stranger := k.open("other")
	k.as(stranger).post("/console/other/requests/"+asked[0].Number+"/cancel").want(t, http.StatusNotFound)
	k.as(stranger).post("/console/other/inbox/c/"+ann.ID+"/request", "key", key, "amount", "1", "what", "x").want(t, http.StatusNotFound)
	k.as(k.with(corner, account.Viewer)).post(cancel).want(t, http.StatusForbidden)
	b.follow(cancel).want(t, http.StatusOK)
	if asked = k.asked(corner, ann.ID); len(asked) != 1 || asked[0].State != "cancelled" {
		t.Errorf("%+v", asked)
	}
	k.wantAudited(corner, "request.made", "request.cancelled")
}

// asked are the requests to a person.
func (k *kit) asked(in account.Account, person string) []request.Request {
	k.t.Helper()
	found, _, err := k.requests.List(k.t.Context(), in.ID, request.Filter{Person: person}, 10, "")
	must(k.t, err)
	return found
}

// wantAudited finds what was done in the account's audit log.
func (k *kit) wantAudited(in account.Account, actions ...string) {
	k.t.Helper()
	entries, _, err := k.accounts.Audit.Find(k.t.Context(), in.ID, account.AuditFilter{}, "")
	must(k.t, err)
	for _, action := range actions {
		if !slices.ContainsFunc(entries, func(e account.Entry) bool { return e.Action == action }) {
			k.t.Errorf("the audit log has no %s: %+v", action, entries)
		}
	}
}
