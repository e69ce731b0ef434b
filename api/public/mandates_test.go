package public_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/money"
	"plaza/shop/mandate"
)

var payPath = regexp.MustCompile(`/pay/[A-Z0-9]{28}`)

// offer is a plan of ¥5.00 a month.
func offer(w *apitest.World, account, currency, name string, minor int64, trial int) mandate.Plan {
	w.T.Helper()
	plan, err := w.Mandates.SavePlan(w.T.Context(), account, "", mandate.Terms{Name: name, Amount: money.Of(minor, currency), Trial: trial,
		Every: mandate.Interval{Unit: mandate.Month, Count: 1}, Remind: 3, Ending: mandate.AtPeriodEnd}, "Every morning.")
	w.Must(err)
	return plan
}

func TestAPlanIsAgreedToPaidSeenChangedAndCancelled(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	small, large := offer(w, of.ID, of.Currency, "Tea Club", 500, 0), offer(w, of.ID, of.Currency, "Tea Feast", 1500, 0)
	ann := w.Browser()
	rich(w, ann, of.ID, of.Currency, 3000)
	if page := ann.Get("/shop/corner"); !strings.Contains(page.Text, `href="/plan/corner"`) {
		t.Error("the shop does not lead to the plans")
	}
	if page := ann.Get("/plan/corner").Read(); !strings.Contains(page, "Tea Club") || !strings.Contains(page, "every month") {
		t.Errorf("%s", page)
	}
	path := "/plan/corner/" + small.ID
	form := ann.Get(path)
	if !strings.Contains(form.Read(), "I agree that") || form.Header.Get("X-Frame-Options") == "" && !strings.Contains(form.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Errorf("%v %s", form.Header, form.Read())
	}
	if refused := ann.Post(path, "quote", form.Form("quote")); !strings.Contains(refused.Read(), "agree to the terms") {
		t.Errorf("without the yes: %s", refused.Read())
	}
	if refused := ann.Post(path, "quote", "old", "consent", "on"); !strings.Contains(refused.Read(), "terms have changed") {
		t.Errorf("to other figures: %s", refused.Read())
	}
	bill := ann.Submit(path, "quote", form.Form("quote"), "consent", "on")
	pay := payPath.FindString(bill.Text)
	if pay == "" || !strings.Contains(bill.Read(), "Tea Club") {
		t.Fatalf("%d %s", bill.StatusCode, bill.Read())
	}
	if paid := ann.Submit(pay, "provider", "wallet"); !strings.Contains(paid.Text, `class="result"`) {
		t.Fatalf("%s", paid.Read())
	}
	mine := regexp.MustCompile(`/mandates/corner/[A-Z0-9]{26}`).FindString(ann.Get("/mandates/corner").Text)
	if page := ann.Get(mine).Read(); mine == "" || !strings.Contains(page, "Next charge") || !strings.Contains(page, "Tea Feast") {
		t.Fatalf("%q: %s", mine, page)
	}
	if page := ann.Get(path); !strings.Contains(page.Text, mine) {
		t.Error("the plan's page does not say that ann has it")
	}
	if bob := w.Browser(); bob.Get(mine).StatusCode != http.StatusNotFound || bob.Post(mine+"/cancel").StatusCode != http.StatusNotFound {
		t.Error("somebody else sees or cancels it")
	}
	change := ann.Get(mine + "/change/" + large.ID)
	if !strings.Contains(change.Read(), "10.00") { // all of today's 5.00 is left
		t.Errorf("%s", change.Read())
	}
	if changed := ann.Submit(mine+"/change/"+large.ID, "quote", change.Form("quote"), "consent", "on"); !strings.Contains(changed.Read(), "Your plan is changed") {
		t.Errorf("%s", changed.Read())
	}
	if page := ann.Get("/wallet/corner").Read(); !strings.Contains(page, "15.00") { // of 30.00
		t.Errorf("%s", page)
	}
	if cancelled := ann.Submit(mine + "/cancel"); !strings.Contains(cancelled.Read(), "Nothing will be charged any more") {
		t.Errorf("%s", cancelled.Read())
	}
	if chat := ann.Get("/chat/corner").Read(); !strings.Contains(chat, "“Tea Feast” is cancelled") {
		t.Errorf("%s", chat)
	}
}

func TestATrialCostsNothingUntilItsEnd(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	plan := offer(w, of.ID, of.Currency, "Tea Club", 500, 7)
	ann := w.Browser()
	person := rich(w, ann, of.ID, of.Currency, 400)
	path := "/plan/corner/" + plan.ID
	pay := payPath.FindString(ann.Submit(path, "quote", ann.Get(path).Form("quote"), "consent", "on").Text)
	if bill := ann.Get(pay).Read(); !strings.Contains(bill, "Start free") || strings.Contains(bill, "Pay CN¥0.00") {
		t.Errorf("before it has begun: %s", bill)
	}
	if done := ann.Submit(pay, "provider", "wallet").Read(); !strings.Contains(done, "Your free trial has begun") || !strings.Contains(done, "Free until") || strings.Contains(done, "given back") {
		t.Fatalf("%s", done)
	}
	for range 8 {
		w.Pass(24 * time.Hour)
		_, err := w.Mandates.Recover(t.Context())
		w.Must(err)
	}
	mine, err := w.Mandates.MandatesOf(t.Context(), person, 10)
	if err != nil || len(mine) != 1 || mine[0].State != mandate.PastDue {
		t.Fatalf("%+v, %v", mine, err)
	}
	own := "/mandates/corner/" + mine[0].ID
	if poor := ann.Submit(own + "/try"); !strings.Contains(poor.Read(), "could not be charged yet") {
		t.Errorf("%s", poor.Read())
	}
	w.Must(w.Wallet.Grant(t.Context(), person, "more", money.Of(500, of.Currency)))
	if paid := ann.Submit(own + "/try"); !strings.Contains(paid.Read(), "Paid.") {
		t.Errorf("%s", paid.Read())
	}
	if begun := ann.Get(pay).Read(); !strings.Contains(begun, "It has begun") || strings.Contains(begun, "Free until") {
		t.Errorf("after the trial: %s", begun)
	}
	// The charge's own payment page offers no other way to pay it.
	if page := ann.Get("/pay/" + firstPayment(w, of.ID, mine[0].ID)); strings.Contains(page.Text, `name="provider"`) {
		t.Errorf("%s", page.Read())
	}
}

// firstPayment is what has paid the latest period.
func firstPayment(w *apitest.World, account, id string) string {
	w.T.Helper()
	periods, _, err := w.Mandates.Periods(w.T.Context(), account, id, 1, "")
	w.Must(err)
	return periods[0].Payment
}
