// Package alipay takes money with Alipay (支付宝), by its open platform's gateway
// for merchants of the mainland: by a code on a screen (precreate), on Alipay's
// page from a desktop (page pay) or a phone (wap pay), and by the code that a
// payer shows at the counter (付款码).
//
// All calls are signed with the application's key (RSA2); every answer and
// notification counts only if Alipay has signed it, with its public key or, for
// applications with certificates, with the certificate that it names. Numbers of
// ours make repeated calls have their effect once, and what a merchant has agreed
// on comes along with each call.
//
// The SDKs for Go sort "name=value" instead of names, take certificates without
// asking who has issued them, and keep a client for each merchant, so none is
// used here but in the tests, as the other side.
package alipay
