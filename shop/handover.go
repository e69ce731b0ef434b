package shop

import (
	"context"
	"errors"
	"time"

	"plaza/shop/digital"
	"plaza/store"
)

// handing says what has become of the lines of an order that nobody packs.
type handing string

const (
	handed  handing = "handed"  // digital goods are given, bookings stand in the calendar
	revoked handing = "revoked" // taken back after a refund
)

// keysAgain is how soon an order that found no keys looks again: as soon as the
// merchant has added some it is served.
const keysAgain = time.Minute

// handOver gives a paid order its digital goods and enters its bookings, and
// takes both back once it is refunded. It is a step like the others: it can be
// repeated.
func (s *Service) handOver(ctx context.Context, order Order) (Order, error) {
	if !order.has(Digital) && !order.has(Booking) {
		return order, nil
	}
	switch {
	case order.State == Refunded && order.Handed != revoked:
		if err := s.takeBack(ctx, order); err != nil {
			return order, err
		}
		return s.mark(ctx, order, revoked)
	case order.Handed == "" && order.Stock == Sold && (order.State == Paid || order.State == Shipped || order.State == Completed):
		if err := s.give(ctx, order); err != nil {
			if errors.Is(err, digital.ErrOutOfKeys) {
				s.Logger.ErrorContext(ctx, "shop: an order waits for keys", "order", order.ID)
				return order, nil // rest looks again
			}
			return order, err
		}
		return s.mark(ctx, order, handed)
	}
	return order, nil
}

func (s *Service) give(ctx context.Context, order Order) error {
	if lines := order.digitalLines(); lines != nil {
		if _, err := s.Digital.Give(ctx, order.Account, order.ID, lines); err != nil {
			return err
		}
	}
	return s.enterBookings(ctx, order)
}

func (s *Service) takeBack(ctx context.Context, order Order) error {
	if order.has(Digital) {
		if err := s.Digital.Revoke(ctx, order.Account, order.ID); err != nil {
			return err
		}
	}
	return s.dropBookings(ctx, order)
}

// mark says in the order what was done, and what its buyer is to hear of it.
func (s *Service) mark(ctx context.Context, order Order, to handing) (Order, error) {
	update := store.Set("handed", to).Inc("version", 1)
	if to == handed {
		update = update.AddToSet("tell", string(handed)).Set("due", s.in(lease))
	}
	marked, err := s.unlessChanged(ctx, order)(orders.In(s.DB, order.Account).UpdateAndGet(ctx, order.ID, update,
		store.Eq("version", order.Version)))
	if err != nil || marked.Handed != handed {
		return marked, err
	}
	if marked.State == Paid && !marked.NeedsHands() && !marked.has(Booking) {
		marked, err = s.unlessChanged(ctx, marked)(s.turn(ctx, marked, Completed, "system", nil, store.Eq("state", Paid)))
		if err != nil {
			return marked, err
		}
	}
	return s.tell(ctx, marked)
}

// waits says when an order that nobody sends is to be looked at again: for keys,
// or for the end of what was booked. Zero: not at all.
func (s *Service) waits(order Order) time.Time {
	switch {
	case order.State != Paid:
		return time.Time{}
	case order.Handed == "" && (order.has(Digital) || order.has(Booking)):
		return s.in(keysAgain)
	case order.has(Booking) && !order.NeedsHands():
		return order.lastEnd()
	}
	return time.Time{}
}

// Download counts a download of a buyer's own order and finds its file. Errors:
// ErrNoOrder, those of digital.Goods.Download.
func (s *Service) Download(ctx context.Context, order Order, file string) (digital.File, error) {
	if order.Handed != handed || order.State == Refunding && order.Refunded > 0 {
		return digital.File{}, digital.ErrNotYetGiven
	}
	return s.Digital.Download(ctx, order.Account, order.ID, file)
}

// Given is what a line of an order has been given.
type Given struct {
	Line  int
	Keys  []string
	Files []GivenFile
}

// GivenFile is a file with how often it may still be downloaded.
type GivenFile struct {
	digital.File
	Left int64
}

// Given tells what an order's digital lines were given; nothing before it is
// paid and once it is revoked.
func (s *Service) Given(ctx context.Context, order Order) ([]Given, error) {
	if order.Handed != handed || !order.has(Digital) {
		return nil, nil
	}
	grant, err := s.Digital.Grant(ctx, order.Account, order.ID)
	if err != nil || grant.Revoked {
		return nil, err
	}
	var all []Given
	for _, line := range order.digitalLines() {
		given := Given{Line: line.Number}
		if given.Keys, err = s.Digital.KeysOf(ctx, grant, line.Number); err != nil {
			return nil, err
		}
		files, err := s.Digital.Files(ctx, order.Account, line.Files...)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			given.Files = append(given.Files, GivenFile{file, grant.Files[file.ID]})
		}
		all = append(all, given)
	}
	return all, nil
}

// AddKeys adds keys to the list of a digital variant, and as many to its stock;
// it tells how many were new. Errors: ErrNoVariant, digital.ErrKeys.
func (s *Service) AddKeys(ctx context.Context, account, variant, text string) (int, error) {
	list, err := digital.ReadKeys(text)
	if err != nil {
		return 0, err
	}
	product, err := s.Product(ctx, account, productOf(variant))
	if errors.Is(err, ErrNoProduct) {
		return 0, ErrNoVariant
	}
	if err != nil {
		return 0, err
	}
	if found, ok := product.Variant(variant); !ok || !found.Keys {
		return 0, ErrNoVariant
	}
	added, err := s.Digital.AddKeys(ctx, account, variant, list)
	if err == nil && added > 0 {
		err = missing(stocks.In(s.DB, account).Update(ctx, variant, store.Inc("available", int64(added))))
	}
	return added, err
}
