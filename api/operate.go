package api

import (
	"context"
	"crypto/subtle"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"plaza/skew"
)

// Ready says why the server cannot do its work now, or nil.
type Ready func(ctx context.Context) error

// alive answers as long as the process runs: a supervisor restarts it if not.
func alive(c *gin.Context) { c.String(http.StatusOK, "ok\n") }

// ready answers whether requests should come here: not before everything is
// set up, not without the database, not while shutting down.
// What members and the operator should know beside that is told, too; it keeps
// no requests away.
func ready(check Ready, clocks func() []skew.Reading, logger *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		ctx, cancel := context.WithTimeout(c, 2*time.Second)
		defer cancel()
		if err := check(ctx); err != nil {
			logger.Warn("not ready", "error", err)
			c.String(http.StatusServiceUnavailable, "not ready\n")
			return
		}
		told := "ready\n"
		if clocks != nil {
			for _, one := range clocks() {
				told += one.String() + "\n"
			}
		}
		c.String(http.StatusOK, told)
	}
}

// metrics serves Prometheus: to whoever has the token or, if none is set, to
// this machine.
func metrics(registry *prometheus.Registry, token string) gin.HandlerFunc {
	serve := promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return func(c *gin.Context) {
		if !mayMeasure(c, token) {
			c.String(http.StatusForbidden, "metrics are for the operator: see PLAZA_METRICS_TOKEN\n")
			return
		}
		serve.ServeHTTP(c.Writer, c.Request)
	}
}

func mayMeasure(c *gin.Context, token string) bool {
	if token == "" {
		return fromHere(c.Request)
	}
	given, ok := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	return ok && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
}

// fromHere says whether a program on this machine asks for itself: not a proxy
// for somebody else, nor a browser that another site's name led here.
func fromHere(r *http.Request) bool {
	for _, header := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Forwarded", "Via"} {
		if r.Header.Get(header) != "" {
			return false
		}
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !peer.Addr().Unmap().IsLoopback() {
		return false
	}
	host := r.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	named, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && named.IsLoopback()
}

type measure struct {
	took *prometheus.HistogramVec
}

func newMeasure(registry *prometheus.Registry) *measure {
	m := &measure{took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "plaza_http_request_seconds",
		Help:    "Time to answer a request, by route and status.",
		Buckets: []float64{.001, .005, .02, .05, .1, .5, 1, 5},
	}, []string{"method", "route", "status"})}
	registry.MustRegister(m.took)
	return m
}

// requests measures by route, never by path: paths are endless.
func (m *measure) requests(now func() time.Time) gin.HandlerFunc {
	return func(c *gin.Context) {
		began := now()
		c.Next()
		method, route := c.Request.Method, c.FullPath()
		if route == "" { // whatever it was: a client chooses neither label
			method, route = "any", "unknown"
		}
		m.took.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Observe(now().Sub(began).Seconds())
	}
}
