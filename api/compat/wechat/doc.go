// Package wechat serves the API of WeChat's official accounts for accounts of
// the web chat, so that programs written for WeChat run against Plaza with the
// host changed: https://api.weixin.qq.com becomes https://<host>/compat/wechat.
//
// It translates calls into those of package developer and answers as WeChat
// does: with status 200 and an errcode.
package wechat
