package templates

import (
	"time"

	"plaza/message"
)

// forms are messages of the forms that are not in every conversation.
func (s sampler) forms() []ChatMessage {
	price, was := cny(1980), cny(2880)
	buy := message.Button{Label: s.say("Buy", "购买", "구매"), Payload: "shop:buy:v2"}
	bread, milk := s.say("Sourdough bread", "酸面包", "사워도우 빵"), s.say("Milk", "牛奶", "우유")
	shop := s.say("Corner Store", "街角便利店", "골목 편의점")
	outs := []message.Outbound{
		{Form: message.RichForm, Runs: []message.Run{{Text: s.say("Open today: ", "今日营业：", "오늘 영업: "), Bold: true}, {Text: "7–23", Code: true}, {Text: "\n"},
			{Text: s.say("not on Sunday", "周日除外", "일요일 제외"), Strike: true, Italic: true}, {Text: " "}, {Text: s.say("All about us", "了解更多", "더 알아보기"), URL: "/a/corner"}}},
		{Form: message.ImageForm, Image: "/pictures/milk", Text: s.say("New in the fridge", "冷柜新品", "냉장고 신상품")},
		{Form: message.VoiceForm, Media: &message.Media{URL: "/attachments/voice", Type: "audio/mp4", Length: 7400, Size: 84_000}, Text: s.say("We are there until eleven.", "我们营业到十一点。", "11시까지 있어요.")},
		{Form: message.VideoForm, Media: &message.Media{URL: "/attachments/video", Type: "video/mp4", Length: 62_000, Preview: "/pictures/bread"}},
		{Form: message.FileForm, Media: &message.Media{URL: "/attachments/list", Name: s.say("Price list, winter.pdf", "冬季价目表.pdf", "겨울 가격표.pdf"), Size: 3_500_000}},
		{Form: message.FileForm, Media: &message.Media{URL: "https://files.example/a.zip"}},
		{Form: message.LocationForm, Place: &message.Place{Title: shop, Address: s.say("12 Harbour Street", "港口街 12 号", "항구길 12"), Latitude: 31.2304, Longitude: 121.4737}},
		{Form: message.StickerForm, Sticker: &message.Sticker{Emoji: "🥐"}},
		{Form: message.StickerForm, Sticker: &message.Sticker{Set: "cat", ID: "7"}},
		{Form: message.ListForm, Text: s.say("Fresh today", "今日新鲜", "오늘의 신선식품"), Cards: []message.Card{
			{Title: bread, Text: s.say("Baked this morning", "今早出炉", "오늘 아침에 구웠어요"), Image: "/pictures/bread", Price: &price, Was: &was, URL: "/shop/corner/p/bread"},
			{Title: milk, Price: &price, Buttons: []message.Button{buy}}},
			Buttons: []message.Button{{Label: s.say("Everything", "查看全部", "전체 보기"), URL: "/shop/corner"}}},
		{Form: message.MenuForm, Text: s.say("When shall we deliver?", "什么时候送货？", "언제 배달할까요?"), Buttons: []message.Button{
			{Label: s.say("Before noon", "中午前", "정오 전"), Payload: "noon"}, {Label: s.say("In the evening", "晚上", "저녁"), Payload: "evening"}}},
		{Form: message.ProductForm, Text: s.say("For you:", "为您推荐：", "추천 상품:"), Cards: []message.Card{
			{Title: bread, Image: "/pictures/bread", Price: &price, Was: &was, Buttons: []message.Button{buy}}, {Title: milk, Image: "/pictures/milk", Price: &price, Buttons: []message.Button{buy}}}},
		{Form: message.OrderForm, Text: s.say("Please pay within 15 minutes.", "请在 15 分钟内付款。", "15분 안에 결제해 주세요."), Receipt: &message.Receipt{Title: s.say("Your order", "您的订单", "주문 내역"), Number: "1123-9PK4", Total: cny(1980),
			Lines: []message.ReceiptLine{{Name: bread, Quantity: 1, Amount: cny(1980)}}}, Buttons: []message.Button{{Label: s.say("Pay", "付款", "결제하기"), URL: "/pay/1"}, {Label: s.say("Cancel", "取消", "취소"), Payload: "shop:cancel:1"}}},
		{Form: message.CouponForm, Coupon: &message.Coupon{Title: s.say("10 % off everything", "全场九折", "전 상품 10% 할인"), Text: s.say("Once for each customer", "每人限用一次", "1인 1회"), Code: "TEN", Until: s.say("until 31 December", "12 月 31 日前有效", "12월 31일까지"), URL: "/shop/corner?coupon=TEN"}},
		{Form: message.HandoverForm},
	}
	all := make([]ChatMessage, 0, len(outs)+4)
	for i := range outs {
		all = append(all, ChatMessage{At: ago(20*time.Minute - time.Duration(i)*time.Second), Out: &outs[i], State: "sent"})
	}
	for i, in := range []message.Inbound{
		{Kind: message.VoiceIn, MediaURL: "/attachments/asked", MediaType: "audio/webm", MediaLength: 3200, MediaSize: 31_000},
		{Kind: message.FileIn, MediaURL: "/attachments/plan", FileName: "plan.pdf", MediaSize: 120_000},
		{Kind: message.ImageIn, MediaURL: "https://platform.example/private.jpg"},
		{Kind: message.LocationIn, Latitude: 37.5665, Longitude: 126.978, Text: s.say("My door", "我家门口", "우리 집")},
	} {
		all = append(all, ChatMessage{At: ago(2*time.Minute - time.Duration(i)*time.Second), In: &in})
	}
	last := message.Text(s.say("Shall we bring it to you?", "需要送货上门吗？", "집으로 가져다 드릴까요?"))
	last.Quick = []message.Button{{Label: s.say("Yes, please", "好的", "네"), Payload: "yes"}, {Label: s.say("I’ll come by", "我自己来取", "직접 갈게요"), Payload: "no"}}
	return append(all, ChatMessage{At: ago(time.Minute), Out: &last, State: "sent"})
}
