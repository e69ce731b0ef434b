package public

import (
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot/webchat"
	"plaza/fault"
	"plaza/money"
	"plaza/shop/counter"
	"plaza/store"
	"plaza/templates"
)

// shown finds the code of the address, and who has scanned it. Such pages are
// never shown in another site's frame.
func (p *pages) shown(c *gin.Context) (storefront, counter.Code, error) {
	code, err := p.Counter.Shown(c, c.Param("code"))
	if err != nil {
		return storefront{}, code, err
	}
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, code.Account))
	if err != nil {
		return storefront{}, code, err
	}
	front, err := p.enterShop(c, of)
	return front, code, err
}

// at is where a shop's code leads, for anybody: nobody has to be known to look.
func (p *pages) at(c *gin.Context) error {
	front, code, err := p.shown(c)
	if err != nil {
		return err
	}
	return p.drawAt(c, front, code, &templates.At{Key: store.NewID()})
}

func (p *pages) drawAt(c *gin.Context, front storefront, code counter.Code, page *templates.At) error {
	return p.drawPayable(c, front, "/at/"+code.Code, code.Label, code.Amount, page)
}

// drawPayable draws what leads to paying an account: something with an amount, or
// with one to type.
func (p *pages) drawPayable(c *gin.Context, front storefront, path, label string, asked money.Amount, page *templates.At) error {
	page.Base, page.Path, page.Label, page.Asked = p.base(c, front.account), path, label, asked
	var err error
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if front.known {
		if page.Balance, err = p.Wallet.Balance(c, front.person, front.account.Currency); err != nil {
			return err
		}
	}
	if front.known && front.person.Channel != webchat.Name {
		page.SignedIn = front.person.Channel
	} else if !page.Balance.IsZero() {
		return p.Draw(c, page) // whom to sign in as would be somebody else, with another balance
	} else if page.Offers, err = p.offers(c, front.account); err != nil {
		return err
	}
	return p.Draw(c, page)
}

// payAt asks for the money and leads to the page of every payment. Who is not
// signed in pays as a guest: a visitor with a balance of nothing, for whom the
// other ways of paying are.
func (p *pages) payAt(c *gin.Context) error {
	front, code, err := p.shown(c)
	if err != nil {
		return err
	}
	page := &templates.At{Key: c.PostForm("key"), Amount: c.PostForm("amount")}
	tradeNo, err := p.payCodeOf(c, front, code, page)
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) {
		page.Problem = p.sentence(c, refused)
		return p.drawAt(c, front, code, page)
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, "/pay/"+tradeNo)
}

func (p *pages) payCodeOf(c *gin.Context, front storefront, code counter.Code, page *templates.At) (tradeNo string, err error) {
	amount := code.Amount
	if amount.IsZero() {
		if amount, err = money.Parse(page.Amount, front.account.Currency); err != nil {
			return "", err
		}
	}
	if err := p.checkouts.Check(c); err != nil {
		return "", err
	}
	if front, err = p.greet(c, front); err != nil {
		return "", err
	}
	payment, err := p.Counter.PayCode(c, code, counter.SelfRequest{Way: p.way(c, ""), Payer: front.person, Key: page.Key,
		Amount: amount, Return: p.Shop.Links.PayReturn})
	return payment.TradeNo, err
}
