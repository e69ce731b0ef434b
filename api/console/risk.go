package console

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/shop/pay/risk"
	"plaza/templates"
)

// riskRoutes are about money that is looked at before it moves. Who may give
// money back is asked again where a refund is approved.
func (s *Console) riskRoutes() []route {
	const read, review, rules = account.ReadShop, account.WriteOrders, account.WriteShop
	return []route{
		get("/risk", s.risks, read),
		get("/risk/a/:assessment", s.assessment, read),
		post("/risk/a/:assessment/resolve", s.resolveRisk, review),
		post("/risk/a/:assessment/label", s.labelRisk, review),
		get("/risk/rules", s.riskRules, read),
		post("/risk/rules", s.saveThresholds, rules),
		post("/risk/rules/try", s.tryThresholds, rules),
		get("/risk/rules/new", s.newRiskRule, rules),
		post("/risk/rules/new", s.saveRiskRule, rules),
		post("/risk/rules/new/try", s.tryRiskRule, rules),
		get("/risk/rules/r/:rule", s.editRiskRule, rules),
		post("/risk/rules/r/:rule", s.thatRiskRule(s.saveRiskRule), rules),
		post("/risk/rules/r/:rule/try", s.thatRiskRule(s.tryRiskRule), rules),
		post("/risk/rules/r/:rule/delete", s.thatRiskRule(s.deleteRiskRule), rules),
	}
}

// risks lists what waits for a member, or the latest assessments.
func (s *Console) risks(c *gin.Context) error {
	base, err := s.base(c, risk.Topic)
	if err != nil {
		return err
	}
	page := &templates.Risks{Base: base}
	page.Tabs, page.List = s.tabs(c, "list", "risk.tab", "waiting", "latest")
	if page.Tabs[0].Count, err = s.Risk.Waiting(c, accountID(c), 100); err != nil {
		return err
	}
	list := s.Risk.Queue
	if page.List == "latest" {
		list = s.Risk.Latest
	}
	found, next, err := list(c, accountID(c), pageSize, after(c))
	if err != nil {
		return err
	}
	policy, err := s.Risk.Policy(c, accountID(c))
	if err != nil {
		return err
	}
	for _, one := range found {
		page.Rows = append(page.Rows, s.riskRow(c, policy, one))
	}
	page.Pager = pager(c, next)
	return s.Surface.Draw(c, page)
}

func (s *Console) riskRow(c *gin.Context, policy risk.Policy, of risk.Assessment) templates.RiskRow {
	row := templates.RiskRow{URL: path(c, "risk", "a", of.Key()), Kind: string(of.Kind), Name: s.riskName(c, of.Subscriber),
		Amount: of.Amount, Score: of.Score, Action: string(of.Action), Review: string(of.Review), Label: string(of.Label), At: of.At}
	if len(of.Reasons) > 0 && of.Action != risk.Allow {
		row.Why = s.riskReason(c, policy, of.Reasons[0])
	}
	return row
}

// riskName is what a subscriber is called; who is gone is called by their id.
func (s *Console) riskName(c *gin.Context, subscriber string) string {
	if found, err := s.Bot.Subscribers().Get(c, accountID(c), subscriber); err == nil && found.Name != "" {
		return found.Name
	}
	if subscriber == "" {
		return "–"
	}
	return s.personName(c, "", subscriber)
}

// riskReason says a reason in words.
func (s *Console) riskReason(c *gin.Context, policy risk.Policy, reason risk.Reason) string {
	for _, rule := range policy.Rules {
		if reason.Rule == rule.ID {
			return rule.Name(web.Language(c))
		}
	}
	said := s.said(c, "risk.seen."+string(reason.Signal), riskNumber(reason.Value))
	if reason.With != "" {
		said = s.said(c, "risk.together", said, s.said(c, "risk.seen."+string(reason.With), riskNumber(reason.WithValue)))
	}
	return said
}

// riskNumber writes a signal's value short: whole where it is large.
func riskNumber(value float64) string {
	if value >= 10 {
		return strconv.FormatFloat(value, 'f', 0, 64)
	}
	return strings.TrimSuffix(strconv.FormatFloat(value, 'f', 1, 64), ".0")
}

func (s *Console) assessment(c *gin.Context) error {
	page, err := s.riskPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) riskPage(c *gin.Context) (*templates.Risk, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	found, err := s.Risk.Get(c, accountID(c), c.Param("assessment"))
	if err != nil {
		return nil, err
	}
	policy, err := s.Risk.Policy(c, accountID(c))
	if err != nil {
		return nil, err
	}
	page := &templates.Risk{Base: base, RiskRow: s.riskRow(c, policy, found), Path: path(c, "risk", "a", found.Key()),
		Attempt: found.Attempt, Outcome: cmp.Or(string(found.Outcome), "open"), Reviewer: found.Reviewer, Note: found.Note,
		MayReview: found.Review == risk.Waiting && s.mayReview(c, found)}
	if found.Subscriber != "" && web.At(c).Access.May(account.ReadSubscribers) {
		page.PersonURL = path(c, "subscribers", found.Subscriber)
	}
	sum := 0
	for _, reason := range found.Reasons {
		sum += max(reason.Points, 0)
	}
	for _, reason := range found.Reasons {
		line := templates.RiskReason{Text: s.riskReason(c, policy, reason), Points: reason.Points, Rare: reason.Strange}
		line.Share = 100 * max(reason.Points, 0) / max(sum, 1)
		if reason.Rule != "" {
			line.Rule = line.Text
			line.Text = s.said(c, "risk.seen."+string(reason.Signal), riskNumber(reason.Value))
		}
		page.Reasons = append(page.Reasons, line)
	}
	for _, signal := range risk.SignalsInOrder() {
		if value := found.Signals[signal]; value != 0 {
			page.Signals = append(page.Signals, [2]string{s.said(c, "risk.signal."+string(signal)), riskNumber(value)})
		}
	}
	return page, nil
}

// mayReview says whether the member may decide: a refund only if they may
// refund.
func (s *Console) mayReview(c *gin.Context, of risk.Assessment) bool {
	access := web.At(c).Access
	if of.Kind == risk.Refund {
		return access.May(account.Refund)
	}
	return access.May(account.WriteOrders)
}

func (s *Console) resolveRisk(c *gin.Context) error {
	key, approve := c.Param("assessment"), field(c, "approve") == "yes"
	found, err := s.Risk.Get(c, accountID(c), key)
	if err != nil {
		return err
	}
	if !s.mayReview(c, found) {
		return account.ErrNotPermitted
	}
	action, said := "risk.refused", "risk.refused"
	if approve {
		action, said = "risk.approved", "risk.approved"
	}
	err = s.audited(c, action, "assessment:"+key, func() error {
		_, err := s.Risk.Resolve(c, accountID(c), key, approve, web.At(c).Access.Actor.Name, field(c, "note"))
		return err
	})
	return s.done(c, path(c, "risk"), said, err)
}

func (s *Console) labelRisk(c *gin.Context) error {
	key, label := c.Param("assessment"), risk.Label(field(c, "label"))
	err := s.audited(c, "risk.labelled", "assessment:"+key, func() error {
		_, err := s.Risk.Mark(c, accountID(c), key, label)
		return err
	})
	return s.done(c, path(c, "risk", "a", key), "risk.labelled", err)
}
