// Package wechatpay takes money with WeChat Pay (微信支付), APIv3, for merchants
// of the mainland that are their own party to the contract (普通商户): inside
// WeChat (JSAPI), by a code on a screen (Native), from a phone's browser (H5),
// and by the code that a payer shows at the counter (付款码, in its APIv3 form).
//
// All calls are signed with the merchant's key; every answer and notification
// counts only if WeChat Pay has signed it, with its public key or with a
// platform certificate that is fetched when an unknown one is named. There is
// nothing of ours to keep: numbers of ours make repeated calls have their effect
// once, and what a merchant has agreed on comes along with each call.
//
// The official SDK (wechatpay-go) has its host built in, has no payment codes,
// and writes requests into its errors, so it is not used here but in the tests,
// as the other side.
package wechatpay
