// Package simulate makes labelled attempts: what thousands of people with
// habits do in shops of several kinds over two months, and among it nine kinds
// of fraud. The same seed makes the same attempts. It is how the risk engine is
// trained and, on seeds that nobody has tuned anything on, measured.
//
// Normal behaviour is made to be hard to tell from fraud: people change phones,
// share them in a family, travel by plane, forget PINs, work at night, send
// large gifts to many new payees on a feast day, give back much of what they
// buy, and use up their balance.
package simulate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"plaza/money"
	"plaza/shop/pay/risk"
)

// Seeds: the prior was trained on the first, rules, features and thresholds
// were chosen by looking at the second, figures come from the third alone.
var (
	TrainingSeeds   = []uint64{1, 2, 3, 4}
	ValidationSeeds = []uint64{11, 12}
	TestSeeds       = []uint64{101, 102, 103}
)

// Event is an attempt and what is true of it.
type Event struct {
	risk.Attempt
	// Pattern of fraud; empty: it is genuine.
	Pattern Pattern
	// Episode numbers the frauds: all attempts of one belong together.
	Episode int
	// Uncounted attempts belong to a fraud but are made in good faith, such as
	// a victim's transfer to a mule: neither side of the figures has them.
	Uncounted bool
	// Fails by itself: the provider refuses, the PIN is wrong.
	Fails bool
	// Proves: whoever it is passes a step-up.
	Proves bool
}

// Size is how large a world is.
type Size struct {
	People   int // of each shop
	Days     int
	Episodes int // of each pattern in each shop
}

// StandardSize is the world that figures are told of.
var StandardSize = Size{People: 700, Days: 60, Episodes: 6}

// begin is the first day: a Monday.
var begin = time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)

// shop is a kind of merchant.
type shop struct {
	name     string
	currency string
	amount   float64 // the usual one, in main units
	spread   float64 // of its logarithm
	visits   float64 // of a customer in a day
	hours    [2]float64
	weekend  float64 // how much more on Saturdays and Sundays
	counter  float64 // share of payments at the counter
	city     [2]float64
}

var shops = []shop{
	{"convenience", "KRW", 6800, 0.6, 0.55, [2]float64{6, 25}, 1.0, 0.7, [2]float64{37.5, 127.0}},
	{"cafe", "CNY", 26, 0.4, 0.4, [2]float64{8, 21}, 1.2, 0.6, [2]float64{31.2, 121.5}},
	{"clinic", "CNY", 180, 0.8, 0.06, [2]float64{8, 18}, 0.2, 0.5, [2]float64{39.9, 116.4}},
	{"boutique", "KRW", 68000, 0.8, 0.12, [2]float64{10, 23}, 2.0, 0.3, [2]float64{35.2, 129.1}},
	{"bar", "CNY", 140, 0.6, 0.18, [2]float64{19, 28}, 2.2, 0.8, [2]float64{22.5, 114.1}},
}

// world is one shop with its customers.
type world struct {
	*rand.Rand
	shop
	size    Size
	account string
	people  []*person
	events  []Event
	number  int
	episode *int
	mobile  []risk.Fingerprint // the carriers' networks, which everybody shares
	offices []risk.Fingerprint
}

// person has habits.
type person struct {
	id       string
	joins    time.Time
	perDay   float64
	hours    [2]float64 // favourite ones
	mean     float64    // of the logarithm of amounts
	spread   float64
	home     [2]float64
	nets     []risk.Fingerprint
	device   risk.Fingerprint
	second   risk.Fingerprint // a tablet or a computer; 0: none
	newPhone time.Time        // when the device is changed; zero: never
	next     risk.Fingerprint
	friends  []*person
	trips    []trip
	gives    bool
	picky    bool
	forgets  bool
	night    bool
}

type trip struct {
	from, until time.Time
	to          [2]float64
	net         risk.Fingerprint
}

// Make makes the attempts of one seed, in the order of time.
func Make(seed uint64, size Size) []Event {
	var all []Event
	episode := 0
	for i, kind := range shops {
		w := &world{Rand: rand.New(rand.NewPCG(seed, uint64(i))), shop: kind, size: size,
			account: fmt.Sprintf("S%d-%s", seed, kind.name), episode: &episode}
		w.settle()
		w.live()
		w.attack()
		all = append(all, w.events...)
	}
	slices.SortStableFunc(all, func(a, b Event) int { return cmp.Compare(a.At.UnixNano(), b.At.UnixNano()) })
	return all
}

func (w *world) print(kind string) risk.Fingerprint {
	w.number++
	return risk.FingerprintOf(w.account, kind, fmt.Sprint(w.number))
}

func (w *world) chance(p float64) bool { return w.Float64() < p }

func (w *world) between(low, high float64) float64 { return low + w.Float64()*(high-low) }

// some is a whole number from low to high.
func (w *world) some(low, high int) int { return low + w.IntN(high-low+1) }

// settle makes the people.
func (w *world) settle() {
	for range 20 {
		w.mobile = append(w.mobile, w.print("mobile"))
		w.offices = append(w.offices, w.print("office"), w.print("office"))
	}
	for range w.size.People {
		w.people = append(w.people, w.born())
	}
	for i, p := range w.people {
		for range w.some(2, 6) {
			p.friends = append(p.friends, w.people[w.IntN(len(w.people))])
		}
		if w.chance(0.05) && i > 0 { // a family's tablet, or a child on a parent's phone
			p.second = w.people[w.IntN(i)].device
		}
	}
	for range 2 { // a computer that many use: a dormitory, a public library
		shared := w.print("device")
		for range w.some(5, 9) {
			w.people[w.IntN(len(w.people))].second = shared
		}
	}
}

func (w *world) born() *person {
	w.number++
	p := &person{
		id:     fmt.Sprintf("%s:webchat:p%d", w.account, w.number),
		joins:  begin.Add(-time.Hour),
		perDay: w.visits * math.Exp(w.NormFloat64()*0.6),
		mean:   math.Log(w.shop.amount) + w.NormFloat64()*0.4,
		spread: w.spread * w.between(0.6, 1.2),
		home:   [2]float64{w.city[0] + w.NormFloat64()*0.15, w.city[1] + w.NormFloat64()*0.15},
		device: w.print("device"),
		gives:  w.chance(0.12), picky: w.chance(0.04), forgets: w.chance(0.04), night: w.chance(0.04),
	}
	p.nets = []risk.Fingerprint{w.print("home"), w.mobile[w.IntN(len(w.mobile))], w.mobile[w.IntN(len(w.mobile))]}
	if w.chance(0.5) {
		p.nets = append(p.nets, w.offices[w.IntN(len(w.offices))])
	}
	if w.chance(0.2) {
		p.second = w.print("device")
	}
	for i := range p.hours {
		p.hours[i] = w.between(w.shop.hours[0], w.shop.hours[1])
	}
	if w.chance(0.4) {
		p.joins = w.moment(0, w.size.Days-1)
	}
	if w.chance(0.1) {
		p.newPhone, p.next = w.moment(3, w.size.Days), w.print("device")
	}
	if w.chance(0.08) {
		w.plan(p)
	}
	return p
}

// plan gives somebody a trip far away.
func (w *world) plan(p *person) {
	for range w.some(1, 2) {
		from := w.moment(5, w.size.Days-3)
		p.trips = append(p.trips, trip{from: from, until: from.Add(time.Duration(w.between(30, 150)) * time.Hour),
			to:  [2]float64{p.home[0] + w.between(-9, 9), p.home[1] + w.between(-9, 9)},
			net: w.print("hotel")})
	}
}

// moment is some time between two days.
func (w *world) moment(from, to int) time.Time {
	return begin.Add(time.Duration(w.between(float64(from), float64(to)) * 24 * float64(time.Hour)))
}

// at is a time of that day, in hours that may go past midnight.
func at(day int, hour float64) time.Time {
	return begin.AddDate(0, 0, day).Add(time.Duration(hour * float64(time.Hour)))
}

// hour draws one of the hours that a person likes.
func (w *world) hour(p *person) float64 {
	hour := p.hours[w.IntN(2)] + w.NormFloat64()*1.3
	if w.chance(0.12) {
		hour = w.between(w.shop.hours[0], w.shop.hours[1])
	}
	if p.night && w.chance(0.7) {
		hour = w.between(22, 29)
	}
	return hour
}

func (w *world) amount(logarithm float64) money.Amount {
	minor := math.Exp(logarithm)
	if w.currency == "CNY" {
		minor *= 100
	} else {
		minor = math.Round(minor/100) * 100
	}
	return money.Of(max(1, min(int64(minor), 100_000_000)), w.currency)
}

// with is an attempt of somebody at some time, as they usually make them.
func (w *world) with(p *person, kind risk.Kind, when time.Time) Event {
	w.number++
	e := Event{Proves: w.chance(0.97)}
	e.ID, e.Account, e.Kind, e.Subscriber = fmt.Sprintf("%s-%d", w.account, w.number), w.account, kind, p.id
	e.At, e.Method, e.Scene = when, "wallet", "phone"
	e.Amount = w.amount(p.mean + w.NormFloat64()*p.spread)
	e.Device = p.device
	switch {
	case !p.newPhone.IsZero() && when.After(p.newPhone):
		e.Device = p.next
	case p.second != 0 && w.chance(0.15):
		e.Device = p.second
	}
	e.Network = p.nets[w.IntN(len(p.nets))]
	place := p.home
	for _, t := range p.trips {
		if when.After(t.from.Add(3*time.Hour)) && when.Before(t.until) {
			place, e.Network = t.to, t.net
		}
	}
	if w.chance(0.6) {
		e.Place = risk.PlaceOf(place[0], place[1])
	}
	e.Balance = int64(float64(w.amount(p.mean).Minor) * math.Exp(w.between(0.8, 3.2)))
	if w.chance(0.05) { // used up
		e.Balance = e.Amount.Minor
	}
	e.Balance = max(e.Balance, e.Amount.Minor)
	return e
}

func (w *world) add(e Event) { w.events = append(w.events, e) }
