package risk

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"slices"
)

// Model says how much an attempt looks like fraud and why. It has two parts.
//
// A logistic regression over the signals and over pairs of them tells fraud
// from normal behaviour. It begins with the weights in prior.json, which come
// from the simulator's training seeds, and moves with what members say of
// attempts.
//
// A histogram of each signal tells how rare a value is in this very account,
// without anybody saying anything: what is rare there counts more.
//
// Both parts are sums over signals, so each score can be taken apart and said
// in words. A model has a fixed size. Nothing in it is random: the same
// attempts in the same order make the same model.
type Model struct {
	// Shift is how far the weights have moved from the prior.
	Shift []float64 `bson:"shift"`
	// Bias by kind, as moved.
	Bias map[Kind]float64 `bson:"bias"`
	// Seen counts how often a signal was how large, Total how many attempts.
	Seen  [][]float64 `bson:"seen"`
	Total float64     `bson:"total"`
	// Labels is how many labels it has learned from.
	Labels int64 `bson:"labels"`
}

// NewModel is a model that has seen nothing.
func NewModel() *Model {
	m := &Model{Shift: make([]float64, len(terms)), Bias: map[Kind]float64{}, Seen: make([][]float64, len(scales))}
	for i := range m.Seen {
		m.Seen[i] = make([]float64, bins)
	}
	return m
}

// bins of a histogram; the values in them are squeezed to 0..1.
const bins = 24

// scale says at which value a signal is half as telling as it can get.
type scale struct {
	signal Signal
	half   float64
}

// scales are the signals that the model looks at. The bare amount is not among
// them: whether it is much depends on who pays where.
var scales = []scale{
	{AmountUnusual, 2.5}, {AmountForShop, 2.5}, {TriesRecently, 3}, {TriesPace, 4}, {SpendingPace, 6},
	{SmallRecently, 2}, {FailedRecently, 2}, {WrongPINs, 3}, {DeviceNew, 0.5}, {NetworkNew, 0.5}, {PayeeNew, 0.5},
	{SubscriberNew, 0.5}, {DevicesToday, 2}, {DevicePeople, 4}, {DeviceNewcomers, 2}, {DeviceTries, 5},
	{DeviceWrongPINs, 4}, {DeviceCoupons, 2}, {NetworkCoupons, 5}, {NetworkTries, 8}, {CodeUses, 0.5},
	{PayeeSenders, 3}, {PayeeOnDevice, 0.5}, {PassThrough, 0.5}, {RefundsToday, 1}, {Refunds, 2}, {RefundShare, 0.3}, {OddHour, 3},
	{Speed, 700}, {BalanceShare, 0.5}, {WithCoupon, 0.5},
}

// term is a signal, or two that mean more together than apart.
type term struct {
	a, b int // indexes into scales; b is -1 for one alone
}

func (t term) name() string {
	if t.b < 0 {
		return string(scales[t.a].signal)
	}
	return string(scales[t.a].signal) + "*" + string(scales[t.b].signal)
}

// pairs are the signals that are looked at together.
var pairs = [][2]Signal{
	{DeviceNew, AmountUnusual}, {DeviceNew, PayeeNew}, {DeviceNew, NetworkNew}, {DeviceNew, SpendingPace},
	{DeviceNew, BalanceShare}, {DeviceNew, DevicesToday}, {PayeeNew, AmountUnusual}, {PayeeNew, BalanceShare},
	{PayeeNew, OddHour}, {PayeeNew, TriesRecently}, {PayeeNew, PayeeSenders}, {PassThrough, PayeeNew}, {OddHour, BalanceShare},
	{OddHour, AmountUnusual}, {OddHour, TriesRecently}, {OddHour, SpendingPace}, {BalanceShare, TriesRecently}, {SmallRecently, FailedRecently},
	{SmallRecently, DeviceTries}, {SubscriberNew, DeviceNewcomers}, {SubscriberNew, DeviceCoupons},
	{SubscriberNew, NetworkCoupons}, {WithCoupon, DevicePeople}, {WithCoupon, DeviceCoupons}, {WithCoupon, NetworkCoupons},
	{RefundShare, Refunds}, {RefundShare, RefundsToday}, {RefundsToday, AmountUnusual}, {WrongPINs, DeviceNew}, {Speed, DeviceNew}, {Speed, AmountUnusual},
	{DevicePeople, DeviceTries}, {DevicesToday, TriesRecently}, {SpendingPace, TriesRecently},
	{NetworkNew, DevicesToday}, {CodeUses, DeviceNew}, {CodeUses, Speed},
}

var terms = allTerms()

func allTerms() []term {
	all := make([]term, 0, len(scales)+len(pairs))
	for i := range scales {
		all = append(all, term{i, -1})
	}
	at := func(signal Signal) int {
		return slices.IndexFunc(scales, func(s scale) bool { return s.signal == signal })
	}
	for _, pair := range pairs {
		all = append(all, term{at(pair[0]), at(pair[1])})
	}
	return all
}

//go:embed prior.json
var priorJSON []byte

// Prior is where every account's model begins.
type Prior struct {
	Bias    map[Kind]float64   `json:"bias"`
	Weights map[string]float64 `json:"weights"`
	// Strange is the weight of how rare the rarest signals are.
	Strange float64 `json:"strange"`
}

// ShippedPrior is the prior that the program comes with.
func ShippedPrior() Prior {
	var prior Prior
	if err := json.Unmarshal(priorJSON, &prior); err != nil {
		panic(fmt.Sprintf("risk: prior.json: %v", err)) // part of the program; a test reads it
	}
	return prior
}

// input is an attempt as the model sees it.
type input struct {
	squeezed []float64 // by scale, 0 to 1
	values   []float64 // by term
	bits     []float64 // by scale: how rare, where that counts
	strange  float64
}

func (m *Model) look(signals Signals) input {
	in := input{squeezed: make([]float64, len(scales)), values: make([]float64, len(terms)), bits: make([]float64, len(scales))}
	for i, s := range scales {
		value := signals[s.signal]
		in.squeezed[i] = value / (value + s.half)
	}
	for i, t := range terms {
		in.values[i] = in.squeezed[t.a]
		if t.b >= 0 {
			in.values[i] *= in.squeezed[t.b]
		}
	}
	m.rarity(&in)
	return in
}

// rarity says how rare the values are in this account. The three rarest count:
// many signals have one odd value now and then.
func (m *Model) rarity(in *input) {
	if m.Total < 50 {
		return
	}
	var highest [3]float64
	for i, value := range in.squeezed {
		if value == 0 {
			continue
		}
		tail := 0.0
		for _, count := range m.Seen[i][bin(value):] {
			tail += count
		}
		in.bits[i] = math.Min(10, -math.Log2((tail+1)/(m.Total+2)))
		for j, bits := 0, in.bits[i]; j < len(highest); j++ {
			if bits > highest[j] {
				bits, highest[j] = highest[j], bits
			}
		}
	}
	for i, bits := range in.bits {
		if bits < highest[2] {
			in.bits[i] = 0
		}
	}
	confidence := m.Total / (m.Total + 300)
	in.strange = confidence * (highest[0] + highest[1] + highest[2]) / 30
}

func bin(squeezed float64) int { return min(int(squeezed*bins), bins-1) }

func (m *Model) logit(prior *Weights, kind Kind, in input) float64 {
	sum := prior.bias[kind] + m.Bias[kind] + prior.strange*in.strange
	for i, value := range in.values {
		if value != 0 {
			sum += (prior.weights[i] + m.Shift[i]) * value
		}
	}
	return sum
}

// Weights are a prior made ready for use.
type Weights struct {
	weights []float64
	bias    map[Kind]float64
	strange float64
}

// Ordered puts the prior's weights in the order of the terms.
func (p Prior) Ordered() *Weights {
	w := &Weights{weights: make([]float64, len(terms)), bias: p.Bias, strange: p.Strange}
	for i, t := range terms {
		w.weights[i] = p.Weights[t.name()]
	}
	return w
}

// Opinion scores an attempt and takes the score apart.
func (m *Model) Opinion(prior *Weights, kind Kind, signals Signals) Opinion {
	in := m.look(signals)
	opinion := Opinion{Points: int(math.Round(MaxScore * sigmoid(m.logit(prior, kind, in))))}
	opinion.Reasons = m.explain(prior, in, signals, opinion.Points)
	return opinion
}

// mostReasons is how many reasons a score has: more are not read.
const mostReasons = 5

// explain shares the points out among what raised them, by how much it did.
func (m *Model) explain(prior *Weights, in input, signals Signals, points int) []Reason {
	type part struct {
		reason Reason
		weight float64
	}
	var parts []part
	sum := 0.0
	add := func(weight float64, reason Reason) {
		if weight > 0 {
			parts, sum = append(parts, part{reason, weight}), sum+weight
		}
	}
	for i, value := range in.values {
		a := scales[terms[i].a].signal
		reason := Reason{Signal: a, Value: signals[a]}
		if terms[i].b >= 0 {
			reason.With = scales[terms[i].b].signal
			reason.WithValue = signals[reason.With]
		}
		add((prior.weights[i]+m.Shift[i])*value, reason)
	}
	bits := 0.0
	for _, one := range in.bits {
		bits += one
	}
	for i, one := range in.bits {
		if one > 0 {
			signal := scales[i].signal
			add(prior.strange*in.strange*one/bits, Reason{Signal: signal, Value: signals[signal], Strange: true})
		}
	}
	slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(b.weight, a.weight) })
	var reasons []Reason
	for _, one := range parts[:min(mostReasons, len(parts))] {
		one.reason.Points = int(math.Round(float64(points) * one.weight / sum))
		if one.reason.Points > 0 {
			reasons = append(reasons, one.reason)
		}
	}
	return reasons
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// forgetting halves a histogram that has this many attempts, so that an account
// may change.
const forgetting = 20000

// See counts an attempt that went through as what is usual in the account.
func (m *Model) See(signals Signals) {
	for i, s := range scales {
		value := signals[s.signal]
		m.Seen[i][bin(value/(value+s.half))]++
	}
	m.Total++
	if m.Total < forgetting {
		return
	}
	m.Total /= 2
	for _, histogram := range m.Seen {
		for i := range histogram {
			histogram[i] /= 2
		}
	}
}

// Learn moves the weights by what a member said of an attempt: one step of
// gradient descent. The pull back to the prior bounds how far few labels, or
// wrong ones, can lead.
func (m *Model) Learn(prior *Weights, kind Kind, signals Signals, label Label) {
	if label == Unlabelled {
		return
	}
	in := m.look(signals)
	target := 0.0
	if label == Fraud {
		target = 1
	}
	m.step(in, kind, target-sigmoid(m.logit(prior, kind, in)))
	m.Labels++
}

const (
	rate = 0.15
	pull = 0.002
)

func (m *Model) step(in input, kind Kind, miss float64) {
	for i, value := range in.values {
		m.Shift[i] += rate*miss*value - pull*m.Shift[i]
	}
	m.Bias[kind] += 0.3*rate*miss - pull*m.Bias[kind]
}

// Clone is a copy that shares nothing.
func (m *Model) Clone() *Model {
	clone := *m
	clone.Shift = slices.Clone(m.Shift)
	clone.Bias = map[Kind]float64{}
	for kind, bias := range m.Bias {
		clone.Bias[kind] = bias
	}
	clone.Seen = make([][]float64, len(m.Seen))
	for i := range m.Seen {
		clone.Seen[i] = slices.Clone(m.Seen[i])
	}
	return &clone
}

// Merge adds what happened between since and m to into: nodes that learn at the
// same time lose nothing of one another, whoever is first.
func (m *Model) Merge(since, into *Model) {
	for i := range into.Shift {
		into.Shift[i] += m.Shift[i] - since.Shift[i]
	}
	for _, kind := range Kinds() {
		into.Bias[kind] += m.Bias[kind] - since.Bias[kind]
	}
	for i := range into.Seen {
		for j := range into.Seen[i] {
			into.Seen[i][j] = math.Max(0, into.Seen[i][j]+m.Seen[i][j]-since.Seen[i][j])
		}
	}
	into.Total = math.Max(0, into.Total+m.Total-since.Total)
	into.Labels += m.Labels - since.Labels
}

// fits says whether the model is of this version of the program: one that looks
// at other signals begins anew.
func (m *Model) fits() bool {
	return len(m.Shift) == len(terms) && len(m.Seen) == len(scales) && m.Bias != nil &&
		!slices.ContainsFunc(m.Seen, func(h []float64) bool { return len(h) != bins })
}
