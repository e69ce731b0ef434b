package rest_test

import (
	"net/http"
	"testing"

	"plaza/money"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/statement"
	"plaza/store"
)

// TestAProgramComparesTheBooksAndReadsTheMonth follows a payment that was closed
// here and paid at the agency, and one that nobody here knows, to the month's end.
func TestAProgramComparesTheBooksAndReadsTheMonth(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	ann := k.subscriber(opened, "ann", "Ann", "hello")
	must(t, k.wallet.Grant(t.Context(), ann, "welcome", money.Of(5000, opened.Currency)))
	_, err := k.shop.Payments.Contracts().Sign(t.Context(), opened.ID, "agency", map[string]string{"merchant": "1", "key": "k"})
	must(t, err)
	order, err := k.shop.Checkout(t.Context(), ann, shop.CheckoutRequest{Key: "k", Lines: []shop.CartLine{
		{Variant: k.product(opened, "Milk", 5).Variants[0].ID, Quantity: 1}}})
	must(t, err)
	closed, err := k.shop.Pay(t.Context(), ann, order.ID, pay.Way{Provider: "agency"})
	must(t, err)
	_, err = k.shop.Payments.Close(t.Context(), opened.ID, closed.TradeNo)
	must(t, err)
	strange := store.NewID() + "01"
	k.agency.Lines = []pay.BillLine{
		{TradeNo: closed.TradeNo, ProviderRef: "A1", Amount: closed.Amount, Fee: money.Of(2, opened.Currency), At: k.clock.now()},
		{TradeNo: strange, ProviderRef: "A2", Amount: money.Of(700, opened.Currency), Fee: money.Of(1, opened.Currency), At: k.clock.now()},
	}
	must(t, k.books.Enrol(t.Context()))
	must(t, k.books.Work(t.Context()))

	type difference struct {
		ID string `json:"id"`
		reconcile.Difference
	}
	list := func(query string) []difference {
		t.Helper()
		var found struct{ Items []difference }
		p.get("/books/differences"+query).want(http.StatusOK, &found)
		return found.Items
	}
	if all, state := list(""), list("?state=open&kind=state"); len(all) != 2 || len(state) != 1 || state[0].ID != "agency:"+closed.TradeNo {
		t.Fatalf("%+v; of another state %+v", all, state)
	}
	p.get("/books/differences?kind=none").problem(http.StatusUnprocessableEntity, "invalid_input")

	// The agency is asked: first it says what it said, then that the money came.
	var asked difference
	p.post("/books/differences/agency:"+closed.TradeNo+"/ask", nil).want(http.StatusOK, &asked)
	if asked.State != reconcile.Open {
		t.Errorf("%+v", asked)
	}
	_, err = k.agency.Confirm(t.Context(), pay.Charge{TradeNo: closed.TradeNo, Amount: closed.Amount}, map[string]string{"token": "yes"})
	must(t, err)
	p.post("/books/differences/agency:"+closed.TradeNo+"/ask", nil).want(http.StatusOK, &asked)
	if asked.State != reconcile.Resolved {
		t.Errorf("%+v", asked)
	}
	if payment, err := k.shop.Payments.Get(t.Context(), opened.ID, closed.TradeNo); err != nil || payment.State != pay.Paid {
		t.Errorf("the payment is %s, %v", payment.State, err)
	}

	// What nobody here knows is settled by hand, once, with a note.
	settle := "/books/differences/agency:" + strange + "/settle"
	p.post(settle, map[string]any{"note": ""}).problem(http.StatusUnprocessableEntity, "invalid_input")
	p.post(settle, map[string]any{"note": "made at the till"}).want(http.StatusOK, &asked)
	if asked.State != reconcile.ByHand || asked.Note != "made at the till" {
		t.Errorf("%+v", asked)
	}
	p.post("/books/differences/agency:nothing/ask", nil).problem(http.StatusNotFound, "books_difference_not_found")
	if left := list("?state=open"); len(left) != 0 {
		t.Errorf("still open: %+v", left)
	}

	var days struct{ Items []reconcile.Run }
	p.get("/books/days").want(http.StatusOK, &days)
	yesterday := k.clock.now().AddDate(0, 0, -1).Format("2006-01-02")
	found := false
	for _, day := range days.Items {
		found = found || day.Provider == "agency" && day.Day == yesterday
	}
	if !found {
		t.Errorf("%+v", days)
	}
	p.post("/books/days/agency/"+yesterday+"/again", nil).want(http.StatusNoContent)
	p.post("/books/days/agency/1999-01-01/again", nil).problem(http.StatusNotFound, "books_run_not_found")

	var month statement.Statement
	p.get("/books/statement").want(http.StatusOK, &month)
	if month.Month != k.clock.now().Format("2006-01") || month.Providers.Closing != closed.Amount.Minor-3 || month.Balances.Closing != 5000 {
		t.Errorf("%+v", month)
	}
	var purse statement.WalletStatement
	p.get("/subscribers/"+ann.ID+"/wallet/statement").want(http.StatusOK, &purse)
	if len(purse.Movements) != 1 || purse.In != 5000 || purse.Closing != 5000 {
		t.Errorf("%+v", purse)
	}
	p.get("/books/statement?month=May").problem(http.StatusUnprocessableEntity, "invalid_input")

	other, _ := k.program("other-store")
	other.get("/books/differences/agency:"+strange).problem(http.StatusNotFound, "books_difference_not_found")
	other.post(settle, map[string]any{"note": "mine"}).problem(http.StatusNotFound, "books_difference_not_found")
	other.get("/subscribers/"+ann.ID+"/wallet/statement").problem(http.StatusNotFound, "no_such_subscriber")
}
