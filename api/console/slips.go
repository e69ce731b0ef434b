package console

import (
	"net/url"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/shop"
	"plaza/templates"
)

// packingRoutes are about packing orders, and what members tell one another
// about them.
func (s *Console) packingRoutes() []route {
	return []route{
		get("/orders/slips", s.slips, account.ReadShop),
		post("/orders/:order/notes", s.addOrderNote, account.WriteOrders),
	}
}

// maxSlips bounds what is printed at once.
const maxSlips = 50

// slips is a printable page of packing slips, in the language of the shop: who
// packs need not read the buyer's, nor the member's. It has no prices, because it
// goes into the parcel, which may be a present.
func (s *Console) slips(c *gin.Context) error {
	base, err := s.base(c)
	if err != nil {
		return err
	}
	office := web.At(c).Account
	base.Language = office.Language
	page := &templates.PackingSlips{Base: base, Shop: office.Name(office.Language)}
	ids := c.QueryArray("order")
	for _, id := range ids[:min(len(ids), maxSlips)] {
		order, err := s.Shop.Order(c, accountID(c), id)
		if err != nil {
			return err
		}
		page.Slips = append(page.Slips, packingSlip(order, office.Language))
	}
	return s.Surface.Draw(c, page)
}

func packingSlip(order shop.Order, language string) templates.PackingSlip {
	slip := templates.PackingSlip{Number: order.Number, At: instant(order.PlacedAt), To: deliveredTo(order.Delivery, language), Note: order.Delivery.Note}
	if order.Shipping != nil {
		slip.Way = order.Shipping.Name
		if order.Shipping.Grams > 0 {
			slip.Weight = strconv.FormatFloat(float64(order.Shipping.Grams)/1000, 'f', -1, 64) + " kg"
		}
	}
	for _, line := range order.Lines {
		if line.Kind == "" || line.Kind == shop.Goods {
			slip.Lines = append(slip.Lines, templates.SlipLine{Name: line.Name, Label: line.Label, Quantity: line.Quantity})
		}
	}
	return slip
}

// slipsPath prints the slips of those orders that wait to be packed; empty if
// none does.
func slipsPath(c *gin.Context, orders ...shop.Order) string {
	wanted := url.Values{}
	for _, order := range orders {
		if order.State == shop.Paid && order.NeedsHands() {
			wanted.Add("order", order.ID)
		}
	}
	if len(wanted) == 0 {
		return ""
	}
	return path(c, "orders", "slips") + "?" + wanted.Encode()
}

func (s *Console) addOrderNote(c *gin.Context) error {
	return s.changeOrder(c, "order.noted", "orders.done.noted", func(account, order, by string) error {
		_, err := s.Shop.AddOrderNote(c, account, order, by, field(c, "text"))
		return err
	})
}
