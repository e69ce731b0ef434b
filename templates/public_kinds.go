package templates

import "time"

// TimeChoice is the part of a product's page about its times.
//
//	GET  /shop/{slug}/p/{product}?day=2006-01-02
//	POST /shop/{slug}/cart    variant, slot (Unix time), quantity
type TimeChoice struct {
	Days  []DayChoice // to choose from
	Slots []SlotChoice
	Next  string // address of the days after these; empty: none
	First string // address of the first days; empty: these are
}

// DayChoice is a day with a link to its times.
type DayChoice struct {
	URL  string
	At   time.Time
	Here bool
}

// SlotChoice is a time to choose.
type SlotChoice struct {
	Value string // Unix time
	At    time.Time
	Left  int // 0: none
}

// GivenLine is what an order's digital line has given its buyer.
type GivenLine struct {
	Title string
	Keys  []string
	Files []GivenFile
}

// GivenFile is a file to download.
//
//	GET /shop/{slug}/orders/{id}/files/{file}
type GivenFile struct {
	URL, Name string
	Size      string
	Left      int
}

// MyBooking is a booking as its buyer sees it.
//
//	POST /shop/{slug}/orders/{id}/bookings/{booking}/cancel
type MyBooking struct {
	Title      string
	From, To   time.Time
	State      string
	CancelPath string    // empty: not to be cancelled
	CancelTill time.Time // zero: buyers cannot
}
