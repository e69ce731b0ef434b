// Package standin makes trouble: it is what the local stand-ins of the
// platforms (bot/wechat/wechattest, bot/line/linetest, ...) ask before each
// call what is to go wrong with it. A stand-in without troubles is a platform
// on a good day.
package standin
