package web

import (
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
	"plaza/templates"
)

const (
	requestIDKey = "plaza.request"
	languageKey  = "plaza.language"

	// LanguageCookie remembers the language a person chose.
	LanguageCookie = "plaza_language"
)

// RequestID is the id of this request, shown on error pages and in the log.
func RequestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// Identify gives every request an id.
func Identify() gin.HandlerFunc {
	return func(c *gin.Context) {
		id := store.NewID()
		c.Set(requestIDKey, id)
		c.Header("X-Request-Id", id)
	}
}

// Language is the language to answer in: chosen by ?lang= or before, or the
// browser's, or English.
func Language(c *gin.Context) string {
	if chosen := c.GetString(languageKey); chosen != "" {
		return chosen
	}
	language := choose(c)
	c.Set(languageKey, language)
	return language
}

func choose(c *gin.Context) string {
	if wanted := c.Query("lang"); wanted != "" {
		language := message.LanguageOf(wanted)
		SetCookie(c, &http.Cookie{Name: LanguageCookie, Value: language, MaxAge: 365 * 24 * 3600})
		return language
	}
	if cookie, err := c.Cookie(LanguageCookie); err == nil {
		return message.LanguageOf(cookie)
	}
	for _, preference := range strings.Split(c.GetHeader("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(preference), ";")
		for _, language := range message.Languages {
			if strings.HasPrefix(strings.ToLower(tag), language) {
				return language
			}
		}
	}
	return message.Languages[0]
}

// SetCookie sets a cookie that scripts cannot read, that other sites cannot
// make a browser send with a form, and that needs TLS where the page had it.
func SetCookie(c *gin.Context, cookie *http.Cookie) {
	cookie.Path = "/"
	cookie.HttpOnly = true
	cookie.Secure = Secure(c)
	if cookie.SameSite == 0 {
		cookie.SameSite = http.SameSiteLaxMode
	}
	http.SetCookie(c.Writer, cookie)
}

// Secure says whether the person's browser speaks TLS to us or to our proxy.
// The proxy's word only makes cookies stricter, so anybody may say it.
func Secure(c *gin.Context) bool {
	return c.Request.TLS != nil || strings.EqualFold(c.GetHeader("X-Forwarded-Proto"), "https")
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
// request's id to the person.
func Recover(logger *slog.Logger, texts Texts) gin.HandlerFunc {
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
			AbortJSON(c, logger, texts, ErrInternal)
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
		if c.Writer.Status() >= 500 {
			level = slog.LevelWarn
		}
		if !logger.Enabled(c, level) {
			return
		}
		logger.Log(c, level, "request", "id", RequestID(c), "method", c.Request.Method, "route", c.FullPath(),
			"status", c.Writer.Status(), "bytes", c.Writer.Size(), "took", now().Sub(began))
	}
}

// LimitBody refuses bodies over a size. Uploads have their own, larger limit.
func LimitBody(bytes int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bytes)
	}
}

// ErrCrossSite answers a form or script of another site.
var ErrCrossSite = fault.New(fault.Forbidden, "cross_site", "This request came from another site. Please use the page itself.")

// SameSite refuses changes that another site's page asks this browser for,
// by what browsers say of themselves (Sec-Fetch-Site, else Origin). Requests of
// programs carry neither; those must bring a token instead of a cookie.
func SameSite(check func(c *gin.Context, err error)) gin.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	return func(c *gin.Context) {
		if err := protection.Check(c.Request); err != nil {
			check(c, ErrCrossSite.Because(err))
			c.Abort()
		}
	}
}
