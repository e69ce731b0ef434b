// Package emvco writes and reads the text of merchant-presented QR codes, as
// the EMV QR Code Specification for Payment Systems, Merchant-Presented Mode,
// has it: objects of a two-digit id, a two-digit length counted in
// characters, and a value, which may hold objects again. The checksum
// finds damage, not forgery.
package emvco

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"plaza/fault"
)

// The faults of codes.
var (
	ErrCode     = fault.New(fault.Invalid, "emvco_code", "This is not a payment code of a merchant.")
	ErrChecksum = fault.New(fault.Invalid, "emvco_checksum", "This payment code is damaged. Please scan it again.")
	ErrTooLong  = fault.New(fault.Invalid, "emvco_too_long", "This does not fit into a payment code.")
)

// The ids of objects that this package names.
const (
	idFormat     = "00"
	idInitiation = "01"
	idAccount    = "26" // the first template for merchant accounts of anybody
	idCategory   = "52"
	idCurrency   = "53"
	idAmount     = "54"
	idCountry    = "58"
	idName       = "59"
	idCity       = "60"
	idPostal     = "61"
	idAdditional = "62"
	idChecksum   = "63"
	idLanguage   = "64"
)

// maxText bounds what is read, in bytes: the largest QR code holds 2,953.
const maxText = 2953

// Object is an id with its value. Template values hold objects again.
type Object struct{ ID, Value string }

// Code is what a merchant's code says.
type Code struct {
	Dynamic  bool   // made for one payment; static codes are printed
	Account  string // who is paid, as Domain understands it
	Domain   string // reversed domain name of the scheme, such as com.example.pay
	Category string // four digits (ISO 18245); 0000 if unknown
	Currency string // three digits (ISO 4217)
	Amount   string // decimal, such as 12.50; empty: the payer types it
	Country  string // two letters (ISO 3166)
	Name     string // of the merchant, at most 25 characters
	City     string // at most 15 characters
	Postal   string // at most 10 characters; may be empty
	// Local is the name in the merchant's own script, if there is one.
	Local *Local
	// Bill is the bill's number, and Terminal the counter's; both may be empty and
	// have at most 25 characters.
	Bill, Terminal string
	// Others are the objects that this package does not name, in their order.
	Others []Object
}

// Local is a merchant's name in another script.
type Local struct {
	Language   string // two letters
	Name, City string // at most 25 and 15 characters; City may be empty
}

// Encode writes a code. Errors: ErrTooLong, ErrCode for what is missing.
func Encode(code Code) (string, error) {
	w := &writer{}
	w.put(idFormat, "01")
	if code.Dynamic {
		w.put(idInitiation, "12")
	} else {
		w.put(idInitiation, "11")
	}
	w.nest(idAccount, Object{"00", code.Domain}, Object{"01", code.Account})
	w.put(idCategory, code.Category)
	w.put(idCurrency, code.Currency)
	w.optional(idAmount, code.Amount)
	w.put(idCountry, code.Country)
	w.limited(idName, code.Name, 25)
	w.limited(idCity, code.City, 15)
	w.optional(idPostal, code.Postal)
	w.nest(idAdditional, Object{"01", code.Bill}, Object{"07", code.Terminal})
	if code.Local != nil {
		w.nest(idLanguage, Object{"00", code.Local.Language}, Object{"01", code.Local.Name}, Object{"02", code.Local.City})
	}
	for _, other := range code.Others {
		w.put(other.ID, other.Value)
	}
	if w.err != nil {
		return "", w.err
	}
	text := w.text.String() + idChecksum + "04"
	text += fmt.Sprintf("%04X", Checksum(text))
	if _, err := Parse(text); err != nil { // what we write can be read
		return "", err
	}
	return text, nil
}

type writer struct {
	text strings.Builder
	err  error
}

func (w *writer) put(id, value string) {
	length := utf8.RuneCountInString(value)
	if length > 99 {
		w.err = ErrTooLong
	}
	fmt.Fprintf(&w.text, "%s%02d%s", id, length, value)
}

func (w *writer) optional(id, value string) {
	if value != "" {
		w.put(id, value)
	}
}

func (w *writer) limited(id, value string, limit int) {
	if utf8.RuneCountInString(value) > limit {
		w.err = ErrTooLong
	}
	w.put(id, value)
}

// nest puts those objects that have a value into a template.
func (w *writer) nest(id string, objects ...Object) {
	inner := &writer{}
	for _, object := range objects {
		inner.optional(object.ID, object.Value)
	}
	if inner.err != nil {
		w.err = inner.err
	}
	w.optional(id, inner.text.String())
}

// Checksum is CRC-16/CCITT-FALSE over the UTF-8 bytes up to and with the head of
// the checksum's own object.
func Checksum(text string) uint16 {
	crc := uint16(0xFFFF)
	for i := range len(text) {
		crc ^= uint16(text[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// Parse reads a code. It takes what others wrote: any order, unknown objects,
// a checksum in small letters. Errors: ErrCode, ErrChecksum.
func Parse(text string) (Code, error) {
	text = strings.TrimSpace(text)
	if len(text) > maxText || !utf8.ValidString(text) {
		return Code{}, ErrCode
	}
	objects, err := split(text)
	if err != nil || len(objects) < 2 {
		return Code{}, ErrCode
	}
	last := objects[len(objects)-1]
	if objects[0] != (Object{idFormat, "01"}) || last.ID != idChecksum || len(last.Value) != 4 {
		return Code{}, ErrCode
	}
	want, err := strconv.ParseUint(last.Value, 16, 16)
	if err != nil || uint16(want) != Checksum(text[:len(text)-4]) {
		return Code{}, ErrChecksum
	}
	return read(objects[1 : len(objects)-1])
}

func read(objects []Object) (Code, error) {
	code, seen := Code{}, map[string]bool{idFormat: true, idChecksum: true}
	for _, object := range objects {
		if seen[object.ID] {
			return Code{}, ErrCode
		}
		seen[object.ID] = true
		if err := code.take(object); err != nil {
			return Code{}, err
		}
	}
	if code.Category == "" || code.Country == "" || code.Name == "" || code.City == "" || len(code.Currency) != 3 {
		return Code{}, ErrCode
	}
	return code, nil
}

func (c *Code) take(object Object) error {
	plain := map[string]*string{idCategory: &c.Category, idCurrency: &c.Currency, idAmount: &c.Amount, idCountry: &c.Country,
		idName: &c.Name, idCity: &c.City, idPostal: &c.Postal}
	if field := plain[object.ID]; field != nil {
		*field = object.Value
		return nil
	}
	switch object.ID {
	case idInitiation:
		c.Dynamic = object.Value == "12"
	case idAccount:
		return nested(object.Value, map[string]*string{"00": &c.Domain, "01": &c.Account})
	case idAdditional:
		return nested(object.Value, map[string]*string{"01": &c.Bill, "07": &c.Terminal})
	case idLanguage:
		c.Local = &Local{}
		return nested(object.Value, map[string]*string{"00": &c.Local.Language, "01": &c.Local.Name, "02": &c.Local.City})
	default:
		c.Others = append(c.Others, object)
	}
	return nil
}

// nested reads the named objects of a template.
func nested(text string, fields map[string]*string) error {
	objects, err := split(text)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if field := fields[object.ID]; field != nil {
			*field = object.Value
		}
	}
	return nil
}

// split takes a text apart into its objects.
func split(text string) (objects []Object, err error) {
	for text != "" {
		if len(text) < 4 {
			return nil, ErrCode
		}
		id, head := text[:2], text[2:4]
		length, err := strconv.ParseUint(head, 10, 8)
		if err != nil || !digits(id) || !digits(head) {
			return nil, ErrCode
		}
		end := 4
		for range length { // counted in characters
			_, size := utf8.DecodeRuneInString(text[end:])
			if size == 0 {
				return nil, ErrCode
			}
			end += size
		}
		objects = append(objects, Object{id, text[4:end]})
		text = text[end:]
	}
	return objects, nil
}

func digits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}
