package public

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/fault"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/wallet"
	"plaza/templates"
)

// ways shows the ways of paying, and what the chosen one asks of the buyer.
func (p *pages) ways(c *gin.Context, found bill, page *templates.Pay) error {
	step := found.payment.Step
	switch step.Kind {
	case pay.ScanStep:
		page.Scan = step.QR
	case pay.RedirectStep:
		// A form must not lead to another host (the pages' policy), so the page that
		// follows it goes on by itself.
		page.Open, page.Go = step.URL, c.Query("go") != ""
	case pay.InvokeStep:
		parameters, err := json.Marshal(step.Parameters)
		if err != nil {
			return err
		}
		page.Invoke = string(parameters)
	}
	offered, err := p.Shop.Payments.OfferedFor(c, found.account.ID, found.payment.Purpose, found.payment.AskedFor().Currency)
	if err != nil && !errors.Is(err, pay.ErrNoWayToPay) {
		return err
	}
	unfit := p.unfit(c, found)
	offered = slices.DeleteFunc(offered, func(name string) bool { return slices.Contains(unfit, name) })
	page.Enough = true
	for _, name := range offered {
		chosen := name == found.payment.Provider
		option := templates.Option{Value: name, Label: p.Text(c, "page.way."+name), Chosen: chosen}
		if option.Hint, err = p.quoted(c, found, name); err != nil {
			return err
		}
		if name == wallet.Name {
			balance, err := p.Wallet.Balance(c, found.person, found.payment.AskedFor().Currency)
			if err != nil {
				return err
			}
			option.Hint = p.Text(c, "public.pay.balance", balance)
			page.Short = balance.Minor < found.payment.AskedFor().Minor
			page.Enough = !page.Short || len(offered) > 1
			page.TopUpPath = topUpFor(found.account, found.payment)
			page.MayTestMoney = page.Short && p.Wallet.TestMoney()
		}
		page.Providers = append(page.Providers, option)
	}
	if page.Short {
		chooseAnother(page.Providers, wallet.Name)
	}
	return p.notOffered(c, found, page)
}

// chooseAnother chooses the first way of paying that is not the given one, if
// that is chosen: it can't pay.
func chooseAnother(ways []templates.Option, unable string) {
	at := slices.IndexFunc(ways, func(one templates.Option) bool { return one.Value == unable && one.Chosen })
	other := slices.IndexFunc(ways, func(one templates.Option) bool { return one.Value != unable })
	if at >= 0 && other >= 0 {
		ways[at].Chosen, ways[other].Chosen = false, true
	}
}

// confirm is the buyer's yes to paying in the way they chose. Another way than
// the payment's own takes its place: it is called off first, so that nobody
// pays twice.
func (p *pages) confirm(c *gin.Context) error {
	found, err := p.bill(c)
	if err != nil {
		return err
	}
	return p.confirmBill(c, found)
}

func (p *pages) confirmBill(c *gin.Context, found bill) error {
	payment, err := p.pays(c, found, c.PostForm("provider"))
	if wantsPIN(err) && found.guest == "" {
		return web.Redirect(c, "/pay/"+payment.TradeNo+"/pin")
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) {
		return p.drawPay(c, found, p.sentence(c, refused))
	}
	if err != nil {
		return err
	}
	found.payment = payment
	if payment.State == pay.Pending && payment.Step.Kind == pay.RedirectStep {
		return web.Redirect(c, found.path()+"?go=1")
	}
	return web.Redirect(c, found.path())
}

// pays takes the payment on in the chosen way.
func (p *pages) pays(c *gin.Context, found bill, provider string) (pay.Payment, error) {
	payment := found.payment
	if slices.Contains(found.subject.unlike, provider) || found.guest != "" && provider == "" {
		return payment, pay.ErrNoProvider.In("provider")
	}
	if provider != "" && provider != payment.Provider {
		closed, err := p.closed(c, payment)
		if err != nil || closed.State == pay.Paid {
			return closed, err
		}
		way := p.way(c, provider)
		if found.guest != "" {
			way.Page = p.PublicURL + found.path()
		}
		payment, err = found.pays.again(c, found, way)
		if err != nil {
			return payment, err
		}
	}
	if found.guest != "" {
		return payment, nil // the yes to a balance is its owner's
	}
	if payment.State == pay.Pending && payment.Step.Kind == pay.ConfirmStep {
		return p.Shop.Confirm(c, found.person, payment.TradeNo, nil)
	}
	return payment, nil
}

// closed calls a payment off, if it has been asked for at all.
func (p *pages) closed(c *gin.Context, payment pay.Payment) (pay.Payment, error) {
	if payment.TradeNo == "" {
		return payment, nil
	}
	return p.Shop.Payments.Close(c, payment.Account, payment.TradeNo)
}

// way says how this browser wants to pay; an empty provider is the first that is
// offered.
func (p *pages) way(c *gin.Context, provider string) pay.Way {
	return pay.Way{Provider: provider, Scene: p.Shop.Payments.SceneIn(provider, c.Request.UserAgent()), ClientIP: c.ClientIP(),
		Device: deviceNumber(c)}
}

// maxProof bounds what a provider's page may send back with the browser.
const maxProof = 2048

// returned is where a provider's page sends the buyer's browser: perhaps another
// one than they began in, so it may be nobody we know. What it brings is given to the
// provider to confirm (KakaoPay's pg_token); most only take it as a hint to ask.
func (p *pages) returned(c *gin.Context) error {
	payment, err := p.Shop.Payments.Find(c, c.Param("payment"))
	if err != nil {
		return err
	}
	return p.backFromProvider(c, payment, "/pay/"+payment.TradeNo)
}

// backFromProvider hands on what a provider's page has sent along, and leads to
// the page of the payment.
func (p *pages) backFromProvider(c *gin.Context, payment pay.Payment, path string) error {
	if len(c.Request.URL.RawQuery) > maxProof {
		return errProof
	}
	if payment.Step.Kind == pay.ConfirmStep {
		// The yes to it is said on our own page, by whoever it is to be paid by, and
		// not by whoever has its address.
		return web.Redirect(c, path)
	}
	proof := map[string]string{}
	for name, values := range c.Request.URL.Query() {
		proof[name] = values[0]
	}
	if _, err := p.Shop.Payments.Confirm(c, payment.Account, payment.TradeNo, proof); err != nil {
		if _, ok := errors.AsType[*fault.Error](err); !ok {
			return err
		}
		p.Logger.InfoContext(c, "back from the provider, not paid", "payment", payment.TradeNo, "error", err)
	}
	return web.Redirect(c, path)
}

// errProof answers a return with more than any provider sends.
var errProof = fault.New(fault.TooLarge, "payment_return_too_large", "This address is longer than any payment provider makes it.")

// testMoney fills the balance in the demo, as far as this payment needs it.
func (p *pages) testMoney(c *gin.Context) error {
	found, err := p.bill(c)
	if err != nil {
		return err
	}
	amount := money.Of(max(found.payment.Amount.Minor, testMoneyMinor), found.payment.Amount.Currency)
	err = p.Wallet.Grant(c, found.person, "test-"+found.payment.TradeNo, amount)
	if err != nil {
		return p.orBack(c, err, "/pay/"+found.payment.TradeNo)
	}
	return web.Redirect(c, "/pay/"+found.payment.TradeNo)
}

// testMoneyMinor is how much test money is given at least.
const testMoneyMinor = 10_000
