package risk

import (
	"context"
	"errors"
	"sync"
	"time"

	"plaza/fault"
	"plaza/store"
)

// keptPolicy is a policy in the store.
type keptPolicy struct {
	ID      string `bson:"_id"` // the account
	Account string `bson:"account"`
	Version int64  `bson:"version"`
	Policy  Policy `bson:"policy"`
}

// ErrPolicyChanged is the fault of saving over what somebody else has saved.
var ErrPolicyChanged = fault.New(fault.Conflict, "risk_policy_changed", "Somebody else has changed the rules meanwhile. Please look at them again.")

// policyAge is how long a node goes on with a policy it has read; a change on
// this node counts at once.
const policyAge = 5 * time.Second

// policyCache keeps policies for a moment.
type policyCache struct {
	mu   sync.Mutex
	held map[string]heldPolicy
}

type heldPolicy struct {
	policy Policy
	at     time.Time
}

func (c *policyCache) find(account string, now time.Time) (Policy, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.held[account]
	return found.policy, ok && now.Sub(found.at) < policyAge
}

func (c *policyCache) keep(account string, policy Policy, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == nil || len(c.held) >= mostMinds {
		c.held = map[string]heldPolicy{}
	}
	c.held[account] = heldPolicy{policy, now}
}

func (c *policyCache) forget(account string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.held, account)
}

// Policy is an account's policy, the standard one until it has its own. It is
// shared: change a copy.
func (s *Service) Policy(ctx context.Context, account string) (Policy, error) {
	if policy, ok := s.known.find(account, s.Now()); ok {
		return policy, nil
	}
	policy, _, err := s.PolicyVersion(ctx, account)
	if err == nil {
		s.known.keep(account, policy, s.Now())
	}
	return policy, err
}

// PolicyVersion reads the policy and its version, for changing it; 0 for the
// standard one.
func (s *Service) PolicyVersion(ctx context.Context, account string) (Policy, int64, error) {
	kept, err := policies.In(s.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return StandardPolicy(), 0, nil
	}
	return kept.Policy, kept.Version, err
}

// SavePolicy replaces the policy that had the version. Errors: what is wrong
// with it, ErrPolicyChanged.
func (s *Service) SavePolicy(ctx context.Context, account string, policy Policy, version int64) error {
	if err := policy.Check(); err != nil {
		return err
	}
	defer s.known.forget(account)
	collection := policies.In(s.DB, account)
	var err error
	if version == 0 {
		err = collection.Insert(ctx, keptPolicy{ID: account, Account: account, Version: 1, Policy: policy})
	} else {
		err = collection.Update(ctx, account, store.Set("policy", policy).Set("version", version+1), store.Eq("version", version))
	}
	if errors.Is(err, store.ErrDuplicate) || errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return ErrPolicyChanged
	}
	return err
}

// Trial is what a policy would have done in the past.
type Trial struct {
	Attempts int `json:"attempts"`
	// Now is what was done, Then what would have been, by action.
	Now  map[Action]int `json:"now"`
	Then map[Action]int `json:"then"`
	// Of the attempts that members have labelled, by what would have been done.
	Fraud   map[Action]int `json:"fraud"`
	Genuine map[Action]int `json:"genuine"`
	// ByRule counts to how many attempts each rule applies, with the labels.
	ByRule map[string]RuleTrial `json:"by_rule"`
}

// RuleTrial is how often one rule would have applied.
type RuleTrial struct {
	Applies int `json:"applies"`
	Fraud   int `json:"fraud"`
	Genuine int `json:"genuine"`
}

// MostTried is how many attempts a policy can be tried on.
const MostTried = 5000

// Try decides once more about the last attempts, up to a number, by what was
// seen and what the model said then. Nothing is changed. Errors: what is wrong
// with the policy.
func (s *Service) Try(ctx context.Context, account string, policy Policy, attempts int) (Trial, error) {
	trial := Trial{Now: map[Action]int{}, Then: map[Action]int{}, Fraud: map[Action]int{}, Genuine: map[Action]int{},
		ByRule: map[string]RuleTrial{}}
	if err := policy.Check(); err != nil {
		return trial, err
	}
	attempts = min(max(attempts, 1), MostTried)
	newest := store.Query{}.By("-at").Top(min(attempts, store.MaxPage))
	for past, err := range assessments.In(s.DB, account).Each(ctx, newest) {
		if err != nil {
			return trial, err
		}
		trial.add(policy, past)
		if trial.Attempts >= attempts {
			break
		}
	}
	return trial, nil
}

func (t *Trial) add(policy Policy, past Assessment) {
	then := policy.Decide(past.attempt(time.UTC), past.Signals, Opinion{Points: past.Model})
	t.Attempts++
	t.Now[past.Action]++
	t.Then[then.Action]++
	switch past.Label {
	case Fraud:
		t.Fraud[then.Action]++
	case Genuine:
		t.Genuine[then.Action]++
	}
	for _, reason := range then.Reasons {
		if reason.Rule == "" {
			continue
		}
		count := t.ByRule[reason.Rule]
		count.Applies++
		switch past.Label {
		case Fraud:
			count.Fraud++
		case Genuine:
			count.Genuine++
		}
		t.ByRule[reason.Rule] = count
	}
}
