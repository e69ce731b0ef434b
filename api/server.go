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
	"plaza/skew"
	"plaza/templates"
)

// Options of a server. All but MetricsToken and TrustedProxies are needed.
type Options struct {
	Surface  *web.Surface
	Webhooks Webhooks
	Payments PaymentNotices
	// Ready says why the server cannot do its work now, or nil.
	Ready Ready
	// Clocks are the platforms whose clocks are not ours; nil: nobody looks.
	Clocks  func() []skew.Reading
	Metrics *prometheus.Registry
	// MetricsToken is the bearer token for /metrics; without one only this
	// machine may read it.
	MetricsToken string
	// TrustedProxies may tell the address of whoever they forward for.
	TrustedProxies []string
	// Surfaces add their routes: rest, console, public.
	Surfaces []func(*gin.Engine)
}

// New makes the server's handler.
func New(o Options) (http.Handler, error) {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.ContextWithFallback = true
	engine.UseRawPath = true // ids in paths may hold an escaped slash
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.UseRawPath = true // an id may hold a slash, escaped
	if err := engine.SetTrustedProxies(o.TrustedProxies); err != nil {
		return nil, fmt.Errorf("api: trusted proxies: %w", err)
	}
	surface := o.Surface
	texts, logger := surface.Renderer.Texts, surface.Logger
	measure := newMeasure(o.Metrics)
	engine.Use(web.Identify(surface.PublicURL), measure.requests(surface.Now), web.Log(logger, surface.Now),
		web.Recover(logger, fail(surface)))
	engine.NoRoute(web.Protect(), refuse(surface, web.ErrNotFound))
	engine.NoMethod(web.Protect(), refuse(surface, web.ErrMethod))

	take := receive(o.Webhooks, surface.Now, logger, texts)
	engine.GET(webhookRoute, take)
	engine.POST(webhookRoute, take)
	engine.POST(paymentRoute, hearPayment(o.Payments, logger, texts))
	readable := []string{http.MethodGet, http.MethodHead}
	engine.Match(readable, "/healthz", alive)
	engine.Match(readable, "/readyz", ready(o.Ready, o.Clocks, logger))
	engine.Match(readable, "/metrics", metrics(o.Metrics, o.MetricsToken))
	engine.Match(readable, templates.AssetsRoute+"*file", gin.WrapH(surface.Renderer.Assets))
	for _, add := range o.Surfaces {
		add(engine)
	}
	return engine, nil
}

// refuse answers every request with one error.
func refuse(surface *web.Surface, err error) gin.HandlerFunc {
	answer := fail(surface)
	return func(c *gin.Context) { answer(c, err) }
}

// fail answers with an error where no surface does, in the form that the reader
// of such an address understands.
func fail(surface *web.Surface) func(*gin.Context, error) {
	return func(c *gin.Context, err error) {
		path := c.Request.URL.Path
		if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/webhooks/") {
			web.AbortJSON(c, surface.Logger, surface.Renderer.Texts, err)
			return
		}
		surface.Fail(c, err)
	}
}

// Timeouts of the HTTP server. They fit the largest upload on a slow line; a
// WebSocket is taken out of them when it is taken over.
const (
	ReadHeaderTimeout = 5 * time.Second
	ReadTimeout       = 2 * time.Minute
	WriteTimeout      = 3 * time.Minute
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
		WriteTimeout:      WriteTimeout,
		IdleTimeout:       IdleTimeout,
		MaxHeaderBytes:    MaxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelDebug),
	}
}
