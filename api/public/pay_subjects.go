package public

import (
	"cmp"
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/shop"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
)

// orderPayable are orders: calling the payment off cancels the order.
type orderPayable struct{ *pages }

func (p orderPayable) subject(c *gin.Context, front storefront, payment pay.Payment) (subject, error) {
	order, err := p.Shop.OrderOf(c, front.person, payment.Subject)
	path := orderPath(front.account, order.ID)
	found := subject{about: p.Text(c, "page.orders.title", order.Number), bought: p.bought(c, front.account, order, payment),
		back: path, backText: p.Text(c, "page.pay.order"),
		cancelText: p.Text(c, "page.orders.cancel"), cancelAsk: p.Text(c, "page.pay.cancel.ask"), after: path}
	if order.State == shop.Refunded {
		found.state = "refunded"
	}
	return found, err
}

func (p orderPayable) again(c *gin.Context, found bill, way pay.Way) (pay.Payment, error) {
	return p.Shop.Pay(c, found.person, found.payment.Subject, way)
}

func (p orderPayable) cancel(c *gin.Context, found bill) error {
	_, err := p.Shop.CancelOwn(c, found.person, found.payment.Subject)
	return err
}

// topUpPayable is money on its way into the payer's balance.
type topUpPayable struct{ *pages }

func (p topUpPayable) subject(c *gin.Context, front storefront, payment pay.Payment) (subject, error) {
	found := subject{about: p.Text(c, "public.pay.top-up"), bought: justThis(p.Text(c, "public.pay.top-up"), payment),
		back: walletPath(front.account), backText: p.Text(c, "public.pay.wallet"), unlike: []string{wallet.Name},
		cancelText: p.Text(c, "public.pay.cancel"), cancelAsk: p.Text(c, "public.pay.cancel.ask"), after: walletPath(front.account)}
	waiting, err := p.Transfers.WaitsFor(c, payment)
	if err != nil || waiting == "" {
		return found, err
	}
	other, err := p.waiting(c, front, waiting)
	if err == nil && other.TradeNo != "" {
		found.back, found.backText, found.onward = "/pay/"+other.TradeNo, p.Text(c, "page.pay.button", other.Amount), true
	}
	return found, err
}

func (p topUpPayable) again(c *gin.Context, found bill, way pay.Way) (pay.Payment, error) {
	return p.askAgain(c, found.payment, way)
}

func (p topUpPayable) cancel(c *gin.Context, found bill) error { return p.callOff(c, found.payment) }

// salePayable is a sale at the counter. A payer calls off their payment; the
// sale is the counter's, where another code can be scanned, unless the payer
// began it.
type salePayable struct{ *pages }

func (p salePayable) subject(c *gin.Context, front storefront, payment pay.Payment) (subject, error) {
	sale, err := p.Counter.Get(c, payment.Account, payment.Subject)
	found := subject{about: front.account.Name(front.person.Language), bought: justThis(cmp.Or(sale.Note, p.Text(c, "public.pay.sale")), payment),
		cancelText: p.Text(c, "public.pay.cancel"), cancelAsk: p.Text(c, "public.pay.cancel.ask"), after: shopPath(front.account)}
	if sale.Code != "" {
		found.after = "/at/" + sale.Code
	}
	return found, err
}

func (p salePayable) again(c *gin.Context, found bill, way pay.Way) (pay.Payment, error) {
	return p.askAgain(c, found.payment, way)
}

func (p salePayable) cancel(c *gin.Context, found bill) error {
	sale, err := p.Counter.Get(c, found.payment.Account, found.payment.Subject)
	if err != nil || sale.Code == "" {
		return errors.Join(err, p.callOff(c, found.payment))
	}
	_, err = p.Counter.Cancel(c, sale.Account, sale.Number)
	return err
}
