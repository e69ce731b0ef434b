package telegram

import (
	"fmt"
	"math"
	"path"
	"regexp"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"plaza/message"
)

// body is a message on its way to the calls that send it: files first, then
// text, then what can be pressed.
type body struct {
	text    styled
	files   []file
	place   *message.Place
	buttons []message.Button
	quick   []message.Button
	// bare messages show no preview of the page that they link to.
	bare bool
}

// file is one of ours or somebody's, by its address, or one that Telegram keeps.
type file struct {
	kind    fileKind
	address string
	name    string
	seconds int
}

// fileKind names the method that sends a file.
type fileKind string

const (
	photoFile    fileKind = "photo"
	voiceFile    fileKind = "voice"
	audioFile    fileKind = "audio"
	videoFile    fileKind = "video"
	documentFile fileKind = "document"
	stickerFile  fileKind = "sticker"
)

// bodyOf finds Telegram's richest form for a message.
func (c *Channel) bodyOf(out message.Outbound) body {
	w := writer{language: out.Language}
	b := body{buttons: out.Buttons, quick: out.Quick}
	switch out.Form {
	case message.RichForm:
		c.runs(&w, out.Runs)
	case message.ImageForm:
		b.files = c.picture(out.Image)
		w.plain(out.Text)
	case message.VoiceForm, message.VideoForm, message.FileForm:
		c.media(&w, &b, out)
	case message.LocationForm:
		c.place(&w, &b, out.Place)
	case message.StickerForm:
		c.sticker(&w, &b, out.Sticker)
	case message.CardForm, message.CardsForm, message.ProductForm:
		c.cards(&w, &b, out)
	case message.ListForm:
		c.list(&w, &b, out)
	case message.OrderForm, message.ReceiptForm:
		w.plain(out.Text)
		c.receipt(&w, out.Receipt)
		b.bare = true
	case message.QRForm:
		c.code(&w, &b, out)
	case message.CouponForm:
		w.plain(out.Text)
		c.coupon(&w, out.Coupon)
		b.bare = true
	default: // text, buttons, menu, handover, and what older parts put into text
		w.plain(out.Text)
		if out.Image != "" {
			b.files = c.picture(out.Image)
		}
		if out.URL != "" {
			w.line()
			w.link(c.absolute(out.URL), "")
		}
	}
	b.text = w.done()
	return c.pressable(b)
}

// pressable words the buttons that can't be shown as such.
func (c *Channel) pressable(b body) body {
	var bad, badQuick []message.Button
	b.buttons, bad = usable(b.buttons, c.absolute)
	b.quick, badQuick = usable(b.quick, c.absolute)
	if len(b.buttons)+len(b.quick) > maxButtons {
		room := max(0, maxButtons-len(b.buttons))
		badQuick, b.quick = append(badQuick, b.quick[room:]...), b.quick[:room]
	}
	if bad = append(bad, badQuick...); len(bad) == 0 {
		return b
	}
	w := writer{entities: b.text.entities}
	w.plain(b.text.text)
	for _, button := range bad {
		w.line()
		if button.URL != "" {
			w.link(button.URL, button.Label)
			continue
		}
		w.plain("▸ " + button.Word())
	}
	b.text = w.done()
	return b
}

func (c *Channel) runs(w *writer, runs []message.Run) {
	for _, run := range runs {
		var styles []models.MessageEntityType
		if run.Bold {
			styles = append(styles, models.MessageEntityTypeBold)
		}
		if run.Italic {
			styles = append(styles, models.MessageEntityTypeItalic)
		}
		if run.Strike {
			styles = append(styles, models.MessageEntityTypeStrikethrough)
		}
		if run.URL != "" {
			w.link(c.absolute(run.URL), run.Text, styles...)
			continue
		}
		if run.Code && len(styles) == 0 { // code can't be combined with anything
			styles = append(styles, models.MessageEntityTypeCode)
		}
		w.mark(run.Text, styles...)
	}
}

func (c *Channel) picture(address string) []file {
	if address == "" {
		return nil
	}
	return []file{{kind: photoFile, address: c.absolute(address)}}
}

// media shows a recording, a video or a file; what Telegram would not take as
// such becomes a link.
func (c *Channel) media(w *writer, b *body, out message.Outbound) {
	w.plain(out.Text)
	if out.Media == nil || out.Media.URL == "" {
		return
	}
	m := *out.Media
	address := c.absolute(m.URL)
	kind := mediaKind(out.Form, m)
	if kind == "" {
		w.line()
		w.link(address, m.Name)
		return
	}
	b.files = []file{{kind: kind, address: address, name: m.Name, seconds: (m.Length + 500) / 1000}}
}

// mediaKind is the method for a file, by its type or its name's ending.
func mediaKind(form message.Form, m message.Media) fileKind {
	ending := strings.ToLower(path.Ext(m.Name))
	if ending == "" {
		address, _, _ := strings.Cut(m.URL, "?")
		ending = strings.ToLower(path.Ext(address))
	}
	kind, _, _ := strings.Cut(m.Type, ";")
	switch {
	case form == message.FileForm:
		return documentFile
	case form == message.VideoForm && (kind == "video/mp4" || kind == "" && ending == ".mp4"):
		return videoFile
	case form == message.VoiceForm && (kind == "audio/ogg" || kind == "" && (ending == ".ogg" || ending == ".oga" || ending == ".opus")):
		return voiceFile
	case form == message.VoiceForm && (kind == "audio/mpeg" || kind == "audio/mp4" || kind == "audio/x-m4a" || kind == "" && (ending == ".mp3" || ending == ".m4a")):
		return audioFile
	}
	return ""
}

// place is a point on the map; what lies on none is told in words.
func (c *Channel) place(w *writer, b *body, p *message.Place) {
	switch {
	case p == nil:
	case math.Abs(p.Latitude) <= 90 && math.Abs(p.Longitude) <= 180:
		b.place = p
	default:
		w.plain(p.Title)
		w.lineOf(p.Address)
	}
}

// fileID is what Telegram's own ids of files look like; other messengers' ids
// of stickers are short numbers.
var fileID = regexp.MustCompile(`^[A-Za-z0-9_-]{30,}$`)

func (c *Channel) sticker(w *writer, b *body, s *message.Sticker) {
	switch {
	case s == nil:
	case fileID.MatchString(s.ID):
		b.files = []file{{kind: stickerFile, address: s.ID, name: s.Emoji}}
	default:
		w.plain(s.Emoji)
	}
}

// card writes a card behind a number, if it has one, without its picture and
// buttons.
func (c *Channel) card(w *writer, number string, card message.Card) {
	w.line()
	w.plain(number)
	link := card.URL
	if link == "" {
		link = card.QR
	}
	if link != "" {
		w.link(c.absolute(link), card.Title, models.MessageEntityTypeBold)
	} else {
		w.mark(card.Title, models.MessageEntityTypeBold)
	}
	if card.Price != nil {
		w.plain("  " + card.Price.In(w.language))
	}
	if card.Was != nil {
		w.plain("  ")
		w.mark(card.Was.In(w.language), models.MessageEntityTypeStrikethrough)
	}
	w.lineOf(card.Text)
}

// cards shows one card as a picture with its words and buttons, and several as
// an album with a list of them below: an album itself can have no buttons.
func (c *Channel) cards(w *writer, b *body, out message.Outbound) {
	w.plain(out.Text)
	b.bare = true
	for i, card := range out.Cards {
		image := card.Image
		if image == "" && card.QR != "" {
			image = c.codePicture(card.QR)
		}
		b.files = append(b.files, c.picture(image)...)
		if len(out.Cards) == 1 {
			c.card(w, "", card)
			b.buttons = append(card.Buttons, b.buttons...)
			return
		}
		c.numbered(w, b, i, card)
	}
}

// list shows cards as lines of one message.
func (c *Channel) list(w *writer, b *body, out message.Outbound) {
	w.mark(out.Text, models.MessageEntityTypeBold)
	b.bare, b.buttons = true, nil
	for i, card := range out.Cards {
		c.numbered(w, b, i, card)
	}
	b.buttons = append(b.buttons, out.Buttons...)
}

// numbered writes a card among others; its buttons have its number.
func (c *Channel) numbered(w *writer, b *body, i int, card message.Card) {
	w.line() // an empty line between cards
	number := strconv.Itoa(i + 1)
	c.card(w, number+". ", card)
	for _, button := range card.Buttons {
		if button.URL == "" && button.Payload == "" {
			button.Say = button.Word()
		}
		button.Label = number + " · " + button.Label
		b.buttons = append(b.buttons, button)
	}
}

func (c *Channel) receipt(w *writer, r *message.Receipt) {
	if r == nil {
		return
	}
	w.line()
	if r.URL != "" {
		w.link(c.absolute(r.URL), r.Title, models.MessageEntityTypeBold)
	} else {
		w.mark(r.Title, models.MessageEntityTypeBold)
	}
	w.lineOf(r.State)
	if r.Number != "" {
		w.line()
		w.plain("# ")
		w.mark(r.Number, models.MessageEntityTypeCode) // copied by a tap
	}
	for _, l := range r.Lines {
		count := ""
		if l.Quantity > 0 {
			count = strconv.Itoa(l.Quantity) + " × "
		}
		w.lineOf(count + l.Name + "  " + l.Amount.In(w.language))
	}
	if r.Total.Currency != "" {
		w.line()
		w.mark("= "+r.Total.In(w.language), models.MessageEntityTypeBold)
	}
}

func (c *Channel) coupon(w *writer, coupon *message.Coupon) {
	if coupon == nil {
		return
	}
	w.line()
	w.mark(coupon.Title, models.MessageEntityTypeBold)
	w.lineOf(coupon.Text)
	w.line()
	w.plain("▸ ")
	w.mark(coupon.Code, models.MessageEntityTypeCode)
	w.lineOf(coupon.Until)
	if coupon.URL != "" {
		w.line()
		w.link(c.absolute(coupon.URL), "")
	}
}

// code shows a QR code as a picture, with the link for who reads it on the same
// phone.
func (c *Channel) code(w *writer, b *body, out message.Outbound) {
	w.plain(out.Text)
	image := out.Image
	if image == "" {
		image = c.codePicture(out.URL)
	}
	b.files, b.bare = c.picture(image), true
	if out.URL != "" {
		w.line()
		w.link(c.absolute(out.URL), "")
	}
}

// codePicture is the address of a picture of a code that leads to link.
func (c *Channel) codePicture(link string) string {
	if c.qrPicture == nil || link == "" {
		return ""
	}
	return c.qrPicture(c.absolute(link))
}

// absolute makes an address whole that starts at our own root.
func (c *Channel) absolute(address string) string {
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return c.publicURL + address
	}
	return address
}

// coordinates write a place without words.
func coordinates(p message.Place) string { return fmt.Sprintf("%.5f, %.5f", p.Latitude, p.Longitude) }
