package wechatpay

// ReadBill is for the fuzz test.
var ReadBill = readBill
