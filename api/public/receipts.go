package public

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/templates"
)

// listedReceipts is how many receipts their list shows.
const listedReceipts = 100

func receiptsPath(of account.Account) string { return "/receipts/" + of.Slug }

// receiptList shows somebody's own receipts.
func (p *pages) receiptList(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page := &templates.Receipts{Base: p.base(c, front.account), WalletPath: walletPath(front.account)}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	found, err := p.Receipts.Of(c, front.person, listedReceipts)
	for _, one := range found {
		page.Rows = append(page.Rows, templates.ReceiptRow{URL: receiptsPath(front.account) + "/" + url.PathEscape(one.Number),
			Kind: string(one.Kind), About: one.About, Amount: one.Amount, At: one.At})
	}
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

// receipt shows one to its owner; to anybody else it is not there.
func (p *pages) receipt(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	found, err := p.Receipts.Find(c, front.person, c.Param("number"))
	if err != nil {
		return err
	}
	payment, err := p.receiptPayment(c, front, found)
	if err != nil {
		return err
	}
	page := &templates.ReceiptPage{Base: p.base(c, front.account), ListPath: receiptsPath(front.account), Number: found.Number, Kind: string(found.Kind),
		Amount: found.Amount, Method: found.Method, About: found.About, Note: found.Note, Reference: found.Reference, At: found.At,
		Refunded: backOf(payment), SplitPath: splittableBy(front.account, found, payment)}
	if page.Bought, err = p.boughtBy(c, front, payment); err != nil {
		return err
	}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	return p.Draw(c, page)
}
