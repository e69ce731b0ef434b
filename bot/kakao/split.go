package kakao

import (
	"slices"

	"plaza/message"
)

// split makes messages of one that is too large for one: each of them takes
// three outputs at most.
func (p pen) split(out message.Outbound) []message.Outbound {
	switch out.Form {
	case message.CardsForm, message.ProductForm:
		if len(out.Cards) > maxCards {
			return chunks(out, out.Cards, maxCards)
		}
	case message.ListForm:
		if len(out.Cards) > maxRows {
			return chunks(out, out.Cards, maxRows)
		}
	case message.CardForm:
		if len(out.Cards) > 1 {
			out.Form = message.CardsForm
			return p.split(out)
		}
	}
	return p.long(out)
}

// chunks shows the text with the first and the buttons with the last.
func chunks(out message.Outbound, cards []message.Card, size int) (pieces []message.Outbound) {
	for some := range slices.Chunk(cards, size) {
		piece := out
		piece.Cards = some
		if len(pieces) > 0 {
			piece.Text = ""
		}
		piece.Buttons, piece.Quick = nil, nil
		pieces = append(pieces, piece)
	}
	last := &pieces[len(pieces)-1]
	last.Buttons, last.Quick = out.Buttons, out.Quick
	return pieces
}

// long puts a text over the limit of a bubble into messages of its own, in front
// of what comes with it.
func (p pen) long(out message.Outbound) []message.Outbound {
	text := out.Text
	worded := p.worded(out)
	if worded {
		bare := out
		bare.Buttons, bare.Quick = nil, nil
		text = p.words(bare)
	}
	if length(text) <= maxText {
		return []message.Outbound{out}
	}
	var pieces []message.Outbound
	for _, piece := range message.Pieces(text, maxText, message.Characters) {
		pieces = append(pieces, message.Text(piece))
	}
	if !worded {
		out.Text = ""
		return append(pieces, out)
	}
	last := &pieces[len(pieces)-1]
	last.Quick = out.Quick
	if len(out.Buttons) > 0 {
		last.Form, last.Buttons = message.ButtonsForm, out.Buttons
	}
	return pieces
}

// worded says whether a message is shown as text, and its Text is not all there
// is to it.
func (p pen) worded(out message.Outbound) bool {
	switch out.Form {
	case message.ImageForm, message.VoiceForm, message.VideoForm, message.FileForm, message.LocationForm,
		message.CardForm, message.CardsForm, message.ProductForm, message.ListForm,
		message.QRForm, message.CouponForm, message.OrderForm, message.ReceiptForm:
		return false
	}
	return true
}
