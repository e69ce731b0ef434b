package kakao

import (
	"strings"

	"plaza/message"
)

// compose finds Kakao's richest form for a message that split has made small
// enough: three outputs at most.
func (p pen) compose(out message.Outbound) (outputs []Output, quick []QuickReply) {
	outputs, left := p.form(out)
	quick, more := p.quicks(out.Quick)
	// Buttons that the form has no room for are offered as quick replies, and
	// links among them as lines of text.
	spare, lines := p.quicks(left)
	if len(quick)+len(spare) < maxQuick {
		quick = append(quick, spare...)
	} else {
		lines = left
	}
	if lines = append(lines, more...); len(lines) > 0 {
		rest := simpleText(p.words(message.Outbound{Form: message.ButtonsForm, Buttons: lines}))
		if len(outputs)+len(rest) > maxOutputs {
			outputs = outputs[:maxOutputs-len(rest)]
		}
		outputs = append(outputs, rest...)
	}
	return outputs, quick
}

// form is the message without its quick replies, and the buttons it has no room
// for.
func (p pen) form(out message.Outbound) (outputs []Output, left []message.Button) {
	switch out.Form {
	case message.ImageForm:
		return p.image(out)
	case message.VoiceForm, message.VideoForm, message.FileForm:
		return p.media(out)
	case message.LocationForm:
		return p.place(out)
	case message.CardForm, message.CardsForm, message.ProductForm:
		outputs, left = p.cards(out.Cards)
		return append(simpleText(out.Text), outputs...), append(left, out.Buttons...)
	case message.ListForm:
		if len(out.Cards) > 0 {
			return p.list(out)
		}
	case message.MenuForm:
		return simpleText(either(out.Text, "▸")), out.Buttons
	case message.ButtonsForm:
		return p.choice(out.Text, out.Buttons)
	case message.OrderForm, message.ReceiptForm:
		if out.Receipt != nil {
			made, left := p.receipt(*out.Receipt, out.Buttons)
			return append(simpleText(out.Text), made), left
		}
	case message.QRForm:
		return p.qr(out)
	case message.CouponForm:
		return p.coupon(out)
	case message.HandoverForm:
		if p.account.KakaoAgents {
			return p.agents(out), nil
		}
	}
	bare := out
	bare.Buttons, bare.Quick = nil, nil
	return p.choice(p.words(bare), out.Buttons)
}

func either(text, other string) string {
	if strings.TrimSpace(text) == "" {
		return other
	}
	return text
}

// choice is a text with buttons under it: a text card as long as it fits there.
func (p pen) choice(text string, buttons []message.Button) ([]Output, []message.Button) {
	text = strings.TrimSpace(text)
	if len(buttons) == 0 {
		return simpleText(text), nil
	}
	if len(buttons) > maxButtons && !containsButton(buttons, func(b message.Button) bool { return b.URL != "" }) {
		return simpleText(either(text, "▸")), buttons // quick replies
	}
	made, left := p.buttons(buttons, maxButtons)
	if len(made) == 0 {
		return simpleText(text), left
	}
	if length(text) > maxTextCard {
		return append(simpleText(text), Output{TextCard: &TextCard{Title: "▸", Buttons: made}}), left
	}
	return []Output{{TextCard: &TextCard{Description: either(text, "▸"), Buttons: made}}}, left
}

// image is a picture, with a caption if it has one.
func (p pen) image(out message.Outbound) ([]Output, []message.Button) {
	picture := p.absolute(out.Image)
	if picture == "" {
		return p.choice(p.words(message.Outbound{Form: out.Form, Text: out.Text, Image: out.Image}), out.Buttons)
	}
	if len(out.Buttons) > 0 && length(out.Text) <= maxDescription {
		buttons, left := p.buttons(out.Buttons, maxButtons)
		made := &BasicCard{Description: shorten(out.Text, maxDescription), Thumbnail: Thumbnail{ImageURL: picture}, Buttons: buttons}
		if len(buttons) > 0 {
			made.ButtonLayout = vertical
		}
		return []Output{{BasicCard: made}}, left
	}
	outputs := []Output{{SimpleImage: &SimpleImage{ImageURL: picture, AltText: shorten(out.Text, maxAlt)}}}
	return append(outputs, simpleText(out.Text)...), out.Buttons
}

// media is a recording, a video or a file: Kakao shows none, so a card leads
// there.
func (p pen) media(out message.Outbound) ([]Output, []message.Button) {
	if out.Media == nil {
		return p.choice(out.Text, out.Buttons)
	}
	signs := map[message.Form]string{message.VoiceForm: "🔊 ", message.VideoForm: "▶ ", message.FileForm: "📎 "}
	return p.leading(message.Card{
		Title: signs[out.Form] + either(out.Media.Name, p.say("kakao."+string(out.Form))), Text: out.Text,
		Image: out.Media.Preview, URL: out.Media.URL, Buttons: out.Buttons,
	})
}

// leading is one card, whose words go into a bubble of their own if they are too
// long for it.
func (p pen) leading(c message.Card) (outputs []Output, left []message.Button) {
	long := c.Text
	room := maxTextCard - maxTitle
	if p.kindOf(c) == basicCard {
		room = maxDescription
	}
	if length(long) > room {
		c.Text = ""
	} else {
		long = ""
	}
	outputs, left = p.cards([]message.Card{c})
	return append(simpleText(long), outputs...), left
}

func (p pen) place(out message.Outbound) ([]Output, []message.Button) {
	if out.Place == nil {
		return p.choice(out.Text, out.Buttons)
	}
	buttons := append([]message.Button{{Label: p.say("kakao.map"), URL: out.Place.Map()}}, out.Buttons...)
	outputs, left := p.leading(message.Card{Title: "📍 " + either(out.Place.Title, p.say("kakao.map")), Text: out.Place.Address, Buttons: buttons})
	return append(simpleText(out.Text), outputs...), left
}

func (p pen) qr(out message.Outbound) ([]Output, []message.Button) {
	picture := p.absolute(out.Image)
	if picture == "" {
		picture = p.code(out.URL)
	}
	if picture == "" {
		return p.choice(p.words(message.Outbound{Text: out.Text, URL: out.URL}), out.Buttons)
	}
	return p.leading(message.Card{Text: out.Text, Image: picture, URL: out.URL, Buttons: out.Buttons})
}

func (p pen) coupon(out message.Outbound) ([]Output, []message.Button) {
	if out.Coupon == nil {
		return p.choice(out.Text, out.Buttons)
	}
	k := *out.Coupon
	var lines []string
	for _, line := range []string{k.Text, "▸ " + k.Code, k.Until} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	outputs, left := p.leading(message.Card{Title: "🎟 " + k.Title, Text: strings.Join(lines, "\n"), URL: k.URL, Buttons: out.Buttons})
	return append(simpleText(out.Text), outputs...), left
}

// agents hands the person over to Kakao's own agents.
func (p pen) agents(out message.Outbound) []Output {
	return []Output{{TextCard: &TextCard{Description: shorten(either(out.Text, p.say("kakao.agents")), maxTextCard),
		Buttons: []Button{{Label: shorten(p.say("kakao.agent"), maxLabel), Action: OperatorAction}}}}}
}
