package wechatpay_test

import (
	"context"
	"crypto/rsa"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/shop/pay/wechatpay"
)

// FuzzNotifications seals hostile contents in envelopes that are in order, and
// posts anything at all as it is: nothing panics, and nothing but a fault or a
// notice comes out.
func FuzzNotifications(f *testing.F) {
	text, err := os.ReadFile("testdata/sdk_key.pem") // no worker has to make keys
	if err != nil {
		f.Fatal(err)
	}
	key, err := utils.LoadPrivateKey(strings.ReplaceAll(string(text), "TESTING KEY", "PRIVATE KEY"))
	if err != nil {
		f.Fatal(err)
	}
	w := newWorldWith(f, true, func() *rsa.PrivateKey { return key })
	for _, seed := range []string{
		`{"mchid":"1900000109","out_trade_no":"T1","trade_state":"SUCCESS","transaction_id":"4","amount":{"total":1000,"currency":"CNY"}}`,
		`{"mchid":"1900000109","out_trade_no":"T1","out_refund_no":"T1-R1","refund_status":"SUCCESS","amount":{"refund":1}}`,
		`{"mchid":"1900000109","out_trade_no":"T1","trade_state":"SUCCESS","amount":{"total":9223372036854775808}}`,
		`{"mchid":"1900000109","out_trade_no":"T1","trade_state":"SUCCESS","amount":{"total":-1}}`,
		`{"mchid":"1900000109","out_trade_no":"T1","trade_state":"SUCCESS","amount":{"total":1e3}}`,
		`{"mchid":1900000109}`, `{"out_trade_no":null}`, `[]`, `null`, `"`, ``, "\x00", `{"amount":{"total":{}}}`,
	} {
		for _, event := range []string{"TRANSACTION.SUCCESS", "REFUND.SUCCESS", ""} {
			f.Add(event, []byte(seed))
		}
	}
	f.Fuzz(func(t *testing.T, event string, content []byte) {
		header, body := w.platform.Seal(w.merchant, event, content)
		notice, err := w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Header: header, Body: body})
		checkNotice(t, notice, err)
		if _, err = w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Header: header, Body: content}); err == nil {
			t.Error("another body under the same signature is taken")
		}
	})
}

func checkNotice(t *testing.T, notice pay.Notice, err error) {
	t.Helper()
	if err != nil {
		if _, said := errors.AsType[*fault.Error](err); !said {
			t.Errorf("no fault: %v", err)
		}
		return
	}
	if notice.TradeNo == "" || notice.Reply.Status != 204 || notice.RefundNo == "" && notice.Outcome.Status == "" {
		t.Errorf("%+v", notice)
	}
}

// FuzzBill reads anything as a bill.
func FuzzBill(f *testing.F) {
	const head = "\ufeff交易时间,微信订单号,商户订单号,交易状态,货币种类,应结订单金额,商户退款单号,退款金额,手续费\r\n"
	f.Add(head + "`2026-05-04 11:00:00,`42,`T1,`SUCCESS,`CNY,`10.00,`0,`0.00,`0.06000\r\n总交易单数\r\n`1\r\n")
	f.Add(head + "`2026-05-04 11:00:00,`42,`T1,`REFUND,`CNY,`0.00,`T1-R1,`3.00,`-0.02000\r\n")
	f.Add(head + "`,`,`\n`")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		var lines []pay.BillLine
		err := wechatpay.ReadBill(strings.NewReader(text), func(line pay.BillLine) error {
			lines = append(lines, line)
			return nil
		})
		for _, line := range lines {
			if err == nil && (line.TradeNo == "" || line.Amount.Minor < 0 || line.At.IsZero()) {
				t.Errorf("%+v", line)
			}
		}
	})
}
