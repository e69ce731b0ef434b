package bot

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// outboxMetrics shows the operator how sending goes on this node, by channel. It
// has no labels for accounts: there may be thousands.
type outboxMetrics struct {
	bot     *Bot
	settled *prometheus.CounterVec
}

func newOutboxMetrics(b *Bot) *outboxMetrics {
	return &outboxMetrics{bot: b, settled: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "plaza_outbox_messages_total",
		Help: "Messages that the outbox is done with, by channel and outcome: sent, or the class of the failure.",
	}, []string{"channel", "outcome"})}
}

// count notes messages that are done with.
func (m *outboxMetrics) count(channel string, state State, class string, messages int) {
	outcome := class
	if state == Sent {
		outcome = string(Sent)
	}
	m.settled.WithLabelValues(channel, outcome).Add(float64(messages))
}

var (
	waitingMetric = prometheus.NewDesc("plaza_outbox_waiting",
		"Messages that wait on the routes this node has; each route is counted up to 1000.", []string{"channel"}, nil)
	routesMetric = prometheus.NewDesc("plaza_outbox_routes",
		"Routes (an account's sending on a channel) that this node has, by state: going, paused, unreachable, rejected.",
		[]string{"channel", "state"}, nil)
	paceMetric = prometheus.NewDesc("plaza_outbox_pace_per_second",
		"Messages a second that the limiters of this node's routes let through at present.", []string{"channel"}, nil)
)

// Metrics are the outbox's, for Prometheus.
func (b *Bot) Metrics() prometheus.Collector { return b.metrics }

// Describe says what is shown.
func (m *outboxMetrics) Describe(to chan<- *prometheus.Desc) {
	m.settled.Describe(to)
	to <- waitingMetric
	to <- routesMetric
	to <- paceMetric
}

// Collect shows it.
func (m *outboxMetrics) Collect(to chan<- prometheus.Metric) {
	m.settled.Collect(to)
	type key struct{ channel, state string }
	states, paces, held := make(map[key]int), make(map[string]float64), []*route{}
	d := m.bot.outbox
	d.mu.Lock()
	now := m.bot.now()
	for _, r := range d.routes {
		states[key{r.channel, r.state(now)}]++
		paces[r.channel] += r.limiter.perSecond
		held = append(held, r)
	}
	d.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	waiting := make(map[string]int)
	for _, r := range held {
		count, err := m.bot.Outbox().Waiting(ctx, r.account, r.channel, MaxWaiting)
		if err != nil { // a gap in a graph says it
			return
		}
		waiting[r.channel] += count
	}
	for k, count := range states {
		to <- prometheus.MustNewConstMetric(routesMetric, prometheus.GaugeValue, float64(count), k.channel, k.state)
	}
	for channel, pace := range paces {
		to <- prometheus.MustNewConstMetric(paceMetric, prometheus.GaugeValue, pace, channel)
		to <- prometheus.MustNewConstMetric(waitingMetric, prometheus.GaugeValue, float64(waiting[channel]), channel)
	}
}

// state is how a route stands, as a word.
func (r *route) state(now time.Time) string {
	switch {
	case r.circuit.outage != nil:
		return string(r.circuit.outage.Cause)
	case now.Before(r.limiter.pausedUntil):
		return "paused"
	}
	return "going"
}
