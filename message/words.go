package message

import (
	"fmt"
	"strconv"
	"strings"
)

// Words writes messages of every form as text, amounts in the
// message's language, for what a messenger has no form for.
type Words struct {
	// Absolute makes an address whole that starts at our own root.
	Absolute func(address string) string
	// Link shows a link; nil: its label, and the address on the next line.
	Link func(address, label string) string
	// Option shows a button that is pressed by saying something; nil: its label
	// and the word to type.
	Option func(Button) string
	// Style shows a run of rich text; nil: its text, and a link's address.
	Style func(Run) string
}

// Of is the message in words; empty when there is nothing to say.
func (w Words) Of(out Outbound) string {
	var b strings.Builder
	switch {
	case out.Receipt != nil:
		line(&b, out.Text)
		w.receipt(&b, *out.Receipt, out.Language)
	case len(out.Cards) > 0:
		line(&b, out.Text)
		for i, card := range out.Cards {
			if b.Len() > 0 && (i > 0 || out.Text != "") {
				b.WriteByte('\n') // an empty line between cards
			}
			w.card(&b, card, out.Language)
		}
	case out.Coupon != nil:
		w.coupon(&b, *out.Coupon)
	case out.Place != nil:
		w.place(&b, *out.Place)
	case len(out.Runs) > 0:
		for _, run := range out.Runs {
			b.WriteString(w.run(run))
		}
	default:
		w.plain(&b, out)
	}
	w.buttons(&b, out.Buttons)
	w.buttons(&b, out.Quick)
	return b.String()
}

func (w Words) plain(b *strings.Builder, out Outbound) {
	line(b, out.Text)
	if out.Image != "" {
		line(b, w.address(out.Image))
	}
	if out.Media != nil && out.Media.URL != "" {
		line(b, w.link(out.Media.URL, out.Media.Name))
	}
	if out.Sticker != nil {
		line(b, out.Sticker.Emoji)
	}
	if out.URL != "" {
		line(b, w.address(out.URL))
	}
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

func (w Words) address(address string) string {
	if w.Absolute == nil {
		return address
	}
	return w.Absolute(address)
}

func (w Words) link(address, label string) string {
	address = w.address(address)
	switch {
	case label == "":
		return address
	case w.Link != nil:
		return w.Link(address, label)
	}
	return label + "\n" + address
}

func (w Words) run(run Run) string {
	switch {
	case w.Style != nil:
		return w.Style(run)
	case run.URL != "" && run.URL != run.Text:
		return run.Text + " (" + w.address(run.URL) + ")"
	}
	return run.Text
}

func (w Words) receipt(b *strings.Builder, r Receipt, language string) {
	line(b, r.Title)
	line(b, r.State)
	if r.Number != "" {
		line(b, "# "+r.Number)
	}
	for _, l := range r.Lines {
		count := ""
		if l.Quantity > 0 {
			count = strconv.Itoa(l.Quantity) + " × "
		}
		line(b, count+l.Name+"  "+l.Amount.In(language))
	}
	if r.Total.Currency != "" {
		line(b, "= "+r.Total.In(language))
	}
	if r.URL != "" {
		line(b, w.address(r.URL))
	}
}

func (w Words) card(b *strings.Builder, card Card, language string) {
	title := Priced(card, language)
	switch {
	case card.URL != "":
		title = w.link(card.URL, title)
	case card.QR != "":
		title = w.link(card.QR, title)
	}
	line(b, title)
	line(b, card.Text)
	w.buttons(b, card.Buttons)
}

// Priced is a card's title with its price, if it has one, in a language.
func Priced(card Card, language string) string {
	if card.Price == nil {
		return card.Title
	}
	return card.Title + "  " + card.Price.In(language)
}

func (w Words) coupon(b *strings.Builder, c Coupon) {
	line(b, c.Title)
	line(b, c.Text)
	line(b, "▸ "+c.Code)
	line(b, c.Until)
	if c.URL != "" {
		line(b, w.address(c.URL))
	}
}

func (w Words) place(b *strings.Builder, p Place) {
	line(b, p.Title)
	line(b, p.Address)
	line(b, p.Map())
}

// Map is the address of a map that shows the place in any browser.
func (p Place) Map() string {
	return fmt.Sprintf("https://www.openstreetmap.org/?mlat=%.6f&mlon=%.6f#map=17/%.6f/%.6f",
		p.Latitude, p.Longitude, p.Latitude, p.Longitude)
}

// buttons become numbered lines.
func (w Words) buttons(b *strings.Builder, buttons []Button) {
	for i, button := range buttons {
		shown := button.Label
		switch {
		case button.URL != "":
			shown = w.link(button.URL, button.Label)
		case w.Option != nil:
			shown = w.Option(button)
		}
		line(b, strconv.Itoa(i+1)+". "+shown+Hint(button))
	}
}

// Hint names the word to type, where it is not the label itself.
func Hint(button Button) string {
	if button.Say == "" || button.Say == button.Label {
		return ""
	}
	return " (" + button.Say + ")"
}

// Word is what a person types, or their messenger says for them, to press a
// button.
func (b Button) Word() string {
	if b.Say != "" {
		return b.Say
	}
	return b.Label
}
