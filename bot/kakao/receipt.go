package kakao

import (
	"slices"
	"strconv"

	"plaza/message"
)

// receipt shows an order or a payment with its lines.
func (p pen) receipt(r message.Receipt, buttons []message.Button) (Output, []message.Button) {
	made := &ItemCard{ItemListAlignment: "right", Head: &Title{Title: shorten(r.Title, maxGoodsTitle)}}
	if made.Head.Title == "" {
		made.Head = nil
	}
	item := func(title, text string) {
		if title, text = shorten(title, maxItemTitle), shorten(text, maxItemText); title != "" && text != "" {
			made.ItemList = append(made.ItemList, Item{title, text})
		}
	}
	item(p.say("kakao.number"), r.Number)
	item(p.say("kakao.state"), r.State)
	total, alone := r.Total.In(p.language), false
	if r.Total.Currency != "" {
		alone = length(total) > maxSummary
		if !alone {
			made.ItemListSummary = &Item{shorten(p.say("kakao.total"), maxItemTitle), total}
		}
	}
	room := maxItems - len(made.ItemList)
	if alone {
		room--
	}
	for i, line := range r.Lines {
		if i == room-1 && len(r.Lines) > room {
			item("…", "+"+strconv.Itoa(len(r.Lines)-i))
			break
		}
		title := "▸"
		if line.Quantity > 0 {
			title = strconv.Itoa(line.Quantity) + " ×"
		}
		amount := "  " + line.Amount.In(p.language)
		item(title, shorten(line.Name, max(1, maxItemText-length(amount)))+amount)
	}
	if alone {
		item(p.say("kakao.total"), total)
	}
	if len(made.ItemList) == 0 {
		item("▸", r.Title+" ")
	}
	if len(made.ItemList) == 0 {
		item("▸", "…")
	}
	if address := p.absolute(r.URL); address != "" && !containsButton(buttons, func(b message.Button) bool { return b.URL != "" && p.absolute(b.URL) == address }) {
		buttons = slices.Concat(buttons, p.link("kakao.open", address)) // behind the one that pays
	}
	var left []message.Button
	made.Buttons, left = p.buttons(buttons, maxButtons)
	if len(made.Buttons) > 0 {
		made.ButtonLayout = vertical
	}
	return Output{ItemCard: made}, left
}
