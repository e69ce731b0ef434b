package public

import (
	"errors"
	"net/url"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop/pay"
	"plaza/shop/pay/pin"
	"plaza/shop/pay/wallet"
	"plaza/templates"
)

// wantsPIN says whether a yes waits for the PIN, or for setting one.
func wantsPIN(err error) bool {
	return errors.Is(err, pay.ErrProofNeeded) || errors.Is(err, pay.ErrNoProof)
}

// andNext is the parameter that brings somebody back.
func andNext(path string) string {
	if path == "" {
		return ""
	}
	return "&" + url.Values{"next": {path}}.Encode()
}

// provingPayment is the page on which the payer of a payment types their PIN.
func (p *pages) provingPayment(c *gin.Context) (typing, bill, error) {
	found, err := p.bill(c)
	if err != nil {
		return typing{}, found, err
	}
	path := "/pay/" + found.payment.TradeNo
	return typing{found.storefront, pin.ToPay(found.payment.TradeNo), &templates.TypePIN{Path: path + "/pin", Fresh: path + "/pin?over=1", BackPath: path,
		What: p.Text(c, "public.pin.to-pay"), Amount: found.payment.Amount}, nil}, found, nil
}

func (p *pages) askToPay(c *gin.Context) error {
	of, found, err := p.provingPayment(c)
	if errors.Is(err, pay.ErrNoPayment) {
		return p.whosePayment(c, err)
	}
	if err != nil {
		return err
	}
	if found.payment.State != pay.Pending || found.payment.Step.Kind != pay.ConfirmStep {
		return web.Redirect(c, of.page.BackPath)
	}
	return p.askOrSet(c, of, of.page.Path, firstPIN(found.payment.Guarded == pay.Doubted))
}

// firstPIN is the text that says why somebody has to set a PIN first.
func firstPIN(doubted bool) string {
	if doubted {
		return "public.pin.set-first.doubted"
	}
	return "public.pin.set-first"
}

// askOrSet asks for the PIN of who has one, and others to set one, saying why,
// and go on at next.
func (p *pages) askOrSet(c *gin.Context, of typing, next, why string) error {
	set, err := p.hasPIN(c, of.person)
	if err != nil {
		return err
	}
	if !set {
		return p.unset(c, of, next, why)
	}
	return p.askPIN(c, of, over(c))
}

// provePayment is the payer's yes, with their PIN.
func (p *pages) provePayment(c *gin.Context) error {
	of, found, err := p.provingPayment(c)
	if err != nil {
		return err
	}
	entry, drawn, err := p.typed(c, of)
	if drawn || err != nil {
		return err
	}
	if _, err = p.Shop.Confirm(c, found.person, found.payment.TradeNo, entry.Proof(from(c))); err != nil {
		return p.refusedPIN(c, of, err)
	}
	return web.Redirect(c, of.page.BackPath)
}

// provingTransfer is the page on which the sender of a transfer does.
func (p *pages) provingTransfer(c *gin.Context) (typing, wallet.ReceiveCode, wallet.Transfer, error) {
	front, code, err := p.payee(c)
	if err != nil {
		return typing{}, code, wallet.Transfer{}, err
	}
	key := c.DefaultPostForm("transfer", c.Query("key"))
	transfer, err := p.Transfers.Transfer(c, front.person, key)
	if err != nil {
		return typing{}, code, transfer, err
	}
	name := code.Person.Name
	if name == "" {
		name = p.Text(c, "public.wallet.nobody")
	}
	path := "/pay-to/" + code.Code
	here := path + "/pin?" + url.Values{"key": {key}}.Encode()
	return typing{front, pin.ToSend(transfer.ID), &templates.TypePIN{Path: path + "/pin", Fresh: here + "&over=1", BackPath: path,
		What: p.Text(c, "public.pin.to-send", name), Amount: transfer.Amount}, [][2]string{{"transfer", key}}}, code, transfer, nil
}

func (p *pages) askToSend(c *gin.Context) error {
	of, _, transfer, err := p.provingTransfer(c)
	if err != nil {
		return err
	}
	if transfer.State != wallet.Asking {
		return web.Redirect(c, of.page.BackPath)
	}
	return p.askOrSet(c, of, of.page.Path+"?"+url.Values{"key": {c.Query("key")}}.Encode(), firstPIN(transfer.Doubted))
}

// proveTransfer sends the money, with the sender's PIN.
func (p *pages) proveTransfer(c *gin.Context) error {
	of, code, _, err := p.provingTransfer(c)
	if err != nil {
		return err
	}
	entry, drawn, err := p.typed(c, of)
	if drawn || err != nil {
		return err
	}
	done, err := p.Transfers.Prove(c, of.person, c.PostForm("transfer"), entry.Proof(from(c)))
	if err != nil {
		return p.refusedPIN(c, of, err)
	}
	return p.drawPayTo(c, of.storefront, code, &templates.PayTo{Sent: true, Asked: done.Amount})
}

// unlocking is the page on which somebody types their PIN to pay more than goes
// without it at the counter.
func (p *pages) unlocking(c *gin.Context) (typing, error) {
	front, err := p.keeper(c)
	path := walletPath(front.account) + "/unlock"
	return typing{front, pin.ToUnlock, &templates.TypePIN{Path: path, Fresh: path + "?over=1", BackPath: walletPath(front.account) + "/code",
		What: p.Text(c, "public.pin.to-unlock")}, nil}, err
}

func (p *pages) askToUnlock(c *gin.Context) error {
	of, err := p.unlocking(c)
	if err != nil {
		return err
	}
	return p.askOrSet(c, of, of.page.Path, firstPIN(false))
}

// unlockCode shows a code that pays any amount, once.
func (p *pages) unlockCode(c *gin.Context) error {
	of, err := p.unlocking(c)
	if err != nil {
		return err
	}
	entry, drawn, err := p.typed(c, of)
	if drawn || err != nil {
		return err
	}
	if err := p.PINs.Confirm(c, of.person, of.purpose, entry, from(c)); err != nil {
		return p.refusedPIN(c, of, err)
	}
	code, err := p.Wallet.UnlockedPayCode(c, of.person)
	if err != nil {
		return err
	}
	page, err := p.payCodePage(c, of.storefront, "")
	if err != nil {
		return err
	}
	page.Unlocked = true
	return p.drawPayCode(c, of.storefront, page, code)
}
