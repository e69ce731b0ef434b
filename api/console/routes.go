package console

import (
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
)

// route is one thing the console serves.
type route struct {
	method, path string
	// needs are the permissions of which a member must have one; with none,
	// every member of the account may.
	needs   []account.Permission
	handle  web.Handler
	uploads bool // takes pictures
	sells   bool // is of a shop: for an agency it does not exist
}

// guarded is the route's handler behind its permissions and what it is of.
func (r route) guarded() web.Handler {
	if len(r.needs) == 0 && !r.sells {
		return r.handle
	}
	return func(c *gin.Context) error {
		if r.sells && web.At(c).Account.Kind != account.Merchant {
			return web.ErrNotFound
		}
		if len(r.needs) > 0 && !slices.ContainsFunc(r.needs, web.At(c).Access.May) {
			return account.ErrNotPermitted
		}
		return r.handle(c)
	}
}

func get(path string, handle web.Handler, needs ...account.Permission) route {
	return route{method: http.MethodGet, path: path, handle: handle, needs: needs}
}

func post(path string, handle web.Handler, needs ...account.Permission) route {
	return route{method: http.MethodPost, path: path, handle: handle, needs: needs}
}

func upload(path string, handle web.Handler, needs ...account.Permission) route {
	return route{method: http.MethodPost, path: path, handle: handle, needs: needs, uploads: true}
}

// doorRoutes are open to whoever has not signed in yet.
func (s *Console) doorRoutes() []route {
	return []route{
		get("/sign-in", s.askSignIn),
		post("/sign-in", s.signIn),
		get("/link/:token", s.showLink),
		post("/link/:token", s.redeemLink),
		post("/language", s.chooseLanguage),
	}
}

// memberRoutes are for members, before an account is chosen.
func (s *Console) memberRoutes() []route {
	return []route{
		get("", s.chooseAccount),
		post("/sign-out", s.signOut),
		get("/new", s.askNewAccount),
		post("/new", s.openAccount),
	}
}

// officeRoutes are for members of the account that stands in front of the path.
func (s *Console) officeRoutes() []route {
	selling := slices.Concat(s.sellRoutes(), s.riskRoutes(),
		s.customerRoutes(),
		s.paymentRoutes(),
		s.deliveryRoutes(),
		s.mandateRoutes(),
		s.bookingRoutes(),
		s.packingRoutes(),
		s.invoiceRoutes(),
		s.booksRoutes(),
	)
	for i := range selling {
		selling[i].sells = true
	}
	return slices.Concat(s.talkRoutes(), s.reachRoutes(), s.settingsRoutes(), s.alimtalkRoutes(), selling)
}

func (s *Console) talkRoutes() []route {
	const (
		read, write     = account.ReadInbox, account.WriteInbox
		people, mayEdit = account.ReadSubscribers, account.WriteSubscribers
		rules           = account.WriteRules
	)
	return []route{
		get("", s.overview),
		post("/steps/hide", s.hideSteps),
		post("/sending/resume", s.resumeSending, account.Settings),

		get("/inbox", s.inbox, read),
		get("/inbox/c/:conversation", s.conversation, read),
		post("/inbox/c/:conversation/reply", s.reply, write),
		upload("/inbox/c/:conversation/attach", s.attach, write),
		get("/inbox/c/:conversation/media/:message", s.media, read),
		post("/inbox/c/:conversation/take", s.take, write),
		post("/inbox/c/:conversation/return", s.handBack, write),
		post("/inbox/c/:conversation/close", s.closeConversation, write),
		get("/outbox", s.undelivered, read),
		post("/outbox/again", s.sendAgain, write),
		post("/outbox/leave", s.leaveUndelivered, write),
		get("/inbound", s.inbounds, read),
		get("/inbound/:inbound", s.inbound, read),
		post("/inbound/:inbound/replay", s.replay, write),

		get("/subscribers", s.subscribers, people),
		get("/subscribers.csv", s.exportSubscribers, people),
		get("/subscribers/:subscriber", s.subscriber, people),
		post("/subscribers/:subscriber", s.changeSubscriber, mayEdit),
		post("/subscribers/:subscriber/tags", s.tagSubscriber, mayEdit),
		post("/subscribers/:subscriber/link", s.linkSubscriber, account.WriteSubscribers),
		post("/subscribers/:subscriber/unlink", s.unlinkSubscriber, account.WriteSubscribers),

		get("/menus", s.menus),
		post("/menus", s.saveMenus, rules),

		get("/rules", s.rules),
		post("/rules/test", s.testRules),
		get("/rules/new", s.newRule, rules),
		upload("/rules/new", s.saveRule, rules),
		get("/rules/:rule", s.editRule, rules),
		upload("/rules/:rule", s.saveRule, rules),
		post("/rules/:rule/enable", s.enableRule, rules),
		upload("/rules/:rule/delete", s.deleteRule, rules),
	}
}

func (s *Console) reachRoutes() []route {
	const read, write, approve = account.ReadCampaigns, account.WriteCampaigns, account.ApproveCampaigns
	return []route{
		get("/campaigns", s.campaigns, read),
		get("/campaigns/new", s.newCampaign, write),
		upload("/campaigns/new", s.saveCampaign, write),
		get("/campaigns/:campaign", s.campaign, read),
		get("/campaigns/:campaign/edit", s.editCampaign, write),
		upload("/campaigns/:campaign/edit", s.saveCampaign, write),
		post("/campaigns/:campaign/start", s.steer, approve),
		post("/campaigns/:campaign/resume", s.steer, approve),
		post("/campaigns/:campaign/release", s.steer, approve),
		// Whoever writes campaigns may stop one, too.
		post("/campaigns/:campaign/pause", s.steer, write, approve),
		post("/campaigns/:campaign/cancel", s.steer, write, approve),
		post("/campaigns/:campaign/skip", s.steer, write, approve),
		post("/campaigns/:campaign/unschedule", s.steer, write, approve),
		post("/campaigns/:campaign/preview", s.previewMass, write),
		post("/campaigns/:campaign/recall", s.recallMass, write, approve),
		post("/campaigns/:campaign/copy", s.copyCampaign, write),
		post("/campaigns/:campaign/delete", s.deleteCampaign, write),

		get("/notices", s.notices, read),
		get("/notices/new", s.newNotice, write),
		post("/notices/new", s.saveNotice, write),
		get("/notices/:notice", s.notice, read),
		post("/notices/:notice", s.saveNotice, write),
		post("/notices/:notice/approve", s.approveNotice, approve),
		post("/notices/:notice/publish", s.publishNotice, write, approve),
		post("/notices/:notice/withdraw", s.withdrawNotice, write, approve),
		post("/notices/:notice/delete", s.deleteNotice, write),

		get("/codes", s.codes, read),
		post("/codes", s.createCode, write),
		get("/codes/sheet", s.codeSheet, read),
		get("/codes/:code", s.code, read),
		post("/codes/:code/disable", s.switchCode(true), write),
		post("/codes/:code/enable", s.switchCode(false), write),
		post("/codes/:code/scene", s.makeScene, write),
	}
}

func (s *Console) sellRoutes() []route {
	const read, write = account.ReadShop, account.WriteShop
	return []route{
		get("/products", s.products, read),
		get("/products/new", s.newProduct, write),
		upload("/products/new", s.saveProduct, write),
		get("/products/:product", s.editProduct, read),
		upload("/products/:product", s.saveProduct, write),
		upload("/products/:product/archive", s.archiveProduct, write),

		get("/orders", s.orders, read),
		get("/orders/:order", s.order, read),
		post("/orders/:order/ship", s.shipOrder, account.WriteOrders),
		post("/orders/:order/complete", s.completeOrder, account.WriteOrders),
		post("/orders/:order/cancel", s.cancelOrder, account.WriteOrders),
		post("/orders/:order/refund", s.refundOrder, account.Refund),

		get("/counter", s.till, read),
		post("/counter", s.beginSale, account.WriteOrders),
		upload("/counter/read", s.readCode, account.WriteOrders),
		get("/counter/codes", s.saleCodes, read),
		post("/counter/codes", s.makeSaleCode, account.WriteOrders),
		get("/counter/codes/:code", s.saleCode, read),
		get("/counter/codes/:code/poster.pdf", s.salePoster, read),
		post("/counter/codes/:code/revoke", s.revokeSaleCode, account.WriteOrders),
		get("/counter/:sale", s.sale, read),
		post("/counter/:sale", s.takeSale, account.WriteOrders),
		post("/counter/:sale/cancel", s.cancelSale, account.WriteOrders),
		post("/counter/:sale/refund", s.refundSale, account.Refund),

		get("/coupons", s.coupons, read),
		post("/coupons", s.createCoupon, write),
		post("/coupons/:coupon/disable", s.disableCoupon, write),
	}
}

// customerRoutes are about a person's money.
func (s *Console) customerRoutes() []route {
	return []route{
		post("/inbox/c/:conversation/request", s.askForPayment, account.WriteOrders),
		post("/requests/:request/cancel", s.cancelRequest, account.WriteOrders),
		post("/subscribers/:subscriber/grant", s.grantTestMoney, account.Refund),
		post("/subscribers/:subscriber/pin/reset", s.resetPIN, account.Refund),
		post("/subscribers/:subscriber/pin/trust", s.trustPIN, account.Refund),
	}
}

// paymentRoutes are about how the account is paid.
func (s *Console) paymentRoutes() []route {
	const settings = account.Settings
	return []route{
		get("/settings/payments", s.contracts, settings),
		get("/settings/payments/rates", s.rates, settings),
		post("/settings/payments/rates", s.setRate, settings),
		post("/settings/payments/rates/rules", s.setRateRules, settings),
		post("/settings/payments/rates/:currency/:day/remove", s.removeRate, settings),
		get("/settings/payments/limits", s.limits, settings),
		post("/settings/payments/limits", s.saveLimits, settings),
		get("/settings/payments/:provider", s.contract, settings),
		post("/settings/payments/:provider", s.signContract, settings),
		post("/settings/payments/:provider/test", s.testContract, settings),
		post("/settings/payments/:provider/on", s.switchContract(true), settings),
		post("/settings/payments/:provider/off", s.switchContract(false), settings),
	}
}

func (s *Console) settingsRoutes() []route {
	const settings, members, tokens = account.Settings, account.ManageMembers, account.ManageTokens
	return []route{
		get("/settings", s.profile),
		upload("/settings", s.saveProfile, settings),
		upload("/pictures", s.uploadPicture,
			account.WriteRules, account.WriteCampaigns, account.WriteShop, settings),

		get("/settings/channels", s.channels),
		get("/settings/channels/:channel", s.connection, settings), // shows tokens and keys
		post("/settings/channels/:channel", s.saveConnection, settings),
		post("/settings/channels/:channel/test", s.testConnection, settings),
		post("/settings/channels/:channel/followers", s.readFollowers, settings),
		get("/settings/channels/:channel/templates", s.messageTemplates, settings),
		post("/settings/channels/:channel/templates", s.saveTemplates, settings),
		post("/settings/channels/:channel/disconnect", s.disconnect, settings),

		get("/settings/website", s.website),
		post("/settings/website", s.saveWebsite, settings),

		get("/settings/developers", s.developers, settings), // shows its token and key
		post("/settings/developers", s.saveCallback, settings),
		post("/settings/developers/open", s.openApp, settings),
		post("/settings/developers/secret", s.newAppSecret, settings),
		post("/settings/developers/switch", s.switchDeveloper, settings),
		post("/settings/developers/domain", s.saveSignInDomain, settings),
		post("/settings/developers/templates", s.addTemplate, settings),
		post("/settings/developers/templates/:template/delete", s.deleteTemplate, settings),
		get("/settings/developers/pushes/:push", s.push, settings),
		post("/settings/developers/pushes/:push/again", s.pushAgain, settings),

		post("/settings/channels/:channel/retry", s.retryChannel, settings),

		get("/settings/members", s.members),
		post("/settings/members", s.inviteMember, members),
		post("/settings/members/:member/role", s.setRole, members),
		post("/settings/members/:member/remove", s.removeMember, members),
		post("/settings/invitations/:invitation/withdraw", s.withdrawInvitation, members),

		get("/settings/tokens", s.tokens, tokens),
		post("/settings/tokens", s.createToken, tokens),
		post("/settings/tokens/:token/revoke", s.revokeToken, tokens),

		get("/settings/audit", s.auditLog, account.ReadAudit),

		get("/settings/security", s.security),
		post("/settings/security/password", s.changePassword),
		post("/settings/security/sessions/:session/revoke", s.closeSession),
		post("/settings/security/sessions/revoke-others", s.closeOtherSessions),
	}
}
