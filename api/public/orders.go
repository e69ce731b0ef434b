package public

import (
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/webchat"
	"plaza/money"
	"plaza/shop"
	"plaza/store"
	"plaza/templates"
)

const ordersPage = 20

// orders are the visitor's own; order is one of them, open.
func (p *pages) orders(c *gin.Context) error { return p.showOrders(c, "") }

func (p *pages) order(c *gin.Context) error { return p.showOrders(c, c.Param("order")) }

func (p *pages) showOrders(c *gin.Context, open string) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	page := &templates.MyOrders{Base: p.base(c, front.account), MandatesPath: mandatesPath(front.account)}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if front.known && front.person.Channel != webchat.Name {
		page.SignedIn, page.SignOutPath = front.person.Channel, "/sign-out/"+front.account.Slug
	} else if page.Offers, err = p.offers(c, front.account); err != nil {
		return err
	}
	if !front.known {
		if open == "" {
			return p.Draw(c, page)
		}
		if len(page.Offers) == 0 {
			return shop.ErrNoOrder
		}
		return p.Draw(c, &templates.SignInPage{Base: page.Base, Offers: page.Offers, BackURL: "/a/" + front.account.Slug})
	}
	buyer := front.person
	found, next, err := p.Shop.OrdersOf(c, buyer, ordersPage, store.Cursor(c.Query("cursor")))
	if err != nil {
		return err
	}
	for _, order := range found {
		page.Rows = append(page.Rows, orderLine(front.account, order))
	}
	path := shopPath(front.account) + "/orders"
	if next != "" {
		page.Pager.Next = path + "?" + url.Values{"cursor": {string(next)}}.Encode()
	}
	if open != "" {
		order, err := p.Shop.OrderOf(c, buyer, open)
		if err != nil {
			return err
		}
		if page.Open, err = p.myOrder(c, front.account, order); err != nil {
			return err
		}
		if err := p.handed(c, order, page.Open); err != nil {
			return err
		}
		if err := p.invoice(c, front, order, page.Open); err != nil {
			return err
		}
	}
	return p.Draw(c, page)
}

// orderPath is where a buyer sees their order. The id may be what somebody typed.
func orderPath(of account.Account, id string) string {
	return shopPath(of) + "/orders/" + url.PathEscape(id)
}

func orderLine(of account.Account, order shop.Order) templates.OrderLine {
	names := make([]string, len(order.Lines))
	for i, line := range order.Lines {
		names[i] = line.Title()
	}
	return templates.OrderLine{ID: order.ID, URL: orderPath(of, order.ID), Number: order.Number,
		Summary: strings.Join(names, ", "), State: string(order.State), Total: order.Total, At: placedAt(order)}
}

func (p *pages) myOrder(c *gin.Context, of account.Account, order shop.Order) (*templates.MyOrder, error) {
	payment, err := p.paidBy(c, order)
	if err != nil {
		return nil, err
	}
	shown := &templates.MyOrder{Line: orderLine(of, order), Path: orderPath(of, order.ID),
		Bought: p.bought(c, of, order, payment), Carrier: order.Carrier, Tracking: order.Tracking, MayCancel: order.State == shop.Placed,
		SplitPath: orderSplittableBy(of, order)}
	shown.Bought.Refunded = money.Of(order.Refunded, order.Total.Currency)
	if order.Shipping != nil {
		shown.WayNote, shown.PickedUp = order.Shipping.Note, order.PickedUp()
	}
	if to := order.Delivery.To; to != nil {
		shown.To = append([]string{to.Name + " " + to.Phone}, to.Lines()...)
	}
	if order.State == shop.Placed {
		shown.PayPath = shown.Path + "/pay"
	}
	for _, change := range order.History {
		shown.History = append(shown.History, templates.HistoryLine{At: change.At, Text: p.Text(c, "page.state."+string(change.State))})
	}
	return shown, nil
}

func (p *pages) cancelOrder(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	path := orderPath(front.account, c.Param("order"))
	if !front.known {
		return shop.ErrNoOrder
	}
	if _, err := p.Shop.CancelOwn(c, front.person, c.Param("order")); err != nil {
		return p.orBack(c, err, path)
	}
	return web.Redirect(c, path)
}

// payOrder leads to the payment of an order that is not paid yet.
func (p *pages) payOrder(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	if !front.known {
		return shop.ErrNoOrder
	}
	return p.toPayment(c, front, c.Param("order"))
}
