package broadcast

import (
	"fmt"
	"testing"
	"time"

	"plaza/store/storetest"
)

// BenchmarkCampaign sends one campaign to a web chat audience: a message, a
// delivery row and their counts each, durable. "deliveries/s" is the figure.
func BenchmarkCampaign(b *testing.B) {
	for _, audience := range []int{10_000, 100_000} {
		b.Run(fmt.Sprint(audience), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				at := &clock{now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)}
				db := storetest.Open(b, testSchemas()...)
				w := worldOn(b, db, at)
				w.people.add("webchat", audience)
				campaign := w.scheduled(plan())
				b.StartTimer()
				for worked := true; worked; {
					var err error
					if worked, err = w.Work(b.Context()); err != nil {
						b.Fatal(err)
					}
				}
				b.StopTimer()
				if counts := w.run(campaign.ID).Counts; counts.Sent != int64(audience) {
					b.Fatalf("the run counts %+v", counts)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(audience)*float64(b.N)/b.Elapsed().Seconds(), "deliveries/s")
		})
	}
}
