package kakao

import "plaza/fault"

// The faults of a call. All errors of Channel.Receive are of these.
var (
	ErrMethod    = fault.New(fault.Invalid, "kakao_method", "Kakao calls this address with POST only.")
	ErrSecret    = fault.New(fault.Unauthenticated, "kakao_secret_refused", "The call does not carry this connection's secret. In the skill's settings, enter the header {0} with the same secret as here.", SecretHeader)
	ErrAdminKey  = fault.New(fault.Unauthenticated, "kakao_admin_key_refused", "The call does not carry this connection's admin key.")
	ErrTooLarge  = fault.New(fault.TooLarge, "kakao_too_large", "The message is larger than {0} bytes.", MaxBody)
	ErrMalformed = fault.New(fault.Invalid, "kakao_malformed", "The message is not the JSON that Kakao sends.")
	ErrOtherBot  = fault.New(fault.Forbidden, "kakao_other_bot", "The message is for another bot than the one connected here.")
)

// The faults of credentials, each with the field it is about.
var (
	ErrSecretForm    = fault.New(fault.Invalid, "kakao_secret", "The secret has 16 to 128 letters, digits, - and _.").In("secret")
	ErrBotID         = fault.New(fault.Invalid, "kakao_bot_id", "The bot id has letters and digits only.").In("bot_id")
	ErrBlockID       = fault.New(fault.Invalid, "kakao_block_id", "The block id has letters and digits only.").In("block_id")
	ErrKey           = fault.New(fault.Invalid, "kakao_key", "A key of Kakao Developers has 32 letters and digits.")
	ErrEvent         = fault.New(fault.Invalid, "kakao_event", "To speak first, the bot id, the REST API key and the event's name are needed together.").In("event_name")
	ErrDealer        = fault.New(fault.Invalid, "kakao_dealer", "For notice templates, the app key, the secret key and the sender key are needed together.").In("dealer_app_key")
	ErrSenderKey     = fault.New(fault.Invalid, "kakao_sender_key", "The sender key has 40 letters and digits.").In("sender_key")
	ErrSignatureForm = fault.New(fault.Invalid, "kakao_dealer_signature_form", "The webhook's signature has 16 to 128 letters, digits, - and _.").In("dealer_signature")
)

// The faults of testing a connection.
var (
	ErrUnreachable = fault.New(fault.Unavailable, "kakao_unreachable", "Kakao can't be reached from this server. Check its connection to the internet.")
	ErrRESTKey     = fault.New(fault.Invalid, "kakao_rest_key_refused", "Kakao refuses this REST API key. Copy it again from Kakao Developers.").In("rest_key")
	ErrOnlyKakao   = fault.New(fault.Unavailable, "kakao_only_kakao", "Only Kakao can test this connection: run the skill test in the chatbot admin centre, or write to your channel.")
)
