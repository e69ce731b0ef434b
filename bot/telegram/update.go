package telegram

import "encoding/json"

// The parts of an update that Plaza reads (platform document: "Telegram Bot
// API", "Update" and the objects below it). What else there is stays in the raw
// body and, for what is not understood, in the Fields.
type (
	update struct {
		ID       *int64      `json:"update_id"`
		Message  *content    `json:"message"`
		Edited   *content    `json:"edited_message"`
		Press    *press      `json:"callback_query"`
		MyMember *membership `json:"my_chat_member"`
		Checkout *checkout   `json:"pre_checkout_query"`
	}

	content struct {
		ID         int64        `json:"message_id"`
		Date       int64        `json:"date"`
		EditDate   int64        `json:"edit_date"`
		From       sender       `json:"from"`
		Chat       chat         `json:"chat"`
		GroupID    string       `json:"media_group_id"`
		Reply      *reference   `json:"reply_to_message"`
		Text       string       `json:"text"`
		Caption    string       `json:"caption"`
		Entities   []entity     `json:"entities"`
		Markings   []entity     `json:"caption_entities"`
		Photo      []attachment `json:"photo"`
		Voice      *attachment  `json:"voice"`
		Audio      *attachment  `json:"audio"`
		Video      *attachment  `json:"video"`
		VideoNote  *attachment  `json:"video_note"`
		Animation  *attachment  `json:"animation"`
		Document   *attachment  `json:"document"`
		Sticker    *attachment  `json:"sticker"`
		Location   *location    `json:"location"`
		Venue      *venue       `json:"venue"`
		Contact    *contact     `json:"contact"`
		Dice       *dice        `json:"dice"`
		WebAppData *webAppData  `json:"web_app_data"`
		Payment    *payment     `json:"successful_payment"`
	}

	sender struct {
		ID       int64  `json:"id"`
		First    string `json:"first_name"`
		Last     string `json:"last_name"`
		Language string `json:"language_code"`
	}

	chat struct {
		ID   int64  `json:"id"`
		Type string `json:"type"`
	}

	reference struct {
		ID int64 `json:"message_id"`
	}

	entity struct {
		Type   string `json:"type"`
		Offset int    `json:"offset"` // UTF-16 code units, like Length
		Length int    `json:"length"`
		URL    string `json:"url"`
	}

	// attachment is any object with a file.
	attachment struct {
		FileID   string `json:"file_id"`
		FileName string `json:"file_name"`
		MIMEType string `json:"mime_type"`
		Size     int64  `json:"file_size"`
		Duration int64  `json:"duration"` // seconds
		Title    string `json:"title"`    // of an audio
		Emoji    string `json:"emoji"`    // of a sticker, like Set
		Set      string `json:"set_name"`
	}

	location struct {
		Latitude  float64 `json:"latitude"`
		Longitude float64 `json:"longitude"`
		Live      int64   `json:"live_period"`
	}

	venue struct {
		Location location `json:"location"`
		Title    string   `json:"title"`
		Address  string   `json:"address"`
	}

	contact struct {
		Phone string `json:"phone_number"`
		First string `json:"first_name"`
		Last  string `json:"last_name"`
	}

	dice struct {
		Emoji string      `json:"emoji"`
		Value json.Number `json:"value"`
	}

	webAppData struct {
		Data string `json:"data"`
	}

	press struct {
		ID      string `json:"id"`
		From    sender `json:"from"`
		Message *struct {
			ID   int64 `json:"message_id"`
			Chat chat  `json:"chat"`
		} `json:"message"`
		Data *string `json:"data"`
	}

	membership struct {
		Chat chat   `json:"chat"`
		From sender `json:"from"`
		Date int64  `json:"date"`
		New  struct {
			Status string `json:"status"`
		} `json:"new_chat_member"`
	}
)

const private = "private" // the type of a chat with one person

// The states of the bot in a chat that say that it can't write there.
func (m *membership) ended() bool { return m.New.Status == "kicked" || m.New.Status == "left" }

// name is what the person calls themselves.
func (s sender) name() string {
	if s.Last == "" {
		return s.First
	}
	return s.First + " " + s.Last
}
