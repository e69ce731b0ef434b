package console

import (
	"html"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/templates"
)

func (s *Console) website(c *gin.Context) error {
	page, err := s.websitePage(c, strings.Join(web.At(c).Account.Origins, "\n"))
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) websitePage(c *gin.Context, typed string) (*templates.Website, error) {
	base, err := s.base(c)
	office := web.At(c).Account
	page := &templates.Website{Base: base, Origins: typed, Saved: len(office.Origins) > 0,
		Snippet: `<script src="` + html.EscapeString(s.Surface.PublicURL+"/embed/"+office.Slug+".js") + `" async></script>`}
	if !safeInFrames(s.Surface.PublicURL) {
		page.Unsafe = s.Surface.PublicURL
	}
	return page, err
}

// safeInFrames says whether browsers keep cookies of an address in frames: over
// TLS, or for the machine they run on.
func safeInFrames(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := parsed.Hostname()
	return parsed.Scheme == "https" || host == "localhost" || host == "127.0.0.1" || host == "::1"
}

func (s *Console) saveWebsite(c *gin.Context) error {
	office, typed := web.At(c), c.PostForm("origins")
	profile := office.Account.Profile
	profile.Origins = strings.Fields(typed)
	if _, err := s.accounts.Accounts.Update(c, office.Account.ID, profile, office.Access.Actor); err != nil {
		page, shown := s.websitePage(c, typed)
		if shown != nil {
			return shown
		}
		if err := s.refused(c, &page.Base, err, nil, "origins"); err != nil {
			return err
		}
		return s.again(c, page)
	}
	return s.done(c, path(c, "settings", "website"), "done.saved", nil)
}
