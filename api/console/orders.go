package console

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/address"
	"plaza/shop/pay"
	"plaza/store"
	"plaza/templates"
)

func (s *Console) orders(c *gin.Context) error {
	base, err := s.base(c, "orders")
	if err != nil {
		return err
	}
	page := &templates.Orders{Base: base}
	tabs, here := s.tabs(c, "state", "state", "all", "placed", "paid", "shipped", "completed", "refunded", "cancelled", "expired")
	page.Tabs = tabs
	if here == "all" {
		here = ""
	}
	found, next, err := s.Shop.Orders(c, accountID(c), shop.OrderState(here), pageSize, after(c))
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		if one.State != shop.Rejected { // never became an order
			page.Rows = append(page.Rows, s.orderLine(c, one))
		}
	}
	page.SlipsURL = slipsPath(c, found...)
	return s.Surface.Draw(c, page)
}

func (s *Console) orderLine(c *gin.Context, order shop.Order) templates.OrderLine {
	var summary []string
	for _, line := range order.Lines {
		text := line.Title()
		if line.Quantity > 1 {
			text = fmt.Sprintf("%s ×%d", text, line.Quantity)
		}
		summary = append(summary, text)
	}
	line := templates.OrderLine{
		ID: order.ID, URL: path(c, "orders", order.ID), Number: order.Number,
		Person: s.personName(c, order.Person.Name, order.Subscriber), Summary: strings.Join(summary, ", "),
		State: string(order.State), Total: order.Total, At: instant(order.PlacedAt),
	}
	if line.At.IsZero() && len(order.History) > 0 {
		line.At = order.History[0].At
	}
	return line
}

func (s *Console) order(c *gin.Context) error {
	page, err := s.orderPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) orderPage(c *gin.Context) (*templates.Order, error) {
	order, err := s.Shop.Order(c, accountID(c), c.Param("order"))
	if err != nil {
		return nil, err
	}
	base, err := s.base(c, "orders")
	if err != nil {
		return nil, err
	}
	page := &templates.Order{
		Base: base, Line: s.orderLine(c, order), Path: path(c, "orders", order.ID),
		Bought: web.Bought(order, func(product string) string { return path(c, "products", product) }),
		To:     deliveredTo(order.Delivery, web.Language(c)), PickedUp: order.PickedUp(), Note: order.Delivery.Note,
		Carrier: order.Carrier, Tracking: order.Tracking, Key: store.NewID(),
	}
	page.Bought.Refunded, page.Bought.Taxes = money.Of(order.Refunded, order.Total.Currency), web.TaxLines(order.TaxesKept())
	if page.Person, err = s.buyer(c, order); err != nil {
		return nil, err
	}
	if page.Payments, err = s.paymentLines(c, order); err != nil {
		return nil, err
	}
	names, err := s.memberNames(c)
	if err != nil {
		return nil, err
	}
	for _, change := range order.History {
		who := change.By
		if name := names[who]; name != "" {
			who = name
		}
		page.History = append(page.History, templates.HistoryLine{At: change.At,
			Text: s.word(c, "state", string(change.State)), Who: s.word(c, "by", who)})
	}
	page.SlipsURL = slipsPath(c, order)
	for _, note := range order.Notes {
		who := note.By
		if name := names[who]; name != "" {
			who = name
		}
		page.Notes = append(page.Notes, templates.NoteLine{Who: who, Text: note.Text, At: note.At})
	}
	if asked, err := s.Shop.Invoice(c, accountID(c), order.ID); err == nil {
		row := s.invoiceRow(c, asked)
		page.Invoice = &row
	} else if !errors.Is(err, shop.ErrNoInvoice) {
		return nil, err
	}
	page.Actions = s.orderActions(c, order)
	if order.Payment != "" {
		page.Refundable = money.Of(order.Total.Minor-order.Refunded, order.Total.Currency)
	}
	return page, nil
}

// buyer is the card of who ordered; members who may not see subscribers get
// what the order itself tells.
func (s *Console) buyer(c *gin.Context, order shop.Order) (templates.SubscriberCard, error) {
	if web.At(c).Access.May(account.ReadSubscribers) {
		return s.personCard(c, order.Subscriber)
	}
	return templates.SubscriberCard{ID: order.Subscriber, Name: s.personName(c, order.Person.Name, order.Subscriber), Channel: order.Person.Channel}, nil
}

// deliveredTo is where the goods go, line by line.
func deliveredTo(d shop.Delivery, language string) []string {
	if d.To != nil {
		return append(append([]string{d.To.Name, d.To.Phone}, d.To.Lines()...), address.CountryName(d.To.Country, language))
	}
	var lines []string
	for _, line := range []string{d.Name, d.Phone, d.Address} {
		if line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func (s *Console) paymentLines(c *gin.Context, order shop.Order) ([]templates.PaymentLine, error) {
	payments, err := s.Shop.Payments.Of(c, accountID(c), order.ID)
	var lines []templates.PaymentLine
	for _, p := range payments {
		lines = append(lines, templates.PaymentLine{Kind: "payment", Provider: p.Provider, State: string(p.State),
			Number: p.TradeNo, Amount: p.Amount, At: p.At})
		for _, refund := range p.RefundsInOrder() {
			line := templates.PaymentLine{Kind: "refund", Provider: p.Provider, State: refundState(refund.State),
				Number: refund.Number, Amount: money.Of(refund.Amount, p.Amount.Currency), At: refund.At}
			if refund.Reason != "" {
				line.Reason = s.fault(c, refund.Reason, "", refund.ReasonArgs)
			}
			lines = append(lines, line)
		}
	}
	return lines, err
}

// refundState is the state of a refund in the words of the page.
func refundState(state pay.RefundStatus) string {
	switch state {
	case pay.RefundSuccess:
		return "succeeded"
	case pay.RefundFailure:
		return "failed"
	}
	return "pending"
}

// orderActions are what the order's state and the member's role allow.
func (s *Console) orderActions(c *gin.Context, order shop.Order) []string {
	var actions []string
	access := web.At(c).Access
	add := func(action string, needs account.Permission, may bool) {
		if may && access.May(needs) {
			actions = append(actions, action)
		}
	}
	add("ship", account.WriteOrders, order.State.May(shop.Shipped) && order.NeedsHands())
	add("complete", account.WriteOrders, order.State == shop.Shipped || order.State == shop.Paid && (!order.NeedsHands() || order.PickedUp()))
	add("cancel", account.WriteOrders, order.State == shop.Placed)
	add("refund", account.Refund, order.State.May(shop.Refunding) && order.Total.Minor > order.Refunded)
	return actions
}

// changeOrder does one step of an order and leads back to it.
func (s *Console) changeOrder(c *gin.Context, action, said string, do func(account, order, by string) error) error {
	id := c.Param("order")
	err := s.audited(c, action, "order:"+id, func() error { return do(accountID(c), id, memberID(c)) })
	return s.done(c, path(c, "orders", id), said, err)
}

func (s *Console) shipOrder(c *gin.Context) error {
	return s.changeOrder(c, "order.shipped", "orders.done.shipped", func(account, order, by string) error {
		_, err := s.Shop.Ship(c, account, order, field(c, "carrier"), field(c, "tracking"), by)
		return err
	})
}

func (s *Console) completeOrder(c *gin.Context) error {
	return s.changeOrder(c, "order.completed", "orders.done.completed", func(account, order, by string) error {
		_, err := s.Shop.Complete(c, account, order, by)
		return err
	})
}

func (s *Console) cancelOrder(c *gin.Context) error {
	return s.changeOrder(c, "order.cancelled", "orders.done.cancelled", func(account, order, by string) error {
		_, err := s.Shop.Cancel(c, account, order, by)
		return err
	})
}

func (s *Console) refundOrder(c *gin.Context) error {
	return s.changeOrder(c, "order.refunded", "orders.done.refunded", func(id, order, by string) error {
		amount, err := money.Parse(field(c, "amount"), web.At(c).Account.Currency)
		if err != nil {
			return err
		}
		if amount.Minor <= 0 { // which the shop would read as all of it
			return shop.ErrRefundAmount.In("amount")
		}
		_, err = s.Shop.Refund(c, id, order, c.PostForm("key"), amount.Minor, field(c, "reason"), by)
		return err
	})
}
