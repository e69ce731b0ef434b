package mandate

import (
	"time"

	"plaza/fault"
)

// Unit is what intervals are counted in.
type Unit string

// The units.
const (
	Day   Unit = "day"
	Week  Unit = "week"
	Month Unit = "month"
	Year  Unit = "year"
)

// MonthEnd says what becomes of the 31st in a month that has none.
type MonthEnd string

// The rules. The next month has its 31st again under both.
const (
	LastDay MonthEnd = "last" // the last day of the month: 31 January, 28 February, 31 March
	NextDay MonthEnd = "next" // the first of the month after: 31 January, 1 March, 31 March
)

// The faults of intervals.
var (
	ErrInterval = fault.New(fault.Invalid, "plan_interval", "A plan repeats every 1 to 365 days, 52 weeks, 36 months or 3 years.")
	ErrAnchor   = fault.New(fault.Invalid, "plan_anchor", "The day of charging is a day of the week from 1 to 7 or of the month from 1 to 31.")
	ErrMonthEnd = fault.New(fault.Invalid, "plan_month_end", "Please choose what happens in short months.")
)

// Interval is how often a plan repeats. It counts whole days of the calendar in
// the account's time zone; hours and changes of the clock do not matter to it.
type Interval struct {
	Unit  Unit `bson:"unit" json:"unit"`
	Count int  `bson:"count" json:"count"`
	// Anchor is the day on which periods begin: 1 to 31 of the month, or 1
	// (Monday) to 7 of the week. 0: whatever day a mandate begins on.
	Anchor   int      `bson:"anchor,omitempty" json:"anchor,omitempty"`
	MonthEnd MonthEnd `bson:"month_end,omitempty" json:"month_end,omitempty"`
}

// most is the longest interval of a unit.
var most = map[Unit]int{Day: 365, Week: 52, Month: 36, Year: 3}

// Check refuses what is no interval, and fills in the rule for short months.
func (i Interval) Check() (Interval, error) {
	if i.Count < 1 || i.Count > most[i.Unit] {
		return i, ErrInterval.In("count")
	}
	highest := map[Unit]int{Week: 7, Month: 31}[i.Unit]
	if i.Anchor < 0 || i.Anchor > highest {
		return i, ErrAnchor.In("anchor")
	}
	switch {
	case i.Unit != Month && i.Unit != Year:
		i.MonthEnd = ""
	case i.MonthEnd == "":
		i.MonthEnd = LastDay
	case i.MonthEnd != LastDay && i.MonthEnd != NextDay:
		return i, ErrMonthEnd.In("month_end")
	}
	return i, nil
}

// Date is a day of the calendar, as midnight UTC, so that days can be
// subtracted. Which instant it stands for depends on a zone.
type Date struct{ time.Time }

// DateOf is the day that an instant lies on in a zone.
func DateOf(at time.Time, zone *time.Location) Date {
	year, month, day := at.In(zone).Date()
	return dateOf(year, month, day)
}

func dateOf(year int, month time.Month, day int) Date {
	return Date{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// ParseDate reads a day as String writes it.
func ParseDate(text string) (Date, error) {
	at, err := time.Parse(time.DateOnly, text)
	return Date{at}, err
}

// String is the day as ISO 8601 has it.
func (d Date) String() string { return d.Format(time.DateOnly) }

// chargeHour is when in the day a period begins and is charged: people are awake
// and at work, and reminders, which come at the same time of another day, wake
// nobody either.
const chargeHour = 10

// In is the instant at which a period that begins on the day is charged.
func (d Date) In(zone *time.Location) time.Time {
	return time.Date(d.Year(), d.Month(), d.Day(), chargeHour, 0, 0, 0, zone).UTC()
}

// Days counts the days from one to the other.
func (d Date) Days(until Date) int64 { return int64(until.Sub(d.Time) / (24 * time.Hour)) }

// Boundary is the day on which the n-th period of those that begin with start
// ends and the next begins; the 0th is start. Where start is not the anchor day
// the first period is a short one, up to the next anchor day. Every boundary is
// counted from the beginning and none from the one before, so that the 28th of
// February does not make the 31st of March the 28th.
func (i Interval) Boundary(start Date, n int) Date {
	if n <= 0 {
		return start
	}
	if i.Short(start) {
		return i.Boundary(i.firstAnchor(start), n-1)
	}
	return i.step(start, n)
}

// Short says whether the first period is shorter than the others.
func (i Interval) Short(start Date) bool {
	switch {
	case i.Anchor == 0:
		return false
	case i.Unit == Week:
		return weekday(start) != i.Anchor
	case i.Unit == Month:
		return !i.monthly(start.Year(), start.Month(), i.Anchor).Equal(start.Time)
	}
	return false
}

// firstAnchor is the first anchor day after a day.
func (i Interval) firstAnchor(after Date) Date {
	if i.Unit == Week {
		return Date{after.AddDate(0, 0, (i.Anchor-weekday(after)+7)%7)}
	}
	for month := after.Month() - 1; ; month++ { // the month before: its 31st may be the first of this one
		if found := i.monthly(after.Year(), month, i.Anchor); found.After(after.Time) {
			return found
		}
	}
}

// step goes n intervals on from an anchor day.
func (i Interval) step(start Date, n int) Date {
	n *= i.Count
	switch i.Unit {
	case Day:
		return Date{start.AddDate(0, 0, n)}
	case Week:
		return Date{start.AddDate(0, 0, 7*n)}
	case Year:
		n *= 12
	}
	day, month := start.Day(), start.Month()
	if i.Anchor != 0 && day != i.Anchor {
		day = i.Anchor
		if i.MonthEnd == NextDay { // start is the first that stands for the month before
			month--
		}
	}
	return i.monthly(start.Year(), month+time.Month(n), day)
}

// monthly is a day of a month, by the rule for those that are too short.
func (i Interval) monthly(year int, month time.Month, day int) Date {
	last := dateOf(year, month+1, 0)
	switch {
	case day <= last.Day():
		return dateOf(last.Year(), last.Month(), day)
	case i.MonthEnd == NextDay:
		return dateOf(last.Year(), last.Month()+1, 1)
	}
	return last
}

// weekday counts from Monday, 1, to Sunday, 7.
func weekday(d Date) int { return (int(d.Weekday())+6)%7 + 1 }

// whole is the length of a whole period that ends with the first boundary after
// start: what a short first one is a part of.
func (i Interval) whole(start Date) int64 {
	if !i.Short(start) {
		return start.Days(i.Boundary(start, 1))
	}
	return i.step(i.firstAnchor(start), -1).Days(i.firstAnchor(start))
}

// Monthly is what an amount for each interval comes to in a month: the twelfth
// part of a year of 365 days or 52 weeks, rounded down.
func (i Interval) Monthly(minor int64) int64 {
	perYear := map[Unit]int64{Day: 365, Week: 52, Month: 12, Year: 1}[i.Unit]
	return minor * perYear / (12 * int64(i.Count))
}
