package app

import "plaza/shop/pay/wallet"

// limits are what accounts let balances do.
func (a *App) limits(directory directory) wallet.Policies {
	return wallet.Policies{
		DB:       a.DB,
		Now:      a.Now,
		Ceilings: a.Ceilings,
		Level:    a.level,
		Zone:     directory.Zone,
	}
}
