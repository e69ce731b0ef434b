package kakao

import (
	"strings"

	"plaza/message"
)

// The limits of what Kakao shows, in characters (platform document: "Answer
// types in JSON"). Where its editions differ, the stricter counts.
const (
	maxOutputs     = 3
	maxQuick       = 10
	maxBytes       = 30000 // of a whole response; over 30,720 may not be delivered
	maxText        = 1000
	maxAlt         = 50
	maxTitle       = 50
	maxTextCard    = 400 // title and description together
	maxSlidingText = 128 // a text card's description in a carousel
	maxDescription = 230 // of a basic card
	maxGoodsTitle  = 30
	maxGoodsText   = 40
	maxListTitle   = 40 // header and rows; Kakao cuts at the bubble's edge
	maxRows        = 5
	maxItems       = 10
	maxItemTitle   = 6
	maxItemText    = 40 // two lines
	maxSummary     = 14
	maxCards       = 10
	maxButtons     = 3
	maxListButtons = 2
	maxLabel       = 14
	maxExtra       = 500 // bytes of a payload
)

// shorten cuts to a number of characters and shows that it did.
func shorten(text string, limit int) string {
	return message.Shorten(strings.TrimSpace(text), limit, message.Characters)
}

func length(text string) int { return message.Length(text, message.Characters) }

// words is a message as text, with addresses that Kakao makes tappable.
func (c *Channel) words(out message.Outbound) string {
	return strings.TrimSpace(message.Words{Absolute: func(address string) string {
		if whole := c.absolute(address); whole != "" {
			return whole
		}
		return address
	}}.Of(out))
}

// simpleText is a bubble with text; nothing if there is none.
func simpleText(text string) []Output {
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return []Output{{SimpleText: &SimpleText{Text: shorten(text, maxText)}}}
}
