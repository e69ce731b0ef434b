package public

import (
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/shop/pay"
	"plaza/templates"
)

// quoted says what a bill is in a way of paying that takes another currency, and
// by which rate; empty: it takes the bill's own, or the bill is in it already.
func (p *pages) quoted(c *gin.Context, found bill, name string) (string, error) {
	if name == found.payment.Provider {
		return "", nil
	}
	amount, price, err := p.Shop.Payments.Quote(c, pay.Request{Account: found.account.ID, Provider: name,
		Purpose: found.payment.For(), Amount: found.payment.AskedFor()})
	if err != nil || price == nil {
		return "", err
	}
	return amount.In(found.person.Language) + " · " + p.rate(c, price.Rate), nil
}

// notOffered says why a way of paying in another currency is missing: the rate
// of the shop is too old.
func (p *pages) notOffered(c *gin.Context, found bill, page *templates.Pay) error {
	if found.payment.Price != nil {
		return nil // it is paid by the rate of before
	}
	rate, lapsed, err := p.Shop.Payments.Lapsed(c, found.account.ID, found.payment.For(), found.payment.AskedFor().Currency, p.unfit(c, found)...)
	if lapsed {
		page.NotOffered = p.Text(c, "public.pay.rate-lapsed", rate.To, rate.Day)
	}
	return err
}

// unfit are the ways that can't pay a bill here, whatever the account offers.
func (p *pages) unfit(c *gin.Context, found bill) []string {
	names := slices.Clone(found.subject.unlike)
	for _, name := range p.Shop.Payments.Names() {
		if name != found.payment.Provider && p.Shop.Payments.Place(name, c.Request.UserAgent()) == pay.ShutOut {
			names = append(names, name)
		}
	}
	return names
}
