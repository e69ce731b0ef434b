package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/identity"
	"plaza/bot/kakao/alimtalk"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/picture"
	"plaza/shop"
	"plaza/shop/exchange"
	"plaza/shop/mandate"
	"plaza/shop/pay/ledger"
	"plaza/shop/pay/reconcile"
	"plaza/shop/pay/risk"
	"plaza/shop/pay/statement"
	"plaza/shop/pay/wallet"
	"plaza/shop/request"
	"plaza/store"
)

// Path is where the API is mounted.
const Path = "/api/v1"

// Sealer encrypts kept answers: some hold a secret that is shown once.
type Sealer interface {
	Seal(ctx context.Context, family, id string, plain []byte) ([]byte, error)
	Open(ctx context.Context, family, id string, sealed []byte) ([]byte, error)
}

// Options are what the API works on. All are needed.
type Options struct {
	*web.Surface
	DB         *store.DB
	Sealer     Sealer
	Bot        *bot.Bot
	Shop       *shop.Service
	Wallet     *wallet.Wallet
	Risk       *risk.Service
	Books      *reconcile.Service
	Statements *statement.Service
	Identity   *identity.Service
	Notices    *alimtalk.Service
	Mandates   *mandate.Service
	Requests   *request.Service
	Ledger     *ledger.Ledger
	Codes      *qr.Codes
	Broadcast  *broadcast.Service
	Pictures   *picture.Pictures
	Log        *live.Log
	Exchange   *exchange.Service
	// Version of the program, for the document.
	Version string
}

// surface is the API with all it works on.
type surface struct {
	Options
	texts   web.Texts
	api     huma.API
	limiter *web.Limiter
	kept    answers
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{kept.Schema()} }

// Mount adds the routes.
func Mount(o Options) func(*gin.Engine) {
	return func(engine *gin.Engine) { mount(engine, o) }
}

func mount(engine *gin.Engine, o Options) huma.API {
	s := &surface{Options: o, texts: o.Renderer.Texts,
		limiter: web.NewLimiter(requestEvery, requestBurst, o.Now),
		kept:    answers{db: o.DB, sealer: o.Sealer, now: o.Now}}
	group := engine.Group(Path, private(), s.authenticate(), s.limit())
	s.api = humagin.NewWithGroup(engine, group, s.config())
	s.api.UseMiddleware(inOurWords)
	s.accountRoutes()
	s.talkRoutes()
	s.reachRoutes()
	s.sellRoutes()
	s.shopRoutes()
	s.bookingRoutes()
	s.invoiceRoutes()
	s.alimtalkRoutes()
	s.riskRoutes()
	s.booksRoutes()
	s.ledgerRoutes()
	s.mandateRoutes()
	s.limitRoutes()
	s.requestRoutes()
	s.menuRoutes()
	engine.GET(Path+"/openapi.json", document(s.api.OpenAPI()))
	return s.api
}

func (s *surface) config() huma.Config {
	schemas := huma.NewMapRegistry("#/components/schemas/", schemaName)
	aliases(schemas)
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{Title: "Plaza", Version: s.Version,
				Description: "Everything a member can do in the console, for programs. How tokens, pages, " +
					"repeated requests and errors work is told in docs/api.md."},
			Servers: []*huma.Server{{URL: s.PublicURL + Path}},
			Components: &huma.Components{
				Schemas: schemas,
				SecuritySchemes: map[string]*huma.SecurityScheme{tokenScheme: {Type: "http", Scheme: "bearer",
					Description: "An API token of one account, made in the console under settings. It begins with plz_."}},
			},
		},
		Formats:                      map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}, // "json": of ...+json
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true, // a misspelt filter must not mean "everything"
		Transformers:                 []huma.Transformer{s.describe},
	}
}

// document serves the OpenAPI document. It holds nothing of any account, so it
// needs no token.
func document(api *huma.OpenAPI) gin.HandlerFunc {
	encoded, err := json.Marshal(api)
	if err != nil {
		panic(err) // made of declarations in this package alone
	}
	return func(c *gin.Context) {
		c.Header("Cache-Control", "public, max-age=300")
		c.Data(http.StatusOK, "application/json", encoded)
	}
}

// private keeps answers out of every cache on the way.
func private() gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Header("Cache-Control", "no-store")
		c.Header("X-Content-Type-Options", "nosniff")
	}
}

// What one token may ask: a burst, and then so many a second.
const (
	requestEvery = 20 * time.Millisecond
	requestBurst = 200
)

// maxRequest is how long a request may take; a kept key is held for longer, so
// that a second request never runs beside a first one that is still at work.
const maxRequest = 30 * time.Second
