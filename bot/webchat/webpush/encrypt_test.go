package webpush

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// The example of RFC 8291, section 5 and appendix A.
const (
	examplePlain   = "When I grow up, I want to be a watermelon"
	exampleSender  = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
	examplePublic  = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
	exampleSecret  = "BTBZMqHH6r4Tts7J_aSIgg"
	exampleSalt    = "DGv6ra1nlYgDCS1FRnbzlw"
	exampleMessage = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)

func raw(t *testing.T, text string) []byte {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

func TestTheExampleOfTheStandardComesOutToTheByte(t *testing.T) {
	to, err := ReadSubscription("https://push.example.net/p/1", examplePublic, exampleSecret)
	if err != nil {
		t.Fatal(err)
	}
	once, err := ecdh.P256().NewPrivateKey(raw(t, exampleSender))
	if err != nil {
		t.Fatal(err)
	}
	body, err := seal(to, once, raw(t, exampleSalt), []byte(examplePlain), 0)
	if err != nil || !bytes.Equal(body, raw(t, exampleMessage)) {
		t.Errorf("%s, %v", base64.RawURLEncoding.EncodeToString(body), err)
	}
}

func TestABodyTellsLittleOfItsLengthAndKeepsToTheLimit(t *testing.T) {
	to, err := ReadSubscription("https://push.example.net/p/1", examplePublic, exampleSecret)
	if err != nil {
		t.Fatal(err)
	}
	lengths := map[int]bool{}
	for length := 0; length <= MaxContent; length += 37 {
		body, err := encrypt(to, make([]byte, length))
		if err != nil || len(body) > 4096 {
			t.Fatalf("%d: %d, %v", length, len(body), err)
		}
		lengths[len(body)] = true
	}
	if len(lengths) > 8 {
		t.Errorf("%d different lengths", len(lengths))
	}
	if body, err := encrypt(to, make([]byte, MaxContent)); err != nil || len(body) != 4096 {
		t.Errorf("the longest: %d, %v", len(body), err)
	}
	if _, err := encrypt(to, make([]byte, MaxContent+1)); !errors.Is(err, ErrContent) {
		t.Errorf("one more: %v", err)
	}
}

func TestOnlyASubscriptionIsTakenForOne(t *testing.T) {
	other := "B" + strings.Repeat("A", 86) // not on the curve
	for name, keys := range map[string][2]string{
		"no keys": {"", ""}, "no secret": {examplePublic, ""}, "short secret": {examplePublic, "AAAA"},
		"not on the curve": {other, exampleSecret}, "not base64": {"é", exampleSecret},
		"compressed": {"Ahzd", exampleSecret}, "endless": {strings.Repeat("A", 1<<20), exampleSecret},
	} {
		if _, err := ReadSubscription("https://push.example.net/", keys[0], keys[1]); !errors.Is(err, ErrSubscription) {
			t.Errorf("%s: %v", name, err)
		}
	}
	padded := strings.NewReplacer("-", "+", "_", "/").Replace(examplePublic) + "="
	if _, err := ReadSubscription("https://push.example.net/", padded, exampleSecret+"=="); err != nil {
		t.Errorf("the other alphabet: %v", err)
	}
}

func FuzzReadSubscription(f *testing.F) {
	f.Add(examplePublic, exampleSecret)
	f.Add("", "")
	f.Add("BA==", "+/+/")
	f.Fuzz(func(t *testing.T, public, secret string) {
		to, err := ReadSubscription("https://push.example.net/p", public, secret)
		if err != nil {
			return
		}
		if _, err := encrypt(to, []byte("x")); err != nil {
			t.Errorf("taken, and not to be encrypted for: %v", err)
		}
	})
}
