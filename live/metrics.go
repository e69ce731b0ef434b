package live

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what a hub does. Register it as a prometheus.Collector.
type Metrics struct {
	connections prometheus.Gauge
	events      prometheus.Counter
	fanOut      prometheus.Histogram
	closed      *prometheus.CounterVec
	refused     *prometheus.CounterVec
}

// NewMetrics makes the collectors of one hub.
func NewMetrics() *Metrics {
	return &Metrics{
		connections: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "plaza_live_connections", Help: "Open WebSocket connections."}),
		events: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "plaza_live_events_total", Help: "Events handed to connections, counted for each."}),
		fanOut: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "plaza_live_fan_out_seconds", Help: "Time to hand a write's events to all who see them.",
			Buckets: prometheus.ExponentialBuckets(0.00005, 4, 8)}),
		closed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plaza_live_closed_total", Help: "Connections closed by the server, by reason."},
			[]string{"reason"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "plaza_live_refused_total", Help: "Connections refused before they were made, by reason."},
			[]string{"reason"}),
	}
}

func (m *Metrics) all() []prometheus.Collector {
	return []prometheus.Collector{m.connections, m.events, m.fanOut, m.closed, m.refused}
}

// Describe implements prometheus.Collector.
func (m *Metrics) Describe(descriptions chan<- *prometheus.Desc) {
	for _, collector := range m.all() {
		collector.Describe(descriptions)
	}
}

// Collect implements prometheus.Collector.
func (m *Metrics) Collect(metrics chan<- prometheus.Metric) {
	for _, collector := range m.all() {
		collector.Collect(metrics)
	}
}
