package message

import (
	"time"

	"plaza/fault"
)

// SignIn is what a page asks a platform about whoever has it open.
type SignIn struct {
	// Return is where the platform sends the person back to, absolute and the
	// same for everybody: some platforms compare it letter by letter.
	Return string
	// State comes back as it is; letters and digits.
	State string
	// Nonce stands in what the platform signs. Verifier is what only who asked
	// knows (RFC 7636); it takes part where the platform supports that.
	Nonce, Verifier string
	// Named asks for the person's name too, for which a platform may ask them.
	Named bool
	// Language of the platform's own question: a tag, or empty.
	Language string
}

// SignedIn is who has a page open, by a platform's word.
type SignedIn struct {
	User string // as in Inbound.User
	Name string // empty if the platform did not tell one
	// Once names a statement that a platform gave to the page itself; nobody
	// should be believed by it twice. It counts for nothing after Until.
	Once  string
	Until time.Time
}

// The faults of signing in on a platform.
var (
	ErrSignIn         = fault.New(fault.Unauthenticated, "page_sign_in_failed", "Signing in with your messenger did not work. Please try again.")
	ErrSignInDeclined = fault.New(fault.Forbidden, "page_sign_in_declined", "You have not let the page know who you are. You can go on without.")
	ErrSignInOff      = fault.New(fault.NotFound, "page_sign_in_off", "This account has not set up signing in with this messenger.")
	ErrSignInPlatform = fault.New(fault.Unavailable, "page_sign_in_platform", "Your messenger does not answer at the moment. Please try again.")
)

// PageSignature lets a page use a messenger's own script.
type PageSignature struct {
	AppID     string `json:"appId"`
	Timestamp int64  `json:"timestamp"`
	Nonce     string `json:"nonceStr"`
	Signature string `json:"signature"`
}
