package api_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
)

func TestAPaymentIsMadeOnWeChatPaysPageAndHeardOf(t *testing.T) {
	t.Parallel()
	paysOnPage(t, func(host string) apitest.Options { return apitest.Options{WeChatPayAPI: host} },
		func(host string, now func() time.Time) onPage {
			platform := wechatpaytest.New(wechatpaytest.Options{Now: now, Base: host, AnyAddress: true})
			merchant := platform.Enroll("1900000109", "wxd678efh567hg6787")
			return onPage{name: wechatpay.Name, platform: platform, contract: platform.Contract(merchant, true),
				yes: func(back string) url.Values { return url.Values{"merchant": {merchant.ID}, "back": {back}} },
				sold: func(forged bool) (http.Header, []byte) {
					trouble := wechatpaytest.None
					if forged {
						trouble = wechatpaytest.Forged
					}
					return platform.Say(platform.Notices()[0], true, trouble, nil)
				}}
		})
}
