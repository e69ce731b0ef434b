package console

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/templates"
)

// maxRows bounds the rows of a form (variants, answers) that are looked for.
const maxRows = 100

// rows lists the numbers under which a form has rows named prefix.N.last, in
// their order: rows that were removed in the browser leave gaps.
func rows(c *gin.Context, prefix, last string) []int {
	var found []int
	for name := range c.Request.PostForm {
		middle, ok := strings.CutPrefix(name, prefix+".")
		if !ok {
			continue
		}
		middle, ok = strings.CutSuffix(middle, "."+last)
		if n, err := strconv.Atoi(middle); ok && err == nil && n >= 0 && strconv.Itoa(n) == middle {
			found = append(found, n)
		}
	}
	slices.Sort(found)
	return found[:min(len(found), maxRows)]
}

// localized reads a text in each language; those without a text are left out.
func localized(c *gin.Context, name string) map[string]string {
	texts := map[string]string{}
	for _, language := range message.Languages {
		if text := field(c, name+"."+language); text != "" {
			texts[language] = text
		}
	}
	return texts
}

// productForm is what was typed into the editor of a product.
type productForm struct {
	product    shop.Product
	quantities map[int]int64
	// rows are the variants as typed, with the numbers of their fields.
	rows []templates.VariantRow
	// fields are the numbers of the fields of the variants that stay.
	fields []int
	err    error // of the first field that cannot be read
}

// readProduct reads the editor into what the product was before.
func readProduct(c *gin.Context, before shop.Product) productForm {
	form := productForm{product: before, quantities: map[int]int64{}}
	p := &form.product
	p.Account = accountID(c)
	p.Names, p.Descriptions = localized(c, "name"), localized(c, "description")
	p.Category, p.State = field(c, "category"), shop.ProductState(c.PostForm("state"))
	p.Pictures = c.PostFormArray("pictures")
	if version, err := strconv.ParseInt(c.PostForm("version"), 10, 64); err == nil {
		p.Version = version // what the member saw, not what is there by now
	}
	form.number("position", field(c, "position"), &p.Position)
	p.LowStock = 0
	form.number("low_stock", field(c, "low_stock"), &p.LowStock)
	var err error
	if p.TaxRate, err = taxRate(c, "tax_rate"); err != nil {
		form.fail(err)
	}
	if before.ID == "" {
		p.Kind = shop.Kind(c.PostForm("kind"))
	}
	if p.Is(shop.Booking) {
		form.readCalendar(c)
	}
	if p.Is(shop.Digital) {
		var downloads int64
		form.number("downloads", field(c, "downloads"), &downloads)
		p.Downloads = int(downloads)
	}
	form.readVariants(c, before)
	return form
}

// number reads a whole number; an empty field leaves it as it is.
func (f *productForm) number(name, typed string, into *int64) {
	if typed == "" {
		return
	}
	read, err := strconv.ParseInt(typed, 10, 32)
	if err != nil {
		f.fail(errNumber.In(name).Because(err))
		return
	}
	*into = read
}

func (f *productForm) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

func (f *productForm) readVariants(c *gin.Context, before shop.Product) {
	f.product.Variants = nil
	for _, n := range rows(c, "variants", "price") {
		name := fmt.Sprintf("variants.%d", n)
		row := templates.VariantRow{ID: c.PostForm(name + ".id"), Label: localized(c, name+".label"),
			Price: field(c, name+".price"), Stock: field(c, name+".stock"), Weight: field(c, name+".weight"), LowStock: field(c, name+".low_stock")}
		if c.PostForm(name+".remove") == "on" {
			continue
		}
		index := len(f.rows) // errors name the row as it is shown again
		f.rows = append(f.rows, row)
		f.fields = append(f.fields, n)
		f.addVariant(c, before, row, fmt.Sprintf("variants.%d", index))
	}
}

func (f *productForm) addVariant(c *gin.Context, before shop.Product, row templates.VariantRow, name string) {
	variant, _ := before.Variant(row.ID)
	variant.ID, variant.Labels = row.ID, row.Label
	price, err := money.Parse(row.Price, web.At(c).Account.Currency)
	if err != nil {
		f.fail(inField(err, name+".price"))
	}
	variant.Price = price
	variant.Weight, variant.LowStock = 0, 0
	f.number(name+".low_stock", row.LowStock, &variant.LowStock)
	f.number(name+".weight", row.Weight, &variant.Weight)
	if row.Stock != "" {
		quantity, err := strconv.ParseInt(row.Stock, 10, 64)
		if err != nil {
			f.fail(shop.ErrStockRange.In(name + ".stock").Because(err))
		}
		f.quantities[len(f.product.Variants)] = quantity
	}
	f.product.Variants = append(f.product.Variants, variant)
}

func (s *Console) saveProduct(c *gin.Context) error {
	var before shop.Product
	action := "product.created"
	if id := c.Param("product"); id != "" {
		found, err := s.Shop.Product(c, accountID(c), id)
		if err != nil {
			return err
		}
		before, action = found, "product.changed"
	}
	var saved shop.Product
	form := readProduct(c, before)
	added, err := s.addPictures(c, "files")
	form.product.Pictures = append(form.product.Pictures, added...)
	if err == nil {
		err = form.err
	}
	if err == nil && form.product.Is(shop.Digital) {
		err = s.readDigital(c, &form)
	}
	if err == nil {
		err = s.audited(c, action, "product:"+before.ID, func() (err error) {
			saved, err = s.Shop.SaveProduct(c, form.product, form.quantities)
			return err
		})
	}
	if err == nil {
		if err := s.addKeys(c, form, saved); err != nil {
			return s.keysRefused(c, saved.ID, err)
		}
		return s.done(c, path(c, "products"), "products.done.saved", nil)
	}
	return s.productAgain(c, form, err)
}

// productFields are the names of the editor's fields where the shop has others.
var productFields = map[string]string{
	"names": "name.en", "descriptions": "description.en", "picture": "pictures", "files": "pictures",
}

func (s *Console) productAgain(c *gin.Context, form productForm, wrong error) error {
	page, err := s.productPage(c, form.product)
	if err != nil {
		return err
	}
	for i := range form.rows {
		form.rows[i].Files, form.rows[i].Keys = page.Variants[i].Files, page.Variants[i].Keys
	}
	page.Variants = form.rows
	if form.product.Is(shop.Booking) {
		page.Calendar = s.typedCalendar(c)
	}
	names := map[string]string{}
	for from, to := range productFields {
		names[from] = to
	}
	for i := range form.rows {
		names[fmt.Sprintf("variants.%d.labels", i)] = fmt.Sprintf("variants.%d.label.en", i)
	}
	if err := s.refused(c, &page.Base, wrong, names,
		"name.", "description.", "category", "state", "position", "tax_rate", "low_stock", "downloads", "week", "week.", "minutes", "every", "capacity", "notice", "cancel", "ahead", "closed", "pictures", "variants."); err != nil {
		return err
	}
	return s.again(c, page)
}
