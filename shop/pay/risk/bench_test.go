package risk

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"plaza/money"
	"plaza/store"
	"plaza/store/storetest"
)

// A past of so many payments of so many people.
const (
	pastPayments = 1_000_000
	pastPeople   = 50_000
	pastNetworks = 20_000
)

type shanghai struct{ *time.Location }

func (z shanghai) Zone(context.Context, string) (*time.Location, error) { return z.Location, nil }

// BenchmarkDecision decides about payments of an account with a past of a
// million, and reports the slowest hundredth: of deciding alone (reading
// profiles, rules and the model, measuring, scoring), and of all that Assess
// does, with the assessment and the profiles written durably.
func BenchmarkDecision(b *testing.B) {
	db := storetest.Open(b, Schemas()...)
	zone := time.FixedZone("CST", 8*3600)
	now := noon
	s := New(Dependencies{DB: db, Zones: shanghai{zone}, Now: func() time.Time { return now }, Logger: slog.New(slog.DiscardHandler)})
	livePast(b, s, zone)
	draw := rand.New(rand.NewPCG(2, 2))
	measure := func(name string, decide func(Attempt) error) {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				now = now.Add(300 * time.Millisecond)
				a := pastAttempt(store.NewID(), draw.IntN(pastPeople), now.In(zone))
				began := time.Now()
				if err := decide(a); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			for _, p := range []float64{0.5, 0.99} {
				at := took[int(p*float64(len(took)-1))]
				b.ReportMetric(float64(at.Microseconds())/1000, fmt.Sprintf("ms/p%g", 100*p))
			}
		})
	}
	measure("decide", func(a Attempt) error {
		_, _, err := s.decide(b.Context(), a)
		return err
	})
	measure("assess", func(a Attempt) error {
		_, err := s.Assess(b.Context(), a)
		return err
	})
}

func pastAttempt(id string, who int, at time.Time) Attempt {
	name := fmt.Sprint("p", who)
	return Attempt{ID: id, Account: office, Kind: Payment, Subscriber: office + ":webchat:" + name,
		Amount: money.Of(int64(500+who%4000), "CNY"), Balance: 20000, Method: "wallet", Scene: "phone", At: at,
		Device: FingerprintOf(office, "device", name), Network: FingerprintOf(office, "network", fmt.Sprint(who%pastNetworks))}
}

// livePast lets the engine see the past in memory and puts what is left of it
// into the store: every assessment and every profile.
func livePast(b *testing.B, s *Service, zone *time.Location) {
	b.Helper()
	draw, all := rand.New(rand.NewPCG(1, 1)), Profiles{}
	step := 80 * day / pastPayments
	var page []Assessment
	flush := func() {
		if _, err := assessments.In(s.DB, office).InsertMany(b.Context(), page); err != nil {
			b.Fatal(err)
		}
		page = page[:0]
	}
	policy, model := StandardPolicy(), NewModel()
	for i := range pastPayments {
		a := pastAttempt(fmt.Sprintf("T%08d", i), draw.IntN(pastPeople), noon.Add(-80*day+time.Duration(i)*step).In(zone))
		signals, opinion, decision := s.engine.Assess(policy, model, a, all)
		all.Try(a)
		all.Learn(a, Succeeded)
		made := assessed(a, signals, opinion, decision)
		made.Outcome = Succeeded
		if page = append(page, made); len(page) == 1000 {
			flush()
		}
	}
	flush()
	documents := make([]Profile, 0, 1000)
	for part, habits := range all {
		documents = append(documents, Profile{ID: profileID(office, part), Account: office, Version: 1, Habits: *habits, ExpiresAt: noon.Add(lives[part.Role])})
		if len(documents) == cap(documents) {
			if _, err := profiles.In(s.DB, office).InsertMany(b.Context(), documents); err != nil {
				b.Fatal(err)
			}
			documents = documents[:0]
		}
	}
	if _, err := profiles.In(s.DB, office).InsertMany(b.Context(), documents); err != nil {
		b.Fatal(err)
	}
}
