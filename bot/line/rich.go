package line

import (
	"fmt"
	"strings"

	"plaza/message"
)

// rich is text with emphasis, which LINE shows in bubbles only. A bubble's text
// can't hold links, so they become buttons under it; a text with many links, or
// a long one, is better off as plain text, in which LINE makes addresses tappable.
func (w writer) rich(out message.Outbound) []object {
	var spans []*component
	var links []message.Button
	length, plain := 0, true
	for _, run := range out.Runs {
		if run.Text == "" {
			continue
		}
		length += message.Length(run.Text, message.UTF16)
		span := &component{Type: "span", Text: run.Text}
		if run.Bold {
			span.Weight = "bold"
		}
		if run.Italic {
			span.Style = "italic"
		}
		if run.Strike {
			span.Decoration = "line-through"
		}
		if run.Code {
			span.Color = quiet
		}
		if _, ok := w.link(run.URL); run.URL != "" && ok {
			span.Color, span.Decoration = linked, "underline"
			links = append(links, message.Button{Label: strings.TrimSpace(run.Text), URL: run.URL})
		}
		plain = plain && run == (message.Run{Text: run.Text})
		spans = append(spans, span)
	}
	unstyled := out
	unstyled.Form, unstyled.Quick = message.TextForm, nil
	if plain || length > maxFlexText || len(links) > maxLinks || len(spans) > 100 {
		return w.texts(w.words().Of(unstyled))
	}
	return w.flex(out, func(int) ([]*container, string) {
		foot, mute := w.presses(append(links, out.Buttons...))
		body := column(&component{Type: "text", Wrap: true, Size: "md", Contents: spans})
		return []*container{bubble("mega", nil, body, foot)}, mute
	})
}

// media is a recording or a video that LINE plays, if it has what LINE wants to
// know of it; else, and for files, a bubble that opens it.
func (w writer) media(out message.Outbound) []object {
	m := out.Media
	address, preview := w.secure(m.URL), w.secure(m.Preview)
	switch {
	case address == "":
	case out.Form == message.VideoForm && preview != "" && playable(m.Type, "video/mp4"):
		return w.withWords(out, object{Type: "video", Original: address, Preview: preview})
	case out.Form == message.VoiceForm && m.Length > 0 && playable(m.Type, "audio/mpeg", "audio/mp4", "audio/x-m4a", "audio/m4a"):
		return w.withWords(out, object{Type: "audio", Original: address, Duration: m.Length})
	}
	return w.flex(out, func(room int) ([]*container, string) {
		open := w.opening(m.URL, "line.open")
		if open == nil {
			return nil, ""
		}
		var left []string
		body := column()
		body.add(some(cut(out.Text, room, &left), "md"))
		name := m.Name
		if name == "" {
			name = w.speak(w.language, "line."+string(out.Form))
		}
		body.add(label(symbols[out.Form]+" "+cut(name, min(room, maxTitle), &left), "md").bold().doing(w.opens(m.URL)))
		if m.Size > 0 {
			body.add(label(size(m.Size), "xs").coloured(quiet))
		}
		foot, mute := w.presses(out.Buttons)
		foot.add(open)
		return []*container{bubble("mega", nil, body, foot)}, join(join(left...), mute)
	})
}

var symbols = map[message.Form]string{message.VoiceForm: "🎵", message.VideoForm: "🎬", message.FileForm: "📎"}

// playable says whether LINE plays such a type; an unknown one is tried.
func playable(given string, types ...string) bool {
	given, _, _ = strings.Cut(strings.ToLower(given), ";")
	if given == "" {
		return true
	}
	for _, known := range types {
		if strings.TrimSpace(given) == known {
			return true
		}
	}
	return false
}

// size in words that every reader of three languages knows.
func size(bytes int64) string {
	switch {
	case bytes < 1<<10:
		return fmt.Sprintf("%d B", bytes)
	case bytes < 1<<20:
		return fmt.Sprintf("%.0f KB", float64(bytes)/(1<<10))
	}
	return fmt.Sprintf("%.1f MB", float64(bytes)/(1<<20))
}
