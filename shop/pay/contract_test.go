package pay_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/store"
)

// agency is a platform that each account has a contract with, and whose app
// shows codes that begin with 28.
type agency struct {
	*platform
	seen []string // the contracts that calls came with
	down error
}

var errNoKey = fault.New(fault.Invalid, "agency_key", "The key is missing.")

func (a *agency) Name() string { return "agency" }

func (a *agency) Fields() []message.Field {
	return []message.Field{{Name: "merchant", Limit: 20}, {Name: "key", Secret: true, Limit: 100}}
}

func (a *agency) Validate(contract []byte) error {
	var values struct{ Merchant, Key string }
	if err := json.Unmarshal(contract, &values); err != nil || values.Key == "" {
		return errNoKey.In("key")
	}
	return nil
}

func (a *agency) Check(context.Context, string, []byte) error { return a.down }

func (a *agency) Takes(currency string) bool { return currency == "CNY" }

func (a *agency) Shows(code string) bool { return strings.HasPrefix(code, "28") }

func (a *agency) Create(ctx context.Context, charge pay.Charge) (pay.Step, error) {
	a.seen = append(a.seen, string(charge.Contract))
	return a.platform.Create(ctx, charge)
}

func (a *agency) Take(ctx context.Context, charge pay.Charge, code string) (pay.Outcome, error) {
	if code == "280000" { // the payer has to type a password
		_, err := a.Create(ctx, charge)
		return pay.Outcome{Status: pay.Waiting, ProviderRef: "T" + charge.TradeNo}, err
	}
	if _, err := a.Create(ctx, charge); err != nil {
		return pay.Outcome{}, err
	}
	return a.Confirm(ctx, charge, nil)
}

var typed = map[string]string{"merchant": "1900000109", "key": "s3cret"}

func withAgency(t *testing.T) (*kit, *agency) {
	t.Helper()
	agency := &agency{platform: newPlatform()}
	return open(t, agency), agency
}

func (k *kit) offered(t *testing.T, currency string) string {
	t.Helper()
	names, err := k.Offered(t.Context(), account, currency)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestAWayOfPayingIsOfferedOnlyUnderAContract(t *testing.T) {
	t.Parallel()
	k, agency := withAgency(t)
	request := k.request()
	request.Provider = "agency"
	if _, err := k.Create(t.Context(), request); !errors.Is(err, pay.ErrNoContract) {
		t.Errorf("without a contract: %v", err)
	}
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", map[string]string{"merchant": "1"}); !errors.Is(err, errNoKey) {
		t.Errorf("a contract without a key: %v", err)
	}
	if got := k.offered(t, "CNY"); got != "platform" {
		t.Errorf("offered before: %s", got)
	}
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", typed); err != nil {
		t.Fatal(err)
	}
	if got := k.offered(t, "CNY"); got != "platform agency" {
		t.Errorf("offered: %s", got)
	}
	if got := k.offered(t, "KRW"); got != "platform" {
		t.Errorf("offered for won: %s", got)
	}
	if _, err := k.Create(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if len(agency.seen) != 1 || !strings.Contains(agency.seen[0], "s3cret") {
		t.Errorf("the provider was called with %q", agency.seen)
	}
}

func TestAContractSwitchedOffStillFinishesWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	k, agency := withAgency(t)
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", typed); err != nil {
		t.Fatal(err)
	}
	request := k.request()
	request.Provider = "agency"
	payment, err := k.Create(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Contracts().Enable(t.Context(), account, "agency", false); err != nil {
		t.Fatal(err)
	}
	if got := k.offered(t, "CNY"); got != "platform" {
		t.Errorf("offered: %s", got)
	}
	if payment, err = k.Confirm(t.Context(), account, payment.TradeNo, nil); err != nil || payment.State != pay.Paid {
		t.Fatalf("%s, %v", payment.State, err)
	}
	if refund, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 1000, ""); err != nil || refund.State != pay.RefundSuccess {
		t.Errorf("%+v, %v", refund, err)
	}
	request.Subject = store.NewID()
	if _, err := k.Create(t.Context(), request); !errors.Is(err, pay.ErrNoProvider) {
		t.Errorf("a new payment: %v", err)
	}
	_ = agency
}

func TestAContractsSecretIsNeverShownAndAnEmptyOneKeepsIt(t *testing.T) {
	t.Parallel()
	k, _ := withAgency(t)
	signed, err := k.Contracts().Sign(t.Context(), account, "agency", typed)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(signed.Sealed), "s3cret") {
		t.Error("the secret is stored as it is")
	}
	shown, err := k.Contracts().Typed(t.Context(), account, "agency")
	if err != nil || shown.Values["key"] != "" || !shown.Kept["key"] || shown.Values["merchant"] != "1900000109" {
		t.Errorf("%+v, %v", shown, err)
	}
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", map[string]string{"merchant": "2"}); err != nil {
		t.Errorf("an empty secret keeps what there is: %v", err)
	}
}

func TestACheckOfAContractKeepsWhatIsWrong(t *testing.T) {
	t.Parallel()
	k, agency := withAgency(t)
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", typed); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		down error
		want string
	}{{nil, ""}, {errNoKey, "agency_key"}, {context.DeadlineExceeded, "payment_provider_answer"}, {nil, ""}} {
		agency.down = c.down
		checked, err := k.Contracts().Check(t.Context(), account, "agency")
		if err != nil || checked.Problem != c.want || checked.CheckedAt == nil {
			t.Errorf("%v: %+v, %v", c.down, checked, err)
		}
	}
}

func TestACodeAtTheCounterGoesToWhoeverHasGivenItOut(t *testing.T) {
	t.Parallel()
	k, agency := withAgency(t)
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", typed); err != nil {
		t.Fatal(err)
	}
	request := k.request()
	for _, code := range []string{"", "134567", "99"} {
		if _, err := k.Take(t.Context(), request, code); !errors.Is(err, pay.ErrUnknownCode) {
			t.Errorf("%q: %v", code, err)
		}
	}
	taken, err := k.Take(t.Context(), request, "281234")
	if err != nil || taken.State != pay.Paid || taken.Provider != "agency" || taken.Scene != pay.AtCounter {
		t.Fatalf("%+v, %v", taken, err)
	}
	if again, err := k.Take(t.Context(), request, "285678"); err != nil || again.TradeNo != taken.TradeNo {
		t.Errorf("the same sale again: %+v, %v", again, err)
	}
	request.Subject = store.NewID()
	waiting, err := k.Take(t.Context(), request, "280000")
	if err != nil || waiting.State != pay.Pending {
		t.Fatalf("%s, %v", waiting.State, err)
	}
	agency.platform.mu.Lock()
	agency.status[waiting.TradeNo] = pay.Success // the password was typed
	agency.platform.mu.Unlock()
	if paid, err := k.Check(t.Context(), account, waiting.TradeNo); err != nil || paid.State != pay.Paid {
		t.Errorf("%s, %v", paid.State, err)
	}
}

func TestACodeThatNobodyAnswersForIsNeverTakenTwice(t *testing.T) {
	t.Parallel()
	k, agency := withAgency(t)
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", typed); err != nil {
		t.Fatal(err)
	}
	request := k.request()
	agency.quiet(true)
	if _, err := k.Take(t.Context(), request, "281234"); !errors.Is(err, pay.ErrOutcomeOpen) {
		t.Fatalf("no answer: %v", err)
	}
	agency.quiet(false)
	k.settle(t)
	found, err := k.Of(t.Context(), account, request.Subject)
	if err != nil || len(found) != 1 || found[0].State != pay.Closed {
		t.Errorf("%+v, %v", found, err)
	}
	if other, err := k.Take(t.Context(), request, "281234"); err != nil || other.TradeNo == found[0].TradeNo || other.Amount != money.Of(1000, "CNY") {
		t.Errorf("once more: %+v, %v", other, err)
	}
}
