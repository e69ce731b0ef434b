package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"plaza/api"
	compat "plaza/api/compat/wechat"
	"plaza/api/console"
	"plaza/api/public"
	"plaza/api/rest"
	"plaza/api/web"
	"plaza/live"
)

// errStopping is why a server that shuts down is not ready.
var errStopping = errors.New("shutting down")

type serveCommand struct{}

func (serveCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	listener, err := s.listen()
	if err != nil {
		return err
	}
	p, err := open(ctx, s, differences{})
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if restored, err := p.DB.Restored(ctx); err != nil {
		return errors.Join(err, listener.Close(), p.close())
	} else if restored {
		p.Logger.Warn("this store was restored from a backup: sending is paused until an owner resumes it in the console")
	}
	return p.serve(ctx, listener, func(address string) error {
		_, err := fmt.Fprintf(out, "Plaza %s listens on %s; people reach it at %s\n", version, address, s.publicURL())
		return err
	})
}

// serve runs the server on a listener until ctx ends, and then shuts it down in order: no new
// work, what is under way finished, leases given back, the store closed.
// started is called once the server answers.
func (p *program) serve(ctx context.Context, listener net.Listener, started func(address string) error) error {
	var stopping atomic.Bool
	metrics := live.NewMetrics()
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics, p.Bot.Metrics(), p.Notify.Metrics(), p.Clocks, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	surface := &web.Surface{Logger: p.Logger, Renderer: p.Renderer, Accounts: p.Accounts,
		Now: p.Now, PublicURL: p.PublicURL}
	hub := p.newHub(metrics)
	handler, err := api.New(api.Options{
		Surface: surface, Webhooks: p.Webhooks(), Payments: p.Payments,
		Ready: func(ctx context.Context) error {
			if stopping.Load() {
				return errStopping
			}
			_, err := p.DB.Restored(ctx) // one read by key: the database answers
			return err
		},
		Clocks:  p.Clocks.Off,
		Metrics: registry, MetricsToken: p.settings.MetricsToken, TrustedProxies: p.settings.TrustedProxies,
		Surfaces: p.surfaces(surface, hub),
	})
	if err != nil {
		return errors.Join(err, listener.Close(), p.close())
	}
	tuneMemory()
	server := api.HTTPServer(handler, p.Logger)
	stop := p.Start(ctx)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	err = started(listener.Addr().String())
	if err == nil {
		debug.FreeOSMemory() // of what starting took
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	stopping.Store(true)
	return errors.Join(err, p.shutDown(context.WithoutCancel(ctx), server, hub, stop))
}

func (p *program) newHub(metrics *live.Metrics) *live.Hub {
	return live.NewHub(p.Log, live.HubOptions{
		Authorize: public.Authorize(p.Accounts, p.Webchat, p.SignIn),
		Signal:    public.Signal(public.Signalling{Accounts: p.Accounts, Bot: p.Bot, Chat: p.Webchat, Now: p.Now, Logger: p.Logger}),
		Metrics:   metrics, Logger: p.Logger, Now: p.Now,
		Origins: []string{p.PublicURL}, // for proxies that do not hand the host on
	})
}

// surfaces are the parts of the outside for people and programs.
func (p *program) surfaces(surface *web.Surface, hub *live.Hub) []func(*gin.Engine) {
	return []func(*gin.Engine){
		public.Mount(public.Options{
			Surface:     surface,
			Bot:         p.Bot,
			Chat:        p.Webchat,
			Notify:      p.Notify,
			SignIn:      p.SignIn,
			Devices:     p.Devices,
			Guests:      p.Guests,
			Identity:    p.Identity,
			Developer:   p.Developer,
			Shop:        p.Shop,
			Wallet:      p.Wallet,
			Transfers:   p.Transfers,
			Statements:  p.Statements,
			Mandates:    p.Mandates,
			Counter:     p.Counter,
			Requests:    p.Requests,
			Friends:     p.Friends,
			PINs:        p.PINs,
			Receipts:    p.Receipts,
			Codes:       p.Codes,
			Broadcast:   p.Broadcast,
			Pictures:    p.Pictures,
			Attachments: p.Attachments,
			Log:         p.Log,
			Hub:         hub,
		}),
		console.New(console.Dependencies{
			Notices:     p.Notices,
			Surface:     surface,
			Bot:         p.Bot,
			Developer:   p.Developer,
			Notify:      p.Notify,
			Broadcast:   p.Broadcast,
			Codes:       p.Codes,
			Shop:        p.Shop,
			Wallet:      p.Wallet,
			PINs:        p.PINs,
			Risk:        p.Risk,
			Books:       p.Books,
			Ledger:      p.Ledger,
			Statements:  p.Statements,
			Mandates:    p.Mandates,
			Counter:     p.Counter,
			Exchange:    p.Exchange,
			Requests:    p.Requests,
			Identity:    p.Identity,
			Clocks:      p.Clocks,
			SignIn:      p.SignIn,
			Pictures:    p.Pictures,
			Attachments: p.Attachments,
			Log:         p.Log,
			SignedOut:   func(session string) { hub.Kick(session) },
		}).Mount,
		compat.Mount(compat.Options{Surface: surface, Developer: p.Developer}),
		rest.Mount(rest.Options{
			Notices:    p.Notices,
			Mandates:   p.Mandates,
			Requests:   p.Requests,
			Surface:    surface,
			DB:         p.DB,
			Sealer:     p.Vault,
			Bot:        p.Bot,
			Shop:       p.Shop,
			Wallet:     p.Wallet,
			Risk:       p.Risk,
			Books:      p.Books,
			Statements: p.Statements,
			Ledger:     p.Ledger,
			Identity:   p.Identity,
			Codes:      p.Codes,
			Broadcast:  p.Broadcast,
			Pictures:   p.Pictures,
			Log:        p.Log,
			Version:    version,
			Exchange:   p.Exchange,
		}),
	}
}

type healthCommand struct{}

// Run asks the server on this machine, for a container's health check.
func (healthCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	_, port, err := net.SplitHostPort(s.Addr)
	if err != nil {
		return fmt.Errorf("addr: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort("127.0.0.1", port)+"/readyz", nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not ready (status %d)", response.StatusCode)
	}
	_, err = fmt.Fprintln(out, "ready")
	return err
}
