package wechat

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"

	"plaza/message"
)

// ChannelName is the name of this channel in addresses, keys and documents.
const ChannelName = "wechat"

// push is a decoded push and what is needed to answer it.
type push struct {
	account *account
	key     key  // the one the push was encrypted with
	sealed  bool // answer encrypted
	event   bool // an answer may hold several articles
	silent  bool // nobody would see an answer
	user    string
	self    string // our original id, which answers come from
	inbound [1]message.Inbound
}

// common are the fields of every message, which have their own place.
type common struct {
	to, from, created, kind, event, eventKey, id string
}

// decode turns the fields of one push into an Inbound.
// Platform documents: "Receiving standard messages", "Receiving event pushes".
func decode(fields []field, at time.Time, p *push) error {
	var c common
	for _, f := range fields {
		if place := c.place(f.path); place != nil {
			*place = f.value
		}
	}
	if c.to == "" || c.from == "" || c.kind == "" {
		return ErrMissingSender
	}
	if len(c.to) > maxName || len(c.from) > maxName {
		return ErrMalformed
	}
	if want := p.account.OriginalID; want != "" && c.to != want {
		return ErrOtherAccount
	}
	p.user, p.self = c.from, c.to
	in := &p.inbound[0]
	*in = message.Inbound{Channel: ChannelName, User: c.from, At: created(c.created, at)}
	if c.kind == "event" {
		p.event = true
		in.Type = "event/" + c.event
		in.Key = shortKey(c.created + "/" + c.event + "/" + c.eventKey)
		if c.id != "" {
			in.Key += "/" + shortKey(c.id)
		}
		decodeEvent(in, c, fields)
		p.silent = in.Kind == message.Unfollow
		return nil
	}
	in.Type = c.kind
	if in.Key = shortKey(c.id); c.id == "" {
		in.Key = shortKey(c.created + "/" + c.kind)
	}
	decodeMessage(in, c.kind, fields)
	return nil
}

// maxName is more than any open id (28) or original id (15) has, and maxKey
// more than any message id; an event key may be a long address.
const (
	maxName = 128
	maxKey  = 200
)

// shortKey keeps keys fit for an index: what is too long becomes its digest.
func shortKey(key string) string {
	if len(key) <= maxKey {
		return key
	}
	digest := sha256.Sum256([]byte(key))
	return hex.EncodeToString(digest[:])
}

// place says where a common field goes; nil if it is none.
func (c *common) place(path string) *string {
	switch path {
	case "ToUserName":
		return &c.to
	case "FromUserName":
		return &c.from
	case "CreateTime":
		return &c.created
	case "MsgType":
		return &c.kind
	case "Event":
		return &c.event
	case "EventKey":
		return &c.eventKey
	case "MsgId", "MsgID", // job events write MsgID
		"PublishEventInfo.publish_id", "SubscribeMsgSentEvent.List.MsgID":
		return &c.id
	}
	return nil
}

// created reads CreateTime (Unix seconds); at stands in for a missing one.
func created(text string, at time.Time) time.Time {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds <= 0 || seconds > math.MaxInt32*2 {
		return at.UTC().Truncate(time.Millisecond)
	}
	return time.Unix(seconds, 0).UTC()
}

// messageKinds by MsgType.
var messageKinds = map[string]message.Kind{
	"text": message.TextIn, "image": message.ImageIn, "voice": message.VoiceIn,
	"video": message.VideoIn, "shortvideo": message.VideoIn,
	"location": message.LocationIn, "link": message.LinkIn, "file": message.FileIn,
}

func decodeMessage(in *message.Inbound, kind string, fields []field) {
	in.Kind = message.Unknown
	if known, ok := messageKinds[kind]; ok {
		in.Kind = known
	}
	var c common
	for _, f := range fields {
		switch f.path {
		case "Content", "Recognition", "Label": // a voice's words, a place's name
			in.Text = f.value
		case "Title":
			in.Text = f.value
		case "bizmsgmenuid":
			// An option of a message of ours was tapped: its id is the payload
			// of the button, Content the word on it.
			if f.value != noPayload && f.value != "" {
				in.Kind, in.Payload = message.Press, f.value
			}
		case "MediaId":
			in.MediaID = f.value
		case "PicUrl", "Url":
			in.MediaURL = f.value
		case "Location_X":
			in.Latitude = coordinate(f.value, 90)
		case "Location_Y":
			in.Longitude = coordinate(f.value, 180)
		default:
			if c.place(f.path) == nil {
				keep(in, f)
			}
		}
	}
}

func decodeEvent(in *message.Inbound, c common, fields []field) {
	switch c.event {
	case "subscribe":
		in.Kind = message.Follow
		scene, scanned := strings.CutPrefix(c.eventKey, "qrscene_")
		if in.Scene = scene; !scanned && scene != "" {
			// Followed some other way, such as after a payment.
			in.Scene = ""
			keep(in, field{"EventKey", c.eventKey})
		}
	case "unsubscribe":
		in.Kind = message.Unfollow
	case "SCAN":
		in.Kind, in.Scene = message.Scan, c.eventKey
	case "CLICK", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select":
		in.Kind, in.Payload = message.Press, c.eventKey
	case "VIEW", "view_miniprogram":
		in.Kind, in.Payload = message.View, c.eventKey
	case "LOCATION":
		in.Kind = message.Position
	case "TEMPLATESENDJOBFINISH", "MASSSENDJOBFINISH", "PUBLISHJOBFINISH",
		"subscribe_msg_popup_event", "subscribe_msg_change_event", "subscribe_msg_sent_event",
		"kf_create_session", "kf_close_session", "kf_switch_session",
		"user_info_modified", "user_authorization_revoke":
		in.Kind = message.Status
	default:
		in.Kind = message.Unknown
	}
	for _, f := range fields {
		switch f.path {
		case "ToUserName", "FromUserName", "CreateTime", "MsgType", "Event":
		case "EventKey":
			if in.Kind == message.Status || in.Kind == message.Unknown {
				keep(in, f) // it has no other place there
			}
		case "Latitude":
			in.Latitude = coordinate(f.value, 90)
		case "Longitude":
			in.Longitude = coordinate(f.value, 180)
		case "SendLocationInfo.Location_X":
			in.Latitude = coordinate(f.value, 90)
		case "SendLocationInfo.Location_Y":
			in.Longitude = coordinate(f.value, 180)
		case "SendLocationInfo.Label", "ScanCodeInfo.ScanResult":
			in.Text = f.value
		default:
			keep(in, f)
		}
	}
}

// keep puts a field that has no place of its own into Fields. Empty ones say
// nothing, and most are.
func keep(in *message.Inbound, f field) {
	if f.value == "" {
		return
	}
	if in.Fields == nil {
		in.Fields = make(map[string]string)
	}
	in.Fields[f.path] = f.value
}

// coordinate reads degrees; what is out of range is no place.
func coordinate(text string, limit float64) float64 {
	degrees, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(math.Abs(degrees) <= limit) {
		return 0
	}
	return degrees
}
