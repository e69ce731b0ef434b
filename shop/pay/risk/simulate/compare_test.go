package simulate

import (
	"testing"

	"plaza/shop/pay/risk"
)

// TestTheModelFindsMoreThanThoseItWasChosenOver keeps the reason for the choice
// true, in a small version of "go run ./load risk -compare".
func TestTheModelFindsMoreThanThoseItWasChosenOver(t *testing.T) {
	t.Parallel()
	prior := risk.ShippedPrior()
	verdicts := Run(Make(seed, small), Settings{Prior: prior, Policy: risk.StandardPolicy()})
	candidates := Compare(verdicts, prior)
	for _, other := range candidates[2:] { // without the regression
		if candidates[0].Recall < other.Recall+0.1 {
			t.Errorf("%s finds %.2f, the model %.2f", other.Name, other.Recall, candidates[0].Recall)
		}
	}
}
