package pushtest

import (
	"crypto/ecdh"
	"encoding/base64"
	"testing"
)

// TestTheExampleOfTheStandardOpens: RFC 8291, section 5.
func TestTheExampleOfTheStandardOpens(t *testing.T) {
	raw := func(text string) []byte {
		decoded, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return decoded
	}
	private, err := ecdh.P256().NewPrivateKey(raw("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
	if err != nil {
		t.Fatal(err)
	}
	browser := &Browser{private: private, secret: raw("BTBZMqHH6r4Tts7J_aSIgg")}
	body := raw("DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN")
	content, err := open(browser, body)
	if err != nil || string(content) != "When I grow up, I want to be a watermelon" {
		t.Errorf("%q, %v", content, err)
	}
	for i := range body {
		changed := append([]byte(nil), body...)
		changed[i] ^= 1
		if i >= 16 && i < 20 {
			continue // the size only bounds the record
		}
		if _, err := open(browser, changed); err == nil {
			t.Errorf("byte %d changed, and it opens", i)
		}
	}
}
