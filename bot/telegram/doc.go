// Package telegram speaks with Telegram bots: it verifies and decodes the
// updates that Telegram posts to a webhook, and answers by the Bot API.
//
// Answers go by API calls, not in the webhook's response, although Telegram
// takes one call there: it throws that call's result away, so a refused message
// would be counted as sent, and the rest of an answer, which goes by the
// outbox, could overtake it. The response carries only what nobody has to know
// the end of: that the press of a button was heard.
//
// Updates are decoded here, by a few lenient structs: Telegram holds back a
// chat's further updates until one is taken, so a new kind of content must
// never make an update unreadable. Calls are made by github.com/go-telegram/bot.
//
// Facts about the protocol are those of the "Telegram Bot API" and, on the
// order and repetition of updates, of Telegram's own server (tdlib's
// telegram-bot-api).
package telegram
