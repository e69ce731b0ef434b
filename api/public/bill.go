package public

import (
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop"
	"plaza/shop/guest"
	"plaza/shop/pay"
	"plaza/templates"
)

// guestPages adds the routes of links for people whom pages can't know. What is
// between the slashes is a secret, and all that they have to show.
func (p *pages) guestPages(get, post func(string, web.Handler)) {
	get("/bill/:pass", p.guestBill)
	post("/bill/:pass", p.confirmGuestBill)
	get("/bill/:pass/return/:payment", p.returnedGuest)
	get("/deliver/:pass", p.deliver)
	post("/deliver/:pass", p.orderDelivered)
	p.goodsPages(get, post)
}

func billPath(pass string) string { return "/bill/" + url.PathEscape(pass) }

// billEvery is how often, in seconds, a guest's bill is looked at again while it
// waits: nobody who is not known may listen to what happens.
const billEvery = 4

// billOfPass finds the bill that a pass is good for, as anybody may see it.
func (p *pages) billOfPass(c *gin.Context) (found bill, order shop.Order, err error) {
	pass, err := p.Guests.Find(c, guest.Bill, c.Param("pass"))
	if err != nil {
		return found, order, err
	}
	found = bill{guest: c.Param("pass"), pays: orderPayable{p}}
	if found.account, err = openOnly(p.Accounts.Accounts.FindByID(c, pass.Account)); err != nil {
		return found, order, err
	}
	found.person = pass.Person
	found.person.Language = web.Language(c)
	if order, err = p.Shop.Order(c, pass.Account, pass.Subject); err != nil {
		return found, order, err
	}
	if found.payment, err = p.paymentOf(c, order); err != nil {
		return found, order, err
	}
	if found.subject, err = found.pays.subject(c, found.storefront, found.payment); err != nil {
		return found, order, err
	}
	found.subject.back, found.subject.cancelText, found.subject.bought.Coupon = "", "", "" // the coupon's code is the buyer's
	found.subject.unlike = p.personal(c)
	return found, order, nil
}

// paymentOf is the payment that has paid an order, or else the latest; where
// there is none, or the latest came to nothing and the order waits still, one
// that nobody has asked for yet.
func (p *pages) paymentOf(c *gin.Context, order shop.Order) (pay.Payment, error) {
	if order.Payment != "" {
		return p.Shop.Payments.Get(c, order.Account, order.Payment)
	}
	asked := pay.Payment{Account: order.Account, Purpose: pay.ForOrder, Subject: order.ID, Amount: order.Total,
		Payer: order.Person, State: pay.Pending, ExpiresAt: order.ExpiresAt}
	if order.State == shop.Paid { // a coupon has paid it all
		asked.State = pay.Paid
	}
	all, err := p.Shop.Payments.Of(c, order.Account, order.ID)
	if err != nil || len(all) == 0 {
		return asked, err
	}
	latest := all[len(all)-1]
	if order.State == shop.Placed && p.Now().Before(order.ExpiresAt) && (latest.State == pay.Closed || latest.State == pay.Failed) {
		return asked, nil
	}
	return latest, nil
}

// personal are the ways of paying that need to know who pays.
func (p *pages) personal(c *gin.Context) (names []string) {
	for _, name := range p.Shop.Payments.Names() {
		if p.Shop.Payments.Personal(name, c.Request.UserAgent()) {
			names = append(names, name)
		}
	}
	return names
}

// guestBill shows a bill to whoever has its link. Where this browser is known as
// the payer's, they see it as their own.
func (p *pages) guestBill(c *gin.Context) error {
	found, order, err := p.billOfPass(c)
	if err != nil {
		return err
	}
	if own, err := p.isOwn(c, found); own || err != nil {
		if err != nil {
			return err
		}
		return web.Redirect(c, "/pay/"+found.payment.TradeNo)
	}
	found.subject.state = guestState(found, order)
	return p.drawPay(c, found, "")
}

// guestState is what a guest's page tells: an order that can't be paid any more
// is closed, whatever became of tries to pay it.
func guestState(found bill, order shop.Order) string {
	waits := order.State == shop.Placed || order.State == shop.Closing
	if found.subject.state == "" && !waits && order.Payment == "" && found.payment.State != pay.Paid {
		return "closed"
	}
	return found.subject.state
}

func (p *pages) isOwn(c *gin.Context, found bill) (bool, error) {
	if found.payment.TradeNo == "" {
		return false, nil
	}
	known, err := p.guests(c)
	if err != nil {
		return false, err
	}
	for _, one := range known {
		_, err := p.Shop.PaymentOf(c, one, found.payment.TradeNo)
		if !errors.Is(err, pay.ErrNoPayment) {
			return err == nil, err
		}
	}
	return false, nil
}

// aroundGuest is what stands around a bill for somebody whom nobody knows:
// nothing of the payer's.
func (p *pages) aroundGuest(c *gin.Context, found bill, page *templates.Pay) error {
	page.Guest = true
	if page.State == "pending" {
		page.Every = billEvery
	}
	if found.payment.State != pay.Paid || found.payment.TradeNo == "" {
		return nil
	}
	receipt, err := p.Receipts.OfPaid(c, found.payment)
	page.Paid = &templates.PaidLine{Number: receipt.Number, Method: found.payment.Provider, Reference: found.payment.TradeNo, At: receipt.At}
	return err
}

func (p *pages) confirmGuestBill(c *gin.Context) error {
	found, order, err := p.billOfPass(c)
	if err != nil {
		return err
	}
	if err := p.checkouts.Check(c); err != nil {
		return err
	}
	found.subject.state = guestState(found, order)
	return p.confirmBill(c, found)
}

// returnedGuest is where a provider's page sends a guest's browser.
func (p *pages) returnedGuest(c *gin.Context) error {
	found, _, err := p.billOfPass(c)
	if err != nil {
		return err
	}
	payment, err := p.Shop.Payments.Get(c, found.account.ID, c.Param("payment"))
	if err != nil {
		return err
	}
	if payment.Subject != found.payment.Subject {
		return pay.ErrNoPayment
	}
	return p.backFromProvider(c, payment, found.path())
}
