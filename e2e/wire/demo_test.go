package wire

import (
	"regexp"
	"testing"
)

// TestTheDemoSellsOnMongoDB: the samples are filled in, a visitor follows, asks,
// buys and pays; after a restart all of it is there, once, and selling goes on.
func TestTheDemoSellsOnMongoDB(t *testing.T) {
	t.Parallel()
	d := newDeployment(t)
	first := d.start("demo")
	anna := newPerson(t)
	anna.follow(first)
	anna.sees(first, "/chat/corner", "Welcome to Corner 24")
	anna.say(first, "asks", "What are your opening hours?")
	anna.sees(first, "/chat/corner", "day and night")
	anna.buy(first)
	first.stop()

	second := d.start("demo")
	anna.sees(second, "/chat/corner", "day and night") // she is known, and so is what was said
	anna.sees(second, "/shop/corner/orders", "Paid")
	anna.buy(second)
	ben := newPerson(t)
	ben.follow(second)
	ben.buy(second)
	second.stop()

	api := d.api(d.start("serve"))
	if orders := api.list("/orders"); len(orders) != 3 {
		t.Errorf("%d orders, not 3", len(orders))
	}
	if products := api.list("/products?state=active"); len(products) != 8 {
		t.Errorf("%d products, not 8: the samples were filled in twice or not at all", len(products))
	}
}

var payLink = regexp.MustCompile(`/pay/[A-Za-z0-9_-]+`)

// buy orders something in the chat and pays it with test money.
func (p *person) buy(n *node) {
	p.t.Helper()
	p.post(n, "/chat/corner/say", "payload", "shop:list")
	p.press(n, "shop:buy:")
	p.press(n, "shop:checkout")
	p.press(n, "shop:pay:")
	links := payLink.FindAllString(p.get(n, "/chat/corner"), -1)
	if links == nil {
		p.t.Fatal("nothing to pay in the chat")
	}
	payment := links[len(links)-1]
	p.post(n, payment+"/test-money")
	p.post(n, payment)
	p.sees(n, "/chat/corner", ">paid<") // the receipt
}
