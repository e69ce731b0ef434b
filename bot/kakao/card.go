package kakao

import (
	"strings"

	"plaza/message"
)

// card is a Card in the richest form that holds it: goods with a price in won,
// a picture with words, or words. Buttons that have no room are left.
type card struct {
	kind string
	any  any // what is in Output
	left []message.Button
}

// The types of cards in carousels.
const (
	textCard     = "textCard"
	basicCard    = "basicCard"
	commerceCard = "commerceCard"
	vertical     = "vertical" // three buttons with long labels
)

func (o *card) output() Output {
	switch made := o.any.(type) {
	case *CommerceCard:
		return Output{CommerceCard: made}
	case *BasicCard:
		return Output{BasicCard: made}
	}
	return Output{TextCard: o.any.(*TextCard)}
}

// kindOf is the richest type that a card can be.
func (p pen) kindOf(c message.Card) string {
	switch {
	case p.picture(c) == "":
		return textCard
	case won(c) && length(c.Title) <= maxGoodsTitle:
		return commerceCard
	}
	return basicCard
}

func won(c message.Card) bool {
	return c.Price != nil && c.Price.Currency == "KRW" && c.Price.Minor >= 0 &&
		(c.Was == nil || c.Was.Currency == "KRW")
}

// picture is the address of a card's picture, or of its code.
func (p pen) picture(c message.Card) string {
	if picture := p.absolute(c.Image); picture != "" {
		return picture
	}
	return p.code(c.QR)
}

// code is the address of a picture of a QR code that leads to link.
func (p pen) code(link string) string {
	if p.qrPicture == nil || link == "" {
		return ""
	}
	return p.absolute(p.qrPicture(p.absolute(link)))
}

// as makes a card of a type that it can be.
func (p pen) as(kind string, c message.Card, sliding bool) *card {
	address := p.absolute(c.URL)
	if address == "" {
		address = p.absolute(c.QR)
	}
	list := c.Buttons
	opens := func(b message.Button) bool { return b.URL != "" && p.absolute(b.URL) == address }
	if address != "" && !containsButton(list, opens) && len(list) < maxButtons {
		list = append(p.link("kakao.open", address), list...)
	}
	buttons, left := p.buttons(list, maxButtons)
	var link *Link
	if address != "" {
		link = &Link{Web: address}
	}
	made := &card{kind: kind, left: left}
	thumbnail := Thumbnail{ImageURL: p.picture(c), AltText: shorten(c.Title, maxAlt), Link: link, FixedRatio: !sliding && c.Image == "" && c.QR != ""}
	switch kind {
	case commerceCard:
		made.any = p.goods(c, thumbnail, buttons)
	case basicCard:
		b := &BasicCard{Title: shorten(message.Priced(c, p.language), maxTitle), Description: shorten(c.Text, maxDescription), Thumbnail: thumbnail, Buttons: buttons}
		if len(buttons) > 0 {
			b.ButtonLayout = vertical
		}
		made.any = b
	default:
		title, room := shorten(message.Priced(c, p.language), maxTitle), maxSlidingText
		if !sliding {
			room = maxTextCard - length(title)
		}
		t := &TextCard{Title: title, Description: shorten(c.Text, room), Buttons: buttons}
		if t.Title == "" && t.Description == "" {
			t.Title = "▸"
		}
		made.any = t
	}
	return made
}

func containsButton(list []message.Button, matches func(message.Button) bool) bool {
	for _, b := range list {
		if matches(b) {
			return true
		}
	}
	return false
}

// goods have a price. What was reduced is shown so by discountedPrice alone,
// whatever else is said.
func (p pen) goods(c message.Card, thumbnail Thumbnail, buttons []Button) *CommerceCard {
	g := &CommerceCard{Title: shorten(c.Title, maxGoodsTitle), Description: shorten(c.Text, maxGoodsText),
		Price: c.Price.Minor, Currency: "won", Thumbnails: []Thumbnail{thumbnail}, Buttons: buttons}
	if c.Was != nil && c.Was.Minor > c.Price.Minor && c.Price.Minor > 0 {
		g.Price, g.Discount, g.DiscountedPrice = c.Was.Minor, c.Was.Minor-c.Price.Minor, c.Price.Minor
	}
	return g
}

// cards shows cards side by side; one alone stands by itself. All are of the
// type that each of them can be.
func (p pen) cards(list []message.Card) (outputs []Output, left []message.Button) {
	kind := commerceCard
	for _, c := range list {
		switch p.kindOf(c) {
		case textCard:
			kind = textCard
		case basicCard:
			if kind == commerceCard {
				kind = basicCard
			}
		}
	}
	carousel := &Carousel{Type: kind}
	for _, c := range list {
		made := p.as(kind, c, len(list) > 1)
		left = append(left, made.left...)
		if len(list) == 1 {
			return []Output{made.output()}, left
		}
		carousel.Items = append(carousel.Items, made.any)
	}
	if len(carousel.Items) == 0 {
		return nil, nil
	}
	return []Output{{Carousel: carousel}}, left
}

// list shows cards as rows.
func (p pen) list(out message.Outbound) ([]Output, []message.Button) {
	made := &ListCard{Header: ListHeader{Title: shorten(out.Text, maxListTitle)}}
	if made.Header.Title == "" {
		made.Header.Title = "▸"
	}
	for _, c := range out.Cards {
		row := ListItem{Title: shorten(message.Priced(c, p.language), maxListTitle), Description: shorten(c.Text, maxListTitle), ImageURL: p.absolute(c.Image)}
		if row.Title == "" {
			row.Title = "▸"
		}
		address := p.absolute(c.URL)
		if address == "" && len(c.Buttons) > 0 && c.Buttons[0].URL != "" {
			address = p.absolute(c.Buttons[0].URL)
		}
		switch {
		case address != "":
			row.Link = &Link{Web: address}
		case len(c.Buttons) > 0 && c.Buttons[0].URL == "":
			row.Action, row.BlockID, row.MessageText, row.Extra = p.press(c.Buttons[0])
		}
		made.Items = append(made.Items, row)
	}
	buttons, left := p.buttons(out.Buttons, maxListButtons)
	made.Buttons = buttons
	outputs := []Output{{ListCard: made}}
	if length(strings.TrimSpace(out.Text)) > maxListTitle {
		outputs = append(simpleText(out.Text), outputs...)
	}
	return outputs, left
}
