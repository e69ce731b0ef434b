package line

import (
	"encoding/json"
)

// event is a webhook event of any type, with the fields of all of them (platform
// document: "Webhook event objects").
type event struct {
	Type      string `json:"type"`
	Mode      string `json:"mode"`
	Timestamp int64  `json:"timestamp"` // milliseconds
	Source    struct {
		Type    string `json:"type"`
		UserID  string `json:"userId"`
		GroupID string `json:"groupId"`
		RoomID  string `json:"roomId"`
	} `json:"source"`
	ID       string `json:"webhookEventId"`
	Delivery struct {
		Again bool `json:"isRedelivery"`
	} `json:"deliveryContext"`
	ReplyToken string `json:"replyToken"`

	Message *content `json:"message"`
	Unsend  *struct {
		MessageID string `json:"messageId"`
	} `json:"unsend"`
	Follow *struct {
		Unblocked bool `json:"isUnblocked"`
	} `json:"follow"`
	Postback *struct {
		Data   string            `json:"data"`
		Params map[string]string `json:"params"`
	} `json:"postback"`
	Video *struct {
		TrackingID string `json:"trackingId"`
	} `json:"videoPlayComplete"`
	Beacon *struct {
		HardwareID    string `json:"hwid"`
		Type          string `json:"type"`
		DeviceMessage string `json:"dm"`
	} `json:"beacon"`

	raw json.RawMessage // of types without fields above
}

// content is a message that a person sent, of any type.
type content struct {
	Type            string   `json:"type"`
	ID              string   `json:"id"`
	Text            string   `json:"text"`
	Emojis          []emoji  `json:"emojis"`
	Mention         *mention `json:"mention"`
	QuoteToken      string   `json:"quoteToken"`
	QuotedMessageID string   `json:"quotedMessageId"`
	ReadToken       string   `json:"markAsReadToken"`

	Provider *struct {
		Type     string `json:"type"` // line or external
		Original string `json:"originalContentUrl"`
	} `json:"contentProvider"`
	Duration float64 `json:"duration"` // milliseconds
	ImageSet *struct {
		ID    string `json:"id"`
		Index int    `json:"index"`
		Total int    `json:"total"`
	} `json:"imageSet"`
	FileName string `json:"fileName"`
	FileSize int64  `json:"fileSize"`

	Title     string  `json:"title"`
	Address   string  `json:"address"`
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`

	PackageID    string   `json:"packageId"`
	StickerID    string   `json:"stickerId"`
	ResourceType string   `json:"stickerResourceType"`
	Keywords     []string `json:"keywords"`
}

type emoji struct {
	ProductID string `json:"productId"`
	EmojiID   string `json:"emojiId"`
}

type mention struct {
	Mentionees []struct {
		Type   string `json:"type"` // user or all
		UserID string `json:"userId"`
		Self   bool   `json:"isSelf"`
	} `json:"mentionees"`
}

// maxEvents bounds the events of one call; LINE sends up to about a hundred.
const maxEvents = 1000

// readEvents decodes a body. An event that can't be read as its type becomes one
// without fields, so that it does not take the others with it.
func readEvents(body []byte) (events []event, destination string, err error) {
	var all struct {
		Destination string  `json:"destination"`
		Events      []event `json:"events"`
	}
	if err := json.Unmarshal(body, &all); err == nil && plain(all.Events) {
		return all.Events, all.Destination, nil
	}
	var call struct {
		Destination string            `json:"destination"`
		Events      []json.RawMessage `json:"events"`
	}
	if err := json.Unmarshal(body, &call); err != nil || len(call.Events) > maxEvents {
		return nil, "", ErrMalformed
	}
	for _, raw := range call.Events {
		read := event{raw: raw}
		if json.Unmarshal(raw, &read) != nil {
			read = event{Type: "unreadable", raw: raw}
			read.source(raw)
		}
		events = append(events, read)
	}
	return events, call.Destination, nil
}

// source reads who an event is of, when the rest of it is not as documented.
func (e *event) source(raw json.RawMessage) {
	var only struct {
		ID     string `json:"webhookEventId"`
		Type   string `json:"type"`
		Source struct {
			UserID string `json:"userId"`
		} `json:"source"`
	}
	if json.Unmarshal(raw, &only) == nil {
		e.ID, e.Source.UserID = only.ID, only.Source.UserID
		if only.Type != "" {
			e.Type = only.Type
		}
	}
}

// plain says whether all events are of types that need nothing but the fields of
// event.
func plain(events []event) bool {
	if len(events) > maxEvents {
		return false
	}
	for i := range events {
		switch e := &events[i]; e.Type {
		case "follow", "unfollow", "postback", "videoPlayComplete", "beacon", "unsend":
		case "message":
			if e.Message == nil || messageKinds[e.Message.Type] == "" {
				return false
			}
		default:
			return false
		}
	}
	return true
}
