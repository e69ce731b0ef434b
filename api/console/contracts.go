package console

import (
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/shop/pay"
	"plaza/templates"
)

// A way of paying is set up on one kind of page: its steps, its fields and what
// is said about them come from the provider's own declarations and texts
// ("contract.<provider>....").

func (s *Console) contracts(c *gin.Context) error {
	base, err := s.base(c, "inbox")
	if err != nil {
		return err
	}
	page := &templates.Contracts{Base: base}
	currencies, err := s.payable(c)
	if err != nil {
		return err
	}
	needContract := map[string]bool{}
	for _, provider := range s.Contracts().Providers() {
		needContract[provider] = true
	}
	for _, provider := range s.Shop.Payments.Names() {
		row := templates.WayRow{Name: provider, State: "connected"}
		if needContract[provider] {
			if row, _, err = s.wayRow(c, provider); err != nil {
				return err
			}
		}
		if row.State == "off" && !s.takesAny(provider, currencies) {
			row.URL, row.Problem = "", s.said(c, "payments.other-currency", currencies[0])
		}
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

// payable are the currencies in which orders of the account can be paid: its own,
// and those that its rates lead to.
func (s *Console) payable(c *gin.Context) ([]string, error) {
	of := web.At(c).Account
	currencies := []string{of.Currency}
	rates, err := s.Exchange.Into(c, of.ID, of.Currency)
	for _, rate := range rates {
		currencies = append(currencies, rate.To)
	}
	return currencies, err
}

func (s *Console) takesAny(provider string, currencies []string) bool {
	return slices.ContainsFunc(currencies, func(currency string) bool { return s.Contracts().Takes(provider, currency) })
}

// Contracts are the accounts' contracts with providers.
func (s *Console) Contracts() pay.Contracts { return s.Shop.Payments.Contracts() }

// wayRow is how a way of paying stands, and its contract; the zero Contract
// where there is none.
func (s *Console) wayRow(c *gin.Context, provider string) (templates.WayRow, pay.Contract, error) {
	row := templates.WayRow{Name: provider, State: "off", URL: path(c, "settings", "payments", provider)}
	found, err := s.Contracts().Get(c, accountID(c), provider)
	if errors.Is(err, pay.ErrNoContract) {
		return row, found, nil
	}
	row.LastHeard = instant(found.HeardAt)
	switch {
	case !found.Enabled:
	case found.Problem != "":
		row.State, row.Problem = "error", s.fault(c, found.Problem, "", found.ProblemArgs)
	case found.CheckedAt == nil && found.HeardAt == nil:
		row.State = "untested"
	default:
		row.State = "connected"
	}
	return row, found, err
}

func (s *Console) contract(c *gin.Context) error {
	page, err := s.contractPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) contractPage(c *gin.Context) (*templates.Contract, error) {
	provider := c.Param("provider")
	fields, err := s.Contracts().Fields(provider)
	if err != nil {
		return nil, pay.ErrNoContract.Because(err)
	}
	typed, err := s.Contracts().Typed(c, accountID(c), provider)
	if err != nil {
		return nil, err
	}
	base, err := s.base(c, "inbox")
	if err != nil {
		return nil, err
	}
	row, found, err := s.wayRow(c, provider)
	if err != nil {
		return nil, err
	}
	page := &templates.Contract{
		Base: base, Row: row, Saved: found.ID != "", On: found.Enabled,
		Steps: s.platformSteps(c, "contract."+provider),
	}
	if s.Contracts().Notifies(provider) {
		page.NotifyURL = s.Shop.Links.Notify(provider, accountID(c))
	}
	page.Findings = s.clockFindings(c, provider)
	if row.Problem != "" {
		page.Findings = append(page.Findings, templates.Finding{Tone: "bad", Text: row.Problem, At: instant(found.CheckedAt)})
	}
	for _, field := range fields {
		page.Fields = append(page.Fields, s.settingField(c, "contract."+provider, field, typed))
	}
	return page, nil
}

func (s *Console) signContract(c *gin.Context) error {
	provider := c.Param("provider")
	fields, err := s.Contracts().Fields(provider)
	if err != nil {
		return pay.ErrNoContract.Because(err)
	}
	typed, names := typedFields(c, fields)
	err = s.audited(c, "payments.signed", "contract:"+provider, func() error {
		_, err := s.Contracts().Sign(c, accountID(c), provider, typed)
		return err
	})
	if err == nil {
		return s.done(c, path(c, "settings", "payments", provider), "payments.done.saved", nil)
	}
	page, shown := s.contractPage(c)
	if shown != nil {
		return shown
	}
	retype(page.Fields, typed)
	if err := s.refused(c, &page.Base, err, nil, names...); err != nil {
		return err
	}
	return s.again(c, page)
}

// testContract asks the provider whether it knows the account.
func (s *Console) testContract(c *gin.Context) error {
	provider := c.Param("provider")
	var tried pay.Contract
	err := s.audited(c, "payments.tested", "contract:"+provider, func() (err error) {
		tried, err = s.Contracts().Check(c, accountID(c), provider)
		return err
	})
	s.Clocks.Confirm(c, provider)
	back := path(c, "settings", "payments", provider)
	if err == nil && tried.Problem != "" {
		return web.RedirectSaying(c, back, templates.Flash{Kind: "bad", Text: s.fault(c, tried.Problem, "", tried.ProblemArgs)})
	}
	return s.done(c, back, "payments.done.works", err)
}

// switchContract switches a way of paying on or off for new payments.
func (s *Console) switchContract(on bool) func(*gin.Context) error {
	action, said := "payments.off", "payments.done.off"
	if on {
		action, said = "payments.on", "payments.done.on"
	}
	return func(c *gin.Context) error {
		provider := c.Param("provider")
		err := s.audited(c, action, "contract:"+provider, func() error {
			return s.Contracts().Enable(c, accountID(c), provider, on)
		})
		return s.done(c, path(c, "settings", "payments", provider), said, err)
	}
}
