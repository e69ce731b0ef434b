//go:build !nostandins

package main

import (
	"context"
	"net"
	"slices"
	"time"

	"plaza/bot/kakao"
	"plaza/bot/line"
	"plaza/bot/telegram"
	"plaza/bot/wechat"
	"plaza/demo"
	"plaza/demo/phones"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/wechatpay"
)

// openStandIns starts the demo's messengers and payment providers and points the
// settings at them. They speak with libraries that nothing else needs, so the
// builds that people run shops with leave this file out (tag nostandins).
func openStandIns(s *Settings, program net.Addr) (*standIns, error) {
	world, err := phones.Open(phones.Options{Folder: s.Data, Program: onThisMachine(program), PublicURL: s.publicURL(),
		Store: demo.StoreSlug, Cafe: demo.CafeSlug, Now: time.Now, Logger: s.logger()})
	if err != nil {
		return nil, err
	}
	led := lead(s, world)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := world.Run(ctx); err != nil {
			s.logger().Error("the phones have gone", "error", err)
		}
	}()
	made := &standIns{page: world.Address() + "/phones", media: phones.SecureURL(s.publicURL()), restore: world.Restore, know: world.Know, close: func() { cancel(); <-ended }}
	for _, c := range world.Connections() {
		if led[c.Channel] {
			made.connections = append(made.connections, standInConnection{c.Account, c.Channel, c.Person, c.Credentials})
		}
	}
	for _, c := range world.Contracts() {
		if led[c.Provider] {
			made.contracts = append(made.contracts, standInContract{c.Account, c.Provider, c.Typed})
		}
	}
	return made, nil
}

// lead points the settings at the platforms of this world, and says at which. A
// host that the operator has chosen stays, and what is connected there with it.
func lead(s *Settings, world *phones.World) map[string]bool {
	type host struct {
		setting *string
		usual   string
	}
	led := map[string]bool{}
	for platform, hosts := range map[string][]host{
		wechat.ChannelName: {{&s.WeChatAPI, wechat.DefaultAPI}, {&s.WeChatOpen, wechat.DefaultOpen}, {&s.WeChatScripts, wechat.DefaultScripts}},
		line.Name:          {{&s.LINEAPI, line.DefaultAPI}, {&s.LINEAccess, line.DefaultAccess}},
		telegram.Name:      {{&s.TelegramAPI, telegram.DefaultAPI}, {&s.TelegramLogin, telegram.DefaultLogin}},
		kakao.Name:         {{&s.KakaoAPI, kakao.DefaultAPI}},
		wechatpay.Name:     {{&s.WeChatPayAPI, wechatpay.DefaultAPI}},
		kakaopay.Name:      {{&s.KakaoPayAPI, kakaopay.API}},
		alipay.Name:        {{&s.AlipayGateway, alipay.DefaultGateway}},
	} {
		led[platform] = !slices.ContainsFunc(hosts, func(h host) bool { return *h.setting != "" && *h.setting != h.usual })
		for _, h := range hosts {
			switch {
			case led[platform] && platform == alipay.Name:
				*h.setting = world.API(platform) + "/gateway.do"
			case led[platform]:
				*h.setting = world.API(platform)
			}
		}
	}
	return led
}

// onThisMachine is where a listener is reached from the same machine.
func onThisMachine(listening net.Addr) string {
	address, ok := listening.(*net.TCPAddr)
	if ok && address.IP.IsUnspecified() {
		return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: address.Port}).String()
	}
	return listening.String()
}
