package rest

import (
	"net/http"
	"slices"

	"plaza/account"
)

// The methods of changes, short enough for a table.
const (
	post   = http.MethodPost
	put    = http.MethodPut
	patch  = http.MethodPatch
	remove = http.MethodDelete
)

// accountRoutes are about the account itself. What package account does, it
// enters into the audit log itself.
func (s *surface) accountRoutes() {
	settings, members, tokens := needs{account.Settings}, needs{account.ManageMembers}, needs{account.ManageTokens}
	add(s, read("/account", "get-account", "Get the token's account", anybody), s.getAccount)
	add(s, own(patch, "/account", "change-account", "Change the account's profile", settings), s.changeAccount)

	add(s, read("/members", "list-members", "List who runs the account", members), s.listMembers)
	do(s, own(put, "/members/{member}/role", "set-role", "Give a member another role", members), s.setRole)
	do(s, own(remove, "/members/{member}", "remove-member", "Take a member's seat away", members), s.removeMember)
	add(s, read("/invitations", "list-invitations", "List open invitations", members), s.listInvitations)
	add(s, create("/invitations", "invite", "Ask somebody to join", members, ""), s.invite)
	do(s, own(remove, "/invitations/{invitation}", "withdraw-invitation", "Take an invitation back", members), s.withdrawInvitation)

	add(s, read("/tokens", "list-tokens", "List API tokens", tokens), s.listTokens)
	add(s, create("/tokens", "create-token", "Make an API token", tokens, ""), s.createToken)
	do(s, own(remove, "/tokens/{token}", "revoke-token", "Revoke an API token", tokens), s.revokeToken)

	add(s, read("/audit", "list-audit", "Read the audit log", needs{account.ReadAudit}), s.listAudit)

	add(s, read("/channels", "list-channels", "List connections to messengers", anybody), s.listChannels)
	add(s, read("/channels/{channel}", "get-channel", "Get a connection", anybody), s.getChannel)
	add(s, change(put, "/channels/{channel}", "connect-channel", "Connect to a messenger, or change its credentials", settings, "channel.connected"), s.connectChannel)
	add(s, change(post, "/channels/{channel}/test", "test-channel", "Test a connection", settings, "channel.tested"), s.testChannel)
	add(s, read("/channels/{channel}/templates", "list-message-templates", "List a messenger's approved templates, and what was chosen", settings), s.listTemplates)
	do(s, change(put, "/channels/{channel}/templates", "choose-message-templates", "Choose which template says what outside a messenger's window", settings, "channel.templates_chosen"), s.chooseTemplates)
	do(s, change(patch, "/channels/{channel}", "enable-channel", "Switch a connection on or off", settings, "channel.switched"), s.enableChannel)
	do(s, change(remove, "/channels/{channel}", "disconnect-channel", "Forget a connection", settings, "channel.disconnected"), s.disconnect)

	add(s, read("/exchange-rates", "list-rates", "List what the account's currency is worth in others", settings), s.listRates)
	add(s, change(post, "/exchange-rates", "set-rate", "Set the exchange rate of a day", settings, "rate.set"), s.setRate)
	do(s, change(remove, "/exchange-rates/{rate}", "delete-rate", "Delete the exchange rate of a day", settings, "rate.removed"), s.deleteRate)
	add(s, read("/payment-contracts", "list-contracts", "List contracts with payment providers", settings), s.listContracts)
	add(s, read("/payment-contracts/{provider}", "get-contract", "Get a contract with a payment provider", settings), s.getContract)
	add(s, change(put, "/payment-contracts/{provider}", "sign-contract", "Set up a way of paying, or change its keys", settings, "payments.signed"), s.signContract)
	add(s, change(post, "/payment-contracts/{provider}/test", "test-contract", "Ask a payment provider whether it knows the account", settings, "payments.tested"), s.testContract)
	do(s, change(patch, "/payment-contracts/{provider}", "switch-contract", "Switch a way of paying on or off", settings, "payments.switched"), s.switchContract)

	add(s, read("/outbox", "list-routes", "See how sending stands on each messenger", anybody), s.listRoutes)
	do(s, change(post, "/channels/{channel}/retry", "retry-channel", "Try a messenger that is out at once", settings, "channel.retried"), s.retryChannel)

	add(s, read("/events", "list-events", "Read what happened since", anybody), s.listEvents)
}

// talkRoutes are about people and what is said.
func (s *surface) talkRoutes() {
	people, mayEdit := needs{account.ReadSubscribers}, needs{account.WriteSubscribers}
	inbox, write := needs{account.ReadInbox}, needs{account.WriteInbox}
	rules := needs{account.WriteRules}
	add(s, read("/subscribers", "list-subscribers", "List subscribers", people), s.listSubscribers)
	add(s, read("/subscribers/counts", "count-subscribers", "Count followers by channel and tag", people), s.countSubscribers)
	add(s, read("/subscribers/{subscriber}", "get-subscriber", "Get a subscriber", people), s.getSubscriber)
	add(s, change(patch, "/subscribers/{subscriber}", "change-subscriber", "Change a subscriber's profile", mayEdit, "subscriber.changed"), s.changeSubscriber)
	add(s, read("/subscribers/{subscriber}/linked", "list-linked", "List who is the same person on other channels", people), s.listLinked)
	add(s, change(post, "/subscribers/{subscriber}/linked", "link-subscriber", "Make two subscribers one person", mayEdit, "subscriber.linked"), s.link)
	do(s, change(remove, "/subscribers/{subscriber}/linked", "unlink-subscriber", "Make a subscriber a person of their own again", mayEdit, "subscriber.unlinked"), s.unlink)
	add(s, change(post, "/subscribers/{subscriber}/tags", "tag-subscriber", "Add and remove tags", mayEdit, "subscriber.tagged"), s.tagSubscriber)

	add(s, read("/conversations", "list-conversations", "List conversations", inbox), s.listConversations)
	add(s, read("/conversations/{conversation}", "get-conversation", "Get a conversation", inbox), s.getConversation)
	add(s, read("/conversations/{conversation}/messages", "list-messages", "Read a conversation, newest first", inbox), s.listMessages)
	do(s, effect("/conversations/{conversation}/messages", "reply", "Answer by hand; the conversation has to be taken first", write, "conversation.answered"), s.reply)
	do(s, effect("/conversations/{conversation}/messages/{message}/retry", "retry-message", "Send a failed message once more", write, "conversation.retried"), s.retryMessage)
	add(s, read("/undelivered", "list-undelivered", "List messages that failed or may not have arrived, newest first", inbox), s.listUndelivered)
	do(s, effect("/conversations/{conversation}/messages/{message}/again", "send-again", "Send a message once more that failed or may not have arrived", write, "message.sent_again"), s.sendAgain)
	do(s, change(post, "/conversations/{conversation}/messages/{message}/leave", "leave-undelivered", "Take an undelivered message off its list", write, "message.left"), s.leaveUndelivered)
	add(s, change(post, "/conversations/{conversation}/take", "take-conversation", "Take a conversation over from the bot", write, "conversation.taken"), s.take)
	add(s, change(post, "/conversations/{conversation}/hand-back", "hand-back-conversation", "Let the bot answer again", write, "conversation.handed_back"), s.handBack)
	add(s, change(post, "/conversations/{conversation}/close", "close-conversation", "Close a conversation", write, "conversation.closed"), s.closeConversation)
	add(s, own(post, "/conversations/{conversation}/read", "read-conversation", "Mark a conversation as read", write), s.markRead)
	add(s, read("/conversations/{conversation}/notes", "list-notes", "Read the notes on a conversation", inbox), s.listNotes)
	add(s, create("/conversations/{conversation}/notes", "add-note", "Add a note for colleagues", write, "conversation.noted"), s.addNote)

	add(s, read("/inbound", "list-inbound", "List received messages", inbox), s.listInbound)
	// Reading what somebody sent, as they sent it, is entered like a change.
	add(s, change(http.MethodGet, "/inbound/{inbound}", "get-inbound", "Get a received message as it came", inbox, "inbound.read"), s.getInbound)
	add(s, own(post, "/inbound/{inbound}/replay", "replay-inbound", "See what the bot would answer to it now", inbox), s.replayInbound)

	add(s, read("/rules", "list-rules", "List rules in the order they are asked", anybody), s.listRules)
	add(s, create("/rules", "create-rule", "Add a rule", rules, "rule.created"), s.createRule)
	add(s, own(post, "/rules/test", "test-rules", "See what the bot would say", anybody), s.testRules)
	add(s, read("/rules/{rule}", "get-rule", "Get a rule", anybody), s.getRule)
	add(s, change(put, "/rules/{rule}", "change-rule", "Replace a rule", rules, "rule.changed"), s.changeRule)
	do(s, change(remove, "/rules/{rule}", "delete-rule", "Delete a rule", rules, "rule.deleted"), s.deleteRule)

	add(s, read("/flows", "list-flows", "List dialogues", anybody), s.listFlows)
	add(s, create("/flows", "create-flow", "Add a dialogue", rules, "flow.created"), s.createFlow)
	add(s, read("/flows/{flow}", "get-flow", "Get a dialogue", anybody), s.getFlow)
	add(s, change(put, "/flows/{flow}", "change-flow", "Replace a dialogue", rules, "flow.changed"), s.changeFlow)
	do(s, change(remove, "/flows/{flow}", "delete-flow", "Delete a dialogue", rules, "flow.deleted"), s.deleteFlow)
}

// reachRoutes are about what is sent to many and what is printed.
func (s *surface) reachRoutes() {
	see, write, approve := needs{account.ReadCampaigns}, needs{account.WriteCampaigns}, needs{account.ApproveCampaigns}
	either := slices.Concat(write, approve) // whoever writes campaigns may stop one, too
	campaigns := s.Broadcast
	add(s, read("/campaigns", "list-campaigns", "List campaigns", see), s.listCampaigns)
	add(s, create("/campaigns", "create-campaign", "Draft a campaign", write, "campaign.created"), s.createCampaign)
	add(s, own(post, "/campaigns/estimate", "estimate-audience", "Estimate an audience", see), s.estimateAudience)
	add(s, read("/campaigns/{campaign}", "get-campaign", "Get a campaign", see), s.getCampaign)
	add(s, change(put, "/campaigns/{campaign}", "change-campaign", "Replace a draft", write, "campaign.changed"), s.changeCampaign)
	do(s, change(remove, "/campaigns/{campaign}", "delete-campaign", "Delete a draft", write, "campaign.deleted"), s.deleteCampaign)
	add(s, create("/campaigns/{campaign}/copy", "copy-campaign", "Draft a campaign from an earlier one", write, "campaign.copied"), s.copyCampaign)
	do(s, effect("/campaigns/{campaign}/test", "test-campaign", "Send a campaign to one subscriber", write, "campaign.tested"), s.testCampaign)
	add(s, change(post, "/campaigns/{campaign}/schedule", "schedule-campaign", "Let a draft go, at its time or now", approve, "campaign.start"), steer(campaigns.Schedule))
	add(s, change(post, "/campaigns/{campaign}/resume", "resume-campaign", "Go on with a paused or failed campaign", approve, "campaign.resume"), steer(campaigns.Resume))
	add(s, change(post, "/campaigns/{campaign}/release", "release-campaign", "Let a held campaign go", approve, "campaign.release"), steer(campaigns.Release))
	add(s, change(post, "/campaigns/{campaign}/pause", "pause-campaign", "Pause sending", either, "campaign.pause"), steer(campaigns.Pause))
	add(s, change(post, "/campaigns/{campaign}/cancel", "cancel-campaign", "Cancel a campaign", either, "campaign.cancel"), steer(campaigns.Cancel))
	add(s, change(post, "/campaigns/{campaign}/skip", "skip-campaign", "Give up what a held campaign missed", either, "campaign.skip"), steer(campaigns.Skip))
	add(s, change(post, "/campaigns/{campaign}/unschedule", "unschedule-campaign", "Take a scheduled campaign back to draft", either, "campaign.unschedule"), steer(campaigns.Unschedule))
	add(s, read("/campaigns/{campaign}/runs", "list-runs", "List a campaign's runs with their counts", see), s.listRuns)
	add(s, read("/campaigns/{campaign}/mass", "list-mass-messages", "See what became of a run's mass messages", see), s.listMass)
	do(s, effect("/campaigns/{campaign}/preview", "preview-mass-message", "Show a mass message to one person of the messenger", write, "campaign.previewed"), s.previewMass)
	do(s, effect("/campaigns/{campaign}/recall", "recall-mass-message", "Take back what a messenger lets be taken back", either, "campaign.recalled"), s.recallMass)
	add(s, read("/campaigns/{campaign}/deliveries", "list-deliveries", "List the deliveries of a run", see), s.listDeliveries)

	add(s, read("/notices", "list-notices", "List notices", see), s.listNotices)
	add(s, create("/notices", "draft-notice", "Draft a notice", write, "notice.drafted"), s.draftNotice)
	add(s, read("/notices/{notice}", "get-notice", "Get a notice", see), s.getNotice)
	add(s, change(put, "/notices/{notice}", "change-notice", "Change a notice that is not public", write, "notice.changed"), s.changeNotice)
	add(s, change(post, "/notices/{notice}/approve", "approve-notice", "Approve what somebody else wrote", approve, "notice.approved"), s.approveNotice)
	add(s, change(post, "/notices/{notice}/publish", "publish-notice", "Publish an approved notice", either, "notice.published"), s.publishNotice)
	add(s, change(post, "/notices/{notice}/withdraw", "withdraw-notice", "Take a notice off the public page", either, "notice.withdrawn"), s.withdrawNotice)
	do(s, change(remove, "/notices/{notice}", "delete-notice", "Delete a notice that was never public", write, "notice.deleted"), s.deleteNotice)

	add(s, read("/codes", "list-codes", "List QR codes", see), s.listCodes)
	add(s, create("/codes", "create-code", "Make a QR code", write, "code.created"), s.createCode)
	add(s, read("/codes/{code}", "get-code", "Get a QR code", see), s.getCode)
	add(s, change(put, "/codes/{code}", "change-code", "Change what a code is for; printed ones follow", write, "code.changed"), s.changeCode)
	add(s, change(post, "/codes/{code}/disable", "disable-code", "Stop a code from leading anywhere, or let it again", write, "code.switched"), s.disableCode)
	add(s, change(post, "/codes/{code}/scene", "make-scene-code", "Have a messenger make its own code for a tracked one, or make it anew", write, "code.scene_made"), s.makeScene)
	add(s, read("/codes/{code}/days", "list-code-days", "Count a code's scans by day", see), s.listDays)
	s.drawCode(read("/codes/{code}/picture", "draw-code", "Draw a code as PNG or SVG", see))
}

// sellRoutes are about goods and money.
func (s *surface) sellRoutes() {
	see, write := needs{account.ReadShop}, needs{account.WriteShop}
	orders, refund := needs{account.WriteOrders}, needs{account.Refund}
	pictures := needs{account.WriteShop, account.WriteCampaigns, account.WriteRules, account.WriteInbox, account.Settings}
	add(s, read("/products", "list-products", "List products", see), s.listProducts)
	add(s, create("/products", "create-product", "Add a product", write, "product.created"), s.createProduct)
	add(s, read("/products/{product}", "get-product", "Get a product", see), s.getProduct)
	add(s, change(put, "/products/{product}", "change-product", "Replace a product", write, "product.changed"), s.changeProduct)
	do(s, change(remove, "/products/{product}", "archive-product", "Take a product off sale for good", write, "product.archived"), s.archiveProduct)
	add(s, read("/variants/{variant}/stock", "get-stock", "Get how much there is of a variant", see), s.getStock)
	add(s, change(put, "/variants/{variant}/stock", "set-stock", "Set how much can be bought", write, "stock.set"), s.setStock)
	add(s, effect("/variants/{variant}/stock", "add-stock", "Add a delivery, or take a loss off", write, "stock.added"), s.addStock)

	upload := create("/pictures", "upload-picture", "Upload a picture", pictures, "picture.uploaded")
	upload.maxBytes = maxUpload
	add(s, upload, s.uploadPicture)
	do(s, change(remove, "/pictures/{picture}", "delete-picture", "Delete a picture", pictures, "picture.deleted"), s.deletePicture)

	add(s, read("/coupons", "list-coupons", "List coupons", see), s.listCoupons)
	add(s, create("/coupons", "create-coupon", "Make a coupon", write, "coupon.created"), s.createCoupon)
	add(s, read("/coupons/{coupon}", "get-coupon", "Get a coupon with its uses", see), s.getCoupon)
	do(s, change(patch, "/coupons/{coupon}", "enable-coupon", "Switch a coupon on or off", write, "coupon.switched"), s.enableCoupon)

	add(s, read("/orders", "list-orders", "List orders", see), s.listOrders)
	add(s, read("/orders/today", "get-today", "Sum up today's orders", see), s.today)
	add(s, read("/orders/{order}", "get-order", "Get an order", see), s.getOrder)
	add(s, read("/orders/by-number/{number}", "get-order-by-number", "Get an order by the number people know", see), s.getOrderByNumber)
	add(s, read("/orders/{order}/payments", "list-payments", "List the payments of an order", see), s.listPaymentsOfOrder)
	add(s, change(post, "/orders/{order}/ship", "ship-order", "Mark an order as sent", orders, "order.shipped"), s.shipOrder)
	add(s, change(post, "/orders/{order}/complete", "complete-order", "Complete a shipped order", orders, "order.completed"), s.completeOrder)
	add(s, change(post, "/orders/{order}/cancel", "cancel-order", "Cancel an unpaid order", orders, "order.cancelled"), s.cancelOrder)
	add(s, effect("/orders/{order}/refund", "refund-order", "Give back part or all of a paid order", refund, "order.refunded"), s.refundOrder)
	add(s, read("/payments/{payment}", "get-payment", "Get a payment", see), s.getPayment)
	add(s, own(post, "/payments/{payment}/check", "check-payment", "Ask the provider what became of a payment", orders), s.checkPayment)

	add(s, read("/wallet", "get-sales", "Get what the shop has taken in wallets", see), s.getSales)
	add(s, read("/wallet/transfers", "list-sales", "List the transfers to the shop", see), s.listSales)
	add(s, read("/subscribers/{subscriber}/wallet", "get-wallet", "Get a subscriber's balance", see), s.getWallet)
	add(s, read("/subscribers/{subscriber}/wallet/transfers", "list-transfers", "List a subscriber's transfers", see), s.listTransfers)
	add(s, effect("/subscribers/{subscriber}/wallet/test-money", "grant-test-money", "Give test money, where it is allowed", refund, "test_money.granted"), s.grant)
}
