package api_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
)

// TestAPaymentIsMadeOnAlipaysPageAndHeardOf: Alipay's notification wants seven
// characters.
func TestAPaymentIsMadeOnAlipaysPageAndHeardOf(t *testing.T) {
	t.Parallel()
	paysOnPage(t, func(host string) apitest.Options { return apitest.Options{AlipayGateway: host + "/gateway.do"} },
		func(host string, now func() time.Time) onPage {
			platform := alipaytest.New(alipaytest.Options{Now: now, Base: host, AnyAddress: true})
			merchant := platform.Enroll("2021000000000001", "2088102177846880", true)
			return onPage{name: alipay.Name, platform: platform, contract: platform.Contract(merchant),
				yes: func(string) url.Values { return url.Values{"app": {merchant.AppID}} },
				sold: func(forged bool) (http.Header, []byte) {
					trouble := alipaytest.None
					if forged {
						trouble = alipaytest.Forged
					}
					return http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, platform.Say(platform.Notices()[0], trouble, nil)
				}}
		})
}
