package simulate

import (
	"math/rand/v2"

	"plaza/shop/pay/risk"
)

// halfSpaceTrees are the streaming anomaly detector of Tan, Ting and Liu (Fast
// Anomaly Detection for Streaming Data, IJCAI 2011), which the engine's model
// was chosen over: here to be measured beside it.
type halfSpaceTrees struct {
	trees []halfSpaceTree
	seen  int
}

const (
	treeCount = 25
	treeDepth = 10
	window    = 500 // attempts after which what was counted becomes what is compared with
)

// halfSpaceTree is a full binary tree that halves a random feature's range at
// each node; reference and latest count who came through.
type halfSpaceTree struct {
	feature           []int
	split             []float64
	reference, latest []float64
}

func newHalfSpaceTrees(features int, seed uint64) *halfSpaceTrees {
	draw := rand.New(rand.NewPCG(seed, 0))
	h := &halfSpaceTrees{trees: make([]halfSpaceTree, treeCount)}
	nodes := 1<<(treeDepth+1) - 1
	for i := range h.trees {
		t := halfSpaceTree{make([]int, nodes), make([]float64, nodes), make([]float64, nodes), make([]float64, nodes)}
		low, high := make([]float64, features), make([]float64, features)
		for f := range features { // a random work range around 0 to 1, as in the paper
			middle := draw.Float64()
			reach := 2 * max(middle, 1-middle)
			low[f], high[f] = middle-reach, middle+reach
		}
		t.grow(0, 0, low, high, draw)
		h.trees[i] = t
	}
	return h
}

func (t halfSpaceTree) grow(node, depth int, low, high []float64, draw *rand.Rand) {
	if depth == treeDepth {
		return
	}
	f := draw.IntN(len(low))
	middle := (low[f] + high[f]) / 2
	t.feature[node], t.split[node] = f, middle
	was := high[f]
	high[f] = middle
	t.grow(2*node+1, depth+1, low, high, draw)
	high[f] = was
	was, low[f] = low[f], middle
	t.grow(2*node+2, depth+1, low, high, draw)
	low[f] = was
}

// score is high where little has been seen.
func (h *halfSpaceTrees) score(x []float64) float64 {
	sum := 0.0
	for _, t := range h.trees {
		node, depth := 0, 0
		for depth < treeDepth && t.reference[node] > window/10 {
			node, depth = t.next(node, x), depth+1
		}
		sum += t.reference[node] * float64(int(1)<<depth)
	}
	return -sum
}

func (t halfSpaceTree) next(node int, x []float64) int {
	if x[t.feature[node]] < t.split[node] {
		return 2*node + 1
	}
	return 2*node + 2
}

func (h *halfSpaceTrees) see(x []float64) {
	for _, t := range h.trees {
		node := 0
		for range treeDepth {
			t.latest[node]++
			node = t.next(node, x)
		}
		t.latest[node]++
	}
	if h.seen++; h.seen%window != 0 {
		return
	}
	for _, t := range h.trees {
		copy(t.reference, t.latest)
		clear(t.latest)
	}
}

// point squeezes signals to 0..1. Whether the bare amount is much depends on
// who pays where, so it is left out, as in the engine's model.
func point(signals risk.Signals) []float64 {
	all := risk.SignalsInOrder()
	x := make([]float64, 0, len(all))
	for _, signal := range all {
		if value := signals[signal]; signal != risk.AmountSize {
			x = append(x, value/(value+1))
		}
	}
	return x
}
