package schedule

import (
	"errors"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	location, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return location
}

func TestSchedulesFireOnTheAccountsClock(t *testing.T) {
	for _, test := range []struct {
		name, cron, zone, after string
		want                    []string
	}{
		{"Seoul at nine", "0 9 * * *", "Asia/Seoul", "2026-03-07T23:00:00Z",
			[]string{"2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"}},
		{"New York keeps nine o'clock over the change to summer time", "0 9 * * *", "America/New_York", "2026-03-07T13:00:00Z",
			[]string{"2026-03-07T14:00:00Z", "2026-03-08T13:00:00Z", "2026-03-09T13:00:00Z"}},
		{"half past two does not exist that day: an hour later, and not twice", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z",
			[]string{"2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"}},
		{"asked inside the hour after the leap", "30 2 * * *", "America/New_York", "2026-03-08T07:10:00Z",
			[]string{"2026-03-08T07:30:00Z", "2026-03-09T06:30:00Z"}},
		{"half past one comes twice that day: the first", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z",
			[]string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
		{"asked inside the repeated hour", "30 1 * * *", "America/New_York", "2026-11-01T06:10:00Z",
			[]string{"2026-11-02T06:30:00Z"}},
		{"hourly through the leap", "0 * * * *", "America/New_York", "2026-03-08T06:00:00Z",
			[]string{"2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"}},
		{"midnight that does not exist", "0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z",
			[]string{"2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
		{"a leap day", "0 8 29 2 *", "Asia/Shanghai", "2026-01-01T00:00:00Z",
			[]string{"2028-02-29T00:00:00Z"}},
		{"a fixed interval", "@every 6h", "Asia/Seoul", "2026-01-01T00:00:00Z",
			[]string{"2026-01-01T06:00:00Z", "2026-01-01T12:00:00Z"}},
		{"a descriptor", "@weekly", "Asia/Seoul", "2026-01-01T00:00:00Z",
			[]string{"2026-01-03T15:00:00Z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			cron, err := Parse(test.cron)
			if err != nil {
				t.Fatal(err)
			}
			after, _ := time.Parse(time.RFC3339, test.after)
			got := cron.Upcoming(after, zone(t, test.zone), len(test.want))
			for i, want := range test.want {
				if i >= len(got) || got[i].UTC().Format(time.RFC3339) != want {
					t.Fatalf("fires at %v, want %v", got, test.want)
				}
			}
		})
	}
}

func TestUselessSchedulesAreRefusedWithAReason(t *testing.T) {
	for expression, want := range map[string]error{
		"":                         ErrExpression,
		"9 o'clock":                ErrExpression,
		"0 9 * *":                  ErrExpression,
		"0 9 * * * *":              ErrExpression,
		"99 9 * * *":               ErrExpression,
		"@reboot":                  ErrExpression,
		"TZ=0":                     ErrExpression,
		"TZ=Asia/Tokyo 0 9 * * *":  ErrExpression,
		"CRON_TZ=UTC 0 9 * * *":    ErrExpression,
		"* * * * *":                ErrTooOften,
		"*/30 9 * * *":             ErrTooOften,
		"0,1 0 1 1 *":              ErrTooOften,
		"@every 59m":               ErrTooOften,
		"0 9 30 2 *":               ErrNever,
		"0 9 * * 1; rm -rf / #aaa": ErrExpression,
	} {
		if _, err := Parse(expression); !errors.Is(err, want) {
			t.Errorf("%q: %v, want %v", expression, err, want)
		}
	}
}

// Whatever the zone does, firings only move forward and never crowd.
func TestFiringsAreNeverCloserThanTheMinimum(t *testing.T) {
	zones := []string{"Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "Europe/London", "Pacific/Apia"}
	rapid.Check(t, func(t *rapid.T) {
		expression := rapid.SampledFrom([]string{
			"0 * * * *", "30 1-3 * * *", "15 2 * * *", "59 23 * * *", "0 0,1,2,3 * 3,4,9,10,11 0", "@hourly", "@daily",
		}).Draw(t, "cron")
		cron, err := Parse(expression)
		if err != nil {
			t.Fatal(err)
		}
		location, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		after := time.Unix(rapid.Int64Range(1_700_000_000, 1_900_000_000).Draw(t, "after"), 0)
		times := cron.Upcoming(after, location, 40)
		for i := 1; i < len(times); i++ {
			if next := cron.Next(times[i].Add(-time.Millisecond), location); !next.Equal(times[i]) {
				t.Fatalf("%s fires at %v, but asked just before, at %v", expression, times[i], next)
			}
			// Lord Howe's clock leaps half an hour.
			if times[i].Sub(times[i-1]) < 30*time.Minute {
				t.Fatalf("%s fires at %v and %v", expression, times[i-1], times[i])
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0 9 * * *", "@every 2h", "TZ=", "@", "1-0 * * * *", "*/0 * * * *", "0 0 31 2 *", "0 9 ? * MON-FRI"} {
		f.Add(seed)
	}
	location := zone(f, "America/New_York")
	after := time.Date(2026, 3, 8, 6, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expression string) {
		cron, err := Parse(expression)
		if err != nil {
			return
		}
		for _, at := range cron.Upcoming(after, location, 3) {
			if !at.After(after) {
				t.Fatalf("%q fires at %v, before %v", expression, at, after)
			}
		}
	})
}
