package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/fault"
)

// LimitBody refuses bodies over a size. Uploads have their own, larger limit.
func LimitBody(bytes int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, bytes)
	}
}

// ErrUnreadable answers a form that is none.
var ErrUnreadable = fault.New(fault.Invalid, "bad_form", "This form can't be read. Please reload the page and try again.")

// ReadForm reads a posted form of at most so many bytes before anybody looks at
// a field, so that one that is too large is called that and not an empty one.
func ReadForm(bytes int64, fail func(*gin.Context, error)) gin.HandlerFunc {
	limit := LimitBody(bytes)
	return func(c *gin.Context) {
		limit(c)
		var err error
		if c.ContentType() == gin.MIMEMultipartPOSTForm {
			err = c.Request.ParseMultipartForm(bytes)
		} else {
			err = c.Request.ParseForm()
		}
		var tooLarge *http.MaxBytesError
		switch {
		case err == nil:
		case errors.As(err, &tooLarge):
			fail(c, err)
		default:
			fail(c, ErrUnreadable.Because(err))
		}
	}
}

// ErrCrossSite answers a form or script of another site.
var ErrCrossSite = fault.New(fault.Forbidden, "cross_site", "This request came from another site. Please use the page itself.")

// SameSite refuses changes that another site's page asks this browser for, by
// what browsers say of themselves (Sec-Fetch-Site, else Origin against Host).
// Requests of programs carry neither; those must bring a token instead of a
// cookie. publicURLs are our own besides the host that was asked, for proxies
// that do not hand the host on.
func SameSite(fail func(c *gin.Context, err error), publicURLs ...string) gin.HandlerFunc {
	protection := http.NewCrossOriginProtection()
	for _, own := range publicURLs {
		// The settings have been checked: what is no address is not trusted.
		if address, err := url.Parse(own); err == nil {
			_ = protection.AddTrustedOrigin(address.Scheme + "://" + address.Host)
		}
	}
	return func(c *gin.Context) {
		if err := protection.Check(c.Request); err != nil {
			fail(c, ErrCrossSite.Because(err))
			c.Abort()
		}
	}
}
