// Package money is an integer amount of minor units and an ISO 4217 currency.
package money

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"plaza/fault"
)

// Amount is a sum of money in minor units (fen, won, cents). The zero Amount
// has no currency and equals no other.
type Amount struct {
	Minor    int64  `bson:"minor" json:"minor"`
	Currency string `bson:"currency" json:"currency"`
}

// Limit is the largest amount, in minor units, that the shop takes: far above
// any order, far below where sums of many amounts could overflow.
const Limit = 1_000_000_000_000

// The faults of amounts.
var (
	ErrCurrency = fault.New(fault.Invalid, "unknown_currency", "This currency is not supported.")
	ErrAmount   = fault.New(fault.Invalid, "bad_amount", "Please give the amount as a number, such as 12.50.")
	ErrNegative = fault.New(fault.Invalid, "negative_amount", "The amount can't be negative.")
	ErrTooMuch  = fault.New(fault.Invalid, "amount_too_large", "The amount is too large.")
	ErrMixed    = fault.New(fault.Conflict, "mixed_currencies", "These amounts are in different currencies.")
)

// digits is the number of decimals by currency (ISO 4217, list one).
var digits = map[string]int{
	"CNY": 2, "KRW": 0, "USD": 2, "EUR": 2, "JPY": 0, "HKD": 2, "TWD": 2,
	"SGD": 2, "GBP": 2, "AUD": 2, "CAD": 2, "THB": 2, "VND": 0, "MYR": 2,
	"IDR": 2, "PHP": 2, "INR": 2, "MOP": 2, "NZD": 2, "CHF": 2, "KWD": 3,
}

var symbols = map[string]string{
	"CNY": "¥", "KRW": "₩", "USD": "$", "EUR": "€", "JPY": "JP¥", "GBP": "£",
	"HKD": "HK$", "TWD": "NT$", "SGD": "S$",
}

// Of makes an amount of minor units.
func Of(minor int64, currency string) Amount { return Amount{minor, currency} }

// Currencies are those that we can count in, in the order of their codes.
func Currencies() []string { return slices.Sorted(maps.Keys(digits)) }

// Known says whether the currency is one we can count in.
func Known(currency string) bool { _, ok := digits[currency]; return ok }

// Check refuses an unknown currency, a negative amount and one over Limit.
func (a Amount) Check() error {
	switch {
	case !Known(a.Currency):
		return ErrCurrency
	case a.Minor < 0:
		return ErrNegative
	case a.Minor > Limit:
		return ErrTooMuch
	}
	return nil
}

// Plus adds two amounts of one currency.
func (a Amount) Plus(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, ErrMixed
	}
	if (b.Minor > 0 && a.Minor > math.MaxInt64-b.Minor) || (b.Minor < 0 && a.Minor < math.MinInt64-b.Minor) {
		return Amount{}, ErrTooMuch
	}
	return Amount{a.Minor + b.Minor, a.Currency}, nil
}

// Times multiplies by a count of pieces, 0 or more.
func (a Amount) Times(count int) (Amount, error) {
	if count < 0 {
		return Amount{}, ErrNegative
	}
	if count != 0 && (a.Minor > Limit/int64(count) || a.Minor < -Limit/int64(count)) {
		return Amount{}, ErrTooMuch
	}
	return Amount{a.Minor * int64(count), a.Currency}, nil
}

// Negative turns the sign.
func (a Amount) Negative() Amount { return Amount{-a.Minor, a.Currency} }

// IsZero says whether there is nothing.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Decimal writes the number without currency: "12.50", "-3", "1234".
func (a Amount) Decimal() string {
	places := digits[a.Currency]
	sign, magnitude := "", uint64(a.Minor)
	if a.Minor < 0 {
		sign, magnitude = "-", -uint64(a.Minor)
	}
	text := strconv.FormatUint(magnitude, 10)
	if places == 0 {
		return sign + text
	}
	if len(text) <= places {
		text = strings.Repeat("0", places+1-len(text)) + text
	}
	return sign + text[:len(text)-places] + "." + text[len(text)-places:]
}

// String writes the amount for people: "¥12.50", "₩3,000".
func (a Amount) String() string {
	number := a.Decimal()
	sign := ""
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	whole, fraction, _ := strings.Cut(number, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if fraction != "" {
		whole += "." + fraction
	}
	if symbol, ok := symbols[a.Currency]; ok {
		return sign + symbol + whole
	}
	return fmt.Sprintf("%s%s %s", sign, a.Currency, whole)
}

// Parse reads a decimal number as people type it: "12.5", "1,234", "３０".
// A comma only sets thousands apart: "12,50" is refused, because half the
// world means 12.50 by it, and a price a hundred times too high is worse than
// a question.
func Parse(text, currency string) (Amount, error) {
	places, ok := digits[currency]
	if !ok {
		return Amount{}, ErrCurrency
	}
	whole, fraction, _ := strings.Cut(strings.Map(plainDigit, strings.TrimSpace(text)), ".")
	if strings.HasPrefix(whole, "-") {
		return Amount{}, ErrNegative
	}
	whole, grouped := ungroup(whole)
	if !grouped || len(fraction) > places || (whole == "" && fraction == "") {
		return Amount{}, ErrAmount
	}
	whole += fraction + strings.Repeat("0", places-len(fraction))
	minor, err := strconv.ParseUint(whole, 10, 63)
	if err != nil {
		return Amount{}, ErrAmount
	}
	amount := Amount{int64(minor), currency}
	return amount, amount.Check()
}

// ungroup drops the commas between thousands, and reports whether they stood
// only there.
func ungroup(whole string) (string, bool) {
	groups := strings.Split(whole, ",")
	for i, group := range groups {
		if len(groups) > 1 && (len(group) > 3 || group == "" || (i > 0 && len(group) < 3)) {
			return "", false
		}
	}
	return strings.Join(groups, ""), true
}

// plainDigit folds full-width digits, and what sets thousands apart to a comma.
func plainDigit(r rune) rune {
	switch {
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	case r == '．':
		return '.'
	case r == ',' || r == '，' || r == ' ' || r == '\u00a0':
		return ','
	}
	return r
}
