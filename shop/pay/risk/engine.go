package risk

// Engine decides. It holds nothing but the prior and is safe for concurrent
// use; who calls it keeps profiles and models from changing meanwhile.
type Engine struct{ prior *Weights }

// NewEngine makes an Engine on a prior.
func NewEngine(prior Prior) Engine { return Engine{prior.Ordered()} }

// Assess says what is to be done about an attempt, what it was measured to be,
// and what the model alone says. It changes nothing.
func (e Engine) Assess(policy Policy, model *Model, a Attempt, profiles Profiles) (Signals, Opinion, Decision) {
	signals := Measure(a, profiles)
	opinion := model.Opinion(e.prior, a.Kind, signals)
	return signals, opinion, policy.Decide(a, signals, opinion)
}

// Label lets a model learn what a member said.
func (e Engine) Label(model *Model, kind Kind, signals Signals, label Label) {
	model.Learn(e.prior, kind, signals, label)
}

// Try counts an attempt in all profiles that it concerns.
func (p Profiles) Try(a Attempt) {
	shop := p.of(Part{Role: OfShop}).Amounts[a.Amount.Currency]
	for _, part := range a.Parts() {
		p.own(part).Try(part, a, shop)
	}
}

// Learn counts what became of an attempt in all profiles that it concerns.
func (p Profiles) Learn(a Attempt, outcome Outcome) {
	for _, part := range a.Parts() {
		p.own(part).Learn(part, a, outcome)
	}
}

// own gives the habits of a part, made if there are none.
func (p Profiles) own(part Part) *Habits {
	found := p[part]
	if found == nil {
		found = &Habits{}
		p[part] = found
	}
	return found
}
