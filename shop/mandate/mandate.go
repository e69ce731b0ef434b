// Package mandate charges again: a merchant offers plans, a subscriber agrees to
// one, and each period of the mandate that comes of it is charged once, without
// the payer, until somebody calls it off. How money moves is the business of
// shop/pay.
//
// A mandate is a state machine over one document; mandate.go has its table. A
// period is written down under the mandate and its number before anything is
// asked for, and its payments are numbered by it, so that a period is charged
// once whoever crashes, and however many nodes look at it. What people are to
// hear is written in the update that makes it true (Mandate.Tell) and said
// afterwards. Recover does whatever is due: see worker.go.
package mandate

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// The faults of mandates.
var (
	ErrNoMandate = fault.New(fault.NotFound, "mandate_not_found", "There is no such subscription.")
	ErrOver      = fault.New(fault.Conflict, "mandate_over", "This subscription has ended.")
	ErrState     = fault.New(fault.Conflict, "mandate_state", "This is not possible with this subscription now.")
	ErrHave      = fault.New(fault.Conflict, "mandate_have", "You have this subscription already.")
	ErrChanged   = fault.New(fault.Conflict, "mandate_terms_changed", "The terms have changed meanwhile. Please look at them again.")
	ErrNoWay     = fault.New(fault.Conflict, "mandate_no_way", "There is no way of paying here that can charge again by itself.")
	ErrConsent   = fault.New(fault.Invalid, "mandate_consent", "Please agree to the terms first.")
)

// State of a mandate.
type State string

// The states. What leads where stands in transitions.
const (
	Agreeing State = "agreeing" // the terms are agreed to; the provider has not said yes yet
	Trial    State = "trial"    // free until the trial is over
	Active   State = "active"   // the period that runs is paid
	PastDue  State = "past_due" // a charge has failed and is tried again
	Leaving  State = "leaving"  // cancelled: runs until the end of what is paid, and is never charged again
	Ended    State = "ended"
)

var transitions = map[State][]State{
	Agreeing: {Trial, Active, Ended},
	Trial:    {Active, PastDue, Leaving, Ended},
	Active:   {PastDue, Leaving, Ended},
	PastDue:  {Active, Ended},
	Leaving:  {Ended},
	Ended:    {},
}

// May says whether one state leads to another.
func (s State) May(become State) bool { return slices.Contains(transitions[s], become) }

// Charged says whether a mandate in the state is charged when a period is due.
func (s State) Charged() bool { return s == Trial || s == Active || s == PastDue }

// Why a mandate has ended. The code of a fault is a reason too.
const (
	ByPayer    = "payer"     // the subscriber cancelled
	ByMember   = "member"    // a member cancelled
	Unpaid     = "unpaid"    // every try of a charge has failed
	AtProvider = "provider"  // called off with the provider
	Abandoned  = "abandoned" // never paid for
)

// Consent is what a subscriber has agreed to, as they have read it.
type Consent struct {
	Text     string    `bson:"text" json:"text"`
	Language string    `bson:"language" json:"language"`
	Wording  int       `bson:"wording" json:"wording"` // version of the sentence
	Terms    Terms     `bson:"terms" json:"terms"`
	At       time.Time `bson:"at" json:"at"`
	Device   string    `bson:"device,omitempty" json:"device,omitempty"` // the browser, as it names itself
}

// Charge is a period that is not settled yet.
type Charge struct {
	Amount   money.Amount `bson:"amount"`
	Credit   int64        `bson:"credit,omitempty"`   // that made it cheaper
	Attempt  int          `bson:"attempt"`            // of the payment that was last asked for; from 1
	Asked    bool         `bson:"asked"`              // and whether it is under way
	Failures int          `bson:"failures,omitempty"` // tries of the schedule that the provider refused
	FailedAt *time.Time   `bson:"failed_at,omitempty"`
	Next     time.Time    `bson:"next"`             // when to try
	ByPayer  bool         `bson:"by_payer"`         // this try was wished for, out of turn
	Reason   string       `bson:"reason,omitempty"` // code of the last refusal
}

// Mandate is a subscriber's permission to charge again.
type Mandate struct {
	ID       string         `bson:"_id" json:"id"`
	Account  string         `bson:"account" json:"-"`
	Person   message.Person `bson:"person" json:"-"`
	Payer    string         `bson:"payer" json:"subscriber"` // the person's id
	Plan     string         `bson:"plan" json:"plan"`
	Terms    Terms          `bson:"terms" json:"terms"`
	Consents []Consent      `bson:"consents" json:"consents"` // the newest is last
	Zone     string         `bson:"zone" json:"zone"`         // in which the days are counted
	Provider string         `bson:"provider,omitempty" json:"provider,omitempty"`
	Token    string         `bson:"token,omitempty" json:"-"` // the provider's name of it
	State    State          `bson:"state" json:"state"`
	Reason   string         `bson:"reason,omitempty" json:"reason,omitempty"`
	At       time.Time      `bson:"at" json:"at"`
	EndedAt  *time.Time     `bson:"ended_at,omitempty" json:"ended_at,omitempty"`

	// Number is the period that runs, or is being paid: 0 is a trial. From and
	// Until are its days. Start is when the period after Base began, which the
	// boundaries are counted from.
	Number int    `bson:"number" json:"number"`
	From   string `bson:"from" json:"from"`
	Until  string `bson:"until" json:"until"`
	Start  string `bson:"start" json:"-"`
	Base   int    `bson:"base" json:"-"`

	// Open is there until the period that runs is paid.
	Open *Charge `bson:"open,omitempty" json:"-"`
	// Worth is the price of the running period, Cost what of it credit has not paid,
	// and Payments what has paid for it and for what went before, as far as that is
	// not used up; the newest is last. Credit is what is left over of an earlier
	// plan. In minor units.
	Cost     int64    `bson:"cost" json:"-"`
	Worth    int64    `bson:"worth" json:"-"`
	Payments []string `bson:"payments,omitempty" json:"-"`
	Credit   int64    `bson:"credit" json:"credit"`

	// Reminded is the period whose charge has been announced, at RemindedAt.
	Reminded   int        `bson:"reminded" json:"-"`
	RemindedAt *time.Time `bson:"reminded_at,omitempty" json:"-"`

	Tell     []string `bson:"tell,omitempty" json:"-"`     // what is to be said
	Release  bool     `bson:"release,omitempty" json:"-"`  // to be called off with the provider
	Closing  bool     `bson:"closing,omitempty" json:"-"`  // the running period is to be given up
	GiveUp   *GiveUp  `bson:"give_up,omitempty" json:"-"`  // money to be given back
	Counted  Share    `bson:"counted" json:"-"`            // what the account's numbers hold of it
	Counting *Tally   `bson:"counting,omitempty" json:"-"` // and what is just being added
	Version  int64    `bson:"version" json:"-"`

	// Due is when Recover looks next; absent when there is nothing to do.
	Due *time.Time `bson:"due,omitempty" json:"-"`
}

// GiveUp is what is given back of what was not used up, of the newest payment
// first.
type GiveUp struct {
	Payments []string `bson:"payments"`
	Amount   int64    `bson:"amount"`
}

// PeriodState is where a period stands.
type PeriodState string

// The states.
const (
	Unsettled  PeriodState = "due"      // being charged
	Settled    PeriodState = "paid"     // or free
	NeverPaid  PeriodState = "unpaid"   // given up
	GivenBack  PeriodState = "refunded" // wholly
	PartlyBack PeriodState = "partly_refunded"
)

// Period is a part of a mandate that is paid at once.
type Period struct {
	ID       string       `bson:"_id" json:"-"` // account + ":" + Subject
	Account  string       `bson:"account" json:"-"`
	Subject  string       `bson:"subject" json:"-"` // of its payments
	Mandate  string       `bson:"mandate" json:"mandate"`
	Number   int          `bson:"number" json:"number"` // 0: the trial
	From     string       `bson:"from" json:"from"`
	Until    string       `bson:"until" json:"until"`
	Amount   money.Amount `bson:"amount" json:"amount"`
	State    PeriodState  `bson:"state" json:"state"`
	Payment  string       `bson:"payment,omitempty" json:"payment,omitempty"`
	Refunded int64        `bson:"refunded" json:"refunded"`
	PaidAt   *time.Time   `bson:"paid_at,omitempty" json:"paid_at,omitempty"`
	At       time.Time    `bson:"at" json:"at"`
}

var (
	plans    = store.Declare[Plan](store.Schema{Name: "plans", Indexes: []store.Index{{Fields: []string{"state", "-_id"}}}})
	mandates = store.Declare[Mandate](store.Schema{
		Name: "mandates",
		Indexes: []store.Index{
			{Fields: []string{"payer", "-_id"}},
			{Fields: []string{"state", "-_id"}},
			{Fields: []string{"plan", "-_id"}},
			{Fields: []string{"due"}, Across: true, Sparse: true},
		},
	})
	periods = store.Declare[Period](store.Schema{Name: "mandate_periods", KeyedByAccount: true,
		ShardKey: []string{"account", "_id"}, Indexes: []store.Index{{Fields: []string{"mandate", "-number"}}}})
)

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{plans.Schema(), mandates.Schema(), periods.Schema(), seats.Schema(), totals.Schema()}
}

// subjectOf is what the payments of a period are for: 26 letters and digits that
// only this period has.
func subjectOf(mandate string, number int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s:%d", mandate, number))
	return base32.StdEncoding.EncodeToString(sum[:])[:26]
}

// dates are the days of the running period.
func (m Mandate) dates() (from, until Date, err error) {
	if from, err = ParseDate(m.From); err == nil {
		until, err = ParseDate(m.Until)
	}
	return from, until, err
}

// zone is where the days are counted.
func (m Mandate) zone() *time.Location {
	zone, err := time.LoadLocation(m.Zone)
	if err != nil { // it was there when the mandate was made
		return time.UTC
	}
	return zone
}

// dueAt is the instant at which the running period is over.
func (m Mandate) dueAt() (time.Time, error) {
	_, until, err := m.dates()
	return until.In(m.zone()), err
}
