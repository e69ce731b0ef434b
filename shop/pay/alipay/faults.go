package alipay

import "plaza/fault"

// The faults of a contract, each with the field it is about.
var (
	ErrAppID             = fault.New(fault.Invalid, "alipay_app_id", "The application's number (APPID) has 16 digits.").In("app_id")
	ErrSellerID          = fault.New(fault.Invalid, "alipay_seller_id", "The merchant's number (PID) has 16 digits and begins with 2088.").In("seller_id")
	ErrPrivateKey        = fault.New(fault.Invalid, "alipay_private_key", "This is not the application's private key of 2048 bits. Copy the whole of what Alipay's tool has made.").In("private_key")
	ErrPublicKey         = fault.New(fault.Invalid, "alipay_public_key", "This is not Alipay's public key. Copy it from the application's page, or give the three certificates instead.").In("public_key")
	ErrOwnPublicKey      = fault.New(fault.Invalid, "alipay_own_public_key", "This is the application's own public key. Copy Alipay's public key, which stands beside it.").In("public_key")
	ErrAppCertificate    = fault.New(fault.Invalid, "alipay_app_certificate", "This is not the certificate of the application's private key. Copy the whole content of appCertPublicKey_….crt.").In("app_certificate")
	ErrAlipayCertificate = fault.New(fault.Invalid, "alipay_alipay_certificate", "This is not Alipay's certificate. Copy the whole content of alipayCertPublicKey_RSA2.crt.").In("alipay_certificate")
	ErrRootCertificate   = fault.New(fault.Invalid, "alipay_root_certificate", "These are not Alipay's root certificates. Copy the whole content of alipayRootCert.crt.").In("root_certificate")
)

// The faults of a check: what is wrong between the merchant and Alipay.
var (
	ErrSignRefused   = fault.New(fault.Forbidden, "alipay_sign_refused", "Alipay does not take our signature. Enter the public key that belongs to this private key on the application's page, or copy the private key again.")
	ErrKeyWrong      = fault.New(fault.Forbidden, "alipay_key_wrong", "Alipay's answer is not signed with this public key or certificate. Copy it again from the application's page.")
	ErrNoApplication = fault.New(fault.Forbidden, "alipay_no_application", "Alipay does not know this APPID, or the application is not online yet.")
	ErrNoPermission  = fault.New(fault.Forbidden, "alipay_no_permission", "Alipay has not granted this merchant the right to do that. Sign the product on Alipay's pages.")
	ErrUnreachable   = fault.New(fault.Unavailable, "alipay_unreachable", "Alipay can't be reached from this server just now.")
	ErrBusy          = fault.New(fault.Unavailable, "alipay_busy", "Alipay is busy. Try again in a minute.")
)

// The faults of paying. Nothing has moved.
var (
	ErrAmount       = fault.New(fault.Invalid, "alipay_amount", "Alipay takes amounts from 0.01 to 100,000,000 yuan.")
	ErrRule         = fault.New(fault.Conflict, "alipay_rule", "Alipay does not let this payment through.")
	ErrSameAccount  = fault.New(fault.Conflict, "alipay_same_account", "Payer and merchant are the same Alipay account.")
	ErrCodeOver     = fault.New(fault.Conflict, "alipay_code_over", "This payment code is used up or too old. Please show a fresh one.")
	ErrPayerBalance = fault.New(fault.Conflict, "alipay_payer_balance", "The payer has not enough money there. Please choose another card in Alipay and show the code again.")
	ErrDeclined     = fault.New(fault.Conflict, "alipay_declined", "The payer has called the payment off, or their bank refuses it.")
)

// The faults of giving back. Nothing has moved.
var (
	ErrRefundBalance = fault.New(fault.Conflict, "alipay_refund_balance", "The merchant's balance at Alipay is not enough to give this back. Try again after more sales, or pay money in there.")
	ErrRefundFrozen  = fault.New(fault.Conflict, "alipay_refund_frozen", "Alipay has frozen this payment. Ask its support.")
	ErrRefundAccount = fault.New(fault.Conflict, "alipay_refund_account", "The payer's Alipay account can't take money. Give it back another way.")
	ErrRefundRefused = fault.New(fault.Conflict, "alipay_refund_refused", "Alipay does not give this back: it is more than is left, or too long ago.")
)

// The faults of a notification.
var (
	ErrSignature     = fault.New(fault.Unauthenticated, "alipay_signature", "This is not signed by Alipay.")
	ErrMalformed     = fault.New(fault.Invalid, "alipay_malformed", "This is not a notification as Alipay sends them.")
	ErrOtherMerchant = fault.New(fault.Invalid, "alipay_other_merchant", "This notification is about another application or merchant.")
	ErrOtherEvent    = fault.New(fault.Invalid, "alipay_other_event", "Notifications of this kind are not used here.")
)

// errParameter is the fault of a request that Alipay finds wrong.
func errParameter(sub string) *fault.Error {
	return fault.New(fault.Conflict, "alipay_parameter", "Alipay does not take the request as it is ({0}).", sub)
}

// errRefused is any other definite no.
func errRefused(sub string) *fault.Error {
	return fault.New(fault.Conflict, "alipay_refused", "Alipay refuses: {0}.", sub)
}
