package rest

import (
	"context"

	"plaza/account"
	"plaza/shop/pay/risk"
)

// riskRoutes are about money that is looked at before it moves.
func (s *surface) riskRoutes() {
	see, review, rules := needs{account.ReadShop}, needs{account.WriteOrders}, needs{account.WriteShop}
	add(s, read("/risk/queue", "list-risk-queue", "List movements of money that wait for a member, the longest waiting first", see), s.listRiskQueue)
	add(s, read("/risk/assessments", "list-assessments", "List assessed movements of money, newest first", see), s.listAssessments)
	add(s, read("/risk/assessments/{assessment}", "get-assessment", "Get an assessment with its reasons", see), s.getAssessment)
	add(s, change(post, "/risk/assessments/{assessment}/resolve", "resolve-assessment", "Let a held movement of money go on, or refuse it", review, "risk.resolved"), s.resolveAssessment)
	add(s, change(post, "/risk/assessments/{assessment}/label", "label-assessment", "Say whether it truly was fraud", review, "risk.labelled"), s.labelAssessment)
	add(s, read("/risk/policy", "get-risk-policy", "Get the rules and thresholds", see), s.getRiskPolicy)
	add(s, change(put, "/risk/policy", "change-risk-policy", "Replace the rules and thresholds", rules, "risk.policy_changed"), s.changeRiskPolicy)
	add(s, own(post, "/risk/policy/try", "try-risk-policy", "See what rules would have done in the past", see), s.tryRiskPolicy)
}

// assessment is one with its key, which names it in addresses.
type assessment struct {
	ID string `json:"id" doc:"Kind and number of the attempt."`
	risk.Assessment
}

func viewAssessment(of risk.Assessment, err error) (assessment, error) {
	return assessment{of.Key(), of}, err
}

func viewAssessments(found page[risk.Assessment], err error) (page[assessment], error) {
	views := page[assessment]{Items: make([]assessment, len(found.Items)), Next: found.Next}
	for i, one := range found.Items {
		views.Items[i] = assessment{one.Key(), one}
	}
	return views, err
}

func (s *surface) listRiskQueue(ctx context.Context, who account.Access, in *Paging) (page[assessment], error) {
	return viewAssessments(pageOf(s.Risk.Queue(ctx, who.Account, in.Limit, in.at())))
}

func (s *surface) listAssessments(ctx context.Context, who account.Access, in *Paging) (page[assessment], error) {
	return viewAssessments(pageOf(s.Risk.Latest(ctx, who.Account, in.Limit, in.at())))
}

// OneAssessment names one in a path.
type OneAssessment struct {
	Assessment string `path:"assessment" maxLength:"420"`
}

func (s *surface) getAssessment(ctx context.Context, who account.Access, in *OneAssessment) (assessment, error) {
	return viewAssessment(s.Risk.Get(ctx, who.Account, in.Assessment))
}

type resolveInput struct {
	OneAssessment
	Body struct {
		Approve bool   `json:"approve"`
		Note    string `json:"note,omitempty" maxLength:"500"`
	}
}

// resolveAssessment decides. Who lets a refund go on has to be allowed to refund.
func (s *surface) resolveAssessment(ctx context.Context, who account.Access, in *resolveInput) (assessment, error) {
	found, err := s.Risk.Get(ctx, who.Account, in.Assessment)
	if err != nil {
		return assessment{}, err
	}
	if found.Kind == risk.Refund {
		if err := who.Require(account.Refund); err != nil {
			return assessment{}, err
		}
	}
	return viewAssessment(s.Risk.Resolve(ctx, who.Account, in.Assessment, in.Body.Approve, who.Actor.Name, in.Body.Note))
}

type labelInput struct {
	OneAssessment
	Body struct {
		Label risk.Label `json:"label" enum:"genuine,fraud"`
	}
}

func (s *surface) labelAssessment(ctx context.Context, who account.Access, in *labelInput) (assessment, error) {
	return viewAssessment(s.Risk.Mark(ctx, who.Account, in.Assessment, in.Body.Label))
}

// riskPolicy is a policy with its version: of two who change it, the second
// has to look again.
type riskPolicy struct {
	risk.Policy
	Version int64 `json:"version" minimum:"0" doc:"As it was read; 0 while the account has the standard rules."`
}

func (s *surface) getRiskPolicy(ctx context.Context, who account.Access, _ *none) (riskPolicy, error) {
	policy, version, err := s.Risk.PolicyVersion(ctx, who.Account)
	return riskPolicy{policy, version}, err
}

type riskPolicyInput struct{ Body riskPolicy }

func (s *surface) changeRiskPolicy(ctx context.Context, who account.Access, in *riskPolicyInput) (riskPolicy, error) {
	if err := s.Risk.SavePolicy(ctx, who.Account, in.Body.Policy, in.Body.Version); err != nil {
		return riskPolicy{}, err
	}
	return s.getRiskPolicy(ctx, who, nil)
}

type tryPolicyInput struct {
	Body struct {
		risk.Policy
		Attempts int `json:"attempts,omitempty" minimum:"1" maximum:"5000" default:"1000"`
	}
}

func (s *surface) tryRiskPolicy(ctx context.Context, who account.Access, in *tryPolicyInput) (risk.Trial, error) {
	return s.Risk.Try(ctx, who.Account, in.Body.Policy, in.Body.Attempts)
}
