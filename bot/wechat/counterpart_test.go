package wechat

import (
	"crypto/cipher"
	"encoding/base64"
	"encoding/xml"
	"testing"

	other "github.com/silenceper/wechat/v2/officialaccount/message"
	"github.com/silenceper/wechat/v2/util"
)

// encryptRaw runs the cipher alone.
func encryptRaw(k key, clear string) string {
	b := []byte(clear)
	cipher.NewCBCEncrypter(k.block, k.iv).CryptBlocks(b, b)
	return base64.StdEncoding.EncodeToString(b)
}

// opened reads an encrypted answer with the other side's code, which checks the
// signature and the app id too.
func opened(t testing.TB, body []byte, key string) string {
	t.Helper()
	var answer other.ResponseEncryptedXMLMsg
	if err := xml.Unmarshal(body, &answer); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	var raw struct {
		TimeStamp string
	}
	if err := xml.Unmarshal(body, &raw); err != nil {
		t.Fatal(err)
	}
	if want := util.Signature(testToken, raw.TimeStamp, answer.Nonce, answer.EncryptedMsg); answer.MsgSignature != want {
		t.Fatalf("the signature is %s, want %s", answer.MsgSignature, want)
	}
	_, clear, err := util.DecryptMsg(testAppID, answer.EncryptedMsg, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(clear)
}
