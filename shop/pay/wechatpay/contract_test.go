package wechatpay_test

import (
	"errors"
	"testing"
	"time"

	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
)

func TestACheckSaysWhatIsWrongWithAContract(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	other := w.platform.Enroll("1900000110", "wxd678efh567hg6788")
	for _, c := range []struct {
		name          string
		withPublicKey bool
		change        func(map[string]string)
		want          error
	}{
		{"all is well", true, func(map[string]string) {}, nil},
		{"all is well with certificates", false, func(map[string]string) {}, nil},
		{"somebody else's private key", true, func(c map[string]string) { c["private_key"] = other.PrivateKey }, wechatpay.ErrSignRefused},
		{"another certificate's number", false, func(c map[string]string) { c["serial_no"] = "AAAAAAAA" }, wechatpay.ErrSignRefused},
		{"another merchant's number", false, func(c map[string]string) { c["merchant_id"] = "1900000199" }, wechatpay.ErrSignRefused},
		{"another APIv3 key", false, func(c map[string]string) { c["api_v3_key"] = "0123456789abcdef0123456789abcdef" }, wechatpay.ErrAPIKeyWrong},
		{"another id of the public key", true, func(c map[string]string) {
			c["public_key_id"], w.merchant.Certificates = "PUB_KEY_ID_1", false
		}, wechatpay.ErrPublicKeyWrong},
	} {
		typed := w.platform.Contract(w.merchant, c.withPublicKey)
		c.change(typed)
		contract := encode(t, typed)
		if err := w.Validate(contract); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := w.Check(t.Context(), account, contract); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		w.pass(time.Minute)
	}
	if err := w.Check(t.Context(), account, encode(t, w.platform.Contract(w.merchant, false))); !errors.Is(err, wechatpay.ErrNoCertificates) {
		t.Errorf("a merchant without certificates: %v", err)
	}
	w.next(wechatpaytest.Fail)
	if err := w.Check(t.Context(), account, w.contract); !errors.Is(err, wechatpay.ErrBusy) {
		t.Errorf("out of order: %v", err)
	}
}

func TestAContractIsCheckedFieldByField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	good := w.platform.Contract(w.merchant, true)
	for _, c := range []struct {
		field, value string
		want         error
	}{
		{"merchant_id", "19000001", nil}, {"merchant_id", "190000010", nil}, {"merchant_id", "", wechatpay.ErrMerchantID}, {"merchant_id", "19000001a9", wechatpay.ErrMerchantID},
		{"app_id", "gh123456789012345678", wechatpay.ErrAppID}, {"serial_no", "no", wechatpay.ErrSerial},
		{"api_v3_key", "short", wechatpay.ErrAPIKey}, {"private_key", "-----BEGIN", wechatpay.ErrPrivateKey},
		{"private_key", good["public_key"], wechatpay.ErrPrivateKey}, {"public_key", good["private_key"], wechatpay.ErrPublicKey},
		{"public_key_id", "", wechatpay.ErrHalfAPublicKey}, {"public_key", "", wechatpay.ErrHalfAPublicKey}, {"public_key_id", "5157F09E", wechatpay.ErrPublicKeyID},
	} {
		typed := w.platform.Contract(w.merchant, true)
		typed[c.field] = c.value
		if err := w.Validate(encode(t, typed)); !errors.Is(err, c.want) {
			t.Errorf("%s %.20q: %v", c.field, c.value, err)
		}
	}
	if w.Takes("KRW") || !w.Takes("CNY") {
		t.Error("WeChat Pay takes yuan")
	}
}
