package wechat_test

import (
	"plaza/bot"
	"plaza/bot/wechat"
)

var _ bot.Channel = (*wechat.Channel)(nil)
