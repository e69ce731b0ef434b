package broadcast

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"plaza/message"
	"plaza/store"
)

func TestTheStateTableIsClosed(t *testing.T) {
	t.Parallel()
	for state, next := range transitions {
		for _, to := range next {
			if _, ok := transitions[to]; !ok {
				t.Errorf("%s leads to the unknown %s", state, to)
			}
		}
	}
	for _, final := range []State{Done, Cancelled} {
		if len(transitions[final]) != 0 {
			t.Errorf("%s is not final", final)
		}
	}
}

// Every move of a member, from every state, does what the table says and
// nothing else.
func TestOnlyListedTransitionsHappen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	moves := map[string]func(id string) (Campaign, error){
		"schedule":   func(id string) (Campaign, error) { return w.Schedule(t.Context(), shop, id) },
		"unschedule": func(id string) (Campaign, error) { return w.Unschedule(t.Context(), shop, id) },
		"pause":      func(id string) (Campaign, error) { return w.Pause(t.Context(), shop, id) },
		"resume":     func(id string) (Campaign, error) { return w.Resume(t.Context(), shop, id) },
		"cancel":     func(id string) (Campaign, error) { return w.Cancel(t.Context(), shop, id) },
		"release":    func(id string) (Campaign, error) { return w.Release(t.Context(), shop, id) },
		"skip":       func(id string) (Campaign, error) { return w.Skip(t.Context(), shop, id) },
	}
	allowed := map[string][]State{
		"schedule": {Draft}, "unschedule": {Scheduled}, "pause": {Sending}, "resume": {Paused, Failed},
		"cancel": {Scheduled, Sending, Paused, Held, Failed}, "release": {Held}, "skip": {Held},
	}
	for state := range transitions {
		for name, move := range moves {
			campaign, err := w.Create(t.Context(), shop, "mina", w.at())
			if err != nil {
				t.Fatal(err)
			}
			update := store.Set("state", state)
			if state == Held {
				update = update.Set("next_at", w.clock.Now())
			}
			if err := campaigns.In(w.DB, shop).Update(t.Context(), campaign.ID, update); err != nil {
				t.Fatal(err)
			}
			moved, err := move(campaign.ID)
			if want := slices.Contains(allowed[name], state); (err == nil) != want {
				t.Errorf("%s a campaign that is %s: %v", name, state, err)
			}
			if err == nil && !slices.Contains(transitions[state], moved.State) {
				t.Errorf("%s took %s to %s", name, state, moved.State)
			}
			if present := w.campaign(campaign.ID).State; err != nil && present != state {
				t.Errorf("a refused %s took %s to %s", name, state, present)
			}
		}
	}
}

// Results come late, twice and in any order; the delivery only moves forward
// and is counted once for each step.
func TestADeliveryNeverFallsBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	all := []DeliveryState{Underway, Sent, Arrived, Read, Undelivered, Uncertain}
	rapid.Check(t, func(rt *rapid.T) {
		run := Run{ID: runID(store.NewID(), w.now()), Account: shop}
		key := deliveryKey(run.ID, message.SubscriberID(shop, "wechat", "u1"))
		_, err := w.DB.Apply(t.Context(), runs.In(w.DB, shop).Inserting(run), deliveries.In(w.DB, shop).Inserting(
			Delivery{ID: key, Account: shop, Run: run.ID, State: Underway, At: w.now()}))
		if err != nil {
			rt.Fatal(err)
		}
		states := []DeliveryState{Underway}
		for _, result := range rapid.SliceOfN(rapid.SampledFrom(all), 1, 8).Draw(rt, "results") {
			if err := w.Delivered(t.Context(), key, result, "because"); err != nil {
				rt.Fatal(err)
			}
			row, err := deliveries.In(w.DB, shop).Get(t.Context(), key)
			if err != nil {
				rt.Fatal(err)
			}
			last := states[len(states)-1]
			if row.State != last && !slices.Contains(advances[last], row.State) {
				rt.Fatalf("%s became %s on %s", last, row.State, result)
			}
			states = append(states, row.State)
		}
		if err := w.progress.flush(t.Context()); err != nil {
			rt.Fatal(err)
		}
		present, err := w.Run(t.Context(), shop, run.ID)
		if err != nil {
			rt.Fatal(err)
		}
		counts, end := present.Counts, states[len(states)-1]
		for state, count := range map[DeliveryState]int64{Arrived: counts.Delivered, Read: counts.Read, Undelivered: counts.Failed, Uncertain: counts.Uncertain} {
			if want := slices.Contains(states, state) || state == Arrived && end == Read; (count == 1) != want || count > 1 {
				rt.Fatalf("after %v, %s counts %d", states, state, count)
			}
		}
		if counts.Sent > 1 || counts.Settled() < 1 && end != Underway {
			rt.Fatalf("after %v the counts are %+v", states, counts)
		}
	})
}

func TestAReaderFasterThanOurWritingIsCountedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 10)
	campaign := w.scheduled(plan())
	w.chat.after = func(int) { // the messages are there, their rows are not
		key := deliveryKey(w.campaign(campaign.ID).Run, w.people.list[4].ID)
		if err := w.Delivered(t.Context(), key, Read, ""); err != nil {
			t.Error(err)
		}
	}
	w.work()
	if err := w.progress.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	run := w.run(campaign.ID)
	if run.Counts.Sent != 10 || run.Counts.Delivered != 1 || run.Counts.Read != 1 {
		t.Errorf("the run counts %+v", run.Counts)
	}
	row, err := deliveries.In(w.DB, shop).Get(t.Context(), deliveryKey(run.ID, w.people.list[4].ID))
	if err != nil || row.State != Read {
		t.Errorf("the delivery is %q, %v", row.State, err)
	}
}

func TestKeysOfOthersAreIgnored(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, key := range []string{"", "order:1", "test:x:y", "01JDXXXXXXXXXXXXXXXXXXXXXX-1:" + shop + ":webchat:u1", "a-b:c:d:e"} {
		if err := w.Delivered(t.Context(), key, Sent, ""); err != nil {
			t.Errorf("%q: %v", key, err)
		}
	}
}

func FuzzSplitKey(f *testing.F) {
	for _, seed := range []string{"", "order:1", "01JDXXXXXXXXXXXXXXXXXXXXXX-1700000000:a:webchat:u:1", "-:::", "01JDXXXXXXXXXXXXXXXXXXXXXX--5:a:b:c"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, key string) {
		account, run, ok := splitKey(key)
		if !ok {
			return
		}
		subscriber := strings.TrimPrefix(key, run+":")
		if of, _, _, ok := message.SplitSubscriberID(subscriber); !ok || of != account || deliveryKey(run, subscriber) != key {
			t.Fatalf("%q came apart as %q, %q", key, account, run)
		}
	})
}

func FuzzAudience(f *testing.F) {
	f.Add("tag", "vip")
	f.Add("all", "")
	f.Add("channel", "web:chat")
	f.Fuzz(func(t *testing.T, kind, value string) {
		audience := Audience{Kind: AudienceKind(kind), Value: value}
		if audience.check() == nil && (value == "") != (audience.Kind == Everybody) {
			t.Fatalf("%+v was taken", audience)
		}
	})
}
