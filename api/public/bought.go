package public

import (
	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/exchange"
	"plaza/shop/pay"
	"plaza/shop/pay/receipt"
	"plaza/templates"
)

// bought is an order as its buyer sees it, with what it is paid with.
func (p *pages) bought(c *gin.Context, of account.Account, order shop.Order, payment pay.Payment) templates.Bought {
	bought := web.Bought(order, func(product string) string { return shopPath(of) + "/p/" + product })
	if price := payment.Price; price != nil {
		bought.Paid, bought.Rate = payment.Amount, p.rate(c, price.Rate)
	}
	return bought
}

// rate is a rate of exchange as a sentence.
func (p *pages) rate(c *gin.Context, rate money.Rate) string {
	source := rate.Source
	if source == exchange.ECB {
		source = p.Text(c, "page.rates.ecb")
	}
	return p.Text(c, "page.pay.rate", rate.From, rate.Value, rate.To, rate.Day, source)
}

// paidBy is the payment that has paid an order; the zero Payment: none has.
func (p *pages) paidBy(c *gin.Context, order shop.Order) (pay.Payment, error) {
	if order.Payment == "" {
		return pay.Payment{}, nil
	}
	return p.Shop.Payments.Get(c, order.Account, order.Payment)
}

// receiptPayment is the payment that a receipt is of; the zero Payment: it is of
// none.
func (p *pages) receiptPayment(c *gin.Context, front storefront, found receipt.Receipt) (pay.Payment, error) {
	if found.Kind != receipt.Payment && found.Kind != receipt.Sale {
		return pay.Payment{}, nil
	}
	return p.Shop.PaymentOf(c, front.person, found.Reference)
}

// backOf is what went back of a payment, of what was asked for.
func backOf(payment pay.Payment) money.Amount {
	return money.Of(payment.GivenBack(), payment.AskedFor().Currency)
}

// boughtBy is what a payment has bought: nothing with lines if it paid no order.
func (p *pages) boughtBy(c *gin.Context, front storefront, payment pay.Payment) (templates.Bought, error) {
	if payment.TradeNo == "" || payment.For() != pay.ForOrder {
		return templates.Bought{}, nil
	}
	order, err := p.Shop.OrderOf(c, front.person, payment.Subject)
	return p.bought(c, front.account, order, payment), err
}
