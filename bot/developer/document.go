package developer

import (
	"context"
	"errors"
	"path"
	"slices"
	"strconv"
	"strings"

	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/message"
)

// written is the content of a push, and which elements it has.
type written struct {
	wechat.Document
	names []string
}

func (w *written) Text(name, value string) {
	w.names = append(w.names, name)
	w.Document.Text(name, value)
}

func (w *written) Number(name string, value int64) {
	w.names = append(w.names, name)
	w.Document.Number(name, value)
}

func (w *written) named(name string) bool {
	return slices.Contains(w.names, name)
}

// kinds of messages by their MsgType.
var msgTypes = map[message.Kind]string{
	message.TextIn: "text", message.ImageIn: "image", message.VoiceIn: "voice", message.VideoIn: "video",
	message.LocationIn: "location", message.LinkIn: "link", message.FileIn: "file",
}

// document writes a message as the platform pushes it (platform documents:
// "Receiving standard messages", "Receiving event pushes"). The kind is empty
// for what WeChat has nothing like.
func (s *Service) document(ctx context.Context, app App, in message.Inbound, id int64) (kind string, w *written, err error) {
	w = &written{}
	w.Text("ToUserName", app.OriginalID)
	w.Text("FromUserName", in.User)
	w.Number("CreateTime", in.At.Unix())
	if msgType, ok := msgTypes[in.Kind]; ok {
		w.Text("MsgType", msgType)
		s.writeMessage(w, in)
		w.Number("MsgId", id)
		return msgType, w, nil
	}
	if menu, fromMenu := webchat.MenuKind(in); in.Kind == message.Press && !fromMenu {
		// A button under a message: WeChat sends the words on it with its id.
		w.Text("MsgType", "text")
		w.Text("Content", in.Text)
		w.Text("bizmsgmenuid", in.Payload)
		w.Number("MsgId", id)
		return "text", w, nil
	} else if event := eventOf(in, menu); event != "" {
		w.Text("MsgType", "event")
		w.Text("Event", event)
		return "event/" + event, w, s.writeEvent(ctx, w, in, menu)
	}
	return "", w, nil
}

func (s *Service) writeMessage(w *written, in message.Inbound) {
	switch in.Kind {
	case message.TextIn:
		w.Text("Content", in.Text)
	case message.ImageIn:
		w.Text("PicUrl", s.absolute(in.MediaURL))
		w.Text("MediaId", in.MediaID)
	case message.VoiceIn:
		w.Text("MediaId", in.MediaID)
		w.Text("Format", strings.TrimPrefix(path.Ext(in.MediaURL), "."))
		if in.Text != "" {
			w.Text("Recognition", in.Text)
		}
	case message.VideoIn:
		w.Text("MediaId", in.MediaID)
		w.Text("ThumbMediaId", in.Fields["thumb"])
	case message.LocationIn:
		w.Text("Location_X", degrees(in.Latitude))
		w.Text("Location_Y", degrees(in.Longitude))
		w.Number("Scale", 15)
		w.Text("Label", in.Text)
	case message.LinkIn:
		w.Text("Title", in.Text)
		w.Text("Description", in.Fields["Description"])
		w.Text("Url", in.MediaURL)
	case message.FileIn:
		w.Text("Title", in.Text)
		w.Text("MediaId", in.MediaID)
		w.Text("Url", s.absolute(in.MediaURL))
	}
}

// eventOf names the event of what is no message.
func eventOf(in message.Inbound, menu string) string {
	switch in.Kind {
	case message.Follow:
		return "subscribe"
	case message.Unfollow:
		return "unsubscribe"
	case message.Scan:
		return "SCAN"
	case message.Position:
		return "LOCATION"
	case message.View:
		if menu == "miniprogram" {
			return "view_miniprogram"
		}
		return "VIEW"
	case message.Press:
		if menu != "click" {
			return menu
		}
		return "CLICK"
	}
	return ""
}

func (s *Service) writeEvent(ctx context.Context, w *written, in message.Inbound, menu string) error {
	switch in.Kind {
	case message.Follow, message.Scan:
		return s.writeScene(ctx, w, in)
	case message.Unfollow:
		w.Text("EventKey", "")
	case message.Position:
		w.Text("Latitude", degrees(in.Latitude))
		w.Text("Longitude", degrees(in.Longitude))
		w.Text("Precision", "0")
	default:
		w.Text("EventKey", in.Payload)
		switch {
		case strings.HasPrefix(menu, "scancode_"):
			w.Group("ScanCodeInfo", func() {
				w.Text("ScanType", "qrcode")
				w.Text("ScanResult", in.Fields["scan"])
			})
		case strings.HasPrefix(menu, "pic_"):
			w.Group("SendPicsInfo", func() { w.Number("Count", 0) })
		}
	}
	return nil
}

// writeScene tells by which code somebody came: one of the developer's by its
// scene, any other as Plaza calls it.
func (s *Service) writeScene(ctx context.Context, w *written, in message.Inbound) error {
	scene, ticket := in.Scene, ""
	known, err := s.sceneOf(ctx, in.Account, in.Scene)
	switch {
	case err == nil:
		scene, ticket = known.Value(), known.Ticket
	case !errors.Is(err, errNoScene):
		return err
	case strings.HasPrefix(scene, sceneMark):
		scene = "" // one of the program's, but stale
	}
	if in.Kind == message.Follow && scene != "" {
		scene = "qrscene_" + scene
	}
	w.Text("EventKey", scene)
	if ticket != "" {
		w.Text("Ticket", ticket)
	}
	return nil
}

func degrees(value float64) string { return strconv.FormatFloat(value, 'f', 6, 64) }

// absolute makes an address whole that starts at our own root.
func (s *Service) absolute(address string) string {
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return s.PublicURL + address
	}
	return address
}
