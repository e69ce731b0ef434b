package shop

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/message"
	"plaza/shop/booking"
	"plaza/store"
)

// SlotView is a time of a calendar with how many can still be booked.
type SlotView struct {
	booking.Slot
	Left int64 `json:"left"`
}

// zoneOf is an account's clock.
func (f Storefront) zone() *time.Location {
	if f.Zone == nil {
		return time.UTC
	}
	return f.Zone
}

// Slots lists what can be booked of a product on the day of an instant; none
// of what is no booking. Errors: ErrNoProduct.
func (s *Service) Slots(ctx context.Context, account, product string, on time.Time) ([]SlotView, error) {
	front, err := s.Directory.Storefront(ctx, account)
	if err != nil {
		return nil, err
	}
	found, err := s.Offer(ctx, account, product)
	if err != nil {
		return nil, err
	}
	if found.Calendar == nil {
		return []SlotView{}, nil
	}
	slots := slices.DeleteFunc(found.Calendar.Slots(on, front.zone()), func(slot booking.Slot) bool { return !found.Calendar.Open(slot, s.now()) })
	return s.withTaken(ctx, found.Product, slots)
}

// withTaken adds to times how many are left of them.
func (s *Service) withTaken(ctx context.Context, product Product, slots []booking.Slot) ([]SlotView, error) {
	keys := make([]string, len(slots))
	for i, slot := range slots {
		keys[i] = slotStock(product.ID, slot.Start)
	}
	counted, err := stocks.In(s.DB, product.Account).GetMany(ctx, keys...)
	if err != nil {
		return nil, err
	}
	views := make([]SlotView, len(slots))
	for i, slot := range slots {
		views[i] = SlotView{Slot: slot, Left: product.Calendar.Capacity}
		for _, stock := range counted {
			if stock.ID == keys[i] { // the capacity may have changed since
				views[i].Left = max(0, stock.Available+product.Calendar.Capacity-stock.Capacity)
			}
		}
	}
	return views, nil
}

// NextSlots are the first times that can be booked, for the chat.
func (s *Service) NextSlots(ctx context.Context, account, product string, limit int) ([]SlotView, error) {
	offer, err := s.Offer(ctx, account, product)
	if err != nil {
		return nil, err
	}
	var next []SlotView
	for days := 0; len(next) < limit && offer.Calendar != nil && days <= min(offer.Calendar.Ahead, 31); days++ {
		slots, err := s.Slots(ctx, account, product, s.now().AddDate(0, 0, days))
		if err != nil {
			return nil, err
		}
		for _, slot := range slots {
			if slot.Left > 0 && len(next) < limit {
				next = append(next, slot)
			}
		}
	}
	return next, nil
}

// openSlot makes the stock of a time as large as its calendar says. Whoever comes
// first makes it; one that was made when the capacity was another is changed by
// the difference, once.
func (s *Service) openSlot(ctx context.Context, product Product, start time.Time) error {
	scope, capacity := stocks.In(s.DB, product.Account), product.Calendar.Capacity
	fresh := newStock(product.Account, slotStock(product.ID, start), capacity)
	fresh.Capacity = capacity
	for {
		stock, _, err := scope.InsertIfAbsent(ctx, fresh)
		if err != nil || stock.Capacity == capacity {
			return err
		}
		err = scope.Update(ctx, stock.ID, store.Inc("available", capacity-stock.Capacity).Set("capacity", capacity), store.Eq("capacity", stock.Capacity))
		if !errors.Is(err, store.ErrConditionFailed) {
			return err
		}
	}
}

// AddBooking puts a time into the cart. Errors: ErrNoVariant, ErrQuantity,
// ErrSlotGone, ErrSoldOut, ErrCartFull.
func (s *Service) AddBooking(ctx context.Context, person message.Person, variant string, start time.Time, quantity int) (Cart, error) {
	if quantity < 1 || quantity > maxQuantity {
		return Cart{}, ErrQuantity.In("quantity")
	}
	offer, _, err := s.variantOnSale(ctx, person.Account, variant)
	if err != nil {
		return Cart{}, err
	}
	front, err := s.Directory.Storefront(ctx, person.Account)
	if err != nil {
		return Cart{}, err
	}
	if offer.Calendar == nil {
		return Cart{}, ErrNoCalendar
	}
	slot, open := offer.Calendar.At(start, front.zone(), s.now())
	if !open {
		return Cart{}, ErrSlotGone.In("slot")
	}
	views, err := s.withTaken(ctx, offer.Product, []booking.Slot{slot})
	if err != nil {
		return Cart{}, err
	}
	if views[0].Left < 1 {
		return Cart{}, soldOut(offer.Name(person.Language))
	}
	return s.addLine(ctx, person, CartLine{Variant: variant, Slot: slot.Start.Unix(), Quantity: quantity})
}
