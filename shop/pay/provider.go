// Package pay takes payments and gives them back, whichever provider moves the
// money. Every effect outside is written down with its own number first, then
// done, then marked; a crash in between is finished by Recover with the same
// number.
//
// A payment is settled by whatever arrives first: the provider's notification,
// a query, or the answer to a confirmation, in any order and any number of
// times; it is settled once. Money that arrives for something no longer wanted
// (the order was cancelled, or paid twice) goes back by itself.
package pay

import (
	"context"
	"net/http"
	"time"

	"plaza/message"
	"plaza/money"
)

// Provider moves money: the wallet, WeChat Pay, Alipay, KakaoPay. It keeps no
// state of ours; it may be called again with the same numbers after a crash
// and must then have the effect once.
//
// Errors tell what is known. A *fault.Error of a kind other than Internal and
// Unavailable is a definite no: nothing has moved. Any other error means that
// the outcome is unknown; Query or QueryRefund will be asked.
type Provider interface {
	// Name is the provider's name in addresses and documents: "wallet".
	Name() string
	// Create announces a payment and returns what the buyer does next. Called
	// again with the same Charge (WeChat Pay hands out a fresh prepay_id).
	Create(ctx context.Context, charge Charge) (Step, error)
	// Confirm completes a payment that waits for our word: the buyer's yes for
	// the wallet, pg_token for KakaoPay's approve. Providers that need none
	// (WeChat Pay, Alipay) answer as Query does: a browser's word is no proof.
	Confirm(ctx context.Context, charge Charge, proof map[string]string) (Outcome, error)
	// Query asks what became of a payment. One the provider has not heard of
	// (Alipay's precreate before the scan) is Waiting.
	Query(ctx context.Context, charge Charge) (Outcome, error)
	// Close calls a payment off, so that no money can come any more. The answer
	// is Closed, or Paid when it came too late. One the provider has never
	// heard of is Closed. Repeatable.
	Close(ctx context.Context, charge Charge) (Outcome, error)
	// Refund gives money back. The same number twice refunds once; where the
	// platform has no such key (KakaoPay), QueryRefund is asked before a repeat.
	Refund(ctx context.Context, charge Charge, refund Refund) (RefundOutcome, error)
	// QueryRefund asks what became of a refund; RefundUnknown if the provider
	// has never heard of it.
	QueryRefund(ctx context.Context, charge Charge, refund Refund) (RefundOutcome, error)
	// Notification verifies and decodes what the provider posted to us.
	// Unverifiable ones are a definite fault. Providers that never notify
	// (KakaoPay, wallet) return ErrNoNotifications.
	Notification(ctx context.Context, account string, request Notification) (Notice, error)
}

// Providers may also be the following.
type (
	// Contracted is a provider that each account has a contract of its own with:
	// a merchant number and keys, as JSON. Every call brings it along.
	Contracted interface {
		// Fields are what a member copies from the provider's pages. Their texts
		// are "contract.<provider>.<field>" and "contract.<provider>.<field>.help".
		Fields() []message.Field
		// Validate says what is wrong, field by field, without asking the provider.
		Validate(contract []byte) error
		// Check asks the provider whether it knows us. Errors: a *fault.Error, whose
		// sentence a member reads, or any other.
		Check(ctx context.Context, account string, contract []byte) error
		// Takes says whether money of the currency can be asked for.
		Takes(currency string) bool
	}
	// Silent is a provider that never notifies us.
	Silent interface{ Silent() bool }
	// Picky is a provider that does not work alike in every browser.
	Picky interface {
		// Place says what a browser of this name (User-Agent) is to it.
		Place(agent string) Place
	}
	// Personal is a provider that, where the payer is in some place, moves the money
	// of the person whom the payment names and of nobody else.
	Personal interface {
		Personal(scene Scene) bool
	}
	// Counter is a provider whose app shows a payment code, which the merchant
	// scans at the counter.
	Counter interface {
		// Shows says whether a code is one of the provider's, by its digits alone.
		Shows(code string) bool
		// Take asks for the money of the payer who shows the code. Called again with
		// the same Charge and code it has its effect once. Waiting: the payer is
		// asked for a password just now; Query tells how it ended, and Close takes
		// the money back if it has come meanwhile.
		Take(ctx context.Context, charge Charge, code string) (Outcome, error)
	}
	// Recurring is a provider that charges again, without the payer, under a
	// mandate that a first payment has brought (Outcome.Mandate).
	Recurring interface {
		// ChargeMandate moves money under Charge.Mandate. It is called once for a
		// Charge; after a silence Query finds out, from the mandate too if need be.
		ChargeMandate(ctx context.Context, charge Charge) (Outcome, error)
		// EndMandate calls a mandate off. One that is over already is no error.
		EndMandate(ctx context.Context, contract []byte, mandate string) error
		// MandateStands says whether a mandate is still there: its payer may have
		// called it off with the provider, who need not tell us.
		MandateStands(ctx context.Context, contract []byte, mandate string) (bool, error)
		// TakesMandates says whether an account's contract covers mandates.
		TakesMandates(contract []byte) bool
	}
	// Marking is a Recurring that can't be asked for a charge by our number: what it
	// says of a mandate before a charge tells, by having changed, that the charge
	// was made. Clocks have no part in it.
	Marking interface {
		// MandateMark is what it says now. It is written down as Charge.Mark before
		// the charge.
		MandateMark(ctx context.Context, charge Charge) (string, error)
	}
	// Billing is a provider that gives out what it has booked on a day, as it
	// counts days, some hours after the day has ended.
	Billing interface {
		// Bills says how it counts days, and when a day's bill is out.
		Bills() BillTimes
		// Bill reads a day's bill line by line: a million of them never lie in memory
		// together. Lines are handed over only once the bill is known to be whole and
		// the provider's own. An error of each ends it. Errors: ErrNoBill.
		Bill(ctx context.Context, day BillDay, each func(BillLine) error) error
	}
)

// BillTimes is how a provider counts the days of its bills.
type BillTimes struct {
	// Zone of its clock; nil: the account's own.
	Zone *time.Location
	// Out says by cron, on that clock, when the bill of the day before is out.
	Out string
	// Kept is how long after its day a bill can be had.
	Kept time.Duration
}

// BillDay is a day whose bill is asked for, from its beginning to its end.
type BillDay struct {
	Account  string
	Contract []byte // the account's own with the provider, as JSON
	From, To time.Time
}

// BillLine is a line of a provider's bill: a payment or, with RefundNo, a
// refund.
type BillLine struct {
	TradeNo     string
	RefundNo    string
	ProviderRef string
	Amount      money.Amount // what moved, never negative
	Fee         money.Amount // what the provider keeps of it; negative when it gives a fee back
	At          time.Time
}

// Reversal stands for the number of a refund that is none: the payment was
// called off after its money had come (at the counter), so it never was paid
// here.
const Reversal = "REVERSED"

// Charge is a payment as its provider needs to know it.
type Charge struct {
	Account     string
	Contract    []byte // the account's own with the provider, as JSON; never logged
	TradeNo     string // ours: 28 letters and digits, unique for ever
	Amount      money.Amount
	Description string // what the buyer sees, at most 100 characters
	Payer       message.Person
	ProviderRef string // the provider's number of this payment, once known (tid, transaction_id)
	ExpiresAt   time.Time
	ReturnURL   string // where the browser comes back to
	NotifyURL   string // where the provider posts to
	Scene       Scene  // where the buyer is
	ClientIP    string // for providers that ask for it (WeChat Pay H5)
	At          time.Time
	Recurring   bool      // the payer is also asked for a mandate to charge again
	ApprovedAt  time.Time // when Approve last said yes; zero: never
	Mandate     string    // the mandate that it is charged under; empty: the payer is here
	Mark        string    // what a Marking provider said of the mandate before
}

// Scene is where the buyer pays, which decides between a provider's products.
type Scene string

// The scenes.
const (
	InMessenger Scene = "messenger" // inside the provider's own app (JSAPI)
	OnPhone     Scene = "phone"     // a phone's browser (H5, WAP)
	OnDesktop   Scene = "desktop"   // a screen to scan from (Native, precreate)
	AtCounter   Scene = "counter"   // the payer's own code is scanned (Counter)
)

// StepKind says what the buyer has to do to pay.
type StepKind string

// The steps.
const (
	ConfirmStep  StepKind = "confirm"  // say yes on our page; then Confirm
	RedirectStep StepKind = "redirect" // open URL
	ScanStep     StepKind = "scan"     // scan QR with the provider's app
	InvokeStep   StepKind = "invoke"   // the page calls the app with Parameters
	WaitStep     StepKind = "wait"     // nothing: a member of the account looks at it first
)

// Step is what the buyer does next.
type Step struct {
	Kind        StepKind          `bson:"kind" json:"kind"`
	URL         string            `bson:"url,omitempty" json:"url,omitempty"`
	QR          string            `bson:"qr,omitempty" json:"qr,omitempty"` // the text to draw as a QR code
	Parameters  map[string]string `bson:"parameters,omitempty" json:"parameters,omitempty"`
	ProviderRef string            `bson:"provider_ref,omitempty" json:"-"`
}

// Status is what a provider says about a payment.
type Status string

// The answers.
const (
	Waiting Status = "waiting" // not decided yet
	Success Status = "success" // the money is ours
	Failure Status = "failure" // it will not come
	Ended   Status = "ended"   // called off or timed out
)

// Outcome is what became of a payment.
type Outcome struct {
	Status      Status
	Amount      money.Amount // with Success: what was paid, before the provider's own coupons
	ProviderRef string
	Reason      string // with Failure: a stable code, for the merchant
	// Mandate is the provider's name of a permission to charge again that the
	// payer has given with this payment; empty for none. See Recurring.
	Mandate string
	// Payer is who has paid, where only the provider can know: whoever showed a
	// code of the wallet at the counter.
	Payer *message.Person
}

// RefundStatus is what a provider says about a refund.
type RefundStatus string

// The answers.
const (
	RefundUnknown RefundStatus = "unknown" // never heard of: ask for it again
	RefundWaiting RefundStatus = "waiting" // accepted, under way
	RefundHeld    RefundStatus = "held"    // ours alone: a member looks at it first
	RefundSuccess RefundStatus = "success"
	RefundFailure RefundStatus = "failure"
)

// RefundOutcome is what became of a refund.
type RefundOutcome struct {
	Status      RefundStatus
	ProviderRef string
	// Reason is the code of a fault that says why it failed or, with
	// RefundWaiting, what the merchant has to do for it; ReasonArgs are what stands
	// in the blanks of its sentence.
	Reason     string
	ReasonArgs []string
}

// Notification is an HTTP request of a provider, as it came, with the
// account's contract.
type Notification struct {
	Contract []byte
	Header   http.Header
	Query    map[string][]string
	Body     []byte
}

// Notice is a decoded notification: about a refund if RefundNo is set, about
// the payment otherwise. Reply is what the provider wants to hear when the
// notice has been taken ("success", 204, ...).
type Notice struct {
	TradeNo  string
	Outcome  Outcome
	RefundNo string
	Refund   RefundOutcome
	Reply    Reply
}

// Reply is an HTTP answer.
type Reply struct {
	Status      int
	ContentType string
	Body        string
}
