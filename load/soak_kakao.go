package main

import (
	"context"

	"plaza/bot/kakao"
	"plaza/bot/kakao/kakaotest"
)

// kakaoSoak is Kakao's stand-in in a soak: an account that speaks first by the
// Event API, and answers late by callback.
type kakaoSoak struct {
	*kakaotest.Platform
	bot kakaotest.Bot
}

func openKakao(setting soakSetting) soakPlatform {
	bot := kakaotest.Bot{ID: "5d1f0a2b3c4d5e6f70819203", Address: setting.api, RESTKey: "0123456789abcdef0123456789abcdef",
		EventName: "plaza", Callback: true, Headers: map[string]string{"X-Plaza-Secret": "0123456789abcdef0123"}}
	platform := kakaotest.New(bot, setting.now)
	platform.Troubles = setting.troubles
	return kakaoSoak{platform, bot}
}

// moved tells the platform where the skill is now.
func (k kakaoSoak) moved(address string) {
	k.SetSkill("http://" + address + "/webhooks/" + kakao.Name + "/" + loadAccount)
}

func (k kakaoSoak) connection() any {
	return kakao.Credentials{Secret: k.bot.Headers["X-Plaza-Secret"], BotID: k.bot.ID, RESTKey: k.bot.RESTKey, EventName: k.bot.EventName}
}

// meet has somebody add the channel and write.
func (k kakaoSoak) meet(ctx context.Context, person string) error {
	k.AddFriend(person, "", true)
	_, err := k.Say(ctx, person, "hello")
	return err
}

func (k kakaoSoak) received() map[receipt]int {
	got, answered := make(map[receipt]int), make(answers)
	for person, bubbles := range k.Everything() {
		for _, one := range bubbles {
			// What is no text is the platform's own: a call of the skill failed.
			if of := (receipt{person, one.Text()}); one.Type != "error" && !answered.has(of) {
				got[of]++
			}
		}
	}
	return got
}
