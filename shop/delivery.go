package shop

import (
	"context"
	"slices"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/address"
	"plaza/shop/shipping"
	"plaza/shop/tax"
)

// The faults of a delivery that cannot be made.
var (
	ErrAddressNeeded = fault.New(fault.Conflict, "address_needed", "Please say where we should deliver.")
	ErrNotDelivered  = fault.New(fault.Conflict, "not_delivered", "We don't deliver this to your address.")
)

// Way is a way of delivery that can be chosen, with what it costs.
type Way struct {
	shipping.Method
	Cost   money.Amount `json:"cost"`
	Chosen bool         `json:"chosen"`
}

// Shipping is how an order is delivered, as it was when ordered.
type Shipping struct {
	Method string        `bson:"method" json:"method"`
	Name   string        `bson:"name" json:"name"` // in the buyer's language
	Note   string        `bson:"note,omitempty" json:"note,omitempty"`
	Kind   shipping.Kind `bson:"kind" json:"kind"`
	Cost   money.Amount  `bson:"cost" json:"cost"`
	Grams  int64         `bson:"grams,omitempty" json:"grams,omitempty"`
}

// PickedUp says whether the buyer comes for it.
func (o Order) PickedUp() bool { return o.Shipping != nil && o.Shipping.Kind == shipping.PickUp }

// basket is what is to be priced, and the choices that come with it.
type basket struct {
	lines             []CartLine
	coupon            string
	address, shipping string // ids; empty: what is chosen by itself
	// guest: nobody knows who looks, so that no saved address is used; to is where
	// to deliver then, if that is said already.
	guest bool
	to    *address.Address
}

func (c Cart) basket() basket {
	return basket{lines: c.Lines, coupon: c.Coupon, address: c.Address, shipping: c.Shipping}
}

// ChooseDelivery keeps in the cart where to and how its goods are delivered. An
// empty id leaves the choice as it is. Errors: ErrNoAddress, ErrNoMethod.
func (s *Service) ChooseDelivery(ctx context.Context, person message.Person, to, method string) error {
	if to != "" {
		if _, err := s.ownerOf(ctx, person, to); err != nil {
			return err
		}
	}
	settings, err := s.Settings(ctx, person.Account)
	if err != nil {
		return err
	}
	if _, known := settings.Method(method); method != "" && !known {
		return ErrNoMethod
	}
	_, err = s.changeCart(ctx, person, func(cart *Cart) error {
		if to != "" {
			cart.Address = to
		}
		if method != "" {
			cart.Shipping = method
		}
		return nil
	})
	return err
}

// deliver adds to a priced cart where to and how it can be delivered, and what
// that costs; nothing in a shop that has no ways of delivery, and for goods that
// need none.
func (s *Service) deliver(ctx context.Context, person message.Person, settings Settings, chosen basket, view *CartView) error {
	open := slices.DeleteFunc(slices.Clone(settings.Methods), func(m shipping.Method) bool { return m.Off })
	if len(open) == 0 || !slices.ContainsFunc(view.Lines, LineView.parcel) {
		return nil
	}
	if slices.ContainsFunc(open, shipping.Method.NeedsAddress) {
		if err := s.findAddress(ctx, person, chosen, view); err != nil {
			return err
		}
	}
	currency := view.Subtotal.Currency
	parcel := shipping.Parcel{Goods: view.Subtotal.Minor - view.Discount.Minor, Grams: view.grams()}
	if view.To != nil {
		parcel.To = &view.To.Address
	}
	for _, method := range open {
		if cost, taken := method.Cost(parcel); taken {
			view.Ways = append(view.Ways, Way{Method: method, Cost: money.Of(cost, currency)})
		}
	}
	view.DeliveryFault = ErrNotDelivered.In("shipping")
	if len(view.Ways) == 0 {
		return nil
	}
	i := max(0, slices.IndexFunc(view.Ways, func(way Way) bool { return way.ID == chosen.shipping }))
	view.Ways[i].Chosen, view.Shipping, view.DeliveryFault = true, view.Ways[i].Cost, nil
	if view.Ways[i].NeedsAddress() && view.To == nil {
		view.DeliveryFault = ErrAddressNeeded.In("address")
	}
	return nil
}

// findAddress finds the address that was chosen, or else the default; a guest's
// is what they say and nothing else.
func (s *Service) findAddress(ctx context.Context, person message.Person, chosen basket, view *CartView) error {
	if chosen.guest {
		if chosen.to != nil {
			view.To = &SavedAddress{Address: *chosen.to}
		}
		return nil
	}
	all, err := s.Addresses(ctx, person)
	if err != nil || len(all) == 0 {
		return err
	}
	i := max(0, slices.IndexFunc(all, func(a SavedAddress) bool { return a.ID == chosen.address }))
	view.To = &all[i]
	return nil
}

// Way is the chosen way of delivery, if there is one.
func (v CartView) Way() (Way, bool) {
	i := slices.IndexFunc(v.Ways, func(way Way) bool { return way.Chosen })
	if i < 0 {
		return Way{}, false
	}
	return v.Ways[i], true
}

// grams is what all goods weigh together.
func (v CartView) grams() (sum int64) {
	for _, line := range v.Lines {
		if line.parcel() {
			sum += line.weight * int64(line.Quantity)
		}
	}
	return sum
}

// includeTax tells the tax in a priced cart. A discount lowers every line in
// proportion to its amount, so that each rate bears its share of it.
func (v *CartView) includeTax(settings Settings) {
	weights := make([]int64, len(v.Lines))
	for i, line := range v.Lines {
		weights[i] = line.Amount.Minor
	}
	off := money.Share(v.Discount.Minor, append(weights, 0))
	parts := make([]tax.Part, 0, len(v.Lines)+1)
	for i, line := range v.Lines {
		parts = append(parts, tax.Part{Rate: line.taxRate, Gross: line.Amount.Minor - off[i]})
	}
	if way, chosen := v.Way(); chosen && !way.Cost.IsZero() {
		rate := way.TaxRate
		if rate == nil {
			rate = settings.TaxRate
		}
		parts = append(parts, tax.Part{Rate: rate, Gross: way.Cost.Minor})
	}
	v.Taxes = tax.Lines(v.Total.Currency, parts)
}

// delivered writes the cart's delivery into an order: a copy, whatever becomes
// of the address book and the ways of delivery.
func (v CartView) delivered(order *Order, language string) {
	way, chosen := v.Way()
	if !chosen {
		return
	}
	order.Shipping = &Shipping{Method: way.ID, Name: way.Name(language), Note: way.Note(language), Kind: way.Kind, Cost: way.Cost, Grams: v.grams()}
	if way.NeedsAddress() && v.To != nil {
		order.Delivery.take(v.To.Address)
	}
}

// take makes an address the delivery's.
func (d *Delivery) take(to address.Address) {
	d.Name, d.Phone, d.Address, d.To = to.Name, to.Phone, to.String(), &to
}

// ShippingCost is what the order's delivery costs.
func (o Order) ShippingCost() money.Amount {
	if o.Shipping == nil {
		return money.Of(0, o.Total.Currency)
	}
	return o.Shipping.Cost
}

// TaxesKept is the tax in what is left of an order after refunds.
func (o Order) TaxesKept() []tax.Line {
	return tax.Left(o.Taxes, o.Total.Minor, max(0, o.Total.Minor-o.Refunded))
}
