package app

import (
	"context"
	"net/http"
	"time"

	"plaza/shop"
	"plaza/shop/counter"
	"plaza/shop/pay"
	"plaza/shop/pay/alipay"
	"plaza/shop/pay/kakaopay"
	"plaza/shop/pay/telegrampay"
	"plaza/shop/pay/wallet"
	"plaza/shop/pay/wechatpay"
)

// providers are the ways of paying, the one to offer first before the others.
func (a *App) providers(subscribers *outbox, clients map[string]*http.Client) []pay.Provider {
	all := []pay.Provider{
		a.Wallet,
		wechatpay.New(wechatpay.Options{API: a.WeChatPayAPI, Client: clients[wechatpay.Name], Now: a.Now, Logger: a.Logger}),
		kakaopay.New(a.KakaoPayAPI, a.Now).Through(clients[kakaopay.Name].Transport),
		alipay.New(alipay.Options{Gateway: a.AlipayGateway, Client: clients[alipay.Name], Now: a.Now, Logger: a.Logger}),
		telegrampay.New(invoices{subscribers}, a.Now),
	}
	return append(all, a.Providers...)
}

// transfers are what subscribers do with their balances. Risk has to be there.
func (a *App) transfers(subscribers *outbox) *wallet.Transfers {
	return wallet.NewTransfers(wallet.Dependencies{
		DB:       a.DB,
		Wallet:   a.Wallet,
		Payments: a.Payments,
		People:   subscribers,
		Sender:   subscribers,
		Texts:    a.Renderer.Texts,
		Guard:    guard{a.Risk, a.Wallet},
		StepUp:   a.PINs,
		Receipts: a.Receipts,
		Now:      a.Now,
		Logger:   a.Logger,
	})
}

// counters are the tills of all accounts.
func (a *App) counters(subscribers *outbox, directory directory) *counter.Service {
	return counter.New(counter.Dependencies{
		DB:        a.DB,
		Payments:  a.Payments,
		Sender:    subscribers,
		Texts:     a.Renderer.Texts,
		Log:       a.Log,
		ShopName:  directory.shopName,
		NotifyURL: shop.Links{Base: a.PublicURL}.Notify,
		Now:       a.Now,
		Logger:    a.Logger,
	})
}

// recoverMoney finishes the transfers and payments that a crash or a silent
// provider has left half done.
func (a *App) recoverMoney(ctx context.Context) {
	unfinished := []struct {
		name    string
		recover func(context.Context) error
	}{
		{"ledger", uncounted(a.Ledger.Recover)},
		{"transfers", a.Transfers.Recover},
		{"pins", a.PINs.Recover},
		{"devices", a.Devices.Recover},
		{"requests", a.Requests.Recover},
		{"friends", a.Friends.Recover},
		{"counter", a.Counter.Recover},
		{"payments", uncounted(a.Payments.Recover)},
	}
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for _, one := range unfinished {
				if err := one.recover(ctx); err != nil && ctx.Err() == nil {
					a.Logger.Error(one.name+": recover", "error", err)
				}
			}
		}
	}
}

// uncounted leaves out how many were looked at.
func uncounted(recover func(context.Context) (int, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := recover(ctx)
		return err
	}
}
