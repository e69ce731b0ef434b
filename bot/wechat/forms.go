package wechat

import (
	"strings"
	"unicode/utf8"

	"plaza/message"
)

// attachment holds the media ids of a message's own files; empty where there
// are none, or none that WeChat takes.
type attachment struct {
	file  string // the picture, recording or video
	thumb string // the still picture of a video or recording
}

// compose finds WeChat's richest form for a message, and what it can't hold.
func (c *Channel) compose(out message.Outbound, limit int, files attachment) (Reply, []message.Outbound) {
	reply, left := c.composeAlone(out, limit, files)
	if reply.Type != TextReply && len(out.Quick) > 0 {
		left = append(left, message.Outbound{Form: message.MenuForm, Text: quickHead, Buttons: out.Quick})
	}
	return reply, left
}

// quickHead stands over quick answers that follow a message which is no text,
// in every language.
const quickHead = "👇"

// composeAlone leaves quick answers to compose, unless it is a text.
func (c *Channel) composeAlone(out message.Outbound, limit int, files attachment) (Reply, []message.Outbound) {
	switch out.Form {
	case message.ImageForm:
		if files.file != "" && out.Text == "" && len(out.Buttons) == 0 {
			return Reply{Type: ImageReply, MediaID: files.file}, nil
		}
		if len(out.Buttons) == 0 {
			return c.picture(out.Text, out.Image, out.Image)
		}
	case message.QRForm:
		picture := out.Image
		if picture == "" {
			picture = c.code(out.URL)
		}
		return c.picture(out.Text, out.URL, picture)
	case message.VoiceForm, message.VideoForm, message.FileForm:
		if out.Media != nil && out.Media.URL != "" && len(out.Buttons) == 0 {
			return c.medium(out, files)
		}
	case message.LocationForm:
		if out.Place != nil && len(out.Buttons) == 0 {
			return c.place(*out.Place), nil
		}
	case message.CardForm, message.CardsForm, message.ProductForm, message.ListForm:
		if list, left, ok := c.articles(out, limit); ok {
			if out.Text != "" { // an article has no room for words of the whole
				left = append(left, message.Text(out.Text))
			}
			return Reply{Type: NewsReply, Articles: list}, append(left, below(out.Buttons)...)
		}
	}
	pieces := c.split(out)
	return Reply{Type: TextReply, Text: c.text(pieces[0])}, pieces[1:]
}

// below are the buttons of a whole message whose form has no place for them.
func below(buttons []message.Button) []message.Outbound {
	if len(buttons) == 0 {
		return nil
	}
	return []message.Outbound{message.Choice(quickHead, buttons...)}
}

// medium shows a recording or a video that was uploaded; a recording that
// WeChat does not take as one is music, if there is a picture for it. Anything
// else is an article that leads to the file.
func (c *Channel) medium(out message.Outbound, files attachment) (Reply, []message.Outbound) {
	m := *out.Media
	title := shorten(m.Name, maxTitle)
	switch {
	case out.Form == message.VoiceForm && files.file != "":
		return Reply{Type: VoiceReply, MediaID: files.file}, said(out.Text)
	case out.Form == message.VoiceForm && files.thumb != "":
		address := c.absolute(m.URL)
		return Reply{Type: MusicReply, Title: title, Description: shorten(out.Text, maxDescription), MusicURL: address,
			HQMusicURL: address, ThumbMediaID: files.thumb}, tooLong(out.Text)
	case out.Form == message.VideoForm && files.file != "" && files.thumb != "":
		return Reply{Type: VideoReply, MediaID: files.file, ThumbMediaID: files.thumb, Title: title,
			Description: shorten(out.Text, maxDescription)}, tooLong(out.Text)
	}
	if title == "" {
		title = fileTitles[out.Form]
	}
	article := Article{Title: title, Description: shorten(out.Text, maxDescription), URL: c.absolute(m.URL), Picture: c.absolute(m.Preview)}
	return Reply{Type: NewsReply, Articles: []Article{article}}, tooLong(out.Text)
}

// fileTitles stand for files without a name, in every language.
var fileTitles = map[message.Form]string{message.VoiceForm: "🎧", message.VideoForm: "🎬", message.FileForm: "📄"}

// said is a text that follows; nothing if there is none.
func said(text string) []message.Outbound {
	if text == "" {
		return nil
	}
	return []message.Outbound{message.Text(text)}
}

// tooLong repeats a text whole that a description has no room for.
func tooLong(text string) []message.Outbound {
	if utf8.RuneCountInString(text) <= maxDescription {
		return nil
	}
	return said(text)
}

// place is an article that opens a map.
func (c *Channel) place(p message.Place) Reply {
	title := p.Title
	if title == "" {
		title = "📍"
	}
	return Reply{Type: NewsReply, Articles: []Article{{Title: shorten(title, maxTitle),
		Description: shorten(strings.TrimSpace(p.Address), maxDescription), URL: p.Map()}}}
}
