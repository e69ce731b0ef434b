package alimtalk

import (
	"context"
	"time"
)

// Access is an account's access to its dealer.
type Access struct {
	AppKey    string `json:"dealer_app_key,omitempty"`
	SecretKey string `json:"dealer_secret,omitempty"`
	// SenderKey names the channel at the dealer's (발신 프로필 키), 40 characters.
	SenderKey string `json:"sender_key,omitempty"`
	// Signature is what the dealer's webhook carries, chosen by the merchant.
	Signature string `json:"dealer_signature,omitempty"`
	// SMSNumber, when set, is the number from which the dealer sends a notice as
	// a short message if KakaoTalk can't show it.
	SMSNumber string `json:"sms_number,omitempty"`
}

// Complete says whether notices can be sent.
func (a Access) Complete() bool { return a.AppKey != "" && a.SecretKey != "" && a.SenderKey != "" }

// Dealer sends notices for Kakao. Its calls may be repeated with the same key.
type Dealer interface {
	// Templates are all of the sender's. Errors: a *fault.Error, or any other
	// where no answer came.
	Templates(ctx context.Context, access Access) ([]Template, error)
	// Send hands over up to MaxTogether notices by one template, and says of each
	// what the dealer said. key is that of the call. Errors: *Refused when the
	// dealer took none of them; anything else leaves all of them open.
	Send(ctx context.Context, access Access, key string, messages []Message) ([]Handed, error)
	// Find asks what was handed over under a key since then; no ticket if nothing.
	Find(ctx context.Context, access Access, key string, since time.Time) (Ticket, bool, error)
	// Result says what became of a notice.
	Result(ctx context.Context, access Access, ticket Ticket) (Result, error)
}

// Message is a notice as the dealer needs it.
type Message struct {
	Key      string
	Template Template
	Phone    string
	Values   map[string]string
	// Fallback and Title are for what is sent where KakaoTalk can't show it.
	Fallback Fallback
	Title    string
}

// MaxTogether is how many notices one call hands over.
const MaxTogether = 1000

// Handed is what the dealer said of a notice: its ticket, or why it was refused.
type Handed struct {
	Ticket  Ticket
	Refused *Refused
}

// Ticket is the dealer's name of a notice.
type Ticket struct {
	Request  string `bson:"request" json:"request"`
	Sequence int    `bson:"sequence" json:"sequence"`
}

// Refused is a notice that a dealer did not take.
type Refused struct {
	Code int
	Text string
	// Busy: the same call may succeed later.
	Busy bool
}

// Error is for logs.
func (r *Refused) Error() string { return "dealer: " + r.Text }

// Result is what became of a notice.
type Result struct {
	State  Outcome
	Reason string // the dealer's own words
}

// Outcome of a notice.
type Outcome string

// The outcomes.
const (
	// Sending: written down, and not known to be with the dealer yet.
	Sending Outcome = "sending"
	// Accepted: the dealer has it.
	Accepted Outcome = "accepted"
	// Delivered: KakaoTalk has shown it.
	Delivered Outcome = "delivered"
	// Replaced: KakaoTalk could not show it, and a short message went instead.
	Replaced Outcome = "replaced"
	Failed   Outcome = "failed"
	// Lost: the dealer has never said what became of it.
	Lost Outcome = "lost"
)
