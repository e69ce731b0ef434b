package rest

import (
	"context"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
)

// tokenScheme is the name of the security scheme in the document.
const tokenScheme = "token"

type accessKey struct{}

// authenticate finds out which token asks. Cookies count for nothing here, so
// no page of another site can make a browser ask.
func (s *surface) authenticate() gin.HandlerFunc {
	return func(c *gin.Context) {
		scheme, secret, _ := strings.Cut(c.GetHeader("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			s.refuse(c, account.ErrToken)
			return
		}
		access, err := s.Accounts.Tokens.Find(c, strings.TrimSpace(secret), c.ClientIP())
		if err != nil {
			s.refuse(c, err)
			return
		}
		found, err := s.Accounts.Accounts.FindByID(c, access.Account)
		if err == nil && found.State != account.Active {
			err = account.ErrToken // a closed account serves nobody
		}
		if err != nil {
			s.refuse(c, err)
			return
		}
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), accessKey{}, access))
	}
}

// whoAsks is the access of the request's token. Without one it is the zero
// Access, which may nothing and reaches no account.
func whoAsks(ctx context.Context) account.Access {
	access, _ := ctx.Value(accessKey{}).(account.Access)
	return access
}

// refuse answers with a problem; one of authentication names the scheme
// (RFC 6750, section 3).
func (s *surface) refuse(c *gin.Context, err error) {
	if web.Public(err).Code == account.ErrToken.Code {
		c.Header("WWW-Authenticate", `Bearer realm="plaza"`)
	}
	web.AbortJSON(c, s.Logger, s.texts, err)
}

// limit bounds how often a token asks, and tells how much is left
// (draft-ietf-httpapi-ratelimit-headers).
func (s *surface) limit() gin.HandlerFunc {
	policy := `"token";q=` + strconv.Itoa(requestBurst) +
		";w=" + strconv.Itoa(int((requestBurst * requestEvery).Seconds()))
	return func(c *gin.Context) {
		left, wait, ok := s.limiter.Take(whoAsks(c.Request.Context()).Actor.ID)
		c.Header("RateLimit-Policy", policy)
		c.Header("RateLimit", `"token";r=`+strconv.Itoa(left)+";t="+strconv.Itoa(seconds(wait)))
		if !ok {
			s.refuse(c, web.ErrTooOften)
		}
	}
}

func seconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

// permit lets an operation be done by tokens with one of its permissions only.
// It comes before the input is read: who may not, learns nothing from how it is
// refused.
func (s *surface) permit(one needs) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		if len(one) > 0 && !slices.ContainsFunc(one, whoAsks(ctx.Context()).May) {
			s.refuse(humagin.Unwrap(ctx), account.ErrNotPermitted)
			return
		}
		next(ctx)
	}
}
