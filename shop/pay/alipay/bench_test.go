package alipay_test

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
)

// BenchmarkNotification compares what a notification costs with the bare
// cryptography in it: RSA 2048 and SHA-256 over what is signed. Both take turns,
// and of each the median counts: what else the machine does falls on both.
func BenchmarkNotification(b *testing.B) {
	w := newWorld(b, false)
	w.sold(b)
	body := w.platform.Say(w.platform.Notices()[0], "", nil)
	cryptography := bare(b, w, body)
	var alone, whole []time.Duration
	for b.Loop() {
		start := time.Now()
		if err := cryptography(); err != nil {
			b.Fatal(err)
		}
		between := time.Now()
		if _, err := w.Notification(context.Background(), account, pay.Notification{Contract: w.contract, Body: body}); err != nil {
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
func bare(b *testing.B, w *world, body []byte) func() error {
	encoded, err := base64.StdEncoding.DecodeString(w.typed["public_key"])
	if err != nil {
		b.Fatal(err)
	}
	key, err := x509.ParsePKIXPublicKey(encoded)
	if err != nil {
		b.Fatal(err)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		b.Fatal(err)
	}
	signature, err := base64.StdEncoding.DecodeString(values.Get("sign"))
	if err != nil {
		b.Fatal(err)
	}
	var pairs []string
	for name := range values {
		if name != "sign" && name != "sign_type" {
			pairs = append(pairs, name+"="+values.Get(name))
		}
	}
	slices.Sort(pairs)
	text := []byte(strings.Join(pairs, "&"))
	return func() error {
		sum := sha256.Sum256(text)
		return rsa.VerifyPKCS1v15(key.(*rsa.PublicKey), crypto.SHA256, sum[:], signature)
	}
}

// BenchmarkNotify settles payments by their notifications through the service on
// the embedded store: each settles a payment, durably, and tells its owner; and
// then each comes a second time.
func BenchmarkNotify(b *testing.B) {
	k := newKit(b, false, 0)
	all := make([][]byte, b.N)
	for i := range all {
		payment, err := k.Service.Create(b.Context(), k.request(""))
		if err != nil {
			b.Fatal(err)
		}
		if err := k.platform.Scanned(k.merchant, payment.Step.QR); err != nil {
			b.Fatal(err)
		}
		notices := k.platform.Notices()
		all[i] = k.platform.Say(notices[len(notices)-1], "", nil)
	}
	rates := map[string]float64{}
	for _, what := range []string{"first/s", "again/s"} {
		var next atomic.Int64
		b.ResetTimer()
		b.SetParallelism(32)
		b.RunParallel(func(loop *testing.PB) {
			for loop.Next() {
				n := all[int(next.Add(1)-1)%len(all)]
				if _, err := k.Notify(context.Background(), alipay.Name, account, pay.Notification{Body: n}); err != nil {
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
