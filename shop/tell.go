package shop

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"plaza/live"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// tell says to the customer and to the pages whatever has not been said yet.
// What could be said is taken off the list; the rest is tried again later.
func (s *Service) tell(ctx context.Context, order Order) (Order, error) {
	for _, entry := range order.Tell {
		if err := s.say(ctx, order, entry); err != nil {
			return order, err
		}
	}
	if len(order.Tell) == 0 {
		return order, nil
	}
	var update store.Update
	said := make([]store.Operation, 0, len(order.Tell))
	for _, entry := range order.Tell {
		update = store.Pull("tell", entry)
		said = append(said, orders.In(s.DB, order.Account).Updating(order.ID, update))
	}
	if _, err := s.DB.Apply(ctx, said...); err != nil {
		return order, err
	}
	return s.Order(ctx, order.Account, order.ID)
}

// say says one thing. The message has a key, so that saying it again after a
// crash sends it once; a repeated event on a page does no harm.
func (s *Service) say(ctx context.Context, order Order, entry string) error {
	if err := s.Log.Append(ctx, s.event(order, entry)); err != nil {
		return err
	}
	out, ok, err := s.words(ctx, order, entry)
	if err != nil || !ok {
		return err
	}
	err = s.Sender.Send(ctx, order.Person, "order:"+order.ID+":"+entry, out...)
	if _, refused := asFault(err); refused {
		// They have left, or their messenger takes nothing more. Their order
		// page shows the same.
		s.Logger.InfoContext(ctx, "shop: customer cannot be told", "order", order.ID, "step", entry, "error", err)
		return nil
	}
	return err
}

// event tells the pages which order has changed, and how.
func (s *Service) event(order Order, entry string) live.Event {
	data, err := json.Marshal(map[string]any{
		"id": order.ID, "number": order.Number, "state": order.State, "step": entry,
		"total": order.Total, "subscriber": order.Subscriber, "name": order.Person.Name,
	})
	if err != nil {
		panic("shop: an order's event is not JSON: " + err.Error()) // strings and numbers only
	}
	kind := "order.changed"
	if entry == string(Paid) || strings.Contains(entry, "refund") || strings.HasPrefix(entry, "returned:") {
		kind = "payment.changed"
	}
	topics := []string{"orders", "overview", "chat:" + order.Subscriber}
	return live.Event{Account: order.Account, Topics: topics, Kind: kind, Data: data}
}

// words are what the customer hears about a step; nothing about some.
func (s *Service) words(ctx context.Context, order Order, entry string) ([]message.Outbound, bool, error) {
	front, err := s.Directory.Storefront(ctx, order.Account)
	if err != nil {
		return nil, false, err
	}
	language := order.Person.Language
	text := func(key string, args ...any) []message.Outbound {
		return []message.Outbound{message.Text(s.Texts.Text(language, key, args...))}
	}
	step, number, _ := strings.Cut(entry, ":")
	switch step {
	case string(Placed):
		if order.InChat {
			return nil, false, nil
		}
		out, err := s.placedWords(ctx, front, order)
		return out, true, err
	case string(Paid):
		if order.Payment == "" && order.Total.Minor > 0 {
			return nil, false, nil
		}
		if order.Refunded > 0 || order.paidBefore() {
			return nil, false, nil
		}
		receipt, err := s.receipt(ctx, front, order, language)
		return []message.Outbound{receipt}, true, err
	case string(handed):
		out, err := s.handedWords(ctx, front, order)
		return out, order.Handed == handed, err
	case "unbooked":
		line, err := strconv.Atoi(number)
		if err != nil || line >= len(order.Lines) {
			return nil, false, err
		}
		return text("shop.unbooked", order.Lines[line].Title()), true, nil
	case string(Shipped):
		if order.Carrier == "" && order.Tracking == "" {
			return text("shop.shipped", order.Number), !order.shippedBefore(), nil
		}
		return text("shop.shipped_by", order.Number, order.Carrier, order.Tracking), !order.shippedBefore(), nil
	case string(Cancelled):
		return text("shop.cancelled", order.Number), true, nil
	case string(Expired):
		return text("shop.expired", order.Number), true, nil
	case "returned":
		return text("shop.money_returned", order.Number), true, nil
	case "refund":
		payment, err := s.Payments.Get(ctx, order.Account, order.Payment)
		if err != nil {
			return nil, false, err
		}
		payment.Payer.Language = language
		refund := payment.Refunds[number]
		told, err := s.Payments.TellRefunded(ctx, payment, refund,
			s.Texts.Text(language, "shop.refunded", order.Number, money.Of(refund.AskedFor(), order.Total.Currency)))
		return []message.Outbound{told}, true, err
	}
	return nil, false, nil
}

// handedWords say that what nobody sends is there. Keys are not among them: the
// conversation is read by the shop's members, the order's page by the buyer alone.
func (s *Service) handedWords(ctx context.Context, front Storefront, order Order) ([]message.Outbound, error) {
	language := order.Person.Language
	var lines []string
	for _, line := range order.Lines {
		if line.Slot != nil {
			lines = append(lines, s.Texts.Text(language, "shop.booked", line.Title()))
		}
	}
	if order.has(Digital) {
		lines = append(lines, s.Texts.Text(language, "shop.given", order.Number))
	}
	page, err := s.goodsOf(ctx, order.Person, order)
	if err == nil && page == "" {
		page, err = s.orderPage(ctx, front, order)
	}
	return []message.Outbound{message.Choice(strings.Join(lines, "\n"),
		message.Button{Label: s.Texts.Text(language, "shop.button.order", order.Number), URL: page})}, err
}

// paidBefore and shippedBefore tell a return from Refunding from the first time.
func (o Order) paidBefore() bool    { return o.times(Paid) > 1 }
func (o Order) shippedBefore() bool { return o.times(Shipped) > 1 }

func (o Order) times(state OrderState) int {
	count := 0
	for _, change := range o.History {
		if change.State == state {
			count++
		}
	}
	return count
}

func (s *Service) placedWords(ctx context.Context, front Storefront, order Order) ([]message.Outbound, error) {
	language := order.Person.Language
	receipt, err := s.receipt(ctx, front, order, language)
	return []message.Outbound{
		receipt,
		message.Choice(s.Texts.Text(language, "shop.please_pay", order.Total, int(s.Expiry.Minutes())),
			s.payButton(order, language), s.cancelButton(order, language)),
	}, err
}

// receipt shows an order with its lines.
func (s *Service) receipt(ctx context.Context, front Storefront, order Order, language string) (message.Outbound, error) {
	page, err := s.orderPage(ctx, front, order)
	if err != nil {
		return message.Outbound{}, err
	}
	receipt := &message.Receipt{
		Title:  s.Texts.Text(language, "shop.receipt_title", front.in(language)),
		Number: order.Number, State: s.Texts.Text(language, "shop.state."+string(order.State)),
		Total: order.Total, URL: page,
	}
	for _, line := range order.Lines {
		receipt.Lines = append(receipt.Lines, message.ReceiptLine{Name: line.Title(), Quantity: line.Quantity, Amount: line.Amount})
	}
	if order.Discount.Minor > 0 {
		receipt.Lines = append(receipt.Lines, message.ReceiptLine{
			Name: s.Texts.Text(language, "shop.discount", order.Coupon), Amount: order.Discount.Negative()})
	}
	if order.Shipping != nil {
		receipt.Lines = append(receipt.Lines, message.ReceiptLine{
			Name: s.Texts.Text(language, "shop.shipping", order.Shipping.Name), Amount: order.Shipping.Cost})
	}
	for _, line := range order.Taxes {
		receipt.Lines = append(receipt.Lines, message.ReceiptLine{Name: s.Texts.Text(language, "shop.tax", line.Rate), Amount: line.Tax})
	}
	return message.Outbound{Form: message.ReceiptForm, Receipt: receipt}, nil
}

// Receipt shows an order as the message that its buyer gets.
func (s *Service) Receipt(ctx context.Context, order Order, language string) (message.Outbound, error) {
	front, err := s.Directory.Storefront(ctx, order.Account)
	if err != nil {
		return message.Outbound{}, err
	}
	return s.receipt(ctx, front, order, language)
}
