package wechatpay_test

import (
	"context"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wechatpay-apiv3/wechatpay-go/utils"

	"plaza/shop/pay"
	"plaza/shop/pay/wechatpay"
)

// posted is a notification as it comes in.
type posted struct {
	header http.Header
	body   []byte
}

// BenchmarkNotification compares what a notification costs with the bare
// cryptography in it: RSA 2048 and SHA-256 over the body, AES-256-GCM over the
// content. Both take turns, and of each the median counts: what else the machine
// does falls on both.
func BenchmarkNotification(b *testing.B) {
	w := newWorld(b, true)
	w.sold(b)
	header, body := w.platform.Say(w.platform.Notices()[0], true, "", nil)
	cryptography := bare(b, w, posted{header, body})
	var alone, whole []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := cryptography(); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		if _, err := w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Header: header, Body: body}); err != nil {
			b.Fatal(err)
		}
		alone, whole = append(alone, between.Sub(start)), append(whole, time.Since(between))
	}
	slices.Sort(alone)
	slices.Sort(whole)
	middle := len(alone) / 2
	b.ReportMetric(float64(alone[middle].Nanoseconds()), "ns/bare")
	b.ReportMetric(float64(whole[middle].Nanoseconds()), "ns/notification")
	b.ReportMetric(100*float64(alone[middle])/float64(whole[middle]), "%of-bare")
}

// bare does with the parts of a notification, taken apart before, what can't be
// left out.
func bare(b *testing.B, w *world, n posted) func() error {
	_, text := w.platform.PublicKey()
	key, err := utils.LoadPublicKey(text)
	if err != nil {
		b.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(n.header.Get("Wechatpay-Signature"))
	if err != nil {
		b.Fatal(err)
	}
	var sealed struct {
		Resource struct {
			Nonce, Ciphertext string
			Associated        string `json:"associated_data"`
		}
	}
	if err := json.Unmarshal(n.body, &sealed); err != nil {
		b.Fatal(err)
	}
	secret, err := base64.StdEncoding.DecodeString(sealed.Resource.Ciphertext)
	if err != nil {
		b.Fatal(err)
	}
	block, err := aes.NewCipher([]byte(w.merchant.APIv3Key))
	if err != nil {
		b.Fatal(err)
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		b.Fatal(err)
	}
	signed := []byte(n.header.Get("Wechatpay-Timestamp") + "\n" + n.header.Get("Wechatpay-Nonce") + "\n" + string(n.body) + "\n")
	nonce, associated, plain := []byte(sealed.Resource.Nonce), []byte(sealed.Resource.Associated), []byte(nil)
	return func() error {
		sum := sha256.Sum256(signed)
		if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature); err != nil {
			return err
		}
		var err error
		plain, err = aead.Open(plain[:0], nonce, secret, associated)
		return err
	}
}

// BenchmarkNotify settles payments by their notifications through the service on
// the embedded store: each settles a payment, durably, and tells its owner; and
// then each comes a second time.
func BenchmarkNotify(b *testing.B) {
	k := newKit(b, true)
	all := make([]posted, b.N)
	for i := range all {
		payment, err := k.Service.Create(b.Context(), k.request(pay.OnDesktop))
		if err != nil {
			b.Fatal(err)
		}
		if err := k.platform.Scan(payment.Step.QR, openID); err != nil {
			b.Fatal(err)
		}
		notices := k.platform.Notices()
		all[i].header, all[i].body = k.platform.Say(notices[len(notices)-1], true, "", nil)
	}
	rates := map[string]float64{}
	for _, what := range []string{"first/s", "again/s"} {
		var next atomic.Int64
		b.ResetTimer()
		b.SetParallelism(32)
		b.RunParallel(func(loop *testing.PB) {
			for loop.Next() {
				n := all[int(next.Add(1)-1)%len(all)]
				if _, err := k.Notify(context.Background(), wechatpay.Name, account, pay.Notification{Header: n.header, Body: n.body}); err != nil {
					b.Error(err)
				}
			}
		})
		rates[what] = float64(b.N) / b.Elapsed().Seconds()
	}
	for what, rate := range rates {
		b.ReportMetric(rate, what)
	}
}
