package risk_test

import (
	"slices"
	"testing"
	"time"

	"plaza/shop/pay/risk"
)

func TestAJourneyNobodyCanMakeIsSeenFromNetworkAddresses(t *testing.T) {
	k := open(t)
	k.places = map[string]risk.Place{"203.0.113.9": risk.PlaceOf(37.57, 126.98), "198.51.100.9": risk.PlaceOf(-33.87, 151.21)}
	assess := func(id, address string) risk.Assessment {
		t.Helper()
		one := attempt(id, "mina")
		one.Address = address
		found, err := k.Assess(t.Context(), one)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Settle(t.Context(), account, risk.Payment, id, risk.Succeeded); err != nil {
			t.Fatal(err)
		}
		k.wait(time.Hour)
		return found
	}
	speed := func(found risk.Assessment) float64 { return found.Signals[risk.Speed] }
	if first := assess("one", "203.0.113.9"); speed(first) != 0 {
		t.Errorf("a first place has a speed: %v", first.Signals)
	}
	if again := assess("two", "203.0.113.9"); speed(again) != 0 {
		t.Errorf("who stays moves: %v", again.Signals)
	}
	far := assess("three", "198.51.100.9")
	if got := speed(far); got < 8000 || got > 8700 {
		t.Errorf("from Seoul to Sydney in an hour is %v km/h", got)
	}
	if !slices.ContainsFunc(far.Reasons, func(r risk.Reason) bool { return r.Rule == "impossible-speed" }) {
		t.Errorf("the rule is not among the reasons: %+v", far.Reasons)
	}
	if unknown := assess("four", "192.0.2.1"); speed(unknown) != 0 {
		t.Errorf("an unknown place has a speed: %v", unknown.Signals)
	}
}
