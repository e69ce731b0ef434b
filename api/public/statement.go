package public

import (
	"github.com/gin-gonic/gin"

	"plaza/templates"
)

// statement shows somebody what a month has done to their balance: one balance
// for all subscribers who they are.
func (p *pages) statement(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	owners, err := p.Identity.Linked(c, front.account.ID, front.person.ID)
	if err != nil {
		return err
	}
	made, err := p.Statements.Wallet(c, front.account.ID, owners, c.Query("month"))
	if err != nil {
		return err
	}
	months, err := p.Statements.Months(c, front.account.ID)
	if err != nil {
		return err
	}
	page := &templates.BalanceStatement{Base: p.base(c, front.account), Path: walletPath(front.account),
		WalletMonth: p.WalletMonth(c, made, months, walletPath(front.account)+"/statement")}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	return p.Draw(c, page)
}
