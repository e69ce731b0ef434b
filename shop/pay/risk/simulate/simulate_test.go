package simulate

import (
	"testing"

	"plaza/shop/pay/risk"
)

// small is a world for tests; its seed is none of those that figures come from.
var small = Size{People: 120, Days: 45, Episodes: 3}

const seed = 7

func TestTheSameSeedMakesTheSameWorldAndTheSameDecisions(t *testing.T) {
	t.Parallel()
	tiny := Size{People: 30, Days: 12, Episodes: 1}
	settings := Settings{Prior: risk.ShippedPrior(), Policy: risk.StandardPolicy()}
	first, second := Run(Make(seed, tiny), settings), Run(Make(seed, tiny), settings)
	if len(first) != len(second) || len(first) < 500 {
		t.Fatalf("%d and %d attempts", len(first), len(second))
	}
	for i := range first {
		if first[i].Attempt != second[i].Attempt || first[i].Decision.Score != second[i].Decision.Score {
			t.Fatalf("attempt %d: %+v, %+v", i, first[i].Event, second[i].Event)
		}
	}
	if other := Make(seed+1, tiny); other[0].Attempt == first[0].Attempt {
		t.Error("another seed makes the same world")
	}
}

func TestEveryAttemptIsOneThatCanBeAssessed(t *testing.T) {
	t.Parallel()
	seen, patterns := map[string]bool{}, map[Pattern]bool{}
	for _, event := range Make(seed, small) {
		if err := event.Check(); err != nil {
			t.Fatalf("%+v: %v", event, err)
		}
		if seen[event.Account+string(event.Kind)+event.ID] {
			t.Fatalf("%s %s comes twice", event.Kind, event.ID)
		}
		seen[event.Account+string(event.Kind)+event.ID] = true
		patterns[event.Pattern] = true
	}
	if len(patterns) != len(Patterns())+1 {
		t.Errorf("patterns: %v", patterns)
	}
}

// TestMostFraudIsFoundAndMostOfWhatIsNormalIsLeftAlone is a small version of
// "go run ./load risk"; its bounds are below what that measures.
func TestMostFraudIsFoundAndMostOfWhatIsNormalIsLeftAlone(t *testing.T) {
	t.Parallel()
	f := Count(Run(Make(seed, small), Settings{Prior: risk.ShippedPrior(), Policy: risk.StandardPolicy()}))
	for pattern, least := range map[Pattern]float64{
		Takeover: 0.6, PINGuessing: 0.7, CodeReplay: 0.7, Ring: 0.85, RefundAbuse: 0.25,
		Velocity: 0.85, Mule: 0.6, Drain: 0.3, CouponAbuse: 0.8,
	} {
		if got := f.Recall(pattern); got < least {
			t.Errorf("%s: recall %.2f, at least %.2f", pattern, got, least)
		}
	}
	if got := f.FalsePositives(); got > 0.02 {
		t.Errorf("%.2f %% of normal attempts are disturbed", 100*got)
	}
	if got := f.StrictPrecision(); got < 0.8 {
		t.Errorf("of what is held or blocked, %.2f is fraud", got)
	}
}

func TestLabelsAreWhatMembersKnowAndNoMore(t *testing.T) {
	t.Parallel()
	verdicts := Run(Make(seed, Size{People: 60, Days: 40, Episodes: 2}), Settings{Prior: risk.ShippedPrior(), Policy: risk.StandardPolicy()})
	for _, v := range verdicts {
		if v.Outcome == risk.Succeeded && v.Decision.Action == risk.Block {
			t.Fatal("what was blocked has succeeded")
		}
		if v.Pattern != "" && v.Decision.Action == risk.Hold && v.Outcome != risk.Stopped {
			t.Fatal("fraud that was held has gone through")
		}
	}
}
