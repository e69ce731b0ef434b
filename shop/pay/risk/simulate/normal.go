package simulate

import (
	"math"
	"time"

	"plaza/shop/pay/risk"
)

// live lets everybody do what they usually do.
func (w *world) live() {
	for _, p := range w.people {
		for day := range w.size.Days {
			w.spend(p, day)
		}
		if p.gives {
			w.give(p)
		}
	}
	for day := range w.size.Days {
		for range w.poisson(float64(len(w.people)) * 0.004) {
			w.dine(w.people[w.IntN(len(w.people))], day)
		}
	}
}

// feast says how much more is bought on a day: two holiday weeks.
func feast(day int) float64 {
	if day >= 18 && day <= 23 || day >= 44 && day <= 49 {
		return 1.8
	}
	return 1
}

func (w *world) poisson(mean float64) int {
	limit, product, count := math.Exp(-mean), w.Float64(), 0
	for product > limit {
		product *= w.Float64()
		count++
	}
	return count
}

func (w *world) spend(p *person, day int) {
	mean := p.perDay * feast(day)
	if weekday := at(day, 0).Weekday(); weekday == time.Saturday || weekday == time.Sunday {
		mean *= w.weekend
	}
	first := true
	for range w.poisson(mean) {
		when := at(day, w.hour(p))
		if when.Before(p.joins) {
			continue
		}
		w.pay(p, when, first && when.Sub(p.joins) < 24*time.Hour && p.joins.After(begin))
		first = false
	}
	if w.chance(mean * 0.12) {
		when := at(day, w.hour(p))
		if when.After(p.joins) {
			topUp := w.with(p, risk.TopUp, when)
			topUp.Amount = w.amount(p.mean + w.between(1, 2.5))
			topUp.Balance, topUp.Fails = 0, w.chance(0.03)
			w.add(topUp)
		}
	}
}

// pay is a payment with what belongs to it: the PIN before, a second try after
// a failure, a refund later.
func (w *world) pay(p *person, when time.Time, welcome bool) {
	e := w.with(p, risk.Payment, when)
	if feast(int(when.Sub(begin).Hours()/24)) > 1 && w.chance(0.3) {
		e.Amount = w.amount(p.mean + w.between(0.4, 1.2))
		e.Balance = max(e.Balance, e.Amount.Minor)
	}
	e.Coupon = welcome && w.chance(0.5) || w.chance(0.02)
	if w.chance(w.counter) {
		e.Scene, e.Code = "counter", w.print("code")
		if !e.Place.Known() || !p.away(when) {
			e.Place = risk.PlaceOf(w.city[0], w.city[1])
		}
	}
	if w.chance(0.2) {
		w.typePIN(p, when.Add(-20*time.Second), e)
	}
	e.Fails = w.chance(0.02)
	w.add(e)
	switch {
	case e.Fails && w.chance(0.7):
		again := w.repeated(e, when.Add(time.Duration(w.between(20, 120))*time.Second))
		again.Fails = w.chance(0.2)
		w.add(again)
	case e.Code != 0 && w.chance(0.003): // scanned twice by the cashier
		twice := w.repeated(e, when.Add(2*time.Second))
		twice.Code = e.Code
		w.add(twice)
	case w.chance(refunding(p)):
		w.refund(e, when.Add(time.Duration(w.between(1, 120))*time.Hour))
	}
}

func (p *person) away(when time.Time) bool {
	for _, t := range p.trips {
		if when.After(t.from) && when.Before(t.until) {
			return true
		}
	}
	return false
}

func refunding(p *person) float64 {
	if p.picky {
		return 0.2
	}
	return 0.02
}

// repeated is the same attempt once more, with a code of its own.
func (w *world) repeated(e Event, when time.Time) Event {
	w.number++
	again := e
	again.ID, again.At = again.ID+"r", when
	if e.Code != 0 {
		again.Code = w.print("code")
	}
	return again
}

func (w *world) refund(of Event, when time.Time) {
	back := of
	back.ID, back.Kind, back.At, back.Fails = of.ID+"b", risk.Refund, when, false
	back.Device, back.Network, back.Code, back.Place, back.Balance, back.Coupon = 0, 0, 0, risk.Place{}, 0, false
	w.add(back)
}

// typePIN types the PIN, wrongly once in a while; some people forget theirs.
func (w *world) typePIN(p *person, when time.Time, like Event) {
	wrong := 0
	switch {
	case p.forgets && w.chance(0.25):
		wrong = w.some(2, 5)
	case w.chance(0.05):
		wrong = w.some(1, 2)
	}
	for i := range wrong + 1 {
		e := w.with(p, risk.PIN, when.Add(-time.Duration(wrong-i)*12*time.Second))
		e.Device, e.Network, e.Place, e.Fails = like.Device, like.Network, like.Place, i < wrong
		w.add(e)
	}
}

// give sends presents: on feast days to many, at other times to one.
func (w *world) give(p *person) {
	for _, eve := range []int{20, 46} {
		if eve >= w.size.Days || !w.chance(0.7) {
			continue
		}
		when := at(eve, w.between(17, 24))
		for range w.some(2, 9) {
			friend := w.people[w.IntN(len(w.people))]
			if w.chance(0.6) {
				friend = p.friends[w.IntN(len(p.friends))]
			}
			when = when.Add(time.Duration(w.between(1, 12)) * time.Minute)
			w.send(p, friend, when, w.between(0.7, 2.3))
		}
	}
	for range w.some(0, 3) {
		day := w.some(1, w.size.Days-1)
		w.send(p, p.friends[w.IntN(len(p.friends))], at(day, w.between(9, 24)), w.between(0.5, 2.5))
	}
}

// send is a transfer of more or less than what p usually pays, on a
// logarithmic scale.
func (w *world) send(p, to *person, when time.Time, more float64) {
	if p == to || when.Before(p.joins) || when.Before(to.joins) {
		return
	}
	e := w.with(p, risk.Transfer, when)
	e.Payee, e.Amount = to.id, w.amount(p.mean+more+w.NormFloat64()*0.3)
	e.Balance = max(e.Balance, int64(float64(e.Amount.Minor)*w.between(1.02, 4)))
	w.add(e)
}

// dine lets friends pay one of them their part of an evening, who sometimes
// passes it on at once.
func (w *world) dine(host *person, day int) {
	when := at(day, w.between(19, 25))
	for _, friend := range host.friends {
		when = when.Add(time.Duration(w.between(1, 20)) * time.Minute)
		w.send(friend, host, when, w.between(-0.3, 0.8))
	}
	if w.chance(0.3) {
		w.send(host, host.friends[0], when.Add(time.Duration(w.between(10, 300))*time.Minute), w.between(0.5, 1.6))
	}
}
