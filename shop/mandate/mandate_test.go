package mandate_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop/mandate"
	"plaza/shop/pay"
)

func TestAMonthIsPaidAtOnceAndEachOneAfterOnItsDay(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.grant("ann", 20_000)
	m := k.agree("ann", k.plan(monthly()), "wallet")
	k.want(m.ID, mandate.Active, 1)
	if k.has("ann") != 17_000 {
		t.Errorf("ann has %d after the first payment", k.has("ann"))
	}
	k.until("2026-05-02")
	k.want(m.ID, mandate.Active, 4)
	want := "1 2026-01-31 2026-02-28 3000 paid\n2 2026-02-28 2026-03-31 3000 paid\n" +
		"3 2026-03-31 2026-04-30 3000 paid\n4 2026-04-30 2026-05-31 3000 paid"
	if got := k.history(m.ID); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if k.has("ann") != 20_000-4*3000 {
		t.Errorf("ann has %d", k.has("ann"))
	}
	if reminded, paid := k.sent.heard(m.ID, "remind:"), k.sent.heard(m.ID, "receipt:"); len(reminded) != 3 || len(paid) != 3 {
		t.Errorf("announced %q, receipts %q", reminded, paid)
	}
	if got, want := strings.Join(k.sent.told(), ", "), "active, active paid 3000, active paid 3000, active paid 3000"; got != want {
		t.Errorf("pages were told %s, want %s", got, want)
	}
	if err := k.ledger.Audit(t.Context(), account); err != nil {
		t.Error(err)
	}
}

func TestAConsentIsKeptAsItWasRead(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	terms := monthly()
	terms.Trial, terms.First = 7, new(money.Of(1000, "CNY"))
	m := k.agree("cleo-zh", k.plan(terms), "bank")
	k.want(m.ID, mandate.Trial, 0)
	got := m.Consents[0]
	want := "我同意 Tea House 为“Tea Club”扣款：2026年2月7日 之前免费，届时支付 ¥10.00，之后每月 ¥30.00，直到我取消。每次扣款（包括首次）前 3 天 Tea House 会提醒我。若我在 2026年2月7日 之前取消，则无需付款。 取消后，服务持续到已付周期结束。"
	if got.Text != want || got.Language != "zh" || got.Wording != 1 || got.Device != "Test browser" || !got.At.Equal(m.At) {
		t.Errorf("%+v", got)
	}
	k.until("2026-03-08")
	if got, want := k.history(m.ID), "0 2026-01-31 2026-02-07 0 paid\n1 2026-02-07 2026-03-07 1000 paid\n2 2026-03-07 2026-04-07 3000 paid"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if reminded := k.sent.heard(m.ID, "remind:1"); len(reminded) != 1 || !strings.Contains(reminded[0], "¥10.00") || !strings.Contains(reminded[0], "2026年2月7日") {
		t.Errorf("the end of the trial was announced as %q", reminded)
	}
}

func TestNobodyAgreesToWhatTheyHaveNotRead(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	plan := k.plan(monthly())
	yes := k.yes(plan)
	without := yes
	without.Given = false
	if _, err := k.Agree(t.Context(), person("ann"), without); !errors.Is(err, mandate.ErrConsent) {
		t.Errorf("without a yes: %v", err)
	}
	dearer := monthly()
	dearer.Amount.Minor = 9000
	if _, err := k.SavePlan(t.Context(), account, plan.ID, dearer, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Agree(t.Context(), person("ann"), yes); !errors.Is(err, mandate.ErrChanged) {
		t.Errorf("to an older price: %v", err)
	}
	if _, err := k.TurnPlan(t.Context(), account, plan.ID, mandate.Paused); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Agree(t.Context(), person("ann"), yes); !errors.Is(err, mandate.ErrNotOffered) {
		t.Errorf("while it pauses: %v", err)
	}
	if _, err := k.TurnPlan(t.Context(), account, plan.ID, mandate.Retired); err != nil {
		t.Fatal(err)
	}
	if _, err := k.TurnPlan(t.Context(), account, plan.ID, mandate.Offered); !errors.Is(err, mandate.ErrRetired) {
		t.Errorf("offered again: %v", err)
	}
}

func TestWhoeverAgreesTwiceHasOneMandate(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.grant("ann", 10_000)
	plan := k.plan(monthly())
	first, err := k.Agree(t.Context(), person("ann"), k.yes(plan))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := k.Agree(t.Context(), person("ann"), k.yes(plan)); err != nil || again.ID != first.ID {
		t.Errorf("%s, %v; want %s", again.ID, err, first.ID)
	}
	m := k.agree("ann", plan, "wallet")
	if _, err := k.Agree(t.Context(), person("ann"), k.yes(plan)); !errors.Is(err, mandate.ErrHave) {
		t.Errorf("a second one: %v", err)
	}
	if _, err := k.CancelOwn(t.Context(), person("ann"), m.ID); err != nil {
		t.Fatal(err)
	}
	k.until("2026-02-28")
	k.want(m.ID, mandate.Ended, 1)
	if again := k.agree("ann", plan, "wallet"); again.ID == m.ID || again.State != mandate.Active {
		t.Errorf("after the end: %+v", again)
	}
}

func TestWhatNobodyPaysForIsGivenUp(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	m, err := k.Agree(t.Context(), person("ann"), k.yes(k.plan(monthly())))
	if err != nil {
		t.Fatal(err)
	}
	payment, err := k.Pay(t.Context(), person("ann"), m.ID, pay.Way{Provider: "bank"})
	if err != nil {
		t.Fatal(err)
	}
	k.pass(31 * time.Minute)
	k.work()
	if m = k.look(m.ID); m.State != mandate.Ended || m.Reason != mandate.Abandoned {
		t.Errorf("%s, %s", m.State, m.Reason)
	}
	if payment, err = k.Payments.Get(t.Context(), account, payment.TradeNo); err != nil || payment.State != pay.Closed {
		t.Errorf("its payment is %s, %v", payment.State, err)
	}
	if mine, err := k.MandatesOf(t.Context(), person("ann"), 10); err != nil || len(mine) != 0 {
		t.Errorf("%+v, %v", mine, err)
	}
}

func TestAFailedChargeIsTriedOnItsDaysAndThenGivenUp(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.grant("ann", 3000)
	m := k.agree("ann", k.plan(monthly()), "wallet")
	k.until("2026-02-28")
	k.want(m.ID, mandate.PastDue, 2)
	k.until("2026-03-05")
	if m := k.want(m.ID, mandate.Ended, 2); m.Reason != mandate.Unpaid {
		t.Errorf("ended for %s", m.Reason)
	}
	if failed := k.sent.heard(m.ID, "failed:"); len(failed) != 3 || !strings.Contains(failed[0], "1 March 2026") || !strings.Contains(failed[1], "3 March") || !strings.Contains(failed[2], "5 March") {
		t.Errorf("%q", failed)
	}
	if got, want := k.history(m.ID), "1 2026-01-31 2026-02-28 3000 paid\n2 2026-02-28 2026-03-31 3000 unpaid"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	k.grant("ann", 9000)
	k.until("2026-05-01")
	if k.has("ann") != 9000 {
		t.Errorf("taken after the end: ann has %d", k.has("ann"))
	}
}

func TestAChargeThatFailedIsPaidAsSoonAsThereIsMoney(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.grant("ann", 3000)
	k.grant("bob", 3000)
	plan := k.plan(monthly())
	ann, bob := k.agree("ann", plan, "wallet"), k.agree("bob", plan, "wallet")
	k.until("2026-02-28")
	for range 3 { // in vain, and out of the schedule
		if m, err := k.TryNow(t.Context(), person("bob"), bob.ID); err != nil || m.State != mandate.PastDue || m.Open.Failures != 1 {
			t.Fatalf("%+v, %v", m, err)
		}
	}
	k.grant("ann", 3000)
	k.grant("bob", 3000)
	if m, err := k.TryNow(t.Context(), person("bob"), bob.ID); err != nil || m.State != mandate.Active {
		t.Errorf("%s, %v", m.State, err)
	}
	k.want(ann.ID, mandate.PastDue, 2)
	k.until("2026-03-01")
	k.want(ann.ID, mandate.Active, 2)
	k.until("2026-03-31")
	if _, err := k.TryNow(t.Context(), person("ann"), bob.ID); !errors.Is(err, mandate.ErrNoMandate) {
		t.Errorf("somebody else's: %v", err)
	}
}

func TestAMandateEndedWithItsProviderEndsHere(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	plan := k.plan(monthly())
	early, late := k.agree("ann", plan, "bank"), k.agree("bob", plan, "bank")
	if err := k.bank.EndMandate(t.Context(), nil, early.Token); err != nil {
		t.Fatal(err)
	}
	k.until("2026-02-26")
	if m := k.want(early.ID, mandate.Ended, 1); m.Reason != mandate.AtProvider {
		t.Errorf("ended for %s", m.Reason)
	}
	if err := k.bank.EndMandate(t.Context(), nil, late.Token); err != nil { // after the announcement
		t.Fatal(err)
	}
	k.until("2026-02-28")
	if m := k.want(late.ID, mandate.Ended, 2); m.Reason != mandate.AtProvider {
		t.Errorf("ended for %s", m.Reason)
	}
	if len(k.sent.heard(early.ID, "provider")) != 1 || len(k.sent.heard(late.ID, "provider")) != 1 {
		t.Error("nobody was told")
	}
}

func TestCancellingRunsOutOrPaysBackByTheTerms(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	back := monthly()
	back.Name, back.Ending = "Back", mandate.AtOnceRefund
	k.grant("ann", 3000)
	k.grant("bob", 3000)
	ann, bob := k.agree("ann", k.plan(monthly()), "wallet"), k.agree("bob", k.plan(back), "wallet")
	k.until("2026-02-10")
	for range 2 {
		for name, m := range map[string]mandate.Mandate{"ann": ann, "bob": bob} {
			if _, err := k.CancelOwn(t.Context(), person(name), m.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	k.want(ann.ID, mandate.Leaving, 1)
	k.want(bob.ID, mandate.Ended, 1)
	if k.has("ann") != 0 || k.has("bob") != 3000*18/28 { // of 28 days 18 are left
		t.Errorf("ann has %d, bob %d", k.has("ann"), k.has("bob"))
	}
	k.grant("ann", 9000)
	k.until("2026-03-05")
	k.want(ann.ID, mandate.Ended, 1)
	if k.has("ann") != 9000 || len(k.sent.heard(ann.ID, "ended")) != 1 {
		t.Errorf("ann has %d", k.has("ann"))
	}
	if got, want := k.history(bob.ID), "1 2026-01-31 2026-02-28 3000 partly_refunded"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if err := k.ledger.Audit(t.Context(), account); err != nil {
		t.Error(err)
	}
}

func TestAMemberCancelsMoreGenerouslyThanTheTerms(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	m := k.agree("ann", k.plan(monthly()), "bank")
	if _, err := k.CancelFor(t.Context(), account, m.ID, "never"); !errors.Is(err, mandate.ErrEnding) {
		t.Errorf("%v", err)
	}
	if _, err := k.CancelFor(t.Context(), "02OTHER", m.ID, ""); !errors.Is(err, mandate.ErrNoMandate) {
		t.Errorf("another account's: %v", err)
	}
	k.until("2026-02-14")
	ended, err := k.CancelFor(t.Context(), account, m.ID, mandate.AtOnceRefund)
	if err != nil || ended.State != mandate.Ended || ended.Reason != mandate.ByMember {
		t.Fatalf("%+v, %v", ended, err)
	}
	if got := k.bank.back[m.Payments[0]+":M"+m.ID]; got != 1500 {
		t.Errorf("%d went back", got)
	}
	if k.bank.mandates[m.Token] {
		t.Error("the bank's mandate still stands")
	}
}

func TestChangingPlansCostsTheDifferenceToTheCent(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.grant("ann", 20_000)
	small := k.plan(monthly())
	terms := monthly()
	terms.Name, terms.Amount.Minor, terms.Every = "Tea Year", 12_000, mandate.Interval{Unit: mandate.Year, Count: 1}
	large := k.plan(terms)
	m := k.agree("ann", small, "wallet")
	k.until("2026-02-14") // of 28 days 14 are left: 15.00 of credit
	_, quote, err := k.QuoteChange(t.Context(), person("ann"), m.ID, large.ID)
	if err != nil || quote.Today.Minor != 12_000-1500 || quote.Credit.Minor != 0 || quote.Until.String() != "2027-02-14" {
		t.Fatalf("%+v, %v", quote, err)
	}
	yes := mandate.Yes{Plan: large.ID, Given: true, Quote: quote.Key()}
	stale := yes
	stale.Quote = "2026-02-13:2027-02-13:1:1:1"
	if _, err := k.Change(t.Context(), person("ann"), m.ID, stale); !errors.Is(err, mandate.ErrChanged) {
		t.Errorf("a stale yes: %v", err)
	}
	changed, err := k.Change(t.Context(), person("ann"), m.ID, yes)
	if err != nil || changed.State != mandate.Active || changed.Plan != large.ID || len(changed.Consents) != 2 {
		t.Fatalf("%+v, %v", changed, err)
	}
	if k.has("ann") != 20_000-3000-10_500 {
		t.Errorf("ann has %d", k.has("ann"))
	}
	// Back to the small one: the year's rest pays for months.
	_, quote, err = k.QuoteChange(t.Context(), person("ann"), m.ID, small.ID)
	if err != nil || quote.Today.Minor != 0 || quote.Credit.Minor != 9000 || quote.Next.Minor != 0 {
		t.Fatalf("%+v, %v", quote, err)
	}
	if _, err := k.Change(t.Context(), person("ann"), m.ID, mandate.Yes{Plan: small.ID, Given: true, Quote: quote.Key()}); err != nil {
		t.Fatal(err)
	}
	k.until("2026-07-01") // four free months, then one is charged
	if got, want := k.history(m.ID), "1 2026-01-31 2026-02-28 3000 paid\n2 2026-02-14 2027-02-14 10500 paid\n"+
		"3 2026-02-14 2026-03-14 0 paid\n4 2026-03-14 2026-04-14 0 paid\n5 2026-04-14 2026-05-14 0 paid\n"+
		"6 2026-05-14 2026-06-14 0 paid\n7 2026-06-14 2026-07-14 3000 paid"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if k.has("ann") != 20_000-3000-10_500-3000 {
		t.Errorf("ann has %d", k.has("ann"))
	}
}

func TestCreditThatIsLeftGoesBackAtTheEnd(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.grant("ann", 12_000)
	terms := monthly()
	terms.Name, terms.Amount.Minor, terms.Every = "Tea Year", 12_000, mandate.Interval{Unit: mandate.Year, Count: 1}
	small, large := k.plan(monthly()), k.plan(terms)
	m := k.agree("ann", large, "wallet")
	_, quote, err := k.QuoteChange(t.Context(), person("ann"), m.ID, small.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Change(t.Context(), person("ann"), m.ID, mandate.Yes{Plan: small.ID, Given: true, Quote: quote.Key()}); err != nil {
		t.Fatal(err)
	}
	if _, err := k.CancelOwn(t.Context(), person("ann"), m.ID); err != nil {
		t.Fatal(err)
	}
	k.until("2026-02-28")
	k.want(m.ID, mandate.Ended, 2)
	if k.has("ann") != 9000 { // one month was used
		t.Errorf("ann has %d", k.has("ann"))
	}
}

func TestTheNumbersOfAMonth(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	year := monthly()
	year.Amount.Minor, year.Every = 12_000, mandate.Interval{Unit: mandate.Year, Count: 1}
	trial := monthly()
	trial.Trial = 14
	plan := k.plan(monthly())
	k.agree("ann", plan, "bank")
	bob := k.agree("bob", plan, "bank")
	k.agree("cleo", k.plan(year), "bank")
	k.agree("dan", k.plan(trial), "bank")
	if _, err := k.CancelOwn(t.Context(), person("bob"), bob.ID); err != nil {
		t.Fatal(err)
	}
	numbers, err := k.Totals(t.Context(), account)
	if err != nil || numbers.Revenue("CNY").Minor != 3000+1000 || numbers.States[mandate.Active] != 2 || numbers.States[mandate.Trial] != 1 || numbers.States[mandate.Leaving] != 1 {
		t.Errorf("%+v, %v", numbers, err)
	}
	k.until("2026-02-14")
	if numbers, err = k.Totals(t.Context(), account); err != nil || numbers.Revenue("CNY").Minor != 7000 || numbers.States[mandate.Trial] != 0 {
		t.Errorf("%+v, %v", numbers, err)
	}
}

func TestEverybodyHearsItInTheirLanguage(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	plan := k.plan(monthly())
	var ids []string
	for _, name := range []string{"ann", "cleo-zh", "dana-ko"} {
		ids = append(ids, k.agree(name, plan, "bank").ID)
	}
	k.bank.refuse = func(pay.Charge) error { return errNoMoney }
	k.until("2026-03-06")
	for _, id := range ids {
		heard := k.sent.heard(id, "")
		if len(heard) != 6 { // begun, remind, three failures, unpaid
			t.Errorf("heard %q", heard)
		}
		for _, text := range heard {
			if strings.ContainsAny(text, "?{") {
				t.Errorf("says %q", text)
			}
		}
	}
}

func TestTheChatOffersShowsAndCancelsInOneTap(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	plan := k.plan(monthly())
	m := k.agree("ann", plan, "bank")
	say := func(who, text string) []message.Outbound {
		t.Helper()
		out, handled, err := k.Answer(t.Context(), person(who), message.Inbound{Kind: message.TextIn, Text: text})
		if err != nil || !handled {
			t.Fatalf("%q: %v, %v", text, handled, err)
		}
		return out
	}
	press := func(who, payload string) ([]message.Outbound, bool) {
		t.Helper()
		out, handled, err := k.Answer(t.Context(), person(who), message.Inbound{Kind: message.Press, Payload: payload})
		if err != nil {
			t.Fatal(err)
		}
		return out, handled
	}
	if out := say("bob", "套餐"); !strings.Contains(out[0].Text, "每月 ¥30.00") || out[0].Buttons[0].Payload != "mandate:plan:"+plan.ID {
		t.Errorf("%+v", out)
	}
	if out, _ := press("bob", "mandate:plan:"+plan.ID); out[0].Buttons[0].URL != "https://plaza.example/plan/tea/"+plan.ID {
		t.Errorf("%+v", out)
	}
	if out := say("ann", "my subscriptions"); out[0].Buttons[0].Payload != "mandate:show:"+m.ID {
		t.Errorf("%+v", out)
	}
	out, _ := press("ann", "mandate:show:"+m.ID)
	if !strings.Contains(out[0].Text, "28 February 2026") || out[0].Buttons[1].Payload != "mandate:cancel:"+m.ID {
		t.Errorf("%+v", out)
	}
	if out, handled := press("bob", "mandate:cancel:"+m.ID); !handled || out[0].Text != "There is no such subscription." {
		t.Errorf("somebody else's: %+v", out)
	}
	k.want(m.ID, mandate.Active, 1)
	if _, handled := press("ann", "mandate:cancel:"+m.ID); !handled {
		t.Error("not handled")
	}
	k.want(m.ID, mandate.Leaving, 1)
	if heard := k.sent.heard(m.ID, "cancelled"); len(heard) != 1 || !strings.Contains(heard[0], "28 February 2026") {
		t.Errorf("%q", heard)
	}
	if _, handled, _ := k.Answer(t.Context(), person("ann"), message.Inbound{Kind: message.TextIn, Text: "hello"}); handled {
		t.Error("took what was not for it")
	}
}
