package wechatpay_test

import (
	"context"
	"crypto/rsa"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/paytest"
	"plaza/shop/pay/wechatpay"
	"plaza/shop/pay/wechatpaytest"
	"plaza/store"
)

const (
	account = "01SHOP"
	openID  = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"
)

var price = money.Of(1000, "CNY")

// world is the provider and WeChat Pay's stand-in with one merchant, on a clock.
type world struct {
	*wechatpay.Provider
	platform *wechatpaytest.Platform
	merchant *wechatpaytest.Merchant
	contract []byte
	host     string
	at       *atomic.Int64
	troubles paytest.Troubles[wechatpaytest.Trouble]
}

func newWorld(t testing.TB, withPublicKey bool) *world {
	t.Helper()
	return newWorldWith(t, withPublicKey, paytest.Keyring())
}

func newWorldWith(t testing.TB, withPublicKey bool, key func() *rsa.PrivateKey) *world {
	t.Helper()
	w := &world{at: &atomic.Int64{}}
	w.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	w.platform = wechatpaytest.New(wechatpaytest.Options{Now: w.now, Key: key, Trouble: w.trouble})
	w.merchant = w.platform.Enroll("1900000109", "wxd678efh567hg6787")
	server := httptest.NewServer(w.platform)
	t.Cleanup(server.Close)
	w.host = server.URL
	w.contract = encode(t, w.platform.Contract(w.merchant, withPublicKey))
	w.Provider = wechatpay.New(wechatpay.Options{API: server.URL, Client: server.Client(), Now: w.now})
	t.Cleanup(func() {
		if refusals := w.platform.Refusals(); len(refusals) > 0 && !t.Failed() {
			t.Logf("WeChat Pay refused: %q", refusals)
		}
	})
	return w
}

// encode is a contract as it is stored.
func encode(t testing.TB, typed map[string]string) []byte {
	t.Helper()
	return paytest.Stored(t, &wechatpay.Provider{}, typed)
}

func (w *world) now() time.Time { return time.UnixMilli(w.at.Load()).UTC() }

func (w *world) pass(d time.Duration) { w.at.Add(d.Milliseconds()) }

// trouble gives the next call what is to go wrong with it.
func (w *world) trouble(string, string) wechatpaytest.Trouble { return w.troubles.Next() }

func (w *world) next(troubles ...wechatpaytest.Trouble) { w.troubles.Plan(troubles...) }

func (w *world) charge(scene pay.Scene) pay.Charge {
	return pay.Charge{Account: account, Contract: w.contract, TradeNo: store.NewID() + "01", Amount: price, Description: "Noodles & tea 店 A100",
		Payer:     message.Person{ID: account + ":wechat:" + openID, Account: account, Channel: "wechat", User: openID},
		ExpiresAt: w.now().Add(15 * time.Minute), ReturnURL: "https://shop.example/pay/1?from=a&b=c", NotifyURL: "https://shop.example/webhooks/pay/wechatpay/" + account,
		Scene: scene, ClientIP: "203.0.113.7"}
}

// kit is a world with payments on it.
type kit struct {
	*world
	*pay.Service
	owner         *paytest.Owner
	plug          *crashtest.Engine
	withPublicKey bool
}

func newKit(t testing.TB, withPublicKey bool) *kit {
	t.Helper()
	k := &kit{world: newWorld(t, withPublicKey), withPublicKey: withPublicKey, owner: paytest.NewOwner()}
	db, plug := crashtest.Open(t, append(pay.Schemas(), vault.Schemas()...)...)
	k.plug = plug
	k.Service = pay.New(pay.Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), k.now), Providers: []pay.Provider{k.Provider},
		Now: k.now, Logger: slog.New(slog.DiscardHandler)})
	k.Own(pay.ForOrder, k.owner)
	if _, err := k.Contracts().Sign(context.Background(), account, wechatpay.Name, k.platform.Contract(k.merchant, withPublicKey)); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kit) request(scene pay.Scene) pay.Request {
	return paytest.Asking(wechatpay.Name, k.charge(scene))
}

// hear gives a notification to the service as the webhook does.
func (k *kit) hear(n *wechatpaytest.Notice, trouble wechatpaytest.Trouble) error {
	header, body := k.platform.Say(n, k.withPublicKey, trouble, nil)
	reply, err := k.Notify(context.Background(), wechatpay.Name, account, pay.Notification{Header: header, Body: body})
	if err == nil && reply.Status == http.StatusNoContent && trouble == wechatpaytest.None {
		k.platform.Taken(n)
	}
	return err
}

// settle lets time pass, with all going well, until nothing is left to do.
func (k *kit) settle(t fataler) {
	k.next()
	for range 12 {
		k.pass(11 * time.Minute)
		for _, n := range k.platform.Untold() {
			_ = k.hear(n, wechatpaytest.None)
		}
		if _, err := k.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

type fataler interface{ Fatal(...any) }

func (k *kit) paid(t *testing.T) pay.Payment {
	t.Helper()
	payment, err := k.Create(t.Context(), k.request(pay.OnDesktop))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Scan(payment.Step.QR, openID); err != nil {
		t.Fatal(err)
	}
	if payment, err = k.Check(t.Context(), account, payment.TradeNo); err != nil || payment.State != pay.Paid {
		t.Fatalf("%s, %v", payment.State, err)
	}
	return payment
}
