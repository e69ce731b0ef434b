package shop

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// verb is what somebody wants of the shop.
type verb string

const (
	browse   verb = "shop"
	buy      verb = "buy"
	showCart verb = "cart"
	checkout verb = "checkout"
	myOrders verb = "orders"
	payNow   verb = "pay"
	balance  verb = "balance"
	// What somebody has booked; "book" alone is too common a word to take.
	myBookings verb = "bookings"
	// What goes among friends: shares of an amount, and asking one for money.
	splitUp   verb = "split"
	askFriend verb = "ask"
	pick      verb = "pick" // a bare number: an entry of the last menu
)

// command is a message understood: "buy 2 milk" is buy, 2, "milk".
type command struct {
	verb     verb
	quantity int    // 1 if none was said
	what     string // with buy: the thing's name, or part of it
	language string // of the word used; empty if it tells none
}

// maxCommandBytes bounds what is looked at: nobody orders in longer sentences.
const maxCommandBytes = 200

// lexicon has the words in every language, whatever the language of whoever
// says them.
var lexicon = map[string]command{
	"shop": {verb: browse, language: "en"}, "store": {verb: browse, language: "en"}, "products": {verb: browse, language: "en"},
	"商城": {verb: browse, language: "zh"}, "商店": {verb: browse, language: "zh"}, "商品": {verb: browse, language: "zh"},
	"쇼핑": {verb: browse, language: "ko"}, "상점": {verb: browse, language: "ko"}, "상품": {verb: browse, language: "ko"},
	"buy": {verb: buy, language: "en"}, "购买": {verb: buy, language: "zh"}, "买": {verb: buy, language: "zh"},
	"구매": {verb: buy, language: "ko"}, "구입": {verb: buy, language: "ko"},
	"cart": {verb: showCart, language: "en"}, "basket": {verb: showCart, language: "en"},
	"购物车": {verb: showCart, language: "zh"}, "장바구니": {verb: showCart, language: "ko"},
	"checkout": {verb: checkout, language: "en"}, "check out": {verb: checkout, language: "en"},
	"下单": {verb: checkout, language: "zh"}, "结算": {verb: checkout, language: "zh"}, "주문하기": {verb: checkout, language: "ko"},
	"orders": {verb: myOrders, language: "en"}, "order": {verb: myOrders, language: "en"}, "my orders": {verb: myOrders, language: "en"},
	"订单": {verb: myOrders, language: "zh"}, "我的订单": {verb: myOrders, language: "zh"},
	"주문": {verb: myOrders, language: "ko"}, "주문내역": {verb: myOrders, language: "ko"}, "주문 내역": {verb: myOrders, language: "ko"},
	"pay": {verb: payNow, language: "en"}, "支付": {verb: payNow, language: "zh"}, "付款": {verb: payNow, language: "zh"},
	"결제": {verb: payNow, language: "ko"}, "결제하기": {verb: payNow, language: "ko"},
	"bookings": {verb: myBookings, language: "en"}, "my bookings": {verb: myBookings, language: "en"},
	"appointments": {verb: myBookings, language: "en"}, "my appointments": {verb: myBookings, language: "en"},
	"预约": {verb: myBookings, language: "zh"}, "我的预约": {verb: myBookings, language: "zh"},
	"예약": {verb: myBookings, language: "ko"}, "내 예약": {verb: myBookings, language: "ko"},
	"예약내역": {verb: myBookings, language: "ko"}, "예약 내역": {verb: myBookings, language: "ko"},
	"split": {verb: splitUp, language: "en"}, "split the bill": {verb: splitUp, language: "en"}, "split bill": {verb: splitUp, language: "en"},
	"平分": {verb: splitUp, language: "zh"}, "分摊": {verb: splitUp, language: "zh"}, "aa": {verb: splitUp, language: "zh"}, "aa制": {verb: splitUp, language: "zh"},
	"나누기": {verb: splitUp, language: "ko"}, "나눠내기": {verb: splitUp, language: "ko"}, "나눠 내기": {verb: splitUp, language: "ko"},
	"더치페이": {verb: splitUp, language: "ko"},
	"ask":  {verb: askFriend, language: "en"}, "ask a friend": {verb: askFriend, language: "en"},
	"收款": {verb: askFriend, language: "zh"}, "向朋友收款": {verb: askFriend, language: "zh"},
	"요청하기": {verb: askFriend, language: "ko"}, "송금 요청": {verb: askFriend, language: "ko"}, "송금요청": {verb: askFriend, language: "ko"},
	"balance": {verb: balance, language: "en"}, "wallet": {verb: balance, language: "en"}, "top up": {verb: balance, language: "en"},
	"钱包": {verb: balance, language: "zh"}, "充值": {verb: balance, language: "zh"}, "收款码": {verb: balance, language: "zh"}, "付款码": {verb: balance, language: "zh"},
	"지갑": {verb: balance, language: "ko"}, "충전": {verb: balance, language: "ko"},
	"余额": {verb: balance, language: "zh"}, "잔액": {verb: balance, language: "ko"},
}

// buyWords are the words of buy with how they stand to the thing: before it
// with a space, before it, or behind it.
var buyWords = []struct {
	word, language string
	apart, behind  bool
}{
	{word: "buy", language: "en", apart: true},
	{word: "购买", language: "zh"},
	{word: "我要买", language: "zh"},
	{word: "买", language: "zh"},
	{word: "구매", language: "ko", apart: true},
	{word: "구매", language: "ko", behind: true},
	{word: "구입", language: "ko", behind: true},
}

// parse understands a message, or says that it is none for the shop.
func parse(text string) (command, bool) {
	if len(text) > maxCommandBytes || !utf8.ValidString(text) {
		return command{}, false
	}
	text = tidy(text)
	if known, ok := lexicon[text]; ok {
		known.quantity = 1
		return known, true
	}
	if number, ok := smallNumber(text); ok {
		return command{verb: pick, quantity: number}, true
	}
	for _, form := range buyWords {
		rest, ok := strings.CutPrefix(text, form.word)
		if form.behind {
			rest, ok = strings.CutSuffix(text, form.word)
		}
		if !ok || (form.apart && !strings.HasPrefix(rest, " ")) {
			continue
		}
		quantity, what := count(rest)
		if what == "" {
			return command{verb: buy, quantity: 1, language: form.language}, quantity == 1
		}
		return command{verb: buy, quantity: quantity, what: what, language: form.language}, true
	}
	return command{}, false
}

// tidy lowers case, folds full-width digits and makes every run of spaces and
// closing punctuation one space.
func tidy(text string) string {
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '０' && r <= '９':
			r += '0' - '０'
		case unicode.IsSpace(r), strings.ContainsRune("!！?？。,，、~", r):
			r = ' '
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// smallNumber reads a number of one or two digits.
func smallNumber(text string) (int, bool) {
	if len(text) == 0 || len(text) > 2 || text[0] == '0' {
		return 0, false
	}
	number, err := strconv.Atoi(text)
	return number, err == nil && number > 0
}

// counters are words that stand behind a number and name no thing.
var counters = []string{"个", "件", "瓶", "盒", "包", "份", "杯", "斤", "x ", "개", "병", "잔", "봉지"}

// count takes a quantity off the beginning or the end of a thing's name: "2
// milk", "2瓶牛奶", "牛奶2个", "우유 2개". Without one it is 1.
func count(text string) (quantity int, what string) {
	text = strings.TrimSpace(text)
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if number, ok := smallNumber(text[:digits]); ok {
		return number, trimCounter(text[digits:])
	}
	stem := strings.TrimRight(text, " ")
	for _, counter := range counters {
		if cut, ok := strings.CutSuffix(stem, counter); ok {
			stem = strings.TrimRight(cut, " ")
			break
		}
	}
	cut := strings.TrimRight(stem, "0123456789")
	if number, ok := smallNumber(stem[len(cut):]); ok && cut != "" {
		return number, strings.TrimSpace(cut)
	}
	return 1, text
}

func trimCounter(text string) string {
	text = strings.TrimLeft(text, " ")
	for _, counter := range counters {
		if rest, ok := strings.CutPrefix(text, counter); ok {
			return strings.TrimSpace(rest)
		}
	}
	return strings.TrimSpace(text)
}
