package developer

import (
	"html"
	"regexp"
	"strings"

	"github.com/microcosm-cc/bluemonday"
)

// readable makes of what a program wrote the HTML that an article's page may
// show: text with its structure, links to the web, and pictures that were uploaded
// here. Scripts, styles, forms, frames and pictures of other hosts go, as with
// WeChat, whose pages keep styles. Links lead out without telling where from.
//
// files is how the addresses of uploaded pictures begin.
func readable(files, content string) string {
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "br", "hr", "section", "div", "span", "strong", "b", "em", "i", "u", "s", "del", "sub", "sup", "small",
		"h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "blockquote", "pre", "code", "figure", "figcaption",
		"table", "caption", "thead", "tbody", "tr", "th", "td")
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowURLSchemes("https", "http")
	policy.RequireParseableURLs(true)
	policy.RequireNoReferrerOnLinks(true)
	policy.RequireNoFollowOnLinks(true)
	policy.AddTargetBlankToFullyQualifiedLinks(true)
	policy.AllowAttrs("src").Matching(regexp.MustCompile(`^` + regexp.QuoteMeta(files) + `[A-Za-z0-9-]+$`)).OnElements("img")
	policy.AllowAttrs("alt", "title").OnElements("img")
	policy.AllowRelativeURLs(false)
	return strings.TrimSpace(policy.Sanitize(strings.ReplaceAll(content, "data-src=", "src=")))
}

// spaces is any white space.
var spaces = regexp.MustCompile(`\s+`)

// blockEnd is where a word ends though there is no white space.
var blockEnd = regexp.MustCompile(`</?(?:p|br|div|section|li|h[1-6]|td|th|blockquote)\b[^>]*>`)

// plainText is the text of readable HTML, in one line.
func plainText(body string) string {
	text := bluemonday.StrictPolicy().Sanitize(blockEnd.ReplaceAllString(body, " $0"))
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(text), " "))
}
