package linetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
)

// units is the length of a text as LINE counts it.
func units(text string) int { return len(utf16.Encode([]rune(text))) }

// Check says what LINE would mind about a message object: unknown fields,
// missing ones, lengths, addresses (platform document: "Message objects").
func Check(raw json.RawMessage) error {
	var message map[string]any
	if err := json.Unmarshal(raw, &message); err != nil {
		return err
	}
	kind, _ := message["type"].(string)
	own, ok := messageFields[kind]
	if !ok {
		return fmt.Errorf("/type: unknown %q", kind)
	}
	if err := own.check(kind, message, "type", "quickReply", "sender"); err != nil {
		return err
	}
	if quick, ok := message["quickReply"]; ok {
		return checkQuick(quick)
	}
	return nil
}

// fields are those of an object: which there may be, and what holds of each.
type fields struct {
	required []string
	each     map[string]func(any) error
}

func (f fields) check(path string, value any, besides ...string) error {
	object, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: no object", path)
	}
	for _, name := range f.required {
		if _, ok := object[name]; !ok {
			return fmt.Errorf("%s/%s: must be specified", path, name)
		}
	}
	for name, value := range object {
		check, ok := f.each[name]
		switch {
		case slices.Contains(besides, name):
		case !ok:
			return fmt.Errorf("%s/%s: unknown field", path, name)
		default:
			if err := check(value); err != nil {
				return fmt.Errorf("%s/%s: %w", path, name, err)
			}
		}
	}
	return nil
}

// text has at least one and at most limit characters.
func text(limit int) func(any) error {
	return func(value any) error {
		s, ok := value.(string)
		if !ok || s == "" || units(s) > limit {
			return fmt.Errorf("a text of %d characters; 1 to %d", units(s), limit)
		}
		return nil
	}
}

func one(of ...string) func(any) error {
	return func(value any) error {
		if s, ok := value.(string); !ok || !slices.Contains(of, s) {
			return fmt.Errorf("%v is none of %v", value, of)
		}
		return nil
	}
}

func numeric(low, high float64) func(any) error {
	return func(value any) error {
		if n, ok := value.(float64); !ok || n < low || n > high {
			return fmt.Errorf("%v is not within %v and %v", value, low, high)
		}
		return nil
	}
}

func truth(value any) error {
	if _, ok := value.(bool); !ok {
		return fmt.Errorf("%v is no boolean", value)
	}
	return nil
}

// secure is an https address of up to 2000 characters.
func secure(value any) error {
	s, _ := value.(string)
	parsed, err := url.Parse(s)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || units(s) > 2000 || strings.ContainsAny(s, " \n") {
		return fmt.Errorf("%q is no https address", s)
	}
	return nil
}

func digits(value any) error {
	if s, ok := value.(string); !ok || s == "" || strings.Trim(s, "0123456789") != "" {
		return fmt.Errorf("%v is no number", value)
	}
	return nil
}

func colour(value any) error {
	s, _ := value.(string)
	if (len(s) != 7 && len(s) != 9) || s[0] != '#' || strings.Trim(s[1:], "0123456789abcdefABCDEF") != "" {
		return fmt.Errorf("%v is no colour", value)
	}
	return nil
}

// length is a keyword or a number of pixels or percents.
func length(keywords ...string) func(any) error {
	return func(value any) error {
		s, _ := value.(string)
		if slices.Contains(keywords, s) {
			return nil
		}
		number, ok := strings.CutSuffix(s, "px")
		if !ok {
			number, ok = strings.CutSuffix(s, "%")
		}
		if !ok || number == "" || strings.Trim(number, "0123456789.") != "" {
			return fmt.Errorf("%q is no length", s)
		}
		return nil
	}
}

var messageFields = map[string]fields{
	"text":    {[]string{"text"}, map[string]func(any) error{"text": text(5000), "quoteToken": text(1000)}},
	"sticker": {[]string{"packageId", "stickerId"}, map[string]func(any) error{"packageId": digits, "stickerId": digits}},
	"image": {[]string{"originalContentUrl", "previewImageUrl"},
		map[string]func(any) error{"originalContentUrl": secure, "previewImageUrl": secure}},
	"video": {[]string{"originalContentUrl", "previewImageUrl"},
		map[string]func(any) error{"originalContentUrl": secure, "previewImageUrl": secure, "trackingId": text(100)}},
	"audio": {[]string{"originalContentUrl", "duration"},
		map[string]func(any) error{"originalContentUrl": secure, "duration": numeric(1, 1<<31)}},
	"location": {[]string{"title", "address", "latitude", "longitude"}, map[string]func(any) error{
		"title": text(100), "address": text(100), "latitude": numeric(-90, 90), "longitude": numeric(-180, 180)}},
	"flex": {[]string{"altText", "contents"}, map[string]func(any) error{"altText": text(400), "contents": checkContainer}},
}

func checkQuick(value any) error {
	return fields{[]string{"items"}, map[string]func(any) error{"items": func(value any) error {
		items, _ := value.([]any)
		if len(items) < 1 || len(items) > 13 {
			return fmt.Errorf("%d quick replies", len(items))
		}
		for _, item := range items {
			err := fields{[]string{"type", "action"}, map[string]func(any) error{
				"type": one("action"), "imageUrl": secure, "action": func(v any) error { return checkAction(v, true) },
			}}.check("item", item)
			if err != nil {
				return err
			}
		}
		return nil
	}}}.check("quickReply", value)
}

func uri(value any) error {
	s, _ := value.(string)
	parsed, err := url.Parse(s)
	if err != nil || s == "" || units(s) > 1000 || !slices.Contains([]string{"http", "https", "tel", "line"}, parsed.Scheme) || strings.ContainsAny(s, " \n") {
		return fmt.Errorf("%q can't be opened", s)
	}
	return nil
}

var actionFields = map[string]fields{
	"uri":            {[]string{"uri"}, map[string]func(any) error{"uri": uri}},
	"message":        {[]string{"text"}, map[string]func(any) error{"text": text(300)}},
	"postback":       {[]string{"data"}, map[string]func(any) error{"data": text(300), "displayText": text(300)}},
	"clipboard":      {[]string{"clipboardText"}, map[string]func(any) error{"clipboardText": text(1000)}},
	"richmenuswitch": {[]string{"richMenuAliasId", "data"}, map[string]func(any) error{"richMenuAliasId": text(32), "data": text(300)}},
	"camera":         {nil, nil}, "cameraRoll": {nil, nil}, "location": {nil, nil},
}

// checkAction checks an action; labelled: a button's or quick reply's, which has
// a label.
func checkAction(value any, labelled bool) error {
	object, _ := value.(map[string]any)
	kind, _ := object["type"].(string)
	own, ok := actionFields[kind]
	if !ok {
		return fmt.Errorf("unknown action %q", kind)
	}
	label, given := object["label"]
	if labelled && !given {
		return fmt.Errorf("action without label")
	}
	if given {
		if err := text(20)(label); err != nil {
			return fmt.Errorf("label: %w", err)
		}
	}
	return own.check(kind, value, "type", "label")
}

// checkContainer checks a bubble or a carousel, with its size as JSON.
func checkContainer(value any) error {
	encoded, err := compact(value)
	if err != nil {
		return err
	}
	object, _ := value.(map[string]any)
	switch object["type"] {
	case "bubble":
		if len(encoded) > 30<<10 {
			return fmt.Errorf("a bubble of %d bytes", len(encoded))
		}
		return checkBubble(value)
	case "carousel":
		if len(encoded) > 50<<10 {
			return fmt.Errorf("a carousel of %d bytes", len(encoded))
		}
		return fields{[]string{"contents"}, map[string]func(any) error{"contents": checkBubbles}}.check("carousel", value, "type")
	}
	return fmt.Errorf("unknown container %v", object["type"])
}

// compact is JSON as short as it gets.
func compact(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return b.Bytes(), err
}

func checkBubbles(value any) error {
	bubbles, _ := value.([]any)
	if len(bubbles) < 1 || len(bubbles) > 12 {
		return fmt.Errorf("%d bubbles", len(bubbles))
	}
	var size any
	for i, bubble := range bubbles {
		object, _ := bubble.(map[string]any)
		if object["type"] != "bubble" {
			return fmt.Errorf("%v in a carousel", object["type"])
		}
		if i > 0 && object["size"] != size {
			return fmt.Errorf("bubbles of sizes %v and %v", size, object["size"])
		}
		size = object["size"]
		if err := checkBubble(bubble); err != nil {
			return fmt.Errorf("bubble %d: %w", i, err)
		}
	}
	return nil
}

func checkBubble(value any) error {
	object, _ := value.(map[string]any)
	if object["header"] == nil && object["hero"] == nil && object["body"] == nil && object["footer"] == nil {
		return fmt.Errorf("an empty bubble")
	}
	box := func(v any) error { return checkComponent(v, "box") }
	return fields{nil, map[string]func(any) error{
		"size":      one("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
		"direction": one("ltr", "rtl"), "header": box, "body": box, "footer": box,
		"hero":   func(v any) error { return checkComponent(v, "image", "box", "video") },
		"action": func(v any) error { return checkAction(v, false) },
	}}.check("bubble", value, "type")
}

var (
	margins = length("none", "xs", "sm", "md", "lg", "xl", "xxl")
	sizes   = length("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
	flexes  = numeric(0, 1000)
	tapped  = func(v any) error { return checkAction(v, false) }
)

var componentFields map[string]fields

func init() { // refers to itself
	componentFields = map[string]fields{
		"box": {[]string{"layout", "contents"}, map[string]func(any) error{
			"layout": one("horizontal", "vertical", "baseline"), "contents": checkParts, "flex": flexes, "spacing": margins,
			"margin": margins, "backgroundColor": colour, "cornerRadius": length("none", "xs", "sm", "md", "lg", "xl", "xxl"),
			"paddingAll": margins, "action": tapped, "width": length(), "height": length(), "borderColor": colour,
			"justifyContent": one("flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly"),
			"alignItems":     one("flex-start", "center", "flex-end")}},
		"button": {[]string{"action"}, map[string]func(any) error{
			"action": func(v any) error { return checkAction(v, true) }, "flex": flexes, "margin": margins, "color": colour,
			"height": one("sm", "md"), "style": one("link", "primary", "secondary"), "gravity": one("top", "center", "bottom")}},
		"image": {[]string{"url"}, map[string]func(any) error{
			"url": secure, "flex": flexes, "margin": margins, "align": one("start", "end", "center"),
			"size":        length("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl", "full"),
			"aspectRatio": ratio, "aspectMode": one("cover", "fit"), "backgroundColor": colour, "action": tapped}},
		"text": {nil, map[string]func(any) error{
			"text": text(1 << 20), "contents": checkSpans, "flex": flexes, "size": sizes, "align": one("start", "end", "center"),
			"gravity": one("top", "center", "bottom"), "wrap": truth, "maxLines": numeric(0, 1000), "margin": margins,
			"weight": one("regular", "bold"), "color": colour, "style": one("normal", "italic"),
			"decoration": one("none", "underline", "line-through"), "action": tapped}},
		"separator": {nil, map[string]func(any) error{"margin": margins, "color": colour}},
		"span": {[]string{"text"}, map[string]func(any) error{
			"text": text(1 << 20), "size": sizes, "weight": one("regular", "bold"), "color": colour,
			"style": one("normal", "italic"), "decoration": one("none", "underline", "line-through")}},
	}
}

func ratio(value any) error {
	s, _ := value.(string)
	var w, h float64
	if n, err := fmt.Sscanf(s, "%g:%g", &w, &h); n != 2 || err != nil || w < 1 || h < 1 || w > 100000 || h > 100000 || h > 3*w {
		return fmt.Errorf("%q is no ratio", s)
	}
	return nil
}

// checkComponent checks one of these types.
func checkComponent(value any, of ...string) error {
	object, _ := value.(map[string]any)
	kind, _ := object["type"].(string)
	if !slices.Contains(of, kind) {
		return fmt.Errorf("%q is none of %v", kind, of)
	}
	if kind == "text" && object["text"] == nil && object["contents"] == nil {
		return fmt.Errorf("text without text")
	}
	return componentFields[kind].check(kind, value, "type")
}

func checkParts(value any) error {
	parts, ok := value.([]any)
	if !ok {
		return fmt.Errorf("no list")
	}
	for i, part := range parts {
		if err := checkComponent(part, "box", "button", "image", "text", "separator"); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

func checkSpans(value any) error {
	spans, ok := value.([]any)
	if !ok || len(spans) == 0 {
		return fmt.Errorf("no spans")
	}
	for i, span := range spans {
		if err := checkComponent(span, "span"); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}
