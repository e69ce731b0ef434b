package rest_test

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/shop"
)

const key = "Idempotency-Key"

func (p program) products() int {
	p.kit.t.Helper()
	var list struct{ Items []shop.Product }
	p.get("/products?limit=200").want(http.StatusOK, &list)
	return len(list.Items)
}

func TestARepeatedRequestGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	first := p.with(key, "one").post("/products", tea()).want(http.StatusCreated)
	again := p.with(key, "one").post("/products", tea()).want(http.StatusCreated)
	if !bytes.Equal(first.body, again.body) || first.header.Get("Idempotency-Replayed") != "" ||
		again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s\n%s\n%v", first.body, again.body, again.header)
	}
	p.with(key, "two").post("/products", tea()).want(http.StatusCreated)
	if count := p.products(); count != 2 {
		t.Errorf("%d products", count)
	}
}

func TestOfManyRequestsAtOnceWithOneKeyOneIsCarriedOut(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	p = p.with(key, "one")
	answers := make([]answer, 32)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = p.post("/products", tea()) })
	}
	all.Wait()
	var created []byte
	for _, got := range answers {
		switch got.status {
		case http.StatusCreated:
			if created == nil {
				created = got.body
			}
			if !bytes.Equal(created, got.body) {
				t.Errorf("another answer: %s", got.body)
			}
		default:
			got.problem(http.StatusConflict, "idempotency_key_in_use")
		}
	}
	if created == nil || p.products() != 1 {
		t.Errorf("%d products", p.products())
	}
}

func TestAKeyIsForOneRequestOnly(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, _ := k.program("corner-store")
	other, _ := k.program("other-store")
	p.with(key, "one").post("/products", tea()).want(http.StatusCreated)
	changed := tea()
	changed["category"] = "tea"
	p.with(key, "one").post("/products", changed).problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	// For another operation and for another account it is another key.
	p.with(key, "one").post("/coupons", map[string]any{"code": "TEN", "percent": 10}).want(http.StatusCreated)
	other.with(key, "one").post("/products", changed).want(http.StatusCreated)
	for _, bad := range []string{"", strings.Repeat("x", 256), "käse"} {
		p.with(key, bad).post("/products", tea()).problem(http.StatusUnprocessableEntity, "bad_idempotency_key")
	}
}

func TestARefusedFormDoesNotUseItsKeyUp(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	p = p.with(key, "one")
	wrong := tea()
	wrong["variants"] = []any{map[string]any{"price": map[string]any{"minor": -1, "currency": "CNY"}}}
	p.post("/products", wrong).problem(http.StatusUnprocessableEntity, "negative_amount")
	delete(wrong, "names")
	p.post("/products", wrong).problem(http.StatusUnprocessableEntity, "invalid_input")
	p.raw(http.MethodPost, "/products", "application/json", bytes.Repeat([]byte(" "), 2<<20)).
		problem(http.StatusRequestEntityTooLarge, "too_large")
	p.post("/products", tea()).want(http.StatusCreated)
}

func TestADecisionOfTheDomainIsKept(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	ten := map[string]any{"code": "TEN", "percent": 10}
	p.post("/coupons", ten).want(http.StatusCreated)
	p.with(key, "one").post("/coupons", ten).problem(http.StatusConflict, "coupon_exists")
	again := p.with(key, "one").post("/coupons", ten)
	again.problem(http.StatusConflict, "coupon_exists")
	if again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("asked anew: %v", again.header)
	}
}

func TestAnAnswerIsKeptForADay(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, _ := k.program("corner-store")
	p.with(key, "one").post("/products", tea()).want(http.StatusCreated)
	k.clock.pass(24*time.Hour - time.Millisecond)
	p.with(key, "one").post("/products", tea()).want(http.StatusCreated)
	if count := p.products(); count != 1 {
		t.Errorf("%d products within a day", count)
	}
	k.clock.pass(time.Millisecond)
	p.with(key, "one").post("/products", tea()).want(http.StatusCreated)
	if count := p.products(); count != 2 {
		t.Errorf("%d products after a day", count)
	}
}

func TestARefundWithAKeyGivesMoneyBackOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	order := k.paid(k.subscriber(opened, "visitor1", "Mei", "hello"), k.product(opened, "tea", 5))
	part := map[string]any{"amount": 200}
	for range 3 {
		p.with(key, "one").post("/orders/"+order.ID+"/refund", part).want(http.StatusOK)
	}
	var payment struct{ Refunded int64 }
	p.get("/payments/"+order.Payment).want(http.StatusOK, &payment)
	if payment.Refunded != 200 {
		t.Errorf("%d given back", payment.Refunded)
	}
	p.post("/orders/"+order.ID+"/refund", part).want(http.StatusOK)
	p.get("/payments/"+order.Payment).want(http.StatusOK, &payment)
	if payment.Refunded != 400 {
		t.Errorf("%d given back after another refund", payment.Refunded)
	}
}

func TestASecretInAKeptAnswerIsGivenAgainAndLiesNowhereInClear(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	wanted := map[string]any{"label": "till", "scopes": []string{"shop.read"}}
	var first, again struct{ Secret string }
	p.with(key, "one").post("/tokens", wanted).want(http.StatusCreated, &first)
	p.with(key, "one").post("/tokens", wanted).want(http.StatusCreated, &again)
	if first.Secret == "" || first.Secret != again.Secret {
		t.Errorf("%q, then %q", first.Secret, again.Secret)
	}
	program{kit: k, token: first.Secret}.get("/products").want(http.StatusOK)
	if dumped := k.dump(opened.ID); !strings.Contains(dumped, opened.ID) || strings.Contains(dumped, first.Secret) {
		t.Errorf("the kept answers hold the secret:\n%s", dumped)
	}
}
