package telegram

import (
	"strings"

	"plaza/message"
)

// keyboard is either of Telegram's two: buttons under a message, or words in
// the place of the phone's own keyboard. The types are our own because the
// library's buttons always carry an empty copy_text as well.
type keyboard struct {
	Inline  [][]inlineButton `json:"inline_keyboard,omitempty"`
	Words   [][]wordButton   `json:"keyboard,omitempty"`
	Resize  bool             `json:"resize_keyboard,omitempty"`
	OneTime bool             `json:"one_time_keyboard,omitempty"`
}

type inlineButton struct {
	Text string `json:"text"`
	URL  string `json:"url,omitempty"`
	Data string `json:"callback_data,omitempty"`
	// App opens a page inside Telegram, with a statement of who opened it.
	App *miniApp `json:"web_app,omitempty"`
}

type miniApp struct {
	URL string `json:"url"`
}

// openInside makes Mini Apps of the links to the shop's and payments' pages,
// which want to know who opens them.
func (k *keyboard) openInside(publicURL string) {
	if k == nil || !strings.HasPrefix(publicURL, "https://") {
		return
	}
	for _, row := range k.Inline {
		for i := range row {
			b := &row[i]
			if strings.HasPrefix(b.URL, publicURL+"/shop/") || strings.HasPrefix(b.URL, publicURL+"/pay/") {
				b.App, b.URL = &miniApp{b.URL}, ""
			}
		}
	}
}

type wordButton struct {
	Text string `json:"text"`
}

const (
	maxButtons = 100 // of a keyboard
	maxLabel   = 64  // characters; longer ones are cut off on phones anyway
	// rowLength is how wide the labels of one row may be in all, so that a phone
	// shows them whole.
	rowLength = 24
	maxRow    = 4
)

// keyboards makes the keyboard of a message, if it has any; kept is what has to
// be kept before it is sent. Only one keyboard fits: quick replies that are
// words become words to send, and stand under the buttons otherwise.
func keyboards(buttons, quick []message.Button) (made *keyboard, kept map[string]string) {
	if len(buttons) == 0 && allWords(quick) {
		if len(quick) == 0 {
			return nil, nil
		}
		made = &keyboard{Resize: true, OneTime: true}
		for _, row := range rows(quick) {
			words := make([]wordButton, len(row))
			for i, b := range row {
				words[i] = wordButton{cutLabel(b.Word())}
			}
			made.Words = append(made.Words, words)
		}
		return made, nil
	}
	made, kept = &keyboard{}, make(map[string]string)
	for _, group := range [][]message.Button{buttons, quick} {
		for _, row := range rows(group) {
			inline := make([]inlineButton, len(row))
			for i, b := range row {
				inline[i] = inlineButton{Text: cutLabel(b.Label), URL: b.URL}
				if b.URL != "" {
					continue
				}
				data, name, meaning := callbackData(b)
				if inline[i].Data = data; name != "" {
					kept[name] = meaning
				}
			}
			made.Inline = append(made.Inline, inline)
		}
	}
	return made, kept
}

// allWords says whether saying its word does the same as each of the buttons.
func allWords(buttons []message.Button) bool {
	for _, b := range buttons {
		if b.URL != "" || b.Payload != "" && b.Say == "" || message.Length(b.Word(), message.Characters) > maxLabel {
			return false
		}
	}
	return true
}

func cutLabel(label string) string { return message.Shorten(label, maxLabel, message.Characters) }

// rows puts buttons side by side where their labels are short.
func rows(buttons []message.Button) (rows [][]message.Button) {
	length := 0
	for _, b := range buttons {
		next := message.Length(b.Label, width)
		if last := len(rows) - 1; last >= 0 && len(rows[last]) < maxRow && length+next <= rowLength {
			rows[last], length = append(rows[last], b), length+next
			continue
		}
		rows, length = append(rows, []message.Button{b}), next
	}
	return rows
}

// width is how wide a character is: those of Chinese and Korean take the room
// of two letters.
func width(r rune) int {
	if r < 0x1100 {
		return 1
	}
	return 2
}

// usable sorts out the buttons that Telegram would refuse a message for: those
// without a label, whose address is none, or that are too many. They become
// words.
func usable(buttons []message.Button, absolute func(string) string) (good, bad []message.Button) {
	for _, b := range buttons {
		if b.URL != "" {
			b.URL = absolute(b.URL)
		}
		if strings.TrimSpace(b.Label) == "" || b.URL != "" && !linkable(b.URL) || len(good) == maxButtons {
			bad = append(bad, b)
			continue
		}
		good = append(good, b)
	}
	return good, bad
}
