// Package public serves the pages for subscribers and everybody: an account's
// page, the web chat, the shop, paying, notices, and where QR codes lead.
//
// A visitor is known by a cookie for each account and needs no sign-up: whoever
// scans a code with any camera can follow, chat and buy.
package public

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/attachment"
	"plaza/bot"
	"plaza/bot/developer"
	"plaza/bot/device"
	"plaza/bot/identity"
	"plaza/bot/signin"
	"plaza/bot/webchat"
	"plaza/bot/webchat/notify"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/live"
	"plaza/picture"
	"plaza/shop"
	"plaza/shop/counter"
	"plaza/shop/friends"
	"plaza/shop/guest"
	"plaza/shop/mandate"
	"plaza/shop/pay/pin"
	"plaza/shop/pay/receipt"
	"plaza/shop/pay/statement"
	"plaza/shop/pay/wallet"
	"plaza/shop/request"
)

// Options are what the pages show. All are needed.
type Options struct {
	*web.Surface
	Bot         *bot.Bot
	Chat        *webchat.Service
	Notify      *notify.Service
	SignIn      *signin.Service
	Devices     *device.Service
	Guests      *guest.Service
	Identity    *identity.Service
	Developer   *developer.Service
	Shop        *shop.Service
	Wallet      *wallet.Wallet
	Transfers   *wallet.Transfers
	Statements  *statement.Service
	Mandates    *mandate.Service
	Counter     *counter.Service
	Requests    *request.Service
	Friends     *friends.Service
	PINs        *pin.Service
	Receipts    *receipt.Service
	Codes       *qr.Codes
	Broadcast   *broadcast.Service
	Pictures    *picture.Pictures
	Attachments *attachment.Attachments
	Log         *live.Log
	Hub         *live.Hub
}

type pages struct {
	Options
	arrivals  *web.Limiter
	checkouts *web.Limiter
	drawings  *drawings
}

// What one address may do at once, and how soon again: change something; arrive,
// which makes a visitor (the burst is a school that scans the same poster behind
// one address); check out, which holds stock for a quarter of an hour; have a
// picture of a code drawn that was not drawn lately.
const (
	actionEvery  = 250 * time.Millisecond
	actionBurst  = 60
	arrivalEvery = 500 * time.Millisecond
	arrivalBurst = 300

	checkoutEvery = 15 * time.Second
	checkoutBurst = 60
	drawingEvery  = 500 * time.Millisecond
	drawingBurst  = 60
)

// maxForm bounds a posted form, in bytes.
const maxForm = 64 << 10

// Mount adds the routes.
func Mount(o Options) func(*gin.Engine) {
	return func(engine *gin.Engine) {
		p := &pages{Options: o, arrivals: web.NewLimiter(arrivalEvery, arrivalBurst, o.Now),
			checkouts: web.NewLimiter(checkoutEvery, checkoutBurst, o.Now),
			drawings:  newDrawings(web.NewLimiter(drawingEvery, drawingBurst, o.Now))}
		actions := web.NewLimiter(actionEvery, actionBurst, o.Now)
		group := engine.Group("/", web.Protect(), web.KnowFrames, web.SameSite(p.Fail, o.PublicURL))
		get := func(path string, handle web.Handler) {
			group.Match([]string{http.MethodGet, http.MethodHead}, path, p.Page(handle))
		}
		post := func(path string, handle web.Handler) {
			group.POST(path, actions.ByAddress(p.Fail), web.ReadForm(maxForm, p.Fail), p.Page(handle))
		}

		get("/", p.front)
		get("/robots.txt", robots)
		get("/favicon.ico", p.icon)
		post("/language", p.language)
		get("/a/:account", p.recognised(silently, p.account))
		get("/a/:account/feed", p.feed)
		get("/a/:account/qr.png", p.accountPNG)
		get("/a/:account/qr.svg", p.accountSVG)
		get("/n/:notice", p.notice)
		get("/articles/:issue/:number", p.article)

		get("/chat/:account", p.inScope(p.chat))
		p.installable(get, post)
		get("/chat/:account/menu/:entry", p.menuLink)
		post("/chat/:account/say", p.say)
		group.POST("/chat/:account/attach", actions.ByAddress(p.Fail), web.LimitBody(attachment.MaxBytes+1), p.Page(p.attach))
		post("/chat/:account/follow", p.follow)
		post("/chat/:account/unfollow", p.unfollow)
		post("/chat/:account/read", p.read)
		post("/chat/:account/profile", p.profile)
		get("/chat/:account/linked", p.linked)
		get("/chat/:account/linked/:channel", p.link)
		post("/chat/:account/unlink", p.unlink)

		get("/embed/:script", p.embedScript)

		get("/shop/:account", p.recognised(silently, p.shop))
		get("/shop/:account/p/:product", p.recognised(silently, p.product))
		get("/shop/:account/cart", p.recognised(surely, p.cart))
		post("/shop/:account/cart", p.addToCart)
		post("/shop/:account/cart/:variant", p.changeCart)
		post("/shop/:account/coupon", p.coupon)
		post("/shop/:account/checkout", p.checkout)
		p.delivery(get, post)
		p.kinds(get, post)
		p.invoices(get, post)
		p.guestPages(get, post)
		get("/shop/:account/orders", p.recognised(surely, p.orders))
		get("/shop/:account/orders/:order", p.recognised(surely, p.order))
		post("/shop/:account/orders/:order/cancel", p.cancelOrder)
		post("/shop/:account/orders/:order/pay", p.payOrder)

		get("/pay/:payment", p.pay)
		post("/pay/:payment", p.confirm)
		group.GET("/pay/:payment/return", actions.ByAddress(p.Fail), p.Page(p.returned))
		post("/pay/:payment/cancel", p.cancelPayment)
		post("/pay/:payment/test-money", p.testMoney)

		get("/sign-in/:channel/:account", p.signedIn)
		get("/sign-in/:channel/:account/begin", p.beginSignIn)
		get("/sign-in/:channel/:account/page", p.signPage)
		post("/sign-in/:channel/:account/statement", p.vouch)
		post("/sign-out/:account", p.signOut)
		get("/MP_verify_:code", p.domainFile)

		get("/wallet/:account", p.recognisedAt(p.walletOwner, surely, p.balance))
		get("/wallet/:account/top-up", p.recognisedAt(p.walletOwner, surely, p.topUp))
		post("/wallet/:account/top-up", p.beginTopUp)
		post("/wallet/:account/ask", p.ask)
		get("/wallet/:account/statement", p.statement)
		group.GET("/wallet/:account/code", actions.ByAddress(p.Fail), p.Page(p.payCode))
		get("/at/:code", p.recognisedAt(p.codeOwner, silently, p.at))
		post("/at/:code", p.payAt)
		get("/request/:request", p.recognisedAt(p.requestOwner, surely, p.request))
		post("/request/:request", p.payRequest)
		p.mandateRoutes(get, post)
		p.amongFriends(get, post)

		get("/pay-to/:code", p.recognisedAt(p.payeeOwner, surely, p.payTo))
		post("/pay-to/:code", p.sendTo)
		p.pinRoutes(get, post)
		p.deviceRoutes(get, post)
		get("/receipts/:account", p.receiptList)
		get("/receipts/:account/:number", p.receipt)

		get("/compat/wechat/connect/oauth2/authorize", p.signIn)
		get("/compat/wechat/connect/oauth2/allow", p.allowSignIn)

		get("/q/:code", p.scan)
		get("/qr.png", p.drawCode)
		get("/pictures/:picture", p.picture)
		get("/attachments/:attachment", p.attachment)
		group.GET("/live", p.Page(p.listen))
	}
}
