package shop

import (
	"slices"
	"strconv"
	"time"

	"plaza/fault"
	"plaza/shop/booking"
	"plaza/shop/digital"
)

// Kind says how what was bought gets to its buyer.
type Kind string

// The kinds.
const (
	Goods   Kind = "goods"   // brought, or picked up; what a product without a kind is
	Digital Kind = "digital" // files and keys, given when paid
	Booking Kind = "booking" // a time of a calendar
)

// Kinds are all of them, in the order that forms show them.
var Kinds = []Kind{Goods, Digital, Booking}

// Bounds of what is digital.
const (
	maxFiles         = 10 // of a variant
	maxDownloads     = 100
	defaultDownloads = 5 // of a file, for each piece
)

// The faults of kinds.
var (
	ErrKind         = fault.New(fault.Invalid, "product_kind", "A product is goods, digital or a booking.")
	ErrKindFixed    = fault.New(fault.Conflict, "product_kind_fixed", "What a product is can't be changed later. Please make a new one.")
	ErrNoContent    = fault.New(fault.Invalid, "digital_nothing", "Please add a file, or say that keys of a list are given.")
	ErrDownloads    = fault.New(fault.Invalid, "digital_downloads", "A file can be downloaded 1 to {0} times.", maxDownloads)
	ErrNoCalendar   = fault.New(fault.Invalid, "booking_no_calendar", "Please give the hours that can be booked.")
	ErrSlotNeeded   = fault.New(fault.Invalid, "booking_slot_needed", "Please choose a time.")
	ErrSlotGone     = fault.New(fault.Conflict, "booking_slot_gone", "This time can't be booked any more. Please choose another.")
	ErrStockOfKeys  = fault.New(fault.Conflict, "stock_of_keys", "There are as many as there are keys. Please add keys.")
	ErrTooManyFiles = fault.New(fault.Invalid, "digital_too_many_files", "A choice can have at most {0} files.", maxFiles)
)

// Is says whether a product is of a kind.
func (p Product) Is(kind Kind) bool { return p.Kind == kind || p.Kind == "" && kind == Goods }

// endless says whether a variant cannot run out.
func (p Product) endless(v Variant) bool { return p.Is(Booking) || p.Is(Digital) && !v.Keys }

// checkKind refuses a product that is not what it says.
func (p *Product) checkKind() error {
	if p.Kind == Goods {
		p.Kind = ""
	}
	if !p.Is(Digital) {
		p.Downloads = 0
		for i := range p.Variants {
			p.Variants[i].Files, p.Variants[i].Keys = nil, false
		}
	}
	if !p.Is(Booking) {
		p.Calendar = nil
	}
	switch {
	case p.Is(Goods):
	case p.Is(Digital):
		if p.Downloads == 0 {
			p.Downloads = defaultDownloads
		}
		if p.Downloads < 1 || p.Downloads > maxDownloads {
			return ErrDownloads.In("downloads")
		}
		for i, v := range p.Variants {
			if len(v.Files) > maxFiles {
				return ErrTooManyFiles.In("variants." + strconv.Itoa(i) + ".files")
			}
			if len(v.Files) == 0 && !v.Keys && p.State == Active {
				return ErrNoContent.In("variants." + strconv.Itoa(i) + ".files")
			}
		}
	case p.Is(Booking):
		if p.Calendar == nil {
			return ErrNoCalendar.In("week")
		}
		return p.Calendar.Check()
	default:
		return ErrKind.In("kind")
	}
	return nil
}

// slotMark parts a variant from the time that is booked of it, in the key of a
// cart's line.
const slotMark = "@"

// Key names a line of a cart: no two lines have the same.
func (l CartLine) Key() string { return lineKey(l.Variant, l.Slot) }

func lineKey(variant string, slot int64) string {
	if slot == 0 {
		return variant
	}
	return variant + slotMark + strconv.FormatInt(slot, 10)
}

// slotStock counts what is taken of a time: all variants of a product share it.
func slotStock(product string, start time.Time) string {
	return product + slotMark + strconv.FormatInt(start.Unix(), 10)
}

// slotLabel is a time as buyers read it in every language.
func slotLabel(slot booking.Slot, zone *time.Location) string {
	return slot.Start.In(zone).Format("2006-01-02 15:04")
}

// stock is the reservation that a line needs; false if it can't run out.
func (l OrderLine) stock() (Reservation, bool) {
	count := int64(l.Quantity)
	switch {
	case l.Slot != nil:
		return Reservation{Stock: slotStock(l.Product, l.Slot.Start), Count: count}, true
	case l.Kind == Digital && !l.Keys:
		return Reservation{}, false
	}
	return Reservation{Stock: l.Variant, Count: count, Spent: l.Kind == Digital}, true
}

// key is that of the cart's line that the order's came from.
func (l OrderLine) key() string {
	if l.Slot == nil {
		return l.Variant
	}
	return lineKey(l.Variant, l.Slot.Start.Unix())
}

// reservations are what all lines need. Lines that share a stock, such as two
// choices of one time, are one reservation: a stock knows one hold an order.
func reservations(lines []OrderLine) []Reservation {
	var all []Reservation
	for _, line := range lines {
		needed, finite := line.stock()
		if !finite {
			continue
		}
		i := slices.IndexFunc(all, func(r Reservation) bool { return r.Stock == needed.Stock })
		if i < 0 {
			all = append(all, needed)
		} else {
			all[i].Count += needed.Count
		}
	}
	return all
}

// digitalLines are what the package of digital goods gives for an order.
func (o Order) digitalLines() []digital.Line {
	var lines []digital.Line
	for i, line := range o.Lines {
		if line.Kind == Digital {
			lines = append(lines, digital.Line{Number: i, Variant: line.Variant, Pieces: line.Quantity, Files: line.Files,
				Keys: line.Keys, Limit: line.Downloads * line.Quantity})
		}
	}
	return lines
}

// has says whether a line of an order is of a kind.
func (o Order) has(kind Kind) bool {
	return slices.ContainsFunc(o.Lines, func(l OrderLine) bool { return l.Kind == kind || l.Kind == "" && kind == Goods })
}

// NeedsHands says whether somebody has to pack something.
func (o Order) NeedsHands() bool { return o.has(Goods) }

// lastEnd is when the last time that was booked is over.
func (o Order) lastEnd() (end time.Time) {
	for _, line := range o.Lines {
		if line.Slot != nil && line.Slot.End.After(end) {
			end = line.Slot.End
		}
	}
	return end
}
