package risk

import (
	"math"
	"math/rand/v2"
)

// Sample is an attempt as a model saw it, with what it truly was.
type Sample struct {
	kind    Kind
	values  []float64
	strange float64
	fraud   bool
}

// Sample looks at an attempt as Opinion does.
func (m *Model) Sample(kind Kind, signals Signals, fraud bool) Sample {
	in := m.look(signals)
	return Sample{kind, in.values, in.strange, fraud}
}

// Train fits a prior to samples: logistic regression by stochastic gradient
// descent, the order drawn by seed. Fraud counts more, as there is little of
// it: without that the fit would be good by calling nothing fraud.
func Train(samples []Sample, seed uint64) Prior {
	const (
		epochs  = 20
		penalty = 2e-6
		first   = 0.08
	)
	draw := rand.New(rand.NewPCG(seed, 0))
	w := &Weights{weights: make([]float64, len(terms)), bias: map[Kind]float64{}}
	step := 0
	for epoch := range epochs {
		speed := first / (1 + float64(epoch)/4)
		for _, i := range draw.Perm(len(samples)) {
			w.fit(samples[i], speed, penalty)
			step++
		}
	}
	prior := Prior{Bias: map[Kind]float64{}, Weights: map[string]float64{}, Strange: rounded(w.strange)}
	for kind, bias := range w.bias {
		prior.Bias[kind] = rounded(bias)
	}
	for i, t := range terms {
		prior.Weights[t.name()] = rounded(w.weights[i])
	}
	return prior
}

// costOfMissing is how much worse it is to miss fraud than to flag what is
// genuine.
const costOfMissing = 1.5

func (w *Weights) fit(s Sample, speed, penalty float64) {
	sum := w.bias[s.kind] + w.strange*s.strange
	for i, value := range s.values {
		sum += w.weights[i] * value
	}
	target, cost := 0.0, 1.0
	if s.fraud {
		target, cost = 1, costOfMissing
	}
	miss := cost * speed * (target - sigmoid(sum))
	for i, value := range s.values {
		if value != 0 {
			w.weights[i] += miss*value - penalty*w.weights[i]
		}
	}
	w.bias[s.kind] += miss
	w.strange += miss * s.strange
}

func rounded(value float64) float64 { return math.Round(value*1000) / 1000 }
