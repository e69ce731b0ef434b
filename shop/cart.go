package shop

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/booking"
	"plaza/shop/tax"
	"plaza/store"
)

// Bounds of a cart.
const (
	maxLines    = 50
	maxQuantity = 99
)

// The faults of carts.
var (
	ErrQuantity  = fault.New(fault.Invalid, "quantity_out_of_range", "The quantity must be a number from 1 to {0}.", maxQuantity)
	ErrCartFull  = fault.New(fault.Conflict, "cart_full", "There are already {0} different things in the cart.", maxLines)
	ErrCartEmpty = fault.New(fault.Conflict, "cart_empty", "The cart is empty.")
	ErrCartBusy  = fault.New(fault.Conflict, "cart_busy", "The cart is being changed elsewhere. Please try again.")
)

// Cart is what a subscriber is about to order. Two lines never share a key.
type Cart struct {
	ID        string     `bson:"_id"` // subscriber id
	Account   string     `bson:"account"`
	Lines     []CartLine `bson:"lines"`
	Coupon    string     `bson:"coupon,omitempty"`
	Address   string     `bson:"address,omitempty"`  // of the address book
	Shipping  string     `bson:"shipping,omitempty"` // of the ways of delivery
	Version   int64      `bson:"version"`
	Menu      menu       `bson:"menu"` // the buttons of the last answer
	ExpiresAt time.Time  `bson:"expires_at"`
}

// CartLine is a variant and how many of it; of a booking, at one time.
type CartLine struct {
	Variant  string `bson:"variant" json:"variant"`
	Slot     int64  `bson:"slot,omitempty" json:"slot,omitempty"` // Unix time of its beginning
	Quantity int    `bson:"quantity" json:"quantity"`
}

// cartLife is how long an untouched cart is kept.
const cartLife = 90 * 24 * time.Hour

var carts = store.Declare[Cart](store.Schema{Name: "carts", ExpiresAt: "expires_at"})

// AddToCart puts more of a variant into the cart; it must be on sale. Errors:
// ErrNoVariant, ErrQuantity, ErrCartFull, ErrSoldOut (nothing left at all).
func (s *Service) AddToCart(ctx context.Context, person message.Person, variant string, quantity int) (Cart, error) {
	if quantity < 1 || quantity > maxQuantity {
		return Cart{}, ErrQuantity.In("quantity")
	}
	offer, _, err := s.variantOnSale(ctx, person.Account, variant)
	if err != nil {
		return Cart{}, err
	}
	if offer.Available[variant] <= 0 {
		return Cart{}, soldOut(offer.Name(person.Language))
	}
	if offer.Is(Booking) {
		return Cart{}, ErrSlotNeeded.In("slot")
	}
	return s.addLine(ctx, person, CartLine{Variant: variant, Quantity: quantity})
}

// addLine puts a line into the cart, or more of it.
func (s *Service) addLine(ctx context.Context, person message.Person, line CartLine) (Cart, error) {
	return s.changeCart(ctx, person, func(cart *Cart) error {
		i := slices.IndexFunc(cart.Lines, func(l CartLine) bool { return l.Key() == line.Key() })
		switch {
		case i < 0 && len(cart.Lines) >= maxLines:
			return ErrCartFull
		case i < 0:
			cart.Lines = append(cart.Lines, line)
		default:
			cart.Lines[i].Quantity = min(cart.Lines[i].Quantity+line.Quantity, maxQuantity)
		}
		return nil
	})
}

// SetInCart sets how many there are of a line of the cart, by its key; 0 takes
// it out.
func (s *Service) SetInCart(ctx context.Context, person message.Person, key string, quantity int) (Cart, error) {
	if quantity < 0 || quantity > maxQuantity {
		return Cart{}, ErrQuantity.In("quantity")
	}
	return s.changeCart(ctx, person, func(cart *Cart) error {
		i := slices.IndexFunc(cart.Lines, func(l CartLine) bool { return l.Key() == key })
		switch {
		case i < 0:
			return ErrNoVariant
		case quantity == 0:
			cart.Lines = slices.Delete(cart.Lines, i, i+1)
		default:
			cart.Lines[i].Quantity = quantity
		}
		return nil
	})
}

// ClearCart takes everything out of the cart.
func (s *Service) ClearCart(ctx context.Context, person message.Person) error {
	_, err := s.changeCart(ctx, person, func(cart *Cart) error {
		cart.Lines, cart.Coupon = nil, ""
		return nil
	})
	return err
}

// changeCart reads, changes and writes under the version it has read.
func (s *Service) changeCart(ctx context.Context, person message.Person, change func(*Cart) error) (Cart, error) {
	scoped := carts.In(s.DB, person.Account)
	for range 20 {
		cart, _, err := scoped.InsertIfAbsent(ctx, Cart{ID: person.ID, Account: person.Account,
			Lines: []CartLine{}, ExpiresAt: s.in(cartLife)})
		if err != nil {
			return Cart{}, err
		}
		if err := change(&cart); err != nil {
			return Cart{}, err
		}
		if cart.Lines == nil {
			cart.Lines = []CartLine{}
		}
		changed, err := scoped.UpdateAndGet(ctx, person.ID, store.Set("lines", cart.Lines).
			Set("coupon", cart.Coupon).Set("address", cart.Address).Set("shipping", cart.Shipping).Set("expires_at", s.in(cartLife)).Inc("version", 1),
			store.Eq("version", cart.Version))
		if !errors.Is(err, store.ErrConditionFailed) {
			return changed, err
		}
	}
	return Cart{}, ErrCartBusy
}

// CartView is a cart as its owner sees it, at today's prices.
type CartView struct {
	Lines    []LineView   `json:"lines"`
	Subtotal money.Amount `json:"subtotal"`
	Discount money.Amount `json:"discount"`
	// Shipping is what the chosen of the Ways costs. DeliveryFault says why this
	// cannot be delivered yet, if it cannot.
	Shipping      money.Amount  `json:"shipping"`
	Ways          []Way         `json:"ways,omitempty"`
	To            *SavedAddress `json:"to,omitempty"`
	DeliveryFault *fault.Error  `json:"-"`
	Total         money.Amount  `json:"total"`
	Taxes         []tax.Line    `json:"taxes,omitempty"` // that Total includes
	Coupon        string        `json:"coupon,omitempty"`
	// Automatic: nobody typed the coupon, it applies by itself.
	Automatic bool `json:"automatic,omitempty"`
	// CouponFault says why the coupon gives nothing, if it does not.
	CouponFault *fault.Error `json:"-"`
	// Gone is true if something in the cart is no longer on sale; it was left out.
	Gone bool `json:"gone"`
}

// LineView is a line of a cart or a future order.
type LineView struct {
	Product   string        `json:"product"`
	Variant   string        `json:"variant"`
	Slot      *booking.Slot `json:"slot,omitempty"`
	Kind      Kind          `json:"kind,omitempty"`
	Name      string        `json:"name"`
	Label     string        `json:"label,omitempty"`
	Picture   string        `json:"picture,omitempty"` // picture id
	Price     money.Amount  `json:"price"`
	Quantity  int           `json:"quantity"`
	Amount    money.Amount  `json:"amount"`
	Available int64         `json:"available"`
	weight    int64         // of one piece, in grams
	taxRate   *tax.Rate
	product   Product
}

// Key names the line in the cart.
func (l LineView) Key() string {
	if l.Slot == nil {
		return l.Variant
	}
	return lineKey(l.Variant, l.Slot.Start.Unix())
}

// parcel says whether the line is something to be brought.
func (l LineView) parcel() bool { return l.product.Is(Goods) }

// Cart shows what is in the cart.
func (s *Service) Cart(ctx context.Context, person message.Person) (CartView, error) {
	cart, err := carts.In(s.DB, person.Account).Get(ctx, person.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return CartView{}, err
	}
	return s.price(ctx, person, cart.basket())
}

// price works out what lines cost now, in the person's language.
func (s *Service) price(ctx context.Context, person message.Person, wanted basket) (CartView, error) {
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return CartView{}, err
	}
	settings, err := s.Settings(ctx, person.Account)
	if err != nil {
		return CartView{}, err
	}
	zero := money.Of(0, front.Currency)
	view := CartView{Subtotal: zero, Discount: zero, Shipping: zero, Total: zero, Coupon: wanted.coupon, Lines: []LineView{}}
	ids := make([]string, 0, len(wanted.lines))
	for _, line := range wanted.lines {
		if id := productOf(line.Variant); !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	offers, err := s.offers(ctx, person.Account, ids...)
	if err != nil {
		return CartView{}, err
	}
	for _, line := range wanted.lines {
		shown, ok, err := lineView(offers, line, person.Language, settings.TaxRate)
		if err != nil {
			return CartView{}, err
		}
		if ok && shown.product.Is(Booking) {
			if ok, err = s.viewSlot(ctx, &shown, line.Slot, front); err != nil {
				return CartView{}, err
			}
		}
		if !ok {
			view.Gone = true
			continue
		}
		if view.Subtotal, err = view.Subtotal.Plus(shown.Amount); err != nil {
			return CartView{}, err
		}
		view.Lines = append(view.Lines, shown)
	}
	if err := s.best(ctx, person, &view); err != nil {
		return CartView{}, err
	}
	if err := s.deliver(ctx, person, settings, wanted, &view); err != nil {
		return CartView{}, err
	}
	view.Total, err = view.Subtotal.Plus(money.Of(view.Shipping.Minor-view.Discount.Minor, front.Currency))
	view.includeTax(settings)
	return view, err
}

func lineView(offers []Offer, line CartLine, language string, rate *tax.Rate) (LineView, bool, error) {
	i := slices.IndexFunc(offers, func(o Offer) bool { return o.ID == productOf(line.Variant) })
	if i < 0 {
		return LineView{}, false, nil
	}
	offer := offers[i]
	variant, ok := offer.Variant(line.Variant)
	if !ok {
		return LineView{}, false, nil
	}
	amount, err := variant.Price.Times(line.Quantity)
	view := LineView{Product: offer.ID, Variant: variant.ID, Name: offer.Name(language), Label: variant.Label(language),
		Price: variant.Price, Quantity: line.Quantity, Amount: amount, Available: offer.Available[variant.ID],
		Kind: offer.Kind, product: offer.Product, weight: variant.Weight, taxRate: cmp.Or(offer.TaxRate, rate)}
	if len(offer.Pictures) > 0 {
		view.Picture = offer.Pictures[0]
	}
	return view, true, err
}

// viewSlot adds to a line the time that is booked, and how many are left of it;
// false if it cannot be booked any more.
func (s *Service) viewSlot(ctx context.Context, line *LineView, start int64, front Storefront) (bool, error) {
	slot, open := line.product.Calendar.At(time.Unix(start, 0).UTC(), front.zone(), s.now())
	if !open {
		return false, nil
	}
	views, err := s.withTaken(ctx, line.product, []booking.Slot{slot})
	if err != nil {
		return false, err
	}
	line.Slot, line.Available = &slot, views[0].Left
	line.Label = strings.TrimSpace(line.Label + " " + slotLabel(slot, front.zone()))
	return true, nil
}

// variantOnSale finds a variant and its product. Errors: ErrNoVariant.
func (s *Service) variantOnSale(ctx context.Context, account, id string) (Offer, Variant, error) {
	offer, err := s.Offer(ctx, account, productOf(id))
	if errors.Is(err, ErrNoProduct) {
		return Offer{}, Variant{}, ErrNoVariant
	}
	if err != nil {
		return Offer{}, Variant{}, err
	}
	variant, ok := offer.Variant(id)
	if !ok {
		return Offer{}, Variant{}, ErrNoVariant
	}
	return offer, variant, nil
}

func soldOut(name string) *fault.Error {
	return fault.New(ErrSoldOut.Kind, ErrSoldOut.Code, ErrSoldOut.Text, name)
}
