package live

import (
	"time"

	"github.com/gorilla/websocket"
)

// closeWithin is how long a browser has to answer a close frame.
const closeWithin = 5 * time.Second

// heartbeat visits the shards in turn, all of them once in each Heartbeat, so
// that pings are spread out; every visit also looks for connections that hang.
func (h *Hub) heartbeat() {
	ticker := time.NewTicker(h.options.Heartbeat / shardCount)
	defer ticker.Stop()
	ping := newFrame(websocket.PingMessage, nil)
	for turn := 0; ; turn++ {
		select {
		case <-h.life.Done():
			return
		case <-ticker.C:
		}
		now := h.options.Now()
		for i := range h.shards {
			for _, c := range h.shards[i].list() {
				c.visit(now, i == turn%shardCount, ping)
			}
		}
	}
}

// visit pings a connection if it is its turn, and ends it if it hangs.
func (c *connection) visit(now time.Time, turn bool, ping *frame) {
	beat := c.hub.options.Heartbeat
	silent := since(now, c.heard.Load())
	c.mu.Lock()
	stuck := c.since != 0 && since(now, c.since) > beat
	unanswered := c.closing != 0 && since(now, c.closingAt) > closeWithin
	c.mu.Unlock()
	switch {
	case stuck:
		c.hub.options.Metrics.closed.WithLabelValues("write hangs").Inc()
		c.cut()
	case unanswered:
		c.cut()
	case silent > beat*5/2:
		c.close(CloseSilent)
	case turn && silent >= beat/2:
		c.send(ping)
	}
}

func since(now time.Time, unixMilli int64) time.Duration {
	return time.Duration(now.UnixMilli()-unixMilli) * time.Millisecond
}
