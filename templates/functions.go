package templates

import (
	"fmt"
	"html/template"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/skip2/go-qrcode"

	"plaza/message"
	"plaza/money"
)

// pageTexts is what the keys of all texts of pages start with; templates leave
// it out: {{t "ui.save"}} is the text "page.ui.save".
const pageTexts = "page."

// functions are what templates may call, in one language.
func (r *Renderer) functions(language string, drawings map[string]template.HTML) template.FuncMap {
	// Every page gives them to its scripts: they are looked for once.
	scripts := r.Texts.Under(language, pageTexts+"js.")
	for kind, text := range r.Texts.Under(language, pageTexts+"event.") {
		scripts["event."+kind] = text
	}
	return template.FuncMap{
		"t": func(key string, args ...any) (string, error) {
			if slices.ContainsFunc(args, isMarkup) {
				return "", fmt.Errorf("text %q takes markup: say it with tm", pageTexts+key)
			}
			return r.text(language, key, args...)
		},
		// tm is t with markup, such as a time, among what it takes.
		"tm": func(key string, args ...any) (template.HTML, error) {
			names, values := make([]any, len(args)), make([]string, 0, 2*len(args))
			for i, arg := range args {
				names[i] = fmt.Sprintf("\uE000%d\uE000", i) // of no alphabet: no text has it
				markup, ok := arg.(template.HTML)
				if !ok {
					markup = template.HTML(template.HTMLEscaper(arg))
				}
				values = append(values, names[i].(string), string(markup))
			}
			text, err := r.text(language, key, names...)
			return template.HTML(strings.NewReplacer(values...).Replace(template.HTMLEscapeString(text))), err
		},
		// word is the text of one value of several ({{word "state" .State}}); a
		// value that nobody has a word for yet shows as it is.
		"word": func(kind, value string) string {
			if key := pageTexts + kind + "." + value; r.Texts.Has(key) {
				return r.Texts.Text(language, key)
			}
			return value
		},
		"texts":     func() map[string]string { return scripts },
		"args":      arguments,
		"list":      func(items ...any) []any { return items },
		"add":       func(a, b int) int { return a + b },
		"languages": func() []string { return message.Languages[:] },

		"asset": func(name string) (string, error) {
			url := r.Assets.URL(name)
			if url == "" {
				return "", fmt.Errorf("no asset %q", name)
			}
			return url, nil
		},
		"accent":   r.Assets.AccentURL,
		"codepath": r.Assets.CodeURL,
		"icon":     func(name string) (template.HTML, error) { return drawing(drawings, "icons", name) },
		"draw":     func(name string) (template.HTML, error) { return drawing(drawings, "drawings", name) },
		"qr":       codeSVG,
		"bars":     barsSVG,

		"local":    local,
		"facts":    mediaFacts,
		"money":    func(a money.Amount) string { return a.In(language) },
		"number":   groupDigits,
		"initial":  initial,
		"time":     func(p Page, at time.Time) template.HTML { return moment(p, at, layouts[language].full) },
		"clock":    func(p Page, at time.Time) template.HTML { return moment(p, at, "15:04") },
		"shortday": func(p Page, at time.Time) template.HTML { return moment(p, at, layouts[language].short) },
		"day":      func(p Page, at time.Time) template.HTML { return moment(p, at, layouts[language].day) },
		"daykey":   func(p Page, at time.Time) string { return at.In(p.shared().Zone()).Format(time.DateOnly) },
		"recent":   func(p Page, at time.Time) template.HTML { return r.recent(p, at, layouts[language]) },
		"event": func(in *message.Inbound) string {
			if key := pageTexts + "event." + string(in.Kind); r.Texts.Has(key) {
				return r.Texts.Text(language, key)
			}
			return in.Summary()
		},
		"tone":       tone,
		"identifier": identifier,
		"unread":     unread,
		"low":        low,
		"held":       held,
		"differing":  differing,
		"sells":      sells,
		"variant":    func() VariantRow { return VariantRow{} },
		"actionicon": func(action string) string { return actionIcons[action] },
		"slug": func(p Page) string {
			if account := p.shared().Account; account != nil {
				return account.Slug
			}
			return ""
		},
		"blank":  func(form string) Answer { return Answer{Form: form} },
		"chosen": chosen,
		"choose": func(options []Option, value string) []Option { return chosen(options, []string{value}) },
		"forms": func(current string) []Option {
			var options []Option
			for _, form := range []string{"text", "image", "card", "products", "qr", "handover"} {
				options = append(options, Option{Value: form, Label: r.Texts.Text(language, pageTexts+"form."+form), Chosen: form == current})
			}
			return options
		},
		"spark":   spark,
		"percent": percent,
	}
}

// local says whether an address starts at our own root: only from there may a
// page load anything.
func local(address string) bool {
	return strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//")
}

// mediaFacts are the length and the size of a recording, a video or a file, as
// far as they are known: "0:07 · 82 KB".
func mediaFacts(m *message.Media) string {
	var facts []string
	if m.Length > 0 {
		seconds := (m.Length + 500) / 1000
		facts = append(facts, fmt.Sprintf("%d:%02d", seconds/60, seconds%60))
	}
	switch {
	case m.Size >= 1<<20:
		facts = append(facts, fmt.Sprintf("%d.%d MB", m.Size>>20, m.Size%(1<<20)*10>>20))
	case m.Size > 0:
		facts = append(facts, fmt.Sprintf("%d KB", max(1, m.Size>>10)))
	}
	return strings.Join(facts, " · ")
}

// layouts are how dates are written in each language.
type layout struct{ full, day, short string }

var layouts = map[string]layout{
	"en": {"2 Jan 2006, 15:04", "2 January 2006", "2 Jan"},
	"zh": {"2006年1月2日 15:04", "2006年1月2日", "1月2日"},
	"ko": {"2006년 1월 2일 15:04", "2006년 1월 2일", "1월 2일"},
}

func isMarkup(value any) bool {
	_, ok := value.(template.HTML)
	return ok
}

// text is a page's text.
func (r *Renderer) text(language, key string, args ...any) (string, error) {
	if !r.Texts.Has(pageTexts + key) {
		return "", fmt.Errorf("no text %q", pageTexts+key)
	}
	return r.Texts.Text(language, pageTexts+key, args...), nil
}

// moment writes an instant in the account's time zone; a dash for none.
func moment(p Page, at time.Time, layout string) template.HTML {
	if at.IsZero() {
		return "–"
	}
	local := at.In(p.shared().Zone())
	return template.HTML(`<time datetime="` + local.Format(time.RFC3339) + `">` + local.Format(layout) + `</time>`)
}

// recent writes the time for today and the date for any other day.
func (r *Renderer) recent(p Page, at time.Time, l layout) template.HTML {
	zone := p.shared().Zone()
	if at.In(zone).Format(time.DateOnly) == r.now().In(zone).Format(time.DateOnly) {
		return moment(p, at, "15:04")
	}
	return moment(p, at, l.short)
}

// arguments makes the dot of a part from names and values.
func arguments(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("args: a value is missing")
	}
	made := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		made[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return made, nil
}

func groupDigits(n any) string {
	digits := fmt.Sprint(n)
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// initial is the first letter of a name, for a face without a picture.
func initial(name string) string {
	first, size := utf8.DecodeRuneInString(strings.TrimSpace(name))
	if size == 0 {
		return "·"
	}
	return strings.ToUpper(string(first))
}

func percent(part, whole int) int {
	if whole <= 0 {
		return 0
	}
	return min(100, part*100/whole)
}

// readDrawings reads icons and drawings; both are SVG made for being inlined,
// with currentColor.
func readDrawings() (map[string]template.HTML, error) {
	read := map[string]template.HTML{}
	for _, folder := range []string{"icons", "drawings"} {
		entries, err := files.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			content, err := files.ReadFile(path.Join(folder, entry.Name()))
			if err != nil {
				return nil, err
			}
			name := folder + "/" + strings.TrimSuffix(entry.Name(), ".svg")
			read[name] = template.HTML(strings.TrimSpace(string(content)))
		}
	}
	return read, nil
}

func drawing(drawings map[string]template.HTML, folder, name string) (template.HTML, error) {
	found, ok := drawings[folder+"/"+name]
	if !ok {
		return "", fmt.Errorf("no drawing %s/%s", folder, name)
	}
	return found, nil
}

// codeSVG draws a QR code (level M, quiet zone of four modules) that leads to a
// URL. label is what a screen reader says. An empty URL draws nothing.
func codeSVG(url, label string) (template.HTML, error) {
	if url == "" {
		return "", nil
	}
	code, err := qrcode.New(url, qrcode.Medium)
	if err != nil {
		return "", fmt.Errorf("QR code: %w", err)
	}
	rows := code.Bitmap() // with its quiet zone
	var path strings.Builder
	for y, row := range rows {
		for x := 0; x < len(row); {
			end := x
			for end < len(row) && row[end] {
				end++
			}
			if end > x {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x, y, end-x, end-x)
			}
			x = end + 1
		}
	}
	size := strconv.Itoa(len(rows))
	return template.HTML(`<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label="` + template.HTMLEscapeString(label) +
		`" viewBox="0 0 ` + size + ` ` + size + `" shape-rendering="crispEdges"><rect width="` + size + `" height="` + size +
		`" fill="#fff"/><path fill="#000" d="` + path.String() + `"/></svg>`), nil
}

// spark draws a small line of values, oldest first.
func spark(values []int64) template.HTML {
	if len(values) < 2 {
		return ""
	}
	top := int64(1)
	for _, v := range values {
		top = max(top, v)
	}
	var points strings.Builder
	for i, v := range values {
		x := float64(i) * 100 / float64(len(values)-1)
		fmt.Fprintf(&points, "%.1f,%.1f ", x, 26-24*float64(v)/float64(top))
	}
	line := strings.TrimSpace(points.String())
	return template.HTML(`<svg class="spark" viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true"><polygon points="0,28 ` +
		line + ` 100,28"/><polyline points="` + line + `"/></svg>`)
}

// tones are the colours of states; one that isn't named is neutral.
var tones = map[string]string{
	"good": "check", "bad": "alert", "info": "info", "warn": "alert", // of notes: their icons

	"paid": "good", "completed": "good", "done": "good", "connected": "good", "active": "good",
	"published": "good", "delivered": "good", "read": "good", "succeeded": "good", "answered": "good",
	"shipped": "info", "sending": "info", "scheduled": "info", "sent": "info", "approved": "info", "refunding": "info",
	"placed": "warn", "pending": "warn", "paused": "warn", "held": "warn", "uncertain": "warn", "invited": "warn",
	"offered": "good", "trial": "info", "leaving": "warn", "due": "warn", "past_due": "bad", "unpaid": "bad",
	"failed": "bad", "error": "bad", "expired": "bad", "declined": "bad",
}

func tone(state string) string { return tones[state] }

// identifier makes an element's id of a field's name.
func identifier(name string) string {
	return "f-" + strings.NewReplacer(".", "-", "[", "-", "]", "").Replace(name)
}

// held is the number beside risk, of console pages.
func held(p Page) int {
	if member := p.shared().Member; member != nil {
		return member.Held
	}
	return 0
}

// differing is the number beside the books, of console pages.
func differing(p Page) int {
	if member := p.shared().Member; member != nil {
		return member.Differing
	}
	return 0
}

// sells says whether the page's account has a shop.
func sells(p Page) bool {
	account := p.shared().Account
	return account != nil && account.Kind == "merchant"
}

// unread is the number beside the inbox, of console pages.
func unread(p Page) int {
	if member := p.shared().Member; member != nil {
		return member.Unread
	}
	return 0
}

// chosen marks the options whose value is among values.
func chosen(options []Option, values []string) []Option {
	marked := slices.Clone(options)
	for i := range marked {
		marked[i].Chosen = slices.Contains(values, marked[i].Value)
	}
	return marked
}

// actionIcons are the icons of what can be done to a campaign or an order.
var actionIcons = map[string]string{
	"pause": "pause", "resume": "play", "release": "play", "skip": "right", "copy": "copy", "test": "phone",
	"ship": "truck", "refund": "refund", "cancel": "close",
}

// low is how many choices run low, of the page's account.
func low(p Page) int {
	if member := p.shared().Member; member != nil {
		return member.Low
	}
	return 0
}
