package console

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/attachment"
	"plaza/bot"
	"plaza/bot/developer"
	"plaza/bot/identity"
	"plaza/bot/kakao/alimtalk"
	"plaza/bot/signin"
	"plaza/bot/webchat/notify"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/picture"
	"plaza/shop"
	"plaza/shop/counter"
	"plaza/shop/exchange"
	"plaza/shop/mandate"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/pin"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/statement"
	"plaza/shop/pay/wallet"
	"plaza/shop/request"
	"plaza/skew"
)

// Dependencies of the console. All are needed, but SignedOut.
type Dependencies struct {
	Surface     *web.Surface
	Bot         *bot.Bot
	Developer   *developer.Service
	Notify      *notify.Service
	Broadcast   *broadcast.Service
	Codes       *qr.Codes
	Shop        *shop.Service
	Wallet      *wallet.Wallet
	PINs        *pin.Service
	Risk        *risk.Service
	Books       *reconcile.Service
	Ledger      *ledger.Ledger
	Statements  *statement.Service
	Counter     *counter.Service
	Exchange    *exchange.Service
	Requests    *request.Service
	Mandates    *mandate.Service
	Identity    *identity.Service
	SignIn      *signin.Service
	Clocks      *skew.Watch
	Notices     *alimtalk.Service
	Pictures    *picture.Pictures
	Attachments *attachment.Attachments
	Log         *live.Log
	// SignedOut is told the id of a session that has ended, so that its live
	// connections end too.
	// Client asks this server's own public address whether it leads here; nil
	// for one with a time limit.
	Client    *http.Client
	SignedOut func(session string)
}

// Console serves the members' pages. Safe for concurrent use.
type Console struct {
	Dependencies
	accounts *account.Service
	now      func() time.Time
	doors    *web.Limiter // tries to get in, by address
	tests    *web.Limiter // notices that a member sends to try a template
	frames   *web.Limiter // frames of a till's camera
}

// New makes a Console.
func New(dependencies Dependencies) *Console {
	if dependencies.SignedOut == nil {
		dependencies.SignedOut = func(string) {}
	}
	if dependencies.Client == nil {
		dependencies.Client = &http.Client{Timeout: selfLimit}
	}
	surface := dependencies.Surface
	return &Console{
		Dependencies: dependencies,
		accounts:     surface.Accounts,
		now:          surface.Now,
		doors:        web.NewLimiter(2*time.Second, 20, surface.Now),
		tests:        web.NewLimiter(10*time.Minute, 5, surface.Now),
		frames:       web.NewLimiter(200*time.Millisecond, 20, surface.Now),
	}
}

// Limits of what is posted, in bytes.
const (
	maxForm   = 256 << 10
	maxUpload = 45 << 20 // eight pictures of the largest size, and the form
)

// Mount adds the console's routes.
func (s *Console) Mount(engine *gin.Engine) {
	all := engine.Group("/console", web.Protect(), web.SameSite(s.Surface.Fail))
	for _, r := range s.doorRoutes() {
		all.Handle(r.method, r.path, s.readForm(maxForm), s.Surface.Page(r.handle))
	}
	for _, r := range s.memberRoutes() {
		all.Handle(r.method, r.path, s.Surface.RequireMember(), s.readForm(maxForm), s.Surface.RequireForm(), s.Surface.Page(r.handle))
	}
	for _, r := range s.officeRoutes() {
		limit := int64(maxForm)
		if r.uploads {
			limit = maxUpload
		}
		all.Handle(r.method, "/:account"+r.path, s.Surface.RequireMember(), s.Surface.RequireOffice(),
			s.readForm(limit), s.Surface.RequireForm(), s.Surface.Page(r.guarded()))
	}
}

// maxMemory is how much of an upload is kept in memory; the rest lies in
// temporary files until the request ends.
const maxMemory = 8 << 20

// readForm reads what is posted before anybody looks at a field, so that one
// that is too large is called that and not a form without its token.
func (s *Console) readForm(limit int64) gin.HandlerFunc {
	return func(c *gin.Context) {
		if c.Request.Method != "POST" {
			return
		}
		web.LimitBody(limit)(c)
		var err error
		if c.ContentType() == "multipart/form-data" {
			err = c.Request.ParseMultipartForm(maxMemory)
		} else {
			err = c.Request.ParseForm()
		}
		if err != nil {
			s.Surface.Fail(c, unreadable(err))
		}
	}
}
