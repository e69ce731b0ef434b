package web

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/templates"
)

const flashCookie = "plaza_flash"

// Base is what every page has, as far as the request tells.
func (s *Surface) Base(c *gin.Context) templates.Base {
	if language, ok := spoken(c.Query("lang")); ok {
		RememberLanguage(c, language)
	}
	return templates.Base{
		Language: Language(c),
		Here:     here(c),
		Flash:    takeFlash(c),
	}
}

// here is the path of the page that is shown: after a refused form, the one that
// the form was on, since its own cannot be opened.
func here(c *gin.Context) string {
	if !changes(c.Request.Method) {
		return LocalPath(c.Request.URL.RequestURI())
	}
	return cmp.Or(Referer(c), "/")
}

// Referer is the path of the page of ours that a request comes from, if any.
func Referer(c *gin.Context) string {
	from, err := url.Parse(c.GetHeader("Referer"))
	if err != nil || from.Host == "" || from.Host != c.Request.Host {
		return ""
	}
	return LocalPath(from.RequestURI())
}

// ViewAccount is an account as pages show it.
func ViewAccount(a account.Account, language string) *templates.Account {
	return &templates.Account{
		ID: a.ID, Slug: a.Slug, Kind: string(a.Kind),
		Name: a.Name(language), Description: a.Description(language),
		Logo: PicturePath(a.Logo), Colour: a.Colour, Zone: a.Location(), Currency: a.Currency,
	}
}

// PicturePath is where a picture is served; empty for none.
func PicturePath(id string) string {
	if id == "" {
		return ""
	}
	return "/pictures/" + id
}

// SmallPicturePath is PicturePath for a picture in a list.
func SmallPicturePath(id string) string {
	if id == "" {
		return ""
	}
	return PicturePath(id) + "?width=320"
}

// Fragment tells that a script asks for the page to renew its regions, and
// whether somebody looks at it: "visible" or "hidden"; empty for a page that is
// being opened.
func Fragment(c *gin.Context) string { return c.GetHeader("X-Fragment") }

// Redirect answers a form that was accepted: the page is fetched anew, so that
// reloading it sends nothing twice.
func Redirect(c *gin.Context, path string) error {
	c.Redirect(http.StatusSeeOther, path)
	return nil
}

// RedirectSaying is Redirect with a sentence that the next page shows once.
func RedirectSaying(c *gin.Context, path string, flash templates.Flash) error {
	encoded, err := json.Marshal(flash)
	if err != nil {
		return err
	}
	SetCookie(c, &http.Cookie{Name: flashCookie, Value: base64.RawURLEncoding.EncodeToString(encoded), MaxAge: 60})
	return Redirect(c, path)
}

// takeFlash reads the sentence of the page before and forgets it. Whoever can
// set this cookie could only show a text to their own browser; it is escaped
// like any other.
func takeFlash(c *gin.Context) *templates.Flash {
	if Fragment(c) != "" {
		return nil // it waits for the page that a person will see
	}
	value, err := c.Cookie(flashCookie)
	if err != nil {
		return nil
	}
	SetCookie(c, &http.Cookie{Name: flashCookie, MaxAge: -1})
	raw, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return nil
	}
	var flash templates.Flash
	if json.Unmarshal(raw, &flash) != nil {
		return nil
	}
	return &flash
}

// SignInPath is the sign-in page that leads on to next.
func SignInPath(next string) string {
	return "/console/sign-in?next=" + url.QueryEscape(LocalPath(next))
}

// LocalPath lets a path of this server through and turns anything else, which
// could lead people to another site, into the console's start.
func LocalPath(path string) string {
	address, err := url.Parse(path)
	if err != nil || address.IsAbs() || address.Host != "" || !strings.HasPrefix(path, "/") ||
		strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n\t") {
		return "/console"
	}
	return path
}
