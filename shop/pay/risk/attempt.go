package risk

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"net/netip"
	"strconv"
	"time"

	"plaza/fault"
	"plaza/money"
)

// Kind is what is attempted.
type Kind string

// The kinds.
const (
	Payment  Kind = "payment"
	Transfer Kind = "transfer" // from one subscriber to another
	TopUp    Kind = "topup"
	Refund   Kind = "refund"
	PIN      Kind = "pin" // somebody types a PIN
)

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{Payment, Transfer, TopUp, Refund, PIN} }

// Valid says whether the kind exists.
func (k Kind) Valid() bool {
	switch k {
	case Payment, Transfer, TopUp, Refund, PIN:
		return true
	}
	return false
}

// ErrAttempt is the fault of an attempt that cannot be assessed.
var ErrAttempt = fault.New(fault.Invalid, "risk_attempt_invalid", "This attempt can't be assessed.")

// Attempt is somebody's wish to move money, before it moves. What is not known
// stays zero: a signal about it then says nothing.
type Attempt struct {
	// ID is the attempt's own number (a trade number, a refund number, a
	// transfer's key): asking twice is one attempt.
	ID         string
	Account    string
	Kind       Kind
	Subscriber string // who pays, sends, tops up, gets the refund or types the PIN
	Payee      string // the subscriber who receives a transfer; empty: the shop
	Amount     money.Amount
	// Balance is what the subscriber's wallet holds before; 0: not known, or no
	// wallet takes part.
	Balance int64
	Method  string // the provider: "wallet", "wechatpay"
	Scene   string // "messenger", "phone", "desktop", "counter"
	// Device and Network are fingerprints (see Fingerprint and NetworkOf).
	Device, Network Fingerprint
	// Address is the network address the attempt comes from. The Service makes
	// Network and Place of it and keeps nothing else of it.
	Address string
	// Code is the fingerprint of the pay code shown at the counter.
	Code Fingerprint
	// AtOnce says that nobody can wait: somebody stands at the counter with a
	// code that is good for a minute.
	AtOnce bool
	// Until is when the attempt is over by itself, so that nobody need look at it
	// any more; zero: never.
	Until time.Time
	// Coupon says that a coupon makes this cheaper.
	Coupon bool
	Place  Place
	// At is the time in the account's zone: what is late at night depends on it.
	At time.Time
}

// Check refuses attempts that make no sense. Errors: ErrAttempt.
func (a Attempt) Check() error {
	switch {
	case a.ID == "" || len(a.ID) > 400:
		return ErrAttempt.In("id")
	case a.Account == "":
		return ErrAttempt.In("account")
	case !a.Kind.Valid():
		return ErrAttempt.In("kind")
	case a.Subscriber == "" && a.Device == 0 && a.Code == 0:
		return ErrAttempt.In("subscriber")
	case a.Kind != PIN && (a.Amount.Minor <= 0 || !money.Known(a.Amount.Currency)):
		return ErrAttempt.In("amount")
	case a.At.IsZero():
		return ErrAttempt.In("at")
	case !a.Place.valid():
		return ErrAttempt.In("place")
	}
	return nil
}

// size is the amount in the currency's main unit: for comparing, not for
// counting money.
func (a Attempt) size() float64 {
	size, err := strconv.ParseFloat(a.Amount.Decimal(), 64)
	if err != nil {
		return 0
	}
	return size
}

// hour is the hour of the week, 0 to 167.
func (a Attempt) hour() int { return int(a.At.Weekday())*24 + a.At.Hour() }

// Fingerprint stands for something without telling it: equal things have equal
// fingerprints within one account. 0: not known.
type Fingerprint int64

// FingerprintOf makes the fingerprint of a device's id, a code, a subscriber.
// It differs between accounts, so profiles of two accounts cannot be joined.
func FingerprintOf(account, kind, value string) Fingerprint {
	if value == "" {
		return 0
	}
	sum := sha256.Sum256([]byte(account + "\x00" + kind + "\x00" + value))
	return Fingerprint(binary.LittleEndian.Uint64(sum[:8]) | 1)
}

// DeviceOf makes the fingerprint of a browser by the number that it keeps.
func DeviceOf(account, number string) Fingerprint { return FingerprintOf(account, "device", number) }

// String is a fingerprint as text; empty for one that is not known.
func (f Fingerprint) String() string {
	if f == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(f), 36)
}

// ReadFingerprint reads what String wrote; what is none is not known.
func ReadFingerprint(text string) Fingerprint {
	read, err := strconv.ParseUint(text, 36, 64)
	if err != nil {
		return 0
	}
	return Fingerprint(read)
}

// NetworkOf makes the fingerprint of the network of an address: its /24, or
// its /48 in IPv6. What is no address has none.
func NetworkOf(account, address string) Fingerprint {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return 0
	}
	bits := 48
	if parsed = parsed.Unmap(); parsed.Is4() {
		bits = 24
	}
	network, err := parsed.Prefix(bits)
	if err != nil {
		return 0
	}
	return FingerprintOf(account, "network", network.String())
}

// Place is where an attempt is made, in tenths of a degree (about ten
// kilometres): enough to tell that nobody travels that fast, too little to tell
// where somebody lives. The zero Place is not known.
type Place struct {
	Latitude  int16 `bson:"lat"`
	Longitude int16 `bson:"lon"`
}

// PlaceOf coarsens a position in degrees.
func PlaceOf(latitude, longitude float64) Place {
	return Place{int16(math.Round(latitude * 10)), int16(math.Round(longitude * 10))}
}

// Known says whether there is a place.
func (p Place) Known() bool { return p != Place{} }

func (p Place) valid() bool {
	return p.Latitude >= -900 && p.Latitude <= 900 && p.Longitude >= -1800 && p.Longitude <= 1800
}

// distance is the way between two places in kilometres, along the great circle.
func (p Place) distance(to Place) float64 {
	const earth, degree = 6371, math.Pi / 1800
	lat1, lat2 := float64(p.Latitude)*degree, float64(to.Latitude)*degree
	lat, lon := lat2-lat1, float64(to.Longitude-p.Longitude)*degree
	h := math.Pow(math.Sin(lat/2), 2) + math.Cos(lat1)*math.Cos(lat2)*math.Pow(math.Sin(lon/2), 2)
	return 2 * earth * math.Asin(math.Min(1, math.Sqrt(h)))
}

// Outcome is what became of an attempt.
type Outcome string

// The outcomes.
const (
	Succeeded Outcome = "succeeded" // the money moved; the PIN was right
	Failed    Outcome = "failed"    // refused by the provider, a wrong PIN, a failed step-up
	Stopped   Outcome = "stopped"   // we did not let it
)

// Label is what a member, or a complaint, later said of an attempt.
type Label string

// The labels.
const (
	Unlabelled Label = ""
	Genuine    Label = "genuine"
	Fraud      Label = "fraud"
)
