package rest

import (
	"context"
	"time"

	"plaza/account"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/booking"
	"plaza/shop/tax"
)

type listProductsInput struct {
	Paging
	State    shop.ProductState `query:"state" enum:"draft,active,archived" default:"active"`
	Category string            `query:"category" maxLength:"100"`
}

func (s *surface) listProducts(ctx context.Context, who account.Access, in *listProductsInput) (page[shop.Product], error) {
	return pageOf(s.Shop.Products(ctx, who.Account, in.State, in.Category, in.Limit, in.at()))
}

// OneProduct names a product in a path.
type OneProduct struct {
	Product string `path:"product" maxLength:"64"`
}

func (s *surface) getProduct(ctx context.Context, who account.Access, in *OneProduct) (shop.Product, error) {
	return s.Shop.Product(ctx, who.Account, in.Product)
}

type variantBody struct {
	ID       string            `json:"id,omitempty" maxLength:"80" doc:"Of a variant the product has; none for a new one."`
	Labels   map[string]string `json:"labels,omitempty" doc:"By language; none if there is no choice."`
	Price    money.Amount      `json:"price"`
	Weight   int64             `json:"weight,omitempty" minimum:"0" maximum:"1000000000" doc:"Grams."`
	Files    []string          `json:"files,omitempty" maxItems:"10" doc:"Of digital: ids of files that are there."`
	Keys     bool              `json:"keys,omitempty" doc:"Of digital: each piece gets a key of the list."`
	LowStock int64             `json:"low_stock,omitempty" minimum:"0" maximum:"1000000000" doc:"From which stock on it runs low; 0: the product's."`
	Stock    *int64            `json:"stock,omitempty" minimum:"0" maximum:"1000000000" doc:"How many can be bought now; leaves it as it is when absent."`
}

// ProductBody is the part of a product that people write.
type ProductBody struct {
	Names        map[string]string `json:"names" doc:"By language, at least one."`
	Descriptions map[string]string `json:"descriptions,omitempty"`
	Pictures     []string          `json:"pictures,omitempty" maxItems:"20" maxLength:"100" doc:"Ids of uploaded pictures; the first is the main one."`
	State        shop.ProductState `json:"state,omitempty" enum:"draft,active,archived" default:"draft"`
	Category     string            `json:"category,omitempty" maxLength:"100"`
	Position     int64             `json:"position,omitempty" minimum:"-1000000" maximum:"1000000" doc:"The smaller number is shown first."`
	Kind         shop.Kind         `json:"kind,omitempty" enum:"goods,digital,booking" default:"goods" doc:"Can't be changed later."`
	LowStock     int64             `json:"low_stock,omitempty" minimum:"0" maximum:"1000000000" doc:"From which stock on a choice runs low; 0: nobody is told."`
	Downloads    int               `json:"downloads,omitempty" minimum:"0" maximum:"100" doc:"Of digital: how often a file may be downloaded for one piece."`
	Calendar     *booking.Plan     `json:"calendar,omitempty" doc:"Of a booking."`
	TaxRate      *tax.Rate         `json:"tax_rate,omitempty" minimum:"0" maximum:"10000" doc:"Included in the price, in hundredths of a percent; none: the shop's."`
	Variants     []variantBody     `json:"variants" minItems:"1" maxItems:"100" nullable:"false"`
}

// product gives the domain's form, and the stock of variants by position.
func (p ProductBody) product(owner, id string, version int64) (shop.Product, map[int]int64) {
	if p.Descriptions == nil {
		p.Descriptions = map[string]string{} // {} in answers, as where they are empty
	}
	product := shop.Product{ID: id, Account: owner, Names: p.Names, Descriptions: p.Descriptions, Pictures: p.Pictures,
		State: p.State, Category: p.Category, Position: p.Position, Kind: p.Kind, LowStock: p.LowStock, Downloads: p.Downloads, Calendar: p.Calendar, TaxRate: p.TaxRate, Version: version}
	quantities := map[int]int64{}
	for i, variant := range p.Variants {
		product.Variants = append(product.Variants, shop.Variant{ID: variant.ID, Labels: variant.Labels,
			Price: variant.Price, Weight: variant.Weight, Files: variant.Files, Keys: variant.Keys, LowStock: variant.LowStock})
		if variant.Stock != nil {
			quantities[i] = *variant.Stock
		}
	}
	return product, quantities
}

type newProductInput struct{ Body ProductBody }

func (s *surface) createProduct(ctx context.Context, who account.Access, in *newProductInput) (shop.Product, error) {
	product, quantities := in.Body.product(who.Account, "", 0)
	return s.Shop.SaveProduct(ctx, product, quantities)
}

type changeProductInput struct {
	OneProduct
	Body struct {
		ProductBody
		Version int64 `json:"version" doc:"Of the product that was read."`
	}
}

func (s *surface) changeProduct(ctx context.Context, who account.Access, in *changeProductInput) (shop.Product, error) {
	product, quantities := in.Body.product(who.Account, in.Product, in.Body.Version)
	return s.Shop.SaveProduct(ctx, product, quantities)
}

func (s *surface) archiveProduct(ctx context.Context, who account.Access, in *OneProduct) error {
	return s.Shop.ArchiveProduct(ctx, who.Account, in.Product)
}

// OneVariant names a variant in a path.
type OneVariant struct {
	Variant string `path:"variant" maxLength:"80"`
}

type stock struct {
	Variant   string `json:"variant"`
	Available int64  `json:"available" doc:"Can be bought now."`
	Held      int64  `json:"held" doc:"By orders that are not paid yet."`
	Sold      int64  `json:"sold"`
}

func (s *surface) viewStock(ctx context.Context, account, variant string) (stock, error) {
	found, err := s.Shop.Stock(ctx, account, variant)
	view := stock{Variant: variant, Available: found.Available, Sold: found.Sold}
	for _, count := range found.Holds {
		view.Held += count
	}
	return view, err
}

func (s *surface) getStock(ctx context.Context, who account.Access, in *OneVariant) (stock, error) {
	return s.viewStock(ctx, who.Account, in.Variant)
}

type setStockInput struct {
	OneVariant
	Body struct {
		Available int64 `json:"available" minimum:"0" maximum:"1000000000"`
	}
}

func (s *surface) setStock(ctx context.Context, who account.Access, in *setStockInput) (stock, error) {
	if err := s.Shop.SetStock(ctx, who.Account, in.Variant, in.Body.Available); err != nil {
		return stock{}, err
	}
	return s.viewStock(ctx, who.Account, in.Variant)
}

type addStockInput struct {
	OneVariant
	Body struct {
		By int64 `json:"by" minimum:"-1000000000" maximum:"1000000000" doc:"Negative for a loss."`
	}
}

func (s *surface) addStock(ctx context.Context, who account.Access, in *addStockInput) (stock, error) {
	if err := s.Shop.AddStock(ctx, who.Account, in.Variant, in.Body.By); err != nil {
		return stock{}, err
	}
	return s.viewStock(ctx, who.Account, in.Variant)
}

func (s *surface) listCoupons(ctx context.Context, who account.Access, in *Paging) (page[shop.Coupon], error) {
	return pageOf(s.Shop.Coupons(ctx, who.Account, in.Limit, in.at()))
}

// OneCoupon names a coupon in a path.
type OneCoupon struct {
	Coupon string `path:"coupon" maxLength:"40"`
}

type couponView struct {
	shop.Coupon
	Uses int64 `json:"uses" doc:"Counted when it has a limit, unpaid orders included."`
}

func (s *surface) getCoupon(ctx context.Context, who account.Access, in *OneCoupon) (couponView, error) {
	found, err := s.Shop.Coupon(ctx, who.Account, in.Coupon)
	if err != nil {
		return couponView{}, err
	}
	uses, err := s.Shop.CouponUses(ctx, found)
	return couponView{found, uses}, err
}

type newCouponInput struct {
	Body struct {
		Code       string        `json:"code" maxLength:"24"`
		Percent    int64         `json:"percent,omitempty" minimum:"0" maximum:"100" doc:"Either this or off."`
		Off        *money.Amount `json:"off,omitempty"`
		Minimum    int64         `json:"minimum,omitempty" minimum:"0" maximum:"1000000000000" doc:"Smallest subtotal, in minor units."`
		Total      int64         `json:"total,omitempty" minimum:"0" maximum:"1000000000" doc:"Uses by everybody; 0 for no limit."`
		PerPerson  int64         `json:"per_person,omitempty" minimum:"0" maximum:"1000000000" doc:"Uses by one subscriber; 0 for no limit."`
		Automatic  bool          `json:"automatic,omitempty" doc:"Applies by itself, if it is the best."`
		FirstOrder bool          `json:"first_order,omitempty" doc:"For somebody's first order only."`
		Tag        string        `json:"tag,omitempty" maxLength:"40" doc:"For subscribers with this tag only."`
		Product    string        `json:"product,omitempty" maxLength:"64" doc:"Off this product alone."`
		Starts     *time.Time    `json:"starts,omitempty"`
		Ends       *time.Time    `json:"ends,omitempty"`
	}
}

func (s *surface) createCoupon(ctx context.Context, who account.Access, in *newCouponInput) (shop.Coupon, error) {
	coupon := shop.Coupon{Account: who.Account, Code: in.Body.Code, Percent: in.Body.Percent, Minimum: in.Body.Minimum,
		Total: in.Body.Total, PerPerson: in.Body.PerPerson, Starts: in.Body.Starts, Ends: in.Body.Ends, Active: true,
		Automatic: in.Body.Automatic, FirstOrder: in.Body.FirstOrder, Tag: in.Body.Tag, Product: in.Body.Product}
	if in.Body.Off != nil {
		coupon.Off = *in.Body.Off
	}
	return s.Shop.AddCoupon(ctx, coupon)
}

type enableCouponInput struct {
	OneCoupon
	Body struct {
		Active bool `json:"active"`
	}
}

func (s *surface) enableCoupon(ctx context.Context, who account.Access, in *enableCouponInput) error {
	return s.Shop.EnableCoupon(ctx, who.Account, in.Coupon, in.Body.Active)
}
