package phones

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"plaza/bot/standin"
)

// Options of a World. All are needed.
type Options struct {
	// Folder keeps the keys and secrets of the fake accounts, so that what is
	// connected today is connected tomorrow.
	Folder string
	// Program is where the program is reached on this machine: host:port.
	Program string
	// PublicURL is where it says that people reach it.
	PublicURL string
	// Store is the sample account that WeChat, LINE and Telegram know, Cafe the one
	// that KakaoTalk knows; each by its slug.
	Store, Cafe string
	Now         func() time.Time
	Logger      *slog.Logger
}

// World is the platforms and the people on them. It is safe for concurrent use.
type World struct {
	Options

	secrets  secrets
	listener net.Listener
	trouble  *standin.Troubles
	phones   []*phone
	tills    tills
	shown    sentFiles // pictures, for the senders' own screens

	mu       sync.Mutex
	faults   map[standin.Trouble]bool
	accounts map[string]string // ids by slug
}

// Connection is what a member of an account would type in to connect a messenger.
type Connection struct {
	Account, Channel string
	Credentials      map[string]any
	// Person is the id of the phone's owner there, Login signing in with the
	// messenger on pages; nil: it has none.
	Person string
	Login  *standin.SignIn
}

// Contract is what a member would type in for a payment provider.
type Contract struct {
	Account, Provider string
	Typed             map[string]string
}

// Open makes the world and takes a port for it; Run serves it.
func Open(o Options) (*World, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("phones: %w", err)
	}
	w := &World{Options: o, listener: listener, trouble: standin.Random(uint64(o.Now().UnixNano()), nil), faults: map[standin.Trouble]bool{},
		accounts: map[string]string{}}
	w.trouble.Pause = slowness
	if w.secrets, err = keepSecrets(o.Folder); err != nil {
		_ = listener.Close() // nothing came over it
		return nil, err
	}
	// Whoever stands in again after a restart must not tell an id twice: the
	// program would take it for a repetition.
	serial := int(o.Now().UnixMilli())
	w.phones = []*phone{w.openWeChat(serial), w.openKakaoTalk(serial), w.openLINE(serial), w.openTelegram(serial)}
	for _, p := range w.phones {
		p.fetched = w.fetched
		p.opens = func(link string) string { return w.opens(p, link) }
	}
	w.tills = w.openTills(serial)
	return w, nil
}

// Address is where the page is: http://127.0.0.1:port.
func (w *World) Address() string { return "http://" + w.listener.Addr().String() }

// API is the address of a platform, by its name: a messenger's or a provider's.
func (w *World) API(platform string) string { return w.Address() + "/" + platform }

// Connections are those that the stand-ins of messengers know.
func (w *World) Connections() (all []Connection) {
	for _, p := range w.phones {
		all = append(all, p.connection)
	}
	return all
}

// Restore lets the owner of a messenger's phone be a follower, as they were
// before the world was made anew.
func (w *World) Restore(messenger string) {
	if p := w.phone(messenger); p != nil {
		p.restore()
		p.setFollows(true)
	}
}

func (w *World) phone(messenger string) *phone {
	for _, p := range w.phones {
		if p.Messenger == messenger {
			return p
		}
	}
	return nil
}

// Run serves the world until ctx ends.
func (w *World) Run(ctx context.Context) error {
	server := &http.Server{Handler: w.handler(), ReadHeaderTimeout: 10 * time.Second}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })() // nobody waits for an answer of a fake world
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { w.tills.run(ctx, w.client()) })
	work.Go(func() { w.settle(ctx) })
	if err := server.Serve(w.listener); err != http.ErrServerClosed {
		return fmt.Errorf("phones: %w", err)
	}
	return nil
}

// Close gives the port back of a world that was never run.
func (w *World) Close() error { return w.listener.Close() }

// settle has WeChat tell, a moment later as it does, how templates and mass sends
// ended.
func (w *World) settle(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for _, p := range w.phones {
			if p.settle == nil {
				continue
			}
			if err := p.settle(ctx); err != nil && ctx.Err() == nil {
				w.Logger.Warn("phones: telling how messages ended", "messenger", p.Messenger, "error", err)
			}
		}
	}
}

// webhook is where a platform calls the program about an account.
func (w *World) webhook(channel, account string) string {
	return "http://" + w.Program + "/webhooks/" + channel + "/" + account
}

// client calls the program on this machine, whatever name it has outside.
func (w *World) client() *http.Client {
	return &http.Client{Timeout: 10 * time.Second, Transport: toProgram{w.Program}}
}

type toProgram struct{ address string }

func (t toProgram) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL = &url.URL{Scheme: "http", Host: t.address, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	return http.DefaultTransport.RoundTrip(r)
}
