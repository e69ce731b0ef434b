// Package booking is a calendar of times that can be booked: which there are, on
// an account's clock, and until when they may be booked and given back. It is
// pure; how many are taken the shop counts, as it counts stock.
package booking

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"plaza/fault"
)

// The faults of calendars.
var (
	ErrHours    = fault.New(fault.Invalid, "booking_hours", "Please give the hours as 9:00-12:00, 13:00-18:00. They must not overlap.")
	ErrNoHours  = fault.New(fault.Invalid, "booking_no_hours", "Please give the hours of at least one day.")
	ErrLength   = fault.New(fault.Invalid, "booking_length", "An appointment takes 5 minutes to 24 hours, and they begin 5 minutes to 24 hours apart.")
	ErrCapacity = fault.New(fault.Invalid, "booking_capacity", "Between 1 and {0} can be booked at a time.", maxCapacity)
	ErrNotice   = fault.New(fault.Invalid, "booking_notice", "Please give a number of hours from 0 to {0}.", maxNotice/60)
	ErrAhead    = fault.New(fault.Invalid, "booking_ahead", "Times can be booked 1 to {0} days ahead.", maxAhead)
	ErrClosed   = fault.New(fault.Invalid, "booking_closed", "Please give closed days as 2026-12-25, at most {0} of them.", maxClosed)
)

// Bounds of a calendar.
const (
	maxHours    = 6 // stretches a day
	maxCapacity = 10_000
	maxNotice   = 60 * 24 * 60 // minutes
	maxAhead    = 366
	maxClosed   = 400
	day         = 24 * 60
)

// Hours is a stretch of a day, in minutes since midnight; Until may be 24:00.
type Hours struct {
	From  int `bson:"from" json:"from"`
	Until int `bson:"until" json:"until"`
}

// Plan is a calendar.
type Plan struct {
	// Week are the hours of each day, Sunday first.
	Week     [7][]Hours `bson:"week" json:"week" nullable:"false" doc:"Hours of each day of the week, Sunday first, in minutes since midnight."`
	Minutes  int        `bson:"minutes" json:"minutes" doc:"How long one takes."`
	Every    int        `bson:"every,omitempty" json:"every,omitempty" doc:"Minutes from one beginning to the next; 0: as long as one takes."`
	Capacity int64      `bson:"capacity" json:"capacity" doc:"How many can be booked at a time."`
	// Notice is how long before it begins the last may book, in minutes; Cancel
	// the same for giving it back, and negative if buyers cannot.
	Notice int      `bson:"notice" json:"notice,omitempty"`
	Cancel int      `bson:"cancel" json:"cancel,omitempty"`
	Ahead  int      `bson:"ahead" json:"ahead" doc:"How many days ahead can be booked."`
	Closed []string `bson:"closed,omitempty" json:"closed,omitempty" doc:"Days off, as 2026-12-25."`
}

// Check tidies a calendar and refuses one that has no sense.
func (p *Plan) Check() error {
	open := false
	for i := range p.Week {
		if err := checkHours(p.Week[i]); err != nil {
			return err
		}
		open = open || len(p.Week[i]) > 0
		if p.Week[i] == nil {
			p.Week[i] = []Hours{}
		}
	}
	switch {
	case !open:
		return ErrNoHours.In("week")
	case p.Minutes < 5 || p.Minutes > day, p.Every != 0 && (p.Every < 5 || p.Every > day):
		return ErrLength.In("minutes")
	case p.Capacity < 1 || p.Capacity > maxCapacity:
		return ErrCapacity.In("capacity")
	case p.Notice < 0 || p.Notice > maxNotice:
		return ErrNotice.In("notice")
	case p.Cancel < -1 || p.Cancel > maxNotice:
		return ErrNotice.In("cancel")
	case p.Ahead < 1 || p.Ahead > maxAhead:
		return ErrAhead.In("ahead")
	case len(p.Closed) > maxClosed:
		return ErrClosed.In("closed")
	}
	for _, each := range p.Closed {
		if _, err := time.Parse(time.DateOnly, each); err != nil {
			return ErrClosed.In("closed")
		}
	}
	slices.Sort(p.Closed)
	p.Closed = slices.Compact(p.Closed)
	return nil
}

func checkHours(hours []Hours) error {
	slices.SortFunc(hours, func(a, b Hours) int { return cmp.Compare(a.From, b.From) })
	for i, each := range hours {
		if each.From < 0 || each.Until > day || each.From >= each.Until || (i > 0 && hours[i-1].Until > each.From) || i >= maxHours {
			return ErrHours.In("week")
		}
	}
	return nil
}

// ParseHours reads the hours of a day: "9:00-12:00, 13:00-18:00"; none if empty.
// Errors: ErrHours.
func ParseHours(text string) ([]Hours, error) {
	hours := []Hours{}
	text = strings.NewReplacer("，", ",", "、", ",", "–", "-", "~", "-", "～", "-", "：", ":").Replace(text)
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		from, until, _ := strings.Cut(part, "-")
		begin, ok := clock(from)
		end, fine := clock(until)
		if !ok || !fine {
			return nil, ErrHours
		}
		hours = append(hours, Hours{begin, end})
	}
	return hours, checkHours(hours)
}

// clock reads "9", "9:30" or "24:00" as minutes since midnight.
func clock(text string) (int, bool) {
	hour, minute, _ := strings.Cut(strings.TrimSpace(text), ":")
	h, err := strconv.ParseUint(hour, 10, 8)
	m := uint64(0)
	if err == nil && minute != "" {
		m, err = strconv.ParseUint(minute, 10, 8)
	}
	total := int(h*60 + m)
	return total, err == nil && m < 60 && total <= day
}

// WriteHours writes hours as ParseHours reads them.
func WriteHours(hours []Hours) string {
	texts := make([]string, len(hours))
	for i, each := range hours {
		texts[i] = fmt.Sprintf("%d:%02d-%d:%02d", each.From/60, each.From%60, each.Until/60, each.Until%60)
	}
	return strings.Join(texts, ", ")
}

// Slot is a time that can be booked.
type Slot struct {
	Start time.Time `bson:"start" json:"start"`
	End   time.Time `bson:"end" json:"end"`
}

// Slots are the times of the day that an instant lies in on a zone's clock,
// whether or not they can still be booked. A time that the clock skips, when
// summer begins, there is not.
func (p Plan) Slots(on time.Time, zone *time.Location) []Slot {
	on = on.In(zone)
	year, month, date := on.Date()
	if slices.Contains(p.Closed, on.Format(time.DateOnly)) {
		return nil
	}
	var slots []Slot
	step := cmp.Or(p.Every, p.Minutes)
	for _, hours := range p.Week[on.Weekday()] {
		for from := hours.From; from+p.Minutes <= hours.Until; from += step {
			start := time.Date(year, month, date, from/60, from%60, 0, 0, zone)
			if start.Hour() != from/60 || start.Minute() != from%60 {
				continue
			}
			slots = append(slots, Slot{start.UTC(), start.Add(time.Duration(p.Minutes) * time.Minute).UTC()})
		}
	}
	return slots
}

// Open says whether a time can still, and already, be booked.
func (p Plan) Open(slot Slot, now time.Time) bool {
	return !now.Add(time.Duration(p.Notice)*time.Minute).After(slot.Start) && !slot.Start.After(now.AddDate(0, 0, p.Ahead))
}

// At finds the time that begins at an instant, if the calendar has one that can
// be booked.
func (p Plan) At(start time.Time, zone *time.Location, now time.Time) (Slot, bool) {
	for _, slot := range p.Slots(start, zone) {
		if slot.Start.Equal(start) {
			return slot, p.Open(slot, now)
		}
	}
	return Slot{}, false
}

// MayCancel says whether a buyer may still give a time back.
func (p Plan) MayCancel(slot Slot, now time.Time) bool {
	return p.Cancel >= 0 && !now.Add(time.Duration(p.Cancel)*time.Minute).After(slot.Start)
}
