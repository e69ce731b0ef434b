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
	"plaza/shop/mandate"
	"plaza/shop/pay"
	"plaza/store"
	"plaza/templates"
)

// mandateRoutes are the pages of what is paid again and again. They are about
// money, so they are never shown in another site's frame.
func (p *pages) mandateRoutes(get, post func(string, web.Handler)) {
	get("/plan/:account", p.recognised(silently, p.offeredPlans))
	get("/plan/:account/:plan", p.recognised(surely, p.plan))
	post("/plan/:account/:plan", p.agree)
	get("/mandates/:account", p.recognised(surely, p.myMandates))
	get("/mandates/:account/:mandate", p.recognised(surely, p.myMandate))
	post("/mandates/:account/:mandate/cancel", p.cancelMandate)
	post("/mandates/:account/:mandate/try", p.tryMandate)
	get("/mandates/:account/:mandate/change/:plan", p.recognised(surely, p.changePlan))
	post("/mandates/:account/:mandate/change/:plan", p.changeToPlan)
}

// periodsShown is how many of a mandate's periods its page lists.
const periodsShown = 24

func plansPath(of account.Account) string { return "/plan/" + of.Slug }

func mandatesPath(of account.Account) string { return "/mandates/" + of.Slug }

// mandatePath is where a payer sees their mandate. The id may be what somebody
// typed.
func mandatePath(of account.Account, id string) string {
	return mandatesPath(of) + "/" + url.PathEscape(id)
}

// purse enters a page about money without making anybody known.
func (p *pages) purse(c *gin.Context) (storefront, error) {
	of, err := openOnly(p.Accounts.Accounts.FindBySlug(c, c.Param("account")))
	if err != nil {
		return storefront{}, err
	}
	return p.enterShop(c, of)
}

func (p *pages) offeredPlans(c *gin.Context) error {
	front, err := p.purse(c)
	if err != nil {
		return err
	}
	page := &templates.OfferedPlans{Base: p.base(c, front.account), MinePath: mandatesPath(front.account)}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	page.Rows, err = p.planCards(c, front, func(id string) string { return plansPath(front.account) + "/" + id })
	if err != nil {
		return err
	}
	return p.Draw(c, page)
}

// planCards are the plans that are offered, each leading somewhere; an empty
// address leaves one out.
func (p *pages) planCards(c *gin.Context, front storefront, address func(id string) string) ([]templates.PlanCard, error) {
	offered, err := p.Mandates.OfferedPlans(c, front.account.ID)
	var cards []templates.PlanCard
	for _, plan := range offered {
		if at := address(plan.ID); at != "" {
			cards = append(cards, p.planCard(c, plan, at))
		}
	}
	return cards, err
}

func (p *pages) planCard(c *gin.Context, plan mandate.Plan, at string) templates.PlanCard {
	card := templates.PlanCard{URL: at, Name: plan.Terms.Name, Text: plan.Text, Price: p.priceText(c, plan.Terms)}
	if plan.Terms.Trial > 0 {
		card.Trial = p.Text(c, "mandate.trial", plan.Terms.Trial)
	}
	return card
}

func (p *pages) priceText(c *gin.Context, terms mandate.Terms) string {
	return p.Text(c, "mandate.price", terms.Amount, mandate.EveryText(p.Renderer.Texts, web.Language(c), terms.Every))
}

func (p *pages) dayText(c *gin.Context, day mandate.Date) string {
	return mandate.DayText(p.Renderer.Texts, web.Language(c), day)
}

func (p *pages) plan(c *gin.Context) error {
	front, err := p.purse(c)
	if err != nil {
		return err
	}
	return p.drawPlan(c, front, "")
}

// drawPlan shows a plan with what agreeing to it today comes to.
func (p *pages) drawPlan(c *gin.Context, front storefront, problem string) error {
	plan, quote, err := p.Mandates.Quote(c, front.account.ID, c.Param("plan"))
	if err != nil {
		return err
	}
	path := plansPath(front.account) + "/" + plan.ID
	page, err := p.planPage(c, front, plan, quote, problem)
	if err != nil {
		return err
	}
	page.Action, page.BackPath, page.BackText = path, plansPath(front.account), p.Text(c, "page.plans.title")
	if front.known {
		had, err := p.Mandates.Had(c, front.person, plan.ID)
		if err != nil {
			return err
		}
		if had.ID != "" {
			page.HavePath = mandatePath(front.account, had.ID)
		}
	}
	return p.Draw(c, page)
}

func (p *pages) planPage(c *gin.Context, front storefront, plan mandate.Plan, quote mandate.Quote, problem string) (*templates.PlanPage, error) {
	page := &templates.PlanPage{Base: p.base(c, front.account), Plan: p.planCard(c, plan, ""), Quote: quote.Key(), Today: quote.Today, Next: quote.Next,
		On: p.dayText(c, quote.Until), Credit: quote.Credit, Used: quote.Used, Free: quote.Trial, Problem: problem}
	var err error
	if page.Nav, err = p.nav(c, front); err != nil {
		return page, err
	}
	page.Consent, err = p.Mandates.Consent(c, front.account.ID, web.Language(c), quote)
	return page, err
}

// agree takes the yes to a plan, and leads to where it is paid for.
func (p *pages) agree(c *gin.Context) error {
	front, err := p.keeper(c)
	if err != nil {
		return err
	}
	if err := p.checkouts.Check(c); err != nil {
		return err
	}
	agreed, err := p.Mandates.Agree(c, p.named(c, front.person), p.yes(c))
	if errors.Is(err, mandate.ErrHave) && agreed.ID != "" {
		return web.Redirect(c, mandatePath(front.account, agreed.ID))
	}
	var payment pay.Payment
	if err == nil {
		payment, err = p.Mandates.Pay(c, front.person, agreed.ID, p.way(c, ""))
	}
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) && refused.Kind != fault.NotFound {
		return p.drawPlan(c, front, p.sentence(c, refused))
	}
	if err != nil {
		return err
	}
	return web.Redirect(c, "/pay/"+payment.TradeNo)
}

func (p *pages) yes(c *gin.Context) mandate.Yes {
	return mandate.Yes{Plan: c.Param("plan"), Given: c.PostForm("consent") == "on", Quote: c.PostForm("quote"), Device: c.Request.UserAgent()}
}

func (p *pages) myMandates(c *gin.Context) error {
	front, err := p.purse(c)
	if err != nil {
		return err
	}
	page := &templates.MyMandates{Base: p.base(c, front.account), PlansPath: plansPath(front.account)}
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if !front.known {
		return p.Draw(c, page)
	}
	mine, err := p.Mandates.MandatesOf(c, front.person, periodsShown)
	if err != nil {
		return err
	}
	for _, one := range mine {
		page.Rows = append(page.Rows, p.mandateRow(c, front, one))
	}
	return p.Draw(c, page)
}

func (p *pages) mandateRow(c *gin.Context, front storefront, m mandate.Mandate) templates.MandateRow {
	row := templates.MandateRow{URL: mandatePath(front.account, m.ID), Name: m.Terms.Name, Price: p.priceText(c, m.Terms),
		State: string(m.State), StateText: p.Text(c, "mandate.state."+string(m.State)), Way: m.Provider}
	if on, amount, ok := m.Upcoming(); ok {
		row.Line = p.Text(c, "mandate.chat.next", p.dayText(c, on), amount)
	} else if until, err := mandate.ParseDate(m.Until); err == nil && m.State == mandate.Leaving {
		row.Line = p.Text(c, "mandate.chat.until", p.dayText(c, until))
	}
	return row
}

// mine is the mandate of the address, and whose it is.
func (p *pages) mine(c *gin.Context) (storefront, mandate.Mandate, error) {
	front, err := p.purse(c)
	if err != nil {
		return front, mandate.Mandate{}, err
	}
	if !front.known {
		return front, mandate.Mandate{}, mandate.ErrNoMandate
	}
	m, err := p.Mandates.MandateOf(c, front.person, c.Param("mandate"))
	return front, m, err
}

func (p *pages) myMandate(c *gin.Context) error {
	front, m, err := p.mine(c)
	if err != nil {
		return err
	}
	following, err := p.liveOf(c, front)
	if err != nil {
		return err
	}
	consent := m.Consents[len(m.Consents)-1]
	page := &templates.MandatePage{Base: p.base(c, front.account), ListPath: mandatesPath(front.account), Path: mandatePath(front.account, m.ID),
		Row: p.mandateRow(c, front, m), Credit: money.Of(m.Credit, m.Terms.Amount.Currency), MayTry: m.State == mandate.PastDue && m.Open != nil,
		MayCancel: m.State.Charged(), Consent: consent.Text, ConsentOn: p.dayText(c, mandate.DateOf(consent.At, front.account.Location()))}
	page.Live = following
	if page.Nav, err = p.nav(c, front); err != nil {
		return err
	}
	if m.State == mandate.Ended || m.State == mandate.Leaving {
		page.Reason = p.Text(c, "mandate.reason."+m.Reason)
	}
	page.CancelAsk = p.cancelAsk(c, m)
	if page.Periods, err = p.periods(c, m); err != nil {
		return err
	}
	if m.Open == nil && (m.State == mandate.Active || m.State == mandate.Trial) {
		page.Changes, err = p.planCards(c, front, func(id string) string {
			if id == m.Plan {
				return ""
			}
			return page.Path + "/change/" + id
		})
		if err != nil {
			return err
		}
	}
	return p.Draw(c, page)
}

// cancelAsk says what cancelling now comes to.
func (p *pages) cancelAsk(c *gin.Context, m mandate.Mandate) string {
	until, err := mandate.ParseDate(m.Until)
	switch {
	case err != nil || m.Open != nil:
		return p.Text(c, "public.mandates.cancel.unpaid")
	case m.Terms.Ending == mandate.AtOnceRefund:
		return p.Text(c, "public.mandates.cancel.refund")
	}
	return p.Text(c, "public.mandates.cancel.period_end", p.dayText(c, until))
}

func (p *pages) periods(c *gin.Context, m mandate.Mandate) ([]templates.PeriodRow, error) {
	found, _, err := p.Mandates.Periods(c, m.Account, m.ID, periodsShown, "")
	rows := make([]templates.PeriodRow, len(found))
	for i, period := range found {
		from, _ := mandate.ParseDate(period.From)
		until, _ := mandate.ParseDate(period.Until)
		rows[i] = templates.PeriodRow{From: p.dayText(c, from), Until: p.dayText(c, until), Amount: period.Amount,
			Refunded: money.Of(period.Refunded, period.Amount.Currency),
			State:    string(period.State), StateText: p.Text(c, "mandate.period."+string(period.State))}
		if period.Payment != "" && !period.Amount.IsZero() {
			rows[i].PayPath = "/pay/" + period.Payment
		}
	}
	return rows, err
}

func (p *pages) cancelMandate(c *gin.Context) error {
	front, m, err := p.mine(c)
	if err != nil {
		return err
	}
	path := mandatePath(front.account, m.ID)
	if _, err := p.Mandates.CancelOwn(c, front.person, m.ID); err != nil {
		return p.orBack(c, err, path)
	}
	return web.RedirectSaying(c, path, templates.Flash{Kind: "good", Text: p.Text(c, "public.mandates.cancelled")})
}

// tryMandate tries a charge again that has failed.
func (p *pages) tryMandate(c *gin.Context) error {
	front, m, err := p.mine(c)
	if err != nil {
		return err
	}
	path := mandatePath(front.account, m.ID)
	tried, err := p.Mandates.TryNow(c, front.person, m.ID)
	if err != nil {
		return p.orBack(c, err, path)
	}
	said := templates.Flash{Kind: "good", Text: p.Text(c, "public.mandates.tried")}
	if tried.State != mandate.Active {
		said = templates.Flash{Kind: "bad", Text: p.Text(c, "public.mandates.not-yet")}
	}
	return web.RedirectSaying(c, path, said)
}

func (p *pages) changePlan(c *gin.Context) error {
	front, _, err := p.mine(c)
	if err != nil {
		return err
	}
	return p.drawChange(c, front, "")
}

// drawChange shows what another plan would come to today.
func (p *pages) drawChange(c *gin.Context, front storefront, problem string) error {
	plan, err := p.Mandates.Plan(c, front.account.ID, c.Param("plan"))
	if err != nil {
		return err
	}
	m, quote, err := p.Mandates.QuoteChange(c, front.person, c.Param("mandate"), plan.ID)
	path := mandatePath(front.account, m.ID)
	if err != nil {
		return p.orBack(c, err, path)
	}
	page, err := p.planPage(c, front, plan, quote, problem)
	if err != nil {
		return err
	}
	page.Change, page.Action = true, path+"/change/"+plan.ID
	page.BackPath, page.BackText = path, m.Terms.Name
	page.Plan.Trial = ""
	return p.Draw(c, page)
}

func (p *pages) changeToPlan(c *gin.Context) error {
	front, m, err := p.mine(c)
	if err != nil {
		return err
	}
	_, err = p.Mandates.Change(c, front.person, m.ID, p.yes(c))
	if refused, ok := errors.AsType[*fault.Error](err); ok && !web.WantsJSON(c) && refused.Kind != fault.NotFound {
		return p.drawChange(c, front, p.sentence(c, refused))
	}
	if err != nil {
		return err
	}
	return web.RedirectSaying(c, mandatePath(front.account, m.ID), templates.Flash{Kind: "good", Text: p.Text(c, "public.mandates.changed")})
}

// mandatePayable are the payments of mandates: the first, which its payer makes,
// and those that are made without them, which nobody pays in another way.
type mandatePayable struct{ *pages }

func (p mandatePayable) subject(c *gin.Context, front storefront, payment pay.Payment) (subject, error) {
	m, err := p.Mandates.PaidBy(c, payment)
	if err != nil {
		return subject{}, err
	}
	found := subject{about: p.priceText(c, m.Terms), bought: justThis(m.Terms.Name, payment),
		back: mandatePath(front.account, m.ID), backText: p.Text(c, "public.mandates.see"), after: plansPath(front.account)}
	offered, err := p.Shop.Payments.Offered(c, payment.Account, payment.Amount.Currency)
	if err != nil && !errors.Is(err, pay.ErrNoWayToPay) {
		return found, err
	}
	if !payment.Recurring {
		found.unlike = offered
		return found, nil
	}
	if payment.State == pay.Paid && payment.Amount.IsZero() {
		found.state, found.about = p.begun(c, m)
	}
	if m.State == mandate.Agreeing {
		found.back, found.backText = found.after, p.Text(c, "page.plans.title")
		found.cancelText, found.cancelAsk = p.Text(c, "page.mandates.cancel"), p.Text(c, "public.mandates.cancel.ask")
	}
	able, err := p.Shop.Payments.Recurring(c, payment.Account, payment.Amount.Currency)
	if err != nil && !errors.Is(err, pay.ErrNoWayToPay) {
		return found, err
	}
	found.unlike = slices.DeleteFunc(offered, func(name string) bool { return slices.Contains(able, name) })
	return found, nil
}

// begun says what a payment of nothing has begun: a trial, and until when, as
// long as it lasts.
func (p *pages) begun(c *gin.Context, m mandate.Mandate) (state, about string) {
	until, err := mandate.ParseDate(m.Until)
	if err != nil || m.State != mandate.Trial {
		return "begun", p.priceText(c, m.Terms)
	}
	return "trial", p.Text(c, "public.mandates.trial", p.dayText(c, until), p.priceText(c, m.Terms))
}

func (p mandatePayable) again(c *gin.Context, found bill, way pay.Way) (pay.Payment, error) {
	m, err := p.Mandates.PaidBy(c, found.payment)
	if err != nil {
		return pay.Payment{}, err
	}
	return p.Mandates.Pay(c, found.person, m.ID, way)
}

// cancel calls the agreement off, which nobody has paid for yet; a mandate that
// runs is called off on its own page.
func (p mandatePayable) cancel(c *gin.Context, found bill) error {
	m, err := p.Mandates.PaidBy(c, found.payment)
	if err != nil {
		return err
	}
	if m.State != mandate.Agreeing {
		return mandate.ErrState
	}
	_, err = p.Mandates.CancelOwn(c, found.person, m.ID)
	return err
}

// plansLink leads from the shop to the plans, where there are any.
func (p *pages) plansLink(c *gin.Context, of account.Account) (string, error) {
	found, _, err := p.Mandates.Plans(c, of.ID, mandate.Offered, 1, store.Cursor(""))
	if err != nil || len(found) == 0 {
		return "", err
	}
	return plansPath(of), nil
}
