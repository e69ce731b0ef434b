package public

import (
	"errors"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/message"
	"plaza/shop"
	"plaza/shop/pay"
	"plaza/store"
	"plaza/templates"
)

// bill is a payment of somebody whom this browser is known as, with what it pays.
type bill struct {
	storefront
	payment pay.Payment
	pays    payable
	subject subject
	// guest is the secret of the pass by which somebody has the page open whom
	// nobody knows; empty: it is the payer.
	guest string
}

// path is where the page of the bill is.
func (b bill) path() string {
	if b.guest != "" {
		return billPath(b.guest)
	}
	return "/pay/" + b.payment.TradeNo
}

// bill finds the payment of the address. Other people's are not there.
func (p *pages) bill(c *gin.Context) (bill, error) {
	known, err := p.guests(c)
	if err != nil {
		return bill{}, err
	}
	for _, one := range known {
		payment, err := p.Shop.PaymentOf(c, one, c.Param("payment"))
		if errors.Is(err, pay.ErrNoPayment) {
			continue
		}
		if err != nil {
			return bill{}, err
		}
		return p.billOf(c, one, payment)
	}
	return bill{}, pay.ErrNoPayment
}

func (p *pages) billOf(c *gin.Context, who message.Person, payment pay.Payment) (bill, error) {
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, who.Account))
	if err != nil {
		return bill{}, err
	}
	web.AllowFrames(c, of.Origins)
	pays, err := p.payable(payment)
	if err != nil {
		return bill{}, err
	}
	front := storefront{of, who, true}
	what, err := pays.subject(c, front, payment)
	return bill{storefront: front, payment: payment, pays: pays, subject: what}, err
}

func (p *pages) pay(c *gin.Context) error {
	found, err := p.bill(c)
	if errors.Is(err, pay.ErrNoPayment) {
		return p.whosePayment(c, err)
	}
	if err != nil {
		return err
	}
	return p.drawPay(c, found, "")
}

func (p *pages) drawPay(c *gin.Context, found bill, problem string) error {
	page := &templates.Pay{Base: p.base(c, found.account), Path: found.path(),
		State: payState(found), About: found.subject.about, Bought: found.subject.bought,
		Total: found.payment.Amount, Problem: problem, Until: found.payment.ExpiresAt, Key: store.NewID(),
		BackPath: found.subject.back, BackText: found.subject.backText, Onward: found.subject.onward,
		CancelText: found.subject.cancelText, CancelAsk: found.subject.cancelAsk}
	if err := p.around(c, found, page); err != nil {
		return err
	}
	if problem == "" && found.payment.Guarded == pay.Held && found.payment.State == pay.Created {
		page.Problem = p.Text(c, "public.pay.held")
	}
	if problem == "" && found.payment.State == pay.Failed {
		page.Problem = p.sentence(c, fault.New(fault.Conflict, found.payment.Reason, p.Text(c, "public.pay.failed")))
	}
	if page.State == "pending" {
		if err := p.ways(c, found, page); err != nil {
			return err
		}
		if found.guest != "" && len(page.Providers) == 1 {
			page.Providers[0].Chosen = true
		}
		if found.guest != "" && page.Problem == "" && len(page.Providers) == 0 {
			page.Problem = p.Text(c, "public.bill.no-way")
		}
	}
	return p.Draw(c, page)
}

// around is what stands around a payment and is its payer's own.
func (p *pages) around(c *gin.Context, found bill, page *templates.Pay) error {
	if found.guest != "" {
		return p.aroundGuest(c, found, page)
	}
	following, err := p.liveOf(c, found.storefront, found.subject.topics...)
	if err != nil {
		return err
	}
	page.Live = following
	page.Nav, err = p.nav(c, found.storefront)
	return err
}

// payState is what the page tells of the payment and what it pays.
func payState(found bill) string {
	switch {
	case found.subject.state != "":
		return found.subject.state
	case found.payment.State == pay.Paid && found.payment.GivenBack() > 0 && found.payment.GivenBack() >= found.payment.AskedFor().Minor:
		return "refunded"
	case found.payment.State == pay.Paid:
		return "paid"
	case found.payment.State == pay.Failed:
		return "failed"
	case found.payment.State == pay.Closed, found.payment.State == pay.Closing:
		return "closed"
	default:
		return "pending"
	}
}

func (p *pages) cancelPayment(c *gin.Context) error {
	found, err := p.bill(c)
	if err != nil {
		return err
	}
	if err := found.pays.cancel(c, found); err != nil {
		return p.orBack(c, err, "/pay/"+found.payment.TradeNo)
	}
	return web.Redirect(c, found.subject.after)
}

// placedAt is when an order counts as made.
func placedAt(order shop.Order) time.Time {
	if order.PlacedAt != nil {
		return *order.PlacedAt
	}
	return order.History[0].At
}

// shopPath is where the account's shop is; empty if it has none.
func shopPath(of account.Account) string {
	if of.Kind != account.Merchant {
		return ""
	}
	return "/shop/" + of.Slug
}
