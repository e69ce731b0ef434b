package shop

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"plaza/message"
	"plaza/store"
)

// checkoutRecord ties a buyer's checkout key to the order it made.
type checkoutRecord struct {
	ID        string    `bson:"_id"` // subscriber id + "/" + key
	Account   string    `bson:"account"`
	Order     string    `bson:"order"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var checkouts = store.Declare[checkoutRecord](store.Schema{Name: "checkouts", ExpiresAt: "expires_at"})

// checkoutMemory is how long a checkout key leads to the same order.
const checkoutMemory = 7 * 24 * time.Hour

// CheckoutRequest orders something.
type CheckoutRequest struct {
	Key      string     // chosen by the client; the same key again gives the same order
	Lines    []CartLine // what to order; nil: what is in the cart, with its coupon
	Coupon   string     // with Lines
	Delivery Delivery   // its address only where no other is chosen
	// Shipping and Address are ids of what is chosen; empty: what the cart says.
	Shipping, Address string
	InChat            bool // the caller shows the placed order itself: no message about it
	guest             *GuestOrder
}

// Checkout places an order: written down first, then its stock reserved line by
// line, then placed. A crash in between is undone by Recover. Errors:
// ErrCartEmpty, ErrSoldOut, ErrQuantity, the coupon's faults, ErrAddressNeeded,
// ErrNotDelivered, ErrTooManyUnpaid, ErrOrderUnderWay.
func (s *Service) Checkout(ctx context.Context, person message.Person, request CheckoutRequest) (Order, error) {
	if len(request.Key) < 1 || len(request.Key) > 100 {
		return Order{}, ErrCheckoutKey.In("key")
	}
	if err := request.Delivery.check(); err != nil {
		return Order{}, err
	}
	record := checkoutRecord{ID: person.ID + "/" + request.Key, Account: person.Account}
	known, err := checkouts.In(s.DB, person.Account).Get(ctx, record.ID)
	if err == nil {
		if order, err := s.Order(ctx, person.Account, known.Order); !errors.Is(err, ErrNoOrder) {
			return answered(order, err)
		}
		// Died between the record and the order: go on with the same id.
	} else if !errors.Is(err, store.ErrNotFound) {
		return Order{}, err
	}
	order, err := s.draft(ctx, person, request)
	if err != nil {
		return Order{}, err
	}
	record.Order, record.ExpiresAt = order.ID, s.in(checkoutMemory)
	if known, _, err = checkouts.In(s.DB, person.Account).InsertIfAbsent(ctx, record); err != nil {
		return Order{}, err
	}
	order.ID = known.Order
	written, inserted, err := s.write(ctx, order)
	if err != nil || !inserted {
		return answered(written, err)
	}
	if order, err = s.place(ctx, written); err != nil {
		return order, err
	}
	if request.Lines == nil {
		s.emptyCart(ctx, person, order)
	}
	return s.follow(ctx, order), nil
}

// answered is what a repeated checkout gets.
func answered(order Order, err error) (Order, error) {
	switch {
	case err != nil:
		return order, err
	case order.State == Reserving:
		return order, ErrOrderUnderWay
	case order.State == Rejected:
		return order, soldOut(order.Lines[0].Name)
	}
	return order, nil
}

// draft works out an order and writes nothing but the stock of a time that is
// booked for the first time, and refuses what cannot
// be had: most late comers to the last item end here, at the price of a read.
func (s *Service) draft(ctx context.Context, person message.Person, request CheckoutRequest) (Order, error) {
	wanted := basket{lines: request.Lines, coupon: request.Coupon}
	if wanted.lines == nil {
		cart, err := carts.In(s.DB, person.Account).Get(ctx, person.ID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return Order{}, err
		}
		wanted = cart.basket()
		if request.guest != nil {
			if cart.Version != request.guest.Cart {
				return Order{}, ErrCartChanged
			}
			wanted = request.guest.of(cart)
		}
	}
	wanted.address, wanted.shipping = cmp.Or(request.Address, wanted.address), cmp.Or(request.Shipping, wanted.shipping)
	merged, err := merge(wanted.lines)
	if err != nil {
		return Order{}, err
	}
	wanted.lines = merged
	view, err := s.price(ctx, person, wanted)
	if err != nil {
		return Order{}, err
	}
	if len(view.Lines) == 0 {
		return Order{}, ErrCartEmpty
	}
	if view.CouponFault != nil {
		return Order{}, view.CouponFault
	}
	if view.DeliveryFault != nil {
		return Order{}, view.DeliveryFault
	}
	now := s.now()
	due := now.Add(lease)
	order := Order{ID: store.NewID(), Account: person.Account, Subscriber: person.ID, Person: person,
		Subtotal: view.Subtotal, Discount: view.Discount, Total: view.Total, Taxes: view.Taxes, Coupon: view.Coupon,
		Delivery: request.Delivery, State: Reserving, InChat: request.InChat, Tell: []string{},
		History: []Change{}, ExpiresAt: now.Add(s.Expiry), Until: now, Due: &due}
	view.delivered(&order, person.Language)
	for _, line := range view.Lines {
		if line.Available < int64(line.Quantity) {
			return Order{}, soldOut(line.Name)
		}
		ordered := OrderLine{Product: line.Product, Variant: line.Variant, Kind: line.Kind, Name: line.Name,
			Label: line.Label, Picture: line.Picture, Price: line.Price, Quantity: line.Quantity, Amount: line.Amount, Slot: line.Slot}
		if line.Slot != nil {
			if err := s.openSlot(ctx, line.product, line.Slot.Start); err != nil {
				return Order{}, err
			}
		}
		if variant, ok := line.product.Variant(line.Variant); ok && line.Kind == Digital {
			ordered.Files, ordered.Keys, ordered.Downloads = variant.Files, variant.Keys, line.product.Downloads
		}
		order.Lines = append(order.Lines, ordered)
	}
	uses, err := s.couponUses(ctx, person, view.Coupon)
	if err != nil {
		return Order{}, err
	}
	share, err := s.unpaidShare(ctx, person)
	// What nobody else wants comes first: an order that fails on it must not have
	// held, even for a moment, what another could have had.
	order.Reservations = slices.Concat([]Reservation{share}, uses, reservations(order.Lines))
	return order, err
}

// merge makes two lines of one variant one, and checks the bounds.
func merge(lines []CartLine) ([]CartLine, error) {
	var merged []CartLine
	for _, line := range lines {
		if line.Quantity < 1 || line.Quantity > maxQuantity {
			return nil, ErrQuantity.In("quantity")
		}
		i := slices.IndexFunc(merged, func(l CartLine) bool { return l.Key() == line.Key() })
		if i < 0 {
			merged = append(merged, line)
		} else if merged[i].Quantity += line.Quantity; merged[i].Quantity > maxQuantity {
			return nil, ErrQuantity.In("quantity")
		}
	}
	if len(merged) > maxLines {
		return nil, ErrCartFull
	}
	return merged, nil
}

// write stores a new order under a number nobody has.
func (s *Service) write(ctx context.Context, order Order) (Order, bool, error) {
	front, err := s.Directory.Storefront(ctx, order.Account)
	if err != nil {
		return Order{}, false, err
	}
	for {
		order.Number = s.Now().In(front.zone()).Format("060102") + "-" + randomTail()
		err := orders.In(s.DB, order.Account).Insert(ctx, order)
		if !errors.Is(err, store.ErrDuplicate) {
			return order, err == nil, err
		}
		// Either this order exists (the same checkout, elsewhere) or its number.
		existing, err := s.Order(ctx, order.Account, order.ID)
		if !errors.Is(err, ErrNoOrder) {
			return existing, false, err
		}
	}
}

// randomTail is five characters that cannot be misread or make words:
// 28 million a day before the calendar repeats.
func randomTail() string {
	const alphabet = "23456789BCDFGHJKMNPQRSTVWXYZ"
	tail := make([]byte, 0, 5)
	var random [1]byte
	for len(tail) < 5 {
		_, _ = rand.Read(random[:]) // never fails
		if int(random[0]) < 256/len(alphabet)*len(alphabet) {
			tail = append(tail, alphabet[int(random[0])%len(alphabet)])
		}
	}
	return string(tail)
}

// place reserves the stock of a written order and places it.
func (s *Service) place(ctx context.Context, order Order) (Order, error) {
	held, err := s.reserveTogether(ctx, order)
	if err != nil {
		return order, err // Recover undoes it
	}
	for i, reservation := range order.Reservations[held:] {
		err := s.reserve(ctx, order.Account, order.ID, reservation)
		if errors.Is(err, errShort) {
			return s.reject(ctx, order, held+i)
		}
		if err != nil {
			return order, err
		}
	}
	to := Placed
	if order.Total.IsZero() {
		to = Paid
	}
	placed, err := s.turn(ctx, order, to, "customer", store.Set("stock", Held).Set("placed_at", s.now()),
		store.Eq("state", Reserving))
	if errors.Is(err, store.ErrConditionFailed) {
		return order, ErrOrderUnderWay // took too long; Recover has given it up
	}
	return placed, err
}

// reject gives back what was reserved before something ran out.
func (s *Service) reject(ctx context.Context, order Order, short int) (Order, error) {
	rejected, err := s.turn(ctx, order, Rejected, "system", store.Set("stock", Held), store.Eq("state", Reserving))
	if err == nil {
		s.follow(ctx, rejected)
	} else if !errors.Is(err, store.ErrConditionFailed) {
		return order, err
	}
	missed := order.Reservations[short]
	if missed.Lent {
		return order, ErrTooManyUnpaid
	}
	for _, line := range order.Lines {
		if needed, finite := line.stock(); finite && needed.Stock == missed.Stock {
			return order, soldOut(line.Name)
		}
	}
	return order, ErrCouponUsed.In("coupon")
}

// emptyCart takes what was ordered out of the cart. Should it fail, the buyer
// sees things in the cart that they have ordered: a nuisance, not a loss.
func (s *Service) emptyCart(ctx context.Context, person message.Person, order Order) {
	_, err := s.changeCart(ctx, person, func(cart *Cart) error {
		cart.Coupon = ""
		cart.Lines = slices.DeleteFunc(cart.Lines, func(line CartLine) bool {
			return slices.ContainsFunc(order.Lines, func(ordered OrderLine) bool { return ordered.key() == line.Key() })
		})
		return nil
	})
	if err != nil {
		s.Logger.WarnContext(ctx, "shop: empty the cart", "order", order.ID, "error", err)
	}
}
