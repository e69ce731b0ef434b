package public

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"
)

// picture serves an uploaded picture. It never changes, so it may be kept.
func (p *pages) picture(c *gin.Context) error {
	width, _ := strconv.Atoi(c.Query("width")) // 0: the large one
	found, err := p.Pictures.Find(c, c.Param("picture"), width)
	if err != nil {
		return err
	}
	send(c, found.Type, "public, max-age=31536000, immutable", `"`+found.ID+`"`, found.Body)
	return nil
}

// sendCached sends what is the same for everybody as long as its bytes are.
func sendCached(c *gin.Context, contentType, keep string, body []byte) {
	digest := sha256.Sum256(body)
	send(c, contentType, keep, `"`+base64.RawURLEncoding.EncodeToString(digest[:12])+`"`, body)
}

func send(c *gin.Context, contentType, keep, etag string, body []byte) {
	c.Header("ETag", etag)
	c.Header("Cache-Control", keep)
	if has(c.GetHeader("If-None-Match"), etag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, contentType, body)
}

// has says whether an If-None-Match header names etag (RFC 9110, 13.1.2): a
// proxy that has packed a body calls its tag weak.
func has(header, etag string) bool {
	for _, known := range strings.Split(header, ",") {
		known = strings.TrimPrefix(strings.TrimSpace(known), "W/")
		if known == etag || known == "*" {
			return true
		}
	}
	return false
}
