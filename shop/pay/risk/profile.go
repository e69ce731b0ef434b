package risk

import "time"

// Role is as what somebody or something takes part in an attempt.
type Role string

// The roles.
const (
	OfSubscriber Role = "subscriber"
	OfShop       Role = "shop" // the account itself, with all its customers
	OfDevice     Role = "device"
	OfNetwork    Role = "network"
	OfCode       Role = "code"
)

// Profile is what is remembered of one who takes part: a few hundred bytes to
// a few kilobytes of counters and short lists, whatever happens.
type Profile struct {
	ID      string `bson:"_id"`
	Account string `bson:"account"`
	Version int64  `bson:"version"`
	// Habits is all but the names, so that it is replaced in one piece.
	Habits    Habits    `bson:"habits"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// Habits are a profile's counters.
type Habits struct {
	First time.Time `bson:"first"`
	Last  time.Time `bson:"last"` // to which the tallies have faded

	Tries     Tally `bson:"tries"`   // attempts that move money, whatever became of them
	Small     Tally `bson:"small"`   // of them, those far below what is usual in the shop
	Failed    Tally `bson:"failed"`  // of them, those that failed or were stopped
	Paid      Tally `bson:"paid"`    // payments that succeeded
	Refunds   Tally `bson:"refunds"` // refunds that succeeded
	Coupons   Tally `bson:"coupons"` // attempts with a coupon
	WrongPINs Tally `bson:"wrong_pins"`
	Spent     Tally `bson:"spent"`    // money that went out, in main units
	Received  Tally `bson:"received"` // money that came in from other subscribers

	// Amounts by currency: of the first four.
	Amounts map[string]Amounts `bson:"amounts,omitempty"`
	// Hours of the week with how often something succeeded, each at most 255.
	Hours []byte `bson:"hours,omitempty"`

	Devices  Seen `bson:"devices,omitempty"`
	Networks Seen `bson:"networks,omitempty"`
	Payees   Seen `bson:"payees,omitempty"`
	People   Seen `bson:"people,omitempty"` // who used this device, sent to this payee

	Place   Place     `bson:"place"`
	PlaceAt time.Time `bson:"place_at"`
}

// How much a profile remembers.
const (
	mostDevices    = 12
	mostNetworks   = 12
	mostPayees     = 32
	mostPeople     = 32
	mostCurrencies = 4
)

// lives are how long profiles are kept after they were last used.
var lives = map[Role]time.Duration{
	OfSubscriber: 400 * 24 * time.Hour,
	OfShop:       400 * 24 * time.Hour,
	OfDevice:     90 * 24 * time.Hour,
	OfNetwork:    30 * 24 * time.Hour,
	OfCode:       24 * time.Hour,
}

// Part is one who takes part in an attempt.
type Part struct {
	Role Role
	Who  Fingerprint
}

// Parts are those whose profiles an attempt is measured against and changes.
func (a Attempt) Parts() []Part {
	parts := []Part{{Role: OfShop}}
	if a.Subscriber != "" {
		parts = append(parts, a.part(a.Subscriber))
	}
	if a.Payee != "" && a.Payee != a.Subscriber {
		parts = append(parts, a.part(a.Payee))
	}
	if a.Device != 0 {
		parts = append(parts, Part{OfDevice, a.Device})
	}
	if a.Network != 0 {
		parts = append(parts, Part{OfNetwork, a.Network})
	}
	if a.Code != 0 {
		parts = append(parts, Part{OfCode, a.Code})
	}
	return parts
}

func (a Attempt) part(subscriber string) Part {
	return Part{OfSubscriber, FingerprintOf(a.Account, "subscriber", subscriber)}
}

// Profiles are the habits of those who take part; whoever is not in it has
// never been seen.
type Profiles map[Part]*Habits

// of gives the habits of a part, empty ones if there are none.
func (p Profiles) of(part Part) *Habits {
	if found := p[part]; found != nil {
		return found
	}
	return &Habits{}
}

// age brings the tallies to an instant. The answer is what is left of something
// that happened at that instant: less than all if it is older than the profile.
func (h *Habits) age(to time.Time) fading {
	if h.First.IsZero() {
		h.First = to
	}
	if to.Before(h.Last) {
		return fade(h.Last.Sub(to))
	}
	if h.Last.IsZero() {
		h.Last = to
	}
	f := fade(to.Sub(h.Last))
	for _, tally := range h.tallies() {
		*tally = tally.after(f)
	}
	h.Last = to
	return fading{1, 1, 1}
}

func (h *Habits) tallies() []*Tally {
	return []*Tally{&h.Tries, &h.Small, &h.Failed, &h.Paid, &h.Refunds, &h.Coupons, &h.WrongPINs, &h.Spent, &h.Received}
}

// small is how far below the usual amount an attempt is a small one.
const small = 0.15

// Try counts an attempt in the profile of one who takes part, before its
// outcome is known: a hundred at once are seen to be a hundred.
func (h *Habits) Try(part Part, a Attempt, shop Amounts) {
	f := h.age(a.At)
	if a.Kind == Payment || a.Kind == Transfer || a.Kind == TopUp {
		if !h.receives(part, a) {
			h.Tries.add(1, f)
			if typical := shop.typical(); typical > 0 && a.size() < small*typical {
				h.Small.add(1, f)
			}
		}
	}
	if a.Coupon {
		h.Coupons.add(1, f)
	}
	who := a.part(a.Subscriber).Who
	switch part.Role {
	case OfSubscriber:
		if part.Who == who {
			h.Devices.note(a.Device, a.At, false, mostDevices)
			h.Networks.note(a.Network, a.At, false, mostNetworks)
		}
	case OfDevice, OfNetwork, OfCode:
		if a.Subscriber != "" {
			h.People.note(who, a.At, false, mostPeople)
		}
		h.Devices.note(a.Device, a.At, false, mostDevices)
	}
}

// receives says whether part is the one to whom the money goes.
func (h *Habits) receives(part Part, a Attempt) bool {
	return part.Role == OfSubscriber && a.Payee != "" && part == a.part(a.Payee)
}

// Learn counts what became of an attempt.
func (h *Habits) Learn(part Part, a Attempt, outcome Outcome) {
	f := h.age(a.At)
	if outcome != Succeeded {
		h.fail(part, a, f)
		return
	}
	size := a.size()
	switch {
	case h.receives(part, a):
		h.Received.add(size, f)
		h.People.note(a.part(a.Subscriber).Who, a.At, true, mostPeople)
		return
	case a.Kind == Refund:
		h.Refunds.add(1, f)
		return
	case a.Kind == PIN:
		// An account of one's own must not help to guess the PINs of others.
		if part.Role == OfSubscriber {
			h.WrongPINs = Tally{Month: h.WrongPINs.Month}
		}
		return
	}
	if a.Kind == Payment {
		h.Paid.add(1, f)
	}
	if a.Kind != TopUp {
		h.Spent.add(size, f)
	}
	if part.Role == OfDevice || part.Role == OfNetwork {
		h.People.note(a.part(a.Subscriber).Who, a.At, true, mostPeople)
		return
	}
	h.learnAmount(a)
	h.learnHour(a.hour())
	if part.Role == OfSubscriber {
		h.learnCompany(a)
	}
}

func (h *Habits) fail(part Part, a Attempt, f fading) {
	if h.receives(part, a) {
		return
	}
	switch {
	case a.Kind == PIN:
		h.WrongPINs.add(1, f)
	case a.Kind != Refund:
		h.Failed.add(1, f)
	}
}

func (h *Habits) learnAmount(a Attempt) {
	if a.Kind == TopUp {
		return
	}
	if h.Amounts == nil {
		h.Amounts = map[string]Amounts{}
	}
	amounts, known := h.Amounts[a.Amount.Currency]
	if !known && len(h.Amounts) >= mostCurrencies {
		return
	}
	amounts.add(a.size())
	h.Amounts[a.Amount.Currency] = amounts
}

func (h *Habits) learnHour(hour int) {
	if len(h.Hours) != hoursOfWeek {
		h.Hours = make([]byte, hoursOfWeek)
	}
	if h.Hours[hour] == 255 {
		for i := range h.Hours {
			h.Hours[i] /= 2
		}
	}
	h.Hours[hour]++
}

// learnCompany remembers whom and what somebody paid with, and where.
func (h *Habits) learnCompany(a Attempt) {
	h.Devices.note(a.Device, a.At, true, mostDevices)
	h.Networks.note(a.Network, a.At, true, mostNetworks)
	if a.Payee != "" {
		h.Payees.note(a.part(a.Payee).Who, a.At, true, mostPayees)
	}
	if a.Place.Known() && !a.At.Before(h.PlaceAt) {
		h.Place, h.PlaceAt = a.Place, a.At
	}
}

const hoursOfWeek = 168
