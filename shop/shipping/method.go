// Package shipping works out what it costs to bring goods to somebody: picked
// up, for a flat price, by weight or by what the goods cost, free from a sum on,
// and to which regions. It is pure; the shop keeps the methods.
package shipping

import (
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/address"
	"plaza/shop/tax"
)

// The faults of methods.
var (
	ErrKind    = fault.New(fault.Invalid, "shipping_kind", "A delivery is picked up, or costs a flat price, a price by weight or a price by amount.")
	ErrNoName  = fault.New(fault.Invalid, "shipping_name_missing", "Please name this delivery in at least one language.")
	ErrName    = fault.New(fault.Invalid, "shipping_name", "A name may have at most {0} characters, in a language of this server.", maxName)
	ErrPrice   = fault.New(fault.Invalid, "shipping_price", "A price is 0 or more and at most 10,000,000,000 units.")
	ErrTiers   = fault.New(fault.Invalid, "shipping_tiers", "Please give 1 to {0} steps, each up to more than the one before.", MaxTiers)
	ErrRegions = fault.New(fault.Invalid, "shipping_regions", "Please give at most {0} regions, one a line: a country code such as KR, and behind it a province or the beginning of a postcode such as 63*.", maxRegions)
)

// Bounds of a method.
const (
	maxName    = 80
	maxNote    = 400
	MaxTiers   = 20
	maxRegions = 100
	maxPrice   = 10_000_000_000
)

// Kind says what the price depends on.
type Kind string

// The kinds.
const (
	PickUp   Kind = "pickup" // at the shop; needs no address
	Flat     Kind = "flat"
	ByWeight Kind = "weight" // of all goods, in grams
	ByAmount Kind = "amount" // of the goods less discounts, in minor units
)

// Kinds are all of them, in the order that forms show them.
var Kinds = []Kind{PickUp, Flat, ByWeight, ByAmount}

// Method is a way of getting the goods.
type Method struct {
	ID    string            `bson:"id" json:"id,omitempty"`
	Names map[string]string `bson:"names" json:"names"`                     // by language
	Notes map[string]string `bson:"notes,omitempty" json:"notes,omitempty"` // where to pick up, how long it takes
	Kind  Kind              `bson:"kind" json:"kind"`
	// Price is for PickUp and Flat; the others have Tiers. In minor units of the
	// account's currency.
	Price int64  `bson:"price" json:"price,omitempty"`
	Tiers []Tier `bson:"tiers,omitempty" json:"tiers,omitempty"`
	// FreeFrom makes it free for goods of this sum, less discounts, or more; 0: never.
	FreeFrom int64    `bson:"free_from,omitempty" json:"free_from,omitempty"`
	Regions  []Region `bson:"regions,omitempty" json:"regions,omitempty"` // none: everywhere
	// TaxRate is what the price includes; nil: the account's.
	TaxRate *tax.Rate `bson:"tax_rate,omitempty" json:"tax_rate,omitempty"`
	Off     bool      `bson:"off,omitempty" json:"off,omitempty"` // not offered
}

// Tier is a step: up to and with this many grams or minor units it costs Price.
// Above the last step the method is not offered.
type Tier struct {
	UpTo  int64 `bson:"up_to" json:"up_to"`
	Price int64 `bson:"price" json:"price,omitempty"`
}

// Region is a country, or a part of it: a province by the beginning of its name,
// or addresses by the beginning of their postcode.
type Region struct {
	Country  string `bson:"country" json:"country"`
	Name     string `bson:"name,omitempty" json:"name,omitempty"`
	Postcode string `bson:"postcode,omitempty" json:"postcode,omitempty"`
}

// NeedsAddress says whether there is a parcel.
func (m Method) NeedsAddress() bool { return m.Kind != PickUp }

// Name is the method's name in a language, or in another it has one in.
func (m Method) Name(language string) string { return in(m.Names, language) }

// Note is what else is to be known about it.
func (m Method) Note(language string) string { return in(m.Notes, language) }

func in(texts map[string]string, language string) string {
	for _, each := range append([]string{language}, message.Languages[:]...) {
		if text := texts[each]; text != "" {
			return text
		}
	}
	return ""
}

// Check tidies a method and refuses one that has no sense.
func (m *Method) Check() error {
	for _, texts := range []struct {
		field string
		of    map[string]string
		limit int
	}{{"names", m.Names, maxName}, {"notes", m.Notes, maxNote}} {
		for language, text := range texts.of {
			text = strings.TrimSpace(text)
			if !slices.Contains(message.Languages[:], language) || utf8.RuneCountInString(text) > texts.limit || !utf8.ValidString(text) {
				return fault.New(ErrName.Kind, ErrName.Code, ErrName.Text, texts.limit).In(texts.field)
			}
			texts.of[language] = text
		}
	}
	switch {
	case m.Name("") == "":
		return ErrNoName.In("names")
	case !slices.Contains(Kinds, m.Kind):
		return ErrKind.In("kind")
	case m.Price < 0 || m.Price > maxPrice:
		return ErrPrice.In("price")
	case m.FreeFrom < 0 || m.FreeFrom > money.Limit:
		return ErrPrice.In("free_from")
	case m.TaxRate != nil && m.TaxRate.Check() != nil:
		return tax.ErrRate.In("tax_rate")
	}
	if err := m.checkTiers(); err != nil {
		return err
	}
	return m.checkRegions()
}

func (m *Method) checkTiers() error {
	if m.Kind == PickUp || m.Kind == Flat {
		m.Tiers = nil
		return nil
	}
	m.Price = 0
	if len(m.Tiers) < 1 || len(m.Tiers) > MaxTiers {
		return ErrTiers.In("tiers")
	}
	last := int64(0)
	for _, tier := range m.Tiers {
		if tier.UpTo <= last || tier.UpTo > money.Limit {
			return ErrTiers.In("tiers")
		}
		if tier.Price < 0 || tier.Price > maxPrice {
			return ErrPrice.In("tiers")
		}
		last = tier.UpTo
	}
	return nil
}

func (m *Method) checkRegions() error {
	if m.Kind == PickUp {
		m.Regions = nil
	}
	if len(m.Regions) > maxRegions {
		return ErrRegions.In("regions")
	}
	for i := range m.Regions {
		region := &m.Regions[i]
		region.Country, region.Name = strings.ToUpper(strings.TrimSpace(region.Country)), strings.TrimSpace(region.Name)
		region.Postcode = compact(region.Postcode)
		if !address.Known(region.Country) || (region.Name != "" && region.Postcode != "") ||
			utf8.RuneCountInString(region.Name) > maxName || len(region.Postcode) > 10 {
			return ErrRegions.In("regions")
		}
	}
	return nil
}

// Parcel is what is to be brought.
type Parcel struct {
	Grams int64
	Goods int64            // what they cost less discounts, in minor units
	To    *address.Address // nil: not known yet
}

// Cost is what a method costs for a parcel, or false if it does not take it. As
// long as nobody knows where to, it is taken everywhere.
func (m Method) Cost(parcel Parcel) (int64, bool) {
	if m.Off || !m.reaches(parcel.To) {
		return 0, false
	}
	price, measure := m.Price, parcel.Goods
	if m.Kind == ByWeight {
		measure = parcel.Grams
	}
	if m.Kind == ByWeight || m.Kind == ByAmount {
		i := slices.IndexFunc(m.Tiers, func(tier Tier) bool { return measure <= tier.UpTo })
		if i < 0 {
			return 0, false
		}
		price = m.Tiers[i].Price
	}
	if m.FreeFrom > 0 && parcel.Goods >= m.FreeFrom {
		price = 0
	}
	return price, true
}

func (m Method) reaches(to *address.Address) bool {
	return to == nil || len(m.Regions) == 0 || slices.ContainsFunc(m.Regions, func(region Region) bool { return region.holds(*to) })
}

func (r Region) holds(a address.Address) bool {
	if r.Country != a.Country {
		return false
	}
	// People write 广东 and 广东省, 서울 and 서울특별시: the beginning tells.
	within := strings.ToLower(a.Region)
	if within == "" {
		within = strings.ToLower(a.City)
	}
	return strings.HasPrefix(within, strings.ToLower(r.Name)) && strings.HasPrefix(compact(a.Postcode), r.Postcode)
}

// compact writes a postcode without what only sets it apart.
func compact(postcode string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "").Replace(strings.TrimSpace(postcode)))
}

// ParseRegions reads regions as people type them, one a line: "KR", "CN 广东",
// "KR 63*". Errors: ErrRegions.
func ParseRegions(text string) ([]Region, error) {
	var regions []Region
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		country, rest, _ := strings.Cut(line, " ")
		region := Region{Country: strings.ToUpper(country), Name: strings.TrimSpace(rest)}
		if beginning, isPostcode := strings.CutSuffix(region.Name, "*"); isPostcode {
			region.Name, region.Postcode = "", compact(beginning)
		}
		if !address.Known(region.Country) || len(regions) == maxRegions {
			return nil, ErrRegions.In("regions")
		}
		regions = append(regions, region)
	}
	return regions, nil
}

// String writes a region as ParseRegions reads it.
func (r Region) String() string {
	switch {
	case r.Postcode != "":
		return r.Country + " " + r.Postcode + "*"
	case r.Name != "":
		return r.Country + " " + r.Name
	}
	return r.Country
}
