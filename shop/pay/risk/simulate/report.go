package simulate

import (
	"fmt"
	"io"
	"slices"
	"time"

	"plaza/shop/pay/risk"
)

// Tally counts attempts by what was done about them.
type Tally struct {
	Allowed, SteppedUp, Held, Blocked int
}

// All is how many there were.
func (t Tally) All() int { return t.Allowed + t.SteppedUp + t.Held + t.Blocked }

// Flagged are those that were not simply allowed.
func (t Tally) Flagged() int { return t.SteppedUp + t.Held + t.Blocked }

func (t *Tally) count(action risk.Action) {
	switch action {
	case risk.StepUp:
		t.SteppedUp++
	case risk.Hold:
		t.Held++
	case risk.Block:
		t.Blocked++
	default:
		t.Allowed++
	}
}

// Figures are how well an engine told fraud from normal behaviour.
type Figures struct {
	Normal   Tally
	Fraud    map[Pattern]*Tally
	Caught   map[Pattern]int // episodes of which something was flagged
	Early    map[Pattern]int // of them, those flagged at the first or second attempt
	Episodes map[Pattern]int
	Passed   int // frauds that succeeded
	Took     []time.Duration
}

// FirstCountedDay: the days before are for profiles and models to learn in and
// are not in the figures, which come from later times than anything learned.
const FirstCountedDay = 25

// Count makes figures of verdicts.
func Count(verdicts []Verdict) *Figures {
	f := &Figures{Fraud: map[Pattern]*Tally{}, Caught: map[Pattern]int{}, Early: map[Pattern]int{}, Episodes: map[Pattern]int{}}
	first := begin.AddDate(0, 0, FirstCountedDay)
	attempts, caught := map[string]int{}, map[string]bool{}
	for _, v := range verdicts {
		if v.At.Before(first) || v.Uncounted {
			continue
		}
		f.Took = append(f.Took, v.Took)
		action := v.Decision.Action
		if v.Pattern == "" {
			f.Normal.count(action)
			continue
		}
		if f.Fraud[v.Pattern] == nil {
			f.Fraud[v.Pattern] = &Tally{}
		}
		f.Fraud[v.Pattern].count(action)
		if v.Outcome == risk.Succeeded {
			f.Passed++
		}
		episode := fmt.Sprint(v.Account, v.Episode)
		if attempts[episode]++; attempts[episode] == 1 {
			f.Episodes[v.Pattern]++
		}
		if action != risk.Allow && !caught[episode] {
			caught[episode] = true
			f.Caught[v.Pattern]++
			if attempts[episode] <= 2 {
				f.Early[v.Pattern]++
			}
		}
	}
	return f
}

// AllFraud is the tally of all patterns.
func (f *Figures) AllFraud() Tally {
	var all Tally
	for _, t := range f.Fraud {
		all.Allowed += t.Allowed
		all.SteppedUp += t.SteppedUp
		all.Held += t.Held
		all.Blocked += t.Blocked
	}
	return all
}

// Precision is the share of fraud in what was flagged.
func (f *Figures) Precision() float64 {
	fraud := f.AllFraud().Flagged()
	return share(fraud, fraud+f.Normal.Flagged())
}

// StrictPrecision is the share of fraud in what was held or blocked.
func (f *Figures) StrictPrecision() float64 {
	fraud := f.AllFraud()
	caught := fraud.Held + fraud.Blocked
	return share(caught, caught+f.Normal.Held+f.Normal.Blocked)
}

// Recall is the share of a pattern's attempts that were flagged.
func (f *Figures) Recall(pattern Pattern) float64 {
	if f.Fraud[pattern] == nil {
		return 0
	}
	return share(f.Fraud[pattern].Flagged(), f.Fraud[pattern].All())
}

// FalsePositives is the share of normal attempts that were flagged.
func (f *Figures) FalsePositives() float64 { return share(f.Normal.Flagged(), f.Normal.All()) }

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Percentile of the time a decision took.
func (f *Figures) Percentile(p float64) time.Duration {
	if len(f.Took) == 0 {
		return 0
	}
	slices.Sort(f.Took)
	return f.Took[int(p*float64(len(f.Took)-1))]
}

// Print writes the figures as tables.
func (f *Figures) Print(out io.Writer) {
	fraud, normal := f.AllFraud(), f.Normal
	fmt.Fprintf(out, "%-18s %8s %7s %7s %7s %7s  %8s %9s\n", "pattern", "attempts", "recall", "stepped", "held", "blocked", "episodes", "by the 2nd")
	for _, pattern := range Patterns() {
		t := f.Fraud[pattern]
		if t == nil {
			continue
		}
		n := t.All()
		fmt.Fprintf(out, "%-18s %8d %6.1f%% %6.1f%% %6.1f%% %6.1f%%  %3d/%-4d %8.1f%%\n", pattern, n, 100*f.Recall(pattern),
			100*share(t.SteppedUp, n), 100*share(t.Held, n), 100*share(t.Blocked, n),
			f.Caught[pattern], f.Episodes[pattern], 100*share(f.Early[pattern], f.Episodes[pattern]))
	}
	n := normal.All()
	fmt.Fprintf(out, "%-18s %8d %6.1f%% flagged; precision %.1f%%, of held and blocked %.1f%%\n", "all fraud", fraud.All(),
		100*share(fraud.Flagged(), fraud.All()), 100*f.Precision(), 100*f.StrictPrecision())
	fmt.Fprintf(out, "%-18s %8d %6.2f%% flagged: %.2f%% stepped up, %.3f%% held, %.3f%% blocked\n", "normal", n,
		100*f.FalsePositives(), 100*share(normal.SteppedUp, n), 100*share(normal.Held, n), 100*share(normal.Blocked, n))
	fmt.Fprintf(out, "a decision in memory: p50 %v, p99 %v\n", f.Percentile(0.5), f.Percentile(0.99))
}
