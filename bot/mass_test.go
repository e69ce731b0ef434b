package bot

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"plaza/message"
	"plaza/store/storetest"
)

// megaphone is a messenger whose platform sends to many by one call.
type megaphone struct {
	*messenger
	mass    message.Mass
	crowds  map[string]message.Crowd // by key, of the first call
	calls   int
	refuse  error
	crash   bool // the answer never comes
	results []message.Report
	shown   []string // previews
	taken   []string // jobs taken back
}

func (m *megaphone) Mass([]byte) message.Mass { return m.mass }

func (m *megaphone) SendMass(_ context.Context, _ []byte, _ string, to message.Crowd, key string, out []message.Outbound) (string, error) {
	m.calls++
	if m.refuse != nil {
		return "", m.refuse
	}
	if _, known := m.crowds[key]; !known {
		m.crowds[key] = message.Crowd{Users: slices.Clone(to.Users), Tag: to.Tag}
	}
	if m.crash {
		panic("the process dies")
	}
	return "job " + key, nil
}

func (m *megaphone) Reports(context.Context, string, message.Inbound) ([]message.Report, error) {
	return m.results, nil
}

func (m *megaphone) PreviewMass(_ context.Context, _ []byte, name string, out []message.Outbound) error {
	m.shown = append(m.shown, name+": "+out[0].Text)
	return nil
}

func (m *megaphone) RecallMass(_ context.Context, _ []byte, job string) error {
	m.taken = append(m.taken, job)
	return nil
}

func (m *megaphone) Retractable(out []message.Outbound) bool { return out[0].Form == message.CardForm }

// heardOutcomes notes what became of keys.
type heardOutcomes struct{ list []string }

func (h *heardOutcomes) Outcome(_ context.Context, account, key string, state State, reason string) error {
	h.list = append(h.list, account+" "+key+" "+string(state)+" "+reason)
	return nil
}

func withMegaphone(t *testing.T) (*house, *megaphone, *heardOutcomes) {
	t.Helper()
	h := open(t, storetest.Open(t, Schemas()...), newClock(), newMessenger("far"))
	m := &megaphone{messenger: newMessenger("loud"), crowds: map[string]message.Crowd{}, mass: message.Mass{Least: 2, Most: 500}}
	h.Channels, h.channels["loud"] = append(h.Channels, m), m
	outcomes := &heardOutcomes{}
	h.Outcomes = outcomes
	if _, err := h.Connections().Save(t.Context(), shop, "loud", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	return h, m, outcomes
}

func (h *house) shipment(users ...string) Shipment {
	return Shipment{Account: shop, Channel: "loud", Group: "run", Key: "run+1", Purpose: Promotions,
		To: message.Crowd{Users: users}, Out: []message.Outbound{message.Text("figs")}, At: h.clock.Now()}
}

func TestAShipmentIsOneCallAndStandsInEverybodysHistory(t *testing.T) {
	t.Parallel()
	h, m, outcomes := withMegaphone(t)
	for _, users := range [][]string{{"ann", "bob"}, {"eve", "dan"}} { // the same key: the first counts
		if err := h.Ship(t.Context(), h.shipment(users...)); err != nil {
			t.Fatal(err)
		}
	}
	if waiting, err := h.Outbox().Waiting(t.Context(), shop, "loud", 10); err != nil || waiting != 1 {
		t.Errorf("%d wait, %v", waiting, err)
	}
	h.deliverAll(t)
	if m.calls != 1 || !slices.Equal(m.crowds["run+1"].Users, []string{"ann", "bob"}) {
		t.Errorf("%d calls, to %v", m.calls, m.crowds)
	}
	if want := []string{shop + " run+1 sent "}; !slices.Equal(outcomes.list, want) {
		t.Errorf("outcomes %q", outcomes.list)
	}
	for _, user := range []string{"ann", "bob"} {
		if said := h.history(t, message.SubscriberID(shop, "loud", user)); len(said) != 1 || said[0].State != Sent || said[0].Author != ByCampaign {
			t.Errorf("%s reads %+v", user, said)
		}
	}
	sums, err := h.MassSends().Summary(t.Context(), shop, "run")
	if err != nil || len(sums) != 1 || sums[0].Calls != 1 || sums[0].Retractable {
		t.Errorf("%+v, %v", sums, err)
	}
}

// The process dies between the platform's taking it and our noting that: whoever
// goes on makes the same call under the same key.
func TestAShipmentInterruptedIsRepeatedUnderItsKey(t *testing.T) {
	t.Parallel()
	h, m, outcomes := withMegaphone(t)
	if err := h.Ship(t.Context(), h.shipment("ann", "bob")); err != nil {
		t.Fatal(err)
	}
	m.crash = true
	func() {
		defer func() { _ = recover() }()
		_, _ = h.Deliver(t.Context())
	}()
	m.crash = false
	next := open(t, h.DB, h.clock, h.far)
	next.Channels, next.channels["loud"], next.Outcomes = append(next.Channels, m), m, outcomes
	h.clock.advance(2 * routeTerm)
	next.deliverAll(t)
	if m.calls != 2 || len(m.crowds) != 1 || len(outcomes.list) != 1 {
		t.Errorf("%d calls under %d keys, outcomes %q", m.calls, len(m.crowds), outcomes.list)
	}
}

func TestTheEndOfAMassSendIsToldByItsPlatform(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		result message.MassResult
		want   string
	}{
		"all":     {message.MassResult{Total: 2, Passed: 2, Sent: 2}, "delivered "},
		"none":    {message.MassResult{Total: 2, Refused: "err(20001)"}, "failed mass_refused"},
		"nobody":  {message.MassResult{Total: 2, Passed: 2, Failed: 2}, "failed mass_refused"},
		"not all": {message.MassResult{Total: 2, Passed: 1, Sent: 1}, ""},
	} {
		h, m, outcomes := withMegaphone(t)
		if err := h.Ship(t.Context(), h.shipment("ann", "bob")); err != nil {
			t.Fatal(err)
		}
		h.deliverAll(t)
		outcomes.list = nil
		m.results = []message.Report{{Key: "run+1", Mass: &c.result}, {Key: "another", Mass: &c.result}}
		if err := h.reported(t.Context(), m, message.Inbound{Account: shop, Channel: "loud", Kind: message.Status}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(outcomes.list, ";"); c.want == "" && got != "" || c.want != "" && got != shop+" run+1 "+c.want {
			t.Errorf("%s: outcomes %q", name, got)
		}
		sums, err := h.MassSends().Summary(t.Context(), shop, "run")
		if err != nil || sums[0].Told != 1 || sums[0].Result != c.result {
			t.Errorf("%s: %+v, %v", name, sums, err)
		}
	}
}

func TestAMassSendIsCountedShownBeforeAndTakenBack(t *testing.T) {
	t.Parallel()
	h, m, _ := withMegaphone(t)
	m.mass = message.Mass{Least: 2, Most: 500, Allowed: 4, Period: message.MassPerMonth, Since: h.clock.Now().Add(-time.Hour)}
	sent := h.shipment("ann", "bob")
	sent.Out = []message.Outbound{message.OneCard(message.Card{Title: "Figs"})}
	for _, key := range []string{"run+1", "run+2"} {
		sent.Key = key
		if err := h.Ship(t.Context(), sent); err != nil {
			t.Fatal(err)
		}
	}
	h.deliverAll(t)
	if used, err := h.MassSends().Used(t.Context(), shop, "loud"); err != nil || used != 1 {
		t.Errorf("%d used, %v", used, err)
	}
	if err := h.MassSends().Preview(t.Context(), shop, "loud", "mina", sent.Out[:1]); err != nil || len(m.shown) != 1 {
		t.Error(m.shown, err)
	}
	if err := h.MassSends().Preview(t.Context(), shop, "far", "mina", sent.Out); !errors.Is(err, ErrNoPreview) {
		t.Error(err)
	}
	if err := h.MassSends().Recall(t.Context(), shop, "loud", "run"); err != nil || len(m.taken) != 2 {
		t.Error(m.taken, err)
	}
	if err := h.MassSends().Recall(t.Context(), shop, "loud", "run"); !errors.Is(err, ErrNoRecall) {
		t.Error(err)
	}
	h.clock.advance(keepMass)
	m.mass.Since = h.clock.Now()
	if used, err := h.MassSends().Used(t.Context(), shop, "loud"); err != nil || used != 0 {
		t.Errorf("%d used in another period, %v", used, err)
	}
}

func TestAMassSendThatNamesNobodyNeedsEverybodysConsent(t *testing.T) {
	t.Parallel()
	h, m, outcomes := withMegaphone(t)
	for _, user := range []string{"ann", "bob"} {
		in := does(user, "follow", message.Follow)
		in.Channel = "loud"
		h.handle(t, in)
	}
	no := Consent{Notices: true}
	bob := message.SubscriberID(shop, "loud", "bob")
	if _, err := h.Subscribers().Change(t.Context(), shop, bob, Profile{Consent: &no}); err != nil {
		t.Fatal(err)
	}
	if err := h.Ship(t.Context(), h.shipment()); !errors.Is(err, ErrMassConsent) {
		t.Errorf("to all: %v", err)
	}
	if _, err := h.Subscribers().Tag(t.Context(), shop, message.SubscriberID(shop, "loud", "ann"), []string{"figs"}, nil); err != nil {
		t.Fatal(err)
	}
	tagged := h.shipment()
	tagged.To.Tag = "figs"
	if err := h.Ship(t.Context(), tagged); err != nil {
		t.Fatal(err)
	}
	m.refuse = &message.SendError{Class: message.MassQuota, Text: "One a day."}
	h.deliverAll(t)
	if want := []string{shop + " run+1 failed mass_quota"}; !slices.Equal(outcomes.list, want) {
		t.Errorf("outcomes %q", outcomes.list)
	}
}
