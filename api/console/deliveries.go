package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/address"
	"plaza/shop/shipping"
	"plaza/shop/tax"
	"plaza/templates"
)

// deliveryRoutes are about how goods get to their buyers, and the tax in prices.
func (s *Console) deliveryRoutes() []route {
	const read, write = account.ReadShop, account.WriteShop
	return []route{
		get("/settings/shop", s.shopSettings, read),
		post("/settings/shop", s.saveShopSettings, write),
		get("/settings/shop/deliveries/new", s.newDelivery, write),
		post("/settings/shop/deliveries/new", s.saveDelivery, write),
		get("/settings/shop/deliveries/:method", s.editDelivery, write),
		post("/settings/shop/deliveries/:method", s.saveDelivery, write),
		post("/settings/shop/deliveries/:method/delete", s.deleteDelivery, write),
	}
}

func (s *Console) shopSettings(c *gin.Context) error {
	page, err := s.shopSettingsPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) shopSettingsPage(c *gin.Context) (*templates.ShopSettings, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	settings, err := s.Shop.Settings(c, accountID(c))
	if err != nil {
		return nil, err
	}
	page := &templates.ShopSettings{Base: base, TaxRate: percent(settings.TaxRate), Countries: countries(web.Language(c), settings.Country)}
	for _, method := range settings.Methods {
		row := templates.ShippingRow{URL: path(c, "settings", "shop", "deliveries", method.ID), Name: method.Name(base.Language),
			Kind: string(method.Kind), Price: priceInWords(method, base.Account.Currency, base.Language), On: !method.Off}
		for _, region := range method.Regions {
			row.Regions = append(row.Regions, strings.Replace(region.String(), region.Country, address.CountryName(region.Country, base.Language), 1))
		}
		page.Deliveries = append(page.Deliveries, row)
	}
	return page, nil
}

// priceInWords is the price of a delivery, or the span of its steps.
func priceInWords(method shipping.Method, currency, language string) string {
	if len(method.Tiers) == 0 {
		return money.Of(method.Price, currency).In(language)
	}
	lowest, highest := method.Tiers[0].Price, method.Tiers[0].Price
	for _, tier := range method.Tiers {
		lowest, highest = min(lowest, tier.Price), max(highest, tier.Price)
	}
	if lowest == highest {
		return money.Of(lowest, currency).In(language)
	}
	return money.Of(lowest, currency).In(language) + " – " + money.Of(highest, currency).In(language)
}

func percent(rate *tax.Rate) string {
	if rate == nil {
		return ""
	}
	return rate.Percent()
}

// taxRate reads a field with a rate; nil if it is empty.
func taxRate(c *gin.Context, name string) (*tax.Rate, error) {
	typed := field(c, name)
	if typed == "" {
		return nil, nil
	}
	rate, err := tax.ParseRate(typed)
	if err != nil {
		return nil, inField(err, name)
	}
	return &rate, nil
}

// countries are those to choose from, by their names.
func countries(language, chosen string) []templates.Option {
	var options []templates.Option
	for _, code := range address.Countries(language) {
		options = append(options, templates.Option{Value: code, Label: address.CountryName(code, language), Chosen: code == chosen})
	}
	return options
}

func (s *Console) saveShopSettings(c *gin.Context) error {
	rate, err := taxRate(c, "tax_rate")
	if err == nil {
		err = s.audited(c, "shop.settings_changed", "shop:settings", func() error {
			_, err := s.Shop.ChangeSettings(c, accountID(c), func(settings *shop.Settings) error {
				settings.Country, settings.TaxRate = field(c, "country"), rate
				return nil
			})
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "settings", "shop"), "shopset.saved", nil)
	}
	page, shown := s.shopSettingsPage(c)
	if shown != nil {
		return shown
	}
	page.TaxRate = field(c, "tax_rate")
	if err := s.refused(c, &page.Base, err, nil, "tax_rate", "country"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) newDelivery(c *gin.Context) error {
	page, err := s.deliveryPage(c, shipping.Method{Kind: shipping.Flat})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) editDelivery(c *gin.Context) error {
	method, err := s.delivery(c)
	if err != nil {
		return err
	}
	page, err := s.deliveryPage(c, method)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// delivery is the one that the path names. Errors: shop.ErrNoMethod.
func (s *Console) delivery(c *gin.Context) (shipping.Method, error) {
	settings, err := s.Shop.Settings(c, accountID(c))
	if err != nil {
		return shipping.Method{}, err
	}
	method, known := settings.Method(c.Param("method"))
	if !known {
		return method, shop.ErrNoMethod
	}
	return method, nil
}

func (s *Console) deliveryPage(c *gin.Context, method shipping.Method) (*templates.DeliveryEditor, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	currency := base.Account.Currency
	page := &templates.DeliveryEditor{Base: base, ID: method.ID, Action: path(c, "settings", "shop", "deliveries", "new"),
		Name: method.Names, Note: method.Notes, TaxRate: percent(method.TaxRate), On: !method.Off}
	if method.ID != "" {
		page.Action, page.Title = path(c, "settings", "shop", "deliveries", method.ID), method.Name(base.Language)
	}
	for _, kind := range shipping.Kinds {
		page.Kinds = append(page.Kinds, templates.Option{Value: string(kind), Label: s.word(c, "delivery", string(kind)),
			Hint: s.said(c, "delivery."+string(kind)+".text"), Chosen: kind == method.Kind})
	}
	if method.Kind == shipping.PickUp || method.Kind == shipping.Flat {
		page.Price = money.Of(method.Price, currency).Decimal()
	}
	if method.FreeFrom > 0 {
		page.FreeFrom = money.Of(method.FreeFrom, currency).Decimal()
	}
	for _, region := range method.Regions {
		page.Regions += region.String() + "\n"
	}
	for _, tier := range method.Tiers {
		step := templates.DeliveryStep{UpTo: decimal(tier.UpTo), Price: money.Of(tier.Price, currency).Decimal()}
		if method.Kind == shipping.ByAmount {
			step.UpTo = money.Of(tier.UpTo, currency).Decimal()
		}
		page.Steps = append(page.Steps, step)
	}
	return page, nil
}

// deliveryForm reads the form of a delivery, field by field; the first fault is
// the form's.
type deliveryForm struct {
	c      *gin.Context
	method shipping.Method
	err    error
}

func (f *deliveryForm) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// amount reads a decimal number of the account's currency; an empty field is 0.
func (f *deliveryForm) amount(name string) int64 {
	typed := field(f.c, name)
	if typed == "" {
		return 0
	}
	read, err := money.Parse(typed, web.At(f.c).Account.Currency)
	if err != nil {
		f.fail(inField(err, name))
	}
	return read.Minor
}

func readDelivery(c *gin.Context) (shipping.Method, error) {
	f := &deliveryForm{c: c}
	m := &f.method
	m.ID, m.Names, m.Notes = c.Param("method"), localized(c, "name"), localized(c, "note")
	m.Kind, m.Off = shipping.Kind(field(c, "kind")), field(c, "on") == ""
	m.FreeFrom = f.amount("free_from")
	if m.Kind == shipping.PickUp || m.Kind == shipping.Flat {
		m.Price = f.amount("price")
	} else {
		f.readSteps()
	}
	var err error
	if m.TaxRate, err = taxRate(c, "tax_rate"); err != nil {
		f.fail(err)
	}
	if m.Regions, err = shipping.ParseRegions(c.PostForm("regions")); err != nil {
		f.fail(err)
	}
	if err := m.Check(); err != nil {
		f.fail(err)
	}
	return f.method, f.err
}

func (f *deliveryForm) readSteps() {
	for _, n := range rows(f.c, "steps", "price") {
		name := fmt.Sprintf("steps.%d.", n)
		if field(f.c, name+"up_to") == "" && field(f.c, name+"price") == "" {
			continue
		}
		tier := shipping.Tier{Price: f.amount(name + "price")}
		if f.method.Kind == shipping.ByAmount {
			tier.UpTo = f.amount(name + "up_to")
		} else if grams, err := strconv.ParseInt(field(f.c, name+"up_to"), 10, 64); err != nil {
			f.fail(errNumber.In(name + "up_to").Because(err))
		} else {
			tier.UpTo = grams
		}
		f.method.Tiers = append(f.method.Tiers, tier)
	}
}

func (s *Console) saveDelivery(c *gin.Context) error {
	method, err := readDelivery(c)
	if err == nil {
		err = s.audited(c, "shop.delivery_saved", "delivery:"+method.ID, func() error {
			_, err := s.Shop.ChangeSettings(c, accountID(c), func(settings *shop.Settings) error { return put(settings, method) })
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "settings", "shop"), "delivery.saved", nil)
	}
	page, shown := s.deliveryPage(c, method)
	if shown != nil {
		return shown
	}
	page.Price, page.FreeFrom, page.TaxRate, page.Regions = field(c, "price"), field(c, "free_from"), field(c, "tax_rate"), c.PostForm("regions")
	page.Steps = nil
	names := map[string]string{"names": "name", "notes": "note.en"}
	for _, n := range rows(c, "steps", "price") {
		at := fmt.Sprintf("steps.%d.", n)
		for _, last := range []string{"up_to", "price"} {
			names[at+last] = fmt.Sprintf("steps.%d.%s", len(page.Steps), last)
		}
		page.Steps = append(page.Steps, templates.DeliveryStep{UpTo: field(c, at+"up_to"), Price: field(c, at+"price")})
	}
	if err := s.refused(c, &page.Base, err, names, "name", "note.", "kind", "price", "free_from", "tax_rate", "regions", "tiers", "steps."); err != nil {
		return err
	}
	return s.again(c, page)
}

// put replaces a delivery, or adds one without an id. Errors: shop.ErrNoMethod.
func put(settings *shop.Settings, method shipping.Method) error {
	if method.ID == "" {
		settings.Methods = append(settings.Methods, method)
		return nil
	}
	i := slices.IndexFunc(settings.Methods, func(m shipping.Method) bool { return m.ID == method.ID })
	if i < 0 {
		return shop.ErrNoMethod
	}
	settings.Methods[i] = method
	return nil
}

func (s *Console) deleteDelivery(c *gin.Context) error {
	id := c.Param("method")
	err := s.audited(c, "shop.delivery_deleted", "delivery:"+id, func() error {
		_, err := s.Shop.ChangeSettings(c, accountID(c), func(settings *shop.Settings) error {
			before := len(settings.Methods)
			settings.Methods = slices.DeleteFunc(settings.Methods, func(m shipping.Method) bool { return m.ID == id })
			if len(settings.Methods) == before {
				return shop.ErrNoMethod
			}
			return nil
		})
		return err
	})
	return s.done(c, path(c, "settings", "shop"), "delivery.deleted", err)
}
