package message

import "plaza/money"

// Form of an outbound message.
type Form string

// What can be sent. A channel renders each as richly as its messenger allows.
const (
	TextForm    Form = "text"
	ImageForm   Form = "image"
	CardForm    Form = "card"    // one Card
	CardsForm   Form = "cards"   // several Cards, side by side
	ButtonsForm Form = "buttons" // Text with Buttons under it
	QRForm      Form = "qr"      // a QR code that leads to URL, with Text
	ReceiptForm Form = "receipt" // an order or payment with its lines
	// HandoverForm passes the conversation to human agents; Text, if any, tells
	// the person so.
	HandoverForm Form = "handover"
)

// Outbound is one message to a person. Which fields count depends on Form.
type Outbound struct {
	Form    Form     `bson:"form" json:"form"`
	Text    string   `bson:"text,omitempty" json:"text,omitempty"`
	Image   string   `bson:"image,omitempty" json:"image,omitempty"` // URL, absolute or from "/"
	URL     string   `bson:"url,omitempty" json:"url,omitempty"`
	Cards   []Card   `bson:"cards,omitempty" json:"cards,omitempty"`
	Buttons []Button `bson:"buttons,omitempty" json:"buttons,omitempty"`
	Receipt *Receipt `bson:"receipt,omitempty" json:"receipt,omitempty"`
}

// Card is a picture with a title, a text and buttons.
type Card struct {
	Title   string        `bson:"title" json:"title"`
	Text    string        `bson:"text,omitempty" json:"text,omitempty"`
	Image   string        `bson:"image,omitempty" json:"image,omitempty"`
	URL     string        `bson:"url,omitempty" json:"url,omitempty"`
	Price   *money.Amount `bson:"price,omitempty" json:"price,omitempty"`
	QR      string        `bson:"qr,omitempty" json:"qr,omitempty"` // shown as a code that leads there
	Buttons []Button      `bson:"buttons,omitempty" json:"buttons,omitempty"`
}

// Button either opens URL or sends Payload back as a Press. On a messenger
// without buttons it becomes a line of text that names the word to say.
type Button struct {
	Label   string `bson:"label" json:"label"`
	URL     string `bson:"url,omitempty" json:"url,omitempty"`
	Payload string `bson:"payload,omitempty" json:"payload,omitempty"`
	// Say is the word that does the same when typed.
	Say string `bson:"say,omitempty" json:"say,omitempty"`
}

// Receipt shows what was ordered or paid.
type Receipt struct {
	Title  string        `bson:"title" json:"title"`
	Number string        `bson:"number" json:"number"`
	State  string        `bson:"state,omitempty" json:"state,omitempty"` // as the reader sees it
	Lines  []ReceiptLine `bson:"lines,omitempty" json:"lines,omitempty"`
	Total  money.Amount  `bson:"total" json:"total"`
	URL    string        `bson:"url,omitempty" json:"url,omitempty"`
}

// ReceiptLine is one line of a receipt.
type ReceiptLine struct {
	Name     string       `bson:"name" json:"name"`
	Quantity int          `bson:"quantity" json:"quantity"` // 0: not counted, such as a discount
	Amount   money.Amount `bson:"amount" json:"amount"`
}

// Text makes a plain text message.
func Text(text string) Outbound { return Outbound{Form: TextForm, Text: text} }

// Image makes an image message.
func Image(url string) Outbound { return Outbound{Form: ImageForm, Image: url} }

// OneCard makes a message of one card.
func OneCard(card Card) Outbound { return Outbound{Form: CardForm, Cards: []Card{card}} }

// Choice makes a text with buttons under it.
func Choice(text string, buttons ...Button) Outbound {
	return Outbound{Form: ButtonsForm, Text: text, Buttons: buttons}
}

// Summary is the line shown in a list of conversations.
func (out Outbound) Summary() string {
	switch {
	case out.Text != "":
		return out.Text
	case len(out.Cards) > 0:
		return out.Cards[0].Title
	case out.Receipt != nil:
		return out.Receipt.Title
	default:
		return "[" + string(out.Form) + "]"
	}
}
