package pay_test

import (
	"testing"

	"plaza/message"
	"plaza/shop/pay"
)

func TestTheWayThatSomebodyPaidLastIsOfferedFirst(t *testing.T) {
	t.Parallel()
	k := open(t, asking{newPlatform()})
	chosen := func(payer string) string {
		t.Helper()
		way, err := k.Choose(t.Context(), account, pay.ForOrder, "CNY", pay.Way{Payer: payer})
		if err != nil {
			t.Fatal(err)
		}
		return way.Provider
	}
	ann := message.Person{ID: account + ":webchat:ann", Account: account, Channel: "webchat", User: "ann"}
	if first := chosen(ann.ID); first != "platform" {
		t.Errorf("before any: %s", first)
	}
	request := k.request()
	request.Provider, request.Payer = "asking", ann
	payment, err := k.Create(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Confirm(t.Context(), account, payment.TradeNo, nil); err != nil {
		t.Fatal(err)
	}
	if next := chosen(ann.ID); next != "asking" {
		t.Errorf("after paying: %s", next)
	}
	if other := chosen(account + ":webchat:bob"); other != "platform" {
		t.Errorf("somebody else: %s", other)
	}
	if way, err := k.Choose(t.Context(), account, pay.ForOrder, "CNY", pay.Way{Payer: ann.ID}, "asking"); err != nil || way.Provider != "platform" {
		t.Errorf("where it is ruled out: %+v, %v", way, err)
	}
}
