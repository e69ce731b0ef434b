package telegramtest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"
)

func (a *arguments) readForm(body []byte, boundary string) *refusal {
	for reader := multipart.NewReader(bytes.NewReader(body), boundary); ; {
		part, err := reader.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return bad("can't parse the form")
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return bad("can't parse the form")
		}
		if part.FileName() != "" {
			a.uploads[part.FormName()], a.names[part.FormName()] = content, part.FileName()
			continue
		}
		a.values[part.FormName()] = string(content)
	}
}

// send serves the methods that send one message, perhaps with one file.
func send(method string, file ...string) func(*Platform, *arguments) (any, *refusal) {
	return func(p *Platform, args *arguments) (any, *refusal) {
		made := Delivered{Method: method, Arguments: args.values}
		textName, limit, needed := "caption", maxCaption, false
		if method == "sendMessage" {
			textName, limit, needed = "text", maxText, true
		}
		var no *refusal
		if made.Text, made.Entities, no = args.text(textName, limit, needed); no != nil {
			return nil, no
		}
		if no := args.keyboard(&made); no != nil {
			return nil, no
		}
		if method == "sendLocation" || method == "sendVenue" {
			if no := args.place(method == "sendVenue"); no != nil {
				return nil, no
			}
		}
		chat, no := p.reach(args, 1)
		if no != nil {
			return nil, no
		}
		for _, name := range file {
			id, no := p.file(args, name, args.values[name])
			if no != nil {
				return nil, no
			}
			made.Files = append(made.Files, id)
		}
		made.Chat = chat
		return p.deliver(made), nil
	}
}

// deliver makes the message, and the result that says so.
func (p *Platform) deliver(made Delivered) models.Message {
	p.message++
	made.ID = p.message
	p.delivered = append(p.delivered, made)
	sent := models.Message{ID: made.ID, Date: int(p.o.Now().Unix()), Chat: models.Chat{ID: made.Chat, Type: "private"}}
	if made.Method == "sendMessage" {
		sent.Text = made.Text
	} else {
		sent.Caption = made.Text
	}
	for _, id := range made.Files {
		switch made.Method {
		case "sendPhoto", "sendMediaGroup":
			sent.Photo = []models.PhotoSize{{FileID: "thumb-" + id, Width: 90, Height: 90}, {FileID: id, Width: 800, Height: 800}}
		case "sendVoice":
			sent.Voice = &models.Voice{FileID: id}
		case "sendAudio":
			sent.Audio = &models.Audio{FileID: id}
		case "sendVideo":
			sent.Video = &models.Video{FileID: id}
		case "sendDocument":
			sent.Document = &models.Document{FileID: id}
		}
	}
	return sent
}

// reach finds the chat, if the bot may write there now.
func (p *Platform) reach(args *arguments, messages int) (int64, *refusal) {
	chat := number(args.values["chat_id"])
	one := p.people[chat]
	switch {
	case args.values["chat_id"] == "":
		return 0, bad("chat_id is empty")
	case one == nil:
		return 0, bad("chat not found")
	case one.blocked:
		return 0, forbidden("bot was blocked by the user")
	case one.user.IsBot:
		return 0, forbidden("bot can't send messages to bots")
	case !one.started:
		return 0, forbidden("bot can't initiate conversation with a user")
	}
	if p.o.Limits {
		if no := p.pace.admit(p.o.Now(), chat, messages); no != nil {
			return 0, no
		}
	}
	return chat, nil
}

// file finds or keeps what a parameter names.
func (p *Platform) file(args *arguments, name, given string) (id string, no *refusal) {
	if content, uploaded := args.uploads[name]; uploaded {
		limit := 50 << 20
		if name == "photo" {
			limit = 10 << 20
		}
		switch {
		case len(content) == 0:
			return "", bad("file must be non-empty")
		case len(content) > limit:
			return "", bad("file is too big")
		}
		return p.store(content, path.Ext(args.names[name])), nil
	}
	if given == "" {
		return "", bad("there is no %s in the request", name)
	}
	if _, known := p.files[given]; known {
		return given, nil
	}
	parsed, err := url.Parse(given)
	switch {
	case err != nil || parsed.Scheme == "":
		return "", bad("wrong remote file identifier specified: Wrong string length")
	case !goodURL(given):
		return "", bad("wrong file identifier/HTTP URL specified")
	case p.gone[given]:
		return "", bad("failed to get HTTP URL content")
	case name == "document" && !slices.Contains([]string{".pdf", ".zip", ".gif"}, strings.ToLower(path.Ext(parsed.Path))):
		return "", bad("wrong type of the web page content")
	}
	return given, nil
}

func (p *Platform) store(content []byte, ending string) (id string) {
	p.serial++
	id = fmt.Sprintf("AgACAgIAAxkBAAIB%020d%s", p.serial, "AQADAgAT")
	file := stored{content: content, path: fmt.Sprintf("files/file_%d%s", p.serial, ending)}
	p.files[id], p.paths[file.path] = file, id
	return id
}

func (p *Platform) sendMediaGroup(args *arguments) (any, *refusal) {
	var media []json.RawMessage
	if no := args.strict("media", &media); no != nil {
		return nil, no
	}
	if len(media) < 2 || len(media) > 10 {
		return nil, bad("wrong number of media in the album: %d", len(media))
	}
	chat, no := p.reach(args, len(media))
	if no != nil {
		return nil, no
	}
	made := make([]Delivered, len(media))
	for i, raw := range media {
		var photo struct {
			Type string `json:"type"`
			models.InputMediaPhoto
		}
		one := &arguments{values: map[string]string{"photo": string(raw)}}
		if no := one.strict("photo", &photo); no != nil {
			return nil, no
		}
		if photo.Type != "photo" || photo.ParseMode != "" {
			return nil, bad("only photos without parse_mode are known here")
		}
		entities, err := json.Marshal(photo.CaptionEntities)
		if err != nil {
			return nil, bad("can't parse entities")
		}
		one.values = map[string]string{"caption": photo.Caption, "caption_entities": string(entities)}
		text, marks, no := one.text("caption", maxCaption, false)
		if no != nil {
			return nil, no
		}
		given := args
		attached, isAttached := strings.CutPrefix(photo.Media, "attach://")
		if isAttached {
			given = &arguments{uploads: map[string][]byte{"photo": args.uploads[attached]}, names: map[string]string{"photo": args.names[attached]}}
		}
		id, no := p.file(given, "photo", photo.Media)
		if no != nil {
			return nil, bad("group send failed: %s", no.Description)
		}
		made[i] = Delivered{Chat: chat, Method: "sendMediaGroup", Text: text, Entities: marks, Files: []string{id}, Arguments: args.values}
	}
	sent := make([]models.Message, len(made))
	for i, one := range made {
		sent[i] = p.deliver(one)
		sent[i].MediaGroupID = "album-" + strconv.Itoa(sent[0].ID)
	}
	return sent, nil
}

func (p *Platform) sendChatAction(args *arguments) (any, *refusal) {
	if !slices.Contains([]string{"typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice",
		"upload_document", "choose_sticker", "find_location", "record_video_note", "upload_video_note"}, args.values["action"]) {
		return nil, bad("wrong parameter action in request")
	}
	if _, no := p.reach(args, 0); no != nil {
		return nil, no
	}
	return true, nil
}

func (p *Platform) getFile(args *arguments) (any, *refusal) {
	found, ok := p.files[args.values["file_id"]]
	switch {
	case !ok:
		return nil, bad("invalid file_id")
	case len(found.content) > 20<<20:
		return nil, bad("file is too big")
	}
	return models.File{FileID: args.values["file_id"], FileSize: int64(len(found.content)), FilePath: found.path}, nil
}
