package alipay_test

import (
	"context"
	"encoding/base64"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
)

func TestAContractIsCheckedFieldByField(t *testing.T) {
	t.Parallel()
	plain, certified := newWorld(t, false), newWorld(t, true)
	other := plain.platform.Contract(plain.platform.Enroll("2021000000000009", "2088102177846889", true))
	for _, c := range []struct {
		of           *world
		field, value string
		want         error
	}{
		{plain, "app_id", "", alipay.ErrAppID},
		{plain, "app_id", "wx2021000000000001", alipay.ErrAppID},
		{plain, "seller_id", "1234567890123456", alipay.ErrSellerID},
		{plain, "seller_id", "", nil},
		{plain, "private_key", "", alipay.ErrPrivateKey},
		{plain, "private_key", "no key", alipay.ErrPrivateKey},
		{plain, "private_key", plain.typed["public_key"], alipay.ErrPrivateKey},
		{plain, "private_key", "-----BEGIN PRIVATE KEY-----\n" + plain.typed["private_key"] + "\n-----END PRIVATE KEY-----", nil},
		{plain, "private_key", wrapped(plain.typed["private_key"]), nil},
		{plain, "public_key", "", alipay.ErrPublicKey},
		{plain, "public_key", plain.typed["private_key"], alipay.ErrPublicKey},
		{plain, "public_key", "-----BEGIN PUBLIC KEY-----\n" + wrapped(plain.typed["public_key"]) + "\n-----END PUBLIC KEY-----\n", nil},
		{certified, "app_certificate", "", alipay.ErrAppCertificate},
		{certified, "app_certificate", other["app_certificate"], alipay.ErrAppCertificate},
		{certified, "alipay_certificate", "x", alipay.ErrAlipayCertificate},
		{certified, "alipay_certificate", certified.typed["app_certificate"], alipay.ErrAlipayCertificate},
		{certified, "root_certificate", "", alipay.ErrRootCertificate},
	} {
		typed := maps.Clone(c.of.typed)
		typed[c.field] = c.value
		if err := c.of.Validate(encode(t, typed)); !errors.Is(err, c.want) {
			t.Errorf("%s %.30q: %v", c.field, c.value, err)
		}
	}
	if err := plain.Validate([]byte(`{"app_id":1}`)); err == nil || strings.Contains(err.Error(), "json") {
		t.Errorf("%v", err)
	}
}

func wrapped(text string) string {
	var lines []string
	for len(text) > 64 {
		lines, text = append(lines, text[:64]), text[64:]
	}
	return strings.Join(append(lines, text), "\r\n")
}

func TestTheOwnPublicKeyIsToldFromAlipays(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	encoded, err := alipay.OwnPublicKey(w.typed["private_key"])
	if err != nil {
		t.Fatal(err)
	}
	w.typed["public_key"] = base64.StdEncoding.EncodeToString(encoded)
	if err := w.Validate(encode(t, w.typed)); !errors.Is(err, alipay.ErrOwnPublicKey) {
		t.Error(err)
	}
}

func TestACheckSaysInWordsWhatIsWrong(t *testing.T) {
	t.Parallel()
	for _, certified := range []bool{false, true} {
		w := newWorld(t, certified)
		if err := w.Check(t.Context(), account, w.contract); err != nil {
			t.Errorf("%v, %q", err, w.platform.Refusals())
		}
		other := w.platform.Contract(w.platform.Enroll("2021000000000002", "2088102177846881", certified))
		stranger := newWorld(t, certified)
		for name, c := range map[string]struct {
			change func(typed map[string]string)
			want   error
		}{
			"an unknown application": {func(typed map[string]string) { typed["app_id"] = "2021000000000003" }, alipay.ErrNoApplication},
			"another's private key": {func(typed map[string]string) {
				typed["private_key"] = other["private_key"]
				if certified {
					typed["app_certificate"] = other["app_certificate"]
				}
			}, map[bool]error{false: alipay.ErrSignRefused, true: alipay.ErrParameter}[certified]},
			"keys of somebody who is not Alipay": {func(typed map[string]string) {
				if certified {
					typed["alipay_certificate"], typed["root_certificate"] = stranger.typed["alipay_certificate"], stranger.typed["root_certificate"]
				} else {
					typed["public_key"] = stranger.own(t)
				}
			}, map[bool]error{false: alipay.ErrKeyWrong, true: alipay.ErrParameter}[certified]},
		} {
			typed := maps.Clone(w.typed)
			c.change(typed)
			w.pass(30e9)
			if err := w.Check(t.Context(), account, encode(t, typed)); !errors.Is(err, c.want) {
				t.Errorf("certified %v, %s: %v", certified, name, err)
			}
		}
		for trouble, want := range map[alipaytest.Trouble]error{alipaytest.Fail: alipay.ErrBusy, alipaytest.Throttle: alipay.ErrBusy, alipaytest.Cut: alipay.ErrUnreachable,
			alipaytest.Forged: alipay.ErrKeyWrong, alipaytest.Unsigned: alipay.ErrKeyWrong} {
			w.next(trouble)
			if err := w.Check(t.Context(), account, w.contract); !errors.Is(err, want) {
				t.Errorf("%s: %v", trouble, err)
			}
		}
	}
}

// own is a key that belongs to neither side of another world.
func (w *world) own(t *testing.T) string {
	t.Helper()
	encoded, err := alipay.OwnPublicKey(w.platform.Enroll("2021000000000007", "2088102177846887", false).PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(encoded)
}

func TestARightThatIsNotGrantedIsADefiniteNo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	w.merchant.May["face"] = false
	if _, err := w.Create(t.Context(), w.charge("")); !errors.Is(err, alipay.ErrNoPermission) {
		t.Errorf("%v", err)
	}
	if _, err := w.Take(t.Context(), w.charge(pay.AtCounter), w.platform.Code(alipaytest.Card{Buyer: buyer})); !errors.Is(err, alipay.ErrNoPermission) {
		t.Errorf("at the counter: %v", err)
	}
	w.typed["order_code"] = "true" // codes by the other product go on
	charge := w.charge("")
	charge.Contract = encode(t, w.typed)
	step, err := w.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	if outcome, err := w.Close(t.Context(), charge); err != nil || outcome.Status != pay.Ended {
		t.Errorf("%+v, %v", outcome, err)
	}
	if err := w.platform.Scanned(w.merchant, step.QR); err == nil {
		t.Error("paid after it was called off")
	}
}

// TestErrorsHoldNoSecret: neither keys nor payment codes, not even when the other
// side repeats them.
func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, false)
	const code = "281234567890123456"
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		http.Error(rw, r.Form.Encode(), http.StatusInternalServerError)
	}))
	t.Cleanup(server.Close)
	for _, gateway := range []string{server.URL, "http://127.0.0.1:1/gateway.do"} {
		p := alipay.New(alipay.Options{Gateway: gateway, Now: w.now})
		_, err := p.Take(context.Background(), w.charge(pay.AtCounter), code)
		if err == nil || strings.Contains(err.Error(), code) || strings.Contains(err.Error(), w.typed["private_key"][:40]) || strings.Contains(err.Error(), "sign=") {
			t.Errorf("%v", err)
		}
	}
}
