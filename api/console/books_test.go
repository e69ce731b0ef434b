package console_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"

	"plaza/account"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/reconcile"
	"plaza/store"
)

// TestAMemberSettlesWhatABillAndTheBooksDoNotAgreeOn has a payment that was
// closed here and paid at the agency, and one that nobody here knows.
func TestAMemberSettlesWhatABillAndTheBooksDoNotAgreeOn(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	_, err := k.shop.Payments.Contracts().Sign(t.Context(), corner.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	must(t, err)
	order := k.order(k.subscriber(corner, "v1", "Ada", "hi"), k.product(corner, "Milk", 5))
	closed, err := k.shop.Pay(t.Context(), order.Person, order.ID, pay.Way{Provider: "agency"})
	must(t, err)
	_, err = k.shop.Payments.Close(t.Context(), corner.ID, closed.TradeNo)
	must(t, err)
	strange := store.NewID() + "01"
	k.agency.Lines = []pay.BillLine{
		{TradeNo: closed.TradeNo, ProviderRef: "A" + closed.TradeNo, Amount: closed.Amount, Fee: money.Of(2, "CNY"), At: k.now()},
		{TradeNo: strange, ProviderRef: `=HYPERLINK("https://evil.example")`, Amount: money.Of(700, "CNY"), Fee: money.Of(1, "CNY"), At: k.now()},
	}
	must(t, k.books.Enrol(t.Context()))
	must(t, k.books.Work(t.Context()))

	b := k.as(owner)
	b.get("/console/corner/books").want(t, http.StatusOK, "Missing here", "Another state", "CN¥7.00", "2026-05-03", "Lines: 2. Agreeing: 0. Differing: 2.")
	b.get("/console/corner/books?kind=state").want(t, http.StatusOK, closed.TradeNo)
	if shown := b.get("/console/corner/books?kind=state"); strings.Contains(shown.body, strange) {
		t.Error("the filter shows another kind")
	}
	b.get("/console/corner/books/days").want(t, http.StatusOK, "Compared", "fees CN¥0.03")

	state := "/console/corner/books/d/agency:" + closed.TradeNo
	b.get(state).want(t, http.StatusOK, "here it stands otherwise", "Ask the provider again")
	b.post(state + "/ask")
	b.get(state).want(t, http.StatusOK, "still says what it said")
	_, err = k.agency.Confirm(t.Context(), pay.Charge{TradeNo: closed.TradeNo, Amount: closed.Amount}, map[string]string{"token": "yes"})
	must(t, err)
	b.post(state + "/ask")
	b.get(state).want(t, http.StatusOK, "Agrees by now")
	if payment, err := k.shop.Payments.Get(t.Context(), corner.ID, closed.TradeNo); err != nil || payment.State != pay.Paid {
		t.Errorf("the payment is %s, %v", payment.State, err)
	}

	missing := "/console/corner/books/d/agency:" + strange
	k.as(k.with(corner, account.Agent)).post(missing+"/settle", "note", "fine").want(t, http.StatusForbidden)
	b.post(missing+"/settle", "note", " ").want(t, http.StatusUnprocessableEntity, "how it was settled")
	b.post(missing+"/settle", "note", "-made at the till <b>").want(t, http.StatusSeeOther)
	b.get(missing).want(t, http.StatusOK, "Settled by hand", "made at the till &lt;b&gt;", "corner-owner")
	settled, err := k.books.Difference(t.Context(), corner.ID, "agency:"+strange)
	if must(t, err); settled.State != reconcile.ByHand {
		t.Errorf("%+v", settled)
	}
	b.post("/console/corner/books/days/agency/2026-05-03/again").want(t, http.StatusSeeOther)
	b.post("/console/corner/books/days/agency/2025-05-03/again").want(t, http.StatusNotFound)
	entries, _, err := k.accounts.Audit.Find(t.Context(), corner.ID, account.AuditFilter{Thing: "difference:agency:" + strange}, "")
	if must(t, err); len(entries) == 0 || entries[0].Action != "books.settled" && entries[0].Action != "refused" {
		t.Errorf("the audit log has %+v", entries)
	}

	file := b.get("/console/corner/books.csv?state=all")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(file.body, "\ufeff"))).ReadAll()
	if must(t, err); len(rows) != 3 {
		t.Fatalf("%q", file.body)
	}
	for _, row := range rows[1:] {
		for _, cell := range row {
			if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "-") {
				t.Errorf("a spreadsheet takes %q for a formula", cell)
			}
		}
	}
	other, _ := k.open("other")
	if _, err := k.books.Difference(t.Context(), other.ID, "agency:"+strange); err == nil {
		t.Error("another account sees it")
	}
}

// TestTwoMembersCorrectATransfer: one asks, another agrees; both statements show
// what came of it.
func TestTwoMembersCorrectATransfer(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	ann := k.subscriber(corner, "v1", "Ada", "hi")
	k.paid(ann, k.product(corner, "Milk", 5))
	must(t, k.wallet.Grant(t.Context(), ann, "twice", money.Of(900, "CNY")))
	b := k.as(owner)
	page := "/console/corner/books/ledger/t/grant:twice"
	b.get("/console/corner/books/ledger").want(t, http.StatusOK, "CN¥5.00", "Posted")
	b.get("/console/corner/books/ledger?wallet=issue").want(t, http.StatusOK, "-CN¥14.00", page)
	b.get(page).want(t, http.StatusOK, "Ada", "CN¥9.00", "nobody else may agree")
	partner := k.member("corner-partner", "")
	must(t, k.accounts.Members.Add(t.Context(), corner.ID, partner.ID, account.Owner, account.System("test")))
	second := k.as(partner)
	b.post(page+"/correct", "reason", "").want(t, http.StatusUnprocessableEntity, "why this has to be corrected")
	b.post(page+"/correct", "reason", "given <twice>").want(t, http.StatusSeeOther)
	b.get(page).want(t, http.StatusOK, "given &lt;twice&gt;", "Waits for a second person")
	b.post(page+"/decide", "agree", "yes").want(t, http.StatusForbidden)
	second.post(page+"/decide", "agree", "yes").want(t, http.StatusSeeOther)
	second.get(page).want(t, http.StatusOK, "Corrected", "Decided by")
	if left, err := k.wallet.Balance(t.Context(), ann, "CNY"); err != nil || left.Minor != 0 {
		t.Errorf("%s are left, %v", left, err)
	}
	b.get("/console/corner/books/statement").want(t, http.StatusOK, "May 2026", "Paid with balances", "Corrections", "-CN¥9.00", "not known here")
	b.get("/console/corner/books/statement?month=2026-05&line=balances.granted.").want(t, http.StatusOK, "2026-05-04", "CN¥14.00")
	b.get("/console/corner/books/statement?month=2026-04").want(t, http.StatusNotFound)
	b.get("/console/corner/subscribers/"+ann.ID+"/statement").want(t, http.StatusOK, "Ada", "Opening balance", "-CN¥5.00", "in CN¥14.00, out CN¥14.00")
	b.get("/console/corner/books/ledger/t/nothing").want(t, http.StatusNotFound)
}
