package telegramtest

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-telegram/bot/models"
)

// The limits of content (platform document: "Telegram Bot API"), texts in
// UTF-16 code units after entities have been taken out.
const (
	maxText      = 4096
	maxCaption   = 1024
	maxEntities  = 100
	maxInline    = 100
	maxInlineRow = 8
	maxWords     = 300
	maxWordsRow  = 12
	maxLabel     = 64
)

// text reads a text or caption with its entities.
func (a *arguments) text(name string, limit int, needed bool) (string, []models.MessageEntity, *refusal) {
	text, listName := a.values[name], "entities"
	if name == "caption" {
		listName = "caption_entities"
	}
	var entities []models.MessageEntity
	switch mode, list := a.values["parse_mode"], a.values[listName]; {
	case !utf8.ValidString(text):
		return "", nil, bad("strings must be encoded in UTF-8")
	case mode != "" && list != "":
		return "", nil, bad("parse_mode and %s exclude each other", listName)
	case mode == "HTML":
		var no *refusal
		if text, entities, no = parseHTML(text); no != nil {
			return "", nil, no
		}
	case mode != "":
		return "", nil, bad("unsupported parse_mode")
	case list != "":
		if no := a.strict(listName, &entities); no != nil {
			return "", nil, no
		}
	}
	units := utf16.Encode([]rune(text))
	switch {
	case needed && strings.TrimSpace(text) == "":
		return "", nil, bad("message text is empty")
	case len(units) > limit && name == "caption":
		return "", nil, bad("message caption is too long")
	case len(units) > limit:
		return "", nil, bad("message is too long")
	}
	return text, entities, checkEntities(units, entities)
}

var entityTypes = []models.MessageEntityType{"bold", "italic", "underline", "strikethrough", "spoiler", "blockquote",
	"expandable_blockquote", "code", "pre", "text_link", "text_mention", "custom_emoji"}

// checkEntities refuses what the platform would quietly drop or bend, too.
func checkEntities(units []uint16, entities []models.MessageEntity) *refusal {
	if len(entities) > maxEntities {
		return bad("too many entities")
	}
	inside := func(at int) bool {
		return at > 0 && at < len(units) && utf16.IsSurrogate(rune(units[at])) && units[at] >= 0xDC00
	}
	for i, e := range entities {
		end := e.Offset + e.Length
		switch {
		case !slices.Contains(entityTypes, e.Type):
			return bad("can't parse entities: unsupported type %q", e.Type)
		case e.Offset < 0 || e.Length <= 0 || end > len(units):
			return bad("can't parse entities: %d to %d is not in the text", e.Offset, end)
		case inside(e.Offset) || inside(end):
			return bad("can't parse entities: a character is split")
		case (e.Type == "text_link") != (e.URL != ""):
			return bad("can't parse entities: an URL belongs to a link")
		case e.Type == "text_link" && !goodURL(e.URL):
			return bad("entity URL '%s' is invalid: Wrong HTTP URL", e.URL)
		}
		for _, other := range entities[:i] {
			otherEnd := other.Offset + other.Length
			apart := end <= other.Offset || otherEnd <= e.Offset
			nested := e.Offset >= other.Offset && end <= otherEnd || other.Offset >= e.Offset && otherEnd <= end
			code := e.Type == "code" || e.Type == "pre" || other.Type == "code" || other.Type == "pre"
			if !apart && (!nested || code) {
				return bad("can't parse entities: %s and %s overlap", e.Type, other.Type)
			}
		}
	}
	return nil
}

// goodURL says whether the platform takes an address: with a host that has a
// dot in it.
func goodURL(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || strings.ContainsAny(address, " \n") {
		return false
	}
	switch parsed.Scheme {
	case "http", "https":
		return strings.Contains(parsed.Hostname(), ".") && parsed.User == nil
	case "tg":
		return parsed.Host != ""
	}
	return false
}

// keyboard reads reply_markup.
func (a *arguments) keyboard(made *Delivered) *refusal {
	given := a.values["reply_markup"]
	switch {
	case given == "":
		return nil
	case strings.Contains(given, `"inline_keyboard"`):
		var markup models.InlineKeyboardMarkup
		if no := a.strict("reply_markup", &markup); no != nil {
			return no
		}
		made.Inline = markup.InlineKeyboard
		return checkInline(markup.InlineKeyboard)
	}
	var markup models.ReplyKeyboardMarkup
	if no := a.strict("reply_markup", &markup); no != nil {
		return no
	}
	count := 0
	for _, row := range markup.Keyboard {
		words := make([]string, len(row))
		for i, button := range row {
			if words[i] = button.Text; button.Text == "" || utf8.RuneCountInString(button.Text) > maxLabel {
				return bad("keyboard button text must be of 1 to %d characters", maxLabel)
			}
		}
		if count += len(row); len(row) == 0 || len(row) > maxWordsRow || count > maxWords {
			return bad("reply keyboard has too many buttons")
		}
		made.Words = append(made.Words, words)
	}
	if count == 0 {
		return bad("reply keyboard is empty")
	}
	return nil
}

func checkInline(rows [][]models.InlineKeyboardButton) *refusal {
	count := 0
	for _, row := range rows {
		if count += len(row); len(row) == 0 || len(row) > maxInlineRow || count > maxInline {
			return bad("reply markup is too long")
		}
		for _, button := range row {
			app := ""
			if button.WebApp != nil {
				app = button.WebApp.URL
			}
			switch {
			case app != "" && (!strings.HasPrefix(app, "https://") || !goodURL(app)):
				return bad("inline keyboard button Web App URL '%s' is invalid: Only HTTPS links are allowed", app)
			case strings.TrimSpace(button.Text) == "":
				return bad("can't parse inline keyboard button: field \"text\" is empty")
			case button.URL == "" && button.CallbackData == "" && app == "":
				return bad("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
			case button.URL != "" && button.CallbackData != "", app != "" && button.URL+button.CallbackData != "":
				return bad("can't parse inline keyboard button: exactly one action is needed")
			case button.URL != "" && !goodURL(button.URL):
				return bad("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", button.URL)
			case len(button.CallbackData) > 64:
				return bad("BUTTON_DATA_INVALID")
			}
		}
	}
	if count == 0 {
		return bad("object expected as reply markup")
	}
	return nil
}

// place reads the parameters of a point on the map.
func (a *arguments) place(venue bool) *refusal {
	latitude, err := strconv.ParseFloat(a.values["latitude"], 64)
	if err != nil || latitude < -90 || latitude > 90 {
		return bad("latitude is invalid")
	}
	longitude, err := strconv.ParseFloat(a.values["longitude"], 64)
	if err != nil || longitude < -180 || longitude > 180 {
		return bad("longitude is invalid")
	}
	if venue && (strings.TrimSpace(a.values["title"]) == "" || strings.TrimSpace(a.values["address"]) == "") {
		return bad("venue title and address must be non-empty")
	}
	return nil
}
