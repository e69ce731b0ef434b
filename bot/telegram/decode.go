package telegram

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"plaza/message"
)

// message decodes what somebody said in a chat.
func (c *Channel) message(a *account, in *message.Inbound, to *heard, body []byte, m *content) error {
	from(in, m.From, m.Chat, m.Date)
	m.note(in)
	m.media(in)
	switch {
	case in.Kind != "":
	case m.Text != "":
		in.Kind, in.Type, in.Text = message.TextIn, "message/text", m.Text
		if m.Chat.Type == private && strings.HasPrefix(m.Text, "/") {
			if err := c.command(a, in, to); err != nil {
				return err
			}
		}
	default:
		if err := m.other(in, body); err != nil {
			return err
		}
	}
	if m.Chat.Type != private {
		in.Kind, in.Type = message.Status, m.Chat.Type+"/"+in.Type
	}
	return nil
}

// note keeps what identifies a message and hides in its text.
func (m *content) note(in *message.Inbound) {
	in.Fields = map[string]string{"message_id": strconv.FormatInt(m.ID, 10)}
	if m.GroupID != "" {
		in.Fields["media_group_id"] = m.GroupID // one album
	}
	if m.Reply != nil {
		in.Fields["reply_to_message_id"] = strconv.FormatInt(m.Reply.ID, 10)
	}
	for i, e := range append(m.Entities, m.Markings...) {
		if e.URL != "" && i < maxFields {
			in.Fields["link_"+strconv.Itoa(i)] = short(e.URL)
		}
	}
}

// media decodes content with a file, or a place.
func (m *content) media(in *message.Inbound) {
	file := func(kind message.Kind, name string, a *attachment) {
		in.Kind, in.Type, in.Text = kind, "message/"+name, m.Caption
		in.MediaID, in.FileName = a.FileID, a.FileName
		if a.MIMEType != "" {
			in.Fields["mime_type"] = short(a.MIMEType)
		}
		if a.Size > 0 {
			in.Fields["file_size"] = strconv.FormatInt(a.Size, 10)
		}
		if a.Duration > 0 {
			in.Fields["duration"] = strconv.FormatInt(a.Duration, 10)
		}
	}
	switch {
	case len(m.Photo) > 0:
		file(message.ImageIn, "photo", &m.Photo[len(m.Photo)-1]) // the largest is the last
	case m.Voice != nil:
		file(message.VoiceIn, "voice", m.Voice)
	case m.Audio != nil:
		file(message.VoiceIn, "audio", m.Audio)
	case m.Animation != nil: // comes with a document for old clients
		file(message.VideoIn, "animation", m.Animation)
	case m.Video != nil:
		file(message.VideoIn, "video", m.Video)
	case m.VideoNote != nil:
		file(message.VideoIn, "video_note", m.VideoNote)
	case m.Document != nil:
		file(message.FileIn, "document", m.Document)
	case m.Sticker != nil:
		file(message.StickerIn, "sticker", m.Sticker)
		in.Text = m.Sticker.Emoji
		if m.Sticker.Set != "" {
			in.Fields["set_name"] = short(m.Sticker.Set)
		}
	case m.Venue != nil: // comes with a location for old clients
		in.Kind, in.Type = message.LocationIn, "message/venue"
		in.Text = strings.TrimSpace(m.Venue.Title + "\n" + m.Venue.Address)
		in.Latitude, in.Longitude = m.Venue.Location.Latitude, m.Venue.Location.Longitude
	case m.Location != nil:
		in.Kind, in.Type = message.LocationIn, "message/location"
		in.Latitude, in.Longitude = m.Location.Latitude, m.Location.Longitude
	case m.Contact != nil:
		// Said as its number, so that a question for a phone number is answered.
		in.Kind, in.Type, in.Text = message.TextIn, "message/contact", m.Contact.Phone
		in.Fields["contact"] = short(strings.TrimSpace(m.Contact.First + " " + m.Contact.Last))
	case m.Dice != nil:
		in.Kind, in.Type, in.Text = message.StickerIn, "message/dice", m.Dice.Emoji
		in.Fields["value"] = m.Dice.Value.String()
	case m.WebAppData != nil:
		in.Kind, in.Type, in.Payload = message.Press, "message/web_app_data", m.WebAppData.Data
	}
}

// said are the fields of a message that are not its content.
var said = map[string]bool{
	"message_id": true, "message_thread_id": true, "from": true, "sender_chat": true, "date": true, "chat": true,
	"forward_origin": true, "is_topic_message": true, "reply_to_message": true, "external_reply": true, "quote": true,
	"reply_to_story": true, "via_bot": true, "edit_date": true, "has_protected_content": true, "is_from_offline": true,
	"author_signature": true, "entities": true, "caption": true, "caption_entities": true, "reply_markup": true,
	"link_preview_options": true, "effect_id": true, "business_connection_id": true, "sender_boost_count": true,
	"sender_business_bot": true, "paid_star_count": true, "direct_messages_topic": true, "suggested_post_info": true,
}

// spoken are the contents that a person sends to be answered. All others that
// are not decoded tell of something that happened.
var spoken = map[string]bool{
	"poll": true, "story": true, "game": true, "checklist": true, "paid_media": true, "giveaway": true,
	"users_shared": true, "chat_shared": true, "passport_data": true,
}

// other keeps content that has no form here, with its fields. Content that this
// version has never heard of is for a person to look at.
func (m *content) other(in *message.Inbound, body []byte) error {
	var all struct {
		Message map[string]any `json:"message"`
	}
	if err := unmarshalNumbers(body, &all); err != nil {
		return ErrMalformed
	}
	name := ""
	for key := range all.Message {
		if !said[key] && (name == "" || key < name) {
			name = key
		}
	}
	in.Type, in.Kind, in.Text = "message/"+name, message.Status, m.Caption
	if spoken[name] || !happened[name] {
		in.Kind = message.Unknown
	}
	flatten(in.Fields, name, all.Message[name], 0)
	return nil
}

// happened are the service messages that Telegram documents.
var happened = map[string]bool{
	"": true, "successful_payment": true, "refunded_payment": true, "invoice": true, "pinned_message": true,
	"message_auto_delete_timer_changed": true, "chat_background_set": true, "write_access_allowed": true,
	"connected_website": true, "boost_added": true, "gift": true, "unique_gift": true, "gift_upgrade_sent": true,
	"new_chat_members": true, "left_chat_member": true, "new_chat_title": true, "new_chat_photo": true,
	"delete_chat_photo": true, "group_chat_created": true, "supergroup_chat_created": true, "channel_chat_created": true,
	"migrate_to_chat_id": true, "migrate_from_chat_id": true, "proximity_alert_triggered": true,
	"forum_topic_created": true, "forum_topic_edited": true, "forum_topic_closed": true, "forum_topic_reopened": true,
	"general_forum_topic_hidden": true, "general_forum_topic_unhidden": true, "giveaway_created": true,
	"giveaway_winners": true, "giveaway_completed": true, "video_chat_scheduled": true, "video_chat_started": true,
	"video_chat_ended": true, "video_chat_participants_invited": true, "paid_message_price_changed": true,
	"direct_message_price_changed": true, "checklist_tasks_done": true, "checklist_tasks_added": true,
	"chat_owner_left": true, "chat_owner_changed": true, "suggested_post_approved": true,
	"suggested_post_approval_failed": true, "suggested_post_declined": true, "suggested_post_paid": true, "suggested_post_refunded": true,
}

// edited keeps what somebody made of an earlier message: shown, but not
// answered again. Of a live location it is where the person is now.
func (c *Channel) edited(in *message.Inbound, m *content) {
	from(in, m.From, m.Chat, max(m.Date, m.EditDate))
	m.note(in)
	m.media(in)
	switch {
	case m.Chat.Type != private:
		in.Kind = message.Status
	case in.Kind == message.LocationIn:
		in.Kind = message.Position
	case in.Kind == "":
		in.Kind, in.Text = message.TextIn, m.Text
	}
	in.Type, in.Silent = "edited_message", true
}

// member decodes that somebody blocked the bot, or lets it write again.
func member(in *message.Inbound, m membership) {
	from(in, m.From, m.Chat, m.Date)
	in.Type, in.Fields = "my_chat_member", map[string]string{"status": short(m.New.Status)}
	switch {
	case m.Chat.Type != private:
		in.Kind, in.Type = message.Status, m.Chat.Type+"/my_chat_member"
	case m.ended():
		in.Kind = message.Unfollow
	default:
		in.Kind = message.Follow
	}
}

// unknown keeps an update of a type that is not decoded: payments under way,
// reactions, inline queries, and what this version has never heard of.
func unknown(in *message.Inbound, body []byte) error {
	var all map[string]any
	if err := unmarshalNumbers(body, &all); err != nil {
		return ErrMalformed
	}
	name := ""
	for key := range all {
		if key != "update_id" && (name == "" || key < name) {
			name = key
		}
	}
	in.Type, in.Kind, in.Fields = name, message.Status, map[string]string{}
	flatten(in.Fields, "", all[name], 0)
	var where struct {
		From, User sender
		Chat       chat
		Date       int64
	}
	// Its own errors tell of other shapes; whoever can't be made out is nobody.
	encoded, _ := json.Marshal(all[name])
	_ = json.Unmarshal(encoded, &where)
	if where.From.ID == 0 {
		where.From = where.User
	}
	if where.From.ID != 0 || where.Chat.ID != 0 {
		from(in, where.From, where.Chat, where.Date)
	}
	return nil
}

const (
	maxFields = 60
	maxField  = 500 // bytes
	maxDepth  = 5
)

func short(text string) string {
	head, _ := message.Cut(text, maxField, message.Bytes)
	return head
}

// flatten names nested values by their way: "order_info.email", "options.0.text".
func flatten(fields map[string]string, at string, value any, depth int) {
	below := func(name string) string {
		if at == "" {
			return name
		}
		return at + "." + name
	}
	if len(fields) >= maxFields || depth > maxDepth {
		return
	}
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			flatten(fields, below(name), v[name], depth+1)
		}
	case []any:
		for i, one := range v {
			flatten(fields, below(strconv.Itoa(i)), one, depth+1)
		}
	case string:
		fields[short(at)] = short(v)
	case json.Number:
		fields[short(at)] = v.String()
	case bool:
		fields[short(at)] = strconv.FormatBool(v)
	}
}

// unmarshalNumbers keeps numbers as they are written: ids outgrow a float.
func unmarshalNumbers(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	return decoder.Decode(into)
}
