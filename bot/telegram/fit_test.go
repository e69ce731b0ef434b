package telegram_test

import (
	"plaza/bot"
	"plaza/bot/telegram"
)

var _ bot.Channel = (*telegram.Channel)(nil)
