package shop

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// maxCategories bounds the list of categories.
const maxCategories = 100

// SaveProduct adds a product (no ID) or changes one (Version as it was read).
// Variants without an ID are new; quantities gives the stock of variants by
// their position in Variants, for those it names. Errors: the faults of
// products, ErrProductChanged.
func (s *Service) SaveProduct(ctx context.Context, product Product, quantities map[int]int64) (Product, error) {
	front, err := s.Directory.Storefront(ctx, product.Account)
	if err != nil {
		return Product{}, err
	}
	product.Variants = slices.Clone(product.Variants)
	if err := product.check(front.Currency); err != nil {
		return Product{}, err
	}
	for _, quantity := range quantities {
		if quantity < 0 || quantity > maxStock {
			return Product{}, ErrStockRange.In("stock")
		}
	}
	if product.ID == "" {
		product, err = s.addProduct(ctx, product)
	} else {
		product, err = s.changeProduct(ctx, product)
	}
	if err != nil {
		return Product{}, err
	}
	for i, quantity := range quantities {
		if i < 0 || i >= len(product.Variants) {
			return product, ErrNoVariant.In("stock")
		}
		if !product.Is(Goods) { // counted by keys and times
			continue
		}
		if err := s.SetStock(ctx, product.Account, product.Variants[i].ID, quantity); err != nil {
			return product, err
		}
	}
	for _, variant := range product.Variants { // the threshold may be another
		if err := s.watchStock(ctx, product.Account, variant.ID); err != nil {
			return product, err
		}
	}
	return product, nil
}

func (s *Service) addProduct(ctx context.Context, product Product) (Product, error) {
	product.ID = store.FreshID(ctx, "product")
	product.Version, product.CreatedAt, product.UpdatedAt = 1, s.now(), s.now()
	if err := nameVariants(ctx, &product, Product{}); err != nil {
		return Product{}, err
	}
	// Stock first: a product is never on sale without knowing how much there is.
	if err := s.openStocks(ctx, product); err != nil {
		return Product{}, err
	}
	product, _, err := products.In(s.DB, product.Account).InsertIfAbsent(ctx, product)
	return product, err
}

func (s *Service) changeProduct(ctx context.Context, product Product) (Product, error) {
	old, err := s.Product(ctx, product.Account, product.ID)
	if err != nil {
		return Product{}, err
	}
	if product.Kind != old.Kind {
		return Product{}, ErrKindFixed.In("kind")
	}
	if err := nameVariants(ctx, &product, old); err != nil {
		return Product{}, err
	}
	if err := s.openStocks(ctx, product); err != nil {
		return Product{}, err
	}
	update := store.Set("names", product.Names).Set("descriptions", product.Descriptions).
		Set("pictures", product.Pictures).Set("state", product.State).Set("category", product.Category).
		Set("position", product.Position).Set("variants", product.Variants).Set("price", product.Price).
		Set("downloads", product.Downloads).Set("low_stock", product.LowStock).Set("calendar", product.Calendar).Set("updated_at", s.now()).Inc("version", 1)
	if product.TaxRate == nil {
		update = update.Unset("tax_rate")
	} else {
		update = update.Set("tax_rate", *product.TaxRate)
	}
	changed, err := products.In(s.DB, product.Account).UpdateAndGet(ctx, product.ID, update, store.Eq("version", product.Version))
	if errors.Is(err, store.ErrConditionFailed) {
		return Product{}, ErrProductChanged
	}
	return changed, err
}

// nameVariants gives new variants an ID. An ID that comes in must be one of
// this product's: nobody can claim another's stock.
func nameVariants(ctx context.Context, product *Product, old Product) error {
	for i := range product.Variants {
		variant := &product.Variants[i]
		if variant.ID == "" {
			variant.ID = fmt.Sprintf("%s-%s", product.ID, store.FreshID(ctx, "variant")[16:])
		} else if _, known := old.Variant(variant.ID); !known {
			return ErrNoVariant.In("variants")
		}
	}
	return nil
}

func (s *Service) openStocks(ctx context.Context, product Product) error {
	fresh := make([]Stock, len(product.Variants))
	for i, variant := range product.Variants {
		fresh[i] = newStock(product.Account, variant.ID, 0)
	}
	_, err := stocks.In(s.DB, product.Account).InsertMany(ctx, fresh)
	return err
}

// Product finds a product in any state. Errors: ErrNoProduct.
func (s *Service) Product(ctx context.Context, account, id string) (Product, error) {
	product, err := products.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Product{}, ErrNoProduct
	}
	return product, err
}

// Products lists a page of products in a state, by position; category narrows
// it down unless empty.
func (s *Service) Products(ctx context.Context, account string, state ProductState, category string, limit int, after store.Cursor) ([]Product, store.Cursor, error) {
	query := store.Where(store.Eq("state", state)).By("position")
	if category != "" {
		query = store.Where(store.Eq("state", state), store.Eq("category", category)).By("position")
	}
	return products.In(s.DB, account).Find(ctx, query.Top(limit).From(after))
}

// Categories lists the categories that have products on sale. Each costs one
// look into the index, however many products there are.
func (s *Service) Categories(ctx context.Context, account string) ([]string, error) {
	var categories []string
	last := ""
	for len(categories) < maxCategories {
		product, err := products.In(s.DB, account).First(ctx,
			store.Where(store.Eq("state", Active), store.Gt("category", last)).By("category", "position"))
		if errors.Is(err, store.ErrNotFound) {
			break
		}
		if err != nil {
			return nil, err
		}
		last = product.Category
		categories = append(categories, last)
	}
	return categories, nil
}

// Offer is a product with how much of each variant can be bought now.
type Offer struct {
	Product
	Available map[string]int64 `json:"available"` // by variant id
}

// SoldOut says whether nothing of it is left.
func (o Offer) SoldOut() bool {
	for _, left := range o.Available {
		if left > 0 {
			return false
		}
	}
	return true
}

// Offer finds a product on sale. Errors: ErrNoProduct, also for drafts and
// archived ones.
func (s *Service) Offer(ctx context.Context, account, id string) (Offer, error) {
	offers, err := s.offers(ctx, account, id)
	if err != nil {
		return Offer{}, err
	}
	if len(offers) == 0 {
		return Offer{}, ErrNoProduct
	}
	return offers[0], nil
}

// Offers lists a page of products on sale with their stock.
func (s *Service) Offers(ctx context.Context, account, category string, limit int, after store.Cursor) ([]Offer, store.Cursor, error) {
	found, next, err := s.Products(ctx, account, Active, category, limit, after)
	if err != nil {
		return nil, "", err
	}
	offers, err := s.withStock(ctx, account, found)
	return offers, next, err
}

// offers finds those products among ids that are on sale, in that order.
func (s *Service) offers(ctx context.Context, account string, ids ...string) ([]Offer, error) {
	found, err := products.In(s.DB, account).GetMany(ctx, ids...)
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(p Product) bool { return p.State != Active })
	return s.withStock(ctx, account, found)
}

func (s *Service) withStock(ctx context.Context, account string, found []Product) ([]Offer, error) {
	var keys []string
	for _, product := range found {
		for _, variant := range product.Variants {
			keys = append(keys, variant.ID)
		}
	}
	counted, err := stocks.In(s.DB, account).GetMany(ctx, keys...)
	if err != nil {
		return nil, err
	}
	left := map[string]int64{}
	for _, stock := range counted {
		left[stock.ID] = stock.Available
	}
	offers := make([]Offer, len(found))
	for i, product := range found {
		offers[i] = Offer{Product: product, Available: map[string]int64{}}
		for _, variant := range product.Variants {
			offers[i].Available[variant.ID] = left[variant.ID]
			if product.endless(variant) {
				offers[i].Available[variant.ID] = maxQuantity
			}
		}
	}
	return offers, nil
}

// ProductCards shows products on sale as cards, for answers of rules. Unknown
// ids are left out.
func (s *Service) ProductCards(ctx context.Context, account string, ids []string, language string) []message.Card {
	offers, err := s.offers(ctx, account, ids...)
	if err != nil {
		s.Logger.ErrorContext(ctx, "shop: product cards", "account", account, "error", err)
		return nil
	}
	front, err := s.Directory.Storefront(ctx, account)
	if err != nil {
		s.Logger.ErrorContext(ctx, "shop: product cards", "account", account, "error", err)
		return nil
	}
	cards := make([]message.Card, len(offers))
	for i, offer := range offers {
		cards[i] = s.card(front, offer, language)
	}
	return cards
}

// ArchiveProduct takes a product off sale for good.
func (s *Service) ArchiveProduct(ctx context.Context, account, id string) error {
	err := products.In(s.DB, account).Update(ctx, id,
		store.Set("state", Archived).Set("updated_at", s.now()).Inc("version", 1))
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoProduct
	}
	return err
}

// asFault tells what a person can be told from our own mistakes.
func asFault(err error) (*fault.Error, bool) {
	return errors.AsType[*fault.Error](err)
}
