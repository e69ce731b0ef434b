package shop

import (
	"context"
	"encoding/json"
	"errors"

	"plaza/live"
	"plaza/store"
)

// maxLow bounds the list of what runs low.
const maxLow = 100

// threshold is from which stock on a variant runs low; 0: nobody is told.
func (p Product) threshold(v Variant) int64 {
	if v.LowStock > 0 {
		return v.LowStock
	}
	return p.LowStock
}

// sell counts what an order holds as sold and, when that has made a variant run
// low, tells it: once, until there is more again. A mark in the stock says that
// it was told; who sets it tells.
func (s *Service) sell(ctx context.Context, account, order string, r Reservation) error {
	if err := s.commit(ctx, account, order, r); err != nil || r.Lent {
		return err
	}
	return s.watchStock(ctx, account, r.Stock)
}

// watchStock looks whether a stock has crossed its threshold, either way.
func (s *Service) watchStock(ctx context.Context, account, key string) error {
	product, err := s.Product(ctx, account, productOf(key))
	if errors.Is(err, ErrNoProduct) {
		return nil // a coupon's, or another that nobody refills
	}
	if err != nil {
		return err
	}
	variant, known := product.Variant(key)
	if !known {
		return nil
	}
	limit := product.threshold(variant)
	scope := stocks.In(s.DB, account)
	// Most changes cross nothing, and looking is much cheaper than writing.
	// Whoever changes the stock meanwhile looks after us.
	stock, err := scope.Get(ctx, key)
	if err != nil {
		return done(err)
	}
	watched := limit > 0 && !product.endless(variant)
	switch low := watched && stock.Available <= limit; {
	case low == stock.Low:
		return nil
	case !watched:
		return done(scope.Update(ctx, key, store.Unset("low"), store.Eq("low", true)))
	case stock.Low:
		return done(scope.Update(ctx, key, store.Unset("low"), store.Eq("low", true), store.Gt("available", limit)))
	}
	err = scope.Update(ctx, key, store.Set("low", true), store.Exists("low", false), store.Lte("available", limit))
	if err != nil {
		return done(err) // enough of it, or told before
	}
	data, err := json.Marshal(map[string]any{"product": product.ID, "variant": key, "name": product.Name("")})
	if err != nil {
		return err
	}
	return s.Log.Append(ctx, live.Event{Account: account, Topics: []string{"orders", "overview"}, Kind: "stock.low", Data: data})
}

// Low is a variant that runs low.
type Low struct {
	Product   Product
	Variant   Variant
	Available int64
}

// RunningLow lists the variants that run low, at most a hundred.
func (s *Service) RunningLow(ctx context.Context, account string) ([]Low, error) {
	found, _, err := stocks.In(s.DB, account).Find(ctx, store.Where(store.Eq("low", true)).Top(maxLow))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	ids := make([]string, len(found))
	for i, stock := range found {
		ids[i] = productOf(stock.ID)
	}
	sold, err := products.In(s.DB, account).GetMany(ctx, ids...)
	if err != nil {
		return nil, err
	}
	byID := make(map[string]Product, len(sold))
	for _, product := range sold {
		byID[product.ID] = product
	}
	var low []Low
	for _, stock := range found {
		product := byID[productOf(stock.ID)]
		if variant, ok := product.Variant(stock.ID); ok && product.State == Active {
			low = append(low, Low{product, variant, stock.Available})
		}
	}
	return low, nil
}
