// Package tax tells the tax that prices include. Nothing is ever added to a
// price: what a buyer sees is what a buyer pays, and the tax is a part of it.
//
// The rule of rounding: the amounts of one rate are added up first, and the tax
// in their sum is rounded once, to the nearest minor unit, half a unit up. So
// an order of many small lines has the same tax as one large line of that sum.
package tax

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"plaza/fault"
	"plaza/money"
)

// ErrRate refuses what is no rate.
var ErrRate = fault.New(fault.Invalid, "tax_rate", "A tax rate is a number from 0 to 100, with at most two decimals.")

// Rate is a rate in hundredths of a percent: 1000 is 10 %.
type Rate int64

const whole Rate = 100_00 // 100 %

// Check refuses a rate below nothing or above 100 %. Errors: ErrRate.
func (r Rate) Check() error {
	if r < 0 || r > whole {
		return ErrRate
	}
	return nil
}

// ParseRate reads a rate as people type it: "10", "5.5", "10 %". Errors: ErrRate.
func ParseRate(text string) (Rate, error) {
	text = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(strings.TrimSpace(text), "%"), "％"))
	percent, hundredths, _ := strings.Cut(text, ".")
	if len(percent) > 3 || len(hundredths) > 2 {
		return 0, ErrRate
	}
	read, err := strconv.ParseUint(percent+hundredths+strings.Repeat("0", 2-len(hundredths)), 10, 16)
	if err != nil || percent == "" {
		return 0, ErrRate
	}
	return Rate(read), Rate(read).Check()
}

// Percent writes the number alone: "10", "5.5".
func (r Rate) Percent() string {
	text := strconv.FormatInt(int64(r/100), 10)
	if r%100 == 0 {
		return text
	}
	hundredths := strconv.FormatInt(int64(r%100)+100, 10)[1:]
	return text + "." + strings.TrimRight(hundredths, "0")
}

// String writes the rate for people: "10%", "5.5%".
func (r Rate) String() string { return r.Percent() + "%" }

// Included is the tax in an amount of minor units that includes it.
func (r Rate) Included(gross int64) int64 {
	// gross is at most money.Limit, so that the product has room to spare.
	return (gross*int64(r)*2 + int64(whole+r)) / (int64(whole+r) * 2)
}

// Part is an amount at a rate; without a rate it is not taxed, or the shop does
// not say how.
type Part struct {
	Rate  *Rate
	Gross int64
}

// Line is what an order includes at one rate.
type Line struct {
	Rate  Rate         `bson:"rate" json:"rate" doc:"In hundredths of a percent: 1000 is 10 %."`
	Gross money.Amount `bson:"gross" json:"gross" doc:"With the tax."`
	Tax   money.Amount `bson:"tax" json:"tax" doc:"The part of gross that is tax."`
}

// Net is what is left without the tax.
func (l Line) Net() money.Amount { return money.Of(l.Gross.Minor-l.Tax.Minor, l.Gross.Currency) }

// Lines add up parts by rate, the highest first.
func Lines(currency string, parts []Part) []Line {
	sums := map[Rate]int64{}
	for _, part := range parts {
		if part.Rate != nil {
			sums[*part.Rate] += part.Gross
		}
	}
	var lines []Line
	for rate, gross := range sums {
		lines = append(lines, Line{Rate: rate, Gross: money.Of(gross, currency), Tax: money.Of(rate.Included(gross), currency)})
	}
	slices.SortFunc(lines, func(a, b Line) int { return cmp.Compare(b.Rate, a.Rate) })
	return lines
}

// Left are the lines of an order of which only a part is kept, such as after a
// refund: every rate keeps its proportion, and together with what has no rate
// they add up to kept exactly.
func Left(lines []Line, total, kept int64) []Line {
	if len(lines) == 0 {
		return nil
	}
	weights, untaxed := make([]int64, 0, len(lines)+1), total
	for _, line := range lines {
		weights = append(weights, line.Gross.Minor)
		untaxed -= line.Gross.Minor
	}
	shares := money.Share(kept, append(weights, untaxed))
	parts := make([]Part, len(lines))
	for i, line := range lines {
		parts[i] = Part{Rate: &line.Rate, Gross: shares[i]}
	}
	return Lines(lines[0].Gross.Currency, parts)
}
