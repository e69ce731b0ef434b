package message

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Measure says how long a character is in a platform's way of counting.
type Measure func(rune) int

// Bytes counts UTF-8 bytes, as WeChat does.
func Bytes(r rune) int { return max(1, utf8.RuneLen(r)) }

// Characters counts code points.
func Characters(rune) int { return 1 }

// UTF16 counts UTF-16 code units, as LINE and Telegram do.
func UTF16(r rune) int { return max(1, utf16.RuneLen(r)) }

// Length of a text by a measure.
func Length(text string, measure Measure) (length int) {
	for _, r := range text {
		length += measure(r)
	}
	return length
}

// Cut takes at most limit from the front, up to the last line end in the second
// half if there is one (which is dropped), and never splits a character. It
// takes at least one character, so that cutting again and again comes to an end.
func Cut(text string, limit int, measure Measure) (head, tail string) {
	length, end, lineEnd := 0, len(text), 0
	for at, r := range text {
		if length += measure(r); length > limit && at > 0 {
			end = at
			break
		}
		if r == '\n' && length > limit/2 {
			lineEnd = at
		}
	}
	switch {
	case end == len(text):
		return text, ""
	case lineEnd > 0:
		return text[:lineEnd], text[lineEnd+1:]
	}
	return text[:end], text[end:]
}

// Pieces cuts a text into as many parts as it takes.
func Pieces(text string, limit int, measure Measure) (pieces []string) {
	for text != "" {
		var piece string
		piece, text = Cut(text, limit, measure)
		pieces = append(pieces, piece)
	}
	return pieces
}

// Shorten cuts to a limit and shows that it did.
func Shorten(text string, limit int, measure Measure) string {
	if Length(text, measure) <= limit {
		return text
	}
	const sign = "…"
	room, end := limit-measure('…'), 0
	for at, r := range text {
		if room -= measure(r); room < 0 {
			break
		}
		end = at + utf8.RuneLen(r)
	}
	return strings.TrimRight(text[:end], " ") + sign
}
