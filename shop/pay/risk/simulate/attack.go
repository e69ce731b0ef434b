package simulate

import (
	"fmt"
	"time"

	"plaza/shop/pay/risk"
)

// Pattern is a kind of fraud.
type Pattern string

// The nine patterns.
const (
	// Takeover: somebody has a subscriber's account on a device of their own
	// and spends. Three in ten are careful: one usual amount at a usual hour.
	Takeover Pattern = "takeover"
	// PINGuessing: many PINs of one subscriber, fast or an hour apart, or one
	// PIN each of many.
	PINGuessing Pattern = "pin_guessing"
	// CodeReplay: a photographed pay code is used elsewhere within its thirty
	// seconds, before or after its owner does.
	CodeReplay Pattern = "code_replay"
	// Ring: one subscriber's codes are shared among many devices and places, or
	// one device pays for many subscribers.
	Ring Pattern = "sharing_ring"
	// RefundAbuse: most of what somebody buys is given back, again and again.
	RefundAbuse Pattern = "refund_abuse"
	// Velocity: stolen means of payment are tried with small amounts, fast or a
	// few minutes apart; a large one follows.
	Velocity Pattern = "velocity_testing"
	// Mule: money of several victims comes in and goes on within hours.
	Mule Pattern = "mule"
	// Drain: at night a wallet is emptied to new payees and in the shop, mostly
	// from the owner's own phone.
	Drain Pattern = "off_hours_drain"
	// CouponAbuse: new subscribers are made for their welcome coupons, on one
	// device, or on one network with a device each.
	CouponAbuse Pattern = "coupon_abuse"
)

// Patterns lists the nine.
func Patterns() []Pattern {
	return []Pattern{Takeover, PINGuessing, CodeReplay, Ring, RefundAbuse, Velocity, Mule, Drain, CouponAbuse}
}

// attack plays every pattern as often as the size says.
func (w *world) attack() {
	plays := map[Pattern]func(time.Time) []Event{
		Takeover: w.takeOver, PINGuessing: w.guessPINs, CodeReplay: w.replayCode, Ring: w.share, RefundAbuse: w.abuseRefunds,
		Velocity: w.testVelocity, Mule: w.passOn, Drain: w.drain, CouponAbuse: w.abuseCoupons,
	}
	for _, pattern := range Patterns() {
		for range w.size.Episodes {
			*w.episode++
			for _, e := range plays[pattern](w.moment(8, w.size.Days-4)) {
				if e.Pattern == "" && !e.Uncounted {
					e.Pattern = pattern
				}
				if e.Pattern == "normal" {
					e.Pattern = ""
				}
				e.Episode = *w.episode
				w.add(e)
			}
		}
	}
}

// victim is somebody who has been there for a while.
func (w *world) victim(before time.Time) *person {
	for {
		if p := w.people[w.IntN(len(w.people))]; p.joins.Before(before.Add(-7 * 24 * time.Hour)) {
			return p
		}
	}
}

// stranger is somebody new, with a device of their own.
func (w *world) stranger(when time.Time) *person {
	p := w.born()
	p.joins, p.trips, p.newPhone, p.second = when, nil, time.Time{}, 0
	return p
}

func (w *world) minutes(low, high float64) time.Duration {
	return time.Duration(w.between(low, high) * float64(time.Minute))
}

func (w *world) takeOver(when time.Time) []Event {
	p := w.victim(when)
	device, network := w.print("device"), w.print("thief")
	place := risk.PlaceOf(w.city[0]+w.between(-8, 8), w.city[1]+w.between(-8, 8))
	careful := w.chance(0.3)
	var all []Event
	count := w.some(1, 5)
	if careful {
		count, when = 1, at(int(when.Sub(begin).Hours()/24), w.hour(p))
	}
	for range count {
		e := w.with(p, risk.Payment, when)
		e.Device, e.Network, e.Place, e.Proves = device, network, risk.Place{}, w.chance(0.25)
		if w.chance(0.5) {
			e.Place = place
		}
		if !careful {
			e.Amount = w.amount(p.mean + w.between(0.3, 2.2))
			e.Balance = max(e.Amount.Minor, int64(float64(e.Amount.Minor)*w.between(1, 3)))
		}
		if w.chance(0.4) {
			e.Kind, e.Payee = risk.Transfer, w.stranger(when).id
		}
		all = append(all, e)
		when = when.Add(w.minutes(1, 25))
	}
	return all
}

func (w *world) guessPINs(when time.Time) []Event {
	device, network := w.print("device"), w.print("thief")
	gap := [2]float64{0.1, 0.5}
	victims, each := 1, w.some(6, 30)
	switch w.IntN(3) {
	case 1:
		gap, each = [2]float64{30, 90}, w.some(6, 14)
	case 2:
		victims, each = w.some(8, 25), w.some(1, 2)
	}
	var all []Event
	for range victims {
		p := w.victim(when)
		own := victims == 1 && w.chance(0.2) // on the victim's own phone
		for range each {
			e := w.with(p, risk.PIN, when)
			e.Place, e.Fails, e.Proves = risk.Place{}, !w.chance(0.01), false
			if !own {
				e.Device, e.Network = device, network
			}
			all = append(all, e)
			when = when.Add(w.minutes(gap[0], gap[1]))
		}
	}
	return all
}

func (w *world) replayCode(when time.Time) []Event {
	p := w.victim(when)
	owners := w.with(p, risk.Payment, at(int(when.Sub(begin).Hours()/24), w.hour(p)))
	owners.Scene, owners.Code, owners.Place, owners.Pattern = "counter", w.print("code"), risk.PlaceOf(w.city[0], w.city[1]), "normal"
	thiefs := owners
	thiefs.ID += "t"
	thiefs.Pattern, thiefs.Proves = CodeReplay, false
	thiefs.Amount = w.amount(p.mean + w.between(-0.2, 1.6))
	thiefs.Balance = max(thiefs.Balance, thiefs.Amount.Minor)
	switch {
	case w.chance(0.5): // another shop in town
		thiefs.Place = risk.PlaceOf(w.city[0]+w.between(0.2, 0.6), w.city[1]+w.between(0.2, 0.6))
	case w.chance(0.5):
		thiefs.Place = risk.PlaceOf(w.city[0]+w.between(1, 5), w.city[1]+w.between(1, 5))
	}
	lag := time.Duration(w.between(2, 28)) * time.Second
	if w.chance(0.3) {
		lag = -lag
	}
	thiefs.At = owners.At.Add(lag)
	all := []Event{owners, thiefs}
	for w.chance(0.5) && len(all) < 6 { // they try it again
		again := thiefs
		again.ID, again.At = all[len(all)-1].ID+"t", all[len(all)-1].At.Add(time.Duration(w.between(3, 20))*time.Second)
		all = append(all, again)
	}
	return all
}

func (w *world) share(when time.Time) []Event {
	var all []Event
	if w.chance(0.5) { // one name on many devices
		p := w.victim(when)
		members := make([]*person, w.some(6, 14))
		for i := range members {
			members[i] = w.stranger(when)
		}
		for range w.some(15, 50) {
			m := members[w.IntN(len(members))]
			e := w.with(p, risk.Payment, when)
			e.Device, e.Network, e.Place, e.Proves = m.device, m.nets[0], risk.Place{}, w.chance(0.5)
			if w.chance(0.5) {
				e.Place = risk.PlaceOf(m.home[0], m.home[1])
			}
			all = append(all, e)
			when = when.Add(w.minutes(5, 240))
		}
		return all
	}
	device, network := w.print("device"), w.print("farm") // many names on one device
	for range w.some(8, 20) {
		p := w.stranger(when)
		if w.chance(0.3) {
			p = w.victim(when)
		}
		for range w.some(1, 3) {
			e := w.with(p, risk.Payment, when)
			e.Device, e.Network, e.Place, e.Proves = device, network, risk.Place{}, w.chance(0.5)
			all = append(all, e)
			when = when.Add(w.minutes(2, 90))
		}
	}
	return all
}

func (w *world) abuseRefunds(when time.Time) []Event {
	p := w.victim(when)
	var all []Event
	for range w.some(6, 14) {
		bought := w.with(p, risk.Payment, when)
		bought.Pattern = "normal"
		bought.Amount = w.amount(p.mean + w.between(0, 1.2))
		bought.Balance = max(bought.Balance, bought.Amount.Minor)
		all = append(all, bought)
		if w.chance(0.8) {
			back := bought
			back.ID, back.Kind, back.At, back.Pattern = bought.ID+"b", risk.Refund, when.Add(w.minutes(30, 1500)), RefundAbuse
			back.Device, back.Network, back.Place, back.Balance = 0, 0, risk.Place{}, 0
			all = append(all, back)
		}
		when = when.Add(w.minutes(120, 1400))
	}
	return all
}

func (w *world) testVelocity(when time.Time) []Event {
	gap := [2]float64{0.2, 1.5}
	if w.chance(0.35) {
		gap = [2]float64{3, 9}
	}
	p := w.stranger(when)
	perPerson := 1000
	if w.chance(0.3) {
		p = w.victim(when)
	} else if w.chance(0.5) {
		perPerson = w.some(2, 5) // a fresh name every few tries, on one device
	}
	device, network := w.print("device"), w.print("thief")
	count := w.some(12, 50)
	var all []Event
	for i := range count {
		if i%perPerson == perPerson-1 {
			p = w.stranger(when)
		}
		e := w.with(p, risk.Payment, when)
		e.Method, e.Device, e.Network, e.Place, e.Balance = "wechatpay", device, network, risk.Place{}, 0
		e.Amount = w.amount(p.mean - w.between(1.5, 4))
		e.Fails, e.Proves = w.chance(0.6), false
		if i == count-1 {
			e.Amount = w.amount(p.mean + w.between(1, 2.5))
		}
		all = append(all, e)
		when = when.Add(w.minutes(gap[0], gap[1]))
	}
	return all
}

func (w *world) passOn(when time.Time) []Event {
	mule := w.stranger(when.Add(-w.minutes(60, 60*24*6)))
	if w.chance(0.5) {
		mule = w.victim(when)
	}
	var all []Event
	for range w.some(3, 9) {
		from := w.victim(when)
		in := w.with(from, risk.Transfer, when)
		in.Payee, in.Uncounted = mule.id, true
		in.Amount = w.amount(from.mean + w.between(0.8, 2.4))
		in.Balance = max(in.Balance, int64(float64(in.Amount.Minor)*w.between(1, 2.5)))
		all = append(all, in)
		when = when.Add(w.minutes(5, 120))
		if len(all) < 2 || !w.chance(0.5) {
			continue
		}
		out := w.with(mule, risk.Transfer, when)
		out.Payee, out.Proves = w.stranger(when).id, true // the mule has their own PIN
		out.Amount = w.amount(from.mean + w.between(1.4, 2.8))
		out.Balance = int64(float64(out.Amount.Minor) * w.between(1, 1.3))
		all = append(all, out)
		when = when.Add(w.minutes(2, 40))
	}
	last := w.with(mule, risk.Transfer, when)
	last.Payee, last.Proves, last.Amount = w.stranger(when).id, true, w.amount(mule.mean+w.between(1.5, 3))
	last.Balance = int64(float64(last.Amount.Minor) * 1.05)
	return append(all, last)
}

func (w *world) drain(when time.Time) []Event {
	p := w.victim(when)
	for p.night {
		p = w.victim(when)
	}
	day := int(when.Sub(begin).Hours() / 24)
	when = at(day, w.between(25.5, 29.5))
	if w.shop.name == "bar" { // whose nights are days
		when = at(day, w.between(30, 34))
	}
	device := p.device
	if w.chance(0.3) {
		device = w.print("device")
	}
	balance := float64(w.amount(p.mean + w.between(1.5, 3.2)).Minor)
	var all []Event
	for range w.some(3, 8) {
		e := w.with(p, risk.Payment, when)
		e.Device, e.Proves = device, w.chance(0.3)
		e.Balance = max(1, int64(balance))
		e.Amount.Minor = max(1, int64(balance*w.between(0.2, 0.7)))
		balance -= float64(e.Amount.Minor)
		if w.chance(0.6) {
			e.Kind, e.Payee, e.Code, e.Scene = risk.Transfer, w.stranger(when).id, 0, "phone"
		}
		all = append(all, e)
		when = when.Add(w.minutes(1, 10))
	}
	return all
}

func (w *world) abuseCoupons(when time.Time) []Event {
	device, network := w.print("device"), w.print("farm")
	many := w.chance(0.35)
	var all []Event
	for i := range w.some(6, 20) {
		p := w.stranger(when)
		e := w.with(p, risk.Payment, when)
		e.ID = fmt.Sprintf("%s-c%d", e.ID, i)
		e.Coupon, e.Network, e.Device, e.Place, e.Proves = true, network, device, risk.Place{}, w.chance(0.7)
		if many {
			e.Device = p.device
		}
		e.Amount = w.amount(p.mean - w.between(0, 1.2))
		e.Balance = e.Amount.Minor
		all = append(all, e)
		when = when.Add(w.minutes(3, 240))
	}
	return all
}
