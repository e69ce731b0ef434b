package wechat

import "plaza/fault"

// The faults of a webhook call. All errors of Channel.Receive are of these.
// A wrong padding, length, app id or encoding inside an encrypted message is
// always ErrDecrypt, so that nobody can probe the key with altered messages.
var (
	ErrMethod        = fault.New(fault.Invalid, "wechat_method", "WeChat calls this address with GET or POST only.")
	ErrSignature     = fault.New(fault.Unauthenticated, "wechat_signature", "The signature does not match. Check that the token here and in WeChat's settings are the same.")
	ErrTimestamp     = fault.New(fault.Unauthenticated, "wechat_timestamp", "The call was signed {0} minutes ago by this server's clock: the clock is ahead, or somebody repeats an old call.", 0)
	ErrFuture        = fault.New(fault.Unauthenticated, "wechat_future", "The call was signed {0} minutes from now by this server's clock: the clock is behind. Set it by a time service (NTP).", 0)
	ErrTooLarge      = fault.New(fault.TooLarge, "wechat_too_large", "The message is larger than {0} bytes.", MaxBody)
	ErrMalformed     = fault.New(fault.Invalid, "wechat_malformed", "The message is not the XML that WeChat sends.")
	ErrCharset       = fault.New(fault.Invalid, "wechat_charset", "The message is not in UTF-8.")
	ErrDecrypt       = fault.New(fault.Invalid, "wechat_decrypt", "The message can't be decrypted. Check the app id and the EncodingAESKey.")
	ErrNotEncrypted  = fault.New(fault.Forbidden, "wechat_not_encrypted", "WeChat sent an unencrypted message although an EncodingAESKey is set here. Choose the safe mode in WeChat's settings, or remove the key here.")
	ErrNoKey         = fault.New(fault.Conflict, "wechat_no_key", "WeChat sends encrypted messages, but no EncodingAESKey is set here. Copy it from WeChat's settings.")
	ErrOtherAccount  = fault.New(fault.Forbidden, "wechat_other_account", "The message is for another official account than the one connected here.")
	ErrMissingSender = fault.New(fault.Invalid, "wechat_missing_sender", "The message names no sender or no recipient.")
)

// The faults of credentials, each with the field it is about.
var (
	ErrAppID      = fault.New(fault.Invalid, "wechat_app_id", "The app id starts with \"wx\", followed by 16 letters and digits.").In("app_id")
	ErrSecret     = fault.New(fault.Invalid, "wechat_secret", "The app secret has 32 letters and digits.").In("secret")
	ErrToken      = fault.New(fault.Invalid, "wechat_token", "The token has 3 to 32 letters and digits.").In("token")
	ErrAESKey     = fault.New(fault.Invalid, "wechat_aes_key", "The EncodingAESKey has exactly 43 letters and digits.").In("encoding_aes_key")
	ErrOriginalID = fault.New(fault.Invalid, "wechat_original_id", "The original id starts with \"gh_\".").In("original_id")
	ErrDomainFile = fault.New(fault.Invalid, "wechat_domain_file", "The file's name looks like MP_verify_a1B2c3D4e5F6g7H8.txt, as WeChat gives it.").In("domain_file")
)
