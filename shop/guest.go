package shop

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/shop/address"
	"plaza/store"
)

// Guests gives links to people whom no page can know: each is good for one thing
// and for whoever has it. An empty link is for people who need none.
type Guests interface {
	Bill(ctx context.Context, person message.Person, order string, until time.Time) (link string, err error)
	Delivery(ctx context.Context, person message.Person, cart int64) (link string, err error)
	Goods(ctx context.Context, person message.Person, order string) (link string, err error)
}

// ErrCartChanged is the fault of an order of a cart that is no longer as it was
// when the link to order it was given.
var ErrCartChanged = fault.New(fault.Conflict, "cart_changed", "The cart has changed since. Please order again in the chat.")

// BillOf is the link by which a guest pays an order of a person; empty for
// people whom pages can know.
func (s *Service) BillOf(ctx context.Context, person message.Person, order Order) (string, error) {
	if s.Guests == nil {
		return "", nil
	}
	until := order.ExpiresAt
	if now := s.now(); until.Before(now) { // it only shows how it has ended
		until = now
	}
	return s.Guests.Bill(ctx, person, order.ID, until)
}

// orderPage is where a buyer sees their order; a guest sees its bill.
func (s *Service) orderPage(ctx context.Context, front Storefront, order Order) (string, error) {
	bill, err := s.BillOf(ctx, order.Person, order)
	return cmp.Or(bill, s.Links.Order(front.Slug, order.ID)), err
}

// goodsOf is the link by which a guest fetches what an order has given; empty for
// people whom pages can know, and where nothing is given.
func (s *Service) goodsOf(ctx context.Context, person message.Person, order Order) (string, error) {
	if s.Guests == nil || order.Handed != handed || !order.has(Digital) {
		return "", nil
	}
	return s.Guests.Goods(ctx, person, order.ID)
}

// deliveryLink is where a person says where their cart is to be delivered.
func (s *Service) deliveryLink(ctx context.Context, person message.Person, front Storefront, cart int64) (string, error) {
	if s.Guests == nil {
		return s.Links.Cart(front.Slug), nil
	}
	link, err := s.Guests.Delivery(ctx, person, cart)
	return cmp.Or(link, s.Links.Cart(front.Slug)), err
}

// GuestOrder is an order that is made of somebody's cart by a link, where nobody
// knows who has it open: what is saved for the person is neither used nor shown.
type GuestOrder struct {
	Cart     int64            // its version when the link was given
	To       *address.Address // nil: not said yet
	Shipping string           // empty: not chosen yet
}

func (g GuestOrder) key() string { return "chat-" + strconv.FormatInt(g.Cart, 10) }

// GuestCart shows what an order by a link would be. Errors: ErrCartChanged,
// ErrCartEmpty.
func (s *Service) GuestCart(ctx context.Context, person message.Person, asked GuestOrder) (CartView, error) {
	cart, err := carts.In(s.DB, person.Account).Get(ctx, person.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return CartView{}, ErrCartEmpty
	case err != nil:
		return CartView{}, err
	case cart.Version != asked.Cart:
		return CartView{}, ErrCartChanged
	}
	return s.price(ctx, person, asked.of(cart))
}

// of is the cart as the link orders it.
func (g GuestOrder) of(cart Cart) basket {
	return basket{lines: cart.Lines, coupon: cart.Coupon, shipping: g.Shipping, guest: true, to: g.To}
}

// GuestCheckout makes the order, once: pressing the chat's own button, before or
// after, gives the same one. Errors: those of Checkout and GuestCart.
func (s *Service) GuestCheckout(ctx context.Context, person message.Person, asked GuestOrder) (Order, error) {
	made, err := s.GuestMade(ctx, person, asked.Cart)
	if !errors.Is(err, ErrNoOrder) {
		return answered(made, err)
	}
	return s.Checkout(ctx, person, CheckoutRequest{Key: asked.key(), guest: &asked})
}

// GuestMade is the order that was made of a version of a cart. Errors: ErrNoOrder.
func (s *Service) GuestMade(ctx context.Context, person message.Person, cart int64) (Order, error) {
	made, err := checkouts.In(s.DB, person.Account).Get(ctx, person.ID+"/"+GuestOrder{Cart: cart}.key())
	if errors.Is(err, store.ErrNotFound) {
		return Order{}, ErrNoOrder
	}
	if err != nil {
		return Order{}, err
	}
	return s.Order(ctx, person.Account, made.Order)
}
