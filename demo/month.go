package demo

import (
	"plaza/broadcast"
	"plaza/message"
	"plaza/money"
	"plaza/shop/address"
	"plaza/shop/booking"
	"plaza/shop/mandate"
	"plaza/shop/shipping"
)

// StoreZone is where the store is.
const StoreZone = "Asia/Shanghai"

// Days is how long the sample store has been open when the demo begins.
const Days = 35

// Regular is somebody who follows the store.
type Regular struct {
	Name, Language string
	Day            int // of those Days, on which they came
	Tags           []string
	Says           string
}

// Regulars of the store.
var Regulars = []Regular{
	{"林晓雨", "zh", 0, []string{"regular"}, "你们几点开门？"},
	{"김서준", "ko", 1, []string{"regular", "coffee"}, "오늘 추천 상품 있나요?"},
	{"Ada Byron", "en", 2, []string{"coffee"}, "What are your opening hours?"},
	{"王子涵", "zh", 5, nil, "有什么推荐的吗？"},
	{"이하은", "ko", 8, []string{"coffee"}, "몇 시까지 하세요?"},
	{"Tom Sawyer", "en", 12, nil, "Anything you recommend today?"},
	{"陈思远", "zh", 18, nil, "营业时间是什么时候"},
	{"박도윤", "ko", 27, nil, "상담 부탁드려요. 어제 산 우산이 고장 났어요."},
	{"Grace Hopper", "en", 33, nil, "Could a person help me, please? My umbrella broke on its first day."},
}

// Kinds of products beside goods: what is sent by the program itself, and what
// is booked. The keys are made up.
var (
	Credit = Product{"coffee.jpg", "Services", texts("Game credit, 50", "游戏点卡50元", "게임 충전권 50"),
		texts("The code is shown as soon as it is paid.", "付款后立即显示卡密。", "결제하면 바로 코드를 보여 드립니다."), one(5000, 0)}
	CreditKeys = "K7QX-2M9P-VW4T\nH3RC-8Y6N-ZD5J\nP9FB-4L2S-XG7K\nT6WM-3C8V-QN2R\nB5JD-9H4X-YK6F\nN2GS-7P3L-MR8C\n"
	Recipes    = Product{"kimbap.jpg", "Services", texts("Twelve recipes from our shelves", "货架上的十二道菜谱", "우리 진열대의 열두 가지 요리법"),
		texts("A small book to download.", "可下载的小册子。", "내려받는 작은 책입니다."), one(900, 0)}
	RecipeBook = "Cup noodles with egg / 鸡蛋杯面 / 달걀 컵라면\n\n1. Pour the water. / 倒入热水。 / 뜨거운 물을 붓습니다.\n2. Add the egg, wait four minutes. / 打入鸡蛋，等四分钟。 / 달걀을 넣고 4분 기다립니다.\n"
	Photos     = Product{"promo.jpg", "Services", texts("Photos for papers", "证件照", "증명사진"),
		texts("A quarter of an hour with our photographer; six prints.", "摄影师为您拍摄十五分钟，含六张照片。", "사진사와 15분, 여섯 장을 인화해 드립니다."), one(2800, 0)}
)

// PhotoHours are when photos are taken.
func PhotoHours() *booking.Plan {
	plan := &booking.Plan{Minutes: 15, Every: 30, Capacity: 1, Notice: 60, Cancel: 120, Ahead: 14}
	for day := 1; day <= 6; day++ {
		plan.Week[day] = []booking.Hours{{From: 10 * 60, Until: 12 * 60}, {From: 14 * 60, Until: 18 * 60}}
	}
	return plan
}

// Deliveries are how the store sends things.
func Deliveries() []shipping.Method {
	return []shipping.Method{
		{Kind: shipping.PickUp, Names: texts("Pick up at the counter", "到店自取", "매장에서 찾기"),
			Notes: texts("Ready in five minutes.", "五分钟即可取货。", "5분이면 준비됩니다.")},
		{Kind: shipping.Flat, Price: 600, FreeFrom: 5000, Names: texts("Courier", "快递", "택배"),
			Notes:   texts("One to two days; free from ¥50.", "一至两天送达，满50元免运费。", "1~2일 걸리며 50위안부터 무료입니다."),
			Regions: []shipping.Region{{Country: "CN"}}},
	}
}

// Homes are where regulars live, by their place in Regulars.
var Homes = map[int]address.Address{
	0: {Name: "林晓雨", Phone: "+8613812345678", Country: "CN", Postcode: "200001", Region: "上海市", City: "上海市", District: "黄浦区", Street: "河滨路12号", Detail: "3单元402室"},
	3: {Name: "王子涵", Phone: "+8613987654321", Country: "CN", Postcode: "200002", Region: "上海市", City: "上海市", District: "黄浦区", Street: "磨坊街44号"},
}

// Plan is a plan of the store with its text.
type Plan struct {
	Terms mandate.Terms
	Text  string
}

// Plans of the store; the second begins with a trial.
var Plans = []Plan{
	{mandate.Terms{Name: "Coffee Club", Amount: money.Of(9900, "CNY"), Every: mandate.Interval{Unit: mandate.Month, Count: 1},
		Remind: 3, Ending: mandate.AtPeriodEnd}, "A small coffee on every day of the month.\n每天一小杯咖啡。\n매일 작은 커피 한 잔."},
	{mandate.Terms{Name: "Breakfast bag", Amount: money.Of(3500, "CNY"), Every: mandate.Interval{Unit: mandate.Week, Count: 1},
		Trial: 7, Remind: 1, Ending: mandate.AtPeriodEnd}, "Milk, a rice triangle and a banana, once a week.\n每周一份牛奶、饭团和香蕉。\n매주 우유, 삼각김밥, 바나나."},
}

// StoreMenus stand at the foot of the store's chats: one for everybody, and one
// for those who read Chinese or Korean.
func StoreMenus() []message.Menu {
	menu := func(language string, shop, orders, help, hours, person string) message.Menu {
		return message.Menu{For: message.MenuReaders{Language: language}, Entries: []message.MenuEntry{
			{Label: shop, Action: message.PressAction, Payload: "shop:list"},
			{Label: orders, Action: message.OpenAction, URL: "/shop/" + StoreSlug + "/orders"},
			{Label: help, Entries: []message.MenuEntry{
				{Label: hours, Action: message.PressAction, Payload: "hours"},
				{Label: person, Action: message.PressAction, Payload: "person"},
			}},
		}}
	}
	return []message.Menu{
		menu("", "Shop", "Orders", "Help", "Opening hours", "Ask us"),
		menu("zh", "商店", "订单", "帮助", "营业时间", "人工客服"),
		menu("ko", "상점", "주문", "도움말", "영업 시간", "직원 연결"),
	}
}

// FirstWeeks is a campaign that has been sent.
var FirstWeeks = broadcast.Plan{
	Name: "Thank you for the first weeks",
	Content: broadcast.Content{
		Text: "Five weeks old today: thank you, {{name|friend}}! New here: photos for your papers, on six days a week.",
		Translations: map[string]string{
			"zh": "{{name|朋友}}，小店开业五周，感谢有您！新服务：证件照，每周六天。",
			"ko": "{{name|고객}}님, 문을 연 지 5주가 되었습니다. 감사합니다! 이제 증명사진도 주 6일 찍어 드립니다.",
		},
	},
	Audience: broadcast.Audience{Kind: broadcast.Everybody},
	When:     broadcast.When{Kind: broadcast.Now},
}
