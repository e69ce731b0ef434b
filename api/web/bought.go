package web

import (
	"plaza/shop"
	"plaza/shop/tax"
	"plaza/templates"
)

// Bought is an order as pages show it. The links of its lines are of product.
func Bought(order shop.Order, product func(id string) string) templates.Bought {
	bought := templates.Bought{Goods: order.Subtotal, Discount: order.Discount, Coupon: order.Coupon,
		Shipping: order.ShippingCost(), Total: order.Total, Taxes: TaxLines(order.Taxes)}
	if order.Shipping != nil {
		bought.Way = order.Shipping.Name
	}
	for _, line := range order.Lines {
		bought.Lines = append(bought.Lines, templates.ItemLine{VariantID: line.Variant, Name: line.Name, Variant: line.Label,
			Picture: SmallPicturePath(line.Picture), URL: product(line.Product),
			Quantity: line.Quantity, Price: line.Price, Amount: line.Amount})
	}
	return bought
}

// TaxLines are the taxes in a sum as pages show them.
func TaxLines(lines []tax.Line) []templates.TaxLine {
	shown := make([]templates.TaxLine, len(lines))
	for i, line := range lines {
		shown[i] = templates.TaxLine{Rate: line.Rate.String(), Tax: line.Tax}
	}
	return shown
}
