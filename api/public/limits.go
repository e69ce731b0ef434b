package public

import (
	"github.com/gin-gonic/gin"

	"plaza/money"
	"plaza/templates"
)

// balanceLimits are what somebody's level lets them do with their balance.
func (p *pages) balanceLimits(c *gin.Context, front storefront) (templates.BalanceLimits, error) {
	currency := front.account.Currency
	today, err := p.Wallet.Today(c, front.person, currency)
	if err != nil {
		return templates.BalanceLimits{}, err
	}
	amount := func(minor int64) money.Amount { return money.Of(minor, currency) }
	limits := today.Limits
	view := templates.BalanceLimits{Level: today.Level.String(), Once: amount(limits.Once), Day: amount(limits.Day), Left: amount(today.Send),
		Pay: amount(limits.Pay), PayDay: amount(limits.PayDay), PayLeft: amount(today.Pay), TopUp: amount(limits.TopUp),
		Balance: amount(limits.Balance), Room: amount(today.Room)}
	if today.Next == nil {
		return view, nil
	}
	standing, err := p.PINs.Standing(c, front.person)
	view.Next = &templates.NextLevel{Once: amount(today.Next.Once), Day: amount(today.Next.Day), Balance: amount(today.Next.Balance),
		From: standing.From, PINPath: pinPath(front.account)}
	return view, err
}
