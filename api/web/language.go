package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/message"
)

// LanguageCookie remembers the language a person chose.
const LanguageCookie = "plaza_language"

// Language is the language to answer in: that of ?lang=, the one chosen before,
// the one the browser likes best, or English.
func Language(c *gin.Context) string {
	if chosen := c.GetString(languageKey); chosen != "" {
		return chosen
	}
	kept, _ := c.Cookie(LanguageCookie) // none: the empty one
	language := choose(c.Query("lang"), kept, c.GetHeader("Accept-Language"))
	c.Set(languageKey, language)
	c.Writer.Header().Add("Vary", "Accept-Language, Cookie")
	return language
}

// RememberLanguage keeps a person's choice in their browser.
func RememberLanguage(c *gin.Context, language string) {
	SetCookie(c, &http.Cookie{Name: LanguageCookie, Value: message.LanguageOf(language), MaxAge: 365 * 24 * 3600})
}

func choose(asked, kept, accepted string) string {
	for _, tag := range []string{asked, kept} {
		if language, ok := spoken(tag); ok {
			return language
		}
	}
	best, liked := message.Languages[0], 0.0
	for _, preference := range strings.Split(accepted, ",") {
		tag, weight := preferenceOf(preference)
		if language, ok := spoken(tag); ok && weight > liked {
			best, liked = language, weight
		}
	}
	return best
}

// preferenceOf reads one language range with its weight (RFC 9110, 12.5.4).
func preferenceOf(text string) (tag string, weight float64) {
	tag, parameter, weighted := strings.Cut(text, ";")
	if !weighted {
		return strings.TrimSpace(tag), 1
	}
	value, _ := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameter)), "q=")
	weight, err := strconv.ParseFloat(value, 64)
	if err != nil || !(weight >= 0 && weight <= 1) { // NaN too
		return "", 0
	}
	return strings.TrimSpace(tag), weight
}

// spoken says which of our languages a tag (ko-KR, zh_CN) names, if one.
func spoken(tag string) (language string, ok bool) {
	primary := strings.ToLower(tag)
	if end := strings.IndexAny(primary, "-_"); end >= 0 {
		primary = primary[:end]
	}
	return primary, slices.Contains(message.Languages[:], primary)
}

// WithoutLanguage drops ?lang= from a path: a choice just made counts.
func WithoutLanguage(path string) string {
	address, err := url.Parse(path)
	if err != nil || !address.Query().Has("lang") {
		return path
	}
	query := address.Query()
	query.Del("lang")
	address.RawQuery = query.Encode()
	return address.RequestURI()
}
