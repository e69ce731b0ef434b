package kakaopay_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/kakaopaytest"
)

// TestTheSecretKeyFollowsNoRedirect: what we say to KakaoPay holds the key of the
// merchant code, and a redirect that keeps the method would say it to another host.
func TestTheSecretKeyFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	k := open(t)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	moved := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	defer moved.Close()
	charge := pay.Charge{TradeNo: "P1", Account: account, Amount: money.Of(12000, "KRW"), Payer: message.Person{ID: account + ":kakao:u1", Account: account}}
	var err error
	if charge.Contract, err = json.Marshal(kakaopaytest.Contract()); err != nil {
		t.Fatal(err)
	}
	if _, err := kakaopay.New(moved.URL, k.now).Create(t.Context(), charge); err == nil {
		t.Error("a redirect is taken for an answer")
	}
}
