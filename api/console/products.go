package console

import (
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop"
	"plaza/templates"
)

func (s *Console) products(c *gin.Context) error {
	base, err := s.base(c)
	if err != nil {
		return err
	}
	page := &templates.Products{Base: base}
	tabs, here := s.tabs(c, "state", "state", "active", "draft", "archived", "low")
	page.Tabs = tabs
	if here == "low" {
		if err := s.lowProducts(c, page); err != nil {
			return err
		}
		return s.Surface.Draw(c, page)
	}
	found, next, err := s.Shop.Products(c, accountID(c), shop.ProductState(here), "", pageSize, after(c))
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		row := templates.ProductRow{
			ID: one.ID, URL: path(c, "products", one.ID), Name: one.Name(base.Language), Picture: mainPicture(one),
			Category: one.Category, State: string(one.State), Price: one.Price,
		}
		for _, variant := range one.Variants {
			stock, err := s.Shop.Stock(c, accountID(c), variant.ID)
			if err != nil {
				return err
			}
			if one.Is(shop.Goods) || variant.Keys {
				row.Counted = true
				row.Stock += int(stock.Available)
			}
			row.Sold += int(stock.Sold)
			row.More = row.More || variant.Price != one.Price
		}
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

func mainPicture(p shop.Product) string {
	if len(p.Pictures) == 0 {
		return ""
	}
	return web.PicturePath(p.Pictures[0])
}

func (s *Console) newProduct(c *gin.Context) error {
	kind := shop.Kind(c.Query("kind"))
	if !slices.Contains(shop.Kinds, kind) {
		kind = shop.Goods
	}
	page, err := s.productPage(c, shop.Product{State: shop.Active, Kind: kind})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) editProduct(c *gin.Context) error {
	found, err := s.Shop.Product(c, accountID(c), c.Param("product"))
	if err != nil {
		return err
	}
	page, err := s.productPage(c, found)
	if err != nil {
		return err
	}
	for i, variant := range found.Variants {
		stock, err := s.Shop.Stock(c, accountID(c), variant.ID)
		if err != nil {
			return err
		}
		row := &page.Variants[i]
		row.Stock, row.Sold = decimal(stock.Available), int(stock.Sold)
		for _, held := range stock.Holds {
			row.Held += int(held)
		}
	}
	return s.Surface.Draw(c, page)
}

// productPage is the editor of a product; one without an id is new.
func (s *Console) productPage(c *gin.Context, p shop.Product) (*templates.ProductEditor, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.ProductEditor{
		Base: base, ID: p.ID, Action: path(c, "products", "new"), Name: p.Names, Description: p.Descriptions,
		Category: p.Category, Position: int(p.Position), TaxRate: percent(p.TaxRate), Version: p.Version,
		Kind: string(kindOf(p)), Calendar: s.calendarForm(c, p.Calendar),
		States: s.options(c, "state", string(p.State), string(shop.Active), string(shop.Draft), string(shop.Archived)),
	}
	if page.Categories, err = s.Shop.Categories(c, accountID(c)); err != nil {
		return nil, err
	}
	if p.LowStock > 0 {
		page.LowStock = decimal(p.LowStock)
	}
	if p.Downloads > 0 {
		page.Downloads = decimal(int64(p.Downloads))
	}
	if p.ID == "" {
		page.Kinds = s.kindTabs(c, kindOf(p))
	}
	if p.ID != "" {
		page.Action = path(c, "products", p.ID)
		if p.State == shop.Active {
			page.PublicURL = "/shop/" + base.Account.Slug + "/p/" + p.ID
		}
	}
	for _, id := range p.Pictures {
		page.Pictures = append(page.Pictures, templates.Picture{ID: id, URL: web.PicturePath(id), Alt: p.Name(base.Language)})
	}
	for _, variant := range p.Variants {
		row := templates.VariantRow{ID: variant.ID, Label: variant.Labels, Price: variant.Price.Decimal()}
		row.Keys = variant.Keys
		if variant.LowStock > 0 {
			row.LowStock = decimal(variant.LowStock)
		}
		if row.Files, err = s.soldFiles(c, variant); err != nil {
			return nil, err
		}
		if variant.Weight > 0 {
			row.Weight = decimal(variant.Weight)
		}
		page.Variants = append(page.Variants, row)
	}
	return page, nil
}

func (s *Console) archiveProduct(c *gin.Context) error {
	id := c.Param("product")
	err := s.audited(c, "product.archived", "product:"+id, func() error {
		return s.Shop.ArchiveProduct(c, accountID(c), id)
	})
	return s.done(c, path(c, "products"), "products.done.archived", err)
}
