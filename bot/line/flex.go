package line

import (
	"cmp"
	"strconv"
	"strings"

	"plaza/message"
)

// presses are the buttons at the foot of a bubble. Those that LINE has no action
// or no room for are left, in words.
func (w writer) presses(buttons []message.Button) (foot *component, left string) {
	foot = column()
	var mute []message.Button
	for i, button := range buttons {
		press := w.press(button)
		if press == nil || i >= maxButtons {
			mute = append(mute, button)
			continue
		}
		if strings.HasSuffix(press.Label, "…") && press.Label != button.Label {
			foot.add(label(message.Shorten(button.Label, maxTitle, message.UTF16), "xs").coloured(quiet))
		}
		style := "secondary"
		if i == 0 {
			style = "primary"
		}
		foot.add(&component{Type: "button", Style: style, Height: "sm", Action: press})
	}
	return foot, w.words().Of(message.Outbound{Buttons: mute})
}

// opening is a button of our own that opens an address, for where no other does.
func (w writer) opening(address, key string) *component {
	open := w.opens(address)
	if open == nil {
		return nil
	}
	open.Label = message.Shorten(w.speak(w.language, key), maxLabel, message.UTF16)
	return &component{Type: "button", Style: "link", Height: "sm", Action: open}
}

// cut shortens a text; what was shortened is left, whole.
func cut(text string, room int, left *[]string) string {
	text = strings.TrimSpace(text)
	shorter := message.Shorten(text, max(20, room), message.UTF16)
	if shorter != text {
		*left = append(*left, text)
	}
	return shorter
}

// some is a text component, or nil without text.
func some(text, size string) *component {
	if text == "" {
		return nil
	}
	return label(text, size)
}

func join(left ...string) string {
	var parts []string
	for _, text := range left {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "\n\n")
}

// cards side by side. More than a carousel holds go into more messages.
func (w writer) cards(out message.Outbound) []object {
	list := w.texts(out.Text)
	for cards := out.Cards; len(cards) > 0; {
		few := cards[:min(len(cards), maxBubbles)]
		cards = cards[len(few):]
		list = append(list, w.flex(message.Outbound{Cards: few}, func(room int) (bubbles []*container, left string) {
			for _, card := range few {
				size := "mega"
				if len(few) > 1 {
					size = "kilo"
				}
				bubble, more := w.card(card, size, room)
				bubbles, left = append(bubbles, bubble), join(left, more)
			}
			return bubbles, left
		})...)
	}
	if len(out.Buttons) > 0 {
		list = append(list, w.flex(out, w.buttons(message.Outbound{Text: "▾", Buttons: out.Buttons}))...)
	}
	return list
}

// card is a bubble with a picture, a title, a price, a text and buttons.
func (w writer) card(card message.Card, size string, room int) (*container, string) {
	var left []string
	link := cmp.Or(card.URL, card.QR)
	body := column()
	body.add(some(cut(card.Title, min(room, maxTitle), &left), "lg").bold(), w.price(card), some(cut(card.Text, room, &left), "sm"))
	foot, mute := w.presses(card.Buttons)
	if !opened(card.Buttons, link) {
		foot.add(w.opening(link, "line.open"))
	}
	var hero *component
	switch code, image := w.codePicture(card.QR), w.secure(card.Image); {
	case image != "":
		hero = picture(image, "20:13", "cover").doing(w.opens(link))
	case code != "":
		hero = picture(code, "1:1", "fit").doing(w.opens(link))
	}
	if len(body.Contents) == 0 && len(foot.Contents) == 0 { // a bubble needs a body
		body.add(label("…", "sm"))
	}
	return bubble(size, hero, body, foot), join(join(left...), mute)
}

// opened says whether one of the buttons leads to the link already.
func opened(buttons []message.Button, link string) bool {
	for _, button := range buttons {
		if button.URL == link {
			return true
		}
	}
	return link == ""
}

// price is that of a card, and what it was before; nil without one.
func (w writer) price(card message.Card) *component {
	if card.Price == nil {
		return nil
	}
	now := label(card.Price.In(w.language), "md").bold().coloured(strong)
	if card.Was == nil {
		return now
	}
	before := label(card.Was.In(w.language), "sm").coloured(quiet).share(0)
	before.Decoration = "line-through"
	return row(now.share(0), before)
}

// codePicture is the picture of a QR code that leads to link.
func (w writer) codePicture(link string) string {
	if link == "" || w.qrPicture == nil {
		return ""
	}
	return w.secure(w.qrPicture(w.absolute(link)))
}

// list shows cards as rows, under a heading.
func (w writer) list(out message.Outbound) draft {
	return func(room int) (bubbles []*container, rest string) {
		var left []string
		heading := cut(out.Text, min(room, maxTitle), &left)
		for cards := out.Cards; len(cards) > 0; {
			rows := cards[:min(len(cards), rowsABubble)]
			cards = cards[len(rows):]
			body := column()
			body.add(some(heading, "lg").bold())
			for i, card := range rows {
				if i > 0 || heading != "" {
					body.add(separator())
				}
				body.add(w.line(card, min(room, 300), &left))
			}
			bubbles = append(bubbles, bubble("mega", nil, body, nil))
		}
		foot, mute := w.presses(out.Buttons)
		last := bubbles[len(bubbles)-1]
		bubbles[len(bubbles)-1] = bubble("mega", nil, last.Body, foot)
		if len(bubbles) > maxBubbles {
			return nil, ""
		}
		return bubbles, join(join(left...), mute)
	}
}

// line is a row of a list: a tap on it does what the card's first button does.
// Its other buttons are left.
func (w writer) line(card message.Card, room int, left *[]string) *component {
	words := column(label(cut(message.Priced(card, w.language), min(room, maxTitle), left), "md").bold())
	words.add(some(cut(card.Text, room, left), "sm"))
	words.share(3)
	line := row(words)
	line.Margin = "md"
	if image := w.secure(card.Image); image != "" {
		line.add(picture(image, "1:1", "cover").share(1))
	}
	buttons, link := card.Buttons, cmp.Or(card.URL, card.QR)
	switch {
	case link != "":
		line.doing(w.opens(link))
	case len(buttons) > 0:
		line.doing(w.press(buttons[0]))
		if line.Action != nil {
			buttons = buttons[1:]
		}
	}
	for _, button := range buttons {
		if press := w.press(button); press != nil {
			words.add(label("▸ "+message.Shorten(button.Label, maxTitle, message.UTF16), "sm").coloured(linked).doing(press))
		} else {
			*left = append(*left, w.words().Of(message.Outbound{Buttons: []message.Button{button}}))
		}
	}
	return line
}

// buttons is a text with buttons under it.
func (w writer) buttons(out message.Outbound) draft {
	return func(room int) ([]*container, string) {
		var left []string
		foot, mute := w.presses(out.Buttons)
		body := column()
		body.add(some(cut(out.Text, room, &left), "md"))
		if len(foot.Contents) == 0 {
			return nil, ""
		}
		return []*container{bubble("mega", nil, body, foot)}, join(join(left...), mute)
	}
}

// receipt shows what was ordered or paid, line by line.
func (w writer) receipt(out message.Outbound) draft {
	r := out.Receipt
	return func(room int) ([]*container, string) {
		var left []string
		body := column()
		body.add(some(cut(out.Text, room, &left), "sm"))
		body.add(some(cut(r.Title, min(room, maxTitle), &left), "lg").bold())
		body.add(some(cut(r.State, min(room, maxTitle), &left), "sm"))
		if r.Number != "" {
			body.add(label("# "+cut(r.Number, min(room, maxTitle), &left), "xs").coloured(quiet))
		}
		if len(r.Lines) > 0 {
			body.add(separator())
		}
		for i, line := range r.Lines {
			if i == maxReceipt {
				body.add(label("…", "sm"))
				left = append(left, w.words().Of(message.Outbound{Language: w.language, Receipt: &message.Receipt{Lines: r.Lines}}))
				break
			}
			name := line.Name
			if line.Quantity > 0 {
				name = strconv.Itoa(line.Quantity) + " × " + name
			}
			body.add(amountRow(cut(name, min(room, maxTitle), &left), line.Amount.In(w.language), "sm"))
		}
		if r.Total.Currency != "" {
			total := amountRow("=", r.Total.In(w.language), "md")
			total.Contents[1].bold()
			body.add(separator(), total)
		}
		foot, mute := w.presses(out.Buttons)
		if !opened(out.Buttons, r.URL) {
			foot.add(w.opening(r.URL, "line.details"))
		}
		return []*container{bubble("mega", nil, body, foot)}, join(join(left...), mute)
	}
}

func amountRow(name, amount, size string) *component {
	value := label(amount, size).coloured(strong).share(0)
	value.Align = "end"
	return row(label(name, size).coloured(quiet).share(1), value)
}

// coupon shows a code that a tap copies.
func (w writer) coupon(out message.Outbound) draft {
	c := out.Coupon
	return func(room int) ([]*container, string) {
		var left []string
		body := column()
		body.add(some(cut(c.Title, min(room, maxTitle), &left), "lg").bold(), some(cut(c.Text, room, &left), "sm"))
		if c.Code != "" {
			code := label(cut(c.Code, min(room, maxTitle), &left), "xl").bold()
			code.Align = "center"
			box := column(code)
			box.Background, box.Corner, box.Padding, box.Margin = "#F2F2F2", "md", "md", "md"
			if message.Length(c.Code, message.UTF16) <= maxClipboard {
				box.doing(&action{Type: "clipboard", Label: "⧉", Clipboard: c.Code})
			}
			body.add(box)
		}
		body.add(some(cut(c.Until, min(room, maxTitle), &left), "xs").coloured(quiet))
		foot, mute := w.presses(out.Buttons)
		foot.add(w.opening(c.URL, "line.use"))
		if len(body.Contents) == 0 {
			return nil, ""
		}
		return []*container{bubble("mega", nil, body, foot)}, join(join(left...), mute)
	}
}

// code is the picture of a QR code, which a tap opens: whoever reads it on the
// phone can't scan it.
func (w writer) code(out message.Outbound) draft {
	return func(room int) ([]*container, string) {
		var left []string
		image := w.secure(out.Image)
		if image == "" {
			image = w.codePicture(out.URL)
		}
		open := w.opening(out.URL, "line.open")
		if image == "" || open == nil {
			return nil, ""
		}
		body := column()
		body.add(some(cut(out.Text, room, &left), "md"))
		foot, mute := w.presses(out.Buttons)
		foot.add(open)
		return []*container{bubble("mega", picture(image, "1:1", "fit").doing(w.opens(out.URL)), body, foot)},
			join(join(left...), mute)
	}
}
