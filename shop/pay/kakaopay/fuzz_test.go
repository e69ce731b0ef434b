package kakaopay_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/kakaopaytest"
)

// FuzzAnswers answers every call with whatever comes to mind: nothing panics,
// and money counts only if the answer is about this payment.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{`{}`, `[]`, `{"tid":"T1","status":"SUCCESS_PAYMENT","partner_order_id":"N1","amount":{"total":12000}}`,
		`{"tid":"T1","status":"SUCCESS_PAYMENT","partner_order_id":"N2","amount":{"total":12000}}`, `{"amount":{"total":1e99}}`,
		`{"error_code":-780,"error_message":"x","extras":{"method_result_message":"y"}}`, `{"payment_action_details":[null]}`, "<html>"} {
		f.Add(seed, 200)
		f.Add(seed, 400)
	}
	var body string
	var status int
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	f.Cleanup(server.Close)
	contract, err := json.Marshal(kakaopaytest.Contract())
	if err != nil {
		f.Fatal(err)
	}
	provider := kakaopay.New(server.URL, time.Now)
	charge := pay.Charge{Account: "A", Contract: contract, TradeNo: "N1", Amount: money.Of(12000, "KRW"), ProviderRef: "T1",
		ReturnURL: "https://plaza.example/pay/N1/return", At: time.Now()}
	f.Fuzz(func(t *testing.T, answer string, code int) {
		if body, status = answer, code; code < 200 || code > 599 || code == http.StatusNoContent || code == http.StatusNotModified {
			t.Skip("no status of an answer with a body")
		}
		ctx := t.Context()
		outcome, err := provider.Confirm(ctx, charge, map[string]string{"pg_token": "p"})
		if err == nil && outcome.Status == pay.Success {
			var said struct {
				Order string `json:"partner_order_id"`
			}
			if code != http.StatusOK || json.Unmarshal([]byte(answer), &said) != nil || said.Order != "N1" {
				t.Errorf("%d %q counts as paid", code, answer)
			}
		}
		if _, err := provider.Create(ctx, charge); err == nil && code != http.StatusOK {
			t.Errorf("%d %q counts as prepared", code, answer)
		}
		_, _ = provider.Close(ctx, charge)
		if refunded, err := provider.Refund(ctx, charge, pay.Refund{Number: "R1", Amount: 100}); err == nil && refunded.Status == pay.RefundSuccess && code != http.StatusOK {
			t.Errorf("%d %q counts as refunded", code, answer)
		}
		charge := charge
		charge.ProviderRef, charge.Mandate = "", "S1"
		_, _ = provider.ChargeMandate(ctx, charge)
		_, _ = provider.Query(ctx, charge)
		if err := provider.EndMandate(ctx, contract, "S1"); err == nil && code != http.StatusOK {
			t.Errorf("%d %q counts as ended: %v", code, answer, errors.Unwrap(err))
		}
	})
}
