package console

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/money"
	"plaza/shop/pay/statement"
	"plaza/templates"
)

// statement shows what a month has brought, and one of its lines day by day.
func (s *Console) statement(c *gin.Context) error {
	base, err := s.base(c)
	if err != nil {
		return err
	}
	made, err := s.Statements.Of(c, accountID(c), c.Query("month"))
	if err != nil {
		return err
	}
	months, err := s.Statements.Months(c, accountID(c))
	if err != nil {
		return err
	}
	page := &templates.Statement{Base: base, MonthName: s.Surface.MonthName(c, made.Month), Months: s.Surface.MonthOptions(c, months, made.Month),
		From: made.From, To: made.To, Running: s.now().Before(made.To)}
	for _, part := range []struct {
		name    string
		section statement.Section
	}{{"providers", made.Providers}, {"balances", made.Balances}, {"sales", made.Sales}} {
		shown := templates.StatementSection{Name: part.name, Opening: money.Of(part.section.Opening, made.Currency), Closing: money.Of(part.section.Closing, made.Currency)}
		for _, line := range part.section.Lines {
			row, name := statementLine(line, made.Currency), part.name+"."+string(line.Flow)+"."+line.Provider
			row.URL = path(c, "books", "statement") + "?" + url.Values{"month": {made.Month}, "line": {name}}.Encode()
			if name == c.Query("line") {
				page.Chosen = &row
			}
			shown.Lines = append(shown.Lines, row)
		}
		page.Sections = append(page.Sections, shown)
	}
	return s.Surface.Draw(c, page)
}

func statementLine(of statement.Line, currency string) templates.StatementLine {
	line := templates.StatementLine{Flow: string(of.Flow), Provider: of.Provider, Count: of.Count, Amount: money.Of(of.Amount, currency)}
	for _, day := range of.Days {
		line.Days = append(line.Days, templates.StatementDay{Day: day.Day, Count: day.Count, Amount: money.Of(day.Amount, currency)})
	}
	return line
}

// subscriberStatement shows what a month has done to a subscriber's balance.
func (s *Console) subscriberStatement(c *gin.Context) error {
	one, err := s.Bot.Subscribers().Get(c, accountID(c), c.Param("subscriber"))
	if err != nil {
		return err
	}
	base, err := s.base(c)
	if err != nil {
		return err
	}
	owners, err := s.Identity.Linked(c, accountID(c), one.ID)
	if err != nil {
		return err
	}
	made, err := s.Statements.Wallet(c, accountID(c), owners, c.Query("month"))
	if err != nil {
		return err
	}
	months, err := s.Statements.Months(c, accountID(c))
	if err != nil {
		return err
	}
	back := path(c, "subscribers", one.ID)
	page := &templates.SubscriberStatement{Base: base, Name: s.personName(c, one.Name, one.ID), Back: back,
		WalletMonth: s.Surface.WalletMonth(c, made, months, back+"/statement")}
	return s.Surface.Draw(c, page)
}
