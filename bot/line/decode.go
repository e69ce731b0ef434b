package line

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"plaza/message"
)

var messageKinds = map[string]message.Kind{
	"text": message.TextIn, "image": message.ImageIn, "audio": message.VoiceIn, "video": message.VideoIn,
	"file": message.FileIn, "location": message.LocationIn, "sticker": message.StickerIn,
}

// inbound turns an event into a message for the bot. ok is false if it is from
// nobody, not even the account itself.
func (e *event) inbound(destination string, at time.Time) (in message.Inbound, ok bool) {
	in = message.Inbound{Channel: Name, User: e.Source.UserID, Key: e.key(), Type: e.Type, At: e.at(at),
		ReplyToken: short(e.ReplyToken, maxReplyToken)}
	if e.Delivery.Again {
		keep(&in, "redelivered", "true")
	}
	keep(&in, "group", e.Source.GroupID)
	keep(&in, "room", e.Source.RoomID)
	e.fill(&in)
	// A module's account in standby: another program talks with the person.
	in.Silent = e.Mode == "standby"
	if !validID(in.User) || in.User[0] != 'U' { // an event of a group, or of the account as a whole
		in.User = cmp.Or(valid(e.Source.GroupID), valid(e.Source.RoomID), valid(destination))
		in.Kind = message.Status
	}
	if e.Source.GroupID != "" || e.Source.RoomID != "" {
		e.fromGroup(&in)
	}
	return in, in.User != ""
}

// fromGroup treats what was said among several. Only what is said to the account
// is answered, and to the person alone: an answer may show an order. Everything
// else is kept on record and otherwise none of our business.
func (e *event) fromGroup(in *message.Inbound) {
	in.ReplyToken = ""
	toUs := e.Type == "postback"
	if e.Message != nil && e.Message.Mention != nil {
		for _, m := range e.Message.Mention.Mentionees {
			toUs = toUs || m.Self
		}
	}
	if !toUs {
		in.Kind = message.Status
	}
}

// fill sets what depends on the type.
func (e *event) fill(in *message.Inbound) {
	switch {
	case e.Type == "message" && e.Message != nil:
		if e.Message.fill(in); in.Kind == message.Unknown {
			flatten(in, e.raw)
		}
	case e.Type == "follow":
		in.Kind = message.Follow
		if e.Follow != nil && e.Follow.Unblocked {
			keep(in, "unblocked", "true")
		}
	case e.Type == "unfollow":
		in.Kind = message.Unfollow
	case e.Type == "unsend" && e.Unsend != nil:
		in.Kind, in.Payload = message.Unsend, e.Unsend.MessageID
	case e.Type == "postback" && e.Postback != nil:
		in.Kind, in.Payload = message.Press, e.Postback.Data
		for name, value := range e.Postback.Params {
			keep(in, "params."+name, value)
		}
		params := e.Postback.Params // of a date picker: what was chosen
		in.Text = cmp.Or(params["datetime"], params["date"], params["time"])
	case e.Type == "videoPlayComplete" && e.Video != nil:
		in.Kind, in.Payload = message.View, e.Video.TrackingID
	case e.Type == "beacon" && e.Beacon != nil:
		in.Kind, in.Scene = message.Scan, "beacon:"+e.Beacon.HardwareID
		if e.Beacon.Type == "stay" { // comes every ten seconds
			in.Kind, in.Scene = message.Status, ""
		}
		keep(in, "beacon.hwid", e.Beacon.HardwareID)
		keep(in, "beacon.type", e.Beacon.Type)
		keep(in, "beacon.dm", e.Beacon.DeviceMessage)
	case slices.Contains(statuses, e.Type):
		in.Kind = message.Status
		flatten(in, e.raw)
	default:
		in.Kind = message.Unknown
		flatten(in, e.raw)
	}
}

// statuses are the events that tell something and wait for no answer.
var statuses = []string{
	"join", "leave", "memberJoined", "memberLeft", "accountLink", "membership", "things",
	"module", "activated", "deactivated", "botSuspended", "botResumed", "delivery",
}

// fill sets what a person has sent.
func (m *content) fill(in *message.Inbound) {
	in.Type = "message/" + m.Type
	if in.Kind = messageKinds[m.Type]; in.Kind == "" {
		in.Kind = message.Unknown
	}
	in.Text = m.Text
	keep(in, "quote_token", m.QuoteToken)
	keep(in, "quoted_message", m.QuotedMessageID)
	switch in.Kind {
	case message.ImageIn, message.VideoIn, message.VoiceIn, message.FileIn:
		in.MediaID = m.ID
		if m.Provider != nil && m.Provider.Type == "external" {
			in.MediaID, in.MediaURL = "", m.Provider.Original
		}
		in.FileName, in.MediaSize = m.FileName, max(0, m.FileSize)
		if m.Duration > 0 && m.Duration < math.MaxInt32 {
			in.MediaLength = int(m.Duration)
		}
	case message.LocationIn:
		in.Text = strings.TrimSpace(m.Title + "\n" + m.Address)
		in.Latitude, in.Longitude = degrees(m.Latitude, 90), degrees(m.Longitude, 180)
	case message.StickerIn:
		keep(in, "sticker.package", m.PackageID)
		keep(in, "sticker.id", m.StickerID)
		keep(in, "sticker.type", m.ResourceType)
		keep(in, "sticker.keywords", strings.Join(m.Keywords, ", "))
	}
	if m.ImageSet != nil {
		keep(in, "image_set", m.ImageSet.ID)
		keep(in, "image_set.index", strconv.Itoa(m.ImageSet.Index))
		keep(in, "image_set.total", strconv.Itoa(m.ImageSet.Total))
	}
	m.details(in)
}

// details keeps whom a text mentions and which emojis stand in it.
func (m *content) details(in *message.Inbound) {
	var names []string
	for _, e := range m.Emojis {
		names = append(names, e.ProductID+"/"+e.EmojiID)
	}
	keep(in, "emojis", strings.Join(names, " "))
	if m.Mention == nil {
		return
	}
	names = nil
	for _, who := range m.Mention.Mentionees {
		names = append(names, cmp.Or(who.UserID, who.Type))
	}
	keep(in, "mentions", strings.Join(names, " "))
}

// key is the event's own. A message has the message's, by which it can be found
// when it is unsent; both stay the same when LINE delivers the event again.
func (e *event) key() string {
	switch {
	case e.Type == "message" && e.Message != nil && e.Message.ID != "":
		return messageKey(e.Message.ID)
	case e.ID != "":
		return short(e.ID, maxKey)
	}
	encoded := e.raw
	if encoded == nil {
		encoded = fmt.Appendf(nil, "%s %d %s", e.Type, e.Timestamp, e.ReplyToken)
	}
	return digest(string(encoded))
}

// messageKey is the key of a message.
func messageKey(id string) string { return short(id, maxKey) }

const (
	maxKey        = 128
	maxReplyToken = 256
	maxField      = 1000 // bytes
	maxFields     = 60
	maxPath       = 120 // bytes, of a field's name
)

// short keeps keys fit for an index: what is too long becomes its digest.
func short(key string, limit int) string {
	if len(key) <= limit {
		return key
	}
	return digest(key)
}

func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// validID says whether a user's, group's or room's id is one: "U", "C" or "R"
// and 32 hexadecimal digits. It becomes part of addresses.
func validID(id string) bool {
	return len(id) == 33 && strings.IndexByte("UCR", id[0]) >= 0 && strings.Trim(id[1:], "0123456789abcdef") == ""
}

// valid is the id if it is one.
func valid(id string) string {
	if validID(id) {
		return id
	}
	return ""
}

// at is when it happened; now stands in for a time that is none.
func (e *event) at(now time.Time) time.Time {
	if e.Timestamp <= 0 || e.Timestamp > math.MaxUint32*2000 {
		return now.UTC().Truncate(time.Millisecond)
	}
	return time.UnixMilli(e.Timestamp).UTC()
}

// readToken marks what was said as read; empty for most events.
func (e *event) readToken() string {
	if e.Message == nil {
		return ""
	}
	return e.Message.ReadToken
}

// degrees that are out of range are no place.
func degrees(value, limit float64) float64 {
	if !(math.Abs(value) <= limit) {
		return 0
	}
	return value
}

// keep puts what has no place of its own into Fields.
func keep(in *message.Inbound, name, value string) {
	if value == "" || len(in.Fields) >= maxFields {
		return
	}
	if in.Fields == nil {
		in.Fields = make(map[string]string)
	}
	value, _ = message.Cut(value, maxField, message.Bytes)
	in.Fields[name] = value
}

// envelope are the fields that every event has and that have a place.
var envelope = []string{"type", "mode", "timestamp", "source", "webhookEventId", "deliveryContext", "replyToken"}

// flatten keeps all fields of an event: "things.result.scenarioId".
func flatten(in *message.Inbound, raw json.RawMessage) {
	var fields map[string]any
	if json.Unmarshal(raw, &fields) != nil {
		return
	}
	for _, name := range envelope {
		delete(fields, name)
	}
	flattenInto(in, "", fields)
}

func flattenInto(in *message.Inbound, path string, value any) {
	if len(path) > maxPath {
		return
	}
	switch value := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(value))
		for name := range value {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			part := cmp.Or(strings.Map(fieldLetter, name), "_")
			if path != "" {
				part = path + "." + part
			}
			flattenInto(in, part, value[name])
		}
	case []any:
		for i, item := range value {
			flattenInto(in, path+"."+strconv.Itoa(i), item)
		}
	case string:
		keep(in, path, value)
	case float64:
		keep(in, path, strconv.FormatFloat(value, 'f', -1, 64))
	case bool:
		keep(in, path, strconv.FormatBool(value))
	}
}

// fieldLetter makes names fit to be those of a document's fields.
func fieldLetter(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
		return r
	}
	return '_'
}
