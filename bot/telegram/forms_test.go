package telegram_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"plaza/bot/telegram/telegramtest"
	"plaza/message"
	"plaza/money"
)

func won(n int64) *money.Amount { return &money.Amount{Minor: n, Currency: "KRW"} }

// forms are messages of every form, and the ways in which they come.
func forms() map[string]message.Outbound {
	buy := message.Button{Label: "Buy", Payload: "shop:product:01J"}
	milk := message.Card{Title: "Milk <fresh>", Text: "1 l & cold", Image: "/pictures/own", URL: "/shop/corner/milk", Price: won(2900), Was: won(3500), Buttons: []message.Button{buy}}
	tea := message.Card{Title: "Tea", Image: "https://pictures.example/tea.jpg", Price: won(4000), Buttons: []message.Button{buy, {Label: "More", URL: "/shop/corner/tea"}}}
	receipt := &message.Receipt{Title: "Order", Number: "K7-0012", State: "Waiting for payment", URL: "/shop/corner/orders/1",
		Lines: []message.ReceiptLine{{Name: "Milk", Quantity: 2, Amount: *won(5800)}, {Name: "Coupon", Amount: *won(-800)}}, Total: *won(5000)}
	pay := message.Button{Label: "Pay", URL: "/pay/1"}
	return map[string]message.Outbound{
		"text":          message.Text("Hello <b>& welcome</b> 😀"),
		"quick":         {Form: message.TextForm, Text: "Size?", Quick: []message.Button{{Label: "S"}, {Label: "M", Say: "medium"}}},
		"quick_payload": {Form: message.TextForm, Text: "Size?", Quick: []message.Button{{Label: "S", Payload: "size:s"}, {Label: "M", Payload: "size:m"}}},
		"rich": {Form: message.RichForm, Runs: []message.Run{{Text: "Big 😀 ", Bold: true}, {Text: "news", Bold: true, Italic: true}, {Text: "\n"},
			{Text: "old", Strike: true}, {Text: " x<y ", Code: true}, {Text: "shop", URL: "/shop"}, {Text: "local", URL: "http://localhost/x"}}},
		"image":         {Form: message.ImageForm, Image: "/pictures/own", Text: "Our shop"},
		"image_foreign": message.Image("https://pictures.example/a.jpg"),
		"image_long":    {Form: message.ImageForm, Image: "/pictures/own", Text: strings.Repeat("words ", 200), Quick: []message.Button{{Label: "ok"}}},
		"voice":         {Form: message.VoiceForm, Text: "what is said", Media: &message.Media{URL: "https://files.example/a.ogg", Type: "audio/ogg", Length: 4200}},
		"audio":         {Form: message.VoiceForm, Media: &message.Media{URL: "https://files.example/a.mp3", Name: "Song.mp3"}},
		"voice_other":   {Form: message.VoiceForm, Media: &message.Media{URL: "https://files.example/a.amr", Name: "note.amr", Type: "audio/amr"}},
		"video":         {Form: message.VideoForm, Text: "look", Media: &message.Media{URL: "https://files.example/a.mp4", Type: "video/mp4", Length: 9000}},
		"file":          {Form: message.FileForm, Text: "minutes", Media: &message.Media{URL: "https://files.example/a.pdf", Name: "a.pdf"}},
		"file_other":    {Form: message.FileForm, Text: "minutes", Media: &message.Media{URL: "https://files.example/a.hwp", Name: "회의록.hwp"}},
		"location":      {Form: message.LocationForm, Place: &message.Place{Title: "City Hall", Address: "110 Sejong-daero", Latitude: 37.5665, Longitude: 126.978}},
		"location_bare": {Form: message.LocationForm, Place: &message.Place{Latitude: 37.5665, Longitude: 126.978}},
		"location_off":  {Form: message.LocationForm, Place: &message.Place{Title: "Nowhere", Latitude: 95}},
		"sticker":       {Form: message.StickerForm, Sticker: &message.Sticker{Set: "446", ID: "1988", Emoji: "👍"}},
		"card":          message.OneCard(milk),
		"card_plain":    message.OneCard(message.Card{Title: "Words only", Buttons: []message.Button{{Label: "Say", Say: "hello"}}}),
		"card_qr":       message.OneCard(message.Card{Title: "Table 7", QR: "/q/abc"}),
		"cards":         {Form: message.CardsForm, Text: "Today", Cards: []message.Card{milk, tea}},
		"product":       {Form: message.ProductForm, Cards: []message.Card{milk, {Title: "Bread", Price: won(3000), Buttons: []message.Button{buy}}}},
		"list":          {Form: message.ListForm, Text: "Opening hours", Cards: []message.Card{{Title: "Mon", Text: "9–18"}, {Title: "Tue", Text: "9–20", URL: "/n/1"}}, Buttons: []message.Button{{Label: "Route", URL: "https://map.example/x"}}},
		"buttons": message.Choice("Choose", message.Button{Label: "List", Payload: "shop:list"}, message.Button{Label: "Site", URL: "/shop"},
			message.Button{Label: "Help", Say: "help"}, message.Button{Label: "Local", URL: "http://localhost:8080/x"}, message.Button{Label: "Long", Payload: "order:" + strings.Repeat("x", 80)}),
		"buttons_only": message.Choice("", message.Button{Label: "List", Payload: "shop:list"}),
		"menu":         {Form: message.MenuForm, Text: "1 or 2?", Buttons: []message.Button{{Label: "하나", Payload: "1", Say: "하나"}, {Label: "둘", Payload: "2", Say: "둘"}}},
		"order":        {Form: message.OrderForm, Receipt: receipt, Buttons: []message.Button{pay, {Label: "Cancel", Payload: "shop:cancel:1"}}},
		"receipt":      {Form: message.ReceiptForm, Text: "Thank you!", Receipt: receipt},
		"qr":           {Form: message.QRForm, Text: "Scan me", URL: "/q/abc"},
		"coupon":       {Form: message.CouponForm, Coupon: &message.Coupon{Title: "10 % off", Text: "on tea", Code: "TEA10", Until: "until Sunday", URL: "/shop/corner?coupon=TEA10"}},
		"handover":     {Form: message.HandoverForm, Text: "Somebody will be with you."},
	}
}

// sent is what the golden files hold of a call.
type sent struct {
	Method    string            `json:"method"`
	Arguments map[string]string `json:"arguments"`
	Files     []string          `json:"files,omitempty"`
}

// The stand-in takes parameters only that the library's types know, decodes
// them into these, and checks Telegram's limits.
func TestEveryFormIsTaken(t *testing.T) {
	all := forms()
	for _, form := range message.Forms {
		if !slices.ContainsFunc(slices.Collect(maps.Values(all)), func(out message.Outbound) bool { return out.Form == form }) {
			t.Errorf("%s is not tried", form)
		}
	}
	for name, out := range all {
		t.Run(name, func(t *testing.T) {
			s := newSide(t, telegramtest.Options{})
			if err := s.send(t, out); err != nil {
				t.Fatalf("%v, refused: %q", err, s.platform.Refusals())
			}
			var calls []sent
			for _, one := range s.platform.Delivered() {
				calls = append(calls, sent{one.Method, one.Arguments, one.Files})
			}
			if len(calls) == 0 {
				t.Fatal("nothing arrived")
			}
			golden(t, "testdata/calls/"+name+".json", calls)
			if refused := s.platform.Refusals(); name != "file_other" && len(refused) > 0 {
				t.Errorf("not taken at once: %q", refused)
			}
		})
	}
}

// Every form goes through Send in one call or several, and none is Absent.
func TestRendersDeclaresEveryForm(t *testing.T) {
	s := newSide(t, telegramtest.Options{})
	declared := s.Renders()
	for _, form := range message.Forms {
		if f := declared.Forms[form].Fidelity; f == "" || f == message.Absent {
			t.Errorf("%s is %q", form, f)
		}
	}
}
