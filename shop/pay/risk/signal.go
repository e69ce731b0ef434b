package risk

import (
	"math"
	"slices"
	"time"
)

// Signal is one number about an attempt that a person can read and a rule can
// compare. Its texts are risk.signal.{signal} in the translations.
type Signal string

// The signals. "Recently" is a sum with a half-life of ten minutes, "today" of a
// day, "this month" of thirty days.
const (
	AmountSize      Signal = "amount"           // in the currency's main unit
	AmountUnusual   Signal = "amount_unusual"   // standard deviations above the subscriber's own
	AmountForShop   Signal = "amount_for_shop"  // standard deviations above the shop's
	TriesRecently   Signal = "tries_recently"   // of the subscriber
	TriesPace       Signal = "tries_pace"       // today's, in times of the subscriber's usual day
	SpendingPace    Signal = "spending_pace"    // today's money and this, in times of the usual day
	SmallRecently   Signal = "small_recently"   // attempts far below the shop's usual amount
	FailedRecently  Signal = "failed_recently"  // attempts that failed
	WrongPINs       Signal = "wrong_pins"       // of the subscriber, today
	DeviceNew       Signal = "device_new"       // 1: never used by the subscriber; halves daily
	NetworkNew      Signal = "network_new"      // the same of the network
	PayeeNew        Signal = "payee_new"        // the same of the payee of a transfer
	SubscriberNew   Signal = "subscriber_new"   // 1: never seen; halves every three days
	DevicesToday    Signal = "devices_today"    // other devices that used this subscriber's name in a day
	DevicePeople    Signal = "device_people"    // other subscribers on this device this month
	DeviceNewcomers Signal = "device_newcomers" // of them, those that came in the last three days
	DeviceTries     Signal = "device_tries"     // attempts on this device recently, by anybody
	DeviceWrongPINs Signal = "device_wrong_pins"
	DeviceCoupons   Signal = "device_coupons"  // attempts with coupons on this device this month
	NetworkCoupons  Signal = "network_coupons" // the same on this network today
	NetworkTries    Signal = "network_tries"   // attempts from this network recently, in times of its usual
	CodeUses        Signal = "code_uses"       // earlier attempts with this very pay code
	PayeeSenders    Signal = "payee_senders"   // people who first sent to this payee in three days
	PayeeOnDevice   Signal = "payee_on_device" // 1: the payee uses this very device
	PassThrough     Signal = "pass_through"    // share of what was just received that now goes on
	RefundsToday    Signal = "refunds_today"   // the subscriber's
	Refunds         Signal = "refunds"         // the same, this month
	RefundShare     Signal = "refund_share"    // of them in the payments of this month
	OddHour         Signal = "odd_hour"        // how rare this hour of the week is, in bits
	Speed           Signal = "speed"           // km/h between the last place and this
	BalanceShare    Signal = "balance_share"   // of the wallet that this and the last minutes take out
	WithCoupon      Signal = "coupon"          // 1: with a coupon
)

// SignalsInOrder lists the signals as they are shown.
func SignalsInOrder() []Signal {
	return []Signal{AmountSize, AmountUnusual, AmountForShop, TriesRecently, TriesPace, SpendingPace, SmallRecently,
		FailedRecently, WrongPINs, DeviceNew, NetworkNew, PayeeNew, SubscriberNew, DevicesToday, DevicePeople,
		DeviceNewcomers, DeviceTries, DeviceWrongPINs, DeviceCoupons, NetworkCoupons, NetworkTries, CodeUses,
		PayeeSenders, PayeeOnDevice, PassThrough, RefundsToday, Refunds, RefundShare, OddHour, Speed, BalanceShare, WithCoupon}
}

// Valid says whether the signal exists.
func (s Signal) Valid() bool { return slices.Contains(SignalsInOrder(), s) }

// Signals are what was measured. What is not in it is 0.
type Signals map[Signal]float64

// set keeps a value unless it says nothing, at three decimals: a document of
// them is small, and trying a rule later sees what was seen then.
func (s Signals) set(signal Signal, value float64) {
	if rounded := math.Round(value*1000) / 1000; rounded > 0 && !math.IsInf(rounded, 0) {
		s[signal] = rounded
	}
}

const day = 24 * time.Hour

// Measure compares an attempt with the profiles, which it leaves as they are.
func Measure(a Attempt, profiles Profiles) Signals {
	m := measuring{a: a, signals: make(Signals, 16)}
	own, shop := profiles.of(a.part(a.Subscriber)), profiles.of(Part{Role: OfShop})
	m.newcomer(own)
	m.pace(own)
	m.company(own)
	if a.Kind != PIN {
		m.amount(own, shop)
		m.time(own, shop)
	}
	if a.Device != 0 {
		m.device(profiles.of(Part{OfDevice, a.Device}))
	}
	if a.Network != 0 {
		m.network(profiles.of(Part{OfNetwork, a.Network}))
	}
	if a.Code != 0 {
		code := profiles.of(Part{OfCode, a.Code})
		m.signals.set(CodeUses, code.Tries.after(fade(a.At.Sub(code.Last))).Month)
	}
	if a.Kind == Transfer {
		m.transfer(own, profiles.of(a.part(a.Payee)))
	}
	return m.signals
}

// measuring is one attempt being measured.
type measuring struct {
	a       Attempt
	signals Signals
}

// now fades a tally to the time of the attempt.
func (m measuring) now(h *Habits, tally Tally) Tally {
	return tally.after(fade(m.a.At.Sub(h.Last)))
}

func (m measuring) newcomer(own *Habits) {
	if m.a.Subscriber == "" {
		return
	}
	if own.First.IsZero() {
		m.signals.set(SubscriberNew, 1)
		return
	}
	m.signals.set(SubscriberNew, math.Exp2(-m.a.At.Sub(own.First).Hours()/72))
}

func (m measuring) pace(own *Habits) {
	tries, age := m.now(own, own.Tries), m.a.At.Sub(own.First)
	m.signals.set(TriesRecently, tries.Short)
	if usual := tries.daily(age); tries.Day > 0 {
		m.signals.set(TriesPace, tries.Day/math.Max(1, usual*1.44)) // a day's half-life holds 1.44 days
	}
	m.signals.set(SmallRecently, m.now(own, own.Small).Short)
	m.signals.set(FailedRecently, m.now(own, own.Failed).Short)
	m.signals.set(WrongPINs, m.now(own, own.WrongPINs).Day)
	refunds, paid := m.now(own, own.Refunds), m.now(own, own.Paid)
	m.signals.set(RefundsToday, refunds.Day)
	m.signals.set(Refunds, refunds.Month)
	if refunds.Month > 0 {
		m.signals.set(RefundShare, math.Min(1, refunds.Month/(paid.Month+2)))
	}
	if m.a.Coupon {
		m.signals.set(WithCoupon, 1)
	}
}

func (m measuring) company(own *Habits) {
	a := m.a
	m.signals.set(DeviceNew, own.Devices.newness(a.Device, a.At, own.First))
	m.signals.set(NetworkNew, own.Networks.newness(a.Network, a.At, own.First))
	m.signals.set(DevicesToday, own.Devices.others(a.Device, a.At.Add(-day)))
	if !a.Place.Known() || !own.Place.Known() || a.Place == own.Place {
		return
	}
	// Cells are ten kilometres wide, so both ends may be half a cell nearer.
	if way := a.Place.distance(own.Place) - 15; way > 0 {
		hours := math.Max(a.At.Sub(own.PlaceAt).Hours(), 1.0/60)
		m.signals.set(Speed, math.Min(way/hours, 20000))
	}
}

func (m measuring) amount(own, shop *Habits) {
	a, size := m.a, m.a.size()
	mine, theirs := own.Amounts[a.Amount.Currency], shop.Amounts[a.Amount.Currency]
	m.signals.set(AmountSize, size)
	m.signals.set(AmountUnusual, mine.unusual(size, theirs))
	m.signals.set(AmountForShop, theirs.unusual(size, Amounts{}))
	if a.Kind == Refund || a.Kind == TopUp {
		return
	}
	spent := m.now(own, own.Spent)
	if a.Balance > 0 {
		had := size*float64(a.Balance)/float64(a.Amount.Minor) + spent.Short
		m.signals.set(BalanceShare, math.Min(1, (size+spent.Short)/had))
	}
	usual := math.Max(spent.daily(a.At.Sub(own.First))*1.44, theirs.typical())
	if usual > 0 {
		m.signals.set(SpendingPace, math.Min(1000, (spent.Day+size)/usual))
	}
}

// time tells how rare the hour is in the subscriber's week, which the shop's
// week stands in for until there is one.
func (m measuring) time(own, shop *Habits) {
	const borrowed = 12
	hour := m.a.hour()
	around, all := nearby(shop.Hours, hour)
	if all < 20 {
		return
	}
	usual := (around + 0.2) / (all + 0.2*hoursOfWeek)
	mine, total := nearby(own.Hours, hour)
	share := (mine + borrowed*usual) / (total + borrowed)
	m.signals.set(OddHour, math.Min(8, -math.Log2(share*hoursOfWeek)))
}

// nearby sums a week's histogram around an hour, with the hours beside it and
// the same hour of other days, because a week has too many hours to know each.
func nearby(hours []byte, hour int) (around, all float64) {
	if len(hours) != hoursOfWeek {
		return 0, 0
	}
	for i, count := range hours {
		all += float64(count)
		apart := ((i-hour)%24 + 24) % 24
		switch {
		case i == hour:
			around += 0.3 * float64(count)
		case apart == 0:
			around += 0.05 * float64(count)
		case apart == 1 || apart == 23:
			around += 0.2 / 7 * float64(count)
		}
	}
	return around, all
}

func (m measuring) device(device *Habits) {
	who := m.a.part(m.a.Subscriber).Who
	m.signals.set(DevicePeople, device.People.others(who, m.a.At.Add(-30*day)))
	m.signals.set(DeviceNewcomers, device.People.newcomers(who, m.a.At.Add(-3*day)))
	m.signals.set(DeviceTries, m.now(device, device.Tries).Short)
	m.signals.set(DeviceWrongPINs, m.now(device, device.WrongPINs).Day)
	m.signals.set(DeviceCoupons, m.now(device, device.Coupons).Month)
}

func (m measuring) network(network *Habits) {
	m.signals.set(NetworkCoupons, m.now(network, network.Coupons).Day)
	tries := m.now(network, network.Tries)
	const shortShare = 1.44 * 600.0 / 86400 // of a day that the short sum holds
	usual := math.Max(1, tries.daily(m.a.At.Sub(network.First))*shortShare)
	m.signals.set(NetworkTries, tries.Short/usual)
}

func (m measuring) transfer(own, payee *Habits) {
	a := m.a
	m.signals.set(PayeeNew, own.Payees.newness(a.part(a.Payee).Who, a.At, time.Unix(1, 0)))
	m.signals.set(PayeeSenders, payee.People.newcomers(a.part(a.Subscriber).Who, a.At.Add(-3*day)))
	if a.Device != 0 && payee.Devices.find(a.Device) != nil {
		m.signals.set(PayeeOnDevice, 1)
	}
	received := m.now(own, own.Received)
	// Only what is much for this person to receive: friends share a dinner.
	if usual := received.daily(a.At.Sub(own.First)); received.Day > 4*usual && received.Day > a.size()/2 {
		m.signals.set(PassThrough, math.Min(1, a.size()/received.Day))
	}
}
