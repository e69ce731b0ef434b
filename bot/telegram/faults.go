package telegram

import "plaza/fault"

// The faults of a webhook call.
var (
	ErrMethod    = fault.New(fault.Invalid, "telegram_method", "Telegram calls this address with POST only.")
	ErrSecret    = fault.New(fault.Unauthenticated, "telegram_secret", "The call does not carry this bot's secret. Save the connection again, so that Telegram learns it.")
	ErrTooLarge  = fault.New(fault.TooLarge, "telegram_too_large", "The update is larger than {0} bytes.", MaxBody)
	ErrMalformed = fault.New(fault.Invalid, "telegram_malformed", "This is not an update as Telegram sends it.")
	ErrMemory    = fault.New(fault.Unavailable, "telegram_memory", "What this button means could not be looked up. Try again in a moment.")
)

// The faults of connecting.
var (
	ErrBotToken     = fault.New(fault.Invalid, "telegram_bot_token", "The bot token looks like 123456789:AA…, as BotFather shows it.").In("bot_token")
	ErrLoginSecret  = fault.New(fault.Invalid, "telegram_login_secret", "The client secret can't be right. Copy it again from BotFather.").In("login_secret")
	ErrTokenRefused = fault.New(fault.Invalid, "telegram_token_refused", "Telegram does not know this bot token. Copy it again from BotFather.").In("bot_token")
	ErrUnreachable  = fault.New(fault.Unavailable, "telegram_unreachable", "Telegram can't be reached from this server. Check its connection to the internet.")
	ErrBusy         = fault.New(fault.Unavailable, "telegram_busy", "Telegram is busy. Try again in a minute.")
	ErrNoWebhook    = fault.New(fault.Conflict, "telegram_no_webhook", "Telegram does not call this server. Save the connection again.")
	ErrOtherWebhook = fault.New(fault.Conflict, "telegram_other_webhook", "Telegram calls another address than this server's. Save the connection again.")
)

// ErrNoFile: nothing can be fetched for the message, or it is over Telegram's
// limit of 20 MB.
var ErrNoFile = fault.New(fault.NotFound, "telegram_no_file", "Telegram does not give this file out: it has gone, or is larger than 20 MB.")

// errAddress: the server's public address is none that Telegram calls.
func errAddress(address string) *fault.Error {
	return fault.New(fault.Conflict, "telegram_address", "Telegram only calls public https addresses on port 443, 80, 88 or 8443, and this server's is {0}.", address)
}

// errDelivery: Telegram calls us, but without success.
func errDelivery(reason string) *fault.Error {
	return fault.New(fault.Unavailable, "telegram_delivery", "Telegram could not deliver to this server: {0}", reason)
}

func errRefused(code int) *fault.Error {
	return fault.New(fault.Unavailable, "telegram_refused", "Telegram refused with code {0}.", code)
}
