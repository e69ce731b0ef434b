package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"plaza/api"
	"plaza/api/console"
	"plaza/api/public"
	"plaza/api/rest"
	"plaza/api/web"
	"plaza/live"
)

// How long a shutdown may take: a load balancer needs a moment to see that the
// server is not ready any more, then what is under way is finished.
const shutdownLimit = 20 * time.Second

// errStopping is why a server that shuts down is not ready.
var errStopping = errors.New("shutting down")

type serveCommand struct{}

func (serveCommand) Run(ctx context.Context, s *Settings, out io.Writer) error {
	logger := s.logger()
	a, err := newApp(ctx, s, logger)
	if err != nil {
		return err
	}
	a.wire()
	if restored, err := a.db.Restored(ctx); err != nil {
		return errors.Join(err, a.close())
	} else if restored {
		logger.Warn("this store was restored from a backup: sending is paused until an owner resumes it in the console")
	}
	return a.serve(ctx, func(address string) error {
		_, err := fmt.Fprintf(out, "Plaza %s listens on %s; people reach it at %s\n", version, address, s.publicURL())
		return err
	})
}

// serve runs the server until ctx ends, and then shuts it down in order: no new
// work, what is under way finished, leases given back, the store closed.
// started is called once the server answers.
func (a *app) serve(ctx context.Context, started func(address string) error) error {
	listener, err := net.Listen("tcp", a.settings.Addr)
	if err != nil {
		return errors.Join(err, a.close())
	}
	var stopping atomic.Bool
	metrics := live.NewMetrics()
	registry := prometheus.NewRegistry()
	registry.MustRegister(metrics, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	surface := &web.Surface{Logger: a.logger, Renderer: a.renderer, Accounts: a.accounts,
		Now: a.now, PublicURL: a.settings.publicURL()}
	hub := a.newHub(metrics)
	handler, err := api.New(api.Options{
		Surface: surface, Webhooks: a.bot.Webhooks(),
		Ready: func(ctx context.Context) error {
			if stopping.Load() {
				return errStopping
			}
			_, err := a.db.Restored(ctx) // one read by key: the database answers
			return err
		},
		Metrics: registry, MetricsToken: a.settings.MetricsToken, TrustedProxies: a.settings.TrustedProxies,
		Surfaces: a.surfaces(surface, hub),
	})
	if err != nil {
		return errors.Join(err, listener.Close(), a.close())
	}
	server := api.HTTPServer(handler, a.logger)
	stop := a.start(ctx)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	err = started(listener.Addr().String())
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-failed:
		}
	}
	stopping.Store(true)
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownLimit)
	defer cancel()
	return errors.Join(err, a.shutDown(limit, server, hub, stop))
}

// shutDown stops what runs, from the outside to the inside.
func (a *app) shutDown(limit context.Context, server *http.Server, hub *live.Hub, stop func(context.Context) error) error {
	return errors.Join(
		hub.Close(limit),
		server.Shutdown(limit),
		stop(limit),
		a.close(),
	)
}

func (a *app) newHub(metrics *live.Metrics) *live.Hub {
	return live.NewHub(a.log, live.HubOptions{
		Authorize: public.Authorize(a.accounts), Metrics: metrics, Logger: a.logger, Now: a.now,
	})
}

// surfaces are the parts of the outside for people and programs.
func (a *app) surfaces(surface *web.Surface, hub *live.Hub) []func(*gin.Engine) {
	return []func(*gin.Engine){
		public.Mount(public.Options{
			Surface: surface, Bot: a.bot, Chat: a.webchat, Shop: a.shop, Wallet: a.wallet,
			Codes: a.codes, Broadcast: a.broadcast, Pictures: a.pictures, Log: a.log, Hub: hub,
		}),
		console.New(console.Dependencies{
			Surface: surface, Bot: a.bot, Broadcast: a.broadcast, Codes: a.codes, Shop: a.shop, Wallet: a.wallet,
			Pictures: a.pictures, Log: a.log, SignedOut: func(session string) { hub.Kick(session) },
		}).Mount,
		rest.Mount(rest.Options{
			Surface: surface, DB: a.db, Sealer: a.vault, Bot: a.bot, Shop: a.shop, Wallet: a.wallet, Ledger: a.ledger,
			Codes: a.codes, Broadcast: a.broadcast, Pictures: a.pictures, Log: a.log, Version: version,
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
