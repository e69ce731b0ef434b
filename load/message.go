package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// sender makes the requests WeChat would: text messages of many users, each
// with a message id of its own, signed, and encrypted if there is a key
// (protocol: sections 1, 2 and 4 of WeChat's message push).
type sender struct {
	target *url.URL
	token  string
	appID  string
	key    []byte // 32 bytes, or nil for plain mode
	users  int
	run    int64 // keeps the ids of two runs apart
	sent   atomic.Int64
}

// newSender checks the key: 43 characters, base64 of 32 bytes less its "=".
func newSender(target *url.URL, token, aesKey, appID string, users int) (*sender, error) {
	s := &sender{target: target, token: token, appID: appID, users: users,
		run: time.Now().UnixMilli()}
	if aesKey == "" {
		return s, nil
	}
	key, err := base64.StdEncoding.DecodeString(aesKey + "=")
	if err != nil || len(key) != 32 {
		return nil, fmt.Errorf("aes key: want 43 characters of base64")
	}
	s.key = key
	return s, nil
}

// sign is WeChat's signature: SHA-1, as the platform prescribes it, over the
// sorted parts.
func sign(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// next is one request, ready to be written to a connection.
func (s *sender) next() []byte {
	n := s.sent.Add(1)
	now := time.Now().Unix()
	user := fmt.Sprintf("oLoad%023d", n%int64(s.users))
	body := fmt.Appendf(nil, "<xml><ToUserName><![CDATA[gh_load]]></ToUserName>"+
		"<FromUserName><![CDATA[%s]]></FromUserName><CreateTime>%d</CreateTime>"+
		"<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[你好 %d]]></Content>"+
		"<MsgId>%d</MsgId></xml>", user, now, n, s.run*1_000_000+n)
	timestamp, nonce := strconv.FormatInt(now, 10), strconv.FormatInt(n, 10)
	query := url.Values{
		"signature": {sign(s.token, timestamp, nonce)},
		"timestamp": {timestamp}, "nonce": {nonce}, "openid": {user},
	}
	if s.key != nil {
		encrypted := encrypt(s.key, s.appID, body)
		query.Set("encrypt_type", "aes")
		query.Set("msg_signature", sign(s.token, timestamp, nonce, encrypted))
		body = fmt.Appendf(nil, "<xml><ToUserName><![CDATA[gh_load]]></ToUserName>"+
			"<Encrypt><![CDATA[%s]]></Encrypt></xml>", encrypted)
	}
	return fmt.Appendf(nil, "POST %s?%s HTTP/1.1\r\nHost: %s\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n%s",
		s.target.EscapedPath(), query.Encode(), s.target.Host, len(body), body)
}

// encrypt is WeChat's AES mode: CBC, the key's first half as the vector, PKCS#7
// to 32 bytes, over random bytes, length, message and app id.
func encrypt(key []byte, appID string, message []byte) string {
	clear := make([]byte, 16, 16+4+len(message)+len(appID)+32)
	_, _ = rand.Read(clear) // never fails
	clear = binary.BigEndian.AppendUint32(clear, uint32(len(message)))
	clear = append(append(clear, message...), appID...)
	pad := 32 - len(clear)%32
	clear = append(clear, bytes.Repeat([]byte{byte(pad)}, pad)...)
	block, err := aes.NewCipher(key)
	if err != nil { // newSender has checked its length
		panic(fmt.Sprintf("load: cipher: %v", err))
	}
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(clear, clear)
	return base64.StdEncoding.EncodeToString(clear)
}
