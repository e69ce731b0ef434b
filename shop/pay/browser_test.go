package pay_test

import (
	"testing"

	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/wechatpay"
)

func TestEachProviderKnowsItsOwnAppAndWhichAppsShutItOut(t *testing.T) {
	t.Parallel()
	s := pay.New(pay.Dependencies{Providers: []pay.Provider{alipay.New(alipay.Options{}), wechatpay.New(wechatpay.Options{}), kakaopay.New("", nil)}})
	const (
		desktop = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
		phone   = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
	)
	for _, c := range []struct {
		provider, agent string
		place           pay.Place
		scene           pay.Scene
	}{
		{"alipay", phone + " AlipayClient/10.6.0.6000", pay.OwnApp, pay.InMessenger},
		{"alipay", phone + " MicroMessenger/8.0.50", pay.ShutOut, pay.OnPhone},
		{"alipay", phone, pay.AnyBrowser, pay.OnPhone},
		{"alipay", desktop, pay.AnyBrowser, pay.OnDesktop},
		{"wechatpay", phone + " MicroMessenger/8.0.50", pay.OwnApp, pay.InMessenger},
		{"wechatpay", phone + " AlipayClient/10.6.0.6000", pay.ShutOut, pay.OnPhone},
		{"wechatpay", desktop, pay.AnyBrowser, pay.OnDesktop},
		{"kakaopay", phone + " KAKAOTALK 25.1.0", pay.OwnApp, pay.InMessenger},
		{"kakaopay", phone + " MicroMessenger/8.0.50", pay.AnyBrowser, pay.OnPhone},
		{"none", phone, pay.AnyBrowser, pay.OnPhone},
	} {
		if place, scene := s.Place(c.provider, c.agent), s.SceneIn(c.provider, c.agent); place != c.place || scene != c.scene {
			t.Errorf("%s in %q: %q, %q", c.provider, c.agent, place, scene)
		}
	}
}
