package shop

import (
	"context"
	"time"

	"plaza/money"
	"plaza/store"
)

// summed bounds how many orders a summary looks at.
const summed = 1000

// Summary is a day of a shop.
type Summary struct {
	Orders  int          `json:"orders"`  // placed
	Revenue money.Amount `json:"revenue"` // paid, less refunds
	ToShip  int          `json:"to_ship"` // paid and not shipped, of any day
	// AtLeast is true on days so busy that only the latest 1000 orders were
	// added up.
	AtLeast bool `json:"at_least"`
}

// Today sums up the orders placed since midnight in the account's time zone.
func (s *Service) Today(ctx context.Context, account string) (Summary, error) {
	front, err := s.Directory.Storefront(ctx, account)
	if err != nil {
		return Summary{}, err
	}
	zone := front.zone()
	now := s.Now().In(zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	summary := Summary{Revenue: money.Of(0, front.Currency)}
	query := store.Where(store.Gte("placed_at", midnight)).By("-placed_at")
	for order, err := range orders.In(s.DB, account).Each(ctx, query) {
		if err != nil {
			return Summary{}, err
		}
		if summary.Orders == summed {
			summary.AtLeast = true
			break
		}
		summary.Orders++
		if order.Payment != "" {
			summary.Revenue.Minor += order.Total.Minor - order.Refunded
		}
	}
	summary.ToShip, err = orders.In(s.DB, account).Count(ctx, store.Where(store.Eq("state", Paid), everPlaced), summed)
	return summary, err
}
