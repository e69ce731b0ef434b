package console

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/money"
	"plaza/shop/mandate"
	"plaza/templates"
)

// mandateRoutes are about plans and what is charged again and again.
func (s *Console) mandateRoutes() []route {
	const read, write = account.ReadShop, account.WriteShop
	return []route{
		get("/plans", s.plans, read),
		get("/plans/new", s.newPlan, write),
		post("/plans/new", s.saveOffer, write),
		get("/plans/:plan", s.editPlan, write),
		post("/plans/:plan", s.saveOffer, write),
		post("/plans/:plan/turn", s.turnPlan, write),
		get("/mandates", s.mandates, read),
		get("/mandates/:mandate", s.mandate, read),
		post("/mandates/:mandate/cancel", s.cancelMandate, account.WriteOrders),
	}
}

func (s *Console) plans(c *gin.Context) error {
	base, err := s.base(c, "orders")
	if err != nil {
		return err
	}
	numbers, err := s.Mandates.Totals(c, accountID(c))
	if err != nil {
		return err
	}
	found, next, err := s.Mandates.Plans(c, accountID(c), "", pageSize, after(c))
	page := &templates.Plans{Base: base, Revenue: numbers.Revenue(web.At(c).Account.Currency), Pager: pager(c, next),
		Running: int(numbers.States[mandate.Trial] + numbers.States[mandate.Active] + numbers.States[mandate.PastDue])}
	for _, plan := range found {
		page.Rows = append(page.Rows, templates.PlanRow{ID: plan.ID, URL: path(c, "plans", plan.ID), Name: plan.Terms.Name,
			Price: s.priceText(c, plan.Terms), State: string(plan.State), StateText: s.Surface.Text(c, "mandate.plan."+string(plan.State))})
	}
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) priceText(c *gin.Context, terms mandate.Terms) string {
	return s.Surface.Text(c, "mandate.price", terms.Amount, mandate.EveryText(s.Surface.Renderer.Texts, web.Language(c), terms.Every))
}

func (s *Console) dayText(c *gin.Context, day mandate.Date) string {
	return mandate.DayText(s.Surface.Renderer.Texts, web.Language(c), day)
}

// options are choices with texts of their own, one of them chosen.
func (s *Console) planOptions(c *gin.Context, key, chosen string, values ...string) []templates.Option {
	options := make([]templates.Option, len(values))
	for i, value := range values {
		options[i] = templates.Option{Value: value, Label: s.Surface.Text(c, key+value), Chosen: value == chosen}
	}
	return options
}

// planPage is the editor with these terms.
func (s *Console) planPage(c *gin.Context, terms mandate.Terms) (*templates.PlanEditor, error) {
	base, err := s.base(c)
	page := &templates.PlanEditor{Base: base, Action: path(c, "plans", "new"), Name: terms.Name, Count: strconv.Itoa(terms.Every.Count),
		Remind: strconv.Itoa(terms.Remind), Trial: positive(terms.Trial), Anchor: positive(terms.Every.Anchor)}
	if !terms.Amount.IsZero() {
		page.Amount = terms.Amount.Decimal()
	}
	if terms.First != nil {
		page.First = terms.First.Decimal()
	}
	page.Units = s.planOptions(c, "mandate.unit.", string(terms.Every.Unit), "day", "week", "month", "year")
	page.MonthEnds = s.planOptions(c, "mandate.month_end.", string(terms.Every.MonthEnd), "last", "next")
	page.Endings = s.planOptions(c, "mandate.ending.", string(terms.Ending), "period_end", "refund")
	return page, err
}

// positive writes a number that is left empty when it is none.
func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func (s *Console) newPlan(c *gin.Context) error {
	page, err := s.planPage(c, mandate.Terms{Every: mandate.Interval{Unit: mandate.Month, Count: 1, MonthEnd: mandate.LastDay}, Remind: 3, Ending: mandate.AtPeriodEnd})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) editPlan(c *gin.Context) error {
	plan, err := s.Mandates.Plan(c, accountID(c), c.Param("plan"))
	if err != nil {
		return err
	}
	page, err := s.planPage(c, plan.Terms)
	if err != nil {
		return err
	}
	page.Title, page.Text, page.Action, page.Retired = plan.Terms.Name, plan.Text, path(c, "plans", plan.ID), plan.State == mandate.Retired
	return s.Surface.Draw(c, page)
}

// saveOffer makes a plan or changes one.
func (s *Console) saveOffer(c *gin.Context) error {
	id, action := c.Param("plan"), "plan.created"
	if id != "" {
		action = "plan.changed"
		if _, err := s.Mandates.Plan(c, accountID(c), id); err != nil {
			return err
		}
	}
	terms, err := readTerms(c)
	if err == nil {
		err = s.audited(c, action, "plan:"+id, func() error {
			_, err := s.Mandates.SavePlan(c, accountID(c), id, terms, c.PostForm("text"))
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "plans"), "plans.done.saved", nil)
	}
	page, shown := s.planPage(c, terms)
	if shown != nil {
		return shown
	}
	page.Name, page.Text, page.Amount, page.First = field(c, "name"), field(c, "text"), field(c, "amount"), field(c, "first")
	page.Count, page.Anchor, page.Trial, page.Remind = field(c, "count"), field(c, "anchor"), field(c, "trial"), field(c, "remind")
	if id != "" {
		page.Title, page.Action = terms.Name, path(c, "plans", id)
	}
	if err := s.refused(c, &page.Base, err, nil, "name", "text", "amount", "first", "count", "anchor", "month_end", "trial", "remind", "ending"); err != nil {
		return err
	}
	return s.again(c, page)
}

// readTerms reads the form of a plan.
func readTerms(c *gin.Context) (mandate.Terms, error) {
	currency := web.At(c).Account.Currency
	terms := mandate.Terms{Name: field(c, "name"), Ending: mandate.Ending(field(c, "ending")),
		Every: mandate.Interval{Unit: mandate.Unit(field(c, "unit")), MonthEnd: mandate.MonthEnd(field(c, "month_end"))}}
	for name, into := range map[string]*int{"count": &terms.Every.Count, "anchor": &terms.Every.Anchor, "trial": &terms.Trial, "remind": &terms.Remind} {
		if typed := field(c, name); typed != "" {
			number, err := strconv.Atoi(typed)
			if err != nil {
				return terms, errNumber.In(name).Because(err)
			}
			*into = number
		}
	}
	var err error
	if terms.Amount, err = money.Parse(field(c, "amount"), currency); err != nil {
		return terms, inField(err, "amount")
	}
	if typed := field(c, "first"); typed != "" {
		first, err := money.Parse(typed, currency)
		if err != nil {
			return terms, inField(err, "first")
		}
		terms.First = &first
	}
	return terms, nil
}

func (s *Console) turnPlan(c *gin.Context) error {
	id := c.Param("plan")
	err := s.audited(c, "plan.turned", "plan:"+id, func() error {
		_, err := s.Mandates.TurnPlan(c, accountID(c), id, mandate.PlanState(field(c, "state")))
		return err
	})
	return s.done(c, path(c, "plans"), "plans.done.saved", err)
}

func (s *Console) mandates(c *gin.Context) error {
	base, err := s.base(c, "orders")
	if err != nil {
		return err
	}
	state := mandate.State(c.Query("state"))
	known := []mandate.State{mandate.Trial, mandate.Active, mandate.PastDue, mandate.Leaving, mandate.Ended}
	if !slices.Contains(known, state) {
		state = ""
	}
	numbers, err := s.Mandates.Totals(c, accountID(c))
	if err != nil {
		return err
	}
	found, next, err := s.Mandates.Mandates(c, accountID(c), mandate.Filter{State: state, Plan: c.Query("plan")}, pageSize, after(c))
	if err != nil {
		return err
	}
	here := path(c, "mandates")
	page := &templates.Mandates{Base: base, Pager: pager(c, next), Tabs: []templates.Tab{{Label: s.word(c, "state", "all"), URL: here, Count: -1, Here: state == ""}}}
	for _, one := range known {
		page.Tabs = append(page.Tabs, templates.Tab{Label: s.Surface.Text(c, "mandate.state."+string(one)), Here: one == state, Count: int(numbers.States[one]),
			URL: here + "?" + url.Values{"state": {string(one)}}.Encode()})
	}
	for _, one := range found {
		page.Rows = append(page.Rows, s.mandateRow(c, one))
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) mandateRow(c *gin.Context, m mandate.Mandate) templates.MandateRow {
	row := templates.MandateRow{URL: path(c, "mandates", m.ID), Name: m.Terms.Name, Price: s.priceText(c, m.Terms), Way: m.Provider,
		State: string(m.State), StateText: s.Surface.Text(c, "mandate.state."+string(m.State)), Person: m.Person.Name, PersonURL: path(c, "subscribers", m.Payer)}
	if on, amount, ok := m.Upcoming(); ok {
		row.Line = s.Surface.Text(c, "mandate.chat.next", s.dayText(c, on), amount)
	} else if until, err := mandate.ParseDate(m.Until); err == nil && m.State == mandate.Leaving {
		row.Line = s.Surface.Text(c, "mandate.chat.until", s.dayText(c, until))
	}
	return row
}

func (s *Console) mandate(c *gin.Context) error {
	m, err := s.Mandates.Mandate(c, accountID(c), c.Param("mandate"))
	if err != nil {
		return err
	}
	base, err := s.base(c, "orders")
	if err != nil {
		return err
	}
	consent := m.Consents[len(m.Consents)-1]
	page := &templates.Mandate{Base: base, Row: s.mandateRow(c, m), Path: path(c, "mandates", m.ID), Credit: money.Of(m.Credit, m.Terms.Amount.Currency),
		Consent: consent.Text, ConsentOn: s.dayText(c, mandate.DateOf(consent.At, web.At(c).Account.Location())),
		MayCancel: m.State != mandate.Ended && web.At(c).Access.May(account.WriteOrders)}
	if m.Reason != "" {
		page.Reason = s.Surface.Text(c, "mandate.reason."+m.Reason)
	}
	endings := []string{string(mandate.AtPeriodEnd)}
	if web.At(c).Access.May(account.Refund) {
		endings = append(endings, string(mandate.AtOnceRefund))
	}
	page.Endings = s.planOptions(c, "mandate.ending.", string(m.Terms.Ending), endings...)
	found, _, err := s.Mandates.Periods(c, m.Account, m.ID, pageSize, "")
	for _, period := range found {
		from, _ := mandate.ParseDate(period.From)
		until, _ := mandate.ParseDate(period.Until)
		page.Periods = append(page.Periods, templates.PeriodRow{From: s.dayText(c, from), Until: s.dayText(c, until), Amount: period.Amount,
			State: string(period.State), StateText: s.Surface.Text(c, "mandate.period."+string(period.State)),
			Refunded: money.Of(period.Refunded, period.Amount.Currency), Payment: period.Payment})
	}
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) cancelMandate(c *gin.Context) error {
	id, ending := c.Param("mandate"), mandate.Ending(field(c, "ending"))
	if ending == mandate.AtOnceRefund && !web.At(c).Access.May(account.Refund) {
		return account.ErrNotPermitted
	}
	err := s.audited(c, "mandate.cancelled", "mandate:"+id, func() error {
		_, err := s.Mandates.CancelFor(c, accountID(c), id, ending)
		return err
	})
	return s.done(c, path(c, "mandates", id), "mandates.done.cancelled", err)
}
