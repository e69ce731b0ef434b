package line

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"plaza/message"
)

// writer renders messages for a reader of a language.
type writer struct {
	*Channel
	language string
}

// objects renders a message, most of the time as one object. None: there is
// nothing to say.
func (c *Channel) objects(out message.Outbound, language string) []object {
	w := writer{c, language}
	out.Language = language
	list := w.compose(out)
	if len(out.Quick) == 0 || len(list) == 0 {
		return list
	}
	if items, ok := w.quick(out.Quick); ok {
		list[len(list)-1].QuickReply = &quickReply{items}
		return list
	}
	return append(list, w.texts(w.words().Of(message.Outbound{Quick: out.Quick}))...)
}

// compose finds LINE's richest form for a message.
func (w writer) compose(out message.Outbound) []object {
	switch {
	case out.Form == message.RichForm && len(out.Runs) > 0:
		return w.rich(out)
	case out.Form == message.ImageForm && w.secure(out.Image) != "":
		return w.withWords(out, object{Type: "image", Original: w.secure(out.Image), Preview: w.preview(out.Image)})
	case out.Media != nil && out.Media.URL != "":
		return w.media(out)
	case out.Place != nil:
		return w.withWords(out, place(*out.Place))
	case out.Sticker != nil && number(out.Sticker.Set) && number(out.Sticker.ID):
		return w.withWords(out, object{Type: "sticker", PackageID: out.Sticker.Set, StickerID: out.Sticker.ID})
	case out.Receipt != nil:
		return w.flex(out, w.receipt(out))
	case out.Form == message.ListForm && len(out.Cards) > 0:
		return w.flex(out, w.list(out))
	case len(out.Cards) > 0:
		return w.cards(out)
	case out.Coupon != nil:
		return w.flex(out, w.coupon(out))
	case out.Form == message.QRForm && out.URL != "":
		return w.flex(out, w.code(out))
	}
	text := w.words().Of(message.Outbound{Text: out.Text, Image: out.Image, URL: out.URL, Sticker: out.Sticker})
	if len(out.Buttons) > 0 {
		return w.flex(out, w.buttons(message.Outbound{Text: text, Buttons: out.Buttons}))
	}
	return w.texts(text)
}

// withWords puts what an object has no room for behind it.
func (w writer) withWords(out message.Outbound, first object) []object {
	list := []object{first}
	if len(out.Buttons) > 0 {
		return append(list, w.flex(out, w.buttons(message.Outbound{Text: out.Text, Buttons: out.Buttons}))...)
	}
	return append(list, w.texts(out.Text)...)
}

// texts are as many text objects as a text takes.
func (w writer) texts(text string) (list []object) {
	if strings.TrimSpace(text) == "" {
		return nil
	}
	for _, piece := range message.Pieces(text, maxText, message.UTF16) {
		if strings.TrimSpace(piece) != "" {
			list = append(list, object{Type: "text", Text: piece})
		}
	}
	return list
}

// draft is what a message becomes as bubbles whose texts have at most so many
// characters; left is what they have no room for.
type draft func(room int) (bubbles []*container, left string)

// flex is a Flex message. Long texts are cut as far as the platform's limits of
// size ask, and follow whole.
func (w writer) flex(out message.Outbound, write draft) []object {
	for room := maxFlexText; ; room /= 2 {
		bubbles, left := write(room)
		bubbles = slices.DeleteFunc(bubbles, func(b *container) bool { return b.Hero == nil && b.Body == nil && b.Footer == nil })
		if room > 20 && !fits(bubbles) {
			continue
		}
		if len(bubbles) == 0 || !fits(bubbles) {
			return w.texts(w.words().Of(withoutQuick(out)))
		}
		contents := bubbles[0]
		if len(bubbles) > 1 {
			contents = &container{Type: "carousel", Contents: bubbles}
		}
		return append([]object{{Type: "flex", AltText: w.alt(out), Contents: contents}}, w.texts(left)...)
	}
}

func withoutQuick(out message.Outbound) message.Outbound {
	out.Quick = nil
	return out
}

// fits says whether bubbles are within LINE's limits of size.
func fits(bubbles []*container) bool {
	if len(bubbles) > maxBubbles {
		return false
	}
	total, most := 0, 0
	for _, bubble := range bubbles {
		size := bubble.Hero.most() + bubble.Body.most() + bubble.Footer.most() + frame
		total, most = total+size, max(most, size)
	}
	if most <= maxBubble && (total <= maxCarousel || len(bubbles) == 1) {
		return true // most are far below, and need not be encoded to know
	}
	total = 0
	for _, bubble := range bubbles {
		encoded, err := json.Marshal(bubble)
		if err != nil || len(encoded) > maxBubble {
			return false
		}
		total += len(encoded) + 1
	}
	return len(bubbles) <= 1 || total+len(`{"type":"carousel","contents":[]}`) <= maxCarousel
}

// alt is what notifications and lists of chats show: the words, without
// addresses.
func (w writer) alt(out message.Outbound) string {
	named := message.Words{Absolute: w.absolute, Link: func(_, label string) string { return label }}
	text := strings.TrimSpace(named.Of(withoutQuick(out)))
	if text == "" {
		return "…"
	}
	return message.Shorten(text, maxAltText, message.UTF16)
}

func (w writer) words() message.Words { return message.Words{Absolute: w.absolute} }

// absolute makes an address whole that starts at our own root.
func (c *Channel) absolute(address string) string {
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return c.publicURL + address
	}
	return address
}

// secure is the absolute address of something that LINE fetches, which it does
// over https only; empty if it can't.
func (w writer) secure(address string) string {
	whole := w.absolute(address)
	parsed, err := url.Parse(whole)
	if err != nil || parsed.Scheme != "https" || parsed.Host == "" || len(whole) > maxMediaURL {
		return ""
	}
	return parsed.String()
}

// preview of a picture: our own have a small version, as LINE wants at most a
// megabyte.
func (w writer) preview(address string) string {
	whole := w.secure(address)
	if strings.HasPrefix(whole, w.publicURL+"/pictures/") && !strings.Contains(whole, "?") {
		return whole + "?width=320"
	}
	return whole
}

// link is an address that a tap may open.
func (w writer) link(address string) (string, bool) {
	whole := w.absolute(address)
	parsed, err := url.Parse(whole)
	if err != nil || len(whole) > maxURI {
		return "", false
	}
	switch parsed.Scheme {
	case "http", "https":
		return parsed.String(), parsed.Host != ""
	case "tel", "line":
		return parsed.String(), true
	}
	return "", false
}

// opens is the action that opens an address; nil if it can't be opened.
func (w writer) opens(address string) *action {
	if address == "" {
		return nil
	}
	uri, ok := w.link(address)
	if !ok {
		return nil
	}
	return &action{Type: "uri", URI: uri}
}

// press is the action of a button; nil if LINE has none that does it.
func (w writer) press(button message.Button) *action {
	label := button.Label
	if strings.TrimSpace(label) == "" {
		label = "▸"
	}
	label = message.Shorten(label, maxLabel, message.UTF16)
	switch word := message.Shorten(button.Word(), maxSaid, message.UTF16); {
	case button.URL != "":
		open := w.opens(button.URL)
		if open != nil {
			open.Label = label
		}
		return open
	case button.Payload != "" && message.Length(button.Payload, message.UTF16) <= maxData:
		return &action{Type: "postback", Label: label, Data: button.Payload, DisplayText: message.Shorten(strings.TrimSpace(button.Label), maxSaid, message.UTF16)}
	case button.Word() != "" && word == button.Word():
		return &action{Type: "message", Label: label, Text: word}
	}
	return nil
}

// quick are answers offered under a message; not ok if LINE can't offer all.
func (w writer) quick(buttons []message.Button) ([]quickItem, bool) {
	if len(buttons) > maxQuick {
		return nil, false
	}
	items := make([]quickItem, len(buttons))
	for i, button := range buttons {
		press := w.press(button)
		if press == nil {
			return nil, false
		}
		items[i] = quickItem{Type: "action", Action: press}
	}
	return items, true
}

func place(p message.Place) object {
	title, address := strings.TrimSpace(p.Title), strings.TrimSpace(p.Address)
	if title == "" {
		title = "📍"
	}
	if address == "" {
		address = p.Map()
	}
	return object{Type: "location", Latitude: &p.Latitude, Longitude: &p.Longitude,
		Title: message.Shorten(title, maxPlace, message.UTF16), Address: message.Shorten(address, maxPlace, message.UTF16)}
}

// number says whether a sticker's set or id is of LINE's own.
func number(id string) bool { return id != "" && len(id) <= 20 && strings.Trim(id, "0123456789") == "" }
