package phones

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"plaza/bot/standin"
	"plaza/shop/pay/alipaytest"
	"plaza/shop/pay/kakaopaytest"
	"plaza/shop/pay/wechatpaytest"
)

// tills are the payment providers. Where a payer has to agree, they serve a page
// of their own for it.
type tills struct {
	wechatPay *wechatpaytest.Platform
	merchant  *wechatpaytest.Merchant
	kakaoPay  *kakaopaytest.KakaoPay
	alipay    *alipaytest.Platform
	seller    *alipaytest.Merchant
}

// The numbers of the sample store at WeChat Pay and at Alipay.
const (
	wechatMerchant            = "1900000109"
	alipayApp, alipayMerchant = "2021000000000109", "2088000000000109"
)

func (w *World) openTills(serial int) (t tills) {
	now := 0 // of the pairs
	pair := func() *rsa.PrivateKey {
		key, err := x509.ParsePKCS1PrivateKey(w.secrets.Pairs[now])
		if err != nil {
			panic(err) // we have written it
		}
		return key
	}
	t.wechatPay = wechatpaytest.New(wechatpaytest.Options{Now: w.Now, Base: w.API("wechatpay"), AnyAddress: true, RefundTakes: 5 * time.Second,
		Trouble: w.wechatPayTrouble, Key: pair})
	t.alipay = alipaytest.New(alipaytest.Options{Now: w.Now, Base: w.API("alipay"), AnyAddress: true, Key: pair, Trouble: w.alipayTrouble})
	now = 1
	t.seller = t.alipay.Enroll(alipayApp, alipayMerchant, false)
	t.alipay.Continue(serial)
	t.merchant = t.wechatPay.Enroll(wechatMerchant, w.secrets.WeChatID)
	t.merchant.APIv3Key = w.secrets.WeChatPayKey
	t.wechatPay.Continue(serial)
	t.kakaoPay = kakaopaytest.New()
	t.kakaoPay.Now, t.kakaoPay.Public = w.Now, w.API("kakaopay")
	t.kakaoPay.Continue(serial)
	return t
}

// Contracts are those that the stand-ins of providers know.
func (w *World) Contracts() []Contract {
	return []Contract{
		{w.Store, "wechatpay", w.tills.wechatPay.Contract(w.tills.merchant, true)},
		{w.Store, "alipay", w.tills.alipay.Contract(w.tills.seller)},
		{w.Cafe, "kakaopay", kakaopaytest.Contract()},
	}
}

// run delivers notifications.
func (t tills) run(ctx context.Context, client *http.Client) {
	var both sync.WaitGroup
	both.Go(func() { t.wechatPay.Run(ctx, client) })
	both.Go(func() { t.alipay.Run(ctx, client) })
	both.Wait()
}

func (w *World) alipayTrouble(string) alipaytest.Trouble {
	return befalls(w, alipaytest.None, alipaytest.Throttle, alipaytest.Fail)
}

func (w *World) wechatPayTrouble(string, string) wechatpaytest.Trouble {
	return befalls(w, wechatpaytest.None, wechatpaytest.Throttle, wechatpaytest.Fail)
}

// befalls is what goes wrong with a call, in the words of whose it is; a slow one
// only takes its time.
func befalls[T any](w *World, none, throttle, fail T) T {
	switch w.trouble.Next() {
	case standin.Slow:
		time.Sleep(w.trouble.Pause)
	case standin.Throttle:
		return throttle
	case standin.Fail:
		return fail
	}
	return none
}

// kakaoPayAPI lets troubles befall KakaoPay's calls, but not the payer's page.
func (w *World) kakaoPayAPI(rw http.ResponseWriter, r *http.Request) {
	if call, ok := strings.CutPrefix(r.URL.Path, "/online/v1/payment/"); ok {
		if fault := befalls(w, "", kakaopaytest.Busy, kakaopaytest.Down); fault != "" {
			w.tills.kakaoPay.Next(call, fault)
		}
	}
	w.tills.kakaoPay.ServeHTTP(rw, r)
}

// payByScan pays with WeChat what a code of WeChat Pay's asks for.
func (w *World) payByScan(code string) ([]Bubble, error) {
	if err := w.tills.wechatPay.Scan(code, wechatPerson); err != nil {
		return nil, errNotPayable
	}
	return []Bubble{{Note: "paid"}}, nil
}

// won is a price as KakaoTalk shows it.
func won(price any) string {
	amount, _ := price.(float64)
	digits := strconv.FormatInt(int64(amount), 10)
	for at := len(digits) - 3; at > 0; at -= 3 {
		digits = digits[:at] + "," + digits[at:]
	}
	return fmt.Sprintf("%s원", digits)
}
