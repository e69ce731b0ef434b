package console

import (
	"errors"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/shop"
	"plaza/store"
	"plaza/templates"
)

// invoiceRoutes are about receipts that tax offices know.
func (s *Console) invoiceRoutes() []route {
	return []route{
		get("/invoices", s.invoices, account.ReadShop),
		get("/invoices.csv", s.exportInvoices, account.ReadShop),
		upload("/invoices/:order", s.issueInvoice, account.WriteOrders),
	}
}

func (s *Console) invoices(c *gin.Context) error {
	base, err := s.base(c, "orders")
	if err != nil {
		return err
	}
	page := &templates.Invoices{Base: base, CSVPath: path(c, "invoices.csv")}
	tabs, here := s.tabs(c, "state", "invoice.state", "requested", "issued", "all")
	page.Tabs = tabs
	if here == "all" {
		here = ""
	}
	found, next, err := s.Shop.Invoices(c, accountID(c), shop.InvoiceState(here), pageSize, after(c))
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		row := s.invoiceRow(c, one)
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) invoiceRow(c *gin.Context, one shop.Invoice) templates.InvoiceRow {
	return templates.InvoiceRow{Path: path(c, "invoices", one.ID), OrderURL: path(c, "orders", one.ID), OrderNumber: one.OrderNumber,
		Person: s.personName(c, one.Name, one.Subscriber), Kind: string(one.Request.Kind), Title: one.Request.Title, TaxNumber: one.Request.Number,
		Email: one.Request.Email, Total: one.Total, State: string(one.State), Number: one.Number, At: one.RequestedAt}
}

// exportInvoices gives all requests as CSV, a line for each rate of tax, so that
// a program can add them up.
func (s *Console) exportInvoices(c *gin.Context) error {
	if err := s.audited(c, "invoices.exported", "", func() error { return nil }); err != nil {
		return err
	}
	out, err := download(c, "invoices", "order", "requested_at", "kind", "title", "number", "email", "currency", "total", "tax_rate", "net", "tax", "state", "receipt", "issued_at")
	if err != nil {
		return err
	}
	for next, more := store.Cursor(""), true; more; more = next != "" {
		found, following, err := s.Shop.Invoices(c, accountID(c), shop.InvoiceState(c.Query("state")), store.DefaultPage, next)
		if err != nil {
			return err
		}
		for _, one := range found {
			for _, record := range invoiceRecords(one) {
				if err := out.Write(record); err != nil {
					return err
				}
			}
		}
		next = following
	}
	out.Flush()
	return out.Error()
}

func invoiceRecords(one shop.Invoice) (records [][]string) {
	record := func(rate, net, tax string) []string {
		return []string{one.OrderNumber, stamp(one.RequestedAt), string(one.Request.Kind), inert(one.Request.Title), inert(one.Request.Number), inert(one.Request.Email),
			one.Total.Currency, one.Total.Decimal(), rate, net, tax, string(one.State), inert(one.Number), stamp(instant(one.IssuedAt))}
	}
	for _, line := range one.Taxes {
		records = append(records, record(line.Rate.Percent(), line.Net().Decimal(), line.Tax.Decimal()))
	}
	if records == nil {
		records = [][]string{record("", "", "")}
	}
	return records
}

// issueInvoice marks a request as issued, with a file if one was sent along.
func (s *Console) issueInvoice(c *gin.Context) error {
	id, back := c.Param("order"), path(c, "invoices")
	if strings.HasPrefix(field(c, "then"), "order") {
		back = path(c, "orders", id)
	}
	err := s.audited(c, "invoice.issued", "order:"+id, func() error {
		if _, err := s.Shop.Invoice(c, accountID(c), id); err != nil {
			return err
		}
		file, err := s.sentFile(c, "file")
		if err != nil {
			return err
		}
		_, err = s.Shop.IssueInvoice(c, accountID(c), id, field(c, "number"), file, memberID(c))
		return err
	})
	return s.done(c, back, "invoice.done.issued", err)
}

// sentFile keeps the file that was sent under a name; empty if none was.
func (s *Console) sentFile(c *gin.Context, name string) (string, error) {
	if c.Request.MultipartForm == nil {
		return "", nil
	}
	for _, header := range c.Request.MultipartForm.File[name] {
		if header.Size == 0 {
			continue
		}
		file, err := header.Open()
		if err != nil {
			return "", err
		}
		kept, err := s.Shop.Digital.KeepFile(c, accountID(c), header.Filename, file)
		return kept.ID, errors.Join(err, file.Close())
	}
	return "", nil
}
