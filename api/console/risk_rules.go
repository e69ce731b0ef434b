package console

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/fault"
	"plaza/message"
	"plaza/shop/pay/risk"
	"plaza/store"
	"plaza/templates"
)

// triedOn is how many attempts rules are tried on.
const triedOn = 2000

func (s *Console) riskRules(c *gin.Context) error {
	policy, version, err := s.Risk.PolicyVersion(c, accountID(c))
	if err != nil {
		return err
	}
	page, err := s.riskRulesPage(c, policy, version)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) riskRulesPage(c *gin.Context, policy risk.Policy, version int64) (*templates.RiskRules, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.RiskRules{Base: base, Version: version, StepUp: strconv.Itoa(policy.Thresholds.StepUp),
		Hold: strconv.Itoa(policy.Thresholds.Hold), Block: strconv.Itoa(policy.Thresholds.Block), WithoutModel: policy.WithoutModel}
	for _, rule := range policy.Rules {
		row := templates.RiskRuleRow{URL: path(c, "risk", "rules", "r", rule.ID), Name: rule.Name(web.Language(c)),
			Weight: rule.Weight, Action: string(rule.Action), Enabled: rule.Enabled}
		for _, kind := range rule.Kinds {
			row.Kinds = append(row.Kinds, string(kind))
		}
		for _, condition := range rule.When {
			row.When = append(row.When, s.said(c, "risk.signal."+string(condition.Signal))+" "+
				s.word(c, "risk.compare", string(condition.Compare))+" "+plainNumber(condition.Value))
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func plainNumber(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }

// readThresholds is the account's policy with what the form says.
func (s *Console) readThresholds(c *gin.Context) (risk.Policy, int64, error) {
	policy, _, err := s.Risk.PolicyVersion(c, accountID(c))
	if err != nil {
		return policy, 0, err
	}
	for name, into := range map[string]*int{"step_up": &policy.Thresholds.StepUp, "hold": &policy.Thresholds.Hold, "block": &policy.Thresholds.Block} {
		// What is no number is no threshold either: the policy's check says so.
		*into, _ = strconv.Atoi(field(c, name))
	}
	policy.WithoutModel = field(c, "without_model") != ""
	return policy, formVersion(c), nil
}

func formVersion(c *gin.Context) int64 {
	version, _ := strconv.ParseInt(field(c, "version"), 10, 64)
	return version
}

func (s *Console) saveThresholds(c *gin.Context) error {
	policy, version, err := s.readThresholds(c)
	if err != nil {
		return err
	}
	err = s.audited(c, "risk.thresholds_changed", "risk:policy", func() error {
		return s.Risk.SavePolicy(c, accountID(c), policy, version)
	})
	return s.done(c, path(c, "risk", "rules"), "risk.rules.saved", err)
}

func (s *Console) tryThresholds(c *gin.Context) error {
	policy, version, err := s.readThresholds(c)
	if err != nil {
		return err
	}
	page, err := s.riskRulesPage(c, policy, version)
	if err != nil {
		return err
	}
	trial, err := s.Risk.Try(c, accountID(c), policy, triedOn)
	if err != nil {
		if err := s.refused(c, &page.Base, err, nil); err != nil {
			return err
		}
		return s.again(c, page)
	}
	page.Trial = trialPage(trial)
	return s.Surface.Draw(c, page)
}

func trialPage(trial risk.Trial) *templates.RiskTrial {
	page := &templates.RiskTrial{Attempts: trial.Attempts}
	for _, action := range risk.Actions() {
		page.Rows = append(page.Rows, templates.RiskTrialRow{Action: string(action), Now: trial.Now[action],
			Then: trial.Then[action], Fraud: trial.Fraud[action], Genuine: trial.Genuine[action]})
	}
	return page
}

// maxConditions is how many lines the form of a rule has.
const maxConditions = 3

func (s *Console) newRiskRule(c *gin.Context) error {
	_, version, err := s.Risk.PolicyVersion(c, accountID(c))
	if err != nil {
		return err
	}
	return s.drawRiskRule(c, risk.Rule{Enabled: true}, version)
}

func (s *Console) editRiskRule(c *gin.Context) error {
	policy, version, err := s.Risk.PolicyVersion(c, accountID(c))
	if err != nil {
		return err
	}
	at := ruleAt(policy, c.Param("rule"))
	if at < 0 {
		return errNoRiskRule
	}
	return s.drawRiskRule(c, policy.Rules[at], version)
}

var errNoRiskRule = fault.New(fault.NotFound, "risk_rule_not_found", "There is no such rule.")

// thatRiskRule lets only forms about a rule that is there through.
func (s *Console) thatRiskRule(handle web.Handler) web.Handler {
	return func(c *gin.Context) error {
		policy, _, err := s.Risk.PolicyVersion(c, accountID(c))
		if err == nil && ruleAt(policy, c.Param("rule")) < 0 {
			err = errNoRiskRule
		}
		if err != nil {
			return err
		}
		return handle(c)
	}
}

func ruleAt(policy risk.Policy, id string) int {
	return slices.IndexFunc(policy.Rules, func(rule risk.Rule) bool { return rule.ID == id })
}

func (s *Console) drawRiskRule(c *gin.Context, rule risk.Rule, version int64) error {
	page, err := s.riskRulePage(c, rule, version)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) riskRulePage(c *gin.Context, rule risk.Rule, version int64) (*templates.RiskRuleEditor, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.RiskRuleEditor{Base: base, ID: c.Param("rule"), Version: version, Names: rule.Names, Enabled: rule.Enabled,
		Weight: strconv.Itoa(rule.Weight), Actions: s.options(c, "risk.action", string(rule.Action), "step_up", "hold", "block")}
	page.Path = path(c, "risk", "rules", "new")
	if page.ID != "" {
		page.Path, page.Title = path(c, "risk", "rules", "r", page.ID), rule.Name(web.Language(c))
	}
	for _, kind := range risk.Kinds() {
		page.Kinds = append(page.Kinds, templates.Option{Value: string(kind), Label: s.word(c, "risk.kind", string(kind)),
			Chosen: slices.Contains(rule.Kinds, kind)})
	}
	signals := make([]string, 0, len(risk.SignalsInOrder()))
	for _, signal := range risk.SignalsInOrder() {
		signals = append(signals, string(signal))
	}
	for i := range max(maxConditions, len(rule.When)) {
		line := templates.RiskCondition{}
		var condition risk.Condition
		if i < len(rule.When) {
			condition = rule.When[i]
			line.Value = plainNumber(condition.Value)
		}
		line.Signals = s.options(c, "risk.signal", string(condition.Signal), signals...)
		line.Compare = s.options(c, "risk.compare", string(condition.Compare), string(risk.AtLeast), string(risk.Below))
		page.When = append(page.When, line)
	}
	return page, nil
}

// readRiskRule reads the form of a rule.
func readRiskRule(c *gin.Context) (risk.Rule, error) {
	rule := risk.Rule{ID: c.Param("rule"), Names: map[string]string{}, Enabled: field(c, "enabled") != "", Action: risk.Action(field(c, "action"))}
	if rule.ID == "" {
		rule.ID = strings.ToLower(store.NewID())
	}
	for _, language := range message.Languages {
		if name := field(c, "name."+language); name != "" {
			rule.Names[language] = name
		}
	}
	for _, kind := range c.PostFormArray("kinds") {
		rule.Kinds = append(rule.Kinds, risk.Kind(kind))
	}
	if typed := field(c, "weight"); typed != "" {
		weight, err := strconv.Atoi(typed)
		if err != nil {
			return rule, risk.ErrRuleEffect.In("weight").Because(err)
		}
		rule.Weight = weight
	}
	for i := range risk.MaxConditions {
		line := fmt.Sprintf("when.%d.", i)
		signal := field(c, line+"signal")
		if signal == "" {
			continue
		}
		value, err := strconv.ParseFloat(field(c, line+"value"), 64)
		if err != nil {
			return rule, risk.ErrRuleCondition.In("when").Because(err)
		}
		rule.When = append(rule.When, risk.Condition{Signal: risk.Signal(signal), Compare: risk.Comparison(field(c, line+"compare")), Value: value})
	}
	return rule, rule.Check()
}

// withRule is the account's policy with a rule of it replaced, or one more.
func (s *Console) withRule(c *gin.Context, rule risk.Rule) (risk.Policy, error) {
	policy, _, err := s.Risk.PolicyVersion(c, accountID(c))
	if err != nil {
		return policy, err
	}
	if at := ruleAt(policy, rule.ID); at >= 0 {
		policy.Rules = slices.Clone(policy.Rules)
		policy.Rules[at] = rule
	} else {
		policy.Rules = append(slices.Clip(policy.Rules), rule)
	}
	return policy, policy.Check()
}

func (s *Console) saveRiskRule(c *gin.Context) error {
	rule, err := readRiskRule(c)
	if err == nil {
		err = s.audited(c, "risk.rule_saved", "risk_rule:"+rule.ID, func() error {
			policy, err := s.withRule(c, rule)
			if err != nil {
				return err
			}
			return s.Risk.SavePolicy(c, accountID(c), policy, formVersion(c))
		})
	}
	if err == nil {
		return s.done(c, path(c, "risk", "rules"), "risk.rules.saved", nil)
	}
	return s.riskRuleAgain(c, rule, err)
}

// riskRuleAgain shows a rule once more, with what is wrong with it.
func (s *Console) riskRuleAgain(c *gin.Context, rule risk.Rule, wrong error) error {
	page, err := s.riskRulePage(c, rule, formVersion(c))
	if err != nil {
		return err
	}
	if problem, ok := errors.AsType[*fault.Error](wrong); ok { // "rules.3.when" of a policy is "when" here
		wrong = problem.In(problem.Field[strings.LastIndexByte(problem.Field, '.')+1:])
	}
	if err := s.refused(c, &page.Base, wrong, map[string]string{"names": "name", "kinds": "name", "id": "name"}, "name", "when", "weight"); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) tryRiskRule(c *gin.Context) error {
	rule, err := readRiskRule(c)
	if err != nil {
		return s.riskRuleAgain(c, rule, err)
	}
	policy, err := s.withRule(c, rule)
	if err != nil {
		return s.riskRuleAgain(c, rule, err)
	}
	trial, err := s.Risk.Try(c, accountID(c), policy, triedOn)
	if err != nil {
		return s.riskRuleAgain(c, rule, err)
	}
	page, err := s.riskRulePage(c, rule, formVersion(c))
	if err != nil {
		return err
	}
	page.Trial = trialPage(trial)
	count := trial.ByRule[rule.ID]
	page.Trial.Applies = s.said(c, "risk.try.applies", count.Applies, count.Fraud, count.Genuine)
	return s.Surface.Draw(c, page)
}

func (s *Console) deleteRiskRule(c *gin.Context) error {
	id := c.Param("rule")
	err := s.audited(c, "risk.rule_deleted", "risk_rule:"+id, func() error {
		policy, _, err := s.Risk.PolicyVersion(c, accountID(c))
		if err != nil {
			return err
		}
		policy.Rules = slices.DeleteFunc(slices.Clone(policy.Rules), func(rule risk.Rule) bool { return rule.ID == id })
		return s.Risk.SavePolicy(c, accountID(c), policy, formVersion(c))
	})
	return s.done(c, path(c, "risk", "rules"), "risk.rules.deleted", err)
}
