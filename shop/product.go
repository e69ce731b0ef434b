package shop

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/booking"
	"plaza/shop/tax"
	"plaza/store"
)

// Bounds of a product.
const (
	maxNameRunes        = 80
	maxDescriptionRunes = 4000
	maxLabelRunes       = 40
	maxPictures         = 9
	maxVariants         = 50
	maxStock            = 1_000_000_000
	maxWeight           = 1_000_000_000 // grams
)

// The faults of products.
var (
	ErrNoProduct      = fault.New(fault.NotFound, "product_not_found", "There is no such product.")
	ErrNoVariant      = fault.New(fault.NotFound, "variant_not_found", "This choice does not exist any more.")
	ErrNoName         = fault.New(fault.Invalid, "product_name_missing", "Please give the product a name in at least one language.")
	ErrTextTooLong    = fault.New(fault.Invalid, "text_too_long", "This text may have at most {0} characters.")
	ErrLanguage       = fault.New(fault.Invalid, "language_unknown", "This language is not supported.")
	ErrBrokenPicture  = fault.New(fault.Invalid, "picture_reference_broken", "This picture does not exist. Please upload it again.")
	ErrTooManyPics    = fault.New(fault.Invalid, "too_many_pictures", "A product can have at most {0} pictures.", maxPictures)
	ErrVariantCount   = fault.New(fault.Invalid, "variant_count", "A product has 1 to {0} choices.", maxVariants)
	ErrVariantTwice   = fault.New(fault.Invalid, "variant_label_twice", "Two choices have the same name.")
	ErrProductState   = fault.New(fault.Invalid, "product_state_unknown", "A product is a draft, on sale or archived.")
	ErrStockRange     = fault.New(fault.Invalid, "stock_out_of_range", "The stock must be a number from 0 to 1,000,000,000.")
	ErrWeight         = fault.New(fault.Invalid, "weight_out_of_range", "The weight must be a number of grams from 0 to 1,000,000,000.")
	ErrOtherCurrency  = fault.New(fault.Invalid, "price_currency", "Prices must be in the currency of the account ({0}).")
	ErrProductChanged = fault.New(fault.Conflict, "product_changed", "Somebody else has changed this product meanwhile. Please look at it again.")
)

// ProductState says who sees a product.
type ProductState string

// The states.
const (
	Draft    ProductState = "draft"    // being written
	Active   ProductState = "active"   // on sale
	Archived ProductState = "archived" // no longer; orders still show it
)

// Product is a thing on sale, in one or more variants.
type Product struct {
	ID           string            `bson:"_id" json:"id"`
	Account      string            `bson:"account" json:"-"`
	Names        map[string]string `bson:"names" json:"names"`               // by language
	Descriptions map[string]string `bson:"descriptions" json:"descriptions"` // by language
	Pictures     []string          `bson:"pictures" json:"pictures"`         // picture ids, the first is the main one
	State        ProductState      `bson:"state" json:"state"`
	Kind         Kind              `bson:"kind,omitempty" json:"kind,omitempty" enum:"goods,digital,booking" doc:"Goods if empty."`
	Downloads    int               `bson:"downloads,omitempty" json:"downloads,omitempty" doc:"Of digital: how often each file may be downloaded for one piece."`
	Calendar     *booking.Plan     `bson:"calendar,omitempty" json:"calendar,omitempty" doc:"Of a booking."`
	LowStock     int64             `bson:"low_stock,omitempty" json:"low_stock,omitempty" doc:"From which stock on a choice runs low; 0: nobody is told."`
	Category     string            `bson:"category" json:"category"`
	Position     int64             `bson:"position" json:"position"` // smaller comes first
	Variants     []Variant         `bson:"variants" json:"variants"`
	Price        money.Amount      `bson:"price" json:"price"` // the lowest of the variants
	TaxRate      *tax.Rate         `bson:"tax_rate,omitempty" json:"tax_rate,omitempty" doc:"Included in the price, in hundredths of a percent; none: the shop's."`
	Version      int64             `bson:"version" json:"version"`
	CreatedAt    time.Time         `bson:"created_at" json:"created_at"`
	UpdatedAt    time.Time         `bson:"updated_at" json:"updated_at"`
}

// Variant is what is really bought: a size, a colour. A product without
// choices has one variant without labels.
type Variant struct {
	ID     string            `bson:"id" json:"id"` // product id + "-" + number; never used again
	Labels map[string]string `bson:"labels,omitempty" json:"labels,omitempty"`
	Price  money.Amount      `bson:"price" json:"price"`
	Weight int64             `bson:"weight,omitempty" json:"weight,omitempty"` // grams
	// Of digital: the files, and whether each piece gets a key of the list.
	// LowStock is the variant\'s own; 0: the product\'s.
	LowStock int64    `bson:"low_stock,omitempty" json:"low_stock,omitempty"`
	Files    []string `bson:"files,omitempty" json:"files,omitempty"`
	Keys     bool     `bson:"keys,omitempty" json:"keys,omitempty"`
}

var products = store.Declare[Product](store.Schema{
	Name: "products",
	Indexes: []store.Index{
		{Fields: []string{"state", "position"}},
		{Fields: []string{"state", "category", "position"}},
		{Fields: []string{"-updated_at"}},
	},
})

// Name is the product's name in a language, or in another it exists in.
func (p Product) Name(language string) string { return inLanguage(p.Names, language) }

// Description is the product's description in a language.
func (p Product) Description(language string) string { return inLanguage(p.Descriptions, language) }

// Label is the variant's label in a language; empty if there is no choice.
func (v Variant) Label(language string) string { return inLanguage(v.Labels, language) }

// Variant finds a variant.
func (p Product) Variant(id string) (Variant, bool) {
	i := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.ID == id })
	if i < 0 {
		return Variant{}, false
	}
	return p.Variants[i], true
}

func inLanguage(texts map[string]string, language string) string {
	if text := texts[language]; text != "" {
		return text
	}
	for _, other := range message.Languages {
		if text := texts[other]; text != "" {
			return text
		}
	}
	return ""
}

// productOf is the product that a variant belongs to.
func productOf(variant string) string {
	product, _, _ := strings.Cut(variant, "-")
	return product
}

var pictureID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// check refuses what must not be sold and tidies the rest.
func (p *Product) check(currency string) error {
	p.Category = strings.TrimSpace(p.Category)
	return fault.All(
		checkTexts("names", p.Names, maxNameRunes),
		checkTexts("descriptions", p.Descriptions, maxDescriptionRunes),
		fault.If(p.Name("") == "", ErrNoName.In("names")),
		fault.If(!slices.Contains([]ProductState{Draft, Active, Archived}, p.State), ErrProductState.In("state")),
		checkText("category", p.Category, maxLabelRunes),
		fault.If(len(p.Pictures) > maxPictures, ErrTooManyPics.In("pictures")),
		fault.If(slices.ContainsFunc(p.Pictures, func(id string) bool { return !pictureID.MatchString(id) }), ErrBrokenPicture.In("pictures")),
		fault.If(p.TaxRate != nil && p.TaxRate.Check() != nil, tax.ErrRate.In("tax_rate")),
		fault.If(p.LowStock < 0 || p.LowStock > maxStock, ErrStockRange.In("low_stock")),
		p.checkKind(),
		p.checkVariants(currency),
	)
}

func (p *Product) checkVariants(currency string) error {
	if len(p.Variants) == 0 || len(p.Variants) > maxVariants {
		return ErrVariantCount.In("variants")
	}
	seen := map[string]bool{}
	var wrong []error
	for i, variant := range p.Variants {
		field := "variants." + strconv.Itoa(i)
		wrong = append(wrong,
			checkPrice(field+".price", variant.Price, currency),
			fault.If(variant.LowStock < 0 || variant.LowStock > maxStock, ErrStockRange.In(field+".low_stock")),
			fault.If(variant.Weight < 0 || variant.Weight > maxWeight, ErrWeight.In(field+".weight")),
			checkTexts(field+".labels", variant.Labels, maxLabelRunes),
			fault.If(seen[variant.Label("")], ErrVariantTwice.In(field+".labels")))
		seen[variant.Label("")] = true
	}
	if err := fault.All(wrong...); err != nil {
		return err
	}
	p.Price = slices.MinFunc(p.Variants, func(a, b Variant) int { return cmp.Compare(a.Price.Minor, b.Price.Minor) }).Price
	return nil
}

func checkPrice(field string, price money.Amount, currency string) error {
	if err := price.Check(); err != nil {
		refused := err.(*fault.Error) // what Check documents
		return refused.In(field)
	}
	return fault.If(price.Currency != currency, fault.New(ErrOtherCurrency.Kind, ErrOtherCurrency.Code, ErrOtherCurrency.Text, currency).In(field))
}

func checkTexts(field string, texts map[string]string, limit int) error {
	for language, text := range texts {
		if !slices.Contains(message.Languages[:], language) {
			return ErrLanguage.In(field)
		}
		texts[language] = strings.TrimSpace(text)
		if err := checkText(field, texts[language], limit); err != nil {
			return err
		}
	}
	return nil
}

func checkText(field, text string, limit int) error {
	if utf8.RuneCountInString(text) > limit || !utf8.ValidString(text) {
		return fault.New(ErrTextTooLong.Kind, ErrTextTooLong.Code, ErrTextTooLong.Text, limit).In(field)
	}
	return nil
}
