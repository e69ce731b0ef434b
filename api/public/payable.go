package public

import (
	"github.com/gin-gonic/gin"

	"plaza/shop/pay"
	"plaza/templates"
)

// payable is what payments of one purpose pay, as the one page of all payments
// needs it: its owner describes it, asks for the money in another way, and calls
// it off. Who may look at a payment is settled before: its payer.
type payable interface {
	// subject describes what a payment pays, in the language of the page.
	subject(c *gin.Context, front storefront, payment pay.Payment) (subject, error)
	// again asks for the same money in another way. The payment of before is over.
	again(c *gin.Context, found bill, way pay.Way) (pay.Payment, error)
	// cancel calls off what the payment pays, or the payment alone where others
	// have a say in the rest.
	cancel(c *gin.Context, found bill) error
}

// subject is what a payment pays.
type subject struct {
	about  string // a line: what it is, with its number
	bought templates.Bought
	state  string // in place of the payment's own; empty: that
	// back is a path to where the payer sees it, and backText what the link says.
	back, backText string
	// onward: the payer goes on there with what this payment was for.
	onward bool
	// cancelText is what the button says that calls it off, and cancelAsk what it
	// asks; after has the path that leads to then.
	cancelText, cancelAsk, after string
	topics                       []string // that tell of it, beside the payer's chat
	// unlike are ways that can't pay it, whatever the account offers.
	unlike []string
}

// payables are who describes the payments of each purpose.
func (p *pages) payables() map[pay.Purpose]payable {
	return map[pay.Purpose]payable{
		pay.ForOrder:   orderPayable{p},
		pay.ForTopUp:   topUpPayable{p},
		pay.ForCounter: salePayable{p},
		pay.ForRequest: requestPayable{p},
		pay.ForMandate: mandatePayable{p},
	}
}

// payable finds who describes a payment. Errors: pay.ErrNoPayment for a purpose
// without a page.
func (p *pages) payable(payment pay.Payment) (payable, error) {
	one, ok := p.payables()[payment.For()]
	if !ok {
		return nil, pay.ErrNoPayment
	}
	return one, nil
}

// askAgain asks for the money of a payment that is over, in another way, where
// nothing but the way is new.
func (p *pages) askAgain(c *gin.Context, payment pay.Payment, way pay.Way) (pay.Payment, error) {
	links := p.Shop.Links
	return p.Shop.Payments.Create(c, pay.Request{
		Account: payment.Account, Purpose: payment.Purpose, Subject: payment.Subject, Amount: payment.Amount,
		Description: payment.Description, Payer: payment.Payer, ExpiresAt: payment.ExpiresAt,
		ReturnURL: links.PayReturn, NotifyURL: links.Notify(way.Provider, payment.Account),
	}.By(way))
}

// callOff closes a payment that has not been paid, and nothing else.
func (p *pages) callOff(c *gin.Context, payment pay.Payment) error {
	_, err := p.Shop.Payments.Close(c, payment.Account, payment.TradeNo)
	return err
}

// justThis is a subject that is one thing with a price.
func justThis(name string, payment pay.Payment) templates.Bought {
	return templates.Bought{Lines: []templates.ItemLine{{Name: name, Quantity: 1, Price: payment.Amount, Amount: payment.Amount}}}
}
