package app_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"plaza/api/apitest"
	"plaza/shop/pay/alipaytest"
	"plaza/shop/pay/kakaopaytest"
	"plaza/shop/pay/wechatpaytest"
	"plaza/skew"
)

// Whatever a platform answers, even that it takes nothing from us, it tells its
// time; and "test the connection" asks until there is enough to go by.
func TestEveryPlatformsClockIsComparedWithOurs(t *testing.T) {
	t.Parallel()
	var w *apitest.World
	platform := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Date", w.Now().Add(-7*time.Minute).Format(http.TimeFormat))
		answer.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(platform.Close)
	w = apitest.New(t, apitest.Options{WeChatAPI: platform.URL, LINEAPI: platform.URL, TelegramAPI: platform.URL, KakaoAPI: platform.URL,
		WeChatPayAPI: platform.URL, AlipayGateway: platform.URL + "/gateway.do", KakaoPayAPI: platform.URL})
	of := w.Merchant("corner")
	hex := strings.Repeat("0123456789abcdef", 2)
	for channel, credentials := range map[string]map[string]any{
		"wechat":   {"app_id": "wx0123456789abcdef", "secret": hex, "token": "cornertoken"},
		"line":     {"channel_secret": hex, "channel_access_token": hex + hex},
		"telegram": {"bot_token": "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"},
		"kakao": {"secret": hex, "bot_id": "5d1f0a2b3c4d5e6f70819203", "rest_key": hex, "event_name": "plaza",
			"dealer_app_key": "appkey0123456789", "dealer_secret": "secret0123456789", "sender_key": "0123456789abcdef0123456789abcdef01234567"},
	} {
		encoded, err := json.Marshal(credentials)
		w.Must(err)
		_, err = w.Bot.Connections().Save(t.Context(), of.ID, channel, encoded)
		w.Must(err)
		_, _ = w.Bot.Connections().Check(t.Context(), of.ID, channel) // refused
		wantFast(t, w.Clocks.Confirm(t.Context(), channel))
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	w.Must(err)
	same := func() *rsa.PrivateKey { return key }
	till, shop := wechatpaytest.New(wechatpaytest.Options{Now: w.Now, Key: same}), alipaytest.New(alipaytest.Options{Now: w.Now, Key: same})
	for provider, contract := range map[string]map[string]string{
		"wechatpay": till.Contract(till.Enroll("1900000109", "wx0123456789abcdef"), false),
		"alipay":    shop.Contract(shop.Enroll("2021000000000109", "2088000000000109", true)),
		"kakaopay":  kakaopaytest.Contract(),
	} {
		_, err := w.Payments.Contracts().Sign(t.Context(), of.ID, provider, contract)
		w.Must(err)
		_, _ = w.Payments.Contracts().Check(t.Context(), of.ID, provider)
		wantFast(t, w.Clocks.Confirm(t.Context(), provider))
	}
	if off := w.Clocks.Off(); len(off) != 7 {
		t.Errorf("%v", off)
	}
}

func wantFast(t *testing.T, found skew.Reading) {
	t.Helper()
	if !found.Off() || found.Ahead.Round(time.Minute) != 7*time.Minute {
		t.Errorf("%+v", found)
	}
}
