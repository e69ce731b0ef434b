package risk

import (
	"math"
	"time"
)

// Tally counts what fades: how much there was in the last minutes, the last day
// and the last month, each as a sum whose parts lose half their weight in ten
// minutes, a day and thirty days. A profile ages all its tallies together.
type Tally struct {
	Short float64 `bson:"s,omitempty"`
	Day   float64 `bson:"d,omitempty"`
	Month float64 `bson:"m,omitempty"`
}

// The half-lives of a Tally, in seconds.
const (
	shortLife = 600
	dayLife   = 24 * 3600
	monthLife = 30 * dayLife
)

// fading says what is left of the three parts after a while.
type fading struct{ short, day, month float64 }

func fade(over time.Duration) fading {
	seconds := over.Seconds()
	if seconds <= 0 {
		return fading{1, 1, 1}
	}
	return fading{math.Exp2(-seconds / shortLife), math.Exp2(-seconds / dayLife), math.Exp2(-seconds / monthLife)}
}

func (t Tally) after(f fading) Tally {
	return Tally{tiny(t.Short * f.short), tiny(t.Day * f.day), tiny(t.Month * f.month)}
}

// tiny drops what has faded away, so that a document without it is small.
func tiny(value float64) float64 {
	if value < 1e-4 {
		return 0
	}
	return value
}

// add counts something that happened when f was left of it: news may be late.
func (t *Tally) add(amount float64, f fading) {
	t.Short += amount * f.short
	t.Day += amount * f.day
	t.Month += amount * f.month
}

// daily is the average of a day, seen over the life of the profile: a sum with
// the half-life h of something that comes at the rate r tends to r·h/ln 2.
func (t Tally) daily(age time.Duration) float64 {
	days := age.Hours() / 24
	const span = 30 / math.Ln2
	return t.Month / math.Max(1, span*(1-math.Exp(-days/span)))
}

// Amounts is how large amounts usually are, on a logarithmic scale, because a
// coffee and a television differ by a factor and not by a sum. Welford's method
// with weights that fade, so habits may change.
type Amounts struct {
	Weight float64 `bson:"w"`
	Mean   float64 `bson:"m"` // of the natural logarithm
	Spread float64 `bson:"s"` // sum of squared distances from the mean
}

// memory is how many amounts count: beyond it older ones fade.
const memory = 200

func (a *Amounts) add(size float64) {
	if size <= 0 {
		return
	}
	value := math.Log(size)
	if a.Weight >= memory {
		a.Spread *= (memory - 1) / a.Weight
		a.Weight = memory - 1
	}
	a.Weight++
	off := value - a.Mean
	a.Mean += off / a.Weight
	a.Spread += off * (value - a.Mean)
}

// unusual is how many standard deviations size lies from what is usual. What is
// known of others (the shop's customers) stands in where little is known of
// this one.
func (a Amounts) unusual(size float64, others Amounts) float64 {
	const borrowed = 4 // amounts of others that count as much as what is known
	weight, mean, spread := a.Weight, a.Mean, a.Spread
	if others.Weight > 0 {
		take := math.Min(borrowed, others.Weight)
		between := mean - others.Mean
		if weight == 0 {
			between = 0
		}
		mean = (weight*mean + take*others.Mean) / (weight + take)
		spread += take*others.Spread/others.Weight + between*between*weight*take/(weight+take)
		weight += take
	}
	if weight < 1 || size <= 0 {
		return 0
	}
	const least = 0.2 // nobody's amounts are closer together than by a fifth
	deviation := math.Sqrt(spread/weight + least*least)
	return (math.Log(size) - mean) / deviation
}

// typical is the amount in the middle; 0 when nothing is known.
func (a Amounts) typical() float64 {
	if a.Weight == 0 {
		return 0
	}
	return math.Exp(a.Mean)
}
