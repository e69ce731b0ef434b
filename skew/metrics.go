package skew

import "github.com/prometheus/client_golang/prometheus"

var aheadMetric = prometheus.NewDesc("plaza_clock_ahead_seconds",
	"How far this machine's clock is ahead of a platform's, by its answers of the last hour.", []string{"platform"}, nil)

// Describe is prometheus.Collector's.
func (w *Watch) Describe(to chan<- *prometheus.Desc) { to <- aheadMetric }

// Collect is prometheus.Collector's.
func (w *Watch) Collect(to chan<- prometheus.Metric) {
	for _, one := range w.All() {
		to <- prometheus.MustNewConstMetric(aheadMetric, prometheus.GaugeValue, one.Ahead.Seconds(), one.Platform)
	}
}
