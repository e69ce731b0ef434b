package public

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop"
	"plaza/shop/address"
	"plaza/templates"
)

// delivery adds the routes about where to and how goods are delivered.
func (p *pages) delivery(get, post func(string, web.Handler)) {
	post("/shop/:account/delivery", p.chooseDelivery)
	get("/shop/:account/addresses", p.recognised(surely, p.addresses))
	get("/shop/:account/addresses/new", p.recognised(surely, p.editAddress))
	post("/shop/:account/addresses/new", p.saveAddress)
	get("/shop/:account/addresses/:address", p.recognised(surely, p.editAddress))
	post("/shop/:account/addresses/:address", p.saveAddress)
	post("/shop/:account/addresses/:address/default", p.defaultAddress)
	post("/shop/:account/addresses/:address/delete", p.deleteAddress)
}

func bookPath(front storefront) string { return shopPath(front.account) + "/addresses" }

// cartDelivery fills the part of the cart about its delivery.
func (p *pages) cartDelivery(c *gin.Context, front storefront, page *templates.Cart, cart shop.CartView) error {
	page.Shipping, page.Taxes = cart.Shipping, web.TaxLines(cart.Taxes)
	if cart.Ways == nil && cart.DeliveryFault == nil {
		return nil
	}
	delivery := &page.Delivery
	delivery.Path, delivery.BookPath = shopPath(front.account)+"/delivery", bookPath(front)
	settings, err := p.Shop.Settings(c, front.account.ID)
	if err != nil {
		return err
	}
	for _, method := range settings.Methods {
		if !method.Off && method.NeedsAddress() {
			delivery.NewPath = delivery.BookPath + "/new?then=cart"
		}
	}
	language := web.Language(c)
	for _, way := range cart.Ways {
		delivery.Ways = append(delivery.Ways, templates.WayChoice{ID: way.ID, Name: way.Name(language), Note: way.Note(language), Cost: way.Cost, Chosen: way.Chosen})
		if way.Chosen {
			page.Way = way.Name(language)
		}
	}
	if cart.DeliveryFault != nil {
		delivery.Problem = p.sentence(c, cart.DeliveryFault)
	}
	if delivery.NewPath == "" {
		return nil
	}
	all, err := p.Shop.Addresses(c, front.person)
	for _, one := range all {
		row := addressRow(front, one, language)
		row.Chosen = cart.To != nil && cart.To.ID == one.ID
		delivery.Addresses = append(delivery.Addresses, row)
	}
	return err
}

func addressRow(front storefront, one shop.SavedAddress, language string) templates.AddressRow {
	return templates.AddressRow{ID: one.ID, Path: bookPath(front) + "/" + url.PathEscape(one.ID), Name: one.Name, Phone: one.Phone,
		Lines: append(one.Lines(), address.CountryName(one.Country, language)), Default: one.Default}
}

func (p *pages) chooseDelivery(c *gin.Context) error {
	front, err := p.enterKnown(c)
	if err != nil {
		return err
	}
	path := shopPath(front.account) + "/cart"
	if err := p.Shop.ChooseDelivery(c, front.person, c.PostForm("address"), c.PostForm("method")); err != nil {
		return p.orBack(c, err, path)
	}
	return web.Redirect(c, path)
}

func (p *pages) addresses(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	page := &templates.Addresses{Base: p.base(c, front.account), NewPath: bookPath(front) + "/new"}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if front.known {
		all, err := p.Shop.Addresses(c, front.person)
		if err != nil {
			return err
		}
		for _, one := range all {
			page.Rows = append(page.Rows, addressRow(front, one, web.Language(c)))
		}
	}
	return p.Draw(c, page)
}

// saved finds the address that the path names; an empty one for a new one.
// Errors: shop.ErrNoAddress.
func (p *pages) saved(c *gin.Context, front storefront) (shop.SavedAddress, error) {
	id := c.Param("address")
	if id == "" {
		return shop.SavedAddress{}, nil
	}
	if !front.known {
		return shop.SavedAddress{}, shop.ErrNoAddress
	}
	all, err := p.Shop.Addresses(c, front.person)
	if err != nil {
		return shop.SavedAddress{}, err
	}
	for _, one := range all {
		if one.ID == id {
			return one, nil
		}
	}
	return shop.SavedAddress{}, shop.ErrNoAddress
}

func (p *pages) editAddress(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	found, err := p.saved(c, front)
	if err != nil {
		return err
	}
	if chosen := c.Query("country"); address.Known(chosen) {
		found.Country = chosen
	}
	page, err := p.addressPage(c, front, found, c.Query("then"))
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

func (p *pages) addressPage(c *gin.Context, front storefront, shown shop.SavedAddress, then string) (*templates.AddressEditor, error) {
	settings, err := p.Shop.Settings(c, front.account.ID)
	if err != nil {
		return nil, err
	}
	if !address.Known(shown.Country) {
		shown.Country = settings.HomeCountry(front.account.Currency)
	}
	page := &templates.AddressEditor{Base: p.base(c, front.account), Action: bookPath(front) + "/new", BookPath: bookPath(front),
		Country: shown.Country, Default: shown.Default, Title: shown.Name}
	if id := c.Param("address"); id != "" {
		page.Action = bookPath(front) + "/" + url.PathEscape(id)
	} else {
		page.Title = ""
	}
	if then == "cart" {
		page.Then = then
	}
	if page.Nav, err = p.nav(c, front); err != nil {
		return nil, err
	}
	page.Countries, page.Fields = p.addressFields(c, page.Language, shown.Address)
	return page, nil
}

// addressFields are the countries to choose from, and what the address's own asks
// for.
func (p *pages) addressFields(c *gin.Context, language string, shown address.Address) (countries []templates.Option, fields []templates.AddressField) {
	for _, code := range address.Countries(language) {
		countries = append(countries, templates.Option{Value: code, Label: address.CountryName(code, language), Chosen: code == shown.Country})
	}
	for _, asked := range address.FormOf(shown.Country) {
		fields = append(fields, p.addressField(c, shown, asked))
	}
	return countries, fields
}

// typedAddress is the address in a posted form.
func typedAddress(c *gin.Context) address.Address {
	typed := address.Address{Country: c.PostForm("country")}
	for _, asked := range address.FormOf(typed.Country) {
		typed.Set(asked.Part, c.PostForm(string(asked.Part)))
	}
	return typed
}

// addressField is how a part is asked for. Browsers fill parts in by their names
// in HTML's list of autofill fields.
func (p *pages) addressField(c *gin.Context, shown address.Address, asked address.Field) templates.AddressField {
	name := string(asked.Part)
	field := templates.AddressField{Name: name, Value: shown.Part(asked.Part), Optional: asked.Optional}
	key := "public.address." + name
	if special := key + "." + shown.Country; p.Renderer.Texts.Has(special) {
		key = special
	}
	field.Label = p.Text(c, key)
	switch asked.Part {
	case address.Name:
		field.Autocomplete = "name"
	case address.Phone:
		field.Autocomplete, field.InputMode = "tel", "tel"
	case address.Postcode:
		field.Autocomplete, field.Hint = "postal-code", address.Sample(shown.Country)
	case address.Region:
		field.Autocomplete = "address-level1"
	case address.City:
		field.Autocomplete = "address-level2"
	case address.District:
		field.Autocomplete = "address-level3"
	case address.Street:
		field.Autocomplete = "address-line1"
	case address.Detail:
		field.Autocomplete = "address-line2"
	}
	return field
}

func (p *pages) saveAddress(c *gin.Context) error {
	front, err := p.enterKnown(c)
	if err != nil {
		return err
	}
	typed := typedAddress(c)
	byDefault := c.PostForm("default") != ""
	kept, err := p.Shop.SaveAddress(c, front.person, c.Param("address"), typed, byDefault)
	if err != nil {
		return p.addressAgain(c, front, shop.SavedAddress{Address: typed, Default: byDefault}, err)
	}
	if c.PostForm("then") != "cart" {
		return web.Redirect(c, bookPath(front))
	}
	if err := p.Shop.ChooseDelivery(c, front.person, kept.ID, ""); err != nil {
		return err
	}
	return web.Redirect(c, shopPath(front.account)+"/cart")
}

// addressAgain shows the form with what was typed and what is wrong with it.
func (p *pages) addressAgain(c *gin.Context, front storefront, typed shop.SavedAddress, wrong error) error {
	fields, ok := p.FieldErrors(c, wrong)
	if !ok {
		return wrong
	}
	page, err := p.addressPage(c, front, typed, c.PostForm("then"))
	if err != nil {
		return err
	}
	page.Errors = fields
	if sentence, ofNoField := fields[""]; ofNoField {
		page.Flash = &templates.Flash{Kind: "bad", Text: sentence}
	}
	return p.DrawStatus(c, 422, page)
}

func (p *pages) defaultAddress(c *gin.Context) error {
	return p.changeBook(c, func(front storefront, id string) error { return p.Shop.DefaultAddress(c, front.person, id) })
}

func (p *pages) deleteAddress(c *gin.Context) error {
	return p.changeBook(c, func(front storefront, id string) error { return p.Shop.DeleteAddress(c, front.person, id) })
}

func (p *pages) changeBook(c *gin.Context, change func(front storefront, id string) error) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	if !front.known {
		return shop.ErrNoAddress
	}
	if err := change(front, c.Param("address")); err != nil {
		return err
	}
	return web.Redirect(c, bookPath(front))
}
