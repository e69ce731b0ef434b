package public

import (
	"errors"
	"net/url"
	"regexp"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/device"
	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay/wallet"
	"plaza/store"
	"plaza/templates"
)

// movements is how much of a balance's past its page shows.
const movements = 20

// keeper is who looks at a page about their money. Such pages are never shown in
// another site's frame.
func (p *pages) keeper(c *gin.Context) (storefront, error) {
	of, err := p.walletOwner(c)
	if err != nil {
		return storefront{}, err
	}
	return p.keeperOf(c, of)
}

func (p *pages) keeperOf(c *gin.Context, of account.Account) (storefront, error) {
	front, err := p.enterShop(c, of)
	if err == nil {
		front, err = p.greet(c, front)
	}
	if err == nil {
		p.sighted(c, front.person, device.Visit)
	}
	return front, err
}

func walletPath(of account.Account) string { return "/wallet/" + of.Slug }

// balance shows what somebody has, and a code to be paid with.
func (p *pages) balance(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page, err := p.balancePage(c, front, money.Of(0, front.account.Currency), "")
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

func (p *pages) balancePage(c *gin.Context, front storefront, asked money.Amount, note string) (*templates.Balance, error) {
	page := &templates.Balance{Base: p.base(c, front.account), Path: walletPath(front.account), CodePath: walletPath(front.account) + "/code", TopUpPath: topUpPath(front.account), DevicesPath: devicesPath(front.account),
		Asked: asked, Note: note}
	var err error
	if page.Nav, err = p.nav(c, front); err != nil {
		return nil, err
	}
	currency := front.account.Currency
	if page.Balance, err = p.Wallet.Balance(c, front.person, currency); err != nil {
		return nil, err
	}
	if page.Limits, err = p.balanceLimits(c, front); err != nil {
		return nil, err
	}
	page.Sendable = money.Of(min(page.Limits.Left.Minor, page.Balance.Minor), currency)
	code, err := p.Transfers.Receive(c, front.person, asked, note)
	if err != nil {
		return nil, err
	}
	page.Receive = p.PublicURL + "/pay-to/" + code.Code
	past, next, err := p.Wallet.Past(c, front.person, currency, movements, store.Cursor(c.Query("cursor")))
	if next != "" {
		page.Pager.Next = page.Path + "?" + url.Values{"cursor": {string(next)}}.Encode()
	}
	if c.Query("cursor") != "" {
		page.Pager.First = page.Path
	}
	for _, change := range past {
		page.Rows = append(page.Rows, templates.MovementRow{Text: p.movement(c, change), Amount: change.Amount, At: change.At})
	}
	return page, err
}

// ofTopUp is how the books call a top-up: by its way of paying and its number.
var ofTopUp = regexp.MustCompile(`^([a-z]+) [0-9A-Z]{28}$`)

// movement says what a change of a balance was.
func (p *pages) movement(c *gin.Context, change wallet.Change) string {
	way := ofTopUp.FindStringSubmatch(change.Memo)
	switch {
	case way != nil:
		name := "page.way." + way[1]
		if !p.Renderer.Texts.Has(name) {
			return p.Text(c, "public.pay.top-up")
		}
		return p.Text(c, "public.wallet.movement.top-up", p.Text(c, name))
	case change.Memo != "" && change.Memo != "grant":
		return change.Memo
	case change.Amount.Minor < 0:
		return p.Text(c, "public.wallet.movement.out")
	}
	return p.Text(c, "public.wallet.movement.in")
}

// ask makes a code for an amount.
func (p *pages) ask(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	asked := money.Of(0, front.account.Currency)
	if typed := c.PostForm("amount"); typed != "" {
		if asked, err = money.Parse(typed, front.account.Currency); err != nil {
			return p.orBack(c, err, walletPath(front.account))
		}
	}
	page, err := p.balancePage(c, front, asked, c.PostForm("note"))
	if err != nil {
		return p.orBack(c, err, walletPath(front.account))
	}
	return p.Draw(c, page)
}

// payee is whom the code of the address pays, and who is about to.
func (p *pages) payee(c *gin.Context) (storefront, wallet.ReceiveCode, error) {
	code, err := p.Transfers.Payee(c, c.Param("code"))
	if err != nil {
		return storefront{}, code, err
	}
	of, err := openOnly(p.Accounts.Accounts.FindByID(c, code.Account))
	if err != nil {
		return storefront{}, code, err
	}
	front, err := p.keeperOf(c, of)
	return front, code, err
}

func (p *pages) payTo(c *gin.Context) error {
	front, code, err := p.payee(c)
	if err != nil {
		return err
	}
	return p.drawPayTo(c, front, code, &templates.PayTo{})
}

func (p *pages) drawPayTo(c *gin.Context, front storefront, code wallet.ReceiveCode, page *templates.PayTo) error {
	page.Base, page.Path, page.WalletPath = p.base(c, front.account), "/pay-to/"+code.Code, walletPath(front.account)
	if page.Name = code.Person.Name; page.Name == "" {
		page.Name = p.Text(c, "public.wallet.nobody")
	}
	if !page.Sent {
		page.Asked, page.Key = code.Amount, store.NewID()
	}
	if page.Note == "" {
		page.Note = code.Note
	}
	err := p.Transfers.Payable(c, code)
	if refused, ok := errors.AsType[*fault.Error](err); ok && !page.Sent && refused.Code != wallet.ErrCodeBusy.Code {
		page.Over, page.Problem = p.sentence(c, refused), ""
	} else if err != nil && !ok {
		return err
	}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if page.Balance, err = p.Wallet.Balance(c, front.person, front.account.Currency); err != nil {
		return err
	}
	return p.Draw(c, page)
}

// sendTo sends the money.
func (p *pages) sendTo(c *gin.Context) error {
	front, code, err := p.payee(c)
	if err != nil {
		return err
	}
	page := &templates.PayTo{Amount: c.PostForm("amount")}
	amount := code.Amount
	if amount.IsZero() {
		amount, err = money.Parse(page.Amount, front.account.Currency)
	}
	if err == nil {
		var done wallet.Transfer
		done, err = p.Transfers.SendByCode(c, code.Code, wallet.SendRequest{From: front.person, Key: c.PostForm("key"),
			Amount: amount, Note: c.PostForm("note"), Address: c.ClientIP(), Device: deviceNumber(c)})
		page.Sent, page.Asked = err == nil, done.Amount
		if wantsPIN(err) {
			return web.Redirect(c, "/pay-to/"+code.Code+"/pin?"+url.Values{"key": {done.Key()}}.Encode())
		}
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) {
		page.Problem, err = p.sentence(c, refused), nil
	}
	if err != nil {
		return err
	}
	return p.drawPayTo(c, front, code, page)
}
