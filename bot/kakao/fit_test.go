package kakao_test

import (
	"plaza/bot"
	"plaza/bot/kakao"
)

var _ bot.Channel = (*kakao.Channel)(nil)
