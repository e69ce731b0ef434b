package wechatpay

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/rsakey"
)

// TestTheLinesThatAreSigned are the texts of the platform's documents and their
// lengths, with hashes computed apart.
func TestTheLinesThatAreSigned(t *testing.T) {
	t.Parallel()
	const nonce = "593BEC0C930BF1AFEB40B4A08C8FB242"
	for _, c := range []struct {
		parts  []string
		length int
		sum    string
	}{
		{[]string{"GET", "/v3/certificates", "1554208460", nonce, ""}, 66, "fab5c8a222049f386cb01453c7dc712c7997e756271557b0ef6e2e5060575373"},
		{[]string{"GET", "/v3/pay/transactions/out-trade-no/T20260101000001?mchid=1900000001", "1700000000", nonce, ""}, 116, "8a7a8dfaa0b2a21d6addbbe7808af7628b37048df69e0904e9493d19a71c39bf"},
		{[]string{"POST", "/v3/pay/transactions/native", "1700000000", nonce, `{"a":1}`}, 85, "21086d783bb8747a4bbd53c7e97ab49e708e5b3da86bd1e315479286e7d6ae53"},
		{[]string{"1554209980", "c5ac7061fccab6bf3e254dcf98995b8c", `{"a":1}`}, 52, "e3ac179a4c19b49ece64d929558e5aeed04db417078dbbb462cbaed698c76f02"},
		{[]string{"wx8888888888888888", "1414561699", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS", "prepay_id=wx201410272009395522657a690389285100"}, 110, "e9f240553b798164cd07071a90bf684071b40781f3dafca1f828346682147df3"},
	} {
		text := lines(c.parts...)
		sum := sha256.Sum256(text)
		if len(text) != c.length || hex.EncodeToString(sum[:]) != c.sum {
			t.Errorf("%q: %d bytes, %x", c.parts[:2], len(text), sum)
		}
	}
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func gcm(t *testing.T, key string) cipher.AEAD {
	t.Helper()
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return aead
}

func TestAResourceIsDecrypted(t *testing.T) {
	t.Parallel()
	sealed := resource{Algorithm: "AEAD_AES_256_GCM", Nonce: "wxpaynonce12", Associated: "transaction",
		Ciphertext: "gJrMJRXIvS6Lp5wOh9PLmBEcyuLbSQeWJiDihaZ5nMmO7jVqBZXVXu9BnYvjJsQJL02b5hhkNMv+W9QEyBczryaaPwVtzQtXXbH1Roy29YPhe+O+KVB+4bm40X8RtglcJA=="}
	aead := gcm(t, "0123456789abcdef0123456789ABCDEF")
	plain, err := sealed.open(aead)
	if want := `{"out_trade_no":"T20260101000001","trade_state":"SUCCESS","amount":{"total":100}}`; err != nil || string(plain) != want {
		t.Errorf("%s, %v", plain, err)
	}
	for _, change := range []func(*resource){
		func(r *resource) { r.Associated = "refund" }, func(r *resource) { r.Nonce = "wxpaynonce13" }, func(r *resource) { r.Nonce = "short" },
		func(r *resource) { r.Algorithm = "AEAD_SM4_GCM" }, func(r *resource) { r.Ciphertext = "gJrM" }, func(r *resource) { r.Ciphertext = "!" },
	} {
		changed := sealed
		change(&changed)
		if _, err := changed.open(aead); err == nil {
			t.Errorf("%+v is opened", changed)
		}
	}
}

// TestTheSDKsOwnNotificationIsVerified takes the notification in the tests of the
// official SDK: its certificate, signature, time and cipher text. (Its key has
// 16 characters, which no contract may.)
func TestTheSDKsOwnNotificationIsVerified(t *testing.T) {
	t.Parallel()
	block, _ := pem.Decode(read(t, "sdk_certificate.pem"))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	const serial = "D7CE59D1F522D701"
	at, body := time.Unix(1624523846, 0), read(t, "sdk_notification.json")
	m := &merchant{id: "1234567890", aead: gcm(t, "testMchAPIv3Key0")}
	m.certificates.replace(map[string]*x509.Certificate{serial: certificate}, at)
	p := New(Options{Now: func() time.Time { return at }})
	contract := []byte("the SDK's merchant")
	if _, err := p.opened.Open(contract, func([]byte) (*merchant, error) { return m, nil }); err != nil {
		t.Fatal(err)
	}
	header := http.Header{"Wechatpay-Nonce": {"EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz"}, "Wechatpay-Timestamp": {"1624523846"},
		"Wechatpay-Serial": {serial}, "Wechatpay-Signature": {string(read(t, "sdk_signature.txt"))}, "Wechatpay-Signature-Type": {"WECHATPAY2-SHA256-RSA2048"}}
	_, err = p.Notification(t.Context(), "", pay.Notification{Contract: contract, Header: header, Body: body})
	if !errors.Is(err, ErrOtherEvent) { // verified and decrypted, and then about payment scores
		t.Errorf("%v", err)
	}
	_, err = p.Notification(t.Context(), "", pay.Notification{Contract: contract, Header: header, Body: bytes.Replace(body, []byte("PAYSCORE"), []byte("payscore"), 1)})
	if !errors.Is(err, ErrSignature) {
		t.Errorf("changed: %v", err)
	}
}

// TestTheSDKsSignature reproduces what the official SDK's tests expect of its
// test key over the text "source".
func TestTheSDKsSignature(t *testing.T) {
	t.Parallel()
	key, err := rsakey.Private(der(strings.ReplaceAll(string(read(t, "sdk_key.pem")), "TESTING KEY", "PRIVATE KEY")))
	if err != nil {
		t.Fatal(err)
	}
	got, err := (&merchant{key: key}).sign([]byte("source"))
	if err != nil || got != string(read(t, "sdk_source_signature.txt")) {
		t.Errorf("%s, %v", got, err)
	}
}

func TestFractionsOfAFenAreRounded(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0.01": 1, "12": 1200, "0.00600": 1, "0.00400": 0, "-0.00500": -1, "-12.34": -1234, "999999999999.99": 99999999999999} {
		if got, ok := fen(text); !ok || got != want {
			t.Errorf("%s: %d", text, got)
		}
	}
	for _, text := range []string{"", "-", ".5", "1,000", "1e3", "+1", "--1", "9999999999999", "1.2.3", " 1"} {
		if got, ok := fen(text); ok {
			t.Errorf("%q: %d", text, got)
		}
	}
}

func TestARefundsNumberFitsAndComesBack(t *testing.T) {
	t.Parallel()
	const trade = "01JZZZZZZZZZZZZZZZZZZZZZZZ01"
	for _, number := range []string{"R1", trade + "U", "ABCDEFGHIJKLMNOPQRSTUVWXYZ01234567890123"} {
		there := refundNumber(trade, number)
		if len(there) > 64 || ownNumber(trade, there) != number {
			t.Errorf("%s: %s (%d)", number, there, len(there))
		}
	}
	if got := ownNumber(trade, "made-by-hand"); got != "made-by-hand" {
		t.Errorf("a refund made on WeChat Pay's pages: %s", got)
	}
}

func TestEveryFieldIsInTheContract(t *testing.T) {
	t.Parallel()
	kept := map[string]any{}
	typed := map[string]string{}
	for _, field := range (&Provider{}).Fields() {
		typed[field.Name] = "x"
	}
	message.Fill((&Provider{}).Fields(), kept, typed)
	if len(kept) != 8 {
		t.Errorf("%v", kept)
	}
}
