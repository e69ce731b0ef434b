package web

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/store"
	"plaza/templates"
)

const (
	requestIDKey = "plaza.request"
	languageKey  = "plaza.language"
	secureKey    = "plaza.secure"
)

// RequestID is the id of this request, shown on error pages and in the log.
func RequestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// Identify gives every request an id, and keeps whether people reach the server
// by TLS: publicURL says so even where a proxy forgets to.
func Identify(publicURL string) gin.HandlerFunc {
	secure := strings.HasPrefix(publicURL, "https://")
	return func(c *gin.Context) {
		id := store.NewID()
		c.Set(requestIDKey, id)
		c.Set(secureKey, secure)
		c.Header("X-Request-Id", id)
	}
}

// SetCookie sets a cookie that scripts cannot read, that other sites cannot
// make a browser send with a form, and that needs TLS where the page had it. In a
// frame of another site it is that frame's alone: see partition.
func SetCookie(c *gin.Context, cookie *http.Cookie) {
	cookie.Path = "/"
	cookie.HttpOnly = true
	cookie.Secure = Secure(c)
	if cookie.SameSite == 0 {
		cookie.SameSite = http.SameSiteLaxMode
	}
	if Framed(c) {
		partition(cookie)
	}
	http.SetCookie(c.Writer, cookie)
}

// Secure says whether the person's browser speaks TLS to us or to our proxy.
// The proxy's word only makes cookies stricter, so anybody may say it.
func Secure(c *gin.Context) bool {
	return c.GetBool(secureKey) || c.Request.TLS != nil || strings.EqualFold(c.GetHeader("X-Forwarded-Proto"), "https")
}

// Protect sets the headers that keep a page from loading or leaking what it
// should not. Everything a page needs comes from this server.
func Protect() gin.HandlerFunc {
	return func(c *gin.Context) {
		header := c.Writer.Header()
		header.Set("Content-Security-Policy", templates.Policy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(self), microphone=(self), geolocation=()")
		if Secure(c) {
			header.Set("Strict-Transport-Security", "max-age=31536000")
		}
	}
}

// Recover turns a panic into an internal error: the stack goes to the log, the
// request's id to the person, by fail.
func Recover(logger *slog.Logger, fail func(*gin.Context, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			if value == http.ErrAbortHandler {
				panic(value)
			}
			logger.Error("panic", "id", RequestID(c), "route", c.FullPath(), "value", value, "stack", string(debug.Stack()))
			fail(c, ErrInternal)
		}()
		c.Next()
	}
}

// Log writes a line for each request that failed, and for each one at level
// debug. Queries and bodies stay out of it: they hold tokens and messages.
func Log(logger *slog.Logger, now func() time.Time) gin.HandlerFunc {
	return func(c *gin.Context) {
		began := now()
		c.Next()
		level := slog.LevelDebug
		if c.Writer.Status() >= 500 && c.Request.Context().Err() == nil { // somebody still wanted the answer
			level = slog.LevelWarn
		}
		if !logger.Enabled(c, level) {
			return
		}
		logger.Log(c, level, "request", "id", RequestID(c), "method", c.Request.Method, "route", c.FullPath(),
			"status", c.Writer.Status(), "bytes", c.Writer.Size(), "took", now().Sub(began))
	}
}
