package live

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// connection is one browser. It has one goroutine, which reads and sleeps; a
// second one writes while there is something to write. Neither has a timer:
// the hub's heartbeat notices silence and writes that hang.
type connection struct {
	hub      *Hub
	ws       *websocket.Conn
	identity Identity
	shard    *shard
	limiter  *rate.Limiter
	heard    atomic.Int64 // last sign of life, Unix ms

	// The reading goroutine's alone.
	subscriptions []*subscription
	signals       *rate.Limiter // of the page; nil until it makes one
	reviewed      time.Time     // when it was last asked whether they are still allowed

	mu        sync.Mutex
	queue     []*frame
	bytes     int   // of queue
	writing   bool  // a goroutine is
	since     int64 // when the present write began, Unix ms; 0: none
	closing   CloseCode
	closingAt int64         // Unix ms
	gone      bool          // nothing can be written any more
	space     chan struct{} // closed when the queue has been taken; nil: nobody waits
}

func newConnection(h *Hub, ws *websocket.Conn, identity Identity) *connection {
	c := &connection{hub: h, ws: ws, identity: identity, reviewed: h.options.Now(),
		limiter: rate.NewLimiter(h.options.Rate, h.options.Burst)}
	c.heard.Store(c.reviewed.UnixMilli())
	return c
}

// read serves the browser's frames until the connection ends.
func (c *connection) read() {
	defer c.finish()
	c.ws.SetReadLimit(MaxFrameBytes)
	c.ws.SetPingHandler(func(data string) error {
		c.hear()
		if c.allow() {
			c.send(newFrame(websocket.PongMessage, []byte(data)))
		}
		return nil
	})
	c.ws.SetPongHandler(func(string) error {
		c.hear()
		return nil
	})
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return
		}
		c.hear()
		if !c.allow() {
			continue
		}
		request, err := parseRequest(data)
		if err != nil {
			c.close(CloseProtocol)
			continue
		}
		c.answer(request)
	}
}

// hear notes a sign of life. With the first one after each heartbeat it is
// looked whether the browser may still see what it follows: a browser from
// which nothing comes is cut off, so no other moment is needed.
func (c *connection) hear() {
	now := c.hub.options.Now()
	c.heard.Store(now.UnixMilli())
	if now.Sub(c.reviewed) >= c.hub.options.Heartbeat {
		c.reviewed = now
		c.review()
	}
}

// allow counts a frame from the browser and closes the connection if there
// are too many.
func (c *connection) allow() bool {
	if c.limiter.AllowN(c.hub.options.Now(), 1) {
		return !c.isClosing()
	}
	c.close(CloseBusy)
	return false
}

func (c *connection) answer(r request) {
	switch {
	case r.Subscribe != nil:
		c.subscribe(r.Subscribe.Topic, r.Subscribe.Since)
	case r.Unsubscribe != nil:
		c.unsubscribe(r.Unsubscribe.Topic)
		c.send(reply("unsubscribed", map[string]string{"topic": r.Unsubscribe.Topic}))
	case r.Signal != nil:
		c.signal(*r.Signal)
	case r.Ping != nil:
		for _, s := range c.subscriptions {
			s.tellPosition()
		}
		c.send(reply("pong", *r.Ping))
	}
}

// finish forgets the connection.
func (c *connection) finish() {
	c.cut()
	for _, s := range c.subscriptions {
		s.leave()
	}
	c.subscriptions = nil
	c.hub.remove(c)
}

// send queues a frame. A browser that lets the queue grow over its limits is
// told so and closed: it resumes when it can keep up.
func (c *connection) send(f *frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.gone || c.closing != 0 {
		return
	}
	options := &c.hub.options
	if len(c.queue) >= options.QueueFrames || c.bytes+f.size > options.QueueBytes {
		c.queue, c.bytes = nil, 0
		c.closeLocked(CloseSlow)
		return
	}
	c.push(f)
}

// sendWhenRoom queues a frame of a replay: it waits until half of the queue is
// free, and answers false if the connection ends instead.
func (c *connection) sendWhenRoom(f *frame) bool {
	for {
		c.mu.Lock()
		if c.gone || c.closing != 0 {
			c.mu.Unlock()
			return false
		}
		if len(c.queue) < c.hub.options.QueueFrames/2 && c.bytes < c.hub.options.QueueBytes/2 {
			c.push(f)
			c.mu.Unlock()
			return true
		}
		if c.space == nil {
			c.space = make(chan struct{})
		}
		space := c.space
		c.mu.Unlock()
		<-space
	}
}

// push queues a frame and sees to it that somebody writes.
func (c *connection) push(f *frame) {
	c.queue = append(c.queue, f)
	c.bytes += f.size
	if !c.writing {
		c.writing = true
		go c.write()
	}
}

// close sends what is queued and then a close frame. The heartbeat cuts the
// connection if the browser does not answer it.
func (c *connection) close(code CloseCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLocked(code)
}

func (c *connection) closeLocked(code CloseCode) {
	if c.gone || c.closing != 0 {
		return
	}
	c.hub.options.Metrics.closed.WithLabelValues(code.String()).Inc()
	c.closing, c.closingAt = code, c.hub.options.Now().UnixMilli()
	c.push(closeFrame(code))
}

// depart tells the browser to come back after a while, and closes.
func (c *connection) depart(after time.Duration) {
	c.send(reply("reconnect", map[string]int64{"after": after.Milliseconds()}))
	c.close(CloseRestart)
}

func (c *connection) isClosing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing != 0
}

// cut ends the connection without a word; the reading goroutine then finishes.
func (c *connection) cut() {
	c.mu.Lock()
	c.gone, c.queue, c.bytes = true, nil, 0
	c.freeSpace()
	c.mu.Unlock()
	_ = c.ws.Close() // it may be closed already
}

// write sends what is queued until nothing is.
func (c *connection) write() {
	for {
		queue := c.take()
		if queue == nil {
			return
		}
		for _, f := range queue {
			if err := c.ws.WritePreparedMessage(f.prepared); err != nil {
				c.lose()
				return
			}
		}
	}
}

// take hands the queue to the writing goroutine, or ends that.
func (c *connection) take() []*frame {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.freeSpace()
	if len(c.queue) == 0 || c.gone {
		c.writing, c.since, c.queue = false, 0, nil
		return nil
	}
	queue := c.queue
	c.queue, c.bytes = nil, 0
	c.since = c.hub.options.Now().UnixMilli()
	return queue
}

func (c *connection) freeSpace() {
	if c.space != nil {
		close(c.space)
		c.space = nil
	}
}

// lose gives up a connection that cannot be written to. After a close frame of
// our own that is the expected end: the browser's answer is still read.
func (c *connection) lose() {
	c.mu.Lock()
	c.writing, c.since = false, 0
	closed := c.closing != 0
	c.gone, c.queue = true, nil
	c.freeSpace()
	c.mu.Unlock()
	if !closed {
		_ = c.ws.Close() // wakes the reader, which finishes
	}
}
