package main

import (
	"context"
	"net/http"

	"plaza/bot/wechat/wechattest"
)

// weChatSoak is WeChat's stand-in in a soak.
type weChatSoak struct {
	app wechattest.App
	*wechattest.Platform
}

func openWeChat(setting soakSetting) soakPlatform {
	app := wechattest.App{AppID: loadAppID, Secret: "0123456789abcdef0123456789abcdef", OriginalID: "gh_soak",
		Token: "soak", Webhook: setting.webhook}
	platform := wechattest.New(app, setting.now)
	platform.Troubles = setting.troubles
	platform.Client = &http.Client{Transport: setting.gate}
	return weChatSoak{app, platform}
}

func (w weChatSoak) ServeHTTP(rw http.ResponseWriter, r *http.Request) { w.Platform.ServeHTTP(rw, r) }

func (w weChatSoak) connection() any {
	return map[string]string{"app_id": w.app.AppID, "secret": w.app.Secret, "token": w.app.Token}
}

func (w weChatSoak) meet(ctx context.Context, person string) error {
	_, err := w.Say(ctx, person, "hello")
	return err
}

func (w weChatSoak) received() map[receipt]int {
	got := make(map[receipt]int)
	for _, one := range w.Delivered() {
		text, _ := one.Content["content"].(string)
		got[receipt{one.To, text}]++
	}
	return got
}
