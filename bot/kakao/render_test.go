package kakao

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"plaza/bot/kakao/kakaotest"
	"plaza/message"
	"plaza/money"
)

// won is an amount in Korean money.
func inWon(minor int64) money.Amount { return money.Of(minor, "KRW") }

func price(minor int64) *money.Amount { a := inWon(minor); return &a }

func strawberry(n int) message.Card {
	return message.Card{Title: fmt.Sprintf("딸기 %d", n), Text: "논산 설향", Image: fmt.Sprintf("/pictures/%d", n), URL: fmt.Sprintf("/shop/corner/p/%d", n),
		Price: price(12000), Buttons: []message.Button{{Label: "담기", Payload: fmt.Sprintf("add:%d", n), Say: fmt.Sprintf("담기 %d", n)}}}
}

func cards(n int, make func(int) message.Card) (list []message.Card) {
	for i := range n {
		list = append(list, make(i+1))
	}
	return list
}

var receipt = message.Receipt{Title: "주문 완료", Number: "A-1024", State: "결제 완료", URL: "/o/1024", Total: inWon(27000),
	Lines: []message.ReceiptLine{{Name: "딸기 500g", Quantity: 2, Amount: inWon(24000)}, {Name: "배송비", Amount: inWon(3000)}}}

// forms are an example of each form, and of what makes them different.
func forms() map[string]message.Outbound {
	yes, no := message.Button{Label: "네", Payload: "yes"}, message.Button{Label: "아니요", Payload: "no", Say: "아니"}
	reduced := strawberry(1)
	reduced.Was = price(15000)
	dollars := strawberry(2)
	dollars.Price = &money.Amount{Minor: 1250, Currency: "USD"}
	plain := strawberry(3)
	plain.Image = ""
	return map[string]message.Outbound{
		"text":          message.Text("안녕하세요! 무엇을 도와드릴까요?"),
		"rich":          {Form: message.RichForm, Runs: []message.Run{{Text: "오늘만 ", Bold: true}, {Text: "할인", URL: "/shop/corner"}}},
		"image":         {Form: message.ImageForm, Image: "/pictures/1", Text: "오늘의 딸기"},
		"image-buttons": {Form: message.ImageForm, Image: "/pictures/1", Text: "오늘의 딸기", Buttons: []message.Button{yes, no}},
		"voice":         {Form: message.VoiceForm, Text: "사장님 인사", Media: &message.Media{URL: "/media/a.m4a", Name: "인사.m4a"}},
		"video":         {Form: message.VideoForm, Text: "농장", Media: &message.Media{URL: "/media/v.mp4", Preview: "/pictures/2"}},
		"file":          {Form: message.FileForm, Media: &message.Media{URL: "/media/menu.pdf", Name: "menu.pdf"}},
		"location":      {Form: message.LocationForm, Place: &message.Place{Title: "가게", Address: "서울시 종로구 1", Latitude: 37.57, Longitude: 126.98}},
		"sticker":       {Form: message.StickerForm, Sticker: &message.Sticker{Emoji: "🍓"}},
		"card":          message.OneCard(strawberry(1)), "card-reduced": message.OneCard(reduced), "card-dollars": message.OneCard(dollars), "card-plain": message.OneCard(plain),
		"cards":        {Form: message.CardsForm, Text: "추천 상품", Cards: cards(3, strawberry)},
		"cards-mixed":  {Form: message.CardsForm, Cards: []message.Card{strawberry(1), plain}},
		"list":         {Form: message.ListForm, Text: "오늘의 메뉴", Cards: cards(4, strawberry), Buttons: []message.Button{{Label: "전체 보기", URL: "/shop/corner"}}},
		"list-press":   {Form: message.ListForm, Text: "고르세요", Cards: []message.Card{{Title: "서울", Buttons: []message.Button{yes}}, {Title: "부산", Buttons: []message.Button{no}}}},
		"buttons":      message.Choice("계속할까요?", yes, no, message.Button{Label: "전화하기", URL: "tel:+8221234567"}),
		"buttons-many": message.Choice("몇 시에 오시나요?", hours(6)...),
		"menu":         {Form: message.MenuForm, Text: "무엇을 찾으세요?", Buttons: hours(5)},
		"product":      {Form: message.ProductForm, Cards: cards(2, strawberry)},
		"order":        {Form: message.OrderForm, Receipt: &receipt, Buttons: []message.Button{{Label: "결제하기", URL: "/pay/1024"}, {Label: "취소", Payload: "cancel:1024"}}},
		"receipt":      {Form: message.ReceiptForm, Receipt: &receipt, Text: "감사합니다"},
		"qr":           {Form: message.QRForm, Text: "입장 코드", URL: "/q/abc"},
		"coupon":       {Form: message.CouponForm, Coupon: &message.Coupon{Title: "3천 원 할인", Text: "2만 원 이상", Code: "BERRY", Until: "5월 31일까지", URL: "/shop/corner?c=BERRY"}},
		"handover":     {Form: message.HandoverForm, Text: "담당자가 곧 답변드립니다."},
		"quick":        {Form: message.TextForm, Text: "더 필요하신 게 있나요?", Quick: []message.Button{yes, no, {Label: "사이트", URL: "/a/corner"}}},
	}
}

func hours(n int) (list []message.Button) {
	for i := range n {
		list = append(list, message.Button{Label: fmt.Sprintf("%d시", i+10), Payload: fmt.Sprintf("at:%d", i+10)})
	}
	return list
}

func render(t testing.TB, c *Channel, typed []byte, answer ...message.Outbound) ([]byte, []message.Outbound) {
	t.Helper()
	received, err := c.Receive(typed, skill(hello))
	if err != nil {
		t.Fatal(err)
	}
	response, rest, err := c.Render(typed, received, answer)
	if err != nil {
		t.Fatal(err)
	}
	if err := kakaotest.Check(response.Body); err != nil {
		t.Fatalf("%v\n%s", err, indented(t, response.Body))
	}
	return response.Body, rest
}

func TestEveryFormIsWhatKakaoTakes(t *testing.T) {
	t.Parallel()
	channel := testChannel(t)
	seen := map[message.Form]bool{}
	for name, out := range forms() {
		seen[out.Form] = true
		body, rest := render(t, channel, credentials(), out)
		if len(rest) > 0 {
			t.Errorf("%s: %d messages are left over", name, len(rest))
		}
		golden(t, "testdata/render/"+name+".json", indented(t, body))
	}
	for _, form := range message.Forms {
		if !seen[form] {
			t.Errorf("%s has no example", form)
		}
	}
	agents := credentials(func(c *Credentials) { c.KakaoAgents, c.BlockID = true, "5f00" })
	body, _ := render(t, channel, agents, forms()["handover"], forms()["buttons"])
	golden(t, "testdata/render/agents-and-blocks.json", indented(t, body))
}

func TestWhatDoesNotFitIsOffered(t *testing.T) {
	t.Parallel()
	channel := testChannel(t)
	answer := []message.Outbound{message.Text("하나"), message.Text("둘"), message.Text("셋"), message.Text("넷"), message.Text("다섯")}
	body, rest := render(t, channel, credentials(), answer...)
	if len(rest) != 2 || rest[0].Text != "넷" || !strings.Contains(string(body), `"quickReplies":[{"label":"더 보기","action":"message","messageText":"더 보기","extra":{"fetch":true}}]`) {
		t.Errorf("%d left, %s", len(rest), body)
	}
	long := message.Text(strings.Repeat("가나다라마바사아자차카타파하\n", 250))
	body, rest = render(t, channel, credentials(), long)
	if len(rest) != 1 || strings.Count(string(body), "simpleText") != 3 {
		t.Errorf("a long text: %d left, %d bytes", len(rest), len(body))
	}
	many := message.Outbound{Form: message.CardsForm, Text: "전부", Cards: cards(25, strawberry), Quick: hours(2)}
	body, rest = render(t, channel, credentials(), many)
	if len(rest) != 1 || strings.Count(string(body), "carousel") != 2 {
		t.Errorf("25 cards: %d left, %s", len(rest), body)
	}
	if again, _ := render(t, channel, credentials(), many); !slices.Equal(again, body) {
		t.Error("the same answer renders otherwise")
	}
}

// Kakao shows an error where a skill says nothing.
func TestThereAlwaysIsAnAnswer(t *testing.T) {
	t.Parallel()
	body, _ := render(t, testChannel(t), credentials())
	if !strings.Contains(string(body), "메시지를 받았습니다") {
		t.Errorf("%s", body)
	}
	for _, empty := range []message.Outbound{{}, {Form: message.CardsForm}, {Form: message.ReceiptForm}, {Form: "hologram"}, {Form: message.ImageForm, Image: "javascript:alert(1)"}} {
		render(t, testChannel(t), credentials(), empty)
	}
}

func TestButtonsBringTheirPayloadBack(t *testing.T) {
	t.Parallel()
	body, _ := render(t, testChannel(t), credentials(), forms()["buttons"])
	var response Response
	if err := json.Unmarshal(body, &response); err != nil {
		t.Fatal(err)
	}
	button := response.Template.Outputs[0].TextCard.Buttons[1]
	if button.MessageText != "아니" || button.Extra["payload"] != "no" {
		t.Errorf("%+v", button)
	}
}

// Whatever people write, the answer is one that Kakao takes, and texts are whole.
func FuzzResponse(f *testing.F) {
	f.Add("hello", "", "buy", 1)
	f.Add("a\x00b\xff\xfe", "/q/1", "<a href=\"x\">", 12)
	f.Add(strings.Repeat("긴 글 😀\n", 300), "https://"+strings.Repeat("x", 3000), strings.Repeat("가", 300), 30)
	f.Add("", "tel:112", " ", 4)
	f.Add(" \n ", "//host", "\t", 11)
	channel := testChannel(f)
	f.Fuzz(func(t *testing.T, text, link, label string, n int) {
		n = max(0, min(n, 12))
		buttons := slices.Repeat([]message.Button{{Label: label, Payload: link, Say: text}, {Label: label, URL: link}}, n)
		card := message.Card{Title: text, Text: label, URL: link, Image: link, QR: link, Price: price(int64(n)), Was: price(int64(2 * n)), Buttons: buttons}
		some := slices.Repeat([]message.Card{card}, n)
		bill := &message.Receipt{Title: text, Number: label, State: label, URL: link, Total: inWon(int64(n) * 1e12),
			Lines: slices.Repeat([]message.ReceiptLine{{Name: text, Quantity: n, Amount: inWon(1e15)}}, n)}
		media := &message.Media{URL: link, Name: label, Preview: link}
		for _, form := range append([]message.Form{"hologram"}, message.Forms[:]...) {
			out := message.Outbound{Form: form, Text: text, Image: link, URL: link, Cards: some, Buttons: buttons, Quick: buttons, Receipt: bill, Media: media,
				Place: &message.Place{Title: label, Address: text}, Coupon: &message.Coupon{Title: text, Text: label, Code: label, URL: link}, Runs: []message.Run{{Text: text, URL: link}},
				Sticker: &message.Sticker{Emoji: label}}
			for answer, rounds := []message.Outbound{out, message.Text("end")}, 0; len(answer) > 0; rounds++ {
				before := len(answer)
				if _, answer = render(t, channel, credentials(), answer...); rounds > 200+before {
					t.Fatalf("%s never ends", form)
				}
			}
		}
	})
}
