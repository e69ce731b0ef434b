package console

import (
	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/templates"
)

// low counts the variants that run low, for the navigation.
func (s *Console) low(c *gin.Context) (int, error) {
	if !web.At(c).Access.May(account.ReadShop) {
		return 0, nil
	}
	found, err := s.Shop.RunningLow(c, accountID(c))
	return len(found), err
}

// lowProducts lists them instead of the products of a state.
func (s *Console) lowProducts(c *gin.Context, page *templates.Products) error {
	found, err := s.Shop.RunningLow(c, accountID(c))
	for _, one := range found {
		name := one.Product.Name(page.Language)
		if label := one.Variant.Label(page.Language); label != "" {
			name += " (" + label + ")"
		}
		page.Rows = append(page.Rows, templates.ProductRow{ID: one.Product.ID, URL: path(c, "products", one.Product.ID), Name: name,
			Picture: mainPicture(one.Product), Category: one.Product.Category, State: "low", Price: one.Variant.Price, Counted: true, Stock: int(one.Available)})
	}
	return err
}
