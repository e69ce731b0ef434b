package console

import (
	"time"

	"github.com/gin-gonic/gin"

	"plaza/skew"
	"plaza/templates"
)

// clockFindings say in words that this server's clock is not a platform's, which
// is what a refused signature comes from that looks right in every other way.
// A platform that has not answered often enough yet is spoken for by the others.
func (s *Console) clockFindings(c *gin.Context, name string) []templates.Finding {
	found := s.Clocks.Of(name)
	if off := s.Clocks.Off(); found.Answers < skew.Enough && len(off) > 0 {
		found = off[0]
	}
	if !found.Off() {
		return nil
	}
	key := "connect.clock.fast"
	if found.Ahead < 0 {
		key = "connect.clock.slow"
	}
	return []templates.Finding{{Tone: "bad", Text: s.Surface.Text(c, key, s.howLong(c, found.Ahead.Abs()), s.platformName(c, found.Platform))}}
}

// platformName is what people call a messenger or a way of paying.
func (s *Console) platformName(c *gin.Context, name string) string {
	if key := "page.channel." + name; s.Surface.Renderer.Texts.Has(key) {
		return s.Surface.Text(c, key)
	}
	return s.Surface.Text(c, "page.way."+name)
}

// howLong is a time in the largest unit of which there are two.
func (s *Console) howLong(c *gin.Context, long time.Duration) string {
	for _, unit := range []struct {
		key  string
		long time.Duration
	}{{"days", 24 * time.Hour}, {"hours", time.Hour}, {"minutes", time.Minute}} {
		if long >= 2*unit.long {
			return s.Surface.Text(c, "connect.clock."+unit.key, int64(long.Round(unit.long)/unit.long))
		}
	}
	return s.Surface.Text(c, "connect.clock.seconds", int64(long/time.Second))
}
