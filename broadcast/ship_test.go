package broadcast

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// shipment is what a platform was asked to send to many, once for each key.
type shipment struct {
	ID      string   `bson:"_id"` // the key
	Account string   `bson:"account"`
	Channel string   `bson:"channel"`
	Users   []string `bson:"users"`
	Tag     string   `bson:"tag"`
	Said    string   `bson:"said"`
}

var shipped = store.Declare[shipment](store.Schema{Name: "test_shipments"})

// ships is an outbox that sends to many at once.
type ships struct {
	db     *store.DB
	mass   map[string]message.Mass // by channel
	refuse error
	after  func(Shipment)
}

func (s *ships) Channels() []string { return []string{"line", "wechat"} }

func (s *ships) Mass(_ context.Context, _, channel string) (message.Mass, error) {
	return s.mass[channel], nil
}

func (s *ships) Ship(ctx context.Context, sent Shipment) error {
	if s.refuse != nil {
		return s.refuse
	}
	_, _, err := shipped.In(s.db, sent.Account).InsertIfAbsent(ctx, shipment{ID: sent.Key, Account: sent.Account,
		Channel: sent.Channel, Users: sent.To.Users, Tag: sent.To.Tag, Said: sent.Messages[0].Text})
	if s.after != nil {
		s.after(sent)
	}
	return err
}

// made lists the shipments in the order of their first user.
func (w *world) made() []shipment {
	w.t.Helper()
	found, _, err := shipped.In(w.DB, shop).Find(w.t.Context(), store.Query{}.Top(1000))
	if err != nil {
		w.t.Fatal(err)
	}
	slices.SortFunc(found, func(a, b shipment) int { return len(b.Users) - len(a.Users) })
	return found
}

var multicast = map[string]message.Mass{"line": {Least: 2, Most: 500}}

func same() Plan {
	p := plan()
	p.Content.Text = "Fresh figs!"
	return p
}

func TestThoseWhoAreToldTheSameAreShippedTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ships.mass = multicast
	w.people.add("line", 1203)
	w.people.add("telegram", 3)
	w.people.list[3].Language = "en"
	for i := range 200 {
		w.people.list[10+i].Language = "zh"
	}
	p := same()
	p.Content.Translations = map[string]string{"zh": "新鲜无花果", "en": "Figs"}
	campaign := w.scheduled(p)
	w.work()
	run := w.run(campaign.ID)
	made := w.made()
	reached := 0
	for _, one := range made {
		reached += len(one.Users)
		if len(one.Users) > 500 || one.Said == "Figs" {
			t.Errorf("a shipment of %d says %q", len(one.Users), one.Said)
		}
	}
	if len(made) != 4 || reached != 1202 { // 500 in two languages, 500, 203
		t.Errorf("%d shipments reach %d", len(made), reached)
	}
	if keys := w.outbox.keys(); len(keys) != 4 { // one who reads another language, and telegram
		t.Errorf("%d go by themselves", len(keys))
	}
	for i, one := range made {
		state, reason := Sent, ""
		if i == 0 {
			state, reason = Undelivered, "permanent"
		}
		for range 2 { // told twice
			if err := w.Shipped(t.Context(), shop, one.ID, state, reason); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, key := range w.outbox.keys() {
		if err := w.Delivered(t.Context(), key, Sent, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.progress.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.clock.advance(resultsPoll)
		w.work()
	}
	w.mustBe(campaign.ID, Done, "")
	if counts := w.run(campaign.ID).Counts; counts.Failed != int64(len(made[0].Users)) || counts.Sent != 1206-counts.Failed {
		t.Errorf("the run counts %+v", counts)
	}
	if rows, _, err := w.Deliveries(t.Context(), shop, run.ID, Undelivered, "", 1); err != nil || rows[0].Batch != made[0].ID || rows[0].Reason != "permanent" {
		t.Errorf("%+v, %v", rows, err)
	}
}

func TestPersonalWordsGoToEachByItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ships.mass = multicast
	w.people.add("line", 12)
	w.scheduled(plan()) // says everybody's name
	w.work()
	if got := w.outbox.keys(); len(got) != 12 || len(w.made()) != 0 {
		t.Errorf("%d by themselves, %d shipments", len(got), len(w.made()))
	}
	p := plan()
	p.Way = AsMass
	if _, err := w.Create(t.Context(), shop, "mina", p); !errors.Is(err, ErrPersonal) {
		t.Errorf("as a mass message: %v", err)
	}
	p.Way = "pigeon"
	if _, err := w.Create(t.Context(), shop, "mina", p); !errors.Is(err, ErrWay) {
		t.Errorf("by pigeon: %v", err)
	}
}

// Few mass sends are allowed: one is used only if somebody chose it, and filled.
func TestScarceMassSendsAreChosenAndFilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ships.mass = map[string]message.Mass{"wechat": {Least: 2, Most: 900, Allowed: 4}}
	w.people.add("telegram", 130)
	w.people.add("wechat", 1200)
	w.people.list[140].Language = "en"
	single := w.scheduled(same())
	for range 30 {
		w.work()
	}
	if len(w.outbox.keys()) != 1330 || len(w.made()) != 0 {
		t.Fatalf("nobody chose it: %d singly, %d shipments", len(w.outbox.keys()), len(w.made()))
	}
	if _, err := w.Cancel(t.Context(), shop, single.ID); err != nil {
		t.Fatal(err)
	}
	p := same()
	p.Way, p.Content.Translations = AsMass, map[string]string{"en": "Figs"}
	w.scheduled(p)
	w.work()
	made := w.made()
	if len(made) != 2 || len(made[0].Users)+len(made[1].Users) != 1200 || len(made[0].Users) < 770 {
		t.Errorf("%d shipments", len(made))
	}
	if got := len(w.outbox.keys()); got != 1330+130 {
		t.Errorf("%d went singly", got-1330)
	}
}

func TestAWholeChannelIsOneShipment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ships.mass = map[string]message.Mass{"wechat": {Whole: true, Allowed: 1}}
	w.people.add("wechat", 1200)
	p := same()
	p.Way, p.Audience = AsMass, Audience{Kind: WithTag, Value: "figs"}
	campaign := w.scheduled(p)
	for range 3 {
		w.clock.advance(resultsPoll)
		w.work()
	}
	made := w.made()
	if len(made) != 1 || made[0].Tag != "figs" || made[0].Users != nil {
		t.Fatalf("%+v", made)
	}
	if err := w.Shipped(t.Context(), shop, made[0].ID, Sent, ""); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		w.clock.advance(resultsPoll)
		w.work()
	}
	w.mustBe(campaign.ID, Done, "")
	if counts := w.run(campaign.ID).Counts; counts.Sent != 1200 {
		t.Errorf("the run counts %+v", counts)
	}

	w.ships.refuse = fault.New(fault.Conflict, "mass_consent", "Somebody wants none.")
	refused := w.scheduled(p)
	for range 4 {
		w.clock.advance(resultsPoll)
		w.work()
	}
	w.mustBe(refused.ID, Done, "")
	if counts := w.run(refused.ID).Counts; counts.Failed != 1200 || counts.Reasons["mass_consent"] != 1200 {
		t.Errorf("the run counts %+v", counts)
	}
}

// TestShipmentVictim is the process that is killed by the test after it.
func TestShipmentVictim(t *testing.T) {
	folder := os.Getenv(shipmentFolder)
	if folder == "" {
		return // in the test run itself there is nothing to do
	}
	w := openShipments(t, folder, &clock{now: time.Now()})
	w.ships.after = func(Shipment) { fmt.Println("page") }
	for {
		if _, err := w.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

const shipmentFolder = "PLAZA_TEST_SHIPMENT_FOLDER"

func openShipments(t *testing.T, folder string, at *clock) *world {
	w := openStore(t, folder, at)
	w.ships.mass = multicast
	w.people.add("line", killAudience)
	return w
}

// Each victim dies right after a shipment was handed over, before its rows are
// marked. Whoever goes on ships it again under the same key.
func TestAKilledProcessShipsNobodyTwice(t *testing.T) {
	t.Parallel()
	folder, at := t.TempDir(), &clock{now: time.Now()}
	before := openShipments(t, folder, at)
	campaign := before.scheduled(same())
	if err := before.DB.Close(); err != nil {
		t.Fatal(err)
	}
	for _, shipments := range []int{1, 3, 2} {
		kill(t, "TestShipmentVictim", shipmentFolder, folder, shipments)
		expire(t, folder, at, campaign.ID)
	}
	after := openShipments(t, folder, at)
	again := map[string]int{}
	after.ships.after = func(s Shipment) { again[s.Key]++ }
	after.people.list = slices.Delete(after.people.list, 5, 6) // left meanwhile
	after.work()
	seen := map[string]string{}
	for _, one := range after.made() {
		for _, user := range one.Users {
			if seen[user] != "" {
				t.Fatalf("%s is in %s and %s", user, seen[user], one.ID)
			}
			seen[user] = one.ID
		}
		if err := after.Shipped(t.Context(), shop, one.ID, Sent, ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(seen) != killAudience {
		t.Errorf("%d of %d are shipped to", len(seen), killAudience)
	}
	if err := after.progress.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		at.advance(resultsPoll)
		after.work()
	}
	after.mustBe(campaign.ID, Done, "")
	if counts := after.run(campaign.ID).Counts; counts.Sent != killAudience {
		t.Errorf("the run counts %+v", counts)
	}
}
