package simulate

import (
	"cmp"
	"slices"

	"plaza/shop/pay/risk"
)

// Candidate is a model that was thought of, with the share of fraud it puts
// above all but FalsePositivesCompared of what is normal.
type Candidate struct {
	Name   string
	Recall float64
}

// FalsePositivesCompared is at which share of normal attempts models are compared.
const FalsePositivesCompared = 0.005

// scorer is a model of one account, fed with attempts as time goes on.
type scorer interface {
	score(v Verdict) float64
	see(v Verdict)
}

// Compare lets the candidates see the same attempts in the same order; none of
// them is told what is fraud.
func Compare(verdicts []Verdict, prior risk.Prior) []Candidate {
	regression, rarity := prior, risk.Prior{Strange: 12, Bias: map[risk.Kind]float64{}}
	regression.Strange = 0
	for _, kind := range risk.Kinds() {
		rarity.Bias[kind] = -6
	}
	candidates := []struct {
		name string
		make func() scorer
	}{
		{"regression and rarity", func() scorer { return newLearned(prior) }},
		{"regression alone", func() scorer { return newLearned(regression) }},
		{"rarity alone", func() scorer { return newLearned(rarity) }},
		{"half-space trees", func() scorer { return trees{newHalfSpaceTrees(len(point(nil)), 1)} }},
	}
	var all []Candidate
	for _, one := range candidates {
		all = append(all, Candidate{one.name, recallOf(verdicts, one.make)})
	}
	return all
}

func recallOf(verdicts []Verdict, make func() scorer) float64 {
	accounts := map[string]scorer{}
	var normal, fraud []float64
	first := begin.AddDate(0, 0, FirstCountedDay)
	for _, v := range verdicts {
		model := accounts[v.Account]
		if model == nil {
			model = make()
			accounts[v.Account] = model
		}
		switch score := model.score(v); {
		case v.At.Before(first) || v.Uncounted:
		case v.Pattern == "":
			normal = append(normal, score)
		default:
			fraud = append(fraud, score)
		}
		if v.Outcome == risk.Succeeded {
			model.see(v)
		}
	}
	slices.SortFunc(normal, func(a, b float64) int { return cmp.Compare(b, a) })
	if len(normal) == 0 {
		return 0
	}
	limit := normal[int(FalsePositivesCompared*float64(len(normal)))]
	caught := 0
	for _, score := range fraud {
		if score > limit {
			caught++
		}
	}
	return share(caught, len(fraud))
}

// learned is the engine's model with some prior.
type learned struct {
	model *risk.Model
	prior *risk.Weights
}

func newLearned(prior risk.Prior) learned { return learned{risk.NewModel(), prior.Ordered()} }

func (l learned) score(v Verdict) float64 {
	return float64(l.model.Opinion(l.prior, v.Kind, v.Signals).Points)
}

func (l learned) see(v Verdict) { l.model.See(v.Signals) }

type trees struct{ *halfSpaceTrees }

func (t trees) score(v Verdict) float64 { return t.halfSpaceTrees.score(point(v.Signals)) }

func (t trees) see(v Verdict) { t.halfSpaceTrees.see(point(v.Signals)) }
