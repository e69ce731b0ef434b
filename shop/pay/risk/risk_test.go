package risk

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"plaza/message"
	"plaza/money"
)

const office = "01SHOP"

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func payment(id string, at time.Time) Attempt {
	return Attempt{ID: id, Account: office, Kind: Payment, Subscriber: office + ":webchat:ann", Amount: money.Of(2000, "CNY"),
		Device: FingerprintOf(office, "device", "anns"), Network: NetworkOf(office, "192.0.2.7"), At: at}
}

// lived are profiles in which ann has paid every day at noon for a month.
func lived() Profiles {
	profiles := Profiles{}
	for i := range 30 {
		a := payment("p", noon.AddDate(0, 0, i-30))
		a.Amount.Minor += int64(i * 20)
		profiles.Try(a)
		profiles.Learn(a, Succeeded)
	}
	return profiles
}

func TestTheShippedPriorWeighsEveryTermAndNoOther(t *testing.T) {
	t.Parallel()
	prior := ShippedPrior()
	for _, one := range terms {
		if _, ok := prior.Weights[one.name()]; !ok {
			t.Errorf("no weight for %s", one.name())
		}
	}
	if len(prior.Weights) != len(terms) || len(prior.Bias) != len(Kinds()) {
		t.Errorf("%d weights for %d terms, %d biases", len(prior.Weights), len(terms), len(prior.Bias))
	}
	for _, pair := range pairs {
		for _, signal := range pair {
			if !slices.ContainsFunc(scales, func(s scale) bool { return s.signal == signal }) {
				t.Errorf("%s has no scale", signal)
			}
		}
	}
}

func TestTheStandardPolicyIsOneThatMayBeSaved(t *testing.T) {
	t.Parallel()
	policy := StandardPolicy()
	if err := policy.Check(); err != nil {
		t.Fatal(err)
	}
	for _, rule := range policy.Rules {
		for _, language := range message.Languages {
			if rule.Names[language] == "" {
				t.Errorf("%s has no name in %s", rule.ID, language)
			}
		}
	}
}

func TestSignalsTellWhatIsDifferent(t *testing.T) {
	t.Parallel()
	for _, one := range []struct {
		name   string
		change func(*Attempt, Profiles)
		signal Signal
		least  float64
	}{
		{"a large amount", func(a *Attempt, _ Profiles) { a.Amount.Minor *= 20 }, AmountUnusual, 5},
		{"another device", func(a *Attempt, _ Profiles) { a.Device = FingerprintOf(office, "device", "eves") }, DeviceNew, 1},
		{"another network", func(a *Attempt, _ Profiles) { a.Network = NetworkOf(office, "198.51.100.1") }, NetworkNew, 1},
		{"four in the morning", func(a *Attempt, _ Profiles) { a.At = a.At.Add(16 * time.Hour) }, OddHour, 2},
		{"the whole wallet", func(a *Attempt, _ Profiles) { a.Balance = a.Amount.Minor }, BalanceShare, 1},
		{"a new payee", func(a *Attempt, _ Profiles) { a.Kind, a.Payee = Transfer, office+":webchat:bob" }, PayeeNew, 1},
		{"many at once", func(_ *Attempt, p Profiles) {
			for i := range 6 {
				p.Try(payment("more", noon.Add(time.Duration(i)*time.Second-10*time.Second)))
			}
		}, TriesRecently, 5.5},
		{"wrong PINs", func(a *Attempt, p Profiles) {
			a.Kind = PIN
			for range 4 {
				p.Learn(*a, Failed)
			}
		}, WrongPINs, 4},
		{"refunds", func(a *Attempt, p Profiles) {
			a.Kind = Refund
			for range 3 {
				p.Learn(*a, Succeeded)
			}
		}, RefundsToday, 3},
		{"a code again", func(a *Attempt, p Profiles) {
			a.Code = FingerprintOf(office, "code", "1234")
			p.Try(*a)
		}, CodeUses, 1},
		{"Seoul after Beijing within half an hour", func(a *Attempt, p Profiles) {
			there := *a
			there.Place, there.At = PlaceOf(39.9, 116.4), a.At.Add(-30*time.Minute)
			p.Learn(there, Succeeded)
			a.Place = PlaceOf(37.5, 127)
		}, Speed, 1500},
		{"many people on one device", func(a *Attempt, p Profiles) {
			for _, who := range []string{"a", "b", "c", "d", "e"} {
				other := *a
				other.Subscriber = office + ":webchat:" + who
				p.Try(other)
			}
		}, DeviceNewcomers, 5},
	} {
		t.Run(one.name, func(t *testing.T) {
			profiles, usual := lived(), payment("now", noon)
			before := Measure(usual, profiles)[one.signal]
			one.change(&usual, profiles)
			if after := Measure(usual, profiles)[one.signal]; after < one.least || before > one.least/3 {
				t.Errorf("%s: %g before, %g after", one.signal, before, after)
			}
		})
	}
}

func TestWhatSomebodyAlwaysDoesScoresNextToNothingAndATheftDoesNot(t *testing.T) {
	t.Parallel()
	engine, profiles, model := NewEngine(ShippedPrior()), lived(), NewModel()
	_, _, usual := engine.Assess(StandardPolicy(), model, payment("now", noon), profiles)
	if usual.Action != Allow || usual.Score > 50 {
		t.Errorf("the usual: %+v", usual)
	}
	theft := payment("theft", noon.Add(15*time.Hour))
	theft.Kind, theft.Payee = Transfer, office+":webchat:eve"
	theft.Device, theft.Network = FingerprintOf(office, "device", "eves"), NetworkOf(office, "198.51.100.1")
	theft.Amount.Minor, theft.Balance = 40000, 41000
	_, _, stolen := engine.Assess(StandardPolicy(), model, theft, profiles)
	if stolen.Action.rank() < Hold.rank() || len(stolen.Reasons) < 3 {
		t.Fatalf("the theft: %+v", stolen)
	}
	sum := 0
	for i, reason := range stolen.Reasons {
		if i > 0 && reason.Points > stolen.Reasons[i-1].Points && stolen.Reasons[i-1].Rule == "" {
			t.Error("reasons are not in the order of their points")
		}
		if reason.Rule == "" {
			sum += reason.Points
		}
	}
	if sum > MaxScore+mostReasons || sum < MaxScore/3 {
		t.Errorf("the model's reasons account for %d points: %+v", sum, stolen.Reasons)
	}
}

func TestRulesThatCannotBeAreRefusedByName(t *testing.T) {
	t.Parallel()
	fine := Rule{ID: "mine", Names: map[string]string{"en": "Mine"}, Enabled: true,
		When: []Condition{atLeast(AmountSize, 100)}, Weight: 100}
	for _, one := range []struct {
		name   string
		change func(*Rule)
		wrong  error
	}{
		{"nothing wrong", func(*Rule) {}, nil},
		{"an id with capitals", func(r *Rule) { r.ID = "Mine" }, ErrRuleID},
		{"no name", func(r *Rule) { r.Names = map[string]string{"en": "  "} }, ErrRuleName},
		{"a name in no language of ours", func(r *Rule) { r.Names = map[string]string{"xx": "Mine"} }, ErrRuleName},
		{"no such kind", func(r *Rule) { r.Kinds = []Kind{"gift"} }, ErrRuleKind},
		{"no condition", func(r *Rule) { r.When = nil }, ErrRuleWhen},
		{"no such signal", func(r *Rule) { r.When = []Condition{atLeast("mood", 1)} }, ErrRuleCondition},
		{"not a number", func(r *Rule) { r.When = []Condition{atLeast(Speed, math.NaN())} }, ErrRuleCondition},
		{"no effect", func(r *Rule) { r.Weight = 0 }, ErrRuleEffect},
		{"too many points", func(r *Rule) { r.Weight = 1001 }, ErrRuleEffect},
		{"no such action", func(r *Rule) { r.Action = "shout" }, ErrRuleEffect},
	} {
		t.Run(one.name, func(t *testing.T) {
			rule := fine
			one.change(&rule)
			policy := StandardPolicy()
			policy.Rules = append(policy.Rules, rule)
			if err := policy.Check(); !errors.Is(err, one.wrong) {
				t.Errorf("got %v", err)
			}
		})
	}
	twice := StandardPolicy()
	twice.Rules = append(twice.Rules, twice.Rules[0])
	if err := twice.Check(); !errors.Is(err, ErrRuleID) {
		t.Errorf("the same id twice: %v", err)
	}
	falling := StandardPolicy()
	falling.Thresholds.Hold = falling.Thresholds.StepUp - 1
	if err := falling.Check(); !errors.Is(err, ErrThresholds) {
		t.Errorf("falling thresholds: %v", err)
	}
}

func TestARuleTakesItsActionAndItsPoints(t *testing.T) {
	t.Parallel()
	policy := Policy{Thresholds: Thresholds{300, 600, 900}, Rules: []Rule{
		{ID: "large", Enabled: true, When: []Condition{atLeast(AmountSize, 100)}, Weight: 350},
		{ID: "friend", Enabled: true, Kinds: []Kind{Payment}, When: []Condition{{SubscriberNew, Below, 0.1}}, Weight: -200},
		{ID: "off", When: []Condition{atLeast(AmountSize, 0)}, Action: Block},
		{ID: "elsewhere", Enabled: true, Kinds: []Kind{Transfer, PIN}, When: []Condition{atLeast(AmountSize, 100)}, Action: Hold},
	}}
	for _, one := range []struct {
		kind    Kind
		signals Signals
		points  int
		score   int
		action  Action
	}{
		{Payment, Signals{AmountSize: 100, SubscriberNew: 1}, 0, 350, StepUp},
		{Payment, Signals{AmountSize: 100}, 0, 150, Allow},
		{Payment, Signals{AmountSize: 99, SubscriberNew: 1}, 950, 950, Block},
		{Transfer, Signals{AmountSize: 100}, 0, 350, Hold},
		{PIN, Signals{AmountSize: 100}, 0, 350, Block},
		{Refund, Signals{AmountSize: 100}, 0, 350, Allow},
		{Refund, Signals{AmountSize: 100}, 110, 460, Hold},
		{Payment, Signals{}, 100, 0, Allow},
		{Transfer, Signals{AmountSize: 500}, 990, 1000, Block},
	} {
		got := policy.Decide(Attempt{Kind: one.kind}, one.signals, Opinion{Points: one.points})
		if got.Score != one.score || got.Action != one.action {
			t.Errorf("%s %v with %d points: %d %s, want %d %s", one.kind, one.signals, one.points, got.Score, got.Action, one.score, one.action)
		}
	}
}

func TestAModelMovesWithWhatMembersSayAndStaysBounded(t *testing.T) {
	t.Parallel()
	prior, model := ShippedPrior().Ordered(), NewModel()
	signals := Signals{DeviceNew: 1, AmountUnusual: 2}
	before := model.Opinion(prior, Payment, signals).Points
	for range 2000 {
		model.Learn(prior, Payment, signals, Genuine)
	}
	less := model.Opinion(prior, Payment, signals).Points
	if less >= before {
		t.Errorf("%d points before members called it genuine, %d after", before, less)
	}
	for range 4000 {
		model.Learn(prior, Payment, signals, Fraud)
	}
	if more := model.Opinion(prior, Payment, signals).Points; more <= less || more < 500 {
		t.Errorf("%d points after members called it fraud", more)
	}
	for _, shift := range model.Shift {
		if math.IsNaN(shift) || math.Abs(shift) > 50 {
			t.Fatalf("a weight has moved by %g", shift)
		}
	}
	for range 3 * forgetting {
		model.See(signals)
	}
	if model.Total > forgetting {
		t.Errorf("%g attempts are remembered", model.Total)
	}
}

func TestWhatIsRareInAnAccountCountsMoreThere(t *testing.T) {
	t.Parallel()
	prior, used, unused := ShippedPrior().Ordered(), NewModel(), NewModel()
	for range 1000 {
		used.See(Signals{TriesRecently: 4})
		unused.See(Signals{TriesRecently: 0})
	}
	signals := Signals{TriesRecently: 4}
	if there, here := used.Opinion(prior, Payment, signals).Points, unused.Opinion(prior, Payment, signals).Points; here <= there {
		t.Errorf("%d points where it is usual, %d where it is rare", there, here)
	}
}

func TestNodesThatLearnAtTheSameTimeLoseNothing(t *testing.T) {
	t.Parallel()
	engine, stored := NewEngine(ShippedPrior()), NewModel()
	one, other := stored.Clone(), stored.Clone()
	for range 100 {
		one.See(Signals{Speed: 900})
		engine.Label(one, Payment, Signals{Speed: 900}, Fraud)
	}
	for range 50 {
		other.See(Signals{Refunds: 3})
	}
	since := stored.Clone()
	forward, backward := stored.Clone(), stored.Clone()
	one.Merge(since, forward)
	other.Merge(since, forward)
	other.Merge(since, backward)
	one.Merge(since, backward)
	if forward.Total != 150 || forward.Labels != 100 || forward.Total != backward.Total {
		t.Errorf("%g attempts and %d labels are left of 150 and 100", forward.Total, forward.Labels)
	}
	first, _ := json.Marshal(forward)
	second, _ := json.Marshal(backward)
	if string(first) != string(second) {
		t.Error("the order of merging makes a difference")
	}
}

func TestProfilesStaySmallWhateverHappens(t *testing.T) {
	t.Parallel()
	profiles := Profiles{}
	for i := range 3000 {
		a := payment("x", noon.Add(time.Duration(i)*time.Minute))
		a.Device, a.Network, a.Code = Fingerprint(i+1), Fingerprint(i+1), Fingerprint(i%7+1)
		a.Payee, a.Kind = office+":webchat:"+string(rune('a'+i%26))+string(rune('a'+i/26%26)), Transfer
		profiles.Try(a)
		profiles.Learn(a, Succeeded)
	}
	for part, habits := range profiles {
		if len(habits.Devices) > mostDevices || len(habits.Networks) > mostNetworks || len(habits.Payees) > mostPayees || len(habits.People) > mostPeople {
			t.Fatalf("%v has outgrown its bounds", part)
		}
	}
}

func TestNewsThatComesLateCountsForLess(t *testing.T) {
	t.Parallel()
	var prompt, late Habits
	part := payment("", noon).part(office + ":webchat:ann")
	prompt.Try(part, payment("1", noon), Amounts{})
	prompt.Try(part, payment("2", noon.Add(time.Hour)), Amounts{})
	late.Try(part, payment("2", noon.Add(time.Hour)), Amounts{})
	late.Try(part, payment("1", noon), Amounts{})
	if math.Abs(prompt.Tries.Day-late.Tries.Day) > 1e-9 || math.Abs(prompt.Tries.Short-late.Tries.Short) > 1e-3 {
		t.Errorf("in order %+v, out of order %+v", prompt.Tries, late.Tries)
	}
}

// FuzzPolicy: whatever a program sends as a policy is refused or can be used.
func FuzzPolicy(f *testing.F) {
	standard, _ := json.Marshal(StandardPolicy())
	f.Add(standard, `{"amount": 5}`)
	f.Add([]byte(`{"rules":[{"id":"a","names":{"en":"x"},"enabled":true,"when":[{"signal":"speed","compare":"below","value":1e11}],"action":"hold"}],"thresholds":{"step_up":1,"hold":1,"block":1001}}`), `{}`)
	f.Fuzz(func(t *testing.T, policyJSON []byte, signalsJSON string) {
		var policy Policy
		var signals Signals
		if json.Unmarshal(policyJSON, &policy) != nil || policy.Check() != nil || json.Unmarshal([]byte(signalsJSON), &signals) != nil {
			return
		}
		for _, kind := range Kinds() {
			decision := policy.Decide(Attempt{Kind: kind}, signals, Opinion{Points: 10})
			if decision.Score < 0 || decision.Score > MaxScore || !decision.Action.Valid() {
				t.Errorf("%+v", decision)
			}
		}
	})
}
