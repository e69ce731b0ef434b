// Package invoice is what buyers have to say so that a shop can give them the
// receipt that their tax office knows: a fapiao in China, a cash receipt
// (현금영수증) or tax invoice in Korea. It is plain data, checked so far as the
// numbers check themselves; issuing is done in the tax office's own system.
package invoice

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/fault"
)

// The faults of requests.
var (
	ErrKind         = fault.New(fault.Invalid, "invoice_kind", "Please choose what kind of receipt you need.")
	ErrTitle        = fault.New(fault.Invalid, "invoice_title", "Please give the name for the receipt, at most {0} characters.", maxTitle)
	ErrTaxNumber    = fault.New(fault.Invalid, "invoice_tax_number", "This is not a valid tax number. Please check each character.")
	ErrRegistration = fault.New(fault.Invalid, "invoice_registration", "This is not a valid business registration number. Please check each digit.")
	ErrPhone        = fault.New(fault.Invalid, "invoice_phone", "Please give a mobile number such as 010-1234-5678.")
	ErrEmail        = fault.New(fault.Invalid, "invoice_email", "This is not an e-mail address.")
)

const maxTitle = 100

// Kind says which receipt is asked for.
type Kind string

// The kinds.
const (
	FapiaoPersonal Kind = "fapiao_personal" // China, for a person
	FapiaoCompany  Kind = "fapiao_company"  // China, with the company's tax number
	CashPersonal   Kind = "cash_personal"   // Korea, for income deduction, by mobile number
	CashBusiness   Kind = "cash_business"   // Korea, as proof of expense, by business registration number
)

// Kinds are those of a country, in the order that forms show them; none where
// nothing is known about its receipts.
func Kinds(country string) []Kind {
	switch country {
	case "CN":
		return []Kind{FapiaoCompany, FapiaoPersonal}
	case "KR":
		return []Kind{CashPersonal, CashBusiness}
	}
	return nil
}

// Request is what a buyer has asked for. Which fields a kind has, Check says;
// the others are emptied.
type Request struct {
	Kind   Kind   `bson:"kind" json:"kind" enum:"fapiao_personal,fapiao_company,cash_personal,cash_business"`
	Title  string `bson:"title,omitempty" json:"title,omitempty" doc:"Of a fapiao: the name it is made out to."`
	Number string `bson:"number,omitempty" json:"number,omitempty" doc:"Tax number, business registration number or mobile number, by kind."`
	Email  string `bson:"email,omitempty" json:"email,omitempty" doc:"Where it is to be sent."`
}

var emailForm = regexp.MustCompile(`^[^\s@<>"]{1,64}@[^\s@<>"]{1,180}\.[^\s@<>".]{2,24}$`)

// Check tidies a request and refuses one with which nothing could be issued.
func (r *Request) Check() error {
	r.Title, r.Email = strings.Join(strings.Fields(r.Title), " "), strings.TrimSpace(r.Email)
	r.Number = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "+82", "0").Replace(strings.TrimSpace(r.Number)))
	if r.Email != "" && !emailForm.MatchString(r.Email) {
		return ErrEmail.In("email")
	}
	switch r.Kind {
	case FapiaoPersonal, FapiaoCompany:
		if r.Title == "" || utf8.RuneCountInString(r.Title) > maxTitle || !utf8.ValidString(r.Title) {
			return ErrTitle.In("title")
		}
		if r.Kind == FapiaoPersonal {
			r.Number = ""
		} else if !ChineseTaxNumber(r.Number) {
			return ErrTaxNumber.In("number")
		}
	case CashPersonal:
		r.Title = ""
		if !koreanMobile.MatchString(r.Number) {
			return ErrPhone.In("number")
		}
	case CashBusiness:
		r.Title = ""
		if !KoreanRegistration(r.Number) {
			return ErrRegistration.In("number")
		}
	default:
		return ErrKind.In("kind")
	}
	return nil
}

var koreanMobile = regexp.MustCompile(`^01[016789]\d{7,8}$`)

// creditAlphabet are the 31 characters of a unified social credit code, by value
// (GB 32100-2015): no I, O, S, V, Z, which are read as digits.
const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

var creditWeights = [17]int{1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28}

var olderTaxNumber = regexp.MustCompile(`^[0-9A-Z]{15}$|^[0-9A-Z]{20}$`)

// ChineseTaxNumber says whether a number is a unified social credit code with
// its check character, or one of the older forms with 15 or 20 characters, which
// have none.
func ChineseTaxNumber(number string) bool {
	if len(number) != 18 {
		return olderTaxNumber.MatchString(number)
	}
	sum := 0
	for i, weight := range creditWeights {
		value := strings.IndexByte(creditAlphabet, number[i])
		if value < 0 {
			return false
		}
		sum += value * weight
	}
	return number[17] == creditAlphabet[(31-sum%31)%31]
}

var registrationWeights = []int{1, 3, 7, 1, 3, 7, 1, 3, 5}

// KoreanRegistration says whether ten digits are a business registration number
// with its check digit.
func KoreanRegistration(number string) bool {
	if len(number) != 10 || slices.ContainsFunc([]byte(number), func(b byte) bool { return b < '0' || b > '9' }) {
		return false
	}
	sum := int(number[8]-'0') * 5 / 10
	for i, weight := range registrationWeights {
		sum += int(number[i]-'0') * weight
	}
	return int(number[9]-'0') == (10-sum%10)%10
}
