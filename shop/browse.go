package shop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"plaza/message"
	"plaza/store"
)

// card shows a product with a button to buy it.
func (s *Service) card(front Storefront, offer Offer, language string) message.Card {
	person := message.Person{Language: language}
	price := offer.Price
	card := message.Card{Title: offer.Name(language), Text: short(offer.Description(language), 120),
		URL: s.Links.Product(front.Slug, offer.ID), Price: &price}
	if len(offer.Pictures) > 0 {
		card.Image = s.Links.Picture(offer.Pictures[0])
	}
	switch {
	case offer.SoldOut():
		card.Text = strings.TrimSpace(s.Texts.Text(language, "shop.sold_out") + " " + card.Text)
	case offer.Is(Booking):
		card.Buttons = append(card.Buttons, s.button(person, "shop.button.time", "product:"+offer.ID))
	case len(offer.Variants) == 1:
		card.Buttons = append(card.Buttons, s.button(person, "shop.button.buy", "buy:"+offer.Variants[0].ID))
	default:
		card.Buttons = append(card.Buttons, s.button(person, "shop.button.choose", "product:"+offer.ID))
	}
	return card
}

// short cuts a text between characters.
func short(text string, runes int) string {
	if utf8.RuneCountInString(text) <= runes {
		return text
	}
	return string([]rune(text)[:runes-1]) + "…"
}

// answerList shows a page of the catalogue; the argument is where to go on.
func (s *Service) answerList(ctx context.Context, person message.Person, after string) ([]message.Outbound, error) {
	offers, next, err := s.Offers(ctx, person.Account, "", cardsShown, store.Cursor(after))
	if errors.Is(err, store.ErrCursor) { // from a button of an older version
		offers, next, err = s.Offers(ctx, person.Account, "", cardsShown, "")
	}
	if err != nil {
		return nil, err
	}
	if len(offers) == 0 {
		return []message.Outbound{message.Text(s.Texts.Text(person.Language, "shop.nothing_on_sale"))}, nil
	}
	return s.showOffers(ctx, person, offers, next)
}

func (s *Service) showOffers(ctx context.Context, person message.Person, offers []Offer, next store.Cursor) ([]message.Outbound, error) {
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return nil, err
	}
	cards := make([]message.Card, len(offers))
	for i, offer := range offers {
		cards[i] = s.card(front, offer, person.Language)
	}
	answer := []message.Outbound{{Form: message.CardsForm, Cards: cards}}
	if len(cards) == 1 {
		answer = []message.Outbound{message.OneCard(cards[0])}
	}
	buttons := []message.Button{s.button(person, "shop.button.cart", "cart")}
	if next != "" {
		buttons = append([]message.Button{s.button(person, "shop.button.more", "list:"+string(next))}, buttons...)
	}
	return append(answer, message.Choice(s.Texts.Text(person.Language, "shop.what_next"), buttons...)), nil
}

// answerFind buys by name: "<quantity>:<name>". One match is bought, several
// are shown.
func (s *Service) answerFind(ctx context.Context, person message.Person, argument string) ([]message.Outbound, error) {
	said, what, _ := strings.Cut(argument, ":")
	quantity, err := strconv.Atoi(said)
	if err != nil {
		return nil, ErrQuantity
	}
	matches, err := s.find(ctx, person.Account, what)
	if err != nil {
		return nil, err
	}
	switch {
	case len(matches) == 0:
		return []message.Outbound{message.Choice(s.Texts.Text(person.Language, "shop.not_found", short(what, 40)),
			s.button(person, "shop.button.shop", "list"))}, nil
	case len(matches) > 1:
		return s.showOffers(ctx, person, matches[:min(len(matches), cardsShown)], "")
	case len(matches[0].Variants) > 1, matches[0].Is(Booking):
		return s.answerProduct(ctx, person, matches[0].ID)
	}
	return s.put(ctx, person, matches[0].Variants[0].ID, quantity)
}

// find looks for products by name in any language: equal names first, else
// those that contain what was said.
func (s *Service) find(ctx context.Context, account, what string) ([]Offer, error) {
	offers, _, err := s.Offers(ctx, account, "", searched, "")
	if err != nil {
		return nil, err
	}
	what = tidy(what)
	var equal, containing []Offer
	for _, offer := range offers {
		best := 0
		for _, name := range offer.Names {
			switch name = tidy(name); {
			case name == what:
				best = 2
			case strings.Contains(name, what):
				best = max(best, 1)
			}
		}
		switch best {
		case 2:
			equal = append(equal, offer)
		case 1:
			containing = append(containing, offer)
		}
	}
	if len(equal) > 0 {
		return equal, nil
	}
	return containing, nil
}

// answerProduct shows a product with its choices.
func (s *Service) answerProduct(ctx context.Context, person message.Person, id string) ([]message.Outbound, error) {
	offer, err := s.Offer(ctx, person.Account, id)
	if err != nil {
		return nil, err
	}
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return nil, err
	}
	card := s.card(front, offer, person.Language)
	card.Buttons = nil
	if offer.Is(Booking) {
		return s.offerTimes(ctx, person, front, offer, card)
	}
	var choices []message.Button
	for _, variant := range offer.Variants {
		if offer.Available[variant.ID] > 0 {
			label := strings.TrimSpace(variant.Label(person.Language) + " " + variant.Price.In(person.Language))
			choices = append(choices, message.Button{Label: label, Payload: "shop:buy:" + variant.ID})
		}
	}
	if len(choices) == 0 {
		return []message.Outbound{message.OneCard(card)}, nil
	}
	return []message.Outbound{message.OneCard(card), message.Choice(s.Texts.Text(person.Language, "shop.choose"), choices...)}, nil
}

// offerTimes shows what can be booked next.
func (s *Service) offerTimes(ctx context.Context, person message.Person, front Storefront, offer Offer, card message.Card) ([]message.Outbound, error) {
	times, err := s.slotButtons(ctx, offer, front)
	if err != nil {
		return nil, err
	}
	text := "shop.choose_time"
	if len(times) == 0 {
		text = "shop.no_times"
	}
	times = append(times, message.Button{Label: s.Texts.Text(person.Language, "shop.button.times"), URL: s.Links.Product(front.Slug, offer.ID)})
	return []message.Outbound{message.OneCard(card), message.Choice(s.Texts.Text(person.Language, text), times...)}, nil
}

func (s *Service) answerBuy(ctx context.Context, person message.Person, variant string) ([]message.Outbound, error) {
	offer, _, err := s.variantOnSale(ctx, person.Account, variant)
	if err == nil && offer.Is(Booking) {
		return s.answerProduct(ctx, person, offer.ID)
	}
	if err != nil {
		return nil, err
	}
	return s.put(ctx, person, variant, 1)
}

// put adds to the cart.
func (s *Service) put(ctx context.Context, person message.Person, variant string, quantity int) ([]message.Outbound, error) {
	cart, err := s.AddToCart(ctx, person, variant, quantity)
	if err != nil {
		return nil, err
	}
	return s.added(ctx, person, cart, variant, quantity)
}

// added says what is in the cart now, by its key, and how it goes on.
func (s *Service) added(ctx context.Context, person message.Person, cart Cart, key string, quantity int) ([]message.Outbound, error) {
	view, err := s.price(ctx, person, cart.basket())
	if err != nil {
		return nil, err
	}
	name, pieces := "", 0
	for _, line := range view.Lines {
		pieces += line.Quantity
		if line.Key() == key {
			name = line.Name
			if line.Slot != nil {
				name = OrderLine{Name: line.Name, Label: line.Label}.Title()
			}
		}
	}
	text := "shop.added"
	if pieces != quantity {
		text = "shop.added_more"
	}
	return []message.Outbound{message.Choice(s.Texts.Text(person.Language, text, name, quantity, view.Total, pieces),
		s.button(person, "shop.button.checkout", fmt.Sprintf("checkout:%d", cart.Version)),
		s.button(person, "shop.button.cart", "cart"), s.button(person, "shop.button.shop", "list"))}, nil
}

func (s *Service) answerCart(ctx context.Context, person message.Person, _ string) ([]message.Outbound, error) {
	view, err := s.Cart(ctx, person)
	if err != nil {
		return nil, err
	}
	if len(view.Lines) == 0 {
		return nil, ErrCartEmpty
	}
	lines := []string{s.Texts.Text(person.Language, "shop.in_cart")}
	var buttons []message.Button
	for _, line := range view.Lines {
		title := OrderLine{Name: line.Name, Label: line.Label}.Title()
		lines = append(lines, fmt.Sprintf("%d × %s  %s", line.Quantity, title, line.Amount.In(person.Language)))
		if len(view.Lines) <= 5 {
			buttons = append(buttons, s.button(person, "shop.button.remove", "remove:"+line.Key(), title))
		}
	}
	if view.Discount.Minor > 0 {
		lines = append(lines, s.Texts.Text(person.Language, "shop.discount", view.Coupon)+"  "+view.Discount.Negative().In(person.Language))
	}
	if way, chosen := view.Way(); chosen {
		lines = append(lines, s.Texts.Text(person.Language, "shop.shipping", way.Name(person.Language))+"  "+way.Cost.In(person.Language))
	}
	lines = append(lines, s.Texts.Text(person.Language, "shop.total", view.Total))
	for _, line := range view.Taxes {
		lines = append(lines, s.Texts.Text(person.Language, "shop.tax", line.Rate)+"  "+line.Tax.In(person.Language))
	}
	buttons = append([]message.Button{s.button(person, "shop.button.checkout", "checkout"),
		s.button(person, "shop.button.clear", "clear")}, buttons...)
	return []message.Outbound{message.Choice(strings.Join(lines, "\n"), buttons...)}, nil
}

func (s *Service) answerRemove(ctx context.Context, person message.Person, variant string) ([]message.Outbound, error) {
	if _, err := s.SetInCart(ctx, person, variant, 0); err != nil {
		return nil, err
	}
	return s.answerCart(ctx, person, "")
}

func (s *Service) answerClear(ctx context.Context, person message.Person, _ string) ([]message.Outbound, error) {
	if err := s.ClearCart(ctx, person); err != nil {
		return nil, err
	}
	return nil, ErrCartEmpty
}

// answerCheckout orders the cart as it was at a version: pressing the button
// twice orders once. Behind the version may stand how it is to be delivered;
// where there is a choice and none was made, it asks.
func (s *Service) answerCheckout(ctx context.Context, person message.Person, argument string) ([]message.Outbound, error) {
	version, method, _ := strings.Cut(argument, ":")
	if version == "" {
		cart, err := carts.In(s.DB, person.Account).Get(ctx, person.ID)
		if err != nil {
			return nil, ErrCartEmpty
		}
		version = strconv.FormatInt(cart.Version, 10)
	}
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return nil, err
	}
	request := CheckoutRequest{Key: "chat-" + version, Shipping: method, InChat: true}
	if question, err := s.askDelivery(ctx, person, front, request); err != nil || question != nil {
		return question, err
	}
	order, err := s.Checkout(ctx, person, request)
	if err != nil {
		return nil, err
	}
	if order.State != Placed {
		return s.answerOrder(ctx, person, order.ID)
	}
	order.Person.Language = person.Language
	return s.placedWords(ctx, front, order)
}

// askDelivery asks how, or where to, an order is to be delivered, unless it is
// known or the order has been placed already. An address is typed on a page: it
// has more parts than a chat asks for with grace.
func (s *Service) askDelivery(ctx context.Context, person message.Person, front Storefront, request CheckoutRequest) ([]message.Outbound, error) {
	_, err := checkouts.In(s.DB, person.Account).Get(ctx, person.ID+"/"+request.Key)
	if !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	cart, err := carts.In(s.DB, person.Account).Get(ctx, person.ID)
	if err != nil {
		return nil, ErrCartEmpty
	}
	wanted := cart.basket()
	wanted.shipping = cmp.Or(request.Shipping, wanted.shipping)
	view, err := s.price(ctx, person, wanted)
	if err != nil {
		return nil, err
	}
	way, chosen := view.Way()
	if !chosen || view.DeliveryFault == nil && (len(view.Ways) == 1 || way.ID == wanted.shipping) {
		return nil, nil
	}
	var buttons []message.Button
	needed := false
	for _, way := range view.Ways {
		if way.NeedsAddress() && view.To == nil {
			needed = true
			continue
		}
		buttons = append(buttons, message.Button{Label: way.Name(person.Language) + " " + way.Cost.In(person.Language),
			Payload: "shop:checkout:" + strings.TrimPrefix(request.Key, "chat-") + ":" + way.ID})
	}
	text := s.Texts.Text(person.Language, "shop.how_delivered")
	if needed {
		if text = s.Texts.Text(person.Language, "shop.where_delivered"); len(buttons) > 0 { // what needs no address
			text = s.Texts.Text(person.Language, "shop.how_or_where_delivered")
		}
		link, err := s.deliveryLink(ctx, person, front, cart.Version)
		if err != nil {
			return nil, err
		}
		buttons = append(buttons, message.Button{Label: s.Texts.Text(person.Language, "shop.button.address"), URL: link})
	}
	if view.To != nil {
		text += "\n" + view.To.Name + ", " + view.To.String()
	}
	return []message.Outbound{message.Choice(text, buttons...)}, nil
}
