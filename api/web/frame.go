package web

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

const framedKey = "plaza.framed"

// AllowFrames lets pages of other sites show this one in a frame: those of these
// origins and no others. With none it changes nothing: no page may be framed.
func AllowFrames(c *gin.Context, origins []string) {
	if len(origins) == 0 {
		return
	}
	header := c.Writer.Header()
	const policy = "Content-Security-Policy"
	header.Set(policy, strings.Replace(header.Get(policy), "frame-ancestors 'none'", "frame-ancestors "+strings.Join(origins, " "), 1))
	header.Del("X-Frame-Options") // it knows no list; browsers that know the policy ignore it anyway
}

// KnowFrames notes of every request whether its page lies in a frame, for the
// cookies that it sets.
func KnowFrames(c *gin.Context) { c.Set(framedKey, isFramed(c)) }

// Framed says whether the page that is asked for lies in a frame.
func Framed(c *gin.Context) bool { return c.GetBool(framedKey) }

// isFramed says whether the page that is asked for lies in a frame of another
// site's page, by what browsers say of themselves and, for those that do not, by
// the parameter that the embedding script adds.
func isFramed(c *gin.Context) bool {
	if dest := c.GetHeader("Sec-Fetch-Dest"); dest != "" {
		return dest == "iframe"
	}
	return c.Query(EmbedderParameter) != ""
}

// EmbedderParameter of a page's address names the origin of the page that it is
// shown in.
const EmbedderParameter = "embed"

// partition makes a cookie one that browsers send along in frames of other sites,
// and keep apart for each of these (CHIPS): what it says in one it says in no
// other, nor on our own pages. Where it comes back from is checked by SameSite,
// the handler. Browsers take such cookies over TLS, or from the machine they run
// on.
func partition(cookie *http.Cookie) {
	cookie.SameSite, cookie.Secure, cookie.Partitioned = http.SameSiteNoneMode, true, true
}
