package shop_test

import (
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/store"
)

// The documents as they were stored before products had kinds and orders had
// deliveries and taxes, field by field.
type earlierProduct struct {
	ID           string            `bson:"_id"`
	Account      string            `bson:"account"`
	Names        map[string]string `bson:"names"`
	Descriptions map[string]string `bson:"descriptions"`
	Pictures     []string          `bson:"pictures"`
	State        string            `bson:"state"`
	Category     string            `bson:"category"`
	Position     int64             `bson:"position"`
	Variants     []earlierVariant  `bson:"variants"`
	Price        money.Amount      `bson:"price"`
	Version      int64             `bson:"version"`
	CreatedAt    time.Time         `bson:"created_at"`
	UpdatedAt    time.Time         `bson:"updated_at"`
}

type earlierVariant struct {
	ID    string       `bson:"id"`
	Price money.Amount `bson:"price"`
}

type earlierStock struct {
	ID        string           `bson:"_id"`
	Account   string           `bson:"account"`
	Available int64            `bson:"available"`
	Holds     map[string]int64 `bson:"holds"`
	Sold      int64            `bson:"sold"`
}

type earlierCart struct {
	ID        string        `bson:"_id"`
	Account   string        `bson:"account"`
	Lines     []earlierLine `bson:"lines"`
	Coupon    string        `bson:"coupon,omitempty"`
	Version   int64         `bson:"version"`
	ExpiresAt time.Time     `bson:"expires_at"`
}

type earlierLine struct {
	Variant  string `bson:"variant"`
	Quantity int    `bson:"quantity"`
}

type earlierOrder struct {
	ID           string               `bson:"_id"`
	Account      string               `bson:"account"`
	Number       string               `bson:"number"`
	Subscriber   string               `bson:"subscriber"`
	Person       message.Person       `bson:"person"`
	Lines        []earlierOrderLine   `bson:"lines"`
	Subtotal     money.Amount         `bson:"subtotal"`
	Discount     money.Amount         `bson:"discount"`
	Total        money.Amount         `bson:"total"`
	Delivery     map[string]string    `bson:"delivery"`
	State        string               `bson:"state"`
	Stock        string               `bson:"stock"`
	Reservations []earlierReservation `bson:"reservations"`
	Refunded     int64                `bson:"refunded"`
	Tell         []string             `bson:"tell"`
	History      []shop.Change        `bson:"history"`
	PlacedAt     time.Time            `bson:"placed_at"`
	ExpiresAt    time.Time            `bson:"expires_at"`
	Until        time.Time            `bson:"until"`
	Due          time.Time            `bson:"due"`
	Version      int64                `bson:"version"`
}

type earlierOrderLine struct {
	Product  string       `bson:"product"`
	Variant  string       `bson:"variant"`
	Name     string       `bson:"name"`
	Price    money.Amount `bson:"price"`
	Quantity int          `bson:"quantity"`
	Amount   money.Amount `bson:"amount"`
}

type earlierReservation struct {
	Stock string `bson:"stock"`
	Count int64  `bson:"count"`
}

func keep[T any](t *testing.T, k *kit, name string, document T) {
	t.Helper()
	if err := store.Declare[T](store.Schema{Name: name}).In(k.db, account).Insert(t.Context(), document); err != nil {
		t.Fatal(err)
	}
}

func TestWhatEarlierVersionsStoredGoesOn(t *testing.T) {
	k := open(t)
	const product, variant, order = "01J0PRODUCT", "01J0PRODUCT-0000000001", "01J0ORDER00000000000000001"
	price, buyer, now := money.Of(1000, "CNY"), k.person("mei", 10000), k.now()
	keep(t, k, "products", earlierProduct{ID: product, Account: account, Names: map[string]string{"en": "Milk"}, State: "active",
		Variants: []earlierVariant{{variant, price}}, Price: price, Version: 1, CreatedAt: now, UpdatedAt: now})
	keep(t, k, "stocks", earlierStock{ID: variant, Account: account, Available: 8, Holds: map[string]int64{order: 2}})
	keep(t, k, "carts", earlierCart{ID: buyer.ID, Account: account, Lines: []earlierLine{{variant, 1}}, Version: 3, ExpiresAt: now.Add(time.Hour)})
	keep(t, k, "orders", earlierOrder{ID: order, Account: account, Number: "260504-ABCDE", Subscriber: buyer.ID, Person: buyer,
		Lines:    []earlierOrderLine{{product, variant, "Milk", price, 2, money.Of(2000, "CNY")}},
		Subtotal: money.Of(2000, "CNY"), Discount: money.Of(0, "CNY"), Total: money.Of(2000, "CNY"), Delivery: map[string]string{"address": "Mill Street 1"},
		State: "placed", Stock: "held", Reservations: []earlierReservation{{variant, 2}}, Tell: []string{}, History: []shop.Change{{State: shop.Placed, At: now, By: "customer"}},
		PlacedAt: now, ExpiresAt: now.Add(time.Hour), Until: now, Due: now.Add(time.Hour), Version: 1})

	found, err := k.Order(t.Context(), account, order)
	if err != nil || !found.NeedsHands() || found.Taxes != nil || !found.ShippingCost().IsZero() || found.Delivery.Address != "Mill Street 1" {
		t.Fatalf("the order is read as %+v, %v", found, err)
	}
	if _, err := k.pay(buyer, found); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.wantStock(variant, 8, 0, 2)
	if _, err := k.Ship(t.Context(), account, order, "SF", "1", "member"); err != nil {
		t.Fatal(err)
	}
	k.delivers(rate(1300)) // the shop goes on to use what is new
	if _, err := k.SaveAddress(t.Context(), buyer, "", home(), true); err != nil {
		t.Fatal(err)
	}
	next, err := k.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "next"})
	if err != nil || next.Total.Minor != 1500 || len(next.Taxes) != 1 {
		t.Fatalf("the cart is ordered as %+v, %v", next, err)
	}
	milk, err := k.Product(t.Context(), account, product)
	if err != nil || !milk.Is(shop.Goods) {
		t.Fatalf("%+v, %v", milk, err)
	}
	milk.LowStock = 10
	if _, err := k.SaveProduct(t.Context(), milk, nil); err != nil {
		t.Error(err)
	}
	k.wantBalance(buyer, 8000)
	k.audit()
}
