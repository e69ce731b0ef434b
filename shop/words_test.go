package shop

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestWordsAreUnderstoodInThreeLanguages(t *testing.T) {
	for text, want := range map[string]command{
		"Shop!":          {browse, 1, "", "en"},
		"商城":             {browse, 1, "", "zh"},
		" 쇼핑 ":           {browse, 1, "", "ko"},
		"buy":            {buy, 1, "", "en"},
		"Buy 2 milk":     {buy, 2, "milk", "en"},
		"buy milk 2":     {buy, 2, "milk", "en"},
		"买2瓶牛奶":          {buy, 2, "牛奶", "zh"},
		"买 2 牛奶":         {buy, 2, "牛奶", "zh"},
		"购买牛奶２个":         {buy, 2, "牛奶", "zh"},
		"我要买牛奶":          {buy, 1, "牛奶", "zh"},
		"우유 2개 구매":       {buy, 2, "우유", "ko"},
		"구매 우유":          {buy, 1, "우유", "ko"},
		"购物车":            {showCart, 1, "", "zh"},
		"장바구니":           {showCart, 1, "", "ko"},
		"订单":             {myOrders, 1, "", "zh"},
		"결제":             {payNow, 1, "", "ko"},
		"余额？":            {balance, 1, "", "zh"},
		"Split the bill": {splitUp, 1, "", "en"},
		"AA制":            {splitUp, 1, "", "zh"},
		"나눠 내기":          {splitUp, 1, "", "ko"},
		"ask":            {askFriend, 1, "", "en"},
		"12":             {pick, 12, "", ""},
		"buy 7up":        {buy, 7, "up", "en"},
		"buy coke zero":  {buy, 1, "coke zero", "en"},
	} {
		if got, ok := parse(text); !ok || got != want {
			t.Errorf("%q is %+v, %v; want %+v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "hello", "buyer", "0", "007", "100", "help", "pay attention", "ask me", "split milk", strings.Repeat("buy ", 100), "buy \xff"} {
		if got, ok := parse(text); ok {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"buy 2 milk", "买２瓶牛奶", "우유 2개 구매", "3", "buy", "구매", "buy 99 个", "\xff", "买个"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, ok := parse(text)
		if !ok {
			return
		}
		if got.quantity < 1 || got.quantity > 99 || got.verb == "" || !utf8.ValidString(got.what) || got.what != strings.TrimSpace(got.what) {
			t.Fatalf("%q became %+v", text, got)
		}
	})
}
