// Package developer is the other side of the web chat: what WeChat offers to the
// developer of an official account, Plaza offers for its own messenger, in the
// same words. A program that was written for WeChat with any SDK runs against it
// with nothing but the host changed.
//
// Two things make that up. Messages of an account's subscribers are pushed to
// the developer's callback as WeChat pushes them (push.go, deliver.go), and the
// program's reply becomes the answer in the chat. And the program calls an API
// (tokens, messages, menus, codes, people, tags, media, sign-in) of which this
// package holds the rules; package api/compat/wechat translates the calls.
//
// The numbers of errors (Refusal) are WeChat's, because programs act on them.
package developer
