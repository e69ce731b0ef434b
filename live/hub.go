package live

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"
)

// Identity is who is at the other end of a connection, as the caller of Serve
// knows them.
type Identity struct {
	// Key names them for Kick and for the limit of connections: a session, an
	// API token, a visitor. Empty: nobody in particular; only Address limits.
	Key string
	// Address is the client's network address for the limit by address. Empty:
	// the one the connection comes from, which behind a proxy is the proxy's.
	Address string
	// Subject is handed to Authorize as it is.
	Subject any
}

// HubOptions adjust a Hub. Authorize is needed; every zero is a default.
type HubOptions struct {
	// Authorize decides whether subject may see topic, and says in which
	// account it lies. A *fault.Error is told to the browser; any other error
	// closes the connection, to be tried again. It is asked when a browser
	// subscribes and about every Heartbeat from then on.
	Authorize func(ctx context.Context, subject any, topic string) (account string, err error)
	// Signal takes what a page signals on a topic, such as that somebody types
	// there. It decides whether subject may, and whom it is shown to. A
	// *fault.Error is told to the browser; any other error is lost with the
	// signal. Nil: no page may signal.
	Signal func(ctx context.Context, subject any, topic, kind string) error
	// Origins that pages may connect from ("https://shop.example"), besides
	// the host that was asked. A request without an origin comes from no
	// browser, so carries nobody's cookies, and is let in.
	Origins []string
	// Metrics are counted if there are any.
	Metrics *Metrics
	// Logger gets what nobody waits for; nil is slog.Default.
	Logger *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time

	// PerIdentity and PerAddress bound open connections: 32 and 8192. The
	// second is high since a whole town may sit behind one carrier's address.
	PerIdentity, PerAddress int
	// Connections bounds all of them: 100,000.
	Connections int
	// Topics bounds the subscriptions of a connection: 32.
	Topics int
	// Rate and Burst bound the frames a second from a browser: 10 and 100.
	Rate  rate.Limit
	Burst int
	// QueueFrames and QueueBytes bound what waits for a slow browser: 256 and
	// 1 MiB.
	QueueFrames, QueueBytes int
	// Replay bounds how many of an account's events a resuming browser may be
	// behind; beyond, it is told to load the page's data again: 10,000.
	Replay int64
	// Heartbeat is how often a silent connection is pinged: 25 s. After two
	// and a half without an answer it is closed. It also bounds one write.
	Heartbeat time.Duration
	// Spread is over how long browsers are told to come back after a
	// shutdown: 5 s.
	Spread time.Duration
}

func (o HubOptions) withDefaults() HubOptions {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Metrics == nil {
		o.Metrics = NewMetrics()
	}
	o.PerIdentity = orDefault(o.PerIdentity, 32)
	o.PerAddress = orDefault(o.PerAddress, 8192)
	o.Connections = orDefault(o.Connections, 100_000)
	o.Topics = orDefault(o.Topics, 32)
	o.Rate = orDefault(o.Rate, 10)
	o.Burst = orDefault(o.Burst, 100)
	o.QueueFrames = orDefault(o.QueueFrames, 256)
	o.QueueBytes = orDefault(o.QueueBytes, 1<<20)
	o.Replay = orDefault(o.Replay, 10_000)
	o.Heartbeat = orDefault(o.Heartbeat, 25*time.Second)
	o.Spread = orDefault(o.Spread, 5*time.Second)
	return o
}

// Hub serves the event log to browsers over WebSockets. It takes no decision
// on who may see what: Authorize does.
type Hub struct {
	log      *Log
	options  HubOptions
	upgrader websocket.Upgrader
	shards   [shardCount]shard
	counts   counts
	next     atomic.Uint64 // spreads connections over shards

	// life ends when the hub closes, and with it what connections wait for.
	life context.Context
	end  context.CancelFunc
	work sync.WaitGroup

	mu      sync.Mutex
	rooms   map[string]*room
	closing bool
}

// shardCount is the number of parts the connections are divided into, each
// with its own lock and its own turn of the heartbeat.
const shardCount = 16

type shard struct {
	mu          sync.Mutex
	connections map[*connection]struct{}
}

// NewHub makes a hub over a log and starts its heartbeat; Close ends it.
func NewHub(log *Log, options HubOptions) *Hub {
	h := &Hub{log: log, options: options.withDefaults(), rooms: make(map[string]*room)}
	h.counts = newCounts(h.options)
	h.life, h.end = context.WithCancel(context.Background())
	for i := range h.shards {
		h.shards[i].connections = make(map[*connection]struct{})
	}
	h.upgrader = websocket.Upgrader{
		HandshakeTimeout: 10 * time.Second,
		// Frames from browsers are small, and those to them are prepared, so a
		// connection needs no buffers of its own to speak of.
		ReadBufferSize:  512,
		WriteBufferSize: 512,
		WriteBufferPool: &sync.Pool{},
		CheckOrigin:     h.allowsOrigin,
	}
	h.work.Go(h.heartbeat)
	return h
}

// Serve takes a WebSocket over and returns; the connection lives on without
// the request. It answers with an HTTP error itself: 403 for a foreign origin,
// 429 over the limits of identity or address, 503 when full or closing.
func (h *Hub) Serve(w http.ResponseWriter, r *http.Request, identity Identity) {
	if identity.Address == "" {
		identity.Address, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	if status := h.counts.enter(identity); status != http.StatusOK {
		h.options.Metrics.refused.WithLabelValues("limit").Inc()
		w.Header().Set("Retry-After", "10")
		http.Error(w, "too many connections", status)
		return
	}
	// After it is counted: so a closing hub either waits for it or refuses it.
	if h.isClosing() {
		h.counts.leave(identity)
		w.Header().Set("Retry-After", "2")
		http.Error(w, "restarting", http.StatusServiceUnavailable)
		return
	}
	ws, err := h.upgrader.Upgrade(w, r, nil)
	if err != nil {
		h.counts.leave(identity)
		h.options.Metrics.refused.WithLabelValues("handshake").Inc()
		h.options.Logger.Debug("live: no handshake", "error", err)
		return
	}
	c := newConnection(h, ws, identity)
	if !h.add(c) {
		c.depart(h.options.Spread)
	}
	// A goroutine of its own, since the server's has grown a stack and holds
	// the request for as long as it runs.
	go c.read()
}

// add registers a connection, unless the hub has begun to close.
func (h *Hub) add(c *connection) bool {
	c.shard = &h.shards[h.next.Add(1)%shardCount]
	c.shard.mu.Lock()
	c.shard.connections[c] = struct{}{}
	c.shard.mu.Unlock()
	h.options.Metrics.connections.Inc()
	return !h.isClosing()
}

func (h *Hub) remove(c *connection) {
	c.shard.mu.Lock()
	delete(c.shard.connections, c)
	c.shard.mu.Unlock()
	h.counts.leave(c.identity)
	h.options.Metrics.connections.Dec()
}

func (h *Hub) isClosing() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.closing
}

// allowsOrigin lets pages of the same host and of the listed origins connect.
func (h *Hub) allowsOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(h.options.Origins, origin) {
		return true
	}
	parsed, err := url.Parse(origin)
	return err == nil && strings.EqualFold(parsed.Host, r.Host)
}

// each calls f for a copy of the connections, shard by shard.
func (h *Hub) each(f func(*connection)) {
	for i := range h.shards {
		for _, c := range h.shards[i].list() {
			f(c)
		}
	}
}

func (s *shard) list() []*connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*connection, 0, len(s.connections))
	for c := range s.connections {
		list = append(list, c)
	}
	return list
}

// Connections is how many are open.
func (h *Hub) Connections() int { return h.counts.total() }

// Kick closes the connections of an identity on this node, for good: at
// sign-out, and when a right is withdrawn. It returns how many there were.
// Withdraw the right first, where Authorize looks: a connection that is just
// being made may still come, but then sees nothing.
func (h *Hub) Kick(key string) int {
	kicked := 0
	h.each(func(c *connection) {
		if c.identity.Key == key {
			c.close(CloseSignedOut)
			kicked++
		}
	})
	return kicked
}

// Close refuses new connections, tells the open ones when to come back,
// spread over time so that the next node is not overrun, and waits until they
// are gone or ctx ends; then it cuts them off.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	total, i := h.counts.total(), 0
	h.each(func(c *connection) {
		c.depart(h.options.Spread * time.Duration(i) / time.Duration(max(total, 1)))
		i++
	})
	_ = h.counts.waitEmpty(ctx) // who has not answered by then is cut off
	h.end()
	h.each(func(c *connection) { c.cut() })
	h.work.Wait()
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), closeWithin)
	defer cancel()
	return h.counts.waitEmpty(finish)
}
