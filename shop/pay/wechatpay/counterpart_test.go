package wechatpay_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/core"
	"github.com/wechatpay-apiv3/wechatpay-go/core/auth/verifiers"
	"github.com/wechatpay-apiv3/wechatpay-go/core/downloader"
	"github.com/wechatpay-apiv3/wechatpay-go/core/notify"
	"github.com/wechatpay-apiv3/wechatpay-go/core/option"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments"
	"github.com/wechatpay-apiv3/wechatpay-go/services/payments/jsapi"
	"github.com/wechatpay-apiv3/wechatpay-go/services/refunddomestic"
	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"plaza/shop/pay"
	"plaza/shop/pay/wechatpay"
)

// elsewhere sends what is meant for WeChat Pay's host to another, and remembers
// it.
type elsewhere struct {
	host string
	mu   sync.Mutex
	sent []*http.Request
	body [][]byte
}

func (e *elsewhere) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	there, err := url.Parse(e.host)
	if err != nil {
		return nil, err
	}
	sent := r.Clone(r.Context())
	sent.URL.Scheme, sent.URL.Host, sent.Host = there.Scheme, there.Host, ""
	sent.Body = io.NopCloser(bytes.NewReader(body))
	e.mu.Lock()
	e.sent, e.body = append(e.sent, r), append(e.body, body)
	e.mu.Unlock()
	return http.DefaultTransport.RoundTrip(sent)
}

var signed = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 mchid="([^"]+)",nonce_str="([^"]+)",timestamp="([^"]+)",serial_no="([^"]+)",signature="([^"]+)"$`)

// TestTheOfficialSDKVerifiesWhatWeSign holds the SDK's verifier against our
// requests and our parameters for pages inside WeChat.
func TestTheOfficialSDKVerifiesWhatWeSign(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	key, err := utils.LoadPrivateKey(w.merchant.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	verifier := verifiers.NewSHA256WithRSAPubkeyVerifier(w.merchant.SerialNo, key.PublicKey)
	there := &elsewhere{host: w.host}
	ours := wechatpay.New(wechatpay.Options{Client: &http.Client{Transport: there}, Now: w.now})
	charge := w.charge(pay.InMessenger)
	step, err := ours.Create(t.Context(), charge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Query(t.Context(), charge); err != nil {
		t.Fatal(err)
	}
	if _, err := ours.Close(t.Context(), charge); err != nil {
		t.Fatal(err)
	}
	for i, request := range there.sent {
		said := signed.FindStringSubmatch(request.Header.Get("Authorization"))
		if said == nil {
			t.Fatalf("Authorization: %s", request.Header.Get("Authorization"))
		}
		text := request.Method + "\n" + request.URL.RequestURI() + "\n" + said[3] + "\n" + said[2] + "\n" + string(there.body[i]) + "\n"
		if err := verifier.Verify(t.Context(), said[4], text, said[5]); err != nil || said[1] != w.merchant.ID {
			t.Errorf("%s %s: %v", request.Method, request.URL, err)
		}
		if request.URL.Host != "api.mch.weixin.qq.com" {
			t.Errorf("sent to %s", request.URL.Host)
		}
	}
	asked := step.Parameters
	text := asked["appId"] + "\n" + asked["timeStamp"] + "\n" + asked["nonceStr"] + "\n" + asked["package"] + "\n"
	if err := verifier.Verify(t.Context(), w.merchant.SerialNo, text, asked["paySign"]); err != nil {
		t.Errorf("paySign: %v", err)
	}
}

// TestTheOfficialSDKGetsAlongWithTheStandIn holds the stand-in against the SDK:
// its client pays, is notified, refunds and fetches certificates there. So what
// our provider is tested with is not only what we think of the platform.
func TestTheOfficialSDKGetsAlongWithTheStandIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, true)
	w.at.Store(time.Now().UnixMilli()) // the SDK knows no other clock
	ctx := t.Context()
	client, publicKey, err := sdkClient(ctx, w)
	if err != nil {
		t.Fatal(err)
	}
	charge := w.charge(pay.InMessenger)
	orders := jsapi.JsapiApiService{Client: client}
	asked, _, err := orders.PrepayWithRequestPayment(ctx, jsapi.PrepayRequest{
		Appid: core.String(w.merchant.AppID), Mchid: core.String(w.merchant.ID), Description: core.String("Noodles"), OutTradeNo: core.String(charge.TradeNo),
		NotifyUrl: core.String(charge.NotifyURL), Amount: &jsapi.Amount{Total: core.Int64(1000), Currency: core.String("CNY")}, Payer: &jsapi.Payer{Openid: core.String(openID)},
		TimeExpire: core.Time(charge.ExpiresAt),
	})
	if err != nil {
		t.Fatalf("%v, %q", err, w.platform.Refusals())
	}
	err = w.platform.Invoke(map[string]string{"appId": *asked.Appid, "timeStamp": *asked.TimeStamp, "nonceStr": *asked.NonceStr,
		"package": *asked.Package, "signType": *asked.SignType, "paySign": *asked.PaySign}, openID)
	if err != nil {
		t.Fatal(err)
	}
	found, _, err := orders.QueryOrderByOutTradeNo(ctx, jsapi.QueryOrderByOutTradeNoRequest{OutTradeNo: core.String(charge.TradeNo), Mchid: core.String(w.merchant.ID)})
	if err != nil || *found.TradeState != "SUCCESS" || *found.Amount.Total != 1000 || *found.Payer.Openid != openID {
		t.Errorf("%v, %v", found, err)
	}
	id, _ := w.platform.PublicKey()
	handler, err := notify.NewRSANotifyHandler(w.merchant.APIv3Key, verifiers.NewSHA256WithRSAPubkeyVerifier(id, *publicKey))
	if err != nil {
		t.Fatal(err)
	}
	header, body := w.platform.Say(w.platform.Notices()[0], true, "", nil)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, charge.NotifyURL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header = header
	var told payments.Transaction
	if envelope, err := handler.ParseNotifyRequest(ctx, request, &told); err != nil || envelope.EventType != "TRANSACTION.SUCCESS" || *told.OutTradeNo != charge.TradeNo {
		t.Errorf("%v, %v", told, err)
	}
	refunds := refunddomestic.RefundsApiService{Client: client}
	refunded, _, err := refunds.Create(ctx, refunddomestic.CreateRequest{TransactionId: found.TransactionId, OutRefundNo: core.String("R1"), NotifyUrl: core.String(charge.NotifyURL),
		Amount: &refunddomestic.AmountReq{Refund: core.Int64(400), Total: core.Int64(1000), Currency: core.String("CNY")}})
	if err != nil || *refunded.Status != refunddomestic.STATUS_PROCESSING || *refunded.Amount.Refund != 400 {
		t.Errorf("%v, %v", refunded, err)
	}
	if refunded, _, err = refunds.QueryByOutRefundNo(ctx, refunddomestic.QueryByOutRefundNoRequest{OutRefundNo: core.String("R1")}); err != nil || *refunded.Status != refunddomestic.STATUS_SUCCESS {
		t.Errorf("%v, %v", refunded, err)
	}
	certificates, err := downloader.NewCertificateDownloaderWithClient(ctx, client, w.merchant.APIv3Key)
	if err != nil || len(certificates.ExportAll(ctx)) != 1 {
		t.Errorf("certificates: %v", err)
	}
}

func sdkClient(ctx context.Context, w *world) (*core.Client, *rsa.PublicKey, error) {
	key, err := utils.LoadPrivateKey(w.merchant.PrivateKey)
	if err != nil {
		return nil, nil, err
	}
	id, text := w.platform.PublicKey()
	publicKey, err := utils.LoadPublicKey(text)
	if err != nil {
		return nil, nil, err
	}
	client, err := core.NewClient(ctx, option.WithWechatPayPublicKeyAuthCipher(w.merchant.ID, w.merchant.SerialNo, key, id, publicKey),
		option.WithHTTPClient(&http.Client{Transport: &elsewhere{host: w.host}}))
	return client, publicKey, err
}
