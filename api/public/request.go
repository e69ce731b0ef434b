package public

import (
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/shop/pay"
	"plaza/shop/request"
	"plaza/store"
	"plaza/templates"
)

// requestOwner is whose request the address names.
func (p *pages) requestOwner(c *gin.Context) (account.Account, error) {
	asked, err := p.Requests.Find(c, c.Param("request"))
	if err != nil {
		return account.Account{}, err
	}
	return openOnly(p.Accounts.Accounts.FindByID(c, asked.Account))
}

func (p *pages) asked(c *gin.Context) (storefront, request.Request, error) {
	asked, err := p.Requests.Find(c, c.Param("request"))
	if err != nil {
		return storefront{}, asked, err
	}
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, asked.Account))
	if err != nil {
		return storefront{}, asked, err
	}
	front, err := p.enterShop(c, of)
	return front, asked, err
}

// request is where the button of a request for payment leads.
func (p *pages) request(c *gin.Context) error {
	front, asked, err := p.asked(c)
	if err != nil {
		return err
	}
	page := &templates.At{Key: store.NewID()}
	if asked.State != request.Open {
		page.Over = p.Text(c, "public.request."+string(asked.State))
	}
	return p.drawPayable(c, front, requestPath(asked), asked.What, asked.Amount, page)
}

func requestPath(asked request.Request) string { return "/request/" + asked.Number }

// payRequest asks for the money and leads to the page of every payment.
func (p *pages) payRequest(c *gin.Context) error {
	front, asked, err := p.asked(c)
	if err != nil {
		return err
	}
	tradeNo, err := p.payRequestOf(c, front, asked)
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) {
		return p.drawPayable(c, front, requestPath(asked), asked.What, asked.Amount, &templates.At{Problem: p.sentence(c, refused)})
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, "/pay/"+tradeNo)
}

func (p *pages) payRequestOf(c *gin.Context, front storefront, asked request.Request) (string, error) {
	if err := p.checkouts.Check(c); err != nil {
		return "", err
	}
	front, err := p.greet(c, front)
	if err != nil {
		return "", err
	}
	payment, err := p.Requests.Pay(c, asked.Number, front.person, p.way(c, ""))
	return payment.TradeNo, err
}

// requestPayable is money that a member asked for in the conversation. A payer
// calls off their payment; the request is the shop's.
type requestPayable struct{ *pages }

func (p requestPayable) subject(c *gin.Context, front storefront, payment pay.Payment) (subject, error) {
	asked, err := p.Requests.Get(c, payment.Account, payment.Subject)
	return subject{about: front.account.Name(front.person.Language), bought: justThis(asked.What, payment),
		cancelText: p.Text(c, "public.pay.cancel"), cancelAsk: p.Text(c, "public.pay.cancel.ask"), after: requestPath(asked)}, err
}

func (p requestPayable) again(c *gin.Context, found bill, way pay.Way) (pay.Payment, error) {
	return p.askAgain(c, found.payment, way)
}

func (p requestPayable) cancel(c *gin.Context, found bill) error { return p.callOff(c, found.payment) }
