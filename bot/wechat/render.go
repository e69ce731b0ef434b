package wechat

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"plaza/message"
)

// The most articles that one reply may hold (platform document: "Passive
// replies"): eight, but one only when answering something the person sent.
const (
	eventArticles   = 8
	messageArticles = 1
)

// pictureTitle stands for a picture that came without words, in every language.
const pictureTitle = "🖼"

// nothing tells WeChat that all is well and nothing is to be shown.
func nothing() message.Response {
	return message.Response{Status: http.StatusOK, ContentType: "text/plain; charset=utf-8", Body: []byte("success")}
}

// Render answers a push with as much of the answer as WeChat takes in one
// reply, and gives back what is left, in pieces that Send can deliver with one
// call each wherever possible. Texts that follow one another go into one reply
// while they fit: accounts that WeChat has not verified can send nothing but
// this reply.
func (c *Channel) Render(_ []byte, received message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error) {
	p, ok := received.Context.(*push)
	if !ok || p.silent {
		return nothing(), nil, nil
	}
	reply, rest, ok := c.transfer(p, answer)
	if !ok {
		limit := messageArticles
		if p.event {
			limit = eventArticles
		}
		reply, rest = c.first(p.account, answer, limit)
	}
	if reply.Type == "" {
		return nothing(), nil, nil
	}
	return c.encode(p, reply), rest, nil
}

// Encode answers a push with a reply of the caller's own making.
func (c *Channel) Encode(received message.Received, reply Reply) message.Response {
	p, ok := received.Context.(*push)
	if !ok {
		return nothing()
	}
	return c.encode(p, reply)
}

// transfer hands over to WeChat's own agents if the account wants that. Only a
// reply can do it, so everything else of the answer has to go another way.
func (c *Channel) transfer(p *push, answer []message.Outbound) (reply Reply, rest []message.Outbound, ok bool) {
	if !p.account.WeChatAgents {
		return Reply{}, nil, false
	}
	for _, out := range answer {
		if out.Form == message.HandoverForm {
			ok = true
		}
		if out.Form != message.HandoverForm || out.Text != "" {
			rest = append(rest, c.single(out)...)
		}
	}
	return Reply{Type: TransferReply, Agent: p.account.AgentAccount}, rest, ok
}

// first finds the reply that starts the answer. The zero Reply means that there
// is nothing to say.
func (c *Channel) first(a *account, answer []message.Outbound, limit int) (reply Reply, rest []message.Outbound) {
	for len(answer) > 0 {
		next, left := c.compose(answer[0], limit, c.known(a.AppID, answer[0]))
		if !reply.take(next, len(left) == 0) {
			break
		}
		answer = answer[1:]
		if len(left) > 0 || reply.Type != TextReply {
			rest = left
			break
		}
	}
	for _, out := range answer {
		rest = append(rest, c.single(out)...)
	}
	return reply, rest
}

// single makes messages that Send can deliver with one call each, of one that
// is too long for that.
func (c *Channel) single(out message.Outbound) []message.Outbound {
	if reply, _ := c.compose(out, messageArticles, attachment{}); reply.Type != TextReply {
		return []message.Outbound{out}
	}
	return c.split(out)
}

// take puts the next message into the reply if it fits there whole.
func (r *Reply) take(next Reply, whole bool) bool {
	const between = "\n\n"
	switch {
	case next.Type == TextReply && next.Text == "":
		return true // nothing to say
	case r.Type == "":
		*r = next
		return true
	case next.Type != TextReply || !whole || len(r.Text)+len(between)+len(next.Text) > maxText:
		return false
	}
	r.Text += between + next.Text
	return true
}

// picture is an article that shows a picture and opens a page. It needs no
// upload, and WeChat shows it on accounts of every type. Words that it has no
// room for follow as a text.
func (c *Channel) picture(words, url, image string) (Reply, []message.Outbound) {
	article := Article{Title: words, URL: c.absolute(url), Picture: c.absolute(image)}
	var left []message.Outbound
	switch length := utf8.RuneCountInString(words); {
	case length == 0:
		article.Title = pictureTitle
	case length > maxDescription:
		article.Title = shorten(words, maxTitle)
		left = c.split(message.Text(words))
	case length > maxTitle:
		article.Title, article.Description = shorten(words, maxTitle), words
	}
	return Reply{Type: NewsReply, Articles: []Article{article}}, left
}

// articles shows cards, if there are no more than limit and each has a page to
// open or a picture that is all there is to see. Buttons that an article can't show follow in a message
// of their own; of several cards, the pages behind them have the buttons.
func (c *Channel) articles(out message.Outbound, limit int) (list []Article, left []message.Outbound, ok bool) {
	cards := out.Cards
	if len(cards) == 0 || len(cards) > limit {
		return nil, nil, false
	}
	for _, card := range cards {
		article, mute := c.article(card, out.Language)
		// Without a page to open, nothing may be left to it.
		complete := article.Picture != "" && len(card.Buttons) == 0 && utf8.RuneCountInString(card.Text) <= maxDescription
		if article.URL == "" && !complete {
			return nil, nil, false
		}
		list = append(list, article)
		if len(cards) == 1 && len(mute) > 0 {
			left = append(left, message.Choice(card.Title, mute...))
		}
	}
	return list, left, true
}

// article shows a card, and says which of its buttons have no place in it: those
// that open another page, and those that have no word to type.
func (c *Channel) article(card message.Card, language string) (a Article, mute []message.Button) {
	a.Title = shorten(message.Priced(card, language), maxTitle)
	link, picture := card.URL, card.Image
	if link == "" {
		link = card.QR
	}
	if picture == "" && card.QR != "" {
		picture = c.code(card.QR)
	}
	spoken := ""
	for _, button := range card.Buttons {
		switch {
		case button.URL != "" && (link == "" || link == button.URL):
			link = button.URL
		case button.URL == "" && button.Say != "":
			spoken += "\n▸ " + button.Label + message.Hint(button)
		default:
			mute = append(mute, button)
		}
	}
	// What to type matters more than the end of a long description.
	a.Description = shorten(card.Text, max(1, maxDescription-utf8.RuneCountInString(spoken))) + spoken
	a.Description = shorten(strings.TrimPrefix(a.Description, "\n"), maxDescription)
	a.URL, a.Picture = c.absolute(link), c.absolute(picture)
	return a, mute
}

// absolute makes an address whole that starts at our own root.
func (c *Channel) absolute(url string) string {
	if strings.HasPrefix(url, "/") && !strings.HasPrefix(url, "//") {
		return c.publicURL + url
	}
	return url
}

// code is the address of a picture of a QR code that leads to link.
func (c *Channel) code(link string) string {
	if c.qrPicture == nil || link == "" {
		return ""
	}
	return c.qrPicture(c.absolute(link))
}

// encode writes the reply, encrypted if the push was, with the key it came with
// and a time and nonce of our own.
func (c *Channel) encode(p *push, reply Reply) message.Response {
	at := c.now()
	document := reply.appendXML(make([]byte, 0, 512), p.user, p.self, at)
	if p.sealed {
		document = p.seal(document, strconv.FormatInt(at.Unix(), 10))
	}
	return message.Response{Status: http.StatusOK, ContentType: "text/xml; charset=utf-8", Body: document}
}

func (p *push) seal(document []byte, timestamp string) []byte {
	var random [randomLength + 8]byte
	rand.Read(random[:]) // never fails: it ends the program instead
	encrypted := p.key.encrypt([randomLength]byte(random[:]), document, p.account.AppID)
	nonce := hex.EncodeToString(random[randomLength:])
	sum := signature(p.account.Token, timestamp, nonce, encrypted)
	b := make([]byte, 0, len(encrypted)+256)
	b = append(append(append(b, "<xml><Encrypt><![CDATA["...), encrypted...), "]]></Encrypt><MsgSignature><![CDATA["...)
	b = append(append(b, sum[:]...), "]]></MsgSignature><TimeStamp>"...)
	b = append(append(b, timestamp...), "</TimeStamp><Nonce><![CDATA["...)
	return append(append(b, nonce...), "]]></Nonce></xml>"...)
}
