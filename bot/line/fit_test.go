package line_test

import (
	"plaza/bot"
	"plaza/bot/line"
)

var _ bot.Channel = (*line.Channel)(nil)
