package templates

// Pages gives an empty one of every page there is.
func Pages() []Page {
	return []Page{
		&SignIn{},
		&OneTimeLink{},
		&ChooseAccount{},
		&NewAccount{},
		&Overview{},
		&Inbox{},
		&Undelivered{},
		&InboundList{},
		&Subscribers{},
		&Subscriber{},
		&Rules{},
		&RuleEditor{},
		&Menus{},
		&Alimtalk{},
		&NoticeTemplate{},
		&Numbers{},
		&Campaigns{},
		&CampaignEditor{},
		&Campaign{},
		&Notices{},
		&NoticeEditor{},
		&Codes{},
		&Code{},
		&CodeSheet{},
		&Products{},
		&ProductEditor{},
		&Orders{},
		&Order{},
		&Coupons{},
		&ShopSettings{},
		&DeliveryEditor{},
		&Bookings{},
		&PackingSlips{},
		&Invoices{},
		&Books{},
		&BooksRuns{},
		&BooksDifference{},
		&Statement{},
		&Ledger{},
		&LedgerTransfer{},
		&SubscriberStatement{},
		&BalanceStatement{},
		&Risks{},
		&Risk{},
		&RiskRules{},
		&RiskRuleEditor{},
		&Profile{},
		&Channels{},
		&Connect{},
		&Contracts{},
		&Rates{},
		&Limits{},
		&Devices{},
		&NotMe{},
		&Contract{},
		&Counter{},
		&SaleCodes{},
		&SaleCode{},
		&At{},
		&Deliver{},
		&Goods{},
		&TopUp{},
		&Balance{},
		&PayCode{},
		&PayTo{},
		&TypePIN{},
		&Friends{},
		&NewSplit{},
		&Split{},
		&Asked{},
		&PINSettings{},
		&OfferedPlans{},
		&Plans{},
		&PlanEditor{},
		&Mandates{},
		&Mandate{},
		&PlanPage{},
		&MyMandates{},
		&MandatePage{},
		&Receipts{},
		&ReceiptPage{},
		&Members{},
		&Website{},
		&Developers{},
		&Tokens{},
		&Audit{},
		&Security{},
		&AccountPage{},
		&Chat{},
		&ChatOffline{},
		&SignInQuestion{},
		&Shop{},
		&Product{},
		&Cart{},
		&Addresses{},
		&AddressEditor{},
		&Pay{},
		&MyOrders{},
		&NoticePage{},
		&ArticlePage{},
		&SignInPage{},
		&MyChannels{},
		&ErrorPage{},
		&MessageTemplates{},
	}
}

// Template names the file that draws the page.
func (*SignIn) Template() string { return "console/sign-in" }

// Template names the file that draws the page.
func (*OneTimeLink) Template() string { return "console/link" }

// Template names the file that draws the page.
func (*ChooseAccount) Template() string { return "console/choose" }

// Template names the file that draws the page.
func (*NewAccount) Template() string { return "console/new-account" }

// Template names the file that draws the page.
func (*Overview) Template() string { return "console/overview" }

// Template names the file that draws the page.
func (*Inbox) Template() string { return "console/inbox" }

// Template names the file that draws the page.
func (*Undelivered) Template() string { return "console/undelivered" }

// Template names the file that draws the page.
func (*InboundList) Template() string { return "console/inbound-list" }

// Template names the file that draws the page.
func (*Subscribers) Template() string { return "console/subscribers" }

// Template names the file that draws the page.
func (*Subscriber) Template() string { return "console/subscriber" }

// Template names the file that draws the page.
func (*Rules) Template() string { return "console/rules" }

// Template names the file that draws the page.
func (*RuleEditor) Template() string { return "console/rule-editor" }

// Template names the file that draws the page.
func (*Campaigns) Template() string { return "console/campaigns" }

// Template names the file that draws the page.
func (*CampaignEditor) Template() string { return "console/campaign-editor" }

// Template names the file that draws the page.
func (*Campaign) Template() string { return "console/campaign" }

// Template names the file that draws the page.
func (*Notices) Template() string { return "console/notices" }

// Template names the file that draws the page.
func (*NoticeEditor) Template() string { return "console/notice-editor" }

// Template names the file that draws the page.
func (*Codes) Template() string { return "console/codes" }

// Template names the file that draws the page.
func (*Code) Template() string { return "console/code" }

// Template names the file that draws the page.
func (*CodeSheet) Template() string { return "console/code-sheet" }

// Template names the file that draws the page.
func (*Products) Template() string { return "console/products" }

// Template names the file that draws the page.
func (*ProductEditor) Template() string { return "console/product-editor" }

// Template names the file that draws the page.
func (*Orders) Template() string { return "console/orders" }

// Template names the file that draws the page.
func (*Order) Template() string { return "console/order" }

// Template names the file that draws the page.
func (*Coupons) Template() string { return "console/coupons" }

// Template names the file that draws the page.
func (*SignInQuestion) Template() string { return "public/sign-in-question" }

// Template names the file that draws the page.
func (*Profile) Template() string { return "console/profile" }

// Template names the file that draws the page.
func (*Channels) Template() string { return "console/channels" }

// Template names the file that draws the page.
func (*Connect) Template() string { return "console/connect" }

// Template names the file that draws the page.
func (*Members) Template() string { return "console/members" }

// Template names the file that draws the page.
func (*Tokens) Template() string { return "console/tokens" }

// Template names the file that draws the page.
func (*Audit) Template() string { return "console/audit" }

// Template names the file that draws the page.
func (*Security) Template() string { return "console/security" }

// Template names the file that draws the page.
func (*AccountPage) Template() string { return "public/account" }

// Template names the file that draws the page.
func (*Chat) Template() string { return "public/chat" }

// Template names the file that draws the page.
func (*Shop) Template() string { return "public/shop" }

// Template names the file that draws the page.
func (*Product) Template() string { return "public/product" }

// Template names the file that draws the page.
func (*Cart) Template() string { return "public/cart" }

// Template names the file that draws the page.
func (*Pay) Template() string { return "public/pay" }

// Template names the file that draws the page.
func (*MyOrders) Template() string { return "public/my-orders" }

// Template names the file that draws the page.
func (*SignInPage) Template() string { return "public/sign-in" }

// Template names the file that draws the page.
func (*MyChannels) Template() string { return "public/my-channels" }

// Template names the file that draws the page.
func (*ArticlePage) Template() string { return "public/article" }

// Template names its file.
func (*NoticePage) Template() string { return "public/notice" }

// Template names the file that draws the page.
func (*ErrorPage) Template() string { return "public/error" }
