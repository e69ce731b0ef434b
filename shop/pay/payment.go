package pay

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/store"
)

// The faults of payments.
var (
	ErrNoPayment       = fault.New(fault.NotFound, "payment_not_found", "There is no such payment.")
	ErrNoProvider      = fault.New(fault.Invalid, "payment_provider_unknown", "This way of paying is not available.")
	ErrNoNotifications = fault.New(fault.NotFound, "payment_no_notifications", "This way of paying sends no notifications.")
	ErrPaymentOver     = fault.New(fault.Conflict, "payment_over", "This payment is already over.")
	ErrNotPaid         = fault.New(fault.Conflict, "payment_not_paid", "Only what has been paid can be refunded.")
	ErrRefundTooMuch   = fault.New(fault.Conflict, "refund_too_much", "This is more than is left of the payment.")
	ErrRefundReused    = fault.New(fault.Conflict, "refund_number_reused", "This refund number was used for another amount.")
	ErrRefundNumber    = fault.New(fault.Invalid, "refund_number_invalid", "A refund number has 1 to 40 letters and digits.")
	ErrOutcomeOpen     = fault.New(fault.Unavailable, "payment_outcome_open", "We don't know yet whether this payment went through. Please look again in a moment.")
	ErrNoBill          = fault.New(fault.NotFound, "payment_no_bill", "The payment provider has no bill of this day yet.")
	ErrWrongAmount     = fault.New(fault.Conflict, "payment_amount_wrong", "The amount paid is not the amount asked for.")
)

// State of a payment.
type State string

// The states. What leads where stands in transitions.
const (
	Created State = "created" // written down; the provider may not know of it
	Pending State = "pending" // the provider knows; the buyer has not paid
	Paid    State = "paid"    // the money has come; refunds are counted apart
	Closing State = "closing" // being called off
	Closed  State = "closed"  // called off or timed out
	Failed  State = "failed"  // the provider said no
)

// transitions is the state machine. Money counts wherever it comes from: a
// payment that was closed or failed and is then paid all the same is Paid, and
// its owner decides that it goes back.
var transitions = map[State][]State{
	Created: {Pending, Paid, Closing, Closed, Failed},
	Pending: {Paid, Closing, Closed, Failed},
	Closing: {Paid, Closed},
	Closed:  {Paid},
	Failed:  {Paid},
	Paid:    {},
}

// before lists the states that may become to: the condition of an update.
func before(to State) []State {
	var from []State
	for state, next := range transitions {
		if slices.Contains(next, to) {
			from = append(from, state)
		}
	}
	slices.Sort(from)
	return from
}

// Final says whether nothing more is expected of a payment.
func (s State) Final() bool { return s == Paid || s == Closed || s == Failed }

// Purpose is what a payment is for, which decides who is told of it.
type Purpose string

// The purposes. Subject names the thing in its own collection.
const (
	ForOrder   Purpose = "order"   // Subject: the order
	ForTopUp   Purpose = "top_up"  // Subject: the top-up of a wallet
	ForCounter Purpose = "counter" // Subject: the sale at the counter
	ForMandate Purpose = "mandate" // Subject: the period of a mandate
	ForRequest Purpose = "request" // Subject: the request for payment
)

// Payment is money asked for and, perhaps, received.
type Payment struct {
	ID       string       `bson:"_id" json:"-"` // account + ":" + trade number
	Account  string       `bson:"account" json:"-"`
	TradeNo  string       `bson:"trade_no" json:"id"`
	Purpose  Purpose      `bson:"purpose" json:"purpose"`
	Subject  string       `bson:"subject" json:"subject"` // what is paid, by its id
	Provider string       `bson:"provider" json:"provider"`
	Amount   money.Amount `bson:"amount" json:"amount"`
	// Price is what was asked for, where that is in another currency than Amount.
	Price       *Price         `bson:"price,omitempty" json:"price,omitempty"`
	Description string         `bson:"description" json:"description"`
	Payer       message.Person `bson:"payer" json:"-"`
	State       State          `bson:"state" json:"state"`
	Reason      string         `bson:"reason,omitempty" json:"reason,omitempty"` // why it failed
	Step        Step           `bson:"step" json:"step"`
	ProviderRef string         `bson:"provider_ref,omitempty" json:"provider_ref,omitempty"`
	ReturnURL   string         `bson:"return_url,omitempty" json:"-"`
	NotifyURL   string         `bson:"notify_url,omitempty" json:"-"`
	Scene       Scene          `bson:"scene,omitempty" json:"-"`
	ClientIP    string         `bson:"client_ip,omitempty" json:"-"`
	Recurring   bool           `bson:"recurring,omitempty" json:"-"`
	Mandate     string         `bson:"mandate,omitempty" json:"-"` // that it brought, or is charged under
	Mark        string         `bson:"mark,omitempty" json:"-"`    // what the provider said of the mandate before
	Asked       bool           `bson:"asked,omitempty" json:"-"`   // the provider has been told to charge the mandate
	At          time.Time      `bson:"at" json:"at"`
	ExpiresAt   time.Time      `bson:"expires_at" json:"expires_at"`
	PaidAt      *time.Time     `bson:"paid_at,omitempty" json:"paid_at,omitempty"`
	Approved    *Approval      `bson:"approved,omitempty" json:"-"`

	// Refunded is the sum of refunds, those under way included: never more
	// than Amount, because it changes together with Refunds, in one update.
	Refunded int64             `bson:"refunded" json:"refunded"`
	Refunds  map[string]Refund `bson:"refunds" json:"refunds"` // by number

	// Guarded is what the guard said before any money could move; Willing, that
	// the payer has said yes while it was held.
	Guarded Guarded `bson:"guarded,omitempty" json:"guarded,omitempty"`
	Willing bool    `bson:"willing,omitempty" json:"-"`

	// Told: the owner knows that it is paid. Unwanted: and did not want it any
	// more, so the money goes back.
	Told     bool `bson:"told" json:"-"`
	Unwanted bool `bson:"unwanted,omitempty" json:"unwanted,omitempty"`

	// Due is when Recover looks next; absent when there is nothing to do.
	Due   *time.Time `bson:"due,omitempty" json:"-"`
	Tries int64      `bson:"tries" json:"-"` // looks without a change, for the back-off

	// Billed is the day of the provider's bill that the payment stands on,
	// "2026-05-04"; Fee is what the provider keeps of it, in minor units.
	Billed string `bson:"billed,omitempty" json:"billed,omitempty"`
	Fee    int64  `bson:"fee,omitempty" json:"fee,omitempty"`
	// RefundDays are the days, by UTC, on which refunds were made: what has an
	// index to find them by.
	RefundDays []string `bson:"refund_days,omitempty" json:"-"`
}

// Refund is money given back, wholly or in part.
type Refund struct {
	Number string `bson:"number" json:"number"`
	Amount int64  `bson:"amount" json:"amount"` // minor units of the payment's currency
	// OfPrice is how much of the payment's Price that is; 0 without one.
	OfPrice int64        `bson:"of_price,omitempty" json:"of_price,omitempty"`
	State   RefundStatus `bson:"state" json:"state"` // waiting, success or failure
	Memo    string       `bson:"memo,omitempty" json:"memo,omitempty"`
	// Reason is why it failed or, while it waits, what the merchant has to do for
	// it: the code of a fault, with what stands in its sentence's blanks.
	Reason      string     `bson:"reason,omitempty" json:"reason,omitempty"`
	ReasonArgs  []string   `bson:"reason_args,omitempty" json:"-"`
	ProviderRef string     `bson:"provider_ref,omitempty" json:"-"`
	At          time.Time  `bson:"at" json:"at"`
	MadeAt      *time.Time `bson:"made_at,omitempty" json:"made_at,omitempty"` // when it was known to have succeeded
	Told        bool       `bson:"told" json:"-"`                              // the owner knows how it ended
	Billed      string     `bson:"billed,omitempty" json:"billed,omitempty"`   // as a payment's
	Fee         int64      `bson:"fee,omitempty" json:"fee,omitempty"`         // negative: given back
}

// Made is when the money went back; for those of older versions, when it was
// asked for.
func (r Refund) Made() time.Time {
	if r.MadeAt == nil {
		return r.At
	}
	return *r.MadeAt
}

// For is what the payment is for. The first payments don't say so: they are for
// orders.
func (p Payment) For() Purpose { return cmp.Or(p.Purpose, ForOrder) }

// RefundsInOrder are the refunds in the order in which they were asked for.
func (p Payment) RefundsInOrder() []Refund {
	return slices.SortedFunc(maps.Values(p.Refunds), func(a, b Refund) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Number, b.Number))
	})
}

// GivenBack is the sum of refunds that have succeeded, of what was asked for.
func (p Payment) GivenBack() int64 {
	var sum int64
	for _, refund := range p.Refunds {
		if refund.State == RefundSuccess {
			sum += refund.AskedFor()
		}
	}
	return sum
}

// waits says whether something is left for Recover to do.
func (p Payment) waits() bool {
	if !p.State.Final() || (p.State == Paid && !p.Told) {
		return true
	}
	for _, refund := range p.Refunds {
		if !refund.Told {
			return true
		}
	}
	return false
}

var refundNumber = regexp.MustCompile(`^[A-Za-z0-9]{1,40}$`)

var payments = store.Declare[Payment](store.Schema{
	Name: "payments",
	Indexes: []store.Index{
		{Fields: []string{"subject"}},
		{Fields: []string{"trade_no"}, Across: true},
		{Fields: []string{"due"}, Across: true, Sparse: true},
		{Fields: []string{"paid_at"}, Sparse: true},
		{Fields: []string{"refund_days"}, Sparse: true},
	},
	Upgrades: []store.Upgrade{noteRefundDays},
})

// Schemas are the collections of this package, without the ledger's.
func Schemas() []*store.Schema {
	return []*store.Schema{payments.Schema(), habits.Schema(), contracts.Schema()}
}
