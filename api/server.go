package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"

	"plaza/api/web"
	"plaza/templates"
)

// Options of a server. All but MetricsToken and TrustedProxies are needed.
type Options struct {
	Surface  *web.Surface
	Webhooks Webhooks
	// Ready says why the server cannot do its work now, or nil.
	Ready   Ready
	Metrics *prometheus.Registry
	// MetricsToken is the bearer token for /metrics; without one only this
	// machine may read it.
	MetricsToken string
	// TrustedProxies may tell the address of whoever they forward for.
	TrustedProxies []string
	// Surfaces add their routes: rest, console, public.
	Surfaces []func(*gin.Engine)
}

// maxBody bounds a request's body where its surface has no limit of its own.
const maxBody = 1 << 20

// New makes the server's handler.
func New(o Options) (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.UseRawPath = true // an id may hold a slash, escaped
	if err := engine.SetTrustedProxies(o.TrustedProxies); err != nil {
		return nil, fmt.Errorf("api: trusted proxies: %w", err)
	}
	surface := o.Surface
	texts, logger := surface.Renderer.Texts, surface.Logger
	measure := newMeasure(o.Metrics)
	engine.Use(web.Identify(), measure.requests(surface.Now), web.Log(logger, surface.Now), web.Recover(logger, texts))
	engine.NoRoute(web.Protect(), missing(surface))
	engine.NoMethod(web.Protect(), missing(surface))

	machines := engine.Group("/")
	machines.Any("/webhooks/:channel/:account", receive(o.Webhooks, surface.Now, logger, texts))
	machines.GET("/healthz", alive)
	machines.GET("/readyz", ready(o.Ready, logger))
	machines.GET("/metrics", metrics(o.Metrics, o.MetricsToken))
	machines.GET(templates.AssetsRoute+"*file", gin.WrapH(surface.Renderer.Assets))
	machines.HEAD(templates.AssetsRoute+"*file", gin.WrapH(surface.Renderer.Assets))
	for _, add := range o.Surfaces {
		add(engine)
	}
	return engine, nil
}

// missing answers what is not there, in the form its reader understands.
func missing(surface *web.Surface) gin.HandlerFunc {
	return func(c *gin.Context) {
		path := c.Request.URL.Path
		if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/webhooks/") {
			web.AbortJSON(c, surface.Logger, surface.Renderer.Texts, web.ErrNotFound)
			return
		}
		surface.Fail(c, web.ErrNotFound)
	}
}

// Timeouts of the HTTP server. Writing has none: a WebSocket lives on, and
// every handler has its own limit.
const (
	ReadHeaderTimeout = 5 * time.Second
	ReadTimeout       = 30 * time.Second
	IdleTimeout       = 2 * time.Minute
	MaxHeaderBytes    = 32 << 10
)

// HTTPServer puts a handler into a server that a slow or hostile client cannot
// tie up.
func HTTPServer(handler http.Handler, logger *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: ReadHeaderTimeout,
		ReadTimeout:       ReadTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}
