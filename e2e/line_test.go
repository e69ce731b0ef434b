package e2e

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// evening is a demo with both sides of it open beside one another.
type evening struct {
	t        *testing.T
	shop     *process
	browser  context.Context
	merchant *tab
	customer *tab
}

// TestTheWholeLine is an evening in the store: somebody scans the code at the
// counter, follows, asks, is answered by the bot and by hand, gets the news,
// scans the code in it, buys twice, pays, and is told that it is on its way.
// The merchant's console, open beside it, shows each step by itself.
func TestTheWholeLine(t *testing.T) {
	shop := start(t, "demo", t.TempDir())
	browser := openBrowser(t, chromedp.Flag("use-file-for-fake-video-capture", camera(t)))
	e := evening{t: t, shop: shop, browser: browser,
		merchant: newTab(t, browser, "merchant", "en", desk),
		customer: newTab(t, browser, "customer", "en", phone)}
	e.signIn()
	e.follow()
	e.answerByHand()
	e.sendCampaign()
	e.scanCoupon()
	e.buyOnTheShopPage()
	e.buyInTheChat()
	e.ship()
	e.takeAtTheCounter()
}

// signIn opens the console by the printed link, which works once.
func (e evening) signIn() {
	link := e.shop.signInLink()
	e.merchant.open(link)
	e.merchant.until("to be in", `location.pathname === '/console'`)
	e.merchant.shot("signed in")
	e.merchant.click(`main a[href="/console/corner"]`, "")
	e.merchant.at("/console/corner")
	e.merchant.shot("overview")

	stranger := newTab(e.t, e.browser, "stranger", "en", desk)
	stranger.open(link)
	stranger.shot("link used up")
	stranger.open(e.shop.base + "/console/corner")
	stranger.at("/console/sign-in")
	stranger.shot("sign in")
}

// console opens a page of the store's console and waits until it is live.
func (e evening) console(page string) {
	e.t.Helper()
	e.merchant.open(e.shop.base + "/console/corner/" + page)
	e.merchant.at("/console/corner/" + page)
	e.merchant.stay()
}

func (e evening) follow() {
	e.console("inbox")
	e.merchant.live()
	link := scanPicture(e.t, e.shop.base+"/a/corner/qr.png")
	e.customer.open(link)
	e.customer.live()
	e.customer.follow()
	e.customer.heard("Welcome to Corner 24")
	e.customer.live()
	e.customer.stay()

	e.customer.say("What are your opening hours?")
	e.customer.heard("We are open day and night")
	e.merchant.until("the conversation in the list", `document.querySelector('[data-region=list] li a')?.textContent.includes('We are open day and night')`)
	e.merchant.stayed()
	e.merchant.shot("inbox")
}

// answerByHand takes the conversation over, talks, and hands it back.
func (e evening) answerByHand() {
	e.merchant.click("[data-region=list] li a", "")
	e.merchant.at("/console/corner/inbox/c/")
	e.merchant.live()
	e.merchant.click(`form[action$="/take"] button`, "")
	e.merchant.until("to have it", `document.querySelector('form[action$="/return"]')`)
	e.merchant.live()
	e.merchant.stay()
	e.merchant.shot("taken over")

	e.customer.say("At what hours are you there yourself?")
	e.merchant.until("the question in the thread", `document.querySelector('.thread .messages').textContent.includes('At what hours are you there yourself?')`)
	e.merchant.fill("#f-text", "From six, every morning. Come by!")
	e.merchant.click(".composer button", "")
	e.customer.heard("From six, every morning")
	e.customer.shot("answered by hand")
	e.merchant.until("their answer in the thread", `document.querySelector('.thread .messages').textContent.includes('From six, every morning')`)
	e.merchant.shot("answered")

	e.merchant.click(`form[action$="/return"] button`, "")
	e.merchant.until("to have handed it back", `document.querySelector('form[action$="/take"]')`)
	e.customer.say("And your hours again?")
	e.customer.until("the bot's second answer", `[...document.querySelectorAll('.bubble-row:not(.mine)')].filter(e => e.textContent.includes('We are open day and night')).length === 2`)
	e.customer.stayed()
	spoken := strings.Join(e.customer.bubbles(), "\n")
	_, after, _ := strings.Cut(spoken, "At what hours are you there yourself?\n")
	if !strings.HasPrefix(after, "From six") {
		e.t.Errorf("the bot spoke while a person had the conversation:\n%s", spoken)
	}
}

// sendCampaign starts the sample promotion.
func (e evening) sendCampaign() {
	e.console("campaigns")
	e.merchant.shot("campaigns")
	e.merchant.click("table a", "Ten percent off tonight")
	e.merchant.at("/console/corner/campaigns/")
	e.merchant.shot("campaign")
	e.merchant.click(`form[action$="/start"] button`, "")
	e.merchant.click(`dialog[open] button[value=yes]`, "")
	e.customer.heard("Ten percent off everything tonight, friend.")
	e.merchant.until("all sent", `document.querySelector('[data-region=progress]')?.textContent.includes('100 %')`)
	e.merchant.until("to see that it was read", `[...document.querySelectorAll('.counts div')].some(e => /^\s*Read\s*1\s*$/.test(e.textContent))`)
	e.customer.stayed()
	e.customer.shot("campaign")
	e.merchant.shot("campaign sent")
}

// scanCoupon scans the code in the news, which is tracked and takes off ten
// percent.
func (e evening) scanCoupon() {
	link := e.customer.scanScreen(".bubble-row img.qr")
	if !strings.HasPrefix(link, e.shop.base+"/q/") {
		e.t.Fatalf("the code in the news says %q", link)
	}
	e.merchant.click(`a[href*="/console/corner/codes/"]`, "")
	e.merchant.at("/console/corner/codes/")
	if drawn := scanPicture(e.t, e.shop.base+"/qr.png?"+url.Values{"text": {link}}.Encode()); drawn != link {
		e.t.Errorf("drawn for messengers, the code says %q, not %q", drawn, link)
	}
	e.customer.open(link)
	e.customer.at("/shop/corner")
	e.customer.shot("coupon")
	// Scans are counted in the background; the page is looked at again.
	eventually(e.t, "the scan to be counted", func() bool {
		e.merchant.open(e.merchant.value("location.href"))
		return e.merchant.value(`document.querySelector('.tile .value').textContent.trim()`) == "1"
	})
	e.merchant.shot("code")
}

// buyOnTheShopPage buys with the coupon and pays with the wallet.
func (e evening) buyOnTheShopPage() {
	e.console("orders")
	e.merchant.live()
	e.customer.click("a", "Umbrella")
	e.customer.at("/shop/corner/p/")
	e.customer.shot("product")
	e.customer.click(`button[name=then][value=cart]`, "")
	e.customer.at("/shop/corner/cart")
	e.customer.sees("¥35.10") // 39.00 less ten percent
	e.customer.shot("cart")
	e.customer.click(`form[action$="/checkout"] button`, "")
	e.customer.at("/pay/")
	e.customer.click(`form[action$="/test-money"] button`, "")
	e.customer.until("the money", `!document.querySelector('form[action$="/test-money"]') && document.readyState === 'complete'`)
	e.customer.click(`main form button.primary`, "")
	e.customer.until("to have paid", `document.querySelector('.result .amount') && !document.querySelector('form[data-once]')`)
	e.customer.shot("paid")
	e.merchant.until("the order", `document.querySelector('[data-region=rows] tbody tr')?.textContent.includes('¥35.10')`)
	e.merchant.stayed()
	e.merchant.shot("orders")
	e.customer.click(`main a[href="/chat/corner"]`, "")
	e.customer.at("/chat/corner")
	e.customer.heard("Umbrella × 1")
	e.customer.live()
	e.customer.shot("receipt")
}

// buyInTheChat buys by buttons alone.
func (e evening) buyInTheChat() {
	e.customer.stay()
	e.customer.say("buy")
	e.customer.choose("shop:buy:")
	e.customer.choose("shop:checkout")
	e.customer.choose("shop:pay:")
	e.customer.choose("shop:confirm:")
	e.customer.heard("paid. Thank you")
	e.customer.stayed()
	e.merchant.until("two paid orders", `document.querySelectorAll('[data-region=rows] tbody tr').length === 2 && !/waiting/i.test(document.querySelector('[data-region=rows]').textContent)`)
	e.merchant.stayed()
	e.merchant.shot("second order")
}

// ship marks the first order as on its way.
func (e evening) ship() {
	e.merchant.click(`[data-region=rows] a`, "")
	e.merchant.at("/console/corner/orders/")
	e.merchant.shot("order")
	e.merchant.click(`button[data-dialog=ship]`, "")
	e.merchant.fill(`#ship input[name=carrier]`, "SF Express")
	e.merchant.fill(`#ship input[name=tracking]`, "SF10086")
	e.merchant.shot("ship")
	e.merchant.click(`#ship button.primary`, "")
	e.customer.heard("SF Express SF10086")
	e.customer.stayed()
	e.customer.shot("shipped")
	e.merchant.until("the tracking number", `document.querySelector('main').textContent.includes('SF10086')`)
	e.merchant.shot("shipped")
	if status := e.shop.get("/n/nothing"); status != http.StatusNotFound {
		e.t.Errorf("a page that is not there answers %d", status)
	}
}
