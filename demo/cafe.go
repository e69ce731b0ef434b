package demo

import (
	"plaza/bot"
)

// CafeSlug names the sample café. It takes won, for Korea's messenger and
// payment provider.
const CafeSlug = "maru"

// CafeNames and CafeAbout are by language.
var (
	CafeNames = texts("Maru Coffee", "马鲁咖啡", "마루 커피")
	CafeAbout = texts("Coffee and something sweet, one floor above the street.", "楼上的咖啡与甜点。", "골목 2층의 커피와 디저트.")
)

// CafeProducts of the café; prices are in won.
var CafeProducts = []Product{
	{"coffee.jpg", "Coffee", texts("Filter coffee", "手冲咖啡", "핸드드립 커피"), texts("Beans of the week.", "本周精选咖啡豆。", "이번 주의 원두로 내립니다."),
		[]Variant{{texts("Hot", "热", "따뜻하게"), 4500, 60}, {texts("Iced", "冰", "아이스"), 5000, 60}}},
	{"milk.jpg", "Drinks", texts("Warm milk", "热牛奶", "따뜻한 우유"), texts("With a little honey.", "加一点蜂蜜。", "꿀을 조금 넣었습니다."), one(4000, 30)},
	{"icecream.jpg", "Sweets", texts("Ice cream cup", "冰淇淋杯", "아이스크림 컵"), texts("Three flavours.", "三种口味。", "세 가지 맛."), one(6500, 12)},
	{"banana.jpg", "Sweets", texts("Banana", "香蕉", "바나나"), texts("For the way.", "路上吃。", "가는 길에 하나."), one(1500, 20)},
}

// CafeRules are what the café's bot was taught.
func CafeRules() []bot.Rule {
	return []bot.Rule{
		{Name: "Welcome", Enabled: true, Priority: 10, On: bot.OnFollow, Answers: []bot.Template{
			{Form: bot.TextAnswer, Text: texts(
				"Welcome to {{account}}! Order here and your coffee waits for you.",
				"欢迎来到{{account}}！在这里点单，咖啡会等着您。",
				"{{account}}에 오신 것을 환영합니다! 여기서 주문하시면 커피가 기다립니다."),
				Buttons: []bot.ButtonText{
					{Label: texts("See the menu", "看看菜单", "메뉴 보기"), Payload: "shop:list", Say: "buy"},
					{Label: texts("Opening hours", "营业时间", "영업 시간"), Payload: "hours", Say: "hours"},
				}},
		}},
		{Name: "Opening hours", Enabled: true, Priority: 20, On: bot.OnKeyword, Match: bot.Contain,
			Keywords: []string{"hours", "open", "营业", "几点", "영업", "몇 시"}, Answers: cafeHours},
		{Name: "Opening hours, by button", Enabled: true, Priority: 21, On: bot.OnPress, Payload: "hours", Answers: cafeHours},
		{Name: "Anything else", Enabled: true, Priority: 900, On: bot.OnDefault, Answers: []bot.Template{
			{Form: bot.TextAnswer, Text: texts("Write “buy” to order.", "发送“购买”点单。", "“구매”라고 보내면 주문하실 수 있습니다.")},
		}},
	}
}

var cafeHours = []bot.Template{{Form: bot.TextAnswer, Text: texts(
	"From eight in the morning to nine at night; it is {{time}} now.",
	"早上八点到晚上九点，现在是{{time}}。",
	"아침 8시부터 밤 9시까지 엽니다. 지금은 {{time}}입니다.")}}
