package money

import (
	"math/big"
	"regexp"
	"strings"
	"time"

	"plaza/fault"
)

// Rate is what one unit of a currency is worth in another on a day. It is kept
// with whatever was converted by it, so that books can be read years later.
type Rate struct {
	From  string `bson:"from" json:"from"`
	To    string `bson:"to" json:"to"`
	Value string `bson:"value" json:"value"` // a decimal number: units of To for one of From
	Day   string `bson:"day" json:"day"`     // "2026-11-28"
	// Source says whose word it is: "ecb", or the name of the member who typed it.
	Source string `bson:"source" json:"source"`
}

// The faults of rates.
var (
	ErrRate    = fault.New(fault.Invalid, "bad_rate", "Please give the rate as a number above 0, such as 190.52.").In("value")
	ErrRateDay = fault.New(fault.Invalid, "bad_rate_day", "Please give the day of the rate.").In("day")
	ErrRateOf  = fault.New(fault.Conflict, "rate_of_other_currency", "This rate is for another currency.")
)

// rateShape has room for a won in dinars and back.
var rateShape = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,10})?$`)

// Check refuses what is no rate.
func (r Rate) Check() error {
	switch {
	case !Known(r.From):
		return ErrCurrency.In("from")
	case !Known(r.To) || r.To == r.From:
		return ErrCurrency.In("to")
	case !rateShape.MatchString(r.Value) || strings.Trim(r.Value, "0.") == "":
		return ErrRate
	}
	if _, err := time.Parse(time.DateOnly, r.Day); err != nil {
		return ErrRateDay
	}
	return nil
}

// Convert turns an amount of From into To, to the nearest minor unit, half a
// unit up: more is never taken than the rate says, but for that rounding.
// Errors: ErrRateOf, ErrTooMuch, those of Check.
func (r Rate) Convert(amount Amount) (Amount, error) {
	if err := r.Check(); err != nil {
		return Amount{}, err
	}
	if amount.Currency != r.From {
		return Amount{}, ErrRateOf
	}
	value, ok := new(big.Rat).SetString(r.Value)
	if !ok {
		return Amount{}, ErrRate
	}
	value.Mul(value, new(big.Rat).SetFrac(power(digits[r.To]), power(digits[r.From])))
	return nearest(value.Mul(value, new(big.Rat).SetInt64(amount.Minor)), r.To)
}

func power(places int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)), nil)
}

// nearest rounds to a whole number of minor units, half a unit away from zero.
func nearest(value *big.Rat, currency string) (Amount, error) {
	twice := new(big.Int).Mul(value.Num(), big.NewInt(2))
	if value.Sign() < 0 {
		twice.Sub(twice, value.Denom())
	} else {
		twice.Add(twice, value.Denom())
	}
	minor := twice.Quo(twice, new(big.Int).Mul(value.Denom(), big.NewInt(2)))
	if !minor.IsInt64() || minor.Int64() > Limit || minor.Int64() < -Limit {
		return Amount{}, ErrTooMuch
	}
	return Of(minor.Int64(), currency), nil
}

// Part is as much of the amount as part is of total, to the nearest minor unit;
// all of it for all. total is above 0.
func (a Amount) Part(part, total int64) (Amount, error) {
	return nearest(new(big.Rat).Mul(new(big.Rat).SetInt64(a.Minor), big.NewRat(part, total)), a.Currency)
}
