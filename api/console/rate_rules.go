package console

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop/exchange"
	"plaza/templates"
)

// rateRules shows which rates the account takes, and how old they may be.
func (s *Console) rateRules(c *gin.Context, page *templates.Rates) error {
	own, err := s.Exchange.Rules(c, accountID(c))
	if err != nil {
		return err
	}
	standing, err := s.Exchange.Published(c)
	if err != nil {
		return err
	}
	page.Published = templates.Published{Offered: standing.Offered, Taken: own.Published && own.Currency == page.From,
		Day: standing.Day, ReadAt: standing.ReadAt, Failing: standing.Failing}
	for days := 1; days <= exchange.MaxAge; days++ {
		age := "console.rates.age"
		if days == 1 {
			age = "console.rates.age.one"
		}
		page.Days = append(page.Days, templates.Option{Value: strconv.Itoa(days), Chosen: days == own.Age(), Label: s.Surface.Text(c, age, days)})
	}
	stale, err := s.Exchange.Stale(c, accountID(c), page.From)
	if err == nil && len(stale) > 0 {
		page.Stale = stale[0].Day
	}
	return err
}

func (s *Console) setRateRules(c *gin.Context) error {
	days, _ := strconv.Atoi(field(c, "days")) // anything else is no choice of days
	err := s.audited(c, "rate.rules", "rates", func() error {
		return s.Exchange.SetRules(c, exchange.Rules{Account: accountID(c), Published: field(c, "published") == "true",
			Currency: web.At(c).Account.Currency, Days: days})
	})
	return s.done(c, path(c, "settings", "payments", "rates"), "rates.done.rules", err)
}
