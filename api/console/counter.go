package console

import (
	"errors"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/money"
	"plaza/shop/counter"
	"plaza/store"
	"plaza/templates"
)

// till shows what there is to take and what was taken.
func (s *Console) till(c *gin.Context) error {
	page, err := s.tillPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) tillPage(c *gin.Context) (*templates.Counter, error) {
	base, err := s.base(c, "orders")
	if err != nil {
		return nil, err
	}
	page := &templates.Counter{Base: base, Key: store.NewID()}
	found, next, err := s.Counter.List(c, accountID(c), pageSize, after(c))
	if err != nil {
		return nil, err
	}
	page.Pager = pager(c, next)
	for _, sale := range found {
		page.Rows = append(page.Rows, saleRow(c, sale))
	}
	return page, nil
}

func saleRow(c *gin.Context, sale counter.Sale) templates.SaleRow {
	return templates.SaleRow{ID: sale.Number, URL: path(c, "counter", sale.Number), State: string(sale.State), Way: sale.Provider, Note: sale.Note,
		By: sale.By, Amount: sale.Amount, Refunded: money.Of(sale.Refunded, sale.Amount.Currency), At: sale.At}
}

// sale shows one. Looking asks the providers, so that the page is right even if
// no notification has come.
func (s *Console) sale(c *gin.Context) error {
	page, err := s.salePage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) salePage(c *gin.Context) (*templates.Counter, error) {
	found, err := s.Counter.Look(c, accountID(c), c.Param("sale"))
	if err != nil {
		return nil, err
	}
	base, err := s.base(c, "orders")
	if err != nil {
		return nil, err
	}
	row := saleRow(c, found)
	page := &templates.Counter{Base: base, Key: store.NewID(), Open: &row, MayRefund: web.At(c).Access.May(account.Refund),
		Left: money.Of(found.Amount.Minor-found.Refunded, found.Amount.Currency)}
	page.Waiting, err = s.Counter.Waiting(c, found)
	return page, err
}

func (s *Console) beginSale(c *gin.Context) error {
	base, err := s.Surface.ConsoleBase(c)
	if err != nil {
		return err
	}
	var begun counter.Sale
	amount, err := money.Parse(field(c, "amount"), web.At(c).Account.Currency)
	if err == nil {
		err = s.audited(c, "sale.begun", "sale", func() (err error) {
			begun, err = s.Counter.Begin(c, accountID(c), c.PostForm("key"), amount, field(c, "note"), base.Member.Name)
			return err
		})
	} else if wrong, ok := errors.AsType[*fault.Error](err); ok {
		err = wrong.In("amount")
	}
	if err == nil {
		return web.Redirect(c, path(c, "counter", begun.Number))
	}
	page, shown := s.tillPage(c)
	if shown != nil {
		return shown
	}
	page.Key, page.Amount, page.Note = c.PostForm("key"), field(c, "amount"), field(c, "note")
	if err := s.refused(c, &page.Base, err, nil, "amount", "note"); err != nil {
		return err
	}
	return s.again(c, page)
}

// takeSale takes the money of whoever shows the code. A refusal is said on the
// sale's page, where another code can be scanned.
func (s *Console) takeSale(c *gin.Context) error {
	number := c.Param("sale")
	err := s.audited(c, "sale.taken", "sale:"+number, func() error {
		_, err := s.Counter.Take(c, accountID(c), number, field(c, "code"))
		return err
	})
	why, refused := errors.AsType[*fault.Error](err)
	if !refused || errors.Is(err, counter.ErrNoSale) {
		if err != nil {
			return err
		}
		return web.Redirect(c, path(c, "counter", number))
	}
	page, shown := s.salePage(c)
	if shown != nil {
		return shown
	}
	page.Problem = web.Sentence(s.Surface.Renderer.Texts, web.Language(c), why)
	return s.again(c, page)
}

func (s *Console) cancelSale(c *gin.Context) error {
	number := c.Param("sale")
	err := s.audited(c, "sale.cancelled", "sale:"+number, func() error {
		_, err := s.Counter.Cancel(c, accountID(c), number)
		return err
	})
	return s.done(c, path(c, "counter", number), "counter.done.cancelled", err)
}

func (s *Console) refundSale(c *gin.Context) error {
	number := c.Param("sale")
	err := s.audited(c, "sale.refunded", "sale:"+number, func() error {
		amount, err := money.Parse(field(c, "amount"), web.At(c).Account.Currency)
		if err != nil {
			return err
		}
		_, err = s.Counter.Refund(c, accountID(c), number, c.PostForm("key"), amount.Minor, "")
		return err
	})
	return s.done(c, path(c, "counter", number), "counter.done.refunded", err)
}
