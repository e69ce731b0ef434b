package shop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/shop/pay/ledger"
	"plaza/store"
)

// Bounds of answers.
const (
	cardsShown  = 6
	ordersShown = 5
	searched    = 200 // products looked through for a name
	menuLife    = 30 * time.Minute
)

// menu is what the shop last offered to somebody: the buttons, which "2" names
// where a messenger has none, and the language they were in.
type menu struct {
	Payloads []string  `bson:"payloads"`
	Language string    `bson:"language"`
	Until    time.Time `bson:"until"` // how long numbers work
}

// Answer is the shop's part of the conversation: buttons whose payload begins
// with "shop:", and the words of words.go. Anything else, and anything but a
// button in an account that sells nothing, is not handled. A Chinese or a
// Korean word is answered in its language, which stays; others in the person's.
func (s *Service) Answer(ctx context.Context, person message.Person, in message.Inbound) (answer []message.Outbound, handled bool, err error) {
	payload, language, err := s.meaning(ctx, person, in)
	if err != nil {
		return nil, false, err
	}
	action, ok := strings.CutPrefix(payload, "shop:")
	if !ok {
		return nil, false, nil
	}
	name, argument, _ := strings.Cut(action, ":")
	act, ok := actions[name]
	if !ok {
		return nil, false, nil
	}
	person.Language = message.AnswerIn(language, person.Language)
	answer, err = act(s, ctx, person, argument)
	if err != nil {
		answer, err = s.sorry(person, err)
	}
	if err == nil {
		err = s.remember(ctx, person, answer)
	}
	return answer, err == nil, err
}

// Wants says at a glance whether a message may be for the shop.
func (s *Service) Wants(in message.Inbound) bool {
	switch in.Kind {
	case message.Press:
		return strings.HasPrefix(in.Payload, "shop:")
	case message.TextIn:
		_, ok := parse(in.Text)
		return ok
	}
	return false
}

// meaning turns a message into a payload and the language it speaks; an empty
// payload if it is not for the shop.
func (s *Service) meaning(ctx context.Context, person message.Person, in message.Inbound) (payload, language string, err error) {
	switch in.Kind {
	case message.Press:
		if !strings.HasPrefix(in.Payload, "shop:") {
			return "", "", nil
		}
		offered, err := s.offered(ctx, person)
		return in.Payload, offered.Language, err
	case message.TextIn:
		asked, ok := parse(in.Text)
		if !ok {
			return "", "", nil
		}
		if asked.verb == pick {
			offered, err := s.offered(ctx, person)
			if err != nil || asked.quantity > len(offered.Payloads) {
				return "", "", err
			}
			return offered.Payloads[asked.quantity-1], offered.Language, nil
		}
		payload, err := s.asPayload(ctx, person, asked)
		return payload, asked.language, err
	}
	return "", "", nil
}

// asPayload turns words into the button that means the same; into none in an
// account that sells nothing.
func (s *Service) asPayload(ctx context.Context, person message.Person, asked command) (string, error) {
	_, err := products.In(s.DB, person.Account).First(ctx, store.Where(store.Eq("state", Active)).By("position"))
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if asked.verb == buy && asked.what != "" {
		return fmt.Sprintf("shop:find:%d:%s", asked.quantity, asked.what), err
	}
	name := map[verb]string{browse: "list", buy: "list", showCart: "cart", checkout: "checkout",
		myOrders: "orders", payNow: "pay", balance: "balance", myBookings: "bookings",
		splitUp: "split", askFriend: "ask"}[asked.verb]
	return "shop:" + name, err
}

type action func(s *Service, ctx context.Context, person message.Person, argument string) ([]message.Outbound, error)

// actions are what the payloads "shop:<name>:<argument>" do.
var actions = map[string]action{
	"list":     (*Service).answerList,
	"find":     (*Service).answerFind,
	"product":  (*Service).answerProduct,
	"buy":      (*Service).answerBuy,
	"cart":     (*Service).answerCart,
	"remove":   (*Service).answerRemove,
	"clear":    (*Service).answerClear,
	"checkout": (*Service).answerCheckout,
	"orders":   (*Service).answerOrders,
	"order":    (*Service).answerOrder,
	"pay":      (*Service).answerPay,
	"confirm":  (*Service).answerConfirm,
	"cancel":   (*Service).answerCancel,
	"balance":  (*Service).answerBalance,
	"book":     (*Service).answerBook,
	"bookings": (*Service).answerBookings,
	"split":    leadTo("shop.split", "shop.button.split", "/split"),
	"ask":      leadTo("shop.ask", "shop.button.ask", "/friends"),
}

// sorry turns a fault into a sentence. Other errors stay errors.
func (s *Service) sorry(person message.Person, err error) ([]message.Outbound, error) {
	refused, ok := asFault(err)
	if !ok {
		return nil, err
	}
	key := "fault." + refused.Code
	text := s.Texts.Text(person.Language, key, refused.Args...)
	if text == key {
		text = refused.Text
	}
	if errors.Is(err, ledger.ErrInsufficient) {
		return []message.Outbound{message.Choice(text+"\n"+s.Texts.Text(person.Language, "shop.top_up_hint"),
			s.button(person, "shop.button.balance", "balance"), s.button(person, "shop.button.orders", "orders"))}, nil
	}
	return []message.Outbound{message.Choice(text, s.button(person, "shop.button.shop", "list"),
		s.button(person, "shop.button.cart", "cart"))}, nil
}

func (s *Service) button(person message.Person, key, payload string, args ...any) message.Button {
	return message.Button{Label: s.Texts.Text(person.Language, key, args...), Payload: "shop:" + payload}
}

// remember numbers the buttons of an answer, and keeps what each number means.
func (s *Service) remember(ctx context.Context, person message.Person, answer []message.Outbound) error {
	offered := menu{Language: person.Language, Until: s.in(menuLife)}
	number := func(buttons []message.Button) {
		for i := range buttons {
			if buttons[i].Payload != "" {
				offered.Payloads = append(offered.Payloads, buttons[i].Payload)
				buttons[i].Say = fmt.Sprint(len(offered.Payloads))
			}
		}
	}
	for _, out := range answer {
		for _, card := range out.Cards {
			number(card.Buttons)
		}
		number(out.Buttons)
	}
	if len(offered.Payloads) == 0 {
		return nil
	}
	_, err := carts.In(s.DB, person.Account).Upsert(ctx, person.ID,
		store.Set("menu", offered).Set("expires_at", s.in(cartLife)).Inc("version", 0))
	return err
}

// offered is the last menu, or an empty one if it is too old.
func (s *Service) offered(ctx context.Context, person message.Person) (menu, error) {
	cart, err := carts.In(s.DB, person.Account).Get(ctx, person.ID)
	if errors.Is(err, store.ErrNotFound) || (err == nil && !s.now().Before(cart.Menu.Until)) {
		return menu{}, nil
	}
	return cart.Menu, err
}

func (s *Service) payButton(order Order, language string) message.Button {
	return s.button(message.Person{Language: language}, "shop.button.pay", "pay:"+order.ID, order.Total)
}

func (s *Service) cancelButton(order Order, language string) message.Button {
	return s.button(message.Person{Language: language}, "shop.button.cancel", "cancel:"+order.ID)
}

func (s *Service) answerOrders(ctx context.Context, person message.Person, _ string) ([]message.Outbound, error) {
	found, _, err := s.OrdersOf(ctx, person, ordersShown, "")
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.no_orders"),
			s.button(person, "shop.button.shop", "list"))}, nil
	}
	lines := []string{s.Texts.Text(person.Language, "shop.your_orders")}
	var buttons []message.Button
	for _, order := range found {
		lines = append(lines, fmt.Sprintf("%s  %s  %s", order.Number, order.Total.In(person.Language),
			s.Texts.Text(person.Language, "shop.state."+string(order.State))))
		buttons = append(buttons, message.Button{Label: order.Number, Payload: "shop:order:" + order.ID})
	}
	return []message.Outbound{message.Choice(strings.Join(lines, "\n"), buttons...)}, nil
}

func (s *Service) answerOrder(ctx context.Context, person message.Person, id string) ([]message.Outbound, error) {
	order, err := s.OrderOf(ctx, person, id)
	if err != nil {
		return nil, err
	}
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return nil, err
	}
	receipt, err := s.receipt(ctx, front, order, person.Language)
	if err != nil {
		return nil, err
	}
	answer := []message.Outbound{receipt}
	if order.State == Shipped && order.Tracking != "" {
		answer = append(answer, message.Text(s.Texts.Text(person.Language, "shop.shipped_by", order.Number, order.Carrier, order.Tracking)))
	}
	if order.State == Placed {
		answer = append(answer, message.Choice(s.Texts.Text(person.Language, "shop.not_paid_yet"),
			s.payButton(order, person.Language), s.cancelButton(order, person.Language)))
	}
	goods, err := s.goodsOf(ctx, person, order)
	if goods != "" {
		answer = append(answer, message.Choice(s.Texts.Text(person.Language, "shop.given", order.Number),
			message.Button{Label: s.Texts.Text(person.Language, "shop.button.goods"), URL: goods}))
	}
	return answer, err
}

// answerPay asks for the yes. Without an order named it is the latest unpaid.
func (s *Service) answerPay(ctx context.Context, person message.Person, id string) ([]message.Outbound, error) {
	if id == "" {
		found, _, err := s.OrdersOf(ctx, person, ordersShown, "")
		if err != nil {
			return nil, err
		}
		for _, order := range found {
			if order.State == Placed {
				id = order.ID
				break
			}
		}
		if id == "" {
			return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.nothing_to_pay"),
				s.button(person, "shop.button.cart", "cart"), s.button(person, "shop.button.orders", "orders"))}, nil
		}
	}
	payment, link, err := s.payInChat(ctx, person, id)
	if err != nil {
		return nil, err
	}
	page := message.Button{Label: s.Texts.Text(person.Language, "shop.button.pay_page"), URL: link}
	switch {
	case payment.State == pay.Paid:
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "shop.paid_already"))}, nil
	case payment.Step.Kind != pay.ConfirmStep:
		return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.pay_there", payment.Amount), page)}, nil
	}
	have, err := s.Balances.Balance(ctx, person, payment.Amount.Currency)
	if err != nil {
		return nil, err
	}
	if have.Minor < payment.Amount.Minor {
		text := s.Texts.Text(person.Language, "shop.balance_short", payment.Amount, have) + "\n" + s.Texts.Text(person.Language, "shop.top_up_hint")
		if link != s.Links.Pay(payment.TradeNo) { // nobody tops a balance up on a guest's page
			text = s.Texts.Text(person.Language, "shop.pay_there", payment.Amount)
		}
		return []message.Outbound{message.Choice(text, page, s.button(person, "shop.button.cancel", "cancel:"+id))}, nil
	}
	return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.confirm_balance", payment.Amount, have),
		s.button(person, "shop.button.confirm", "confirm:"+payment.TradeNo, payment.Amount), page)}, nil
}

// payInChat asks for an order's money, and gives the page where it can be paid.
func (s *Service) payInChat(ctx context.Context, person message.Person, id string) (payment pay.Payment, page string, err error) {
	order, err := s.OrderOf(ctx, person, id)
	if err != nil {
		return payment, "", err
	}
	bill, err := s.BillOf(ctx, person, order)
	if err != nil {
		return payment, "", err
	}
	payment, err = s.Pay(ctx, person, id, pay.Way{Scene: pay.InMessenger, Page: bill})
	return payment, cmp.Or(bill, s.Links.Pay(payment.TradeNo)), err
}

func (s *Service) answerConfirm(ctx context.Context, person message.Person, tradeNo string) ([]message.Outbound, error) {
	payment, err := s.Confirm(ctx, person, tradeNo, nil)
	if errors.Is(err, pay.ErrProofNeeded) || errors.Is(err, pay.ErrNoProof) {
		// A PIN is typed on the page and never said in a chat, where it would stay.
		return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.prove"),
			message.Button{Label: s.Texts.Text(person.Language, "shop.button.pay_page"), URL: s.Links.Prove(tradeNo)})}, nil
	}
	if err != nil {
		return nil, err
	}
	switch {
	case payment.State == pay.Paid && payment.Unwanted:
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "shop.too_late_returned"))}, nil
	case payment.State == pay.Paid:
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "shop.paid", payment.Amount))}, nil
	case payment.State == pay.Failed:
		return nil, ledger.ErrInsufficient
	}
	return nil, pay.ErrPaymentOver
}

func (s *Service) answerCancel(ctx context.Context, person message.Person, id string) ([]message.Outbound, error) {
	order, err := s.CancelOwn(ctx, person, id)
	if err != nil {
		return nil, err
	}
	if order.State == Cancelled {
		// The message about it comes with the change of state.
		return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.cancel_done"),
			s.button(person, "shop.button.shop", "list"))}, nil
	}
	return s.answerOrder(ctx, person, id)
}

func (s *Service) answerBalance(ctx context.Context, person message.Person, _ string) ([]message.Outbound, error) {
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return nil, err
	}
	have, err := s.Balances.Balance(ctx, person, front.Currency)
	if err != nil {
		return nil, err
	}
	page := func(key, path string) message.Button { return s.walletButton(person, front, key, path) }
	return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.balance", have),
		page("shop.button.wallet", ""), page("shop.button.pay_code", "/code"), page("shop.button.top_up", "/top-up"))}, nil
}
