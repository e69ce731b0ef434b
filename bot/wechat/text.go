package wechat

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"plaza/message"
)

// The limits of what WeChat shows. It documents none for a text reply; 2048
// bytes is what every client library and its own work edition use. Titles and
// descriptions follow the platform's article editor.
const (
	maxText        = 2048 // bytes
	maxTitle       = 64   // characters
	maxDescription = 120  // characters
	maxPayload     = 128  // bytes, as for a menu key
)

// text is a message in words, with links that can be tapped. It is how
// everything is shown that WeChat has no form for.
func (c *Channel) text(out message.Outbound) string {
	if out.Form == message.TextForm && len(out.Buttons) == 0 {
		return out.Text
	}
	var b strings.Builder
	switch {
	case out.Receipt != nil:
		c.receipt(&b, *out.Receipt)
	case len(out.Cards) > 0:
		line(&b, out.Text)
		for i, card := range out.Cards {
			if i > 0 {
				b.WriteByte('\n') // an empty line between cards
			}
			c.card(&b, card)
		}
	default:
		line(&b, out.Text)
		if out.Image != "" {
			line(&b, c.absolute(out.Image))
		}
		if out.URL != "" {
			line(&b, c.absolute(out.URL))
		}
	}
	c.buttons(&b, out.Buttons)
	return b.String()
}

// line adds a line; there is none after the last.
func line(b *strings.Builder, text string) {
	if text == "" {
		return
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	b.WriteString(text)
}

// receipt needs no words of its own, so it can be read in every language.
func (c *Channel) receipt(b *strings.Builder, r message.Receipt) {
	line(b, r.Title)
	if r.State != "" {
		line(b, r.State)
	}
	if r.Number != "" {
		line(b, "# "+r.Number)
	}
	for _, l := range r.Lines {
		count := ""
		if l.Quantity > 0 {
			count = strconv.Itoa(l.Quantity) + " × "
		}
		line(b, count+l.Name+"  "+l.Amount.String())
	}
	if r.Total.Currency != "" {
		line(b, "= "+r.Total.String())
	}
	if r.URL != "" {
		line(b, c.absolute(r.URL))
	}
}

func (c *Channel) card(b *strings.Builder, card message.Card) {
	title := priced(card)
	switch {
	case card.URL != "":
		title = anchor(c.absolute(card.URL), title)
	case card.QR != "":
		title = anchor(c.absolute(card.QR), title)
	}
	line(b, title)
	line(b, card.Text)
	c.buttons(b, card.Buttons)
}

// buttons become numbered lines. Each is a link: to its page, or one that makes
// the person's WeChat say the button's word (a bizmsgmenu link), which comes
// back as a Press with the payload, or on account types that leave the payload
// out, as the word.
func (c *Channel) buttons(b *strings.Builder, buttons []message.Button) {
	for i, button := range buttons {
		label := linkLabel.Replace(button.Label)
		switch {
		case button.URL != "":
			label = anchor(c.absolute(button.URL), label)
		case button.Payload != "" || button.Say != "":
			label = anchor("weixin://bizmsgmenu?msgmenucontent="+linkValue.Replace(word(button))+"&msgmenuid="+payload(button), label)
		}
		line(b, strconv.Itoa(i+1)+". "+label+hint(button))
	}
}

// hint names the word to type, where it is not the label itself.
func hint(button message.Button) string {
	if button.Say == "" || button.Say == button.Label {
		return ""
	}
	return " (" + button.Say + ")"
}

// word is what a person types, or their WeChat says for them, to press a button.
func word(button message.Button) string {
	if button.Say != "" {
		return button.Say
	}
	return button.Label
}

// noPayload is the id of an option without payload: only its word counts.
const noPayload = "0"

// payload is the id of a tappable option. One that would break the link or is
// too long is left out; the word still says what is meant.
func payload(button message.Button) string {
	if button.Payload == "" || len(button.Payload) > maxPayload || linkValue.Replace(button.Payload) != button.Payload {
		return noPayload
	}
	return button.Payload
}

// anchor makes a link.
func anchor(url, label string) string {
	return `<a href="` + linkAddress.Replace(url) + `">` + linkLabel.Replace(label) + "</a>"
}

// WeChat reads addresses and labels of links literally, without entities or
// percent codes, so what would end them early has to be left out.
var (
	linkAddress = strings.NewReplacer(`"`, "%22", "<", "%3C", ">", "%3E", "\n", "", "\r", "")
	linkValue   = strings.NewReplacer(`"`, "", "<", "", ">", "", "&", "", "=", "", "#", "", "\n", " ", "\r", "")
	linkLabel   = strings.NewReplacer("<", "", ">", "", "\n", " ", "\r", "")
)

// split makes messages of one that does not fit into a single text, cut at ends
// of lines where there are any.
func (c *Channel) split(out message.Outbound) []message.Outbound {
	text := c.text(out)
	if len(text) <= maxText {
		return []message.Outbound{out}
	}
	var pieces []message.Outbound
	for text != "" {
		var piece string
		piece, text = cut(text, maxText)
		pieces = append(pieces, message.Text(piece))
	}
	return pieces
}

// cut takes at most limit bytes from the front, up to the last line end in the
// second half if there is one, and never splits a character.
func cut(text string, limit int) (head, tail string) {
	if len(text) <= limit {
		return text, ""
	}
	at := limit
	for at > 0 && !utf8.RuneStart(text[at]) {
		at--
	}
	if at == 0 { // not UTF-8
		at = limit
	}
	if end := strings.LastIndexByte(text[:at], '\n'); end > limit/2 {
		return text[:end], text[end+1:]
	}
	return text[:at], text[at:]
}

// shorten cuts to a number of characters and shows that it did.
func shorten(text string, limit int) string {
	if utf8.RuneCountInString(text) <= limit {
		return text
	}
	runes := []rune(text)
	return string(runes[:limit-1]) + "…"
}
