package counter

import (
	"net/url"
	"slices"
	"strings"

	"plaza/shop/pay/emvco"
)

// Merchant is what a code's text says of the shop.
type Merchant struct {
	Names    map[string]string // by language
	Language string
	TimeZone string // IANA name: its city stands for the shop's
	Currency string
	Link     string // that the code leads to
}

// currencyNumbers are ISO 4217's numbers of the currencies that accounts have.
var currencyNumbers = map[string]string{
	"CNY": "156", "KRW": "410", "USD": "840", "EUR": "978", "JPY": "392", "HKD": "344", "TWD": "901",
	"SGD": "702", "GBP": "826", "AUD": "036", "CAD": "124", "THB": "764", "VND": "704", "MYR": "458",
	"IDR": "360", "PHP": "608", "INR": "356", "MOP": "446", "NZD": "554", "CHF": "756", "KWD": "414",
}

// Text is the code as merchants' codes are written (EMV QR Code Specification
// for Payment Systems, Merchant-Presented Mode): an app that reads those shows
// the shop and the amount, and finds the link under our own domain in the
// merchant account information. A phone's camera opens no such text; that is
// what the plain link is for. Errors: those of emvco.Encode.
func (c Code) Text(m Merchant) (string, error) {
	link, err := url.Parse(m.Link)
	if err != nil {
		return "", err
	}
	labels := strings.Split(link.Hostname(), ".")
	slices.Reverse(labels)
	code := emvco.Code{Domain: strings.Join(labels, "."), Account: m.Link, Category: "0000", Currency: currencyNumbers[m.Currency],
		// A national currency's letters begin with those of its country.
		Country: m.Currency[:2], Name: cut(m.name("en"), 25), City: cut(cityOf(m.TimeZone), 15), Terminal: c.Code}
	if len(code.Domain)+len(code.Account) > 99-8 {
		code.Account = c.Code
	}
	if !c.Amount.IsZero() {
		code.Amount = c.Amount.Decimal()
	}
	if m.Language != "en" && m.Names[m.Language] != "" && m.Names[m.Language] != code.Name {
		code.Local = &emvco.Local{Language: m.Language, Name: cut(m.Names[m.Language], 25)}
	}
	return emvco.Encode(code)
}

// name is the shop's in a language, or else in its own.
func (m Merchant) name(language string) string {
	if name := m.Names[language]; name != "" {
		return name
	}
	return m.Names[m.Language]
}

// cityOf is the city that a time zone is named after.
func cityOf(zone string) string {
	return strings.ReplaceAll(zone[strings.LastIndex(zone, "/")+1:], "_", " ")
}

func cut(text string, limit int) string {
	letters := []rune(text)
	return strings.TrimSpace(string(letters[:min(len(letters), limit)]))
}
