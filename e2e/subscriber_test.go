package e2e

import (
	"context"
	"strings"
	"testing"
)

// greeting is what the sample store says in a language, where it does so by
// itself: the welcome, the answer to a question, the receipt, the news.
type greeting struct {
	language                string
	welcome, question, open string
	buy, receipt, paid      string
}

var greetings = []greeting{
	{"en", "Welcome to Corner 24", "What are your opening hours?", "day and night", "buy", "Your order at Corner 24", "paid. Thank you"},
	{"zh", "欢迎来到街角24便利店", "你们几点营业？", "24小时营业", "购买", "您在街角24便利店的订单", "谢谢惠顾"},
	{"ko", "모퉁이24 편의점에 오신 것을 환영합니다", "영업 시간이 어떻게 되나요?", "24시간 영업", "구매", "모퉁이24 편의점 주문 내역", "결제되었습니다"},
}

// TestASubscriberGoesFromScanToReceiptInEachLanguage plays a phone alone: the
// printed code, following, a question, buying by buttons, paying, the receipt.
func TestASubscriberGoesFromScanToReceiptInEachLanguage(t *testing.T) {
	shop := start(t, "demo", t.TempDir())
	link := scanPicture(t, shop.base+"/a/corner/qr.png")
	if link != shop.base+"/chat/corner" {
		t.Fatalf("the printed code says %q", link)
	}
	browser := openBrowser(t)
	for _, says := range greetings {
		t.Run(says.language, func(t *testing.T) { playSubscriber(t, browser, link, says) })
	}
}

func playSubscriber(t *testing.T, browser context.Context, link string, says greeting) {
	person := newTab(t, browser, "subscriber", says.language, phone)
	person.open(link)
	person.live()
	person.shot("scanned")
	person.follow()
	person.heard(says.welcome)
	person.live()
	person.shot("followed")

	person.stay()
	person.say(says.question)
	person.heard(says.open)
	person.stayed()
	person.shot("asked")

	buyInChat(person, says)
	if got := person.value(`document.documentElement.lang`); !strings.HasPrefix(got, says.language) {
		t.Errorf("the page is in %q", got)
	}

	// What was live is what is kept.
	before := person.bubbles()
	person.open(link)
	person.live()
	if after := person.bubbles(); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("live:\n%s\n\nloaded again:\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

// follow presses the button to follow, which loads the page again, and waits
// until that page is live: the old one may still hear the welcome.
func (p *tab) follow() {
	p.t.Helper()
	p.click(".follow button", "")
	p.until("to follow", `document.readyState === 'complete' && !document.querySelector('.follow')`)
	p.live()
}

// buyInChat buys something by the word for it and by buttons.
func buyInChat(person *tab, says greeting) {
	person.t.Helper()
	person.say(says.buy)
	person.choose("shop:buy:")
	person.shot("in-the-cart")
	person.choose("shop:checkout")
	person.shot("ordered")
	person.choose("shop:pay:")
	person.until("to hear that the balance is too small", `[...document.querySelectorAll('.bubble-row:not(.mine)')].at(-1).querySelector('a[href*="/pay/"]')`)
	person.click(`.bubble-row a[href*="/pay/"]`, "")
	person.at("/pay/")
	person.shot("no-money-yet")
	person.click(`form[action$="/test-money"] button`, "")
	person.until("the money", `!document.querySelector('form[action$="/test-money"]')`)
	person.shot("money")
	person.click(`a[href="/chat/corner"]`, "")
	person.live()
	person.click(`.bubble-row button[value^="shop:pay:"]`, "")
	person.choose("shop:confirm:")
	person.heard(says.paid)
	person.heard(says.receipt)
	person.until("the receipt", `document.querySelectorAll('.receipt').length >= 2`) // the order's, and the paid one
	person.shot("receipt")
}

// choose presses a button, known by the beginning of its payload, in the answer
// to what was said last. Earlier answers have buttons, too, and keep them.
func (p *tab) choose(payload string) {
	p.t.Helper()
	p.press("the button "+payload, `(rows => rows.slice(rows.findLastIndex(row => row.matches('.mine')) + 1)
		.flatMap(row => [...row.querySelectorAll('button[value^="`+payload+`"]')]).at(-1))([...document.querySelectorAll('.bubble-row')])`)
}
