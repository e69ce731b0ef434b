package app

import (
	"context"

	"plaza/shop/pay/receipt"
)

// receipts are written of every movement of money.
func (a *App) receipts(directory directory) *receipt.Service {
	return receipt.New(receipt.Dependencies{
		DB:         a.DB,
		Identities: a.Identity,
		Texts:      a.Renderer.Texts,
		Address: func(ctx context.Context, account, number string) (string, error) {
			front, err := directory.Storefront(ctx, account)
			return a.PublicURL + "/receipts/" + front.Slug + "/" + number, err
		},
		Now: a.Now,
	})
}
