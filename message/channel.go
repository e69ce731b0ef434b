package message

import (
	"context"
	"errors"
	"net/url"
	"time"
)

// Request is one webhook call as it arrived, freed from any HTTP library.
type Request struct {
	Method string
	Query  url.Values
	Header map[string][]string // canonical names, as in net/http
	Body   []byte
	At     time.Time // when it arrived, by our clock
}

// Received is a webhook call that a channel has verified and decoded.
type Received struct {
	Inbound []Inbound
	// Echo answers a platform's verification call, as it is. When set there is
	// no Inbound.
	Echo string
	// Checkout is a payment inside the messenger that the call tells of, or asks
	// about; with a question there is no Inbound.
	Checkout *Checkout
	// Language of the payer who waits for a word about Checkout, if known.
	Language string
	// Context is what the channel needs to render the answer to this very call
	// (mode, key, nonce). Only the channel that made it looks inside.
	Context any
}

// Response is what the webhook call is answered with.
type Response struct {
	Status      int
	ContentType string
	Body        []byte
	// Written, if there is one, has to be called when the response has gone out:
	// messages that waited and went along count as sent from then on.
	Written func(context.Context) `json:"-"`
}

// SendClass says what a failed send means for the message.
type SendClass string

// The classes. Anything that is not a *SendError counts as Uncertain, because
// nobody knows whether the platform took the message.
const (
	// RetryLater: the platform surely did not take it; the same call with the
	// same key may succeed later. With RetryAfter the platform asks the whole
	// account to wait (a rate limit, a quota that is used up): nothing goes out on
	// this connection until then, and more slowly afterwards. Without, the
	// platform has a bad moment (it can't be reached, a server error): when that
	// repeats itself, the connection rests and is tried again with one message.
	RetryLater SendClass = "retry"
	// Refused: the platform does not take the account's credentials, even fresh
	// ones. It did not take the message; all messages wait for the connection to
	// be corrected.
	Refused SendClass = "refused"
	// WindowClosed: the platform allows no message to this person now; it opens
	// again when they write.
	WindowClosed SendClass = "window_closed"
	// Gone: the person blocked or left the account, or does not exist.
	Gone SendClass = "gone"
	// MassQuota: no more mass sends are allowed now; single messages may go.
	MassQuota SendClass = "mass_quota"
	// Permanent: this message will never be accepted (bad content, no right).
	Permanent SendClass = "permanent"
	// Uncertain: the platform may have taken it (time-out after sending) and
	// has no key that would make a repetition safe.
	Uncertain SendClass = "uncertain"
)

// SendError is how a channel's Send fails.
type SendError struct {
	Class SendClass
	// Text says it in words a merchant understands, without secrets or content.
	Text string
	// RetryAfter is how long to wait before this account calls again, when it
	// called too often; zero for every other failure.
	RetryAfter time.Duration
	Cause      error
}

// ErrReplyToken: the platform does not take this reply token, because it was
// used or its time is over. Nothing was sent by the call that ends so.
var ErrReplyToken = errors.New("message: reply token used or ended")

// Error is for logs.
func (e *SendError) Error() string {
	text := "send: " + string(e.Class) + ": " + e.Text
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the cause.
func (e *SendError) Unwrap() error { return e.Cause }

// Allowance is how many messages, for how long, a platform lets an account send
// to a person because of something they did. The zero Allowance is none.
type Allowance struct {
	Messages int
	For      time.Duration
}

// Report is what a platform tells later of a message that it took.
type Report struct {
	Key       string // the one that the message was sent under
	Delivered bool   // otherwise it failed
	Reason    string // in words
	// Mass is the end of a mass send; then the two before do not count.
	Mass *MassResult
}

// Follower is what a platform tells of somebody who follows.
type Follower struct {
	User     string
	Follows  bool
	Since    time.Time // zero: not known
	Remark   string    // the members' own name for them
	Tags     []string
	Language string // the platform's tag of it
	Scene    string // of the code they came by
}

// Usage is how often a platform's call was made today, or in the time that Call
// names.
type Usage struct {
	Call  string // as the platform names it
	Used  int64  // by us
	Limit int64  // in the same time; 0: none, or not known
	// Told: Limit and Spent are what the platform says. Spent counts all who call
	// for the account.
	Told  bool
	Spent int64
}
