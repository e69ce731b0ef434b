package alipay_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	sdk "github.com/smartwalle/alipay/v3"
	"github.com/smartwalle/nsign"

	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
)

// recorder remembers what is posted.
type recorder struct {
	mu    sync.Mutex
	forms []url.Values
}

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	r.forms = append(r.forms, values)
	r.mu.Unlock()
	request.Body = io.NopCloser(bytes.NewReader(body))
	return http.DefaultTransport.RoundTrip(request)
}

// TestTheSDKVerifiesWhatWeSign holds the verifier of an SDK against our requests
// and our addresses of pages.
func TestTheSDKVerifiesWhatWeSign(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	sent := &recorder{}
	ours := alipay.New(alipay.Options{Gateway: w.gateway, Client: &http.Client{Transport: sent}, Now: w.now})
	charge := w.charge("")
	if _, err := ours.Create(t.Context(), charge); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Query(t.Context(), charge); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Close(t.Context(), charge); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Take(t.Context(), w.charge(pay.AtCounter), w.platform.Code(alipaytest.Card{Buyer: buyer})); err != nil {
		t.Fatal(err)
	}
	for _, scene := range []pay.Scene{pay.OnDesktop, pay.OnPhone} {
		step, err := ours.Create(t.Context(), w.charge(scene))
		if err != nil {
			t.Fatal(err)
		}
		address, err := url.Parse(step.URL)
		if err != nil {
			t.Fatal(err)
		}
		sent.forms = append(sent.forms, address.Query())
	}
	encoded, err := alipay.OwnPublicKey(w.typed["private_key"])
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(encoded)
	if err != nil {
		t.Fatal(err)
	}
	verifier := nsign.New(nsign.WithMethod(nsign.NewRSAMethod(crypto.SHA256, nil, key.(*rsa.PublicKey))), nsign.WithEncoder(&sdk.Encoder{}))
	for _, values := range sent.forms {
		signature, err := base64.StdEncoding.DecodeString(values.Get("sign"))
		if err != nil {
			t.Fatal(err)
		}
		if err := verifier.VerifyValues(values, signature, nsign.WithIgnore("sign")); err != nil {
			t.Errorf("%s: %v", values.Get("method"), err)
		}
	}
	if len(sent.forms) < 6 {
		t.Errorf("%d requests", len(sent.forms))
	}
}

// TestTheSDKGetsAlongWithTheStandIn holds the stand-in against an SDK: its client
// asks for money, is notified and gives back there, with public keys and with
// certificates. So what our provider is tested with is not only what we think of
// the platform.
func TestTheSDKGetsAlongWithTheStandIn(t *testing.T) {
	t.Parallel()
	for _, certified := range []bool{false, true} {
		w := newWorld(t, certified)
		w.at.Store(time.Now().UnixMilli()) // the SDK knows no other clock
		ctx, client := t.Context(), w.sdk(t, certified)
		charge := w.charge("")
		made, err := client.TradePreCreate(ctx, sdk.TradePreCreate{Trade: sdk.Trade{Subject: "Noodles", OutTradeNo: charge.TradeNo, TotalAmount: "10.00",
			ProductCode: "FACE_TO_FACE_PAYMENT", NotifyURL: charge.NotifyURL}})
		if err != nil || made.QRCode == "" {
			t.Fatalf("%+v, %v, %q", made, err, w.platform.Refusals())
		}
		if err := w.platform.Scanned(w.merchant, made.QRCode); err != nil {
			t.Fatal(err)
		}
		if certified { // and another certificate
			w.platform.Rotate()
		}
		found, err := client.TradeQuery(ctx, sdk.TradeQuery{OutTradeNo: charge.TradeNo})
		if err != nil || found.TradeStatus != sdk.TradeStatusSuccess || found.TotalAmount != "10.00" {
			t.Errorf("%+v, %v", found, err)
		}
		values, err := url.ParseQuery(string(w.platform.Say(w.platform.Notices()[0], alipaytest.None, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if told, err := client.DecodeNotification(values); err != nil || told.OutTradeNo != charge.TradeNo || told.TradeStatus != sdk.TradeStatusSuccess {
			t.Errorf("%+v, %v", told, err)
		}
		refunded, err := client.TradeRefund(ctx, sdk.TradeRefund{OutTradeNo: charge.TradeNo, RefundAmount: "4.00", OutRequestNo: "R1"})
		if err != nil || refunded.FundChange != "Y" || refunded.RefundFee != "4.00" {
			t.Errorf("%+v, %v", refunded, err)
		}
		asked, err := client.TradeFastPayRefundQuery(ctx, sdk.TradeFastPayRefundQuery{OutTradeNo: charge.TradeNo, OutRequestNo: "R1"})
		if err != nil || asked.RefundStatus != "REFUND_SUCCESS" || asked.RefundAmount != "4.00" {
			t.Errorf("%+v, %v", asked, err)
		}
		page, err := client.TradePagePay(sdk.TradePagePay{Trade: sdk.Trade{Subject: "Noodles", OutTradeNo: charge.TradeNo + "P", TotalAmount: "1.00",
			ProductCode: "FAST_INSTANT_TRADE_PAY", NotifyURL: charge.NotifyURL, ReturnURL: charge.ReturnURL}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.platform.Open(page.String(), buyer); err != nil {
			t.Errorf("%v, %q", err, w.platform.Refusals())
		}
		bill, err := client.BillDownloadURLQuery(ctx, sdk.BillDownloadURLQuery{BillType: "trade", BillDate: w.now().AddDate(0, 0, -3).Format(time.DateOnly)})
		if err != nil || bill.SubCode != "isp.bill_not_exist" {
			t.Errorf("%+v, %v", bill, err)
		}
	}
}

// sdk is an SDK's client for the world's merchant.
func (w *world) sdk(t *testing.T, certified bool) *sdk.Client {
	t.Helper()
	client, err := sdk.New(w.merchant.AppID, w.merchant.PrivateKey, true, sdk.WithProductionGateway(w.gateway), sdk.WithTimeLocation(time.FixedZone("", 8*60*60)))
	if err != nil {
		t.Fatal(err)
	}
	if !certified {
		if err := client.LoadAliPayPublicKey(w.typed["public_key"]); err != nil {
			t.Fatal(err)
		}
		return client
	}
	for _, load := range []error{client.LoadAppCertPublicKey(w.typed["app_certificate"]), client.LoadAlipayCertPublicKey(w.typed["alipay_certificate"]),
		client.LoadAliPayRootCert(w.typed["root_certificate"])} {
		if load != nil {
			t.Fatal(load)
		}
	}
	return client
}
