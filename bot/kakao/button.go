package kakao

import (
	"strings"

	"plaza/message"
)

// pen writes messages for one person.
type pen struct {
	*Channel
	account  *account
	language string
}

func (p pen) say(key string) string { return p.text(p.language, key) }

// button is one of ours as Kakao has it. Its payload comes back as clientExtra.
// With a block to run, its word can't be taken for something else; without, its
// word is said as if the person had typed it.
func (p pen) button(b message.Button) (Button, bool) {
	made := Button{Label: shorten(b.Label, maxLabel)}
	number, calls := strings.CutPrefix(b.URL, "tel:")
	switch {
	case calls:
		made.Action, made.PhoneNumber = PhoneAction, number
	case b.URL != "":
		made.Action, made.WebLinkURL = WebLinkAction, p.absolute(b.URL)
		if made.WebLinkURL == "" {
			return Button{}, false
		}
	default:
		made.Action, made.BlockID, made.MessageText, made.Extra = p.press(b)
	}
	return made, made.Label != ""
}

// press is what a button without an address does.
func (p pen) press(b message.Button) (action Action, block, says string, extra map[string]any) {
	if b.Payload != "" && len(b.Payload) <= maxExtra {
		extra = map[string]any{payloadExtra: b.Payload}
	}
	return p.run(shorten(either(b.Word(), either(b.Label, "▸")), maxText), extra)
}

// run calls our skill: by its block if we know it, otherwise by saying a word.
func (p pen) run(word string, extra map[string]any) (Action, string, string, map[string]any) {
	if p.account.BlockID != "" {
		return BlockAction, p.account.BlockID, word, extra
	}
	return MessageAction, "", word, extra
}

// buttons are those of a card. What a card has no room for is left.
func (p pen) buttons(list []message.Button, most int) (made []Button, left []message.Button) {
	for i, b := range list {
		if len(made) == most {
			return made, list[i:]
		}
		if button, ok := p.button(b); ok {
			made = append(made, button)
		}
	}
	return made, nil
}

// quick is an answer that is offered under the messages; a link can't be one.
func (p pen) quick(b message.Button) (QuickReply, bool) {
	if b.URL != "" || strings.TrimSpace(b.Label) == "" {
		return QuickReply{}, false
	}
	q := QuickReply{Label: shorten(b.Label, maxLabel)}
	q.Action, q.BlockID, q.MessageText, q.Extra = p.press(b)
	return q, true
}

// quicks are answers to choose from, and what can't be one.
func (p pen) quicks(list []message.Button) (made []QuickReply, left []message.Button) {
	for _, b := range list {
		if q, ok := p.quick(b); ok && len(made) < maxQuick-1 { // one is for "more"
			made = append(made, q)
		} else {
			left = append(left, b)
		}
	}
	return made, left
}

// more fetches what waits.
func (p pen) more(label string) QuickReply {
	q := QuickReply{Label: shorten(p.say(label), maxLabel)}
	q.Action, q.BlockID, q.MessageText, q.Extra = p.run(p.say(label), map[string]any{fetchExtra: true})
	return q
}

// link is a button that opens an address.
func (p pen) link(label, address string) []message.Button {
	if address == "" {
		return nil
	}
	return []message.Button{{Label: p.say(label), URL: address}}
}
