package money

import "github.com/bojanz/currency"

// formatters write amounts as a language's readers do, by the Unicode Common
// Locale Data Repository. Any other language is written as English.
var formatters = map[string]*currency.Formatter{
	"en": currency.NewFormatter(currency.NewLocale("en")),
	"zh": currency.NewFormatter(currency.NewLocale("zh")),
	"ko": currency.NewFormatter(currency.NewLocale("ko")),
}

// In writes the amount for readers of a language ("zh", "ko", "en"): 12.50 yuan
// are "¥12.50" in Chinese, where a bare sign means nothing else, and "CN¥12.50"
// in Korean and English. Letters are set apart by a space that no line breaks
// at. As many decimals are shown as the currency has, always.
func (a Amount) In(language string) string {
	formatter, ok := formatters[language]
	if !ok {
		formatter = formatters["en"]
	}
	exact, err := currency.NewAmount(a.Decimal(), a.Currency)
	if err != nil { // a currency that nobody knows, such as none
		return a.String()
	}
	return formatter.Format(exact)
}
