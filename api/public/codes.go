package public

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/broadcast/qr"
)

// accountPNG and accountSVG are the code that leads to the account's chat.
func (p *pages) accountPNG(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	return p.sendPNG(c, p.PublicURL+chatPath(of))
}

func (p *pages) accountSVG(c *gin.Context) error {
	of, err := p.open(c)
	if err != nil {
		return err
	}
	text := p.PublicURL + chatPath(of)
	drawn, err := p.drawings.get(c, "svg "+text, func() ([]byte, error) { return qr.SVG(text, qr.Medium) })
	if err != nil {
		return err
	}
	sendCached(c, "image/svg+xml", keepDrawn, drawn)
	return nil
}

const (
	codeSize  = 480 // pixels
	keepDrawn = "public, max-age=86400"
)

func (p *pages) sendPNG(c *gin.Context, text string) error {
	size := codeSize
	if wanted := c.Query("size"); wanted != "" {
		size, _ = strconv.Atoi(wanted) // 0 is refused below, as what it is
	}
	drawn, err := p.drawings.get(c, strconv.Itoa(size)+" "+text, func() ([]byte, error) { return qr.PNG(text, qr.Medium, size) })
	if err != nil {
		return err
	}
	sendCached(c, "image/png", keepDrawn, drawn)
	return nil
}

// drawCode draws the code of an address of ours, for messengers that show
// pictures. Others' addresses are not drawn: it would lend them our name.
func (p *pages) drawCode(c *gin.Context) error {
	text := c.Query("text")
	if !strings.HasPrefix(text, p.PublicURL+"/") {
		return web.ErrNotFound
	}
	return p.sendPNG(c, text)
}

// scan is where every printed code leads. Looking where it leads (HEAD) is not
// yet coming.
func (p *pages) scan(c *gin.Context) error {
	agent, visitor := c.Request.UserAgent(), c.ClientIP()+" "+c.Request.UserAgent()
	if c.Request.Method == http.MethodHead {
		agent = "" // nobody's: not counted
	}
	target, err := p.Codes.Resolve(c, c.Param("code"), agent, visitor)
	if err != nil {
		return err
	}
	c.Header("Cache-Control", "no-store") // each scan is counted
	c.Redirect(http.StatusFound, p.carrying(target, c.Param("code")))
	return nil
}

// carrying lets the chat know which code somebody came by.
func (p *pages) carrying(target, code string) string {
	key, ok := qr.ParseKey(code)
	address, err := url.Parse(strings.TrimPrefix(target, p.PublicURL))
	if !ok || err != nil || address.Host != "" || !strings.HasPrefix(address.Path, "/chat/") {
		return target
	}
	query := address.Query()
	query.Set("scene", key)
	address.RawQuery = query.Encode()
	return address.String()
}
