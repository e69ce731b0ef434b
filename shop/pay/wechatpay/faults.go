package wechatpay

import "plaza/fault"

// The faults of a contract, each with the field it is about.
var (
	ErrMerchantID     = fault.New(fault.Invalid, "wechatpay_merchant_id", "The merchant number has 8 to 10 digits.").In("merchant_id")
	ErrAppID          = fault.New(fault.Invalid, "wechatpay_app_id", "The AppID begins with wx and has 18 characters.").In("app_id")
	ErrSerial         = fault.New(fault.Invalid, "wechatpay_serial", "The serial number of the merchant's certificate has up to 40 digits and letters A to F.").In("serial_no")
	ErrPrivateKey     = fault.New(fault.Invalid, "wechatpay_private_key", "This is not the merchant's private key. Copy the whole content of apiclient_key.pem.").In("private_key")
	ErrAPIKey         = fault.New(fault.Invalid, "wechatpay_api_key", "The APIv3 key has exactly 32 characters.").In("api_v3_key")
	ErrPublicKeyID    = fault.New(fault.Invalid, "wechatpay_public_key_id", "The id of WeChat Pay's public key begins with PUB_KEY_ID_ and goes on with digits.").In("public_key_id")
	ErrPublicKey      = fault.New(fault.Invalid, "wechatpay_public_key", "This is not WeChat Pay's public key. Copy the whole content of pub_key.pem.").In("public_key")
	ErrHalfAPublicKey = fault.New(fault.Invalid, "wechatpay_public_key_half", "WeChat Pay's public key and its id belong together: give both or neither.").In("public_key")
)

// The faults of a check: what is wrong between the merchant and WeChat Pay.
var (
	ErrSignRefused    = fault.New(fault.Forbidden, "wechatpay_sign_refused", "WeChat Pay does not take our signature. Copy the merchant number, the certificate's serial number and the private key again, all of the same certificate.")
	ErrAPIKeyWrong    = fault.New(fault.Forbidden, "wechatpay_api_key_wrong", "What WeChat Pay sends can't be decrypted with this APIv3 key. Copy the key again, or set a new one on WeChat Pay's pages.")
	ErrNoCertificates = fault.New(fault.Forbidden, "wechatpay_no_certificates", "WeChat Pay has no platform certificates for this merchant. Give its public key and the id of it instead.")
	ErrPublicKeyWrong = fault.New(fault.Forbidden, "wechatpay_public_key_wrong", "WeChat Pay's answer is not signed with this public key. Copy the key and its id again.")
	ErrNoPermission   = fault.New(fault.Forbidden, "wechatpay_no_permission", "WeChat Pay has not granted this merchant the right to do that.")
	ErrAppMismatch    = fault.New(fault.Forbidden, "wechatpay_app_mismatch", "This AppID is not bound to this merchant number. Bind it on WeChat Pay's pages.")
	ErrNoMerchant     = fault.New(fault.Forbidden, "wechatpay_no_merchant", "WeChat Pay does not know this merchant number.")
	ErrUnreachable    = fault.New(fault.Unavailable, "wechatpay_unreachable", "WeChat Pay can't be reached from this server just now.")
	ErrBusy           = fault.New(fault.Unavailable, "wechatpay_busy", "WeChat Pay is busy. Try again in a minute.")
)

// The faults of paying. Nothing has moved.
var (
	ErrAmount        = fault.New(fault.Invalid, "wechatpay_amount", "WeChat Pay takes amounts from 0.01 yuan.")
	ErrNoOpenID      = fault.New(fault.Conflict, "wechatpay_open_id", "To pay inside WeChat, please open this page from the account's conversation.")
	ErrOtherOpenID   = fault.New(fault.Conflict, "wechatpay_open_id_other", "WeChat Pay does not know the payer under the AppID of this merchant.")
	ErrClientAddress = fault.New(fault.Conflict, "wechatpay_client_address", "WeChat Pay has to know the address of your phone, and this server does not see it. Please choose another way to pay.")
	ErrRule          = fault.New(fault.Conflict, "wechatpay_rule", "WeChat Pay does not let this payment through.")
	ErrCodeOver      = fault.New(fault.Conflict, "wechatpay_code_over", "This payment code is used up or too old. Please show a fresh one.")
	ErrPayerBalance  = fault.New(fault.Conflict, "wechatpay_payer_balance", "The payer has not enough money there. Please choose another card in WeChat and show the code again.")
	ErrPayerCard     = fault.New(fault.Conflict, "wechatpay_payer_card", "The payer's card can't be used for this. Please choose another one in WeChat and show the code again.")
	ErrDeclined      = fault.New(fault.Conflict, "wechatpay_declined", "The payer has called the payment off, or their bank refuses it.")
)

// The faults of giving back. Nothing has moved.
var (
	ErrRefundBalance = fault.New(fault.Conflict, "wechatpay_refund_balance", "The merchant's takings at WeChat Pay are not enough to give this back. Try again after more sales, or pay money in there.")
	ErrRefundAccount = fault.New(fault.Conflict, "wechatpay_refund_account", "The payer's WeChat account is closed. Give the money back another way.")
	ErrRefundRefused = fault.New(fault.Conflict, "wechatpay_refund_refused", "WeChat Pay does not give this back: it is more than is left, or more than a year ago.")
	ErrRefundClosed  = fault.New(fault.Conflict, "wechatpay_refund_closed", "WeChat Pay has called this refund off.")
)

// ErrRefundAbnormal says of a refund under way that WeChat Pay waits for the
// merchant (platform document: "查询单笔退款", status ABNORMAL).
var ErrRefundAbnormal = fault.New(fault.Conflict, "wechatpay_refund_abnormal", "The payer's card no longer takes money. Open the WeChat Pay merchant platform, Transactions, Refunds, find refund {0}, and choose there whether the money goes to another card or back to you to be given by hand.")

// The faults of a notification.
var (
	ErrSignature     = fault.New(fault.Unauthenticated, "wechatpay_signature", "This is not signed by WeChat Pay.")
	ErrTime          = fault.New(fault.Unauthenticated, "wechatpay_time", "This was signed more than five minutes ago, or this server's clock is wrong.")
	ErrMalformed     = fault.New(fault.Invalid, "wechatpay_malformed", "This is not a notification as WeChat Pay sends them.")
	ErrCipher        = fault.New(fault.Invalid, "wechatpay_cipher", "This notification can't be decrypted with the APIv3 key.")
	ErrOtherMerchant = fault.New(fault.Invalid, "wechatpay_other_merchant", "This notification is about another merchant.")
	ErrOtherEvent    = fault.New(fault.Invalid, "wechatpay_other_event", "Notifications of this kind are not used here.")
)

// errParameter is the fault of a request that WeChat Pay finds wrong.
func errParameter(field string) *fault.Error {
	return fault.New(fault.Conflict, "wechatpay_parameter", "WeChat Pay does not take the request as it is ({0}).", field)
}

// errRefused is any other definite no.
func errRefused(code string) *fault.Error {
	return fault.New(fault.Conflict, "wechatpay_refused", "WeChat Pay refuses: {0}.", code)
}
