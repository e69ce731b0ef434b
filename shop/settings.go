package shop

import (
	"context"
	"errors"
	"slices"

	"plaza/fault"
	"plaza/shop/address"
	"plaza/shop/shipping"
	"plaza/shop/tax"
	"plaza/store"
)

// maxMethods bounds the ways of delivery.
const maxMethods = 20

// The faults of a shop's settings.
var (
	ErrNoMethod        = fault.New(fault.NotFound, "shipping_not_found", "There is no such delivery.")
	ErrTooManyMethods  = fault.New(fault.Conflict, "too_many_shippings", "A shop has at most {0} ways of delivery.", maxMethods)
	ErrSettingsChanged = fault.New(fault.Conflict, "shop_settings_changed", "Somebody else has changed these settings meanwhile. Please look at them again.")
)

// Settings are what holds for a whole shop. The zero value is a shop that
// delivers as it says itself and tells no tax.
type Settings struct {
	ID      string `bson:"_id" json:"-"` // the account
	Account string `bson:"account" json:"-"`
	// Country is where the shop is, and what forms of addresses begin with;
	// empty: where its currency is from.
	Country string            `bson:"country" json:"country"`
	TaxRate *tax.Rate         `bson:"tax_rate,omitempty" json:"tax_rate,omitempty" doc:"Included in prices, in hundredths of a percent; none: nothing is told about tax."`
	Methods []shipping.Method `bson:"methods" json:"methods" nullable:"false" doc:"Ways of delivery, in the order they are shown; none: nothing is asked about it."`
	Version int64             `bson:"version" json:"version"`
}

var shopSettings = store.Declare[Settings](store.Schema{Name: "shop_settings"})

// HomeCountry is Country, or the one of the currency.
func (s Settings) HomeCountry(currency string) string {
	if s.Country == "" && len(currency) == 3 && address.Known(currency[:2]) {
		return currency[:2] // ISO 4217 begins with the country: CNY, KRW
	}
	return s.Country
}

// Method finds a way of delivery.
func (s Settings) Method(id string) (shipping.Method, bool) {
	i := slices.IndexFunc(s.Methods, func(m shipping.Method) bool { return m.ID == id })
	if i < 0 {
		return shipping.Method{}, false
	}
	return s.Methods[i], true
}

// Settings are the settings of an account.
func (s *Service) Settings(ctx context.Context, account string) (Settings, error) {
	settings, err := shopSettings.In(s.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return Settings{ID: account, Account: account, Methods: []shipping.Method{}}, nil
	}
	return settings, err
}

// SaveSettings replaces the settings; Version is the one that was read. Methods
// without an id are new. Errors: ErrSettingsChanged, the faults of tax and
// shipping.
func (s *Service) SaveSettings(ctx context.Context, settings Settings) (Settings, error) {
	settings.ID = settings.Account
	if err := settings.check(); err != nil {
		return Settings{}, err
	}
	scope, read := shopSettings.In(s.DB, settings.Account), settings.Version
	settings.Version++
	if read == 0 {
		kept, inserted, err := scope.InsertIfAbsent(ctx, settings)
		if err == nil && !inserted {
			err = ErrSettingsChanged
		}
		return kept, err
	}
	update := store.Set("country", settings.Country).Set("methods", settings.Methods).Set("version", settings.Version)
	if settings.TaxRate == nil {
		update = update.Unset("tax_rate")
	} else {
		update = update.Set("tax_rate", *settings.TaxRate)
	}
	kept, err := scope.UpdateAndGet(ctx, settings.ID, update, store.Eq("version", read))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return Settings{}, ErrSettingsChanged
	}
	return kept, err
}

func (s *Settings) check() error {
	if s.Country != "" && !address.Known(s.Country) {
		return address.ErrCountry.In("country")
	}
	if s.TaxRate != nil && s.TaxRate.Check() != nil {
		return tax.ErrRate.In("tax_rate")
	}
	if len(s.Methods) > maxMethods {
		return ErrTooManyMethods.In("methods")
	}
	s.Methods = slices.Clone(s.Methods)
	if s.Methods == nil {
		s.Methods = []shipping.Method{}
	}
	seen := map[string]bool{}
	for i := range s.Methods {
		method := &s.Methods[i]
		if method.ID == "" || seen[method.ID] {
			method.ID = store.NewID()
		}
		seen[method.ID] = true
		if err := method.Check(); err != nil {
			return err
		}
	}
	return nil
}

// ChangeSettings changes the settings as they are now: for a form that shows a
// part of them.
func (s *Service) ChangeSettings(ctx context.Context, account string, change func(*Settings) error) (Settings, error) {
	for {
		settings, err := s.Settings(ctx, account)
		if err != nil {
			return settings, err
		}
		settings.Methods = slices.Clone(settings.Methods)
		if err := change(&settings); err != nil {
			return settings, err
		}
		saved, err := s.SaveSettings(ctx, settings)
		if !errors.Is(err, ErrSettingsChanged) {
			return saved, err
		}
	}
}
