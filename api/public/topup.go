package public

import (
	"errors"
	"net/url"
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
	"plaza/store"
	"plaza/templates"
)

// The accounts of pages about money, whose addresses name them in different
// ways. Unlike open, they let no other site show the page.
func (p *pages) walletOwner(c *gin.Context) (account.Account, error) {
	return openOnly(p.Accounts.Accounts.FindBySlug(c, c.Param("account")))
}

func (p *pages) payeeOwner(c *gin.Context) (account.Account, error) {
	code, err := p.Transfers.Payee(c, c.Param("code"))
	if err != nil {
		return account.Account{}, err
	}
	return openOnly(p.Accounts.Accounts.FindByID(c, code.Account))
}

func (p *pages) codeOwner(c *gin.Context) (account.Account, error) {
	code, err := p.Counter.Shown(c, c.Param("code"))
	if err != nil {
		return account.Account{}, err
	}
	return openOnly(p.Accounts.Accounts.FindByID(c, code.Account))
}

func topUpPath(of account.Account) string { return walletPath(of) + "/top-up" }

// topUpFor leads to a top-up of what is missing for a payment, and back.
func topUpFor(of account.Account, payment pay.Payment) string {
	return topUpPath(of) + "?" + url.Values{"for": {payment.TradeNo}}.Encode()
}

// waiting is somebody's own payment that is still to be paid, by what an address
// or a form says; the zero Payment: there is none.
func (p *pages) waiting(c *gin.Context, front storefront, tradeNo string) (pay.Payment, error) {
	if tradeNo == "" {
		return pay.Payment{}, nil
	}
	payment, err := p.Shop.PaymentOf(c, front.person, tradeNo)
	if errors.Is(err, pay.ErrNoPayment) || err == nil && payment.State.Final() {
		return pay.Payment{}, nil
	}
	return payment, err
}

// topUp asks how much, and by which way of paying, a balance is filled.
func (p *pages) topUp(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page := &templates.TopUp{Key: store.NewID()}
	waiting, err := p.waiting(c, front, c.Query("for"))
	if err != nil {
		return err
	}
	if missing := waiting.AskedFor(); missing.Currency == front.account.Currency {
		balance, err := p.Wallet.Balance(c, front.person, missing.Currency)
		if err != nil {
			return err
		}
		page.For = waiting.TradeNo
		if missing.Minor > balance.Minor {
			page.Amount = money.Of(missing.Minor-balance.Minor, missing.Currency).Decimal()
		}
	}
	return p.drawTopUp(c, front, page)
}

func (p *pages) drawTopUp(c *gin.Context, front storefront, page *templates.TopUp) error {
	currency := front.account.Currency
	page.Base, page.Path, page.WalletPath = p.base(c, front.account), topUpPath(front.account), walletPath(front.account)
	var err error
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if page.Balance, err = p.Wallet.Balance(c, front.person, currency); err != nil {
		return err
	}
	today, err := p.Wallet.Today(c, front.person, currency)
	if err != nil {
		return err
	}
	page.Most = money.Of(min(today.Limits.TopUp, today.Room), currency)
	offered, err := p.Shop.Payments.Offered(c, front.account.ID, currency)
	if err != nil && !errors.Is(err, pay.ErrNoWayToPay) {
		return err
	}
	offered = slices.DeleteFunc(offered, func(name string) bool { return name == wallet.Name })
	for i, name := range offered {
		page.Providers = append(page.Providers, templates.Option{Value: name, Label: p.Text(c, "page.way."+name),
			Chosen: name == page.Chosen || page.Chosen == "" && i == 0})
	}
	return p.Draw(c, page)
}

// beginTopUp asks for the money and leads to the page of every payment.
func (p *pages) beginTopUp(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	page := &templates.TopUp{Key: c.PostForm("key"), Amount: c.PostForm("amount"), Chosen: c.PostForm("provider"), For: c.PostForm("for")}
	payment, err := p.topUpOf(c, front, page)
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) {
		page.Problem = p.sentence(c, refused)
		return p.drawTopUp(c, front, page)
	}
	if err != nil {
		return err
	}
	if payment.State == pay.Pending && payment.Step.Kind == pay.RedirectStep {
		return web.Redirect(c, "/pay/"+payment.TradeNo+"?go=1")
	}
	return web.Redirect(c, "/pay/"+payment.TradeNo)
}

func (p *pages) topUpOf(c *gin.Context, front storefront, page *templates.TopUp) (pay.Payment, error) {
	amount, err := money.Parse(page.Amount, front.account.Currency)
	if err != nil {
		return pay.Payment{}, err
	}
	if err := p.checkouts.Check(c); err != nil {
		return pay.Payment{}, err
	}
	way, err := p.Shop.Payments.Choose(c, front.account.ID, pay.ForTopUp, amount.Currency, p.way(c, page.Chosen), wallet.Name)
	if err != nil {
		return pay.Payment{}, err
	}
	waiting, err := p.waiting(c, front, page.For)
	if err != nil {
		return pay.Payment{}, err
	}
	links := p.Shop.Links
	return p.Transfers.TopUp(c, wallet.TopUpRequest{Way: way, Person: front.person, Key: page.Key, Amount: amount, For: waiting.TradeNo,
		Description: front.account.Name(front.person.Language) + " · " + p.Text(c, "public.pay.top-up"),
		ReturnURL:   links.PayReturn, NotifyURL: links.Notify(way.Provider, front.account.ID)})
}
