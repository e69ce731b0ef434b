package broadcast

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

func TestEverybodyGetsTheCampaignOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 10_000)
	campaign := w.scheduled(plan())
	w.work()
	w.mustBe(campaign.ID, Done, "")
	run := w.run(campaign.ID)
	if run.Counts.Sent != 10_000 || run.Counts.Total != 10_000 || run.FinishedAt.IsZero() {
		t.Errorf("the run counts %+v", run.Counts)
	}
	if sent := w.chat.sent.Load(); sent != 10_000 {
		t.Errorf("%d messages were written", sent)
	}
	rows, _, err := w.Deliveries(t.Context(), shop, run.ID, Sent, "", 1000)
	if err != nil || len(rows) != 1000 {
		t.Fatalf("the list of deliveries has %d rows, %v", len(rows), err)
	}
	one, err := chatMessages.In(w.DB, shop).Get(t.Context(), rows[7].ID)
	if err != nil || one.Body[0].Text != "Fresh figs, u0000007!" {
		t.Errorf("the message says %+v, %v", one, err)
	}
	if got := rows[7].Subscriber(); got != w.people.list[7].ID {
		t.Errorf("the delivery is for %q", got)
	}
	if asked := w.people.asked.Load(); asked.Purpose != Promotions {
		t.Errorf("the audience was asked for consent to %q", asked.Purpose)
	}
}

func TestChannelsGoTheirOwnWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 120)
	w.people.add("wechat", 130)
	w.people.list[3].Skip = "muted"
	blocked := w.people.list[len(w.people.list)-1].ID
	w.outbox.refuse = func(person message.Person) error {
		if person.ID == blocked {
			return fault.New(fault.Unavailable, "channel_not_connected", "Not connected.")
		}
		return nil
	}
	campaign := w.scheduled(plan())
	w.work()
	w.mustBe(campaign.ID, Sending, "") // the outbox owes results
	keys := w.outbox.keys()
	if len(keys) != 129 {
		t.Fatalf("the outbox was handed %d messages", len(keys))
	}
	for i, key := range keys {
		state, reason := Sent, ""
		switch i {
		case 0:
			state, reason = Undelivered, "window_closed"
		case 1:
			state, reason = Uncertain, "timeout"
		case 2:
			state = Read
		}
		if err := w.Delivered(t.Context(), key, state, reason); err != nil {
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
	got := w.run(campaign.ID).Counts
	want := Progress{Total: 250, Queued: 129, Sent: 119 + 127, Delivered: 1, Read: 1, Failed: 2, Uncertain: 1, Skipped: 1}
	reasons := got.Reasons
	got.Reasons = nil
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the run counts %+v, want %+v", got, want)
	}
	if fmt.Sprint(reasons) != fmt.Sprint(map[string]int64{"channel_not_connected": 1, "muted": 1, "timeout": 1, "window_closed": 1}) {
		t.Errorf("the reasons are %v", reasons)
	}
}

func TestAResultThatNeverComesIsUncertain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 3)
	campaign := w.scheduled(plan())
	w.work()
	for range 4 {
		w.clock.advance(resultsWithin)
		w.work()
	}
	if err := w.progress.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.mustBe(campaign.ID, Done, "")
	if counts := w.run(campaign.ID).Counts; counts.Uncertain != 3 || counts.Reasons["no_result"] != 3 {
		t.Errorf("the run counts %+v", counts)
	}
}

// What is in an outbox can't be paused, and a channel that is down takes nothing.
func TestACampaignFillsNoOutboxThatIsFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 130)
	w.outbox.full = true
	campaign := w.scheduled(plan())
	w.work()
	w.clock.advance(DefaultDeadline / 2)
	w.work()
	if got := len(w.outbox.keys()); got != 0 {
		t.Fatalf("a full outbox was handed %d messages", got)
	}
	w.mustBe(campaign.ID, Sending, "")
	w.outbox.full = false
	w.clock.advance(time.Minute)
	w.work()
	if got := len(w.outbox.keys()); got != 130 {
		t.Errorf("%d of 130 messages were handed over once there was room", got)
	}
	w.outbox.full = true
	w.people.add("wechat", 10)
	late := w.scheduled(plan())
	w.work()
	for range 3 {
		w.clock.advance(DefaultDeadline)
		w.work()
	}
	w.mustBe(late.ID, Held, Interrupted)
}

func TestPauseStopsWithinAPageAndResumeGoesOnExactly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 2600)
	campaign := w.scheduled(plan())
	pages := 0
	w.chat.after = func(int) {
		if pages++; pages == 2 {
			if _, err := w.Pause(t.Context(), shop, campaign.ID); err != nil {
				t.Error(err)
			}
		}
	}
	w.work()
	w.mustBe(campaign.ID, Paused, "")
	if counts := w.run(campaign.ID).Counts; counts.Sent != 1000 || w.chat.sent.Load() != 1000 {
		t.Fatalf("after the pause %d were sent and %d counted", w.chat.sent.Load(), counts.Sent)
	}
	w.clock.advance(30 * 24 * time.Hour) // a pause by hand has no deadline
	w.work()
	w.mustBe(campaign.ID, Paused, "")
	if _, err := w.Resume(t.Context(), shop, campaign.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(campaign.ID, Done, "")
	if counts := w.run(campaign.ID).Counts; counts.Sent != 2600 || w.chat.sent.Load() != 2600 {
		t.Errorf("in the end %d were sent and %d counted", w.chat.sent.Load(), counts.Sent)
	}
}

func TestCancelUnderWayKeepsWhatWasSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 300)
	campaign := w.scheduled(plan())
	w.outbox.after = func(calls int) {
		if calls == 60 {
			if _, err := w.Cancel(t.Context(), shop, campaign.ID); err != nil {
				t.Error(err)
			}
		}
	}
	w.work()
	w.mustBe(campaign.ID, Cancelled, "")
	if sent := len(w.outbox.keys()); sent != 100 {
		t.Errorf("%d were handed over, want the two batches that were begun", sent)
	}
	if run := w.run(campaign.ID); run.FinishedAt.IsZero() || run.Counts.Queued != 100 {
		t.Errorf("the run is %+v", run)
	}
	for _, move := range []func() error{
		func() error { _, err := w.Resume(t.Context(), shop, campaign.ID); return err },
		func() error { _, err := w.Cancel(t.Context(), shop, campaign.ID); return err },
	} {
		if err := move(); !errors.Is(err, ErrState) {
			t.Errorf("a cancelled campaign moved: %v", err)
		}
	}
}

func TestCancelAfterACrashEndsWhatWasOnlyWrittenDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 10)
	campaign := w.scheduled(plan())
	w.outbox.refuse = func(message.Person) error {
		if w.outbox.calls > 4 {
			return errors.New("the outbox is out of order")
		}
		return nil
	}
	if _, err := w.Work(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Cancel(t.Context(), shop, campaign.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Minute)
	w.work()
	rows, _, err := w.Deliveries(t.Context(), shop, w.campaign(campaign.ID).Run, Skipped, "", 50)
	if err != nil || len(rows) == 0 {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Reason != "cancelled" {
			t.Errorf("%s was skipped because %q", row.ID, row.Reason)
		}
	}
	if pending, _ := w.inState(t.Context(), w.run(campaign.ID), Pending); len(pending) != 0 {
		t.Errorf("%d deliveries have no end", len(pending))
	}
}

func TestACampaignThatCannotGoOnFailsAndCanBeResumed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 700)
	campaign := w.scheduled(plan())
	w.people.fails.Store(maxAttempts)
	for range maxAttempts {
		w.work()
		w.clock.advance(5 * time.Minute)
	}
	w.mustBe(campaign.ID, Failed, "internal")
	if _, err := w.Resume(t.Context(), shop, campaign.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(campaign.ID, Done, "")
	if w.chat.sent.Load() != 700 {
		t.Errorf("%d were sent", w.chat.sent.Load())
	}
}

func TestProgressIsShownFiveTimesASecondAtMost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 40)
	campaign := w.scheduled(plan())
	w.work()
	before := w.events.count("campaign.progress")
	for _, key := range w.outbox.keys() {
		if err := w.Delivered(t.Context(), key, Sent, ""); err != nil {
			t.Fatal(err)
		}
	}
	if after := w.events.count("campaign.progress"); after != before {
		t.Errorf("%d events before the fifth of a second is over", after-before)
	}
	if err := w.progress.flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := w.events.count("campaign.progress"); after != before+1 {
		t.Errorf("forty results made %d events", after-before)
	}
	if counts := w.run(campaign.ID).Counts; counts.Sent != 40 {
		t.Errorf("the run counts %+v", counts)
	}
	synctest.Test(t, func(t *testing.T) {
		log := &eventLog{}
		idle := newProgress(nil, log, nil)
		stopping := make(chan struct{})
		go idle.loop(t.Context(), stopping)
		time.Sleep(time.Minute)
		close(stopping)
		if len(log.list) != 0 {
			t.Errorf("an idle minute made %d events", len(log.list))
		}
	})
}

func TestTheMessageHoldsTextPictureCardAndCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 1)
	code, err := w.Codes.Create(t.Context(), shop, "mina", linkSpec())
	if err != nil {
		t.Fatal(err)
	}
	full := plan()
	full.Content = Content{Text: "Hello {{name}}", Translations: map[string]string{"ko": "안녕하세요 {{name}}님"},
		Image: "/pictures/figs.jpg", Code: code.ID, Card: &message.Card{Title: "Figs for {{name}}"}}
	campaign := w.scheduled(full)
	w.work()
	if campaign.Link == "" || campaign.Link == code.ID {
		t.Fatalf("the campaign's own code is %q", campaign.Link)
	}
	out := w.outbox.sent[w.outbox.keys()[0]]
	if len(out) != 3 || out[0].Image != "/pictures/figs.jpg" || out[1].Text != "안녕하세요 u0000000님" ||
		out[2].Cards[0].Title != "Figs for u0000000" || !strings.HasSuffix(out[2].Cards[0].QR, "/q/"+campaign.Link) {
		t.Errorf("the messages are %+v", out)
	}
	target, err := w.Codes.Resolve(t.Context(), campaign.Link, "Mozilla/5.0 (iPhone)", "somebody")
	if err != nil || target != code.Target {
		t.Errorf("the campaign's code leads to %q, %v", target, err)
	}
}

func TestATestSendGoesToOnePersonAndIsNoDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 5)
	campaign, err := w.Create(t.Context(), shop, "mina", plan())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a repeated request
		if err := w.Test(t.Context(), shop, campaign.ID, w.people.list[2].ID, "key-1"); err != nil {
			t.Fatal(err)
		}
	}
	keys := w.outbox.keys()
	if len(keys) != 1 {
		t.Fatalf("sent %v", keys)
	}
	if err := w.Delivered(t.Context(), keys[0], Sent, ""); err != nil {
		t.Error(err)
	}
	w.mustBe(campaign.ID, Draft, "")
	if err := w.Test(t.Context(), shop, campaign.ID, "nobody", "key-2"); !errors.Is(err, ErrPerson) {
		t.Errorf("a test to nobody: %v", err)
	}
	if _, err := deliveries.In(w.DB, shop).First(t.Context(), store.Query{}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a test send left a delivery: %v", err)
	}
}
