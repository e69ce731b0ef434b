package telegram

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"

	"plaza/message"
)

// The limits of what Telegram shows, in UTF-16 code units after entities have
// been taken out (platform document: "sendMessage", "sendPhoto").
const (
	maxText    = 4096
	maxCaption = 1024
)

// styled is a text with its entities. Entities need no escaping and can't be
// broken by what people write, unlike HTML.
type styled struct {
	text     string
	entities []models.MessageEntity
}

// writer makes a styled text.
type writer struct {
	language string // that amounts are written in
	b        strings.Builder
	length   int // of b, in UTF-16 code units
	entities []models.MessageEntity
}

func (w *writer) done() styled { return styled{w.b.String(), w.entities} }

func (w *writer) plain(text string) {
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	w.b.WriteString(text)
	w.length += message.Length(text, message.UTF16)
}

// mark writes text in styles.
func (w *writer) mark(text string, styles ...models.MessageEntityType) {
	start := w.length
	w.plain(text)
	for _, style := range styles {
		w.over(start, models.MessageEntity{Type: style})
	}
}

// over lays an entity over all from start on.
func (w *writer) over(start int, e models.MessageEntity) {
	if e.Offset, e.Length = start, w.length-start; e.Length > 0 {
		w.entities = append(w.entities, e)
	}
}

// link writes a label that leads to an address, or both where Telegram would
// refuse the whole message for its address.
func (w *writer) link(address, label string, styles ...models.MessageEntityType) {
	if label == "" {
		label = address
	}
	start := w.length
	w.mark(label, styles...)
	switch {
	case linkable(address):
		w.over(start, models.MessageEntity{Type: models.MessageEntityTypeTextLink, URL: address})
	case label != address:
		w.plain(" (" + address + ")")
	}
}

// line begins a new line, unless nothing has been written.
func (w *writer) line() {
	if w.length > 0 {
		w.plain("\n")
	}
}

// lineOf writes a line of plain text, if there is any.
func (w *writer) lineOf(text string) {
	if text != "" {
		w.line()
		w.plain(text)
	}
}

// linkable says whether Telegram takes an address in links and buttons. It
// refuses hosts without a dot, such as localhost.
func linkable(address string) bool {
	if strings.ContainsAny(address, " \n\r\t") {
		return false
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return false
	}
	return parsed.Scheme == "tg" && parsed.Host != "" ||
		(parsed.Scheme == "https" || parsed.Scheme == "http") && strings.Contains(parsed.Hostname(), ".")
}

// blank says whether Telegram would call the text empty.
func (t styled) blank() bool { return strings.TrimSpace(t.text) == "" }

// pieces cuts a text into messages, and its entities with it.
func (t styled) pieces(limit int) (pieces []styled) {
	for length := message.Length(t.text, message.UTF16); !t.blank(); {
		head, tail := message.Cut(t.text, limit, message.UTF16)
		headLength, tailLength := message.Length(head, message.UTF16), message.Length(tail, message.UTF16)
		piece := styled{head, within(t.entities, 0, headLength)}
		if !piece.blank() {
			pieces = append(pieces, piece)
		}
		t = styled{tail, within(t.entities, length-tailLength, length)}
		length = tailLength
	}
	return pieces
}

// within are the parts of entities between two places, counted from the first.
func within(entities []models.MessageEntity, from, to int) (inside []models.MessageEntity) {
	for _, e := range entities {
		start, end := max(e.Offset, from), min(e.Offset+e.Length, to)
		if start < end {
			e.Offset, e.Length = start-from, end-start
			inside = append(inside, e)
		}
	}
	return inside
}

// split makes messages that are sent by one call each of a plain text that is
// too long for that.
func split(out message.Outbound) []message.Outbound {
	if out.Form != message.TextForm || message.Length(out.Text, message.UTF16) <= maxText {
		return []message.Outbound{out}
	}
	var all []message.Outbound
	for _, piece := range message.Pieces(out.Text, maxText, message.UTF16) {
		if strings.TrimSpace(piece) != "" {
			all = append(all, message.Text(piece))
		}
	}
	if len(all) > 0 {
		all[len(all)-1].Quick, all[len(all)-1].Buttons = out.Quick, out.Buttons
	}
	return all
}
