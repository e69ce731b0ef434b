package wechat

import (
	"strings"

	"plaza/message"
)

// The limits of what WeChat shows. It documents none for a text reply; 2048
// bytes is what every client library and its own work edition use. Titles and
// descriptions follow the platform's article editor.
const (
	maxText        = 2048 // bytes
	maxTitle       = 64   // characters
	maxDescription = 120  // characters
	maxPayload     = 128  // bytes, as for a menu key
)

// text is a message in words, with links that can be tapped. It is how
// everything is shown that WeChat has no form for.
func (c *Channel) text(out message.Outbound) string {
	if out.Form == message.TextForm && len(out.Buttons) == 0 && len(out.Quick) == 0 {
		return out.Text
	}
	return message.Words{Absolute: c.absolute, Link: anchor, Option: option, Style: c.style}.Of(out)
}

// option is a link that makes the person's WeChat say the button's word (a
// bizmsgmenu link), which comes back as a Press with the payload, or on account
// types that leave the payload out, as the word.
func option(button message.Button) string {
	label := linkLabel.Replace(button.Label)
	if button.Payload == "" && button.Say == "" {
		return label
	}
	return anchor("weixin://bizmsgmenu?msgmenucontent="+linkValue.Replace(button.Word())+"&msgmenuid="+payload(button), label)
}

// style shows a run of rich text: only links differ from plain text in WeChat.
func (c *Channel) style(run message.Run) string {
	if run.URL == "" {
		return run.Text
	}
	return anchor(c.absolute(run.URL), run.Text)
}

// noPayload is the id of an option without payload: only its word counts.
const noPayload = "0"

// payload is the id of a tappable option. One that would break the link or is
// too long is left out; the word still says what is meant.
func payload(button message.Button) string {
	if button.Payload == "" || len(button.Payload) > maxPayload || linkValue.Replace(button.Payload) != button.Payload {
		return noPayload
	}
	return button.Payload
}

// anchor makes a link.
func anchor(url, label string) string {
	return `<a href="` + linkAddress.Replace(url) + `">` + linkLabel.Replace(label) + "</a>"
}

// WeChat reads addresses and labels of links literally, without entities or
// percent codes, so what would end them early has to be left out.
var (
	linkAddress = strings.NewReplacer(`"`, "%22", "<", "%3C", ">", "%3E", "\n", "", "\r", "")
	linkValue   = strings.NewReplacer(`"`, "", "<", "", ">", "", "&", "", "=", "", "#", "", "\n", " ", "\r", "")
	linkLabel   = strings.NewReplacer("<", "", ">", "", "\n", " ", "\r", "")
)

// split makes messages of one that does not fit into a single text, cut at ends
// of lines where there are any.
func (c *Channel) split(out message.Outbound) []message.Outbound {
	text := c.text(out)
	if len(text) <= maxText {
		return []message.Outbound{out}
	}
	var pieces []message.Outbound
	for _, piece := range message.Pieces(text, maxText, message.Bytes) {
		pieces = append(pieces, message.Text(piece))
	}
	return pieces
}

// shorten cuts to a number of characters and shows that it did.
func shorten(text string, limit int) string {
	return message.Shorten(text, limit, message.Characters)
}
