// Package address is where people live, as each country writes it: which parts
// an address has, in which order they stand on a parcel, how a postcode looks.
package address

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"plaza/fault"
)

// The faults of addresses.
var (
	ErrCountry  = fault.New(fault.Invalid, "address_country", "Please choose a country from the list.")
	ErrMissing  = fault.New(fault.Invalid, "address_part_missing", "This part of the address is needed.")
	ErrPostcode = fault.New(fault.Invalid, "address_postcode", "This is not a postcode of this country. It looks like {0}.")
	ErrPhone    = fault.New(fault.Invalid, "address_phone", "Please give a phone number with 5 to 15 digits.")
	ErrTooLong  = fault.New(fault.Invalid, "address_too_long", "This part of the address may have at most {0} characters.")
	ErrText     = fault.New(fault.Invalid, "address_text", "This part of the address holds characters that cannot be printed.")
)

// Address is one, in the parts of its country's form. Which parts a country has
// says Form; the others are empty.
type Address struct {
	Name     string `bson:"name" json:"name"`
	Phone    string `bson:"phone" json:"phone"`
	Country  string `bson:"country" json:"country"` // ISO 3166-1, two letters
	Postcode string `bson:"postcode,omitempty" json:"postcode,omitempty"`
	Region   string `bson:"region,omitempty" json:"region,omitempty"` // province, state
	City     string `bson:"city,omitempty" json:"city,omitempty"`
	District string `bson:"district,omitempty" json:"district,omitempty"`
	Street   string `bson:"street" json:"street"`                     // with the number
	Detail   string `bson:"detail,omitempty" json:"detail,omitempty"` // building, floor, door
}

// maxPart bounds each part, in characters.
const maxPart = 120

// Part names a part of an address.
type Part string

// The parts, by the names that forms and JSON use.
const (
	Name     Part = "name"
	Phone    Part = "phone"
	Postcode Part = "postcode"
	Region   Part = "region"
	City     Part = "city"
	District Part = "district"
	Street   Part = "street"
	Detail   Part = "detail"
)

// Part gives one of the parts.
func (a Address) Part(part Part) string { return *a.part(part) }

// Set fills one of the parts.
func (a *Address) Set(part Part, text string) { *a.part(part) = text }

func (a *Address) part(part Part) *string {
	switch part {
	case Name:
		return &a.Name
	case Phone:
		return &a.Phone
	case Postcode:
		return &a.Postcode
	case Region:
		return &a.Region
	case City:
		return &a.City
	case District:
		return &a.District
	case Detail:
		return &a.Detail
	}
	return &a.Street
}

// Check tidies an address and refuses one that a parcel would not reach. The
// fault names the part.
func (a *Address) Check() error {
	a.Country = strings.ToUpper(strings.TrimSpace(a.Country))
	country, known := countries[a.Country]
	if !known {
		return ErrCountry.In("country")
	}
	form := FormOf(a.Country)
	for _, part := range []Part{Name, Phone, Postcode, Region, City, District, Street, Detail} {
		text := strings.Join(strings.Fields(a.Part(part)), " ")
		field, asked := form.field(part)
		if !asked {
			text = ""
		}
		a.Set(part, text)
		switch {
		case utf8.RuneCountInString(text) > maxPart:
			return fault.New(ErrTooLong.Kind, ErrTooLong.Code, ErrTooLong.Text, maxPart).In(string(part))
		case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
			return ErrText.In(string(part))
		case text == "" && asked && !field.Optional:
			return ErrMissing.In(string(part))
		}
	}
	if !phoneNumber(a.Phone) {
		return ErrPhone.In("phone")
	}
	a.Postcode = strings.ToUpper(a.Postcode)
	if a.Postcode != "" && country.postcode != nil && !country.postcode.MatchString(a.Postcode) {
		return fault.New(ErrPostcode.Kind, ErrPostcode.Code, ErrPostcode.Text, country.sample).In("postcode")
	}
	return nil
}

// phoneNumber takes a number as people write it, of any country (E.164 has at
// most 15 digits).
func phoneNumber(text string) bool {
	digits := 0
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r == '+' && i == 0, strings.ContainsRune(" -().", r):
		default:
			return false
		}
	}
	return digits >= 5 && digits <= 15
}

// Lines are the lines on a parcel, without name and phone. China and Korea write
// from the large to the small, everybody else the other way round. The country
// is left out: whoever shows a foreign address names it in their language.
func (a Address) Lines() []string {
	var lines [][]string
	switch a.Country {
	case "CN", "TW", "HK", "MO":
		lines = [][]string{{a.Postcode}, {a.Region + a.City + a.District}, {a.Street, a.Detail}}
	case "KR", "JP":
		lines = [][]string{{a.Postcode}, {a.Region, a.City, a.Street}, {a.Detail}}
	default:
		lines = [][]string{{a.Street}, {a.Detail}, {a.City, a.Region, a.Postcode}}
	}
	var written []string
	for _, parts := range lines {
		line := strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), " ")
		if line != "" {
			written = append(written, line)
		}
	}
	return written
}

// String is the address on one line.
func (a Address) String() string { return strings.Join(a.Lines(), ", ") }
