package address

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Field is a part of an address as a form asks for it.
type Field struct {
	Part     Part
	Optional bool
}

// Form is what a country's addresses consist of, in the order people there
// write them.
type Form []Field

func (f Form) field(part Part) (Field, bool) {
	i := slices.IndexFunc(f, func(field Field) bool { return field.Part == part })
	if i < 0 {
		return Field{}, false
	}
	return f[i], true
}

// FormOf is the form of a country's addresses.
func FormOf(country string) Form {
	person := Form{{Part: Name}, {Part: Phone}}
	switch country {
	case "CN":
		return append(person, Field{Part: Region}, Field{Part: City}, Field{Part: District},
			Field{Part: Street}, Field{Part: Detail, Optional: true}, Field{Part: Postcode, Optional: true})
	case "KR":
		return append(person, Field{Part: Postcode}, Field{Part: Region}, Field{Part: City, Optional: true},
			Field{Part: Street}, Field{Part: Detail, Optional: true})
	case "JP":
		return append(person, Field{Part: Postcode}, Field{Part: Region}, Field{Part: City},
			Field{Part: Street}, Field{Part: Detail, Optional: true})
	case "TW", "HK", "MO":
		return append(person, Field{Part: Postcode, Optional: true}, Field{Part: City}, Field{Part: District, Optional: true},
			Field{Part: Street}, Field{Part: Detail, Optional: true})
	}
	return append(person, Field{Part: Street}, Field{Part: Detail, Optional: true}, Field{Part: City},
		Field{Part: Region, Optional: true}, Field{Part: Postcode, Optional: countries[country].postcode == nil})
}

// country is what we know of one: how its postcodes look, and one of them.
type country struct {
	postcode *regexp.Regexp
	sample   string
}

// countries are those that parcels go to. The patterns are those of the
// Universal Postal Union's addressing sheets; a country without one has no
// postcodes, or so few that nobody writes them.
var countries = map[string]country{
	"CN": {postcodes(`\d{6}`), "518057"},
	"KR": {postcodes(`\d{5}`), "06164"},
	"JP": {postcodes(`\d{3}-?\d{4}`), "100-0001"},
	"TW": {postcodes(`\d{3}(\d{2,3})?`), "106"},
	"HK": {},
	"MO": {},
	"MN": {postcodes(`\d{5,6}`), "15160"},
	"SG": {postcodes(`\d{6}`), "018956"},
	"MY": {postcodes(`\d{5}`), "50480"},
	"TH": {postcodes(`\d{5}`), "10330"},
	"VN": {postcodes(`\d{5,6}`), "100000"},
	"PH": {postcodes(`\d{4}`), "1000"},
	"ID": {postcodes(`\d{5}`), "10110"},
	"IN": {postcodes(`[1-9]\d{2} ?\d{3}`), "110001"},
	"KH": {postcodes(`\d{5,6}`), "120101"},
	"LA": {postcodes(`\d{5}`), "01000"},
	"MM": {postcodes(`\d{5}`), "11181"},
	"BN": {postcodes(`[A-Z]{2}\d{4}`), "BA1111"},
	"AU": {postcodes(`\d{4}`), "2000"},
	"NZ": {postcodes(`\d{4}`), "6011"},
	"US": {postcodes(`\d{5}(-\d{4})?`), "10001"},
	"CA": {postcodes(`[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d`), "K1A 0B1"},
	"MX": {postcodes(`\d{5}`), "06000"},
	"BR": {postcodes(`\d{5}-?\d{3}`), "01310-100"},
	"RU": {postcodes(`\d{6}`), "101000"},
	"KZ": {postcodes(`([A-Z]\d{2}[A-Z]\d[A-Z]\d|\d{6})`), "010000"},
	"UZ": {postcodes(`\d{6}`), "100000"},
	"GB": {postcodes(`[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}`), "SW1A 1AA"},
	"IE": {postcodes(`[A-Z]\d[\dW] ?[A-Z\d]{4}`), "D02 AF30"},
	"DE": {postcodes(`\d{5}`), "10115"},
	"FR": {postcodes(`\d{5}`), "75001"},
	"IT": {postcodes(`\d{5}`), "00184"},
	"ES": {postcodes(`\d{5}`), "28001"},
	"PT": {postcodes(`\d{4}-\d{3}`), "1000-001"},
	"NL": {postcodes(`\d{4} ?[A-Z]{2}`), "1012 JS"},
	"BE": {postcodes(`\d{4}`), "1000"},
	"LU": {postcodes(`\d{4}`), "1009"},
	"CH": {postcodes(`\d{4}`), "8001"},
	"AT": {postcodes(`\d{4}`), "1010"},
	"SE": {postcodes(`\d{3} ?\d{2}`), "111 20"},
	"NO": {postcodes(`\d{4}`), "0150"},
	"DK": {postcodes(`\d{4}`), "1050"},
	"FI": {postcodes(`\d{5}`), "00100"},
	"PL": {postcodes(`\d{2}-\d{3}`), "00-001"},
	"CZ": {postcodes(`\d{3} ?\d{2}`), "110 00"},
	"SK": {postcodes(`\d{3} ?\d{2}`), "811 01"},
	"HU": {postcodes(`\d{4}`), "1051"},
	"GR": {postcodes(`\d{3} ?\d{2}`), "105 57"},
	"TR": {postcodes(`\d{5}`), "34000"},
	"AE": {},
	"SA": {postcodes(`\d{5}`), "11564"},
	"IL": {postcodes(`\d{5}(\d{2})?`), "9103401"},
	"ZA": {postcodes(`\d{4}`), "2001"},
}

func postcodes(pattern string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + pattern + `)$`) }

// Known says whether parcels go to a country.
func Known(code string) bool { _, known := countries[code]; return known }

// Sample is a postcode of the country; empty if it has none.
func Sample(code string) string { return countries[code].sample }

// CountryName is what a country is called in one of our languages.
func CountryName(code, in string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	return cmp.Or(display.Regions(tag(in)).Name(region), code)
}

func tag(in string) language.Tag {
	if in == "zh" {
		return language.SimplifiedChinese
	}
	return language.Make(in)
}

// Countries lists the codes of all countries by their names in a language.
func Countries(in string) []string {
	codes := make([]string, 0, len(countries))
	names := map[string]string{}
	for code := range countries {
		codes, names[code] = append(codes, code), CountryName(code, in)
	}
	order := collate.New(tag(in))
	slices.SortFunc(codes, func(a, b string) int {
		return cmp.Or(order.CompareString(names[a], names[b]), strings.Compare(a, b))
	})
	return codes
}
