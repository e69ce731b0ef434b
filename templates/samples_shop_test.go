package templates

import "time"

func (s sampler) sellingPages() []Page {
	c := s.console
	tabs := []Tab{{Label: s.say("All", "全部", "전체"), URL: "#", Count: 26, Here: true}, {Label: s.say("To be shipped", "待发货", "발송 대기"), URL: "#", Count: 4}}
	rows := []ProductRow{{ID: "p1", URL: "#", Name: s.products()[0].Name, Picture: "/pictures/bread", Category: s.say("Bakery", "烘焙", "베이커리"), State: "active", Price: cny(2880), Counted: true, Stock: 12, Sold: 340}, {ID: "p2", URL: "#", Name: s.products()[2].Name, Picture: "/pictures/coffee", Category: s.say("Drinks", "饮品", "음료"), State: "active", Price: cny(6800), More: true, Counted: true, Stock: 0, Sold: 88}, {ID: "p3", URL: "#", Name: s.products()[3].Name, State: "draft", Price: cny(3900), Stock: 5}}
	return []Page{
		&Inbox{Base: s.console("inbox"), Open: &Conversation{ID: "c", Path: "/console/corner/inbox/c/c", State: "open", Person: s.kim(), Messages: s.messages()[:2], Key: "k", Shut: true}},
		&Products{Base: c("products"), Tabs: tabs, Rows: rows},
		&ProductEditor{Base: c("products/p1"), ID: "p1", Kind: "goods", Action: "/console/corner/products/p1", Name: Localized{"en": "Sourdough bread", "zh": "酸面包", "ko": "사워도우 빵"}, Description: Localized{"en": "Baked this morning."}, Category: s.say("Bakery", "烘焙", "베이커리"), Categories: []string{s.say("Bakery", "烘焙", "베이커리")}, States: []Option{option("active", s.say("Active", "在售", "판매 중"), true)}, Pictures: []Picture{{ID: "a", URL: "/pictures/bread"}, {ID: "b", URL: "/pictures/coffee"}}, Variants: []VariantRow{{ID: "v1", Label: Localized{"en": "Whole loaf"}, Price: "28.80", Stock: "12", Held: 1, Sold: 340}}, PublicURL: "#"},
		&Orders{Base: c("orders"), Tabs: tabs, Rows: s.orders()},
		&Order{Base: c("orders/1"), Line: s.orders()[0], Path: "/console/corner/orders/1", Bought: s.bought(), Refundable: cny(5980), Person: s.kim(), Note: s.say("Please slice the bread.", "面包请切片。", "빵은 썰어 주세요."), Payments: []PaymentLine{{Kind: "payment", Provider: "wallet", State: "paid", Number: "P01KQ2M4TX", Amount: cny(5980), At: ago(6 * time.Minute)},
			{Kind: "refund", Provider: "wechatpay", State: "pending", Number: "R7F2", Amount: cny(500), At: ago(2 * time.Minute), Reason: s.say("The payer's card no longer takes money. Open the WeChat Pay merchant platform, Transactions, Refunds, find refund 50302, and choose there whether the money goes to another card or back to you to be given by hand.", "付款人的银行卡已无法入账。请登录微信支付商户平台，在“交易中心—退款”中找到退款单 50302，选择退到用户的其他银行卡，或退回商户后线下退款。", "결제자의 카드로 입금할 수 없습니다. 위챗페이 가맹점 플랫폼의 거래 센터 > 환불에서 환불 50302를 찾아 선택하세요.")}}, History: []HistoryLine{{At: ago(6 * time.Minute), Text: s.say("Paid", "已付款", "결제 완료")}, {At: ago(7 * time.Minute), Text: s.say("Ordered in the chat", "在聊天中下单", "채팅에서 주문")}}, Actions: []string{"ship", "refund", "cancel"}, Key: "k"},
		s.books(), s.booksDays(), s.booksDifference(),
		s.ledger(), s.ledgerTransfer(),
		s.statement(), &SubscriberStatement{Base: c("subscribers/s1/statement"), Name: s.kim().Name, Back: "#", WalletMonth: s.walletMonth()},
		s.risks(), s.risk(), s.riskRules(), s.riskRule(),
		&Coupons{Base: c("coupons"), Rows: []CouponRow{{Code: "WELCOME10", Label: s.say("Welcome", "欢迎", "환영"), Off: "10 %", Used: 38, Limit: 100, Until: now.Add(500 * time.Hour), Active: true, CodeURL: "#"}, {Code: "SUMMER", Label: s.say("Summer", "夏季", "여름"), Off: cny(500).In(s.language), Used: 96}}},
	}
}

func (s sampler) settingsPages() []Page {
	c := s.console
	wechat := ChannelRow{Name: "wechat", URL: "#", State: "error", Problem: s.say("WeChat says the AppSecret is wrong.", "微信提示 AppSecret 错误。", "위챗에서 AppSecret이 틀리다고 합니다."), LastHeard: ago(30 * time.Hour)}
	roles := []Option{{Value: "editor", Label: s.say("Editor", "编辑", "편집자"), Hint: s.say("Writes campaigns and products", "编写群发和商品", "캠페인과 상품을 작성"), Chosen: true}, {Value: "agent", Label: s.say("Agent", "客服", "상담원"), Hint: s.say("Answers people", "接待用户", "고객 응대")}}
	shown := c("settings/tokens")
	shown.Flash = &Flash{Kind: "good", Text: s.say("The token is ready. Copy it now.", "令牌已创建，请立即复制。", "토큰이 준비되었습니다. 지금 복사하세요."), Secret: "plz_3kq2m4tx7yqe8h2d5w9c"}
	return []Page{
		&Profile{Base: c("settings"), Name: Localized{"en": "Corner Store", "zh": "街角便利店", "ko": "골목 편의점"}, Description: Localized{"en": "Fresh bread."}, Slug: "corner", Languages: []Option{option("zh", "简体中文", true)}, Zones: []Option{option("Asia/Shanghai", "Asia/Shanghai", true)}, Currency: "CNY", Colour: "#0f766e", PublicURL: "https://plaza.example/a/corner"},
		&Channels{Base: c("settings/channels"), Rows: []ChannelRow{{Name: "webchat", URL: "#", State: "connected", LastHeard: ago(time.Minute)}, wechat}},
		&MessageTemplates{Base: c("settings/channels/wechat/templates"), Channel: "wechat", Action: "/console/corner/settings/channels/wechat/templates", Listed: true, Forms: []TemplateForm{
			{Sort: "order", Label: s.say("Orders", "订单", "주문"), Templates: []Option{option("T1", "订单提醒", true)}, Title: "订单提醒", Consent: true, Blanks: []TemplateBlank{
				{Name: "order.amount3", Label: "金额", Parts: []Option{option("total", s.say("Total", "金额", "금액"), true)}, Sample: cny(5800).In(s.language)}}},
			{Sort: "other", Label: s.say("Texts and notices", "文字与通知", "글과 알림"), Templates: []Option{option("T1", "订单提醒", false)}, Gone: true}}},
		&Connect{TemplatesURL: "/console/corner/settings/channels/wechat/templates", Roster: &RosterRow{State: "read", Seen: 10480, Added: 10233, Total: 10480, At: ago(time.Hour)}, Usage: []UsageRow{{Call: "message/custom/send", Used: 1204, Limit: 500000, Told: true, Spent: 1377}, {Call: "user/get", Used: 2, Limit: 500}}, Base: c("settings/channels/wechat"), Row: wechat, Saved: true, WebhookURL: "https://plaza.example/webhooks/wechat/corner", Domain: "plaza.example",
			Steps:    []string{s.say("Sign in at mp.weixin.qq.com.", "登录 mp.weixin.qq.com。", "mp.weixin.qq.com에 로그인하세요."), s.say("Enter the webhook address.", "填写回调地址。", "웹훅 주소를 입력하세요.")},
			Findings: []Finding{{Tone: "bad", Text: s.say("The signature does not match.", "签名不一致。", "서명이 일치하지 않습니다."), At: ago(time.Minute)}, {Tone: "info", Text: s.say("Nothing has come yet.", "尚未收到请求。", "아직 받은 호출이 없습니다.")}},
			Fields:   []ConnectField{{Name: "app_id", Label: "AppID", Value: "wx8888888888888888", Required: true, Limit: 18}, {Name: "secret", Label: "AppSecret", Secret: true, Kept: true, Optional: true, Limit: 32}, {Name: "key", Kind: "long", Label: s.say("Key", "密钥", "키"), Optional: true, Limit: 4096}, {Name: "agents", Kind: "switch", Label: s.say("Hand over", "转接", "넘기기"), Value: "true"}, {Name: "mode", Kind: "choice", Label: s.say("Mode", "模式", "방식"), Choices: []Option{option("a", "A", true), option("b", "B", false)}}}},
		&Contracts{Base: c("settings/payments"), Rows: []WayRow{{Name: "wallet", State: "connected"}, {Name: "wechatpay", URL: "#", State: "error", Problem: s.say("The merchant number is unknown.", "商户号不存在。", "가맹점 번호를 찾을 수 없습니다.")}, {Name: "alipay", URL: "#", State: "off"}, {Name: "kakaopay", URL: "#", State: "untested"}}},
		&Contract{Base: c("settings/payments/wechatpay"), Row: WayRow{Name: "wechatpay", State: "untested", LastHeard: ago(time.Hour)}, Saved: true, On: true, NotifyURL: "https://plaza.example/webhooks/pay/wechatpay/01JCORNER",
			Steps:    []string{s.say("Sign in at pay.weixin.qq.com.", "登录 pay.weixin.qq.com。", "pay.weixin.qq.com에 로그인하세요."), s.say("Copy the merchant number.", "复制商户号。", "가맹점 번호를 복사하세요.")},
			Findings: []Finding{{Tone: "bad", Text: s.say("The merchant number is unknown.", "商户号不存在。", "가맹점 번호를 찾을 수 없습니다."), At: ago(time.Minute)}},
			Fields:   []ConnectField{{Name: "merchant", Label: s.say("Merchant number", "商户号", "가맹점 번호"), Value: "1900000109", Required: true, Limit: 20}, {Name: "key", Kind: "long", Label: s.say("Private key", "商户私钥", "개인 키"), Secret: true, Kept: true}}},
		&Counter{Base: c("counter"), Key: "k", Rows: []SaleRow{{ID: "1", URL: "#", State: "paid", Way: "wechatpay", By: s.say("Mei Lin", "林美", "임미"), Note: s.say("Table 4", "4 号桌", "4번 테이블"), Amount: cny(5980), At: ago(time.Hour)}, {ID: "2", URL: "#", State: "cancelled", By: s.say("Mei Lin", "林美", "임미"), Amount: cny(1200), At: ago(2 * time.Hour)}}},
		&Members{Base: c("settings/members"), Rows: []MemberRow{{ID: "m1", Name: s.say("Mei Lin", "林美", "임미"), Email: "mei@corner.example", Role: "owner", You: true}, {ID: "m2", Email: "a-very-long-address-of-somebody@a-very-long-domain.example", Role: "agent", Invited: true}}, Roles: roles},
		&Website{Base: c("settings/website"), Origins: "https://shop.example.com\nhttps://www.example.com", Saved: true, Snippet: `<script src="https://plaza.example/embed/corner.js" async></script>`},
		s.developers(), &Developers{Base: c("settings/developers")},
		&Tokens{Base: shown, Rows: []TokenRow{{ID: "t1", Name: s.say("Till", "收银机", "계산대"), Hint: "plz_…x7Qa", Scopes: []string{"orders.read", "shop.write"}, Created: ago(400 * time.Hour), Used: ago(time.Hour), Expires: now.Add(900 * time.Hour)}}, Scopes: []Option{{Value: "shop.write", Label: "shop.write", Hint: s.say("Change products and orders", "修改商品和订单", "상품과 주문 변경")}}},
		&Audit{Base: c("settings/audit"), Rows: []AuditRow{{At: ago(time.Hour), Who: s.say("Mei Lin", "林美", "임미"), What: s.say("changed the price of", "修改价格", "가격을 변경"), Thing: s.products()[0].Name, URL: "#", Address: "203.0.113.7", Before: cny(2600).In(s.language), After: cny(2880).In(s.language)}}},
		&Security{Base: c("settings/security"), HasPassword: true, Sessions: []SessionRow{{ID: "s1", Browser: "Chrome · Android", Address: "203.0.113.7", Seen: now, Here: true}, {ID: "s2", Browser: "Safari · iPhone", Address: "2001:db8::1", Seen: ago(30 * time.Hour)}}},
	}
}

func (s sampler) publicPages() []Page {
	p := s.public
	wallet := Option{Value: "wallet", Label: s.say("Balance", "余额", "잔액"), Hint: s.say("CN¥120.00 available", "可用 ¥120.00", "사용 가능 CN¥120.00"), Chosen: true}
	broken := p("/shop/corner/nothing")
	order := MyOrder{Line: s.orders()[2], Path: "/shop/corner/orders/1", Bought: s.bought(), Carrier: "SF Express", Tracking: "SF1234567890", MayCancel: true, SplitPath: "/wallet/corner/split?order=1", History: []HistoryLine{{At: ago(time.Hour), Text: s.say("Shipped", "已发货", "발송됨")}}}
	return []Page{
		&AccountPage{Base: p("/a/corner"), ChatURL: "https://plaza.example/q/FOLLOW22", ChatPath: "/chat/corner", ShopPath: "/shop/corner", FeedPath: "/a/corner/feed", Followers: 1204, Products: s.products(), Notices: s.notices()},
		&SignInQuestion{Base: p("/chat/corner"), Host: "shop.example.com", AllowURL: "#", BackURL: "/a/corner"},
		&Chat{Base: p("/chat/corner"), Path: "/chat/corner", Messages: s.chat(), Earlier: "/chat/corner?before=x", Unread: "sk", Followed: true, Name: "Jisoo", Quick: s.quick(), ShopPath: "/shop/corner", SayID: "say-1", App: s.app()},
		&ChatOffline{Base: p("/chat/corner/offline"), ChatPath: "/chat/corner/"},
		&Shop{Base: p("/shop/corner"), Nav: s.nav(), Categories: []Tab{{Label: s.say("All", "全部", "전체"), URL: "#", Here: true}, {Label: s.say("Bakery", "烘焙", "베이커리"), URL: "#"}, {Label: s.say("Drinks", "饮品", "음료"), URL: "#"}}, Products: s.products()},
		&Product{Base: p("/shop/corner/p/milk"), Nav: s.nav(), Name: s.say("Milk", "牛奶", "우유"), Text: s.say("From the valley, delivered every morning.", "来自山谷，每日清晨送达。", "계곡 목장에서 매일 아침 배달됩니다."), Pictures: []Picture{{URL: "/pictures/milk", Alt: ""}}, Variants: []VariantChoice{{ID: "v1", Label: s.say("1 litre", "1 升", "1L"), Price: cny(1800), Left: 4, Chosen: true}, {ID: "v2", Label: s.say("½ litre", "½ 升", "500mL"), Price: cny(1000)}}},
		&Cart{Base: p("/shop/corner/cart"), Nav: s.nav(), Lines: s.items(), Goods: cny(6480), Discount: cny(500), Total: cny(5980), Coupon: "WELCOME", Key: "k"},
		&Pay{Base: p("/pay/1"), Nav: s.nav(), Path: "/pay/1", State: "pending", About: s.orderNumber(), Bought: s.bought(), Total: cny(5980), Providers: []Option{wallet, option("wechatpay", s.say("WeChat Pay", "微信支付", "위챗페이"), false), option("kakaopay", s.say("KakaoPay", "KakaoPay", "카카오페이"), false)}, Enough: true, Until: now.Add(12 * time.Minute), Key: "k", CancelText: s.say("Cancel the order", "取消订单", "주문 취소"), CancelAsk: s.say("Cancel this order?", "取消此订单？", "이 주문을 취소할까요?")},
		&BalanceStatement{Base: p("/wallet/corner/statement"), Nav: s.nav(), Path: "/wallet/corner", WalletMonth: s.walletMonth()},
		&Balance{Base: p("/wallet/corner"), Nav: s.nav(), Path: "/wallet/corner", CodePath: "/wallet/corner/code", Balance: cny(12000), Limits: s.limits(), Sendable: cny(12000), Receive: "https://plaza.example/pay-to/ABCDEFGHIJKLMNOPQRSTUVWXYZ", Asked: cny(4500), Note: s.say("Dinner", "晚餐", "저녁"), Rows: []MovementRow{{Text: s.say("Corner Store 1123-7KQ2", "街角便利店 1123-7KQ2", "골목 편의점 1123-7KQ2"), Amount: cny(-5980), At: ago(time.Hour)}, {Text: s.say("Received", "收入", "입금"), Amount: cny(20000), At: ago(30 * time.Hour)}}},
		&PayCode{Base: p("/wallet/corner/code"), Nav: s.nav(), Path: "/wallet/corner", Here: "/wallet/corner/code", Balance: cny(12000), Digits: "801234567890123456", Grouped: "8012 3456 7890 123456", Seconds: 30},
		&PayCode{Base: p("/wallet/corner/code"), Nav: s.nav(), Path: "/wallet/corner", Here: "/wallet/corner/code", Paid: &PaidSale{Amount: cny(650), To: s.say("Corner Store", "街角便利店", "골목 편의점"), At: now, ReceiptPath: "/receipts/corner/1"}},
		&PayTo{Base: p("/pay-to/A"), Nav: s.nav(), Path: "/pay-to/A", WalletPath: "/wallet/corner", Name: s.kim().Name, Balance: cny(12000), Key: "k", Problem: s.say("There is not enough money in the balance.", "余额不足。", "잔액이 부족합니다.")},
		&MyOrders{Base: p("/shop/corner/orders/1"), Nav: s.nav(), Open: &order},
		&SignInPage{Base: p("/pay/1"), Offers: s.offers(), BackURL: "/a/corner"},
		&MyChannels{Base: p("/chat/corner/linked"), Path: "/chat/corner/linked", ChatPath: "/chat/corner", Offers: s.offers(), Linked: []MyChannel{{Channel: "wechat", Since: ago(90 * time.Hour)}}},
		&NoticePage{Base: p("/n/1"), NoticeTitle: s.notices()[0].Title, Body: s.notices()[0].Text + "\n\n" + s.notices()[1].Text, At: ago(2 * time.Hour), Urgent: true, Approver: s.say("Chen", "陈", "첸"), ChatPath: "/chat/corner", MorePath: "/a/corner"},
		s.article(),
		&ErrorPage{Base: broken, Status: 404, Text: s.say("There is nothing at this address.", "该地址没有内容。", "이 주소에는 아무것도 없습니다."), BackURL: "/a/corner"},
	}
}

// otherStates are pages once more, in states that look different: empty, or at
// another end of what they show.
func (s sampler) otherStates() []Page {
	paid := &Pay{Base: s.public("/pay/1"), Nav: s.nav(), Path: "/pay/1", State: "paid", About: s.orderNumber(), Bought: s.bought(), Total: cny(5980), BackPath: "#", BackText: s.say("See the order", "查看订单", "주문 보기")}
	return []Page{
		&Overview{Base: s.console(""), FollowURL: "https://plaza.example/q/FOLLOW22", ChatURL: "/chat/corner", Sending: s.say("Sending is paused: this store was restored from a backup.", "发送已暂停：数据从备份恢复。", "발송이 일시중지되었습니다. 백업에서 복원된 저장소입니다.")},
		&Inbox{Base: s.console("inbox")}, &Subscribers{Base: s.console("subscribers")}, &Rules{Base: s.console("rules")}, &Campaigns{Base: s.console("campaigns")},
		&Notices{Base: s.console("notices")}, &Codes{Base: s.console("codes")}, &Products{Base: s.console("products")}, &Orders{Base: s.console("orders")}, &Coupons{Base: s.console("coupons")},
		&Chat{Base: s.public("/chat/corner"), Path: "/chat/corner", Quick: s.quick(), Followed: false},
		&Chat{Base: s.public("/chat/corner"), Path: "/chat/corner", Messages: s.chat(), Followed: true, Menu: s.menu()},
		&PayTo{Base: s.public("/pay-to/B"), Nav: s.nav(), Path: "/pay-to/B", WalletPath: "/wallet/corner", Name: s.kim().Name, Asked: cny(4500), Sent: true, Balance: cny(7500), Key: "k"},
		&Pay{Base: s.public("/pay/2"), Nav: s.nav(), Path: "/pay/2", State: "pending", About: s.orderNumber(), Bought: s.bought(), Total: cny(5980), Scan: "weixin://wxpay/bizpayurl?pr=AbCdEf", Providers: []Option{option("wallet", s.say("Balance", "余额", "잔액"), false), option("wechatpay", s.say("WeChat Pay", "微信支付", "위챗페이"), true)}, Enough: true, Until: now.Add(12 * time.Minute), Key: "k", CancelText: s.say("Cancel the order", "取消订单", "주문 취소"), CancelAsk: s.say("Cancel this order?", "取消此订单？", "이 주문을 취소할까요?")},
		&Counter{Base: s.console("counter/1"), Key: "k", Open: &SaleRow{ID: "1", State: "open", Amount: cny(5980), Note: s.say("Table 4", "4 号桌", "4번 테이블")}, Problem: s.say("This payment code is over.", "付款码已失效。", "결제 코드가 만료되었습니다.")},
		&Counter{Base: s.console("counter/1"), Key: "k", Open: &SaleRow{ID: "1", State: "paid", Way: "wallet", Amount: cny(5980), Refunded: cny(1000)}, MayRefund: true, Left: cny(4980)},
		&Shop{Base: s.public("/shop/corner"), Nav: s.nav()}, &Cart{Base: s.public("/shop/corner/cart"), Nav: s.nav()}, paid,
		&MyOrders{Base: s.public("/shop/corner/orders"), Nav: s.nav(), Rows: s.orders(), SignedIn: "line", SignOutPath: "/sign-out/corner"},
		&MyOrders{Base: s.public("/shop/corner/orders"), Nav: s.nav(), Offers: s.offers()}, &SignInPage{Base: s.public("/pay/1"), BackURL: "/a/corner"},
		&MyChannels{Base: s.public("/chat/corner/linked"), Path: "/chat/corner/linked", ChatPath: "/chat/corner"},
	}
}

func (s sampler) offers() []SignInOffer {
	return []SignInOffer{{Channel: "line", URL: "#"}, {Channel: "telegram", URL: "#"}}
}

// menu is one at the foot of the chat.
func (s sampler) menu() []MenuEntry {
	return []MenuEntry{
		{ID: "a", Name: s.say("Order", "点单", "주문하기")},
		{ID: "b", Name: s.say("Find us", "门店", "매장 찾기"), URL: "https://shop.example.com/map"},
		{ID: "c", Name: s.say("More", "更多", "더 보기"), Entries: []MenuEntry{
			{ID: "d", Name: s.say("Opening hours", "营业时间", "영업시간")},
			{ID: "e", Name: s.say("About the shop and its people", "关于我们", "매장과 사람들 이야기"), URL: "https://shop.example.com/about"}}},
	}
}

func (s sampler) developers() *Developers {
	pushes := []PushRow{
		{ID: "p1", URL: "#", At: ago(time.Minute), Kind: "text", Name: s.kim().Name, State: "delivered", Outcome: "replied", Host: "bot.example.com", Status: 200, Attempts: 1, Took: "42ms"},
		{ID: "p2", URL: "#", At: ago(time.Hour), Kind: "event/TEMPLATESENDJOBFINISH", State: "failed", Outcome: "timeout", Host: "bot.example.com", Attempts: 4, Took: "5s"},
		{ID: "p3", URL: "#", At: ago(2 * time.Hour), Kind: "event/subscribe", Name: s.kim().Name, State: "pending"}}
	return &Developers{Base: s.console("settings/developers"), Opened: true, On: true, AppID: "wx3f1c9a77d2e40b58", OriginalID: "gh_7f083739789a",
		APIBase: "https://plaza.example/compat/wechat", Verified: ago(time.Hour), URL: "https://bot.example.com/wechat", Token: "spring", AESKey: "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",
		Modes:  []Option{{Value: "safe", Label: s.say("Safe mode", "安全模式", "보안 모드"), Hint: s.say("Everything is encrypted. Recommended.", "消息全部加密，推荐使用。", "모두 암호화합니다. 권장합니다."), Chosen: true}, {Value: "plain", Label: s.say("Plain mode", "明文模式", "평문 모드"), Hint: s.say("Nothing is encrypted; signed all the same.", "不加密，但仍带签名。", "암호화하지 않지만 서명은 합니다.")}},
		Orders: []Option{{Value: "instead", Label: s.say("Only the program", "只由程序回复", "프로그램만"), Hint: s.say("The account’s own rules and shop commands stay silent.", "账号自己的规则和商城指令不再回复。", "계정의 규칙과 상점 명령은 답하지 않습니다."), Chosen: true}},
		Domain: "shop.example.com", Templates: []TemplateRow{{ID: "tm_aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9f", Title: s.say("Order paid", "订单支付成功", "결제 완료"), Content: "{{first.DATA}}\n{{keyword1.DATA}}"}},
		Pushes: pushes, Pager: Pager{Next: "#"}, Shown: &pushes[0],
		Request: "<xml><ToUserName><![CDATA[gh_7f083739789a]]></ToUserName><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[hello]]></Content></xml>", Reply: "<xml><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[you said hello]]></Content></xml>"}
}

func (s sampler) orderNumber() string {
	return s.say("Order 1123-7KQ2", "订单 1123-7KQ2", "주문 1123-7KQ2")
}
