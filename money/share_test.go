package money

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPartsAddUpToTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := rapid.Int64Range(0, Limit).Draw(t, "whole")
		weights := rapid.SliceOfN(rapid.Int64Range(0, Limit), 1, 60).Draw(t, "weights")
		parts := Share(whole, weights)
		var sum, total int64
		for i, part := range parts {
			if part < 0 {
				t.Fatalf("part %d of %d by %v is %d", i, whole, weights, part)
			}
			sum, total = sum+part, total+weights[i]
		}
		if sum != whole {
			t.Fatalf("%d by %v is %v, together %d", whole, weights, parts, sum)
		}
		if whole <= total { // such as a discount: nobody gives more than they have
			for i, part := range parts {
				if total > 0 && part > weights[i] {
					t.Fatalf("%d by %v: part %d is %d", whole, weights, i, part)
				}
			}
		}
	})
}

func TestWhatIsLeftGoesToWhoLostMost(t *testing.T) {
	for _, test := range []struct {
		whole         int64
		weights, want []int64
	}{
		{100, []int64{1, 1, 1}, []int64{34, 33, 33}},
		{10, []int64{5, 3, 1}, []int64{6, 3, 1}},
		{7, []int64{0, 0}, []int64{7, 0}},
		{1, []int64{0, 9}, []int64{0, 1}},
		{Limit, []int64{Limit, Limit}, []int64{Limit / 2, Limit / 2}},
	} {
		if got := Share(test.whole, test.weights); !slices.Equal(got, test.want) {
			t.Errorf("Share(%d, %v) = %v, want %v", test.whole, test.weights, got, test.want)
		}
	}
}
