package message_test

import (
	"testing"

	"plaza/message"
	"plaza/money"
)

// TestEveryFormCanBeSaidInWords: a messenger that knows nothing but text loses
// nothing of a message.
func TestEveryFormCanBeSaidInWords(t *testing.T) {
	words := message.Words{Absolute: func(address string) string { return "https://plaza.example" + address }}
	price := money.Amount{Minor: 990, Currency: "CNY"}
	buy := message.Button{Label: "Buy", Payload: "buy:1", Say: "buy 1"}
	for _, c := range []struct {
		name string
		out  message.Outbound
		want string
	}{
		{"rich", message.Outbound{Form: message.RichForm, Runs: []message.Run{{Text: "New: ", Bold: true}, {Text: "tea", URL: "/t"}}},
			"New: tea (https://plaza.example/t)"},
		{"voice", message.Outbound{Form: message.VoiceForm, Text: "Hello", Media: &message.Media{URL: "/m/1", Name: "hello.mp3"}},
			"Hello\nhello.mp3\nhttps://plaza.example/m/1"},
		{"location", message.Outbound{Form: message.LocationForm, Place: &message.Place{Title: "Shop", Address: "1 Road", Latitude: 31.2, Longitude: 121.5}},
			"Shop\n1 Road\nhttps://www.openstreetmap.org/?mlat=31.200000&mlon=121.500000#map=17/31.200000/121.500000"},
		{"sticker", message.Outbound{Form: message.StickerForm, Sticker: &message.Sticker{Emoji: "👍"}}, "👍"},
		{"coupon", message.Outbound{Form: message.CouponForm, Coupon: &message.Coupon{Title: "Ten off", Code: "TEN", URL: "/shop"}},
			"Ten off\n▸ TEN\nhttps://plaza.example/shop"},
		{"list", message.Outbound{Form: message.ListForm, Text: "Today", Cards: []message.Card{
			{Title: "Tea", Price: &price, Buttons: []message.Button{buy}}, {Title: "Bun", URL: "/bun"}}},
			"Today\n\nTea  " + price.In("en") + "\n1. Buy (buy 1)\n\nBun\nhttps://plaza.example/bun"},
		{"quick", message.Outbound{Form: message.TextForm, Text: "Size?", Quick: []message.Button{{Label: "S"}, {Label: "M"}}},
			"Size?\n1. S\n2. M"},
	} {
		if got := words.Of(c.out); got != c.want {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
	}
}
