package bot

import (
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"plaza/message"
)

func TestOutboxShowsItsFiguresByChannelOnly(t *testing.T) {
	t.Parallel()
	h := newPaced(t, message.Pace{PerSecond: 10, Burst: 3})
	h.far.answer = failing
	for n, text := range []string{"fine", "lost", "bad", "fine", "fine"} {
		send(t, h, farPerson(string(rune('a'+n))), "k", text)
	}
	drain(t, h.Bot)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(h.Metrics())
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			name := strings.TrimPrefix(family.GetName(), "plaza_outbox_")
			for _, label := range metric.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"messages_total far sent": 1, "messages_total far uncertain": 1, "messages_total far gone": 1,
		"waiting far": 2, "routes far going": 1, "pace_per_second far": 10,
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v; all: %v", name, got[name], want, got)
		}
	}
}
