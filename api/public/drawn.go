package public

import (
	"sync"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
)

// drawings keeps pictures of codes that were drawn lately. The same few are
// asked for again and again, mostly by messengers' servers; drawing others is
// limited by address, because anybody can think of addresses of ours.
type drawings struct {
	limit *web.Limiter

	mu sync.Mutex
	// Pictures move from old to young when they are used; when young is full it
	// becomes old, and what was old and unused is forgotten.
	young, old map[string][]byte
}

// maxDrawn bounds the pictures of either half, of a few kilobytes each.
const maxDrawn = 256

func newDrawings(limit *web.Limiter) *drawings {
	return &drawings{limit: limit, young: map[string][]byte{}, old: map[string][]byte{}}
}

// get finds a picture or has it drawn. Errors: web.ErrTooOften, those of draw.
func (d *drawings) get(c *gin.Context, key string, draw func() ([]byte, error)) ([]byte, error) {
	if kept := d.find(key); kept != nil {
		return kept, nil
	}
	if err := d.limit.Check(c); err != nil {
		return nil, err
	}
	drawn, err := draw()
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.keep(key, drawn)
	return drawn, nil
}

func (d *drawings) find(key string) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	if kept := d.young[key]; kept != nil {
		return kept
	}
	kept := d.old[key]
	if kept != nil {
		d.keep(key, kept)
	}
	return kept
}

func (d *drawings) keep(key string, drawn []byte) {
	if len(d.young) >= maxDrawn {
		d.young, d.old = make(map[string][]byte, maxDrawn), d.young
	}
	d.young[key] = drawn
}
