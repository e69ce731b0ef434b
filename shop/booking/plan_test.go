package booking

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	found, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func plan(hours string) Plan {
	p := Plan{Minutes: 60, Capacity: 2, Notice: 120, Cancel: 24 * 60, Ahead: 30}
	for i := range p.Week {
		p.Week[i], _ = ParseHours(hours)
	}
	return p
}

func TestTimesStandOnTheAccountsClock(t *testing.T) {
	seoul := zone(t, "Asia/Seoul")
	p := plan("9-12, 13:30-15:00")
	p.Closed = []string{"2026-12-25"}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, slot := range p.Slots(time.Date(2026, 12, 1, 12, 0, 0, 0, seoul), seoul) {
		got = append(got, slot.Start.In(seoul).Format("15:04"))
	}
	if want := []string{"09:00", "10:00", "11:00", "13:30"}; len(got) != len(want) || got[0] != want[0] || got[3] != want[3] {
		t.Errorf("%v, want %v", got, want)
	}
	if closed := p.Slots(time.Date(2026, 12, 24, 23, 0, 0, 0, time.UTC), seoul); closed != nil { // the 25th in Seoul
		t.Errorf("open on a closed day: %v", closed)
	}
}

func TestTheHourThatSummerSkipsCannotBeBooked(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	p := plan("1-4")
	var got []string
	for _, slot := range p.Slots(time.Date(2027, 3, 28, 12, 0, 0, 0, berlin), berlin) {
		got = append(got, slot.Start.In(berlin).Format("15:04"))
	}
	if len(got) != 2 || got[0] != "01:00" || got[1] != "03:00" {
		t.Errorf("%v", got)
	}
	if n := len(p.Slots(time.Date(2026, 10, 25, 12, 0, 0, 0, berlin), berlin)); n != 3 {
		t.Errorf("%d times when an hour comes twice", n)
	}
}

func TestNoticeHorizonAndCancellation(t *testing.T) {
	p, now := plan("9-12"), time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	at := func(day, hour int) time.Time { return time.Date(2026, 12, day, hour, 0, 0, 0, time.UTC) }
	for name, test := range map[string]struct {
		start time.Time
		open  bool
	}{
		"in less than the notice": {at(1, 9), false},
		"exactly at the notice":   {at(1, 10), true},
		"no time of the calendar": {at(1, 13), false},
		"the last day":            {at(30, 11), true},
		"too far ahead":           {time.Date(2027, 1, 1, 9, 0, 0, 0, time.UTC), false},
	} {
		if _, open := p.At(test.start, time.UTC, now); open != test.open {
			t.Errorf("%s: %v", name, open)
		}
	}
	if slot, _ := p.At(at(2, 9), time.UTC, now); !p.MayCancel(slot, now) || p.MayCancel(slot, now.Add(2*time.Hour)) {
		t.Error("the window of cancelling")
	}
	p.Cancel = -1
	if slot, _ := p.At(at(20, 9), time.UTC, now); p.MayCancel(slot, now) {
		t.Error("cancelled where nobody may")
	}
}

func TestACalendarWithoutSenseIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*Plan)
		want  error
	}{
		"never open":      {func(p *Plan) { p.Week = [7][]Hours{} }, ErrNoHours},
		"overlapping":     {func(p *Plan) { p.Week[1] = []Hours{{60, 180}, {120, 240}} }, ErrHours},
		"backwards":       {func(p *Plan) { p.Week[1] = []Hours{{180, 60}} }, ErrHours},
		"no length":       {func(p *Plan) { p.Minutes = 0 }, ErrLength},
		"nobody":          {func(p *Plan) { p.Capacity = 0 }, ErrCapacity},
		"a year's notice": {func(p *Plan) { p.Notice = 400 * day }, ErrNotice},
		"never ahead":     {func(p *Plan) { p.Ahead = 0 }, ErrAhead},
		"a day off":       {func(p *Plan) { p.Closed = []string{"Christmas"} }, ErrClosed},
	} {
		p := plan("9-12")
		test.spoil(&p)
		if err := p.Check(); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTimesNeverOverlapUnlessTheyMay(t *testing.T) {
	berlin := zone(t, "Europe/Berlin")
	rapid.Check(t, func(t *rapid.T) {
		p := Plan{Minutes: rapid.IntRange(5, 300).Draw(t, "minutes"), Capacity: 1, Ahead: 30}
		from := rapid.IntRange(0, day-1).Draw(t, "from")
		hours := []Hours{{from, rapid.IntRange(from+1, day).Draw(t, "until")}}
		for i := range p.Week {
			p.Week[i] = hours
		}
		on := time.Unix(rapid.Int64Range(1_760_000_000, 1_860_000_000).Draw(t, "on"), 0)
		slots := p.Slots(on, berlin)
		for i, slot := range slots {
			if i > 0 && slots[i-1].End.After(slot.Start) && slot.Start.In(berlin).Format("Z07") == slots[i-1].Start.In(berlin).Format("Z07") {
				t.Fatalf("%v overlaps %v", slots[i-1], slot)
			}
			if found, _ := p.At(slot.Start, berlin, on); !found.Start.Equal(slot.Start) {
				t.Fatalf("%v is not found", slot)
			}
		}
	})
}

func FuzzParseHours(f *testing.F) {
	f.Add("9:00-12:00, 13:00-18:00")
	f.Add("９-１２、24:00")
	f.Fuzz(func(t *testing.T, text string) {
		hours, err := ParseHours(text)
		if err != nil {
			return
		}
		again, err := ParseHours(WriteHours(hours))
		if err != nil || len(again) != len(hours) {
			t.Fatalf("%q is %v, written %q", text, hours, WriteHours(hours))
		}
	})
}
