package money

import (
	"strconv"
	"strings"

	"github.com/bojanz/currency"

	"plaza/fault"
)

// The faults of typed amounts. Each gives an example in the amount's currency.
var (
	ErrAmount = fault.New(fault.Invalid, "bad_amount", "Please give the amount as a number, such as {0}.", "12.50")
	// ErrDecimals: half a won.
	ErrDecimals = fault.New(fault.Invalid, "amount_decimals", "The amount has too many decimals. Please write it like {0}.", "12.50")
	// ErrComma: half the world means 12.50 by "12,50", and a price a hundred times
	// too high is worse than a question.
	ErrComma = fault.New(fault.Invalid, "amount_comma", "A comma only sets thousands apart. Please write the amount like {0}.", "12.50")
)

// examples are amounts by how many decimals they have.
var examples = []string{0: "12,500", 2: "12.50", 3: "12.500"}

// words are what people write beside an amount, besides its code and its sign.
var words = map[string][]string{"CNY": {"¥", "元"}, "JPY": {"¥", "円"}, "KRW": {"원"}}

// Parse reads an amount as people type it: "12.5", "1,234", "３０", "¥12.50",
// "12,000원", with the signs of an input method in Chinese or Korean. A sign of
// another currency is refused, and a comma that is no thousands'. Errors:
// ErrCurrency, ErrAmount, ErrDecimals, ErrComma, ErrNegative, ErrTooMuch.
func Parse(text, code string) (Amount, error) {
	places, ok := digits[code]
	if !ok {
		return Amount{}, ErrCurrency
	}
	text = bare(strings.Map(plain, text), code)
	if strings.HasPrefix(text, "-") {
		return Amount{}, ErrNegative
	}
	whole, fraction, _ := strings.Cut(text, ".")
	if !isNumber(strings.NewReplacer(",", "", " ", "").Replace(whole) + fraction) {
		return Amount{}, like(ErrAmount, places)
	}
	whole, grouped := ungroup(strings.ReplaceAll(whole, " ", ","))
	switch {
	case !grouped:
		return Amount{}, like(ErrComma, places)
	case len(fraction) > places:
		return Amount{}, like(ErrDecimals, places)
	}
	minor, err := strconv.ParseUint(whole+fraction+strings.Repeat("0", places-len(fraction)), 10, 63)
	if err != nil {
		return Amount{}, ErrTooMuch
	}
	amount := Amount{int64(minor), code}
	return amount, amount.Check()
}

// like is a fault with an example of as many decimals.
func like(e *fault.Error, places int) error {
	shown := *e
	shown.Text, shown.Args = strings.ReplaceAll(e.Text, "12.50", examples[places]), []any{examples[places]}
	return &shown
}

// bare takes one sign or word of the currency off one end.
func bare(text, code string) string {
	text = strings.TrimSpace(text)
	signs := append([]string{code, strings.ToLower(code)}, words[code]...)
	for language := range formatters {
		if sign, ok := currency.GetSymbol(code, currency.NewLocale(language)); ok {
			signs = append(signs, sign)
		}
	}
	for _, sign := range signs {
		minus := ""
		if strings.HasPrefix(text, "-"+sign) {
			minus, text = "-", text[1:]
		}
		if rest, ok := strings.CutPrefix(text, sign); ok {
			return minus + strings.TrimSpace(rest)
		}
		if rest, ok := strings.CutSuffix(text, sign); ok {
			return strings.TrimSpace(rest)
		}
	}
	return text
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
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

// plain folds what input methods of Chinese and Korean type for the characters
// of a number.
func plain(r rune) rune {
	switch {
	case r >= '０' && r <= '９':
		return r - '０' + '0'
	case r == '．' || r == '。':
		return '.'
	case r == '，':
		return ','
	case r == '\u00a0' || r == '\u3000' || r == '\u202f':
		return ' '
	case r == '－' || r == '−':
		return '-'
	case r == '￥':
		return '¥'
	case r == '￦':
		return '₩'
	}
	return r
}
