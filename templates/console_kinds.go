package templates

import "time"

// CalendarForm is the part of the editor of a product about its times.
//
//	week.0 (Sunday) to week.6 (9:00-12:00, 13:00-18:00), minutes, every, capacity,
//	notice (hours), cancel (hours; empty: never), ahead (days), closed (dates, one a line)
type CalendarForm struct {
	Week                                            []CalendarDay
	Minutes, Every, Capacity, Notice, Cancel, Ahead string
	Closed                                          string
}

// CalendarDay are the hours of a day of the week.
type CalendarDay struct{ Name, Label, Hours string }

// SoldFile is a file that a digital variant gives.
type SoldFile struct {
	ID, Name string
	Size     int64
}

// Bookings are what is booked on a day. Live topic: orders.
//
//	GET  /console/{slug}/bookings?day=2006-01-02
//	POST /console/{slug}/bookings/{booking}/cancel    day
type Bookings struct {
	Base
	Day        string // 2006-01-02
	At         time.Time
	Prev, Next string // addresses of the days around it
	Rows       []BookingRow
	More       string // address of the rest of the day
}

// BookingRow is a booking.
type BookingRow struct {
	ID         string
	From, To   time.Time
	Title      string
	Person     string
	Quantity   int
	OrderURL   string
	Number     string
	State      string // texts page.state.{state}
	CancelPath string // empty: not to be cancelled
}

// Template names the file that draws the page.
func (*Bookings) Template() string { return "console/bookings" }
