package templates

import (
	"time"

	"plaza/message"
	"plaza/money"
)

// now is when all samples were taken.
var now = time.Date(2026, 11, 23, 6, 30, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

// sampler makes pages full of realistic values, in one language.
type sampler struct{ language string }

// say picks the text in the sampler's language.
func (s sampler) say(en, zh, ko string) string {
	return map[string]string{"en": en, "zh": zh, "ko": ko}[s.language]
}

func (s sampler) shop() *Account {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		panic(err)
	}
	return &Account{ID: "01A", Slug: "corner", Kind: "merchant", Zone: zone, Currency: "CNY", Colour: "#0f766e",
		Name:        s.say("Corner Store", "街角便利店", "골목 편의점"),
		Description: s.say("Fresh bread, good coffee and everything you forgot. Open from 7 to 23, every day.", "新鲜面包、好咖啡，还有您忘买的一切。每天 7 点到 23 点营业。", "갓 구운 빵과 좋은 커피, 그리고 깜빡한 모든 것. 매일 7시부터 23시까지.")}
}

// console is the base of a console page.
func (s sampler) console(section string) Base {
	b := Base{Language: s.language, Account: s.shop(), CSRF: "token", Live: Live{}, Member: &Member{
		ID: "m1", Name: s.say("Mei Lin", "林美", "임미"), Email: "mei@corner.example", Role: "owner", Unread: 3, Held: 2, Differing: 3,
		Permissions: []string{"settings", "members", "inbox.read", "inbox.write", "subscribers.write", "campaign.write", "campaign.approve", "rules.write", "shop.write", "payments.refund", "audit.read"},
		Accounts:    []AccountLink{{Slug: "corner", Name: s.shop().Name, Kind: "merchant", Role: "owner"}, {Slug: "city", Name: s.say("City Office", "市政服务", "시청"), Kind: "agency", Role: "editor"}},
	}}
	b.Here = "/console/corner"
	if section != "" {
		b.Here += "/" + section
	}
	return b
}

func (s sampler) public(here string) Base {
	return Base{Language: s.language, Account: s.shop(), CSRF: "token", Here: here}
}

func (s sampler) nav() ShopNav {
	return ShopNav{ChatPath: "/chat/corner", ShopPath: "/shop/corner", CartPath: "/shop/corner/cart", OrdersPath: "/shop/corner/orders", WalletPath: "/wallet/corner", InCart: 3}
}

func cny(minor int64) money.Amount { return money.Of(minor, "CNY") }

func option(value, label string, chosen bool) Option {
	return Option{Value: value, Label: label, Chosen: chosen}
}

func (s sampler) kim() SubscriberCard {
	return SubscriberCard{ID: "corner:webchat:u1", URL: "/console/corner/subscribers/corner:webchat:u1", Name: s.say("Jisoo Kim", "金智秀", "김지수"), Remark: s.say("Comes by before work", "上班前常来", "출근길 단골"),
		Channel: "webchat", Language: "ko", Followed: true, FollowedAt: ago(30 * 24 * time.Hour), LastSeen: ago(4 * time.Minute), Scene: s.say("Shop window", "橱窗", "매장 창문"),
		Tags: []string{s.say("regular", "常客", "단골"), s.say("bread", "面包", "빵")}, Orders: s.orders()[:2]}
}

func (s sampler) people() []SubscriberCard {
	other := func(id, name, channel string, followed bool, tags ...string) SubscriberCard {
		return SubscriberCard{ID: id, URL: "/console/corner/subscribers/" + id, Name: name, Channel: channel, Followed: followed, FollowedAt: ago(90 * 24 * time.Hour), LastSeen: ago(50 * time.Hour), Tags: tags}
	}
	return []SubscriberCard{s.kim(), other("2", s.say("Wang Fang", "王芳", "왕팡"), "wechat", true, "VIP"), other("3", "Alexandra Featherstonehaugh-Cholmondeley", "webchat", true), other("4", s.say("Lee Minho", "李敏镐", "이민호"), "webchat", false, s.say("new", "新客", "신규"))}
}

func (s sampler) orders() []OrderLine {
	line := func(number, person, summary, state string, total int64, at time.Duration) OrderLine {
		return OrderLine{ID: number, URL: "/console/corner/orders/" + number, Number: number, Person: person, Summary: summary, State: state, Total: cny(total), At: ago(at)}
	}
	milk, bread := s.say("Milk 1 l", "牛奶 1 升", "우유 1L"), s.say("Sourdough bread", "酸面包", "사워도우 빵")
	return []OrderLine{
		line("1123-7KQ2", s.say("Jisoo Kim", "金智秀", "김지수"), milk+" ×2, "+bread, "paid", 6480, 6*time.Minute),
		line("1123-M4TX", s.say("Wang Fang", "王芳", "왕팡"), bread, "placed", 2880, 11*time.Minute),
		line("1122-9PWC", s.say("Lee Minho", "李敏镐", "이민호"), milk, "shipped", 1800, 20*time.Hour),
		line("1121-2HDE", "Alexandra F.", bread+" ×3", "refunded", 8640, 50*time.Hour),
	}
}

func (s sampler) items() []ItemLine {
	return []ItemLine{
		{VariantID: "v1", Name: s.say("Milk", "牛奶", "우유"), Variant: s.say("1 litre", "1 升", "1L"), Picture: "/pictures/milk", URL: "/shop/corner/p/milk", Quantity: 2, Limit: 12, Price: cny(1800), Amount: cny(3600)},
		{VariantID: "v2", Name: s.say("Sourdough bread", "酸面包", "사워도우 빵"), Picture: "/pictures/bread", URL: "/shop/corner/p/bread", Quantity: 1, Limit: 2, Price: cny(2880), Amount: cny(2880), Problem: s.say("Only 2 left", "仅剩 2 件", "2개 남음")},
	}
}

func (s sampler) placeholders() []Placeholder {
	return []Placeholder{
		{Code: "{{name}}", Label: s.say("Name of the person", "对方称呼", "받는 사람 이름"), Sample: s.say("Jisoo", "智秀", "지수")},
		{Code: "{{account}}", Label: s.say("Name of the account", "账号名称", "계정 이름"), Sample: s.shop().Name},
		{Code: "{{date}}", Label: s.say("Today’s date", "今天的日期", "오늘 날짜"), Sample: "2026-11-23"},
	}
}

// chat is the same conversation as its subscriber sees it.
func (s sampler) chat() []ChatMessage {
	seen := s.messages()
	for i := range seen {
		seen[i].Author, seen[i].State = "", ""
	}
	return seen
}

// messages is a conversation with every form of message there is.
func (s sampler) messages() []ChatMessage {
	n := 0
	at := func() time.Time { n++; return ago(26*time.Hour - time.Duration(n)*time.Hour*2) }
	in := func(text string) ChatMessage {
		return ChatMessage{At: at(), In: &message.Inbound{Kind: message.TextIn, Text: text}}
	}
	out := func(o message.Outbound) ChatMessage { return ChatMessage{At: at(), Out: &o, State: "read"} }
	price := cny(2880)
	buy := message.Button{Label: s.say("Buy", "购买", "구매"), Payload: "shop:buy:v2"}
	card := func(name, picture string) message.Card {
		return message.Card{Title: name, Text: s.say("Baked this morning", "今早出炉", "오늘 아침에 구웠어요"), Image: "/pictures/" + picture, Price: &price, Buttons: []message.Button{buy, {Label: s.say("More", "详情", "자세히"), URL: "/shop/corner/p/" + picture}}}
	}
	qr := message.Outbound{Form: message.QRForm, Text: s.say("Show this at the till for 10 % off", "收银台出示此码可享 9 折", "계산대에서 보여주시면 10% 할인"), URL: "https://plaza.example/q/7KQ2M4TX"}
	receipt := message.Outbound{Form: message.ReceiptForm, Receipt: &message.Receipt{Title: s.say("Thank you!", "谢谢惠顾！", "감사합니다!"), Number: "1123-7KQ2", State: s.say("Paid", "已付款", "결제 완료"), Total: cny(6480), URL: "/shop/corner/orders/1",
		Lines: []message.ReceiptLine{{Name: s.say("Milk", "牛奶", "우유"), Quantity: 2, Amount: cny(3600)}, {Name: s.say("Bread", "面包", "빵"), Quantity: 1, Amount: cny(3200)}, {Name: s.say("Coupon TEN", "优惠券 TEN", "쿠폰 TEN"), Amount: cny(-320)}}}}
	all := []ChatMessage{
		{At: at(), In: &message.Inbound{Kind: message.Follow}},
		out(message.Choice(s.say("Hello, Jisoo! What can we do for you?", "智秀，您好！需要什么帮助？", "지수 님, 안녕하세요! 무엇을 도와드릴까요?"), message.Button{Label: s.say("Opening hours", "营业时间", "영업시간"), Payload: "hours"}, message.Button{Label: s.say("Shop", "商城", "상점"), URL: "/shop/corner"})),
		in(s.say("Is there still bread?", "还有面包吗？", "빵 아직 있나요?")),
		out(message.Outbound{Form: message.CardsForm, Text: s.say("Yes, fresh from the oven:", "有的，刚出炉：", "네, 방금 나왔어요:"), Cards: []message.Card{card(s.say("Sourdough bread", "酸面包", "사워도우 빵"), "bread"), card(s.say("Milk", "牛奶", "우유"), "milk"), card(s.say("Coffee beans", "咖啡豆", "커피 원두"), "coffee")}}),
		out(message.Image("/pictures/coffee")),
		out(message.OneCard(message.Card{Title: s.say("Bread at four", "四点面包出炉", "4시 갓 구운 빵"), Text: s.say("Today only: the second loaf for half.", "仅限今日：第二个半价。", "오늘만: 두 번째 빵은 반값."), Image: "/pictures/bread", QR: "https://plaza.example/q/7KQ2M4TX"})),
		out(qr), in(s.say("I’ll take one", "来一个", "하나 주세요")), out(receipt),
		{At: at(), In: &message.Inbound{Kind: message.ImageIn, MediaURL: "/pictures/milk"}},
		{At: ago(3 * time.Minute), Out: &message.Outbound{Form: message.TextForm, Text: s.say("Of course, we put one aside for you.", "没问题，给您留了一个。", "물론이죠, 하나 챙겨 둘게요.")}, Author: s.say("Mei", "林美", "미"), State: "sent"},
	}
	all = append(all, s.forms()...)
	for i := range all {
		all[i].ID = "s" + string(rune('a'+i/26)) + string(rune('a'+i%26))
	}
	return all
}

func (s sampler) products() []ProductCard {
	return []ProductCard{
		{URL: "/shop/corner/p/bread", Name: s.say("Sourdough bread", "酸面包", "사워도우 빵"), Picture: "/pictures/bread", Price: cny(2880)},
		{URL: "/shop/corner/p/milk", Name: s.say("Milk", "牛奶", "우유"), Picture: "/pictures/milk", Price: cny(1000), From: true},
		{URL: "/shop/corner/p/coffee", Name: s.say("Coffee beans, roasted in the shop", "店内烘焙咖啡豆", "매장에서 볶은 커피 원두"), Picture: "/pictures/coffee", Price: cny(6800)},
		{URL: "/shop/corner/p/umbrella", Name: s.say("Umbrella", "雨伞", "우산"), Price: cny(3900), SoldOut: true},
	}
}

func (s sampler) notices() []NoticeCard {
	return []NoticeCard{
		{URL: "/n/1", Title: s.say("Water is off on Tuesday from 9 to 12", "周二 9 至 12 时停水", "화요일 9시~12시 단수 안내"), Text: s.say("In Harbour Street and the lanes around it.", "港口街及周边巷道。", "항구길과 주변 골목입니다."), At: ago(2 * time.Hour), Urgent: true},
		{URL: "/n/2", Title: s.say("Library opens on Sundays", "图书馆周日开放", "도서관 일요일 개관"), Text: s.say("From December on, 10 to 17.", "12 月起，10 至 17 时。", "12월부터 10시~17시."), At: ago(72 * time.Hour)},
	}
}

// quick is the menu of the web chat.
func (s sampler) quick() []message.Button {
	return []message.Button{{Label: s.say("Shop", "商城", "상점"), Payload: "shop"}, {Label: s.say("Opening hours", "营业时间", "영업시간"), Payload: "hours"}, {Label: s.say("Where are you?", "在哪里？", "위치"), Payload: "where"}, {Label: s.say("My orders", "我的订单", "내 주문"), URL: "/shop/corner/orders"}}
}
