package alipay_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/url"
	"os"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"plaza/fault"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
)

// storedKey is a key that no fuzzing worker has to make: watched by the fuzzer,
// that would take minutes.
func storedKey(f *testing.F, name string) *rsa.PrivateKey {
	f.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		f.Fatal(err)
	}
	block, _ := pem.Decode([]byte(strings.ReplaceAll(string(text), "TESTING KEY", "PRIVATE KEY")))
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		f.Fatal(err)
	}
	return parsed.(*rsa.PrivateKey)
}

// FuzzNotifications signs hostile contents as Alipay would, and posts anything at
// all as it is: nothing panics, and nothing but a fault or a notice comes out.
func FuzzNotifications(f *testing.F) {
	alipays, other, dealt := storedKey(f, "../wechatpay/testdata/sdk_key.pem"), storedKey(f, "testdata/key.pem"), 0
	w := newWorldWith(f, false, func() *rsa.PrivateKey {
		if dealt++; dealt == 1 {
			return alipays
		}
		return other
	}, 0)
	const ours = "app_id=2021000000000001&seller_id=2088102177846880&notify_type=trade_status_sync&"
	for _, seed := range []string{
		ours + "out_trade_no=T1&trade_no=42&trade_status=TRADE_SUCCESS&total_amount=10.00",
		ours + "out_trade_no=T1&trade_no=42&trade_status=TRADE_CLOSED&refund_fee=10.00&out_biz_no=R1",
		ours + "out_trade_no=T1&trade_no=42&trade_status=TRADE_SUCCESS&total_amount=92233720368547758.08",
		ours + "out_trade_no=T1&trade_no=42&trade_status=TRADE_SUCCESS&total_amount=-0.01",
		ours + "out_trade_no=T1&trade_no=42&trade_status=TRADE_SUCCESS&total_amount=1e3&trans_currency=USD",
		ours + "out_trade_no=&trade_status=WAIT_BUYER_PAY", ours + "trade_status=%00", "app_id=%ff", "a&b&c", "&&&", "=", "", "\x00", "%", "sign=&sign_type=RSA2",
		strings.Repeat("a=b&", 300),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		values, err := url.ParseQuery(string(content))
		if err == nil {
			told := map[string]string{}
			for name, all := range values {
				told[name] = all[0]
			}
			notice, err := w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Body: w.platform.Seal(w.merchant, told)})
			checkNotice(t, notice, err)
		}
		if _, err = w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Body: content}); err == nil {
			t.Error("what nobody has signed is taken")
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
	if notice.TradeNo == "" || notice.Reply.Body != "success" || notice.RefundNo != "" || notice.Outcome.Status == "" ||
		notice.Outcome.Status == pay.Success && (notice.Outcome.Amount.Minor < 0 || notice.Outcome.ProviderRef == "") {
		t.Errorf("%+v", notice)
	}
}

// FuzzBill reads anything as a bill.
func FuzzBill(f *testing.F) {
	const head = "#支付宝业务明细查询\r\n支付宝交易号,商户订单号,业务类型,商品名称,完成时间,订单金额（元）,退款批次号/请求号,服务费（元）\r\n"
	const end = "#----业务明细列表结束----\r\n"
	for _, seed := range []string{
		head + "42\t,T1\t,交易,面,2026-05-04 11:00:00,10.00,,-0.06\r\n" + end,
		head + "42\t,T1\t,交易,面, 汤,2026-05-04 11:00:00,10.00,,-0.06\r\n" + end,
		head + "42\t,T1\t,退款,面,2026-05-04 11:00:00,-3.00,R1\t,0.02\r\n" + end,
		head + "42\t,T1\t,退款,面,2026-05-04 11:00:00,-3.00,,\r\n" + end,
		head + "42\t,T1\t,交易,面,2026-05-04 11:00:00,-10.00,,0.00\r\n" + end,
		head, end, "", ",", head + ",,,,\r\n" + end,
	} {
		text, err := simplifiedchinese.GBK.NewEncoder().String(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, _ = alipay.ReadBill(bytes.NewReader(text), func(line pay.BillLine) error {
			if line.TradeNo == "" || line.Amount.Minor < 0 || line.At.IsZero() {
				t.Errorf("%+v", line)
			}
			return nil
		})
	})
}

// FuzzKeys reads anything as keys and certificates.
func FuzzKeys(f *testing.F) {
	root, err := os.ReadFile("testdata/alipayRootCert.crt")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(root))
	f.Add("MIIB")
	f.Add("-----BEGIN CERTIFICATE-----\n\n-----END CERTIFICATE-----")
	f.Fuzz(func(_ *testing.T, text string) {
		alipay.RootCertificates(text)
		_, _ = alipay.OwnPublicKey(text)
	})
}
