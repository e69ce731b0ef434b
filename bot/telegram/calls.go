package telegram

import (
	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/message"
)

// call is one call of the Bot API: a pointer to the library's parameters of a
// method, and which files they are about.
type call struct {
	params any
	files  []file
	// instead says the same without files, for when Telegram can't get them.
	instead *tg.SendMessageParams
}

// maxAlbum is how many pictures an album holds; one alone is none.
const maxAlbum = 10

// calls are what sends a message to a chat, in order. kept is what has to be
// kept for its buttons before. inside opens the shop's pages inside Telegram.
func (c *Channel) calls(to string, out message.Outbound, inside bool) (calls []call, kept map[string]string) {
	b := c.bodyOf(out)
	markup, kept := keyboards(b.buttons, b.quick)
	if inside {
		markup.openInside(c.publicURL)
	}
	switch {
	case b.place != nil:
		calls = append(calls, placeCall(to, *b.place))
	case len(b.files) == 1 && message.Length(b.text.text, message.UTF16) <= maxCaption && captioned(b.files[0], b.text):
		one := fileCall(to, b.files[0], b.text)
		setMarkup(one.params, markup)
		one.instead = c.words(to, b.files[0], b.text, markup)
		return append(calls, one), kept
	default:
		calls = c.fileCalls(to, b)
	}
	for _, piece := range b.text.pieces(maxText) {
		calls = append(calls, call{params: textParams(to, piece, b.bare)})
	}
	if len(calls) == 0 && markup != nil {
		calls = append(calls, call{params: textParams(to, styled{text: noWords}, true)})
	}
	if len(calls) > 0 {
		setMarkup(calls[len(calls)-1].params, markup)
	}
	return calls, kept
}

// noWords stands over buttons that came without any: Telegram shows buttons
// under something only.
const noWords = "▾"

// captioned says whether the file can carry the text: a sticker carries none.
func captioned(f file, text styled) bool { return f.kind != stickerFile || text.blank() }

// fileCalls send the files of a message without its text: pictures as albums.
func (c *Channel) fileCalls(to string, b body) (calls []call) {
	for rest := b.files; len(rest) > 0; {
		size := min(len(rest), maxAlbum)
		if len(rest) == maxAlbum+1 {
			size = maxAlbum - 1 // leaves two, not one
		}
		group := rest[:size]
		rest = rest[size:]
		if len(group) == 1 {
			one := fileCall(to, group[0], styled{})
			one.instead = c.words(to, group[0], styled{}, nil)
			calls = append(calls, one)
			continue
		}
		album := &tg.SendMediaGroupParams{ChatID: to}
		for _, f := range group {
			album.Media = append(album.Media, &models.InputMediaPhoto{Media: f.address})
		}
		calls = append(calls, call{params: album, files: group})
	}
	return calls
}

// words say what a file would show.
func (c *Channel) words(to string, f file, text styled, markup *keyboard) *tg.SendMessageParams {
	w := writer{entities: text.entities}
	w.plain(text.text)
	if f.kind == stickerFile {
		w.plain(f.name)
	} else {
		w.line()
		w.link(f.address, f.name)
	}
	if w.done().blank() {
		return nil
	}
	said := w.done().pieces(maxText)[0]
	params := textParams(to, said, false)
	setMarkup(params, markup)
	return params
}

func textParams(to string, text styled, bare bool) *tg.SendMessageParams {
	params := &tg.SendMessageParams{ChatID: to, Text: text.text, Entities: text.entities}
	if bare {
		params.LinkPreviewOptions = &models.LinkPreviewOptions{IsDisabled: new(true)}
	}
	return params
}

func fileCall(to string, f file, caption styled) call {
	input := &models.InputFileString{Data: f.address}
	made := call{files: []file{f}}
	switch f.kind {
	case photoFile:
		made.params = &tg.SendPhotoParams{ChatID: to, Photo: input, Caption: caption.text, CaptionEntities: caption.entities}
	case voiceFile:
		made.params = &tg.SendVoiceParams{ChatID: to, Voice: input, Duration: f.seconds, Caption: caption.text, CaptionEntities: caption.entities}
	case audioFile:
		made.params = &tg.SendAudioParams{ChatID: to, Audio: input, Duration: f.seconds, Title: f.name, Caption: caption.text, CaptionEntities: caption.entities}
	case videoFile:
		made.params = &tg.SendVideoParams{ChatID: to, Video: input, Duration: f.seconds, SupportsStreaming: true, Caption: caption.text, CaptionEntities: caption.entities}
	case documentFile:
		made.params = &tg.SendDocumentParams{ChatID: to, Document: input, Caption: caption.text, CaptionEntities: caption.entities}
	case stickerFile:
		made.params = &tg.SendStickerParams{ChatID: to, Sticker: input}
	}
	return made
}

// placeCall sends a point on the map, with its name if it has one. Telegram
// wants an address of whatever has a name.
func placeCall(to string, p message.Place) call {
	if p.Title == "" {
		return call{params: &tg.SendLocationParams{ChatID: to, Latitude: p.Latitude, Longitude: p.Longitude}}
	}
	address := p.Address
	if address == "" {
		address = coordinates(p)
	}
	return call{params: &tg.SendVenueParams{ChatID: to, Latitude: p.Latitude, Longitude: p.Longitude, Title: p.Title, Address: address}}
}

// setMarkup puts a keyboard under a message that can have one.
func setMarkup(params any, markup *keyboard) {
	if markup == nil {
		return
	}
	switch p := params.(type) {
	case *tg.SendMessageParams:
		p.ReplyMarkup = markup
	case *tg.SendPhotoParams:
		p.ReplyMarkup = markup
	case *tg.SendVoiceParams:
		p.ReplyMarkup = markup
	case *tg.SendAudioParams:
		p.ReplyMarkup = markup
	case *tg.SendVideoParams:
		p.ReplyMarkup = markup
	case *tg.SendDocumentParams:
		p.ReplyMarkup = markup
	case *tg.SendStickerParams:
		p.ReplyMarkup = markup
	case *tg.SendLocationParams:
		p.ReplyMarkup = markup
	case *tg.SendVenueParams:
		p.ReplyMarkup = markup
	}
}
