package mandate

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPeriodsBeginOnTheDayThatWasAgreedOn(t *testing.T) {
	for name, c := range map[string]struct {
		every Interval
		start string
		want  []string
	}{
		"the 31st, on the last day":     {Interval{Unit: Month, Count: 1}, "2026-01-31", []string{"2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"}},
		"the 31st, on the next day":     {Interval{Unit: Month, Count: 1, MonthEnd: NextDay}, "2026-01-31", []string{"2026-03-01", "2026-03-31", "2026-05-01", "2026-05-31"}},
		"the 30th around February":      {Interval{Unit: Month, Count: 1}, "2027-12-30", []string{"2028-01-30", "2028-02-29", "2028-03-30"}},
		"from the end of February":      {Interval{Unit: Month, Count: 1}, "2026-02-28", []string{"2026-03-28", "2026-04-28"}},
		"anchored, from that day":       {Interval{Unit: Month, Count: 1, Anchor: 31}, "2026-02-28", []string{"2026-03-31", "2026-04-30"}},
		"anchored on the next, from it": {Interval{Unit: Month, Count: 1, Anchor: 31, MonthEnd: NextDay}, "2026-03-01", []string{"2026-03-31", "2026-05-01", "2026-05-31"}},
		"anchored, from before":         {Interval{Unit: Month, Count: 1, Anchor: 1}, "2026-01-15", []string{"2026-02-01", "2026-03-01"}},
		"anchored, from after":          {Interval{Unit: Month, Count: 1, Anchor: 5}, "2026-12-15", []string{"2027-01-05", "2027-02-05"}},
		"a quarter, anchored":           {Interval{Unit: Month, Count: 3, Anchor: 31}, "2025-11-29", []string{"2025-11-30", "2026-02-28", "2026-05-31"}},
		"two weeks":                     {Interval{Unit: Week, Count: 2}, "2026-01-07", []string{"2026-01-21", "2026-02-04"}},
		"Mondays":                       {Interval{Unit: Week, Count: 1, Anchor: 1}, "2026-01-07", []string{"2026-01-12", "2026-01-19"}},
		"Mondays, from one":             {Interval{Unit: Week, Count: 1, Anchor: 1}, "2026-01-12", []string{"2026-01-19", "2026-01-26"}},
		"ten days over New Year":        {Interval{Unit: Day, Count: 10}, "2026-12-25", []string{"2027-01-04", "2027-01-14"}},
		"a leap day each year":          {Interval{Unit: Year, Count: 1}, "2028-02-29", []string{"2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"}},
		"a leap day, on the next":       {Interval{Unit: Year, Count: 1, MonthEnd: NextDay}, "2028-02-29", []string{"2029-03-01", "2030-03-01", "2031-03-01", "2032-02-29"}},
	} {
		t.Run(name, func(t *testing.T) {
			every, err := c.every.Check()
			if err != nil {
				t.Fatal(err)
			}
			start, err := ParseDate(c.start)
			if err != nil {
				t.Fatal(err)
			}
			for n, want := range c.want {
				if got := every.Boundary(start, n+1); got.String() != want {
					t.Errorf("the end of period %d is %s, want %s", n+1, got, want)
				}
			}
		})
	}
}

func TestWhatIsNoIntervalIsRefused(t *testing.T) {
	for name, every := range map[string]Interval{
		"no unit": {Count: 1}, "another unit": {Unit: "hour", Count: 1}, "none": {Unit: Day}, "less": {Unit: Day, Count: -1},
		"too many days": {Unit: Day, Count: 366}, "a day with an anchor": {Unit: Day, Count: 1, Anchor: 1},
		"the eighth day of a week": {Unit: Week, Count: 1, Anchor: 8}, "the 32nd": {Unit: Month, Count: 1, Anchor: 32},
		"a year with an anchor": {Unit: Year, Count: 1, Anchor: 1}, "another rule": {Unit: Month, Count: 1, MonthEnd: "middle"},
	} {
		if _, err := every.Check(); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

func anyInterval(t *rapid.T) Interval {
	unit := rapid.SampledFrom([]Unit{Day, Week, Month, Year}).Draw(t, "unit")
	every := Interval{Unit: unit, Count: rapid.IntRange(1, most[unit]).Draw(t, "count")}
	if highest := map[Unit]int{Week: 7, Month: 31}[unit]; highest > 0 {
		every.Anchor = rapid.IntRange(0, highest).Draw(t, "anchor")
	}
	if rapid.Bool().Draw(t, "next") {
		every.MonthEnd = NextDay
	}
	every, err := every.Check()
	if err != nil {
		t.Fatal(err)
	}
	return every
}

func anyDate(t *rapid.T) Date {
	return Date{time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 5000).Draw(t, "day"))}
}

// longest is the most days that an interval can have.
func longest(every Interval) int64 {
	return map[Unit]int64{Day: 1, Week: 7, Month: 31, Year: 366}[every.Unit]*int64(every.Count) + 3
}

func TestPeriodsFollowOneAnotherWithoutGapAndKeepTheirDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		every, start := anyInterval(t), anyDate(t)
		before := start
		for n := 1; n <= 30; n++ {
			end := every.Boundary(start, n)
			days := before.Days(end)
			if days < 1 || days > longest(every) {
				t.Fatalf("period %d of %+v from %s has %d days, %s to %s", n, every, start, days, before, end)
			}
			anchor := every.Anchor
			if anchor == 0 {
				anchor = start.Day()
			}
			short := end.Day() < anchor && end.AddDate(0, 0, 1).Day() == 1 // the last of a shorter month
			moved := end.Day() == 1 && end.AddDate(0, 0, -1).Day() < anchor
			if (every.Unit == Month || every.Unit == Year) && end.Day() != anchor && !short && !moved {
				t.Fatalf("period %d of %+v from %s ends on %s", n, every, start, end)
			}
			if every.Unit == Week && every.Anchor != 0 && weekday(end) != every.Anchor {
				t.Fatalf("period %d of %+v from %s ends on %s", n, every, start, end)
			}
			before = end
		}
		if part, whole := start.Days(every.Boundary(start, 1)), every.whole(start); part > whole {
			t.Fatalf("the first of %d days is more than a whole period of %d", part, whole)
		}
	})
}

func TestAChargeIsAtTenInTheMorningWhateverTheClockDoes(t *testing.T) {
	for _, name := range []string{"Asia/Seoul", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Australia/Lord_Howe"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			date := anyDate(t)
			at := date.In(zone).In(zone)
			if DateOf(at, zone) != date || at.Hour() != chargeHour || at.Minute() != 0 {
				t.Fatalf("%s in %s is %s", date, name, at)
			}
		})
	}
}

func TestAMonthsRevenueOfEachInterval(t *testing.T) {
	for _, c := range []struct {
		every       Interval
		minor, want int64
	}{
		{Interval{Unit: Month, Count: 1}, 3000, 3000}, {Interval{Unit: Month, Count: 3}, 3000, 1000},
		{Interval{Unit: Year, Count: 1}, 12_000, 1000}, {Interval{Unit: Year, Count: 2}, 12_000, 500},
		{Interval{Unit: Week, Count: 1}, 1200, 5200}, {Interval{Unit: Day, Count: 1}, 120, 3650},
	} {
		if got := c.every.Monthly(c.minor); got != c.want {
			t.Errorf("%+v: %d, want %d", c.every, got, c.want)
		}
	}
}
