package rest

import (
	"context"

	"plaza/account"
	"plaza/shop"
	"plaza/shop/shipping"
	"plaza/shop/tax"
)

// shopRoutes are about what holds for a whole shop.
func (s *surface) shopRoutes() {
	see, write := needs{account.ReadShop}, needs{account.WriteShop}
	add(s, read("/shop-settings", "get-shop-settings", "Get the shop's country, tax rate and ways of delivery", see), s.getShopSettings)
	add(s, change(put, "/shop-settings", "change-shop-settings", "Replace the shop's country, tax rate and ways of delivery", write, "shop.settings_changed"), s.changeShopSettings)
}

func (s *surface) getShopSettings(ctx context.Context, who account.Access, _ *none) (shop.Settings, error) {
	return s.Shop.Settings(ctx, who.Account)
}

type changeShopSettingsInput struct {
	Body struct {
		Country string            `json:"country,omitempty" maxLength:"2" doc:"ISO 3166-1, two letters; empty: as the currency says."`
		TaxRate *tax.Rate         `json:"tax_rate,omitempty" minimum:"0" maximum:"10000" doc:"Included in prices, in hundredths of a percent; none: nothing is told about tax."`
		Methods []shipping.Method `json:"methods" maxItems:"20" nullable:"false" doc:"Ways of delivery in their order; one without an id is new."`
		Version int64             `json:"version" doc:"Of the settings that were read."`
	}
}

func (s *surface) changeShopSettings(ctx context.Context, who account.Access, in *changeShopSettingsInput) (shop.Settings, error) {
	return s.Shop.SaveSettings(ctx, shop.Settings{Account: who.Account, Country: in.Body.Country, TaxRate: in.Body.TaxRate,
		Methods: in.Body.Methods, Version: in.Body.Version})
}
