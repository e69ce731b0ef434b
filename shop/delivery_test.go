package shop_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plaza/message"
	"plaza/money"
	"plaza/shop"
	"plaza/shop/address"
	"plaza/shop/shipping"
	"plaza/shop/tax"
	"plaza/store"
)

func home() address.Address {
	return address.Address{Name: "Mei Lin", Phone: "13800138000", Country: "CN", Region: "广东省", City: "深圳市", District: "南山区", Street: "科技园路 1 号"}
}

func rate(of int64) *tax.Rate { r := tax.Rate(of); return &r }

// delivers gives the shop a courier for part of the world, and a counter.
func (k *kit) delivers(rate *tax.Rate) (courier, pickup string) {
	k.t.Helper()
	regions, err := shipping.ParseRegions("CN 广东")
	if err != nil {
		k.t.Fatal(err)
	}
	saved, err := k.SaveSettings(k.t.Context(), shop.Settings{Account: account, TaxRate: rate, Methods: []shipping.Method{
		{Names: map[string]string{"en": "Courier"}, Kind: shipping.Flat, Price: 500, FreeFrom: 10000, Regions: regions},
		{Names: map[string]string{"en": "Pick up"}, Kind: shipping.PickUp},
	}})
	if err != nil {
		k.t.Fatal(err)
	}
	return saved.Methods[0].ID, saved.Methods[1].ID
}

func TestAnOrderIsDeliveredWhereItsBuyerChose(t *testing.T) {
	k := open(t)
	courier, _ := k.delivers(rate(1300))
	variant, buyer := k.product("Milk", 1000, 5), k.person("mei", 10000)
	saved, err := k.SaveAddress(t.Context(), buyer, "", home(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.AddToCart(t.Context(), buyer, variant, 2); err != nil {
		t.Fatal(err)
	}
	if err := k.ChooseDelivery(t.Context(), buyer, saved.ID, courier); err != nil {
		t.Fatal(err)
	}
	view, err := k.Cart(t.Context(), buyer)
	if err != nil || view.Total.Minor != 2500 || view.Shipping.Minor != 500 || view.DeliveryFault != nil {
		t.Fatalf("%+v, %v", view, err)
	}
	order, err := k.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "k", Delivery: shop.Delivery{Note: "Ring twice"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := k.DeleteAddress(t.Context(), buyer, saved.ID); err != nil {
		t.Fatal(err)
	}
	kept, err := k.Order(t.Context(), account, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	if kept.Total.Minor != 2500 || kept.ShippingCost().Minor != 500 || kept.Shipping.Name != "Courier" ||
		kept.Delivery.To == nil || kept.Delivery.To.City != "深圳市" || kept.Delivery.Note != "Ring twice" || kept.Delivery.Name != "Mei Lin" {
		t.Errorf("the order keeps %+v, %+v", kept.Delivery, kept.Shipping)
	}
	if len(kept.Taxes) != 1 || kept.Taxes[0].Gross.Minor != 2500 || kept.Taxes[0].Tax.Minor != 288 { // 287.61
		t.Errorf("taxes: %+v", kept.Taxes)
	}
	if _, err := k.pay(buyer, order); err != nil {
		t.Fatal(err)
	}
	k.wantBalance(buyer, 7500)
	receipt, err := k.Receipt(t.Context(), kept, "en")
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, line := range receipt.Receipt.Lines {
		shown = append(shown, line.Name+" "+line.Amount.In("en"))
	}
	if got := strings.Join(shown, "|"); got != "Milk CN¥20.00|Delivery: Courier CN¥5.00|Included tax (13%) CN¥2.88" {
		t.Errorf("the receipt shows %s", got)
	}
}

func TestWhatCannotBeDeliveredIsNotOrdered(t *testing.T) {
	k := open(t)
	courier, pickup := k.delivers(nil)
	variant, buyer := k.product("Milk", 1000, 5), k.person("ada", 0)
	if _, err := k.AddToCart(t.Context(), buyer, variant, 1); err != nil {
		t.Fatal(err)
	}
	order := func(request shop.CheckoutRequest) error {
		request.Key = store.NewID()
		_, err := k.Checkout(t.Context(), buyer, request)
		return err
	}
	if err := order(shop.CheckoutRequest{}); !errors.Is(err, shop.ErrAddressNeeded) {
		t.Errorf("without an address: %v", err)
	}
	far := home()
	far.Region = "北京市"
	saved, err := k.SaveAddress(t.Context(), buyer, "", far, false)
	if err != nil {
		t.Fatal(err)
	}
	view, err := k.Cart(t.Context(), buyer)
	if way, _ := view.Way(); err != nil || way.ID != pickup {
		t.Errorf("only picking up is left: %+v, %v", view.Ways, err)
	}
	if _, err := k.ChangeSettings(t.Context(), account, func(s *shop.Settings) error { s.Methods[1].Off = true; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := order(shop.CheckoutRequest{}); !errors.Is(err, shop.ErrNotDelivered) {
		t.Errorf("to Beijing: %v", err)
	}
	other := k.person("eve", 0)
	for _, chosen := range []error{
		k.ChooseDelivery(t.Context(), other, saved.ID, courier), k.DeleteAddress(t.Context(), other, saved.ID), k.DefaultAddress(t.Context(), other, saved.ID)} {
		if !errors.Is(chosen, shop.ErrNoAddress) {
			t.Errorf("somebody else's address: %v", chosen)
		}
	}
	if err := k.ChooseDelivery(t.Context(), buyer, "", "nosuch"); !errors.Is(err, shop.ErrNoMethod) {
		t.Error(err)
	}
	if _, err := k.SaveSettings(t.Context(), shop.Settings{Account: account}); !errors.Is(err, shop.ErrSettingsChanged) {
		t.Errorf("saved over what was there: %v", err)
	}
}

func TestTheChatAsksHowToDeliver(t *testing.T) {
	k := open(t)
	_, pickup := k.delivers(nil)
	variant, buyer := k.product("Milk", 1000, 5), k.person("mei", 0)
	if _, err := k.AddToCart(t.Context(), buyer, variant, 1); err != nil {
		t.Fatal(err)
	}
	say := func(in message.Inbound) []message.Outbound {
		t.Helper()
		out, handled, err := k.Answer(t.Context(), buyer, in)
		if err != nil || !handled {
			t.Fatal(handled, err)
		}
		return out
	}
	asked := say(message.Inbound{Kind: message.TextIn, Text: "checkout"})[0]
	if !strings.Contains(asked.Text, "To have it delivered, please enter your address") || len(asked.Buttons) != 2 || !strings.HasSuffix(asked.Buttons[1].URL, "/shop/corner/cart") {
		t.Fatalf("without an address: %+v", asked)
	}
	if _, err := k.SaveAddress(t.Context(), buyer, "", home(), false); err != nil {
		t.Fatal(err)
	}
	asked = say(message.Inbound{Kind: message.TextIn, Text: "checkout"})[0]
	if !strings.Contains(asked.Text, "Mei Lin") || len(asked.Buttons) != 2 || asked.Buttons[0].Label != "Courier CN¥5.00" {
		t.Fatalf("with one: %+v", asked)
	}
	for range 2 { // the same button twice is one order
		answer := say(message.Inbound{Kind: message.Press, Payload: asked.Buttons[0].Payload})
		if receipt := answer[0].Receipt; receipt == nil || receipt.Total.Minor != 1500 {
			t.Fatalf("%+v", answer)
		}
	}
	found, _, err := k.Orders(t.Context(), account, "", 10, "")
	if err != nil || len(found) != 1 || found[0].Shipping.Method == pickup {
		t.Errorf("%d orders, %v", len(found), err)
	}
}

func TestAddressesAreKeptInABook(t *testing.T) {
	k := open(t)
	person := k.person("mei", 0)
	first, err := k.SaveAddress(t.Context(), person, "", home(), false)
	if err != nil {
		t.Fatal(err)
	}
	office := home()
	office.Name = "Office"
	second, err := k.SaveAddress(t.Context(), person, "", office, true)
	if err != nil {
		t.Fatal(err)
	}
	want := func(ids ...string) {
		t.Helper()
		all, err := k.Addresses(t.Context(), person)
		if err != nil || len(all) != len(ids) {
			t.Fatalf("%+v, %v", all, err)
		}
		for i, id := range ids {
			if all[i].ID != id || all[i].Default != (i == 0) {
				t.Errorf("%d is %+v", i, all[i])
			}
		}
	}
	want(second.ID, first.ID)
	if err := k.DefaultAddress(t.Context(), person, first.ID); err != nil {
		t.Fatal(err)
	}
	want(first.ID, second.ID)
	if err := k.DeleteAddress(t.Context(), person, first.ID); err != nil {
		t.Fatal(err)
	}
	want(second.ID)
	if _, err := k.SaveAddress(t.Context(), person, first.ID, home(), false); !errors.Is(err, shop.ErrNoAddress) {
		t.Errorf("changing what is deleted: %v", err)
	}
	for range 19 {
		if _, err := k.SaveAddress(t.Context(), person, "", home(), false); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := k.SaveAddress(t.Context(), person, "", home(), false); !errors.Is(err, shop.ErrTooManyAddresses) {
		t.Error(err)
	}
}

// TestTotalsAddUp makes carts of any goods, coupons, deliveries and rates, and
// holds the parts of each order and of what is left after refunds to its whole.
func TestTotalsAddUp(t *testing.T) {
	k := open(t)
	courier, pickup := k.delivers(rate(1000))
	buyer := k.person("mei", 0)
	if _, err := k.SaveAddress(t.Context(), buyer, "", home(), true); err != nil {
		t.Fatal(err)
	}
	var variants []string
	for i, each := range []*tax.Rate{nil, rate(0), rate(600), rate(1300)} {
		saved, err := k.SaveProduct(t.Context(), shop.Product{Account: account, State: shop.Active, TaxRate: each,
			Names: map[string]string{"en": "Goods"}, Variants: []shop.Variant{{Price: money.Of([]int64{1, 999, 3333, 0}[i], "CNY"), Weight: 100}}},
			map[int]int64{0: 1_000_000})
		if err != nil {
			t.Fatal(err)
		}
		variants = append(variants, saved.Variants[0].ID)
	}
	for _, coupon := range []shop.Coupon{{Code: "ALL", Percent: 100}, {Code: "THIRD", Percent: 33}, {Code: "FIVE", Off: money.Of(500, "CNY")}} {
		coupon.Account = account
		if _, err := k.AddCoupon(t.Context(), coupon); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		request := shop.CheckoutRequest{Key: store.NewID(), Coupon: rapid.SampledFrom([]string{"", "ALL", "THIRD", "FIVE"}).Draw(r, "coupon"),
			Shipping: rapid.SampledFrom([]string{courier, pickup}).Draw(r, "shipping")}
		for _, variant := range variants {
			if n := rapid.IntRange(0, 9).Draw(r, "quantity"); n > 0 {
				request.Lines = append(request.Lines, shop.CartLine{Variant: variant, Quantity: n})
			}
		}
		if request.Lines == nil {
			return
		}
		order, err := k.Checkout(t.Context(), buyer, request)
		if err != nil {
			r.Fatal(err)
		}
		var lines, taxed int64
		for _, line := range order.Lines {
			lines += line.Amount.Minor
		}
		for _, line := range order.Taxes {
			taxed += line.Gross.Minor
		}
		if lines != order.Subtotal.Minor || order.Total.Minor < 0 || order.Discount.Minor > lines || taxed != order.Total.Minor ||
			order.Subtotal.Minor-order.Discount.Minor+order.ShippingCost().Minor != order.Total.Minor {
			r.Fatalf("%d of goods, %+v", lines, order)
		}
		if free := order.Subtotal.Minor-order.Discount.Minor >= 10000; request.Shipping == courier && free != order.ShippingCost().IsZero() {
			r.Fatalf("goods of %d less %d cost %d to bring", order.Subtotal.Minor, order.Discount.Minor, order.ShippingCost().Minor)
		}
		order.Refunded = rapid.Int64Range(0, order.Total.Minor).Draw(r, "refunded")
		var kept int64
		for _, line := range order.TaxesKept() {
			kept += line.Gross.Minor
		}
		if kept != order.Total.Minor-order.Refunded {
			r.Fatalf("of %d less %d there are %d at rates", order.Total.Minor, order.Refunded, kept)
		}
		if order.Total.Minor > 0 {
			if _, err := k.Cancel(t.Context(), account, order.ID, "test"); err != nil {
				r.Fatal(err)
			}
		}
	})
}

func TestAWholeRefundGivesTheDeliveryBackToo(t *testing.T) {
	k := open(t)
	courier, _ := k.delivers(rate(1000))
	variant, buyer := k.product("Milk", 1000, 5), k.person("mei", 5000)
	if _, err := k.SaveAddress(t.Context(), buyer, "", home(), true); err != nil {
		t.Fatal(err)
	}
	order, err := k.Checkout(t.Context(), buyer, shop.CheckoutRequest{Key: "k", Shipping: courier, Lines: []shop.CartLine{{Variant: variant, Quantity: 2}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.pay(buyer, order); err != nil {
		t.Fatal(err)
	}
	k.wantBalance(buyer, 2500)
	if _, err := k.Refund(t.Context(), account, order.ID, "part", order.ShippingCost().Minor, "", "m"); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.wantBalance(buyer, 3000)
	if _, err := k.Refund(t.Context(), account, order.ID, "rest", 0, "", "m"); err != nil {
		t.Fatal(err)
	}
	k.settle()
	k.wantBalance(buyer, 5000)
	if k.state(order) != shop.Refunded {
		t.Error(k.state(order))
	}
	k.audit()
}
