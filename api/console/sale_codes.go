package console

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/counter"
	"plaza/shop/counter/poster"
	"plaza/templates"
)

// saleCodes are the codes that customers scan to pay.
func (s *Console) saleCodes(c *gin.Context) error {
	page, err := s.saleCodesPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) saleCodesPage(c *gin.Context) (*templates.SaleCodes, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.SaleCodes{Base: base}
	found, next, err := s.Counter.Codes(c, accountID(c), pageSize, after(c))
	if err != nil {
		return nil, err
	}
	page.Pager = pager(c, next)
	for _, code := range found {
		page.Rows = append(page.Rows, saleCodeRow(c, code))
	}
	return page, nil
}

func saleCodeRow(c *gin.Context, code counter.Code) templates.SaleCodeRow {
	row := templates.SaleCodeRow{Code: code.Code, URL: path(c, "counter", "codes", code.Code), Label: code.Label, By: code.By,
		State: "active", Amount: code.Amount}
	if code.RevokedAt != nil {
		row.State = "revoked"
	}
	return row
}

func (s *Console) makeSaleCode(c *gin.Context) error {
	base, err := s.Surface.ConsoleBase(c)
	if err != nil {
		return err
	}
	amount := money.Of(0, web.At(c).Account.Currency)
	if typed := field(c, "amount"); typed != "" {
		amount, err = money.Parse(typed, amount.Currency)
	}
	if wrong, ok := errors.AsType[*fault.Error](err); ok {
		err = wrong.In("amount")
	}
	var made counter.Code
	if err == nil {
		err = s.audited(c, "sale_code.made", "sale_code", func() (err error) {
			made, err = s.Counter.MakeCode(c, accountID(c), field(c, "label"), amount, base.Member.Name)
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "counter", "codes", made.Code), "counter.code-made", nil)
	}
	page, shown := s.saleCodesPage(c)
	if shown != nil {
		return shown
	}
	page.Label, page.Amount = field(c, "label"), field(c, "amount")
	if err := s.refused(c, &page.Base, err, nil, "label", "amount"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) saleCode(c *gin.Context) error {
	code, err := s.Counter.Code(c, accountID(c), c.Param("code"))
	if err != nil {
		return err
	}
	base, err := s.base(c)
	if err != nil {
		return err
	}
	page := &templates.SaleCode{Base: base, Row: saleCodeRow(c, code), Link: s.saleLink(code)}
	of := web.At(c).Account
	page.Text, err = code.Text(counter.Merchant{Names: of.Names, Language: of.Language, TimeZone: of.TimeZone, Currency: of.Currency, Link: page.Link})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// saleLink is what a code leads to.
func (s *Console) saleLink(code counter.Code) string { return s.Surface.PublicURL + "/at/" + code.Code }

// salePoster is the sheet to print, in all languages, the account's own first.
func (s *Console) salePoster(c *gin.Context) error {
	code, err := s.Counter.Code(c, accountID(c), c.Param("code"))
	if err != nil {
		return err
	}
	if code.RevokedAt != nil {
		return counter.ErrNoCode
	}
	of := web.At(c).Account
	sheet := poster.Poster{Link: s.saleLink(code), Name: of.Name(of.Language), Language: of.Language, Label: code.Label, Colour: of.Colour}
	if !code.Amount.IsZero() {
		sheet.Amount = code.Amount.In(of.Language)
	}
	for _, language := range message.LanguagesFrom(of.Language) {
		sheet.Lines = append(sheet.Lines, poster.Line{Language: language, Text: s.Surface.Renderer.Texts.Text(language, "poster.scan")})
	}
	drawn, err := sheet.PDF()
	if err != nil {
		return err
	}
	name := strings.Trim(unsafeInNames.ReplaceAllString(of.Slug+"-"+code.Code, "-"), "-")
	c.Header("Content-Disposition", `attachment; filename="`+name+`.pdf"`)
	c.Data(http.StatusOK, "application/pdf", drawn)
	return nil
}

var unsafeInNames = regexp.MustCompile(`[^A-Za-z0-9-]+`)

func (s *Console) revokeSaleCode(c *gin.Context) error {
	code := c.Param("code")
	err := s.audited(c, "sale_code.revoked", "sale_code:"+code, func() error {
		_, err := s.Counter.RevokeCode(c, accountID(c), code)
		return err
	})
	return s.done(c, path(c, "counter", "codes", code), "counter.code-revoked", err)
}
