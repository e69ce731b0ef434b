package wechat

import (
	"sync"
	"time"
)

// pictures remembers under which media id a picture, a recording or a video was
// last uploaded, so that a reply can show the thing itself without waiting for
// anything. Losing it costs one plainer reply, so it is kept in memory only,
// and bounded.
type pictures struct {
	mu    sync.RWMutex
	now   func() time.Time
	known map[pictureKey]uploaded
}

type pictureKey struct {
	appID   string
	kind    MediaKind
	address string
}

type uploaded struct {
	mediaID string
	until   time.Time
}

const maxPictures = 4096

// id is empty if the thing is not known or WeChat may have dropped it.
func (p *pictures) id(appID string, kind MediaKind, address string) string {
	if address == "" {
		return ""
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	found := p.known[pictureKey{appID, kind, address}]
	if !p.now().Before(found.until) {
		return ""
	}
	return found.mediaID
}

func (p *pictures) learn(appID string, kind MediaKind, address, mediaID string, until time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known == nil || len(p.known) >= maxPictures {
		p.known = make(map[pictureKey]uploaded)
	}
	p.known[pictureKey{appID, kind, address}] = uploaded{mediaID, until}
}
