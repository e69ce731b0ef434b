package message

import "plaza/money"

// Form of an outbound message.
type Form string

// What can be sent. A channel renders each as richly as its messenger allows,
// and says how in its Renderings.
const (
	TextForm     Form = "text"
	RichForm     Form = "rich"     // Runs: text with emphasis and links
	ImageForm    Form = "image"    // Image, with Text as its caption
	VoiceForm    Form = "voice"    // Media, with Text as what is said
	VideoForm    Form = "video"    // Media, with Text as its caption
	FileForm     Form = "file"     // Media, with Text as its caption
	LocationForm Form = "location" // Place
	StickerForm  Form = "sticker"  // Sticker
	CardForm     Form = "card"     // one Card
	CardsForm    Form = "cards"    // several Cards, side by side
	ListForm     Form = "list"     // Text as heading, Cards as rows, Buttons below
	ButtonsForm  Form = "buttons"  // Text with Buttons under it
	MenuForm     Form = "menu"     // Text with Buttons, one of which is to be chosen
	ProductForm  Form = "product"  // Cards of things with a Price, to be bought
	OrderForm    Form = "order"    // Receipt of what is not paid yet, Buttons to pay
	ReceiptForm  Form = "receipt"  // Receipt: an order or payment with its lines
	QRForm       Form = "qr"       // a QR code that leads to URL, with Text
	CouponForm   Form = "coupon"   // Coupon
	// HandoverForm passes the conversation to human agents; Text, if any, tells
	// the person so.
	HandoverForm Form = "handover"
)

// Forms are all of them, in the order in which tables show them.
var Forms = [...]Form{
	TextForm, RichForm, ImageForm, VoiceForm, VideoForm, FileForm, LocationForm, StickerForm,
	CardForm, CardsForm, ListForm, ButtonsForm, MenuForm, ProductForm, OrderForm, ReceiptForm,
	QRForm, CouponForm, HandoverForm,
}

// Outbound is one message to a person. Which fields count depends on Form.
type Outbound struct {
	Form Form `bson:"form" json:"form"`
	// Language is the person's, when it is said: amounts are written in it.
	Language string `bson:"language,omitempty" json:"-"`

	Text    string   `bson:"text,omitempty" json:"text,omitempty"`
	Image   string   `bson:"image,omitempty" json:"image,omitempty"` // URL, absolute or from "/"
	URL     string   `bson:"url,omitempty" json:"url,omitempty"`
	Cards   []Card   `bson:"cards,omitempty" json:"cards,omitempty"`
	Buttons []Button `bson:"buttons,omitempty" json:"buttons,omitempty"`
	Receipt *Receipt `bson:"receipt,omitempty" json:"receipt,omitempty"`

	Runs    []Run    `bson:"runs,omitempty" json:"runs,omitempty"`
	Media   *Media   `bson:"media,omitempty" json:"media,omitempty"`
	Place   *Place   `bson:"place,omitempty" json:"place,omitempty"`
	Sticker *Sticker `bson:"sticker,omitempty" json:"sticker,omitempty"`
	Coupon  *Coupon  `bson:"coupon,omitempty" json:"coupon,omitempty"`
	// Speaker is who says it, where an account speaks by several names.
	Speaker string `bson:"speaker,omitempty" json:"speaker,omitempty"`
	// Quick are answers offered under a message of any form, gone once the
	// person has said something.
	Quick []Button `bson:"quick,omitempty" json:"quick,omitempty"`
}

// Run is a piece of rich text in one style. A line break is "\n" in Text.
type Run struct {
	Text   string `bson:"text" json:"text"`
	Bold   bool   `bson:"bold,omitempty" json:"bold,omitempty"`
	Italic bool   `bson:"italic,omitempty" json:"italic,omitempty"`
	Strike bool   `bson:"strike,omitempty" json:"strike,omitempty"`
	Code   bool   `bson:"code,omitempty" json:"code,omitempty"`
	URL    string `bson:"url,omitempty" json:"url,omitempty"` // makes the run a link
}

// Media is a recording, a video or a file that lies at an address.
type Media struct {
	URL     string `bson:"url" json:"url"` // absolute or from "/"
	Name    string `bson:"name,omitempty" json:"name,omitempty"`
	Type    string `bson:"type,omitempty" json:"type,omitempty"`       // MIME type
	Size    int64  `bson:"size,omitempty" json:"size,omitempty"`       // bytes; 0: not known
	Length  int    `bson:"length,omitempty" json:"length,omitempty"`   // milliseconds; 0: not known
	Preview string `bson:"preview,omitempty" json:"preview,omitempty"` // URL of a still picture
}

// Place is a point on the map.
type Place struct {
	Title     string  `bson:"title,omitempty" json:"title,omitempty"`
	Address   string  `bson:"address,omitempty" json:"address,omitempty"`
	Latitude  float64 `bson:"latitude" json:"latitude"`   // degrees, WGS 84
	Longitude float64 `bson:"longitude" json:"longitude"` // degrees, WGS 84
}

// Sticker is a picture of a messenger's own set; elsewhere its Emoji stands
// for it.
type Sticker struct {
	Set   string `bson:"set,omitempty" json:"set,omitempty"`
	ID    string `bson:"id,omitempty" json:"id,omitempty"`
	Emoji string `bson:"emoji,omitempty" json:"emoji,omitempty"`
}

// Coupon is a code that makes something cheaper.
type Coupon struct {
	Title string `bson:"title" json:"title"`
	Text  string `bson:"text,omitempty" json:"text,omitempty"`
	Code  string `bson:"code" json:"code"`
	Until string `bson:"until,omitempty" json:"until,omitempty"` // as the reader sees it
	URL   string `bson:"url,omitempty" json:"url,omitempty"`     // where it is used
}

// Card is a picture with a title, a text and buttons.
type Card struct {
	Title   string        `bson:"title" json:"title"`
	Text    string        `bson:"text,omitempty" json:"text,omitempty"`
	Image   string        `bson:"image,omitempty" json:"image,omitempty"`
	URL     string        `bson:"url,omitempty" json:"url,omitempty"`
	Price   *money.Amount `bson:"price,omitempty" json:"price,omitempty"`
	Was     *money.Amount `bson:"was,omitempty" json:"was,omitempty"` // the price before a reduction
	QR      string        `bson:"qr,omitempty" json:"qr,omitempty"`   // shown as a code that leads there
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
	case out.Coupon != nil:
		return out.Coupon.Title
	case out.Place != nil && out.Place.Title != "":
		return out.Place.Title
	case out.Sticker != nil && out.Sticker.Emoji != "":
		return out.Sticker.Emoji
	case out.Media != nil && out.Media.Name != "":
		return out.Media.Name
	case len(out.Runs) > 0:
		return out.Runs[0].Text
	default:
		return "[" + string(out.Form) + "]"
	}
}
