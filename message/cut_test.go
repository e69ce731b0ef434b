package message_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"plaza/message"
)

var measures = map[string]message.Measure{"bytes": message.Bytes, "characters": message.Characters, "UTF-16": message.UTF16}

func TestPiecesHoldTheWholeTextWithinTheLimit(t *testing.T) {
	for name, measure := range measures {
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			text := rapid.StringOfN(rapid.SampledFrom([]rune("aé好한😀\n ")), 0, 80, -1).Draw(t, "text")
			limit := rapid.IntRange(4, 30).Draw(t, "limit")
			pieces := message.Pieces(text, limit, measure)
			for _, piece := range pieces {
				if message.Length(piece, measure) > limit || !utf8.ValidString(piece) {
					t.Fatalf("%q is over %d, or not whole", piece, limit)
				}
			}
			// Only line ends at which it was cut are dropped.
			joined, left := strings.Join(pieces, ""), strings.ReplaceAll(text, "\n", "")
			if strings.ReplaceAll(joined, "\n", "") != left {
				t.Fatalf("%q became %q", text, pieces)
			}
		}))
	}
}

func TestLengthsAreCountedAsThePlatformsDo(t *testing.T) {
	for name, want := range map[string]int{"bytes": 1 + 2 + 3 + 4, "characters": 4, "UTF-16": 5} {
		if got := message.Length("aé好😀", measures[name]); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}

func TestACutPrefersTheEndOfALine(t *testing.T) {
	head, tail := message.Cut("one two\nthree four", 12, message.Characters)
	if head != "one two" || tail != "three four" {
		t.Errorf("cut into %q and %q", head, tail)
	}
}

func TestShortenShowsThatItDid(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"short", "short"}, {"exactly ten", "exactly t…"}, {"好好好好好好好好好好好", "好好好好好好好好好…"},
	} {
		if got := message.Shorten(c.text, 10, message.Characters); got != c.want {
			t.Errorf("%q became %q, want %q", c.text, got, c.want)
		}
	}
}
