package pay_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"plaza/money"
	"plaza/shop/pay"
)

// dollars is a rate by which what these tests ask for is what the platform takes.
type dollars struct{}

func (dollars) Into(_ context.Context, _, from string) ([]money.Rate, error) {
	if from != "USD" {
		return nil, nil
	}
	return []money.Rate{{From: "USD", To: "KRW", Value: "1400", Day: "2026-05-04", Source: "Kim"},
		{From: "USD", To: "CNY", Value: "7.142857", Day: "2026-05-04", Source: "Kim"}}, nil
}

func (dollars) Lapsed(_ context.Context, _, from string) ([]money.Rate, error) { return nil, nil }

// abroad is a shop that counts in dollars, whose agency takes yuan only.
func abroad(t *testing.T) (*kit, pay.Request) {
	t.Helper()
	k, _ := withAgency(t)
	k.Convert(dollars{})
	if _, err := k.Contracts().Sign(t.Context(), account, "agency", typed); err != nil {
		t.Fatal(err)
	}
	request := k.request()
	request.Provider, request.Amount = "agency", money.Of(140, "USD")
	return k, request
}

// pays makes a paid payment of the request.
func (k *kit) pays(t *testing.T, request pay.Request) pay.Payment {
	t.Helper()
	payment, err := k.Create(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	payment, err = k.Confirm(t.Context(), account, payment.TradeNo, nil)
	if err != nil || payment.State != pay.Paid {
		t.Fatalf("%s, %v", payment.State, err)
	}
	return payment
}

func TestABuyerAbroadPaysByADatedRateAndBothAmountsAreKept(t *testing.T) {
	t.Parallel()
	k, request := abroad(t)
	if k.offered(t, "USD") != "platform" {
		t.Errorf("without a word about what for: %s", k.offered(t, "USD"))
	}
	names, err := k.OfferedFor(t.Context(), account, pay.ForOrder, "USD")
	if err != nil || len(names) != 2 {
		t.Errorf("for an order: %v, %v", names, err)
	}
	payment := k.pays(t, request)
	if payment.Amount != price || payment.AskedFor() != request.Amount || payment.Price.Rate.Value != "7.142857" || payment.Price.Rate.Day != "2026-05-04" {
		t.Errorf("%v for %v by %+v", payment.Amount, payment.AskedFor(), payment.Price)
	}
	if k.owner.paidBy[request.Subject] != payment.TradeNo {
		t.Error("the owner does not know")
	}
}

func TestOnlyOrdersAreConverted(t *testing.T) {
	t.Parallel()
	k, request := abroad(t)
	for _, purpose := range []pay.Purpose{pay.ForTopUp, pay.ForMandate, pay.ForCounter} {
		request.Purpose = purpose
		if _, err := k.Create(t.Context(), request); !errors.Is(err, pay.ErrNoProvider) {
			t.Errorf("%s: %v", purpose, err)
		}
	}
}

func TestRefundsOfAConvertedPaymentAddUpInBothCurrencies(t *testing.T) {
	t.Parallel()
	k, request := abroad(t)
	rapid.Check(t, func(rt *rapid.T) {
		request.Subject = k.request().Subject
		request.ExpiresAt = k.request().ExpiresAt
		payment := k.pays(t, request)
		var group sync.WaitGroup
		for i := range rapid.IntRange(1, 6).Draw(rt, "refunds") {
			amount := rapid.Int64Range(1, 60).Draw(rt, "amount")
			group.Go(func() {
				_, err := k.Refund(t.Context(), account, payment.TradeNo, fmt.Sprintf("R%d", i), amount, "")
				if err != nil && !errors.Is(err, pay.ErrRefundTooMuch) {
					rt.Error(err)
				}
			})
		}
		group.Wait()
		now, err := k.Get(t.Context(), account, payment.TradeNo)
		if err != nil {
			rt.Fatal(err)
		}
		part, err := payment.Amount.Part(now.GivenBack(), request.Amount.Minor)
		if err != nil || now.Refunded != part.Minor || now.GivenBack()+now.Left() != request.Amount.Minor {
			rt.Fatalf("%d of %v is given back as %d, left %d", now.GivenBack(), request.Amount, now.Refunded, now.Left())
		}
		if now.Left() == 0 {
			return
		}
		if _, err := k.Refund(t.Context(), account, payment.TradeNo, "REST", now.Left(), ""); err != nil {
			rt.Fatal(err)
		}
		if now, err = k.Get(t.Context(), account, payment.TradeNo); err != nil || now.Refunded != payment.Amount.Minor || now.Left() != 0 {
			rt.Fatalf("the rest: %d of %v, left %d, %v", now.Refunded, payment.Amount, now.Left(), err)
		}
	})
}

func TestARefundKeepsItsNumberInEitherCurrency(t *testing.T) {
	t.Parallel()
	k, request := abroad(t)
	payment := k.pays(t, request)
	first, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 70, "")
	if err != nil || first.Amount != 500 || first.AskedFor() != 70 {
		t.Fatalf("%+v, %v", first, err)
	}
	if again, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 70, ""); err != nil || again.Amount != 500 {
		t.Errorf("again: %+v, %v", again, err)
	}
	if _, err := k.Refund(t.Context(), account, payment.TradeNo, "R1", 71, ""); !errors.Is(err, pay.ErrRefundReused) {
		t.Errorf("another amount: %v", err)
	}
	if _, err := k.Refund(t.Context(), account, payment.TradeNo, "R2", 71, ""); !errors.Is(err, pay.ErrRefundTooMuch) {
		t.Errorf("too much: %v", err)
	}
}

func TestUnwantedMoneyFromAbroadGoesBackWhole(t *testing.T) {
	t.Parallel()
	k, request := abroad(t)
	late := k.request()
	late.Provider, late.Amount = "agency", request.Amount
	k.owner.mu.Lock()
	k.owner.paidBy[late.Subject] = "another"
	k.owner.mu.Unlock()
	payment := k.pays(t, late)
	k.settle(t)
	now, err := k.Get(t.Context(), account, payment.TradeNo)
	if err != nil || now.Refunded != payment.Amount.Minor || now.GivenBack() != request.Amount.Minor || now.Left() != 0 {
		t.Errorf("%d back of %v, %v", now.Refunded, payment.Amount, err)
	}
}
