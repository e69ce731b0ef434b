package alipay_test

import (
	"context"
	"crypto/rsa"
	"log/slog"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/crashtest"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/alipaytest"
	"plaza/shop/pay/paytest"
	"plaza/store"
)

const (
	account = "01SHOP"
	buyer   = "2088102146225135"
)

var price = money.Of(1000, "CNY")

// world is the provider and Alipay's stand-in with one merchant, on a clock.
type world struct {
	*alipay.Provider
	platform *alipaytest.Platform
	merchant *alipaytest.Merchant
	typed    map[string]string
	contract []byte
	gateway  string
	at       *atomic.Int64
	troubles paytest.Troubles[alipaytest.Trouble]
}

func newWorld(t testing.TB, certified bool) *world {
	t.Helper()
	return newWorldWith(t, certified, paytest.Keyring(), 0)
}

func newWorldWith(t testing.TB, certified bool, key func() *rsa.PrivateKey, refundTakes time.Duration) *world {
	t.Helper()
	w := &world{at: &atomic.Int64{}}
	w.at.Store(time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC).UnixMilli())
	server := httptest.NewUnstartedServer(nil)
	w.platform = alipaytest.New(alipaytest.Options{Now: w.now, Key: key, Trouble: w.trouble, Base: "http://" + server.Listener.Addr().String(), RefundTakes: refundTakes})
	server.Config.Handler = w.platform
	server.Start()
	t.Cleanup(server.Close)
	w.merchant = w.platform.Enroll("2021000000000001", "2088102177846880", certified)
	w.gateway = server.URL + "/gateway.do"
	w.typed = w.platform.Contract(w.merchant)
	w.contract = encode(t, w.typed)
	w.Provider = alipay.New(alipay.Options{Gateway: w.gateway, Client: server.Client(), Now: w.now})
	t.Cleanup(func() {
		if refusals := w.platform.Refusals(); len(refusals) > 0 && !t.Failed() {
			t.Logf("Alipay refused: %q", refusals)
		}
	})
	return w
}

// encode is a contract as it is stored.
func encode(t testing.TB, typed map[string]string) []byte {
	t.Helper()
	return paytest.Stored(t, &alipay.Provider{}, typed)
}

// plain is the world's contract without pages: codes are shown everywhere.
func (w *world) plain(t testing.TB) []byte {
	t.Helper()
	w.typed["page"], w.typed["wap"] = "", ""
	return encode(t, w.typed)
}

func (w *world) now() time.Time { return time.UnixMilli(w.at.Load()).UTC() }

func (w *world) pass(d time.Duration) { w.at.Add(d.Milliseconds()) }

// trouble gives the next call what is to go wrong with it.
func (w *world) trouble(string) alipaytest.Trouble { return w.troubles.Next() }

func (w *world) next(troubles ...alipaytest.Trouble) { w.troubles.Plan(troubles...) }

func (w *world) charge(scene pay.Scene) pay.Charge {
	return pay.Charge{Account: account, Contract: w.contract, TradeNo: store.NewID() + "01", Amount: price, Description: "Noodles & tea 1/2=店 A100",
		Payer:     message.Person{ID: account + ":webchat:v", Account: account, Channel: "webchat", User: "v"},
		ExpiresAt: w.now().Add(15 * time.Minute), ReturnURL: "https://shop.example/pay/1?from=a&b=c", NotifyURL: "https://shop.example/webhooks/pay/alipay/" + account,
		Scene: scene, ClientIP: "203.0.113.7", At: w.now()}
}

// sold is a paid charge, by a code that was scanned.
func (w *world) sold(t testing.TB) pay.Charge {
	t.Helper()
	charge := w.charge(pay.AtCounter)
	charge.Scene = ""
	step, err := w.Create(context.Background(), charge)
	if err != nil {
		t.Fatalf("%v, %q", err, w.platform.Refusals())
	}
	if err := w.platform.Scanned(w.merchant, step.QR); err != nil {
		t.Fatal(err)
	}
	outcome, err := w.Query(context.Background(), charge)
	if err != nil || outcome.Status != pay.Success {
		t.Fatalf("%+v, %v", outcome, err)
	}
	charge.ProviderRef = outcome.ProviderRef
	return charge
}

// kit is a world with payments on it.
type kit struct {
	*world
	*pay.Service
	owner *paytest.Owner
	plug  *crashtest.Engine
}

func newKit(t testing.TB, certified bool, refundTakes time.Duration) *kit {
	t.Helper()
	k := &kit{world: newWorldWith(t, certified, paytest.Keyring(), refundTakes), owner: paytest.NewOwner()}
	db, plug := crashtest.Open(t, append(pay.Schemas(), vault.Schemas()...)...)
	k.plug = plug
	k.Service = pay.New(pay.Dependencies{DB: db, Sealer: vault.New(db, vault.NewMasterKey(), k.now), Providers: []pay.Provider{k.Provider},
		Now: k.now, Logger: slog.New(slog.DiscardHandler)})
	k.Own(pay.ForOrder, k.owner)
	if _, err := k.Contracts().Sign(context.Background(), account, alipay.Name, k.typed); err != nil {
		t.Fatal(err)
	}
	return k
}

func (k *kit) request(scene pay.Scene) pay.Request {
	return paytest.Asking(alipay.Name, k.charge(scene))
}

// hear gives a notification to the service as the webhook does.
func (k *kit) hear(n *alipaytest.Notice, trouble alipaytest.Trouble) error {
	reply, err := k.Notify(context.Background(), alipay.Name, account, pay.Notification{Body: k.platform.Say(n, trouble, nil)})
	if err == nil && reply.Status == 200 && reply.Body == "success" && trouble == alipaytest.None {
		k.platform.Taken(n)
	}
	return err
}

// settle lets time pass, with all going well, until nothing is left to do.
func (k *kit) settle(t interface{ Fatal(...any) }) {
	k.next()
	for range 12 {
		k.pass(11 * time.Minute)
		for _, n := range k.platform.Untold() {
			_ = k.hear(n, alipaytest.None)
		}
		if _, err := k.Recover(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
}

// paid is a payment that was scanned, paid and found.
func (k *kit) paid(t *testing.T) pay.Payment {
	t.Helper()
	payment, err := k.Service.Create(t.Context(), k.request(""))
	if err != nil {
		t.Fatal(err)
	}
	if err := k.platform.Scanned(k.merchant, payment.Step.QR); err != nil {
		t.Fatal(err)
	}
	if payment, err = k.Check(t.Context(), account, payment.TradeNo); err != nil || payment.State != pay.Paid {
		t.Fatalf("%s, %v", payment.State, err)
	}
	return payment
}
