package exchange

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strings"
	"time"

	"plaza/money"
)

// ECB is the source of rates that the European Central Bank has published.
const ECB = "ecb"

// MaxSheet is the size of a sheet that is read, in bytes; the real one has 2 kB.
const MaxSheet = 64 << 10

// Sheet is what a euro is worth in other currencies on a day, as the European
// Central Bank publishes it ("Euro foreign exchange reference rates",
// eurofxref-daily.xml): about 16:00 CET on working days but TARGET's closing
// days, when the last one stays.
type Sheet struct {
	Day   string            `bson:"day"`
	Rates map[string]string `bson:"rates"` // decimal numbers by currency; only those that we count in
}

// The ways in which a sheet can be wrong.
var (
	ErrSheet    = errors.New("exchange: this is no sheet of rates")
	ErrSheetDay = errors.New("exchange: the sheet is of a day that has not come")
)

// envelope is the file: a Cube of one Cube for the day, of one for each currency.
type envelope struct {
	XMLName xml.Name `xml:"http://www.gesmes.org/xml/2002-08-01 Envelope"`
	Days    []struct {
		Time  string `xml:"time,attr"`
		Rates []struct {
			Currency string `xml:"currency,attr"`
			Rate     string `xml:"rate,attr"`
		} `xml:"http://www.ecb.int/vocabulary/2002-08-01/eurofxref Cube"`
	} `xml:"http://www.ecb.int/vocabulary/2002-08-01/eurofxref Cube>Cube"`
}

// ReadSheet reads a sheet. A currency that we don't count in is left out; a rate
// that is none, or stands there twice, makes the whole sheet wrong: what is half
// understood is not to be paid by. Errors: ErrSheet; ErrSheetDay for a day after
// today's, in the zone that is furthest ahead.
func ReadSheet(r io.Reader, now time.Time) (Sheet, error) {
	decoder := xml.NewDecoder(io.LimitReader(r, MaxSheet))
	var read envelope
	if err := decoder.Decode(&read); err != nil {
		return Sheet{}, fmt.Errorf("%w: %w", ErrSheet, err)
	}
	if len(read.Days) != 1 {
		return Sheet{}, fmt.Errorf("%w: it has %d days", ErrSheet, len(read.Days))
	}
	of := read.Days[0]
	day, err := time.Parse(time.DateOnly, of.Time)
	if err != nil {
		return Sheet{}, fmt.Errorf("%w: %w", ErrSheet, err)
	}
	if day.After(now.UTC().Add(14 * time.Hour)) {
		return Sheet{}, ErrSheetDay
	}
	sheet := Sheet{Day: of.Time, Rates: map[string]string{}}
	for _, one := range of.Rates {
		if !money.Known(one.Currency) {
			continue
		}
		rate := money.Rate{From: "EUR", To: one.Currency, Value: one.Rate, Day: sheet.Day}
		if _, twice := sheet.Rates[one.Currency]; twice || rate.Check() != nil {
			return Sheet{}, fmt.Errorf("%w: the rate of %s", ErrSheet, one.Currency)
		}
		sheet.Rates[one.Currency] = one.Rate
	}
	if len(sheet.Rates) == 0 {
		return Sheet{}, fmt.Errorf("%w: it has no rates", ErrSheet)
	}
	return sheet, nil
}

// From gives the rates out of a currency into all others of the sheet; none if
// the sheet does not have it.
func (s Sheet) From(currency string) []money.Rate {
	in, ok := s.worth(currency)
	if !ok {
		return nil
	}
	var rates []money.Rate
	for _, to := range money.Currencies() {
		out, ok := s.worth(to)
		if !ok || to == currency {
			continue
		}
		rate := money.Rate{From: currency, To: to, Value: written(new(big.Rat).Quo(out, in)), Day: s.Day, Source: ECB}
		if rate.Check() == nil { // too small for its ten decimals
			rates = append(rates, rate)
		}
	}
	return rates
}

// worth is what a euro is in a currency.
func (s Sheet) worth(currency string) (*big.Rat, bool) {
	if currency == "EUR" {
		return big.NewRat(1, 1), true
	}
	return new(big.Rat).SetString(s.Rates[currency])
}

// significant is how many digits a rate of two others is written with; the
// published ones have five or six.
const significant = 7

// written rounds to as many significant digits, in at most ten decimals.
func written(value *big.Rat) string {
	places := significant
	for limit := big.NewRat(1, 1); places > 0 && limit.Cmp(value) <= 0; limit.Mul(limit, big.NewRat(10, 1)) {
		places--
	}
	for limit := big.NewRat(1, 10); places < 10 && limit.Cmp(value) > 0; limit.Mul(limit, big.NewRat(1, 10)) {
		places++
	}
	text := value.FloatString(places)
	if strings.Contains(text, ".") {
		text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
	}
	return text
}
