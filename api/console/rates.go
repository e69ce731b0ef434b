package console

import (
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/money"
	"plaza/templates"
)

// rates lists what the account's currency is worth in others.
func (s *Console) rates(c *gin.Context) error {
	page, err := s.ratesPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) ratesPage(c *gin.Context) (*templates.Rates, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	found, next, err := s.Exchange.List(c, accountID(c), pageSize, after(c))
	if err != nil {
		return nil, err
	}
	current := web.At(c).Account.Currency
	page := &templates.Rates{Base: base, From: current, Pager: pager(c, next)}
	usable, err := s.Exchange.Into(c, accountID(c), current)
	if err != nil {
		return nil, err
	}
	used := map[money.Rate]bool{}
	for _, rate := range usable {
		used[rate] = true
	}
	for _, one := range found {
		page.Rows = append(page.Rows, templates.RateRow{To: one.To, Value: one.Value, Day: one.Day, Source: one.Source, Used: used[one.Rate],
			Path: path(c, "settings", "payments", "rates", one.To, one.Day, "remove")})
	}
	if err := s.rateRules(c, page); err != nil {
		return nil, err
	}
	for _, currency := range money.Currencies() {
		if currency != current {
			page.Currencies = append(page.Currencies, templates.Option{Value: currency, Label: currency})
		}
	}
	return page, nil
}

func (s *Console) setRate(c *gin.Context) error {
	rate := money.Rate{From: web.At(c).Account.Currency, To: field(c, "to"), Value: strings.ReplaceAll(field(c, "value"), ",", ""),
		Day: field(c, "day"), Source: web.Who(c).Member.Name}
	err := s.audited(c, "rate.set", "rate:"+rate.From+":"+rate.To+":"+rate.Day, func() error {
		_, err := s.Exchange.Set(c, accountID(c), rate)
		return err
	})
	if err == nil {
		return s.done(c, path(c, "settings", "payments", "rates"), "rates.done.set", nil)
	}
	page, shown := s.ratesPage(c)
	if shown != nil {
		return shown
	}
	page.Value, page.Day = field(c, "value"), rate.Day
	for i := range page.Currencies {
		page.Currencies[i].Chosen = page.Currencies[i].Value == rate.To
	}
	if err := s.refused(c, &page.Base, err, nil, "to", "value", "day"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) removeRate(c *gin.Context) error {
	from := web.At(c).Account.Currency
	err := s.audited(c, "rate.removed", "rate:"+from+":"+c.Param("currency")+":"+c.Param("day"), func() error {
		return s.Exchange.Remove(c, accountID(c), from, c.Param("currency"), c.Param("day"))
	})
	return s.done(c, path(c, "settings", "payments", "rates"), "rates.done.removed", err)
}
