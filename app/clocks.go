package app

import (
	"net/http"

	"plaza/bot/kakao"
	"plaza/bot/line"
	"plaza/bot/telegram"
	"plaza/bot/wechat"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/wechatpay"
)

// platforms are those whose clocks are compared with ours, by the names of their
// channels and providers.
var platforms = []string{wechat.ChannelName, line.Name, telegram.Name, kakao.Name, wechatpay.Name, alipay.Name, kakaopay.Name}

// clients make the calls of platforms and note what time it is there. Most calls
// of a platform go to one host, so more connections to it are kept than Go keeps.
func (a *App) clients() map[string]*http.Client {
	var transport http.RoundTripper
	if common, ok := http.DefaultTransport.(*http.Transport); ok {
		many := common.Clone()
		many.MaxIdleConnsPerHost = 64
		transport = many
	}
	all := make(map[string]*http.Client, len(platforms))
	for _, name := range platforms {
		all[name] = a.Clocks.Client(name, transport)
	}
	return all
}
