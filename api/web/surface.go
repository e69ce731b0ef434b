package web

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/fault"
	"plaza/templates"
)

// Surface is what the handlers of all pages answer with.
type Surface struct {
	Logger   *slog.Logger
	Renderer *templates.Renderer
	Accounts *account.Service
	Now      func() time.Time
	// PublicURL is how people reach the server, without a slash at its end.
	PublicURL string
}

// Draw answers with a page.
func (s *Surface) Draw(c *gin.Context, page templates.Page) error {
	return s.DrawStatus(c, http.StatusOK, page)
}

// DrawStatus answers with a page under another status than 200.
func (s *Surface) DrawStatus(c *gin.Context, status int, page templates.Page) error {
	var drawn bytes.Buffer
	if err := s.Renderer.Render(&drawn, page); err != nil {
		return err
	}
	c.Header("Cache-Control", "private, no-store")
	c.Data(status, "text/html; charset=utf-8", drawn.Bytes())
	return nil
}

// Page serves a handler of pages: an error becomes a page with one sentence,
// or problem details for scripts that ask for JSON; who is signed out is led
// to sign in.
func (s *Surface) Page(handle Handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := handle(c); err != nil {
			s.Fail(c, err)
		}
	}
}

// Fail answers with an error and ends the request.
func (s *Surface) Fail(c *gin.Context, err error) {
	if WantsJSON(c) {
		AbortJSON(c, s.Logger, s.Renderer.Texts, err)
		return
	}
	c.Abort()
	if c.Writer.Written() {
		return
	}
	if errors.Is(err, account.ErrSignedOut) && !changes(c.Request.Method) {
		c.Redirect(http.StatusSeeOther, SignInPath(c.Request.URL.RequestURI()))
		return
	}
	problem := Describe(c, s.Logger, s.Renderer.Texts, err)
	page := &templates.ErrorPage{Base: s.Base(c), Status: problem.Status, Text: problem.Detail, BackURL: wayBack(c, problem)}
	if problem.Code == ErrInternal.Code {
		page.ID = RequestID(c)
	}
	sayWhen(c, problem.Status)
	if err := s.DrawStatus(c, problem.Status, page); err != nil {
		s.Logger.Error("error page", "id", RequestID(c), "error", err)
		c.String(problem.Status, problem.Detail)
	}
}

// wayBack is the page that an error page offers: the one that somebody came
// from or, for who followed a link from elsewhere, the account's.
func wayBack(c *gin.Context, problem Problem) string {
	here := c.Request.URL.Path
	if from := Referer(c); from != "" && pathOf(from) != here {
		return from
	}
	home := "/a/" + url.PathEscape(c.Param("account"))
	if c.Param("account") == "" || problem.Code == account.ErrNoAccount.Code || home == here || strings.HasPrefix(here, "/console") {
		return ""
	}
	return home
}

func pathOf(address string) string {
	path, _, _ := strings.Cut(address, "?")
	return path
}

// WantsJSON says whether a script asks, rather than a person's browser.
func WantsJSON(c *gin.Context) bool {
	accept := c.GetHeader("Accept")
	return strings.HasPrefix(accept, "application/json") || strings.HasPrefix(accept, ProblemMediaType)
}

// FieldErrors turns what is wrong with a form into a sentence by field, and
// says whether err was of that sort. An error that concerns no field stands
// under the empty name.
func (s *Surface) FieldErrors(c *gin.Context, err error) (map[string]string, bool) {
	sentences := map[string]string{}
	for _, one := range fault.Each(err) {
		public := Public(one)
		if public.Kind != fault.Invalid && public.Kind != fault.Conflict && public.Kind != fault.TooLarge {
			return nil, false
		}
		if sentences[public.Field] == "" {
			sentences[public.Field] = Sentence(s.Renderer.Texts, Language(c), public)
		}
	}
	return sentences, len(sentences) > 0
}

// Text translates into the request's language.
func (s *Surface) Text(c *gin.Context, key string, args ...any) string {
	return s.Renderer.Texts.Text(Language(c), key, args...)
}
