package public

import (
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/shop/pay/receipt"
	"plaza/shop/pay/wallet"
	"plaza/templates"
)

// payCode shows a code to pay with at the counter. Each look makes another, until
// one has paid: then it shows what.
func (p *pages) payCode(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page, err := p.payCodePage(c, front, c.Query("after"))
	if err != nil {
		return err
	}
	if page.Paid != nil {
		return p.Draw(c, page)
	}
	code, err := p.Wallet.PayCode(c, front.person)
	if err != nil {
		return err
	}
	return p.drawPayCode(c, front, page, code)
}

// payCodePage is the page around a code. Its address names the latest sale at its
// first look, so that one which came after it is what a code has paid.
func (p *pages) payCodePage(c *gin.Context, front storefront, after string) (page *templates.PayCode, err error) {
	path := walletPath(front.account)
	page = &templates.PayCode{Base: p.base(c, front.account), Path: path}
	if page.Live, err = p.liveOf(c, front); err != nil {
		return nil, err
	}
	if page.Nav, err = p.nav(c, front); err != nil {
		return nil, err
	}
	if page.Balance, err = p.Wallet.Balance(c, front.person, front.account.Currency); err != nil {
		return nil, err
	}
	latest, err := p.latestSale(c, front)
	if err != nil {
		return nil, err
	}
	page.Here = path + "/code?" + url.Values{"after": {latest.Number}}.Encode()
	if after != "" && latest.Number != after && latest.Number != noSale {
		page.Paid = &templates.PaidSale{Amount: latest.Amount, To: latest.About, At: latest.At,
			ReceiptPath: receiptsPath(front.account) + "/" + url.PathEscape(latest.Number)}
	}
	return page, nil
}

// noSale stands for the receipt of who has paid nothing at the counter lately.
const noSale = "none"

// lately is among how many of somebody's receipts their latest sale is looked for.
const lately = 10

func (p *pages) latestSale(c *gin.Context, front storefront) (receipt.Receipt, error) {
	found, err := p.Receipts.Of(c, front.person, lately)
	for _, one := range found {
		if one.Kind == receipt.Sale {
			return one, err
		}
	}
	return receipt.Receipt{Number: noSale}, err
}

// drawPayCode puts a code on its page.
func (p *pages) drawPayCode(c *gin.Context, front storefront, page *templates.PayCode, code wallet.PayCode) error {
	page.Digits, page.Seconds = code.Digits, int(code.For.Seconds())
	page.Grouped = code.Digits[:4] + " " + code.Digits[4:8] + " " + code.Digits[8:12] + " " + code.Digits[12:]
	if set, err := p.hasPIN(c, front.person); err != nil {
		return err
	} else if set && !page.Unlocked {
		page.UnlockPath = page.Path + "/unlock"
	}
	return p.Draw(c, page)
}
