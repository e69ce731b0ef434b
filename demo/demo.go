// Package demo holds the sample accounts of `plaza demo`: a convenience store
// and a city office, in three languages. It is content only; package main puts
// it into the store.
package demo

import (
	"embed"

	"plaza/bot"
	"plaza/broadcast"
	"plaza/message"
)

// Pictures are the sample pictures, drawn for this project.
//
//go:embed pictures
var Pictures embed.FS

// The names of the samples.
const (
	StoreSlug = "corner"
	CitySlug  = "riverside"
	Owner     = "mina@plaza.example"
	Approver  = "jun@plaza.example"
	Coupon    = "WELCOME10"
)

// StoreNames and the other texts are by language.
var (
	StoreNames = map[string]string{"en": "Corner 24", "zh": "街角24便利店", "ko": "모퉁이24 편의점"}
	StoreAbout = map[string]string{
		"en": "Your convenience store around the corner, open all night. Order here, pick up in five minutes.",
		"zh": "街角的便利店，通宵营业。在这里下单，五分钟后来取。",
		"ko": "밤새 여는 동네 편의점입니다. 여기서 주문하고 5분 뒤에 찾아가세요.",
	}
	CityNames = map[string]string{"en": "Riverside City Office", "zh": "河滨市政府", "ko": "강변시청"}
	CityAbout = map[string]string{
		"en": "Notices, alerts and services of Riverside City.",
		"zh": "河滨市的公告、预警与便民服务。",
		"ko": "강변시의 공지, 알림과 민원 서비스입니다.",
	}
)

// Product is a sample product; Price is in cents of the store's currency.
type Product struct {
	Picture  string
	Category string
	Names    map[string]string
	About    map[string]string
	Variants []Variant
}

// Variant is one kind of a sample product.
type Variant struct {
	Labels map[string]string
	Price  int64
	Stock  int64
}

// Products of the store.
var Products = []Product{
	{"milk.jpg", "Dairy", texts("Fresh milk", "鲜牛奶", "신선한 우유"),
		texts("From cows that see the river.", "来自河边牧场的鲜奶。", "강가 목장에서 온 우유입니다."),
		[]Variant{{texts("500 ml", "500毫升", "500ml"), 950, 24}, {texts("1 litre", "1升", "1리터"), 1680, 12}}},
	{"kimbap.jpg", "Meals", texts("Rice triangle with tuna", "金枪鱼三角饭团", "참치마요 삼각김밥"),
		texts("Made this morning.", "今早现做。", "오늘 아침에 만들었습니다."), one(580, 30)},
	{"noodles.jpg", "Meals", texts("Hot cup noodles", "香辣杯面", "매운 컵라면"),
		texts("Hot water is on the house.", "店内提供热水。", "뜨거운 물은 매장에 있습니다."), one(650, 40)},
	{"coffee.jpg", "Drinks", texts("Filter coffee", "现磨咖啡", "내린 커피"),
		texts("Freshly brewed, day and night.", "昼夜现磨现煮。", "밤낮으로 갓 내립니다."),
		[]Variant{{texts("Small", "小杯", "작은 컵"), 1200, 50}, {texts("Large", "大杯", "큰 컵"), 1600, 50}}},
	{"water.jpg", "Drinks", texts("Spring water", "天然泉水", "샘물"),
		texts("Half a litre, still.", "500毫升，无气。", "500ml, 탄산 없음."), one(300, 80)},
	{"banana.jpg", "Fruit", texts("Banana", "香蕉", "바나나"),
		texts("One, ripe today.", "一根，今天正熟。", "오늘 딱 익은 바나나 한 개."), one(350, 18)},
	{"icecream.jpg", "Treats", texts("Ice cream, three scoops", "三球冰淇淋", "아이스크림 세 스쿱"),
		texts("Vanilla, strawberry, mint.", "香草、草莓、薄荷。", "바닐라, 딸기, 민트."), one(1880, 10)},
	{"umbrella.jpg", "Everyday", texts("Umbrella", "雨伞", "우산"),
		texts("For the rain you did not plan.", "没料到的那场雨，用得上。", "갑자기 비가 올 때."), one(3900, 6)},
}

func texts(en, zh, ko string) map[string]string {
	return map[string]string{"en": en, "zh": zh, "ko": ko}
}

func one(price, stock int64) []Variant { return []Variant{{nil, price, stock}} }

// StoreRules are what the store's bot was taught. products are product ids.
func StoreRules(products []string) []bot.Rule {
	return []bot.Rule{
		{Name: "Welcome", Enabled: true, Priority: 10, On: bot.OnFollow, Answers: []bot.Template{
			{Form: bot.TextAnswer, Text: texts(
				"Welcome to {{account}}, {{name|friend}}! Write “buy” to see what we have, or just ask.",
				"欢迎来到{{account}}，{{name|朋友}}！发送“购买”看看有什么，或者直接提问。",
				"{{account}}에 오신 것을 환영합니다, {{name|고객}}님! “구매”라고 보내 상품을 보거나 무엇이든 물어보세요."),
				Buttons: []bot.ButtonText{
					{Label: texts("See the shop", "看看商品", "상품 보기"), Payload: "shop:list", Say: "buy"},
					{Label: texts("Opening hours", "营业时间", "영업 시간"), Payload: "hours", Say: "hours"},
				}},
		}},
		{Name: "Opening hours", Enabled: true, Priority: 20, On: bot.OnKeyword, Match: bot.Contain,
			Keywords: []string{"hours", "open", "营业", "几点", "영업", "몇 시"}, Answers: hours},
		{Name: "Opening hours, by button", Enabled: true, Priority: 21, On: bot.OnPress, Payload: "hours", Answers: hours},
		{Name: "Today's picks", Enabled: true, Priority: 30, On: bot.OnKeyword, Match: bot.Contain,
			Keywords: []string{"recommend", "today", "推荐", "今天", "추천", "오늘"}, Answers: []bot.Template{
				{Form: bot.ProductsAnswer, Text: texts("Our picks today:", "今日推荐：", "오늘의 추천 상품입니다."), Products: products},
			}},
		{Name: "A person, please", Enabled: true, Priority: 40, On: bot.OnKeyword, Match: bot.Contain,
			Keywords: []string{"human", "person", "人工", "客服", "상담"}, Answers: somebody},
		{Name: "A person, by menu", Enabled: true, Priority: 41, On: bot.OnPress, Payload: "person", Answers: somebody},
		{Name: "Anything else", Enabled: true, Priority: 900, On: bot.OnDefault, Answers: []bot.Template{
			{Form: bot.TextAnswer, Text: texts("I did not understand that yet. Write “buy” for the shop, or “person” to talk to us.",
				"我还不太明白。发送“购买”进入商店，或发送“人工”联系店员。",
				"아직 이해하지 못했습니다. “구매”는 상점, “상담”은 직원 연결입니다.")},
		}},
	}
}

var hours = []bot.Template{{Form: bot.TextAnswer, Text: texts(
	"We are open day and night, every day of the year. It is {{time}} here now.",
	"我们全年无休，24小时营业。这里现在是{{time}}。",
	"연중무휴 24시간 영업합니다. 여기는 지금 {{time}}입니다.")}}

var somebody = []bot.Template{{Form: bot.HandoverAnswer, Text: texts("One moment, somebody from the store will answer you.",
	"请稍等，店员马上回复您。", "잠시만 기다려 주세요. 직원이 답해 드리겠습니다.")}}

// CityRules are what the city office's bot was taught.
func CityRules() []bot.Rule {
	return []bot.Rule{
		{Name: "Welcome", Enabled: true, Priority: 10, On: bot.OnFollow, Answers: []bot.Template{
			{Form: bot.TextAnswer, Text: texts(
				"You now receive the notices of {{account}}. Write “waste”, “passport” or “person”.",
				"您已订阅{{account}}的公告。可发送“垃圾”、“护照”或“人工”。",
				"{{account}}의 공지를 받아보십니다. “쓰레기”, “여권”, “상담”이라고 보내 보세요.")},
		}},
		{Name: "Waste collection", Enabled: true, Priority: 20, On: bot.OnKeyword, Match: bot.Contain,
			Keywords: []string{"waste", "garbage", "垃圾", "쓰레기"}, Answers: []bot.Template{
				{Form: bot.TextAnswer, Text: texts("Paper on Monday, glass on Wednesday, the rest on Friday, from 7 in the morning.",
					"周一收纸张，周三收玻璃，周五收其他垃圾，早上7点开始。", "월요일은 종이, 수요일은 유리, 금요일은 일반 쓰레기를 오전 7시부터 수거합니다.")},
			}},
		{Name: "Passports", Enabled: true, Priority: 30, On: bot.OnKeyword, Match: bot.Contain,
			Keywords: []string{"passport", "护照", "여권"}, Answers: []bot.Template{
				{Form: bot.TextAnswer, Text: texts("Bring your old passport and one photo to counter 3. It takes five working days.",
					"请携带旧护照和一张照片到3号窗口办理，需五个工作日。", "옛 여권과 사진 한 장을 가지고 3번 창구로 오세요. 영업일 5일이 걸립니다.")},
			}},
		{Name: "A person, please", Enabled: true, Priority: 40, On: bot.OnKeyword, Match: bot.Contain,
			Keywords: []string{"human", "person", "人工", "客服", "상담"}, Answers: []bot.Template{
				{Form: bot.HandoverAnswer, Text: texts("We pass you on to an officer.", "正在为您转接工作人员。", "담당자에게 연결해 드리겠습니다.")},
			}},
	}
}

// Campaign is the store's promotion, with the picture of promo and the code.
func Campaign(picture, code string) broadcast.Plan {
	return broadcast.Plan{
		Name: "Ten percent off tonight",
		Content: broadcast.Content{
			Text: "Ten percent off everything tonight, {{name|friend}}. Scan the code or tap it.",
			Translations: map[string]string{
				"zh": "{{name|朋友}}，今晚全场九折。扫码或点击即可使用。",
				"ko": "{{name|고객}}님, 오늘 밤 전 상품 10% 할인입니다. 코드를 스캔하거나 누르세요.",
			},
			Card: &message.Card{Title: "WELCOME10", Image: picture},
			Code: code,
		},
		Audience: broadcast.Audience{Kind: broadcast.Everybody},
		When:     broadcast.When{Kind: broadcast.Now},
	}
}

// Notice is the city office's announcement.
var Notice = broadcast.NoticeText{Words: map[string]broadcast.NoticeWords{
	"en": {Title: "Water main work on Mill Street", Body: "On Thursday from 9 to 15 o'clock there will be no tap water between Mill Street 1 and 60. Water trucks stand at number 12 and number 44."},
	"zh": {Title: "磨坊街自来水管道施工", Body: "周四9时至15时，磨坊街1号至60号停水。12号和44号门前设有供水车。"},
	"ko": {Title: "방앗간길 수도관 공사", Body: "목요일 9시부터 15시까지 방앗간길 1번지부터 60번지까지 단수됩니다. 12번지와 44번지 앞에 급수차가 있습니다."},
}}
