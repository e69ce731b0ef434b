package money

import (
	"cmp"
	"math/bits"
	"slices"
)

// Share divides a whole among weights so that the parts add up to it exactly.
// Each part is its proportion rounded down; the units that are left go one each
// to those that rounding has taken most from, of equals to the earlier. Nobody
// with a weight of zero gets anything, unless all have: then it all goes to the
// first. The whole and the weights are 0 or more, and the weights at least one.
func Share(whole int64, weights []int64) []int64 {
	var sum uint64
	for _, weight := range weights {
		sum += uint64(weight)
	}
	parts := make([]int64, len(weights))
	if sum == 0 {
		parts[0] = whole
		return parts
	}
	lost, order, left := make([]uint64, len(weights)), make([]int, len(weights)), whole
	for i, weight := range weights {
		// The product may need more than 64 bits; the quotient never does,
		// because no weight is larger than their sum.
		high, low := bits.Mul64(uint64(whole), uint64(weight))
		part, rest := bits.Div64(high, low, sum)
		parts[i], lost[i], order[i] = int64(part), rest, i
		left -= parts[i]
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lost[b], lost[a]) })
	for _, i := range order[:left] {
		parts[i]++
	}
	return parts
}
