package console_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"plaza/skew"
)

func TestAWrongClockIsSaidInWordsWhereAPlatformIsConnected(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	const channel, contract = "/console/corner/settings/channels/wechat", "/console/corner/settings/payments/agency"
	for _, test := range []struct {
		ahead    time.Duration
		language string
		says     string
	}{
		{7*time.Minute + 4*time.Second, "en", "clock is 7 minutes fast compared with WeChat"},
		{-95 * time.Second, "en", "clock is 95 seconds slow compared with WeChat"},
		{3 * time.Hour, "zh", "以微信公众号的时间为准，本服务器的时钟快了3 小时"},
		{-50 * time.Hour, "ko", "이 서버의 시계가 2일 느립니다"},
	} {
		platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Date", k.now().Add(-test.ahead).Format(http.TimeFormat))
		}))
		t.Cleanup(platform.Close)
		for range 2 * skew.Enough {
			response, err := k.clocks.Client("wechat", nil).Head(platform.URL)
			must(t, err)
			must(t, response.Body.Close())
		}
		b.post("/console/language", "language", test.language)
		b.get(channel).want(t, http.StatusOK, test.says)
		b.get(contract).want(t, http.StatusOK, test.says) // which has not answered itself
	}
}
