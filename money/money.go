// Package money is an integer amount of minor units and an ISO 4217 currency.
package money

import (
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
	ErrNegative = fault.New(fault.Invalid, "negative_amount", "The amount can't be negative.")
	ErrTooMuch  = fault.New(fault.Invalid, "amount_too_large", "The amount is too large.")
	ErrMixed    = fault.New(fault.Conflict, "mixed_currencies", "These amounts are in different currencies.")
)

// Decimals are how many digits the currency has behind the point; 2 for one
// that is not known.
func Decimals(currency string) int {
	if places, ok := digits[currency]; ok {
		return places
	}
	return 2
}

// digits is the number of decimals by currency (ISO 4217, list one).
var digits = map[string]int{
	"CNY": 2, "KRW": 0, "USD": 2, "EUR": 2, "JPY": 0, "HKD": 2, "TWD": 2,
	"SGD": 2, "GBP": 2, "AUD": 2, "CAD": 2, "THB": 2, "VND": 0, "MYR": 2,
	"IDR": 2, "PHP": 2, "INR": 2, "MOP": 2, "NZD": 2, "CHF": 2, "KWD": 3,
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

// String writes the amount for logs: "12.50 CNY". What people read is In.
func (a Amount) String() string { return a.Decimal() + " " + a.Currency }
