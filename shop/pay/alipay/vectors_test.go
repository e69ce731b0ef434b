package alipay_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"testing"

	"plaza/shop/pay/alipay"
)

// TestTheRootCertificatesAreNamedAsAlipayNamesThem: this serial stands in requests
// of programs everywhere; the file is Alipay's, with two roots that are not RSA.
func TestTheRootCertificatesAreNamedAsAlipayNamesThem(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/alipayRootCert.crt")
	if err != nil {
		t.Fatal(err)
	}
	const want = "687b59193f3f462dd5336e5abf83c5d8_02941eef3187dddf3d3b83462e1dfcf6"
	if _, serials := alipay.RootCertificates(string(text)); serials != want {
		t.Errorf("%s", serials)
	}
}

// TestWhatIsSignedIsSortedByNamesAlone: the first is worked out by hand from the
// platform's description; libraries that sort "name=value" get the second wrong.
func TestWhatIsSignedIsSortedByNamesAlone(t *testing.T) {
	t.Parallel()
	text := alipay.Signed("version", "1.0", "notify_url", "", "timestamp", "2024-01-02 03:04:05", "sign_type", "RSA2", "method", "alipay.trade.query",
		"format", "JSON", "charset", "utf-8", "biz_content", `{"out_trade_no":"ORD-0001"}`, "app_id", "2014072300007148")
	sum := sha256.Sum256(text)
	if len(text) != 172 || hex.EncodeToString(sum[:]) != "e268d1291da4b1559524932afd4ccdd3f4174db5d2410c8293a79e0ef68489d0" {
		t.Errorf("%s", text)
	}
	if text := string(alipay.Signed("a1", "2", "a", "1")); text != "a=1&a1=2" {
		t.Errorf("%s", text)
	}
}
