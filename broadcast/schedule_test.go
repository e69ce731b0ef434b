package broadcast

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"plaza/broadcast/qr"
	"plaza/broadcast/schedule"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

func linkSpec() qr.Spec {
	return qr.Spec{Kind: qr.Link, Label: "Figs", Target: "https://example.com/figs"}
}

// at is a campaign in two hours.
func (w *world) at() Plan {
	later := plan()
	later.When = When{Kind: At, At: w.clock.Now().Add(2 * time.Hour)}
	return later
}

func TestAScheduleFiresAtItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 5)
	campaign := w.scheduled(w.at())
	w.clock.advance(2*time.Hour - time.Second)
	w.work()
	w.mustBe(campaign.ID, Scheduled, "")
	w.clock.advance(time.Second)
	w.work()
	w.mustBe(campaign.ID, Done, "")
}

func TestAMissedScheduleIsHeldAndNotFired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 5)
	late := w.at()
	inTime := w.scheduled(late)
	late.When.DeadlineMinutes = 30
	missed, skipped := w.scheduled(late), w.scheduled(late)
	w.clock.advance(2*time.Hour + 45*time.Minute) // down meanwhile
	w.work()
	w.mustBe(inTime.ID, Done, "")
	w.mustBe(missed.ID, Held, Missed)
	if w.campaign(missed.ID).NextAt.IsZero() {
		t.Error("nobody can see what was missed")
	}
	w.clock.advance(100 * time.Hour)
	w.work()
	w.mustBe(missed.ID, Held, Missed)
	if w.chat.sent.Load() != 5 {
		t.Fatalf("%d were sent", w.chat.sent.Load())
	}
	if _, err := w.Release(t.Context(), shop, missed.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Skip(t.Context(), shop, skipped.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(missed.ID, Done, "")
	w.mustBe(skipped.ID, Cancelled, "")
	if w.chat.sent.Load() != 10 {
		t.Errorf("%d were sent", w.chat.sent.Load())
	}
}

func TestARecurringCampaignSkipsWhatItMissed(t *testing.T) {
	t.Parallel()
	w := newWorld(t) // ten o'clock in Seoul
	w.people.add("webchat", 5)
	daily := plan()
	daily.When = When{Kind: Recurring, Cron: "0 11 * * *"}
	campaign := w.scheduled(daily)
	if want := w.clock.Now().Add(time.Hour); !campaign.NextAt.Equal(want) {
		t.Fatalf("it fires at %v, want %v", campaign.NextAt, want)
	}
	w.clock.advance(3*24*time.Hour + 3*time.Hour)
	w.work()
	w.mustBe(campaign.ID, Held, Missed)
	if _, err := w.Skip(t.Context(), shop, campaign.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(campaign.ID, Scheduled, "")
	if next := w.campaign(campaign.ID).NextAt; next.Sub(w.clock.Now()) != 22*time.Hour {
		t.Errorf("it fires in %v", next.Sub(w.clock.Now()))
	}
	w.clock.advance(22 * time.Hour)
	w.work()
	if w.chat.sent.Load() != 5 {
		t.Errorf("%d were sent", w.chat.sent.Load())
	}
}

func TestARunThatStoodStillTooLongIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 1200)
	campaign := w.scheduled(plan())
	w.people.fails.Store(1)
	if _, err := w.Work(t.Context()); err != nil { // fires, and breaks off
		t.Fatal(err)
	}
	w.clock.advance(2 * time.Hour) // and then the machine was off
	w.work()
	w.mustBe(campaign.ID, Held, Interrupted)
	if _, err := w.Release(t.Context(), shop, campaign.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(campaign.ID, Done, "")
	if w.chat.sent.Load() != 1200 {
		t.Errorf("%d were sent", w.chat.sent.Load())
	}
}

func TestARestoredStoreSendsNothingUntilSomebodySaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 800)
	due, later := w.scheduled(plan()), w.scheduled(w.at())
	underway := w.scheduled(plan())
	w.chat.after = func(int) { _, _ = w.Pause(t.Context(), shop, underway.ID) }
	for w.campaign(underway.ID).State != Paused {
		if _, err := w.Work(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Resume(t.Context(), shop, underway.ID); err != nil {
		t.Fatal(err)
	}
	w.chat.after = nil
	again := w.scheduled(plan())
	sent := w.chat.sent.Load()

	w.backup.restored.Store(true)
	w.work()
	w.mustBe(underway.ID, Held, Restored)
	w.mustBe(again.ID, Held, Restored)
	w.mustBe(later.ID, Scheduled, "")
	last := w.scheduled(plan())
	if err := w.Go(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(last.ID, Held, Restored)
	if w.chat.sent.Load() != sent {
		t.Fatalf("%d were sent from a backup", w.chat.sent.Load()-sent)
	}
	if _, err := w.Release(t.Context(), shop, underway.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(underway.ID, Done, "")
	w.mustBe(due.ID, Done, "")
}

func TestTheEditorShowsTheNextRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	times, err := w.Upcoming(t.Context(), shop, When{Kind: Recurring, Cron: "30 9 * * 1"}, 3)
	if err != nil || len(times) != 3 {
		t.Fatal(times, err)
	}
	zone, _ := seoul{}.Zone(t.Context(), shop)
	for _, at := range times {
		if local := at.In(zone); local.Weekday() != time.Monday || local.Hour() != 9 || local.Minute() != 30 {
			t.Errorf("it would fire on %v", local)
		}
	}
	if _, err := w.Upcoming(t.Context(), shop, When{Kind: Recurring, Cron: "*/5 * * * *"}, 3); !errors.Is(err, schedule.ErrTooOften) {
		t.Errorf("every five minutes: %v", err)
	}
}

func TestOnlyADraftChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	draft, err := w.Create(t.Context(), shop, "mina", w.at())
	if err != nil {
		t.Fatal(err)
	}
	changed := w.at()
	changed.Name = "Tomorrow"
	if draft, err = w.Update(t.Context(), shop, draft.ID, draft.Revision, changed); err != nil || draft.Name != "Tomorrow" {
		t.Fatal(draft, err)
	}
	if _, err := w.Update(t.Context(), shop, draft.ID, 1, changed); !errors.Is(err, ErrRevision) {
		t.Errorf("an older revision: %v", err)
	}
	if _, err := w.Schedule(t.Context(), shop, draft.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Update(t.Context(), shop, draft.ID, 2, changed); !errors.Is(err, ErrNotDraft) {
		t.Errorf("changed when scheduled: %v", err)
	}
	if err := w.Delete(t.Context(), shop, draft.ID); !errors.Is(err, ErrNotDraft) {
		t.Errorf("deleted when scheduled: %v", err)
	}
	if _, err := w.Unschedule(t.Context(), shop, draft.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(3 * time.Hour)
	w.work()
	w.mustBe(draft.ID, Draft, "")
	if _, err := w.Find(t.Context(), "another account", draft.ID); !errors.Is(err, ErrCampaign) {
		t.Errorf("another account finds it: %v", err)
	}
	if err := w.Delete(t.Context(), shop, draft.ID); err != nil {
		t.Error(err)
	}
	listed, _, err := w.List(t.Context(), shop, "", store.Cursor(""), 10)
	if err != nil || len(listed) != 0 {
		t.Errorf("listed %v, %v", listed, err)
	}
}

func TestPlansAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	price := money.Of(-1, "CNY")
	for name, test := range map[string]struct {
		change func(*Plan)
		want   error
	}{
		"no name":             {func(p *Plan) { p.Name = "  " }, ErrName},
		"nothing to say":      {func(p *Plan) { p.Content = Content{Text: " "} }, ErrContent},
		"unknown placeholder": {func(p *Plan) { p.Content.Text = "{{secret}}" }, errPlaceholder},
		"unknown language":    {func(p *Plan) { p.Content.Translations = map[string]string{"xx": "y"} }, ErrLanguage},
		"script for picture":  {func(p *Plan) { p.Content.Image = "javascript:alert(1)" }, ErrPicture},
		"script behind card":  {func(p *Plan) { p.Content.Card = &message.Card{Title: "x", URL: "javascript:alert(1)"} }, qr.ErrTarget},
		"script behind button": {func(p *Plan) {
			p.Content.Card = &message.Card{Title: "x", Buttons: []message.Button{{Label: "x", URL: "data:text/html,x"}}}
		}, qr.ErrTarget},
		"negative price":    {func(p *Plan) { p.Content.Card = &message.Card{Title: "x", Price: &price} }, money.ErrNegative},
		"unknown code":      {func(p *Plan) { p.Content.Code = "AAAAAAAA" }, qr.ErrCode},
		"tag without name":  {func(p *Plan) { p.Audience = Audience{Kind: WithTag} }, ErrAudience},
		"unknown audience":  {func(p *Plan) { p.Audience = Audience{Kind: "some"} }, ErrAudience},
		"a time gone by":    {func(p *Plan) { p.When = When{Kind: At, At: w.clock.Now().Add(-2 * time.Hour)} }, ErrPast},
		"no time":           {func(p *Plan) { p.When = When{Kind: At} }, ErrWhen},
		"deadline too long": {func(p *Plan) { p.When.DeadlineMinutes = 2000 }, ErrDeadline},
		"cron too often":    {func(p *Plan) { p.When = When{Kind: Recurring, Cron: "* * * * *"} }, schedule.ErrTooOften},
	} {
		bad := plan()
		test.change(&bad)
		if _, err := w.Create(t.Context(), shop, "mina", bad); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}
