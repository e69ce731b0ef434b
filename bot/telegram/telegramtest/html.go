package telegramtest

import (
	"html"
	"strings"
	"unicode/utf16"

	"github.com/go-telegram/bot/models"
)

// The tags of Telegram's HTML (platform document: "HTML style").
var tags = map[string]models.MessageEntityType{
	"b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
	"s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "tg-spoiler": "spoiler",
	"code": "code", "pre": "pre", "blockquote": "blockquote", "a": "text_link",
}

// parseHTML turns a text in Telegram's HTML into a plain one with entities, or
// says at which byte it is none.
func parseHTML(text string) (string, []models.MessageEntity, *refusal) {
	type open struct {
		name string
		models.MessageEntity
	}
	var plain strings.Builder
	var stack []open
	var entities []models.MessageEntity
	length := func() int { return len(utf16.Encode([]rune(plain.String()))) }
	for at := 0; at < len(text); {
		next := strings.IndexAny(text[at:], "<&")
		if next < 0 {
			plain.WriteString(text[at:])
			break
		}
		plain.WriteString(text[at : at+next])
		at += next
		if text[at] == '&' {
			end := strings.IndexByte(text[at:], ';')
			if end < 0 || html.UnescapeString(text[at:at+end+1]) == text[at:at+end+1] {
				plain.WriteByte('&') // taken as it is, like the platform does
				at++
				continue
			}
			plain.WriteString(html.UnescapeString(text[at : at+end+1]))
			at += end + 1
			continue
		}
		end := strings.IndexByte(text[at:], '>')
		if end < 0 {
			return "", nil, bad("can't parse entities: unclosed start tag at byte offset %d", at)
		}
		tag := text[at+1 : at+end]
		if name, closing := strings.CutPrefix(tag, "/"); closing {
			if len(stack) == 0 || stack[len(stack)-1].name != name {
				return "", nil, bad("can't parse entities: unexpected end tag at byte offset %d", at)
			}
			last := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			if last.Length = length() - last.Offset; last.Length > 0 {
				entities = append(entities, last.MessageEntity)
			}
		} else {
			name, attributes, _ := strings.Cut(tag, " ")
			kind, known := tags[name]
			if !known {
				return "", nil, bad("can't parse entities: unsupported start tag \"%s\" at byte offset %d", name, at)
			}
			begun := open{name, models.MessageEntity{Type: kind, Offset: length()}}
			if name == "a" {
				address, opened := strings.CutPrefix(attributes, `href="`)
				address, closed := strings.CutSuffix(address, `"`)
				if !opened || !closed {
					return "", nil, bad("can't parse entities: bad attribute at byte offset %d", at)
				}
				begun.URL = html.UnescapeString(address)
			}
			stack = append(stack, begun)
		}
		at += end + 1
	}
	if len(stack) > 0 {
		return "", nil, bad("can't parse entities: can't find end tag corresponding to start tag \"%s\"", stack[len(stack)-1].name)
	}
	return plain.String(), entities, nil
}
