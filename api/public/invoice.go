package public

import (
	"errors"
	"mime"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop"
	"plaza/shop/digital"
	"plaza/shop/invoice"
	"plaza/templates"
)

// invoices adds the routes about receipts that tax offices know.
func (p *pages) invoices(get, post func(string, web.Handler)) {
	get("/shop/:account/orders/:order/invoice", p.invoiceFile)
	post("/shop/:account/orders/:order/invoice", p.requestInvoice)
}

// invoice fills the part of an order's page about the receipt: what was asked
// for, or how to ask where the shop's country has such receipts.
func (p *pages) invoice(c *gin.Context, front storefront, order shop.Order, shown *templates.MyOrder) error {
	asked, err := p.Shop.Invoice(c, order.Account, order.ID)
	if err != nil && !errors.Is(err, shop.ErrNoInvoice) {
		return err
	}
	settings, err := p.Shop.Settings(c, order.Account)
	if err != nil {
		return err
	}
	kinds := invoice.Kinds(settings.HomeCountry(front.account.Currency))
	if asked.ID == "" && (len(kinds) == 0 || order.Payment == "" || order.Refunded >= order.Total.Minor) {
		return nil
	}
	form := &templates.InvoiceForm{Path: shown.Path + "/invoice", State: string(asked.State), Number: asked.Number,
		Title: asked.Request.Title, TaxNumber: asked.Request.Number, Email: asked.Request.Email, WithTitle: settings.HomeCountry(front.account.Currency) == "CN"}
	for i, kind := range kinds {
		form.Kinds = append(form.Kinds, templates.Option{Value: string(kind), Label: p.Text(c, "public.invoice."+string(kind)),
			Chosen: kind == asked.Request.Kind || asked.ID == "" && i == 0})
	}
	if asked.File != "" {
		form.FileURL = form.Path
	}
	shown.Invoice = form
	return nil
}

func (p *pages) requestInvoice(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	if !front.known {
		return shop.ErrNoOrder
	}
	path := orderPath(front.account, c.Param("order"))
	_, err = p.Shop.RequestInvoice(c, front.person, c.Param("order"), invoice.Request{Kind: invoice.Kind(c.PostForm("kind")),
		Title: c.PostForm("title"), Number: c.PostForm("number"), Email: c.PostForm("email")})
	if err != nil {
		return p.orBack(c, err, path)
	}
	return web.RedirectSaying(c, path, templates.Flash{Kind: "good", Text: p.Text(c, "public.invoice.asked")})
}

// invoiceFile serves the receipt of the visitor's own order.
func (p *pages) invoiceFile(c *gin.Context) error {
	front, err := p.enter(c)
	if err != nil {
		return err
	}
	if !front.known {
		return shop.ErrNoInvoice
	}
	order, err := p.Shop.OrderOf(c, front.person, c.Param("order"))
	if err != nil {
		return err
	}
	asked, err := p.Shop.Invoice(c, order.Account, order.ID)
	if err != nil {
		return err
	}
	if asked.File == "" {
		return shop.ErrNoInvoice
	}
	file, err := p.Shop.Digital.File(c, order.Account, asked.File)
	if err != nil {
		return err
	}
	return p.sendFile(c, file)
}

// sendFile serves a file to be kept, whole, and so that nothing in it runs.
func (p *pages) sendFile(c *gin.Context, file digital.File) error {
	header := c.Writer.Header()
	header.Set("Content-Type", "application/octet-stream")
	header.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
	header.Set("Content-Length", strconv.FormatInt(file.Size, 10))
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "private, no-store")
	header.Set("Accept-Ranges", "none")
	c.Status(200)
	if c.Request.Method == "HEAD" {
		return nil
	}
	return p.Shop.Digital.Write(c, file, c.Writer)
}
