package app

import (
	"context"
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
func (a *App) providers(subscribers *outbox) []pay.Provider {
	all := []pay.Provider{
		a.Wallet,
		wechatpay.New(wechatpay.Options{API: a.WeChatPayAPI, Now: a.Now, Logger: a.Logger}),
		kakaopay.New(a.KakaoPayAPI, a.Now),
		alipay.New(alipay.Options{Gateway: a.AlipayGateway, Now: a.Now, Logger: a.Logger}),
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
		Level:    a.level,
		Now:      a.Now,
		Logger:   a.Logger,
	})
}

// counters are the tills of all accounts.
func (a *App) counters(subscribers *outbox, directory directory) *counter.Service {
	return counter.New(counter.Dependencies{
		DB:       a.DB,
		Payments: a.Payments,
		Sender:   subscribers,
		Texts:    a.Renderer.Texts,
		Log:      a.Log,
		ShopName: func(ctx context.Context, account string) (string, error) {
			front, err := directory.Storefront(ctx, account)
			return front.Name, err
		},
		NotifyURL: shop.Links{Base: a.PublicURL}.Notify,
		Now:       a.Now,
		Logger:    a.Logger,
	})
}

// recoverMoney finishes the transfers and payments that a crash or a silent
// provider has left half done.
func (a *App) recoverMoney(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if _, err := a.Ledger.Recover(ctx); err != nil && ctx.Err() == nil {
				a.Logger.Error("ledger: recover", "error", err)
			}
			if err := a.Transfers.Recover(ctx); err != nil && ctx.Err() == nil {
				a.Logger.Error("transfers: recover", "error", err)
			}
			if err := a.PINs.Recover(ctx); err != nil && ctx.Err() == nil {
				a.Logger.Error("pins: recover", "error", err)
			}
			if err := a.Requests.Recover(ctx); err != nil && ctx.Err() == nil {
				a.Logger.Error("requests: recover", "error", err)
			}
			if err := a.Counter.Recover(ctx); err != nil && ctx.Err() == nil {
				a.Logger.Error("counter: recover", "error", err)
			}
			if _, err := a.Payments.Recover(ctx); err != nil && ctx.Err() == nil {
				a.Logger.Error("payments: recover", "error", err)
			}
		}
	}
}
