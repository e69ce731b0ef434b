package line

import "plaza/fault"

// The faults of a webhook call. All errors of Channel.Receive are of these.
var (
	ErrMethod    = fault.New(fault.Invalid, "line_method", "LINE calls this address with POST only.")
	ErrTooLarge  = fault.New(fault.TooLarge, "line_too_large", "The message is larger than {0} bytes.", MaxBody)
	ErrSignature = fault.New(fault.Unauthenticated, "line_signature", "The signature does not match. Check that the channel secret here and in LINE's settings are the same.")
	ErrMalformed = fault.New(fault.Invalid, "line_malformed", "The message is not the JSON that LINE sends.")
)

// The faults of credentials, each with the field it is about.
var (
	ErrSecret    = fault.New(fault.Invalid, "line_secret", "The channel secret has 32 characters: digits and the letters a to f.").In("channel_secret")
	ErrToken     = fault.New(fault.Invalid, "line_token", "The channel access token can't be right. Copy the long-lived one from LINE's settings, whole.").In("channel_access_token")
	ErrChannelID = fault.New(fault.Invalid, "line_channel_id", "The channel id has 5 to 15 digits.").In("channel_id")
	ErrNoToken   = fault.New(fault.Invalid, "line_no_token", "Give the channel access token or, instead of it, the channel id.").In("channel_access_token")
)

// The faults of testing a connection and of menus.
var (
	ErrUnreachable  = fault.New(fault.Unavailable, "line_unreachable", "LINE can't be reached from this server. Check its connection to the internet.")
	ErrTokenRefused = fault.New(fault.Invalid, "line_token_refused", "LINE does not take this channel access token. Issue a new one in LINE's settings and copy it here.").In("channel_access_token")
	ErrIDRefused    = fault.New(fault.Invalid, "line_id_refused", "LINE does not take this channel id with this channel secret. Copy both again from the same channel.").In("channel_id")
	ErrForbidden    = fault.New(fault.Forbidden, "line_forbidden", "LINE has not granted this account the right to do that.")
	ErrBusy         = fault.New(fault.Unavailable, "line_busy", "LINE is busy. Try again in a minute.")
	ErrWebhook      = fault.New(fault.Invalid, "line_webhook", "LINE can't reach the webhook: {0}. Check that its address is entered in LINE's settings and switched on.", "")
	ErrMenuSize     = fault.New(fault.Invalid, "line_menu_size", "A menu on LINE has room for {0} entries in all.", maxMenuAreas)
	ErrMenuRefused  = fault.New(fault.Invalid, "line_menu_refused", "LINE does not take this menu: {0}", "")
)
