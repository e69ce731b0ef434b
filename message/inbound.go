package message

import "time"

// Kind of an inbound message or event.
type Kind string

// What a subscriber can send or do.
const (
	TextIn     Kind = "text"
	ImageIn    Kind = "image"
	VoiceIn    Kind = "voice"
	VideoIn    Kind = "video"
	LocationIn Kind = "location"
	LinkIn     Kind = "link"
	FileIn     Kind = "file"
	StickerIn  Kind = "sticker"

	// Follow: the person subscribed, perhaps by scanning Scene.
	Follow Kind = "follow"
	// Unfollow: the person left. Nothing can be sent to them any more.
	Unfollow Kind = "unfollow"
	// Scan: somebody who already follows scanned the code Scene.
	Scan Kind = "scan"
	// Press: a button or menu entry with the key Payload.
	Press Kind = "press"
	// View: a menu link was opened; there is nothing to answer.
	View Kind = "view"
	// Position: the messenger reports where the person is, unasked.
	Position Kind = "position"
	// Seen: the person has read what was sent to them until At.
	Seen Kind = "seen"
	// Status: the platform reports the end of a job of ours (a mass send, a
	// template message); Fields tell. Nobody waits for an answer.
	Status Kind = "status"
	// Fetch: the messenger asks for what waits for the person, who has said
	// nothing: they pressed "more", or a knock of ours is answered.
	Fetch Kind = "fetch"
	// Unsend: the person took back the message with the key Payload.
	Unsend Kind = "unsend"
	// Unknown: a type this version does not know. Kept, shown, answered politely.
	Unknown Kind = "unknown"
)

// Inbound is one message or event from a messenger, decoded and verified.
type Inbound struct {
	Account string `bson:"account" json:"account"`
	Channel string `bson:"channel" json:"channel"`
	// User is the channel's own id of the sender.
	User string `bson:"user" json:"user"`
	// Key is the platform's own key of this message among those of its user:
	// a message id, or for events time + event + event key. A retried webhook
	// carries the same key.
	Key  string    `bson:"key" json:"key"`
	Kind Kind      `bson:"kind" json:"kind"`
	At   time.Time `bson:"at" json:"at"`

	Text    string `bson:"text,omitempty" json:"text,omitempty"`
	Payload string `bson:"payload,omitempty" json:"payload,omitempty"` // key of a pressed button
	Scene   string `bson:"scene,omitempty" json:"scene,omitempty"`     // code that was scanned

	MediaID     string  `bson:"media_id,omitempty" json:"media_id,omitempty"`
	MediaURL    string  `bson:"media_url,omitempty" json:"media_url,omitempty"`
	MediaType   string  `bson:"media_type,omitempty" json:"media_type,omitempty"`     // MIME type
	MediaSize   int64   `bson:"media_size,omitempty" json:"media_size,omitempty"`     // bytes; 0: not known
	MediaLength int     `bson:"media_length,omitempty" json:"media_length,omitempty"` // milliseconds; 0: not known
	FileName    string  `bson:"file_name,omitempty" json:"file_name,omitempty"`
	Latitude    float64 `bson:"latitude,omitempty" json:"latitude,omitempty"`
	Longitude   float64 `bson:"longitude,omitempty" json:"longitude,omitempty"`

	// What the platform tells of the sender along with the message.
	Name     string `bson:"name,omitempty" json:"name,omitempty"`
	Language string `bson:"language,omitempty" json:"language,omitempty"`
	// Follows: the platform says that the sender follows the account. Where it
	// does not say so, nothing is known.
	Follows bool `bson:"follows,omitempty" json:"follows,omitempty"`

	// ReplyToken answers this message by one call of the platform's, once and for
	// a short while. It is no part of the conversation.
	ReplyToken string `bson:"reply_token,omitempty" json:"-"`
	// Silent: somebody else answers (another program that shares the account), so
	// it is recorded and shown, and nothing is said.
	Silent bool `bson:"silent,omitempty" json:"silent,omitempty"`
	// Passed: the account's developer was asked first and left the message to the
	// account's own rules. The conversation has it already.
	Passed bool `bson:"passed,omitempty" json:"-"`

	// Type is the platform's own name of the type ("event/TEMPLATESENDJOBFINISH")
	// and Fields its other fields, for the inbox and for later handling.
	Type   string            `bson:"type,omitempty" json:"type,omitempty"`
	Fields map[string]string `bson:"fields,omitempty" json:"fields,omitempty"`
}

// SubscriberID is the key of the sender.
func (in Inbound) SubscriberID() string {
	return SubscriberID(in.Account, in.Channel, in.User)
}

// Media is what came along, where its address is known; else nil.
func (in Inbound) Media() *Media {
	if in.MediaURL == "" {
		return nil
	}
	return &Media{URL: in.MediaURL, Name: in.FileName, Type: in.MediaType, Size: in.MediaSize, Length: in.MediaLength}
}

// Place is where a location points to; nil without coordinates.
func (in Inbound) Place() *Place {
	if in.Latitude == 0 && in.Longitude == 0 {
		return nil
	}
	return &Place{Title: in.Text, Latitude: in.Latitude, Longitude: in.Longitude}
}

// Summary is the line shown in a list of conversations.
func (in Inbound) Summary() string {
	switch {
	case in.Text != "":
		return in.Text
	case in.Payload != "":
		return "[" + in.Payload + "]"
	default:
		return "[" + string(in.Kind) + "]"
	}
}
