package wechat

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
)

// Class says what to do about a refusal of WeChat's API.
type Class string

// The classes of refusals.
const (
	Retry          Class = "retry"          // busy or too fast: the same call later
	Reauthenticate Class = "reauthenticate" // the access token has ended: a new one
	Quota          Class = "quota"          // used up until tomorrow
	Window         Class = "window"         // the person has to write first
	Gone           Class = "gone"           // the person does not follow, or never did
	Misconfigured  Class = "misconfigured"  // app id, secret or allowed addresses
	Permanent      Class = "permanent"      // this call will never be taken
)

// The codes with a meaning of their own (platform document: "Global return
// codes"). All others are Permanent.
const (
	codeBusy             = -1
	codeCredential       = 40001
	codeAppID            = 40013
	codeSecret           = 40125
	codeAddress          = 40164
	codeAccountType      = 40200
	codeQuota            = 45009
	codeNotGranted       = 48001
	codeMassQuota        = 45028
	codeNoMenu           = 46003
	codeMinuteQuota      = 45011
	codeNoSuchUser       = 40003
	codeUnknownUser      = 46004
	codeNotFollowing     = 43004
	codeNotFollowing2    = 50005
	codeWindow           = 45015
	codeWindowCount      = 45047
	codeTokenInvalid     = 40014
	codeTokenEnded       = 42001
	codeAPIRestricted    = 48004
	codeAccountSuspended = 50002
)

var classes = map[int]Class{
	codeBusy: Retry, codeMinuteQuota: Retry,
	codeCredential: Reauthenticate, codeTokenInvalid: Reauthenticate, codeTokenEnded: Reauthenticate,
	codeQuota: Quota, codeMassQuota: Quota,
	codeWindow: Window, codeWindowCount: Window,
	codeNoSuchUser: Gone, codeUnknownUser: Gone, codeNotFollowing: Gone, codeNotFollowing2: Gone,
	codeAppID: Misconfigured, codeSecret: Misconfigured, codeAddress: Misconfigured,
}

// Error is a refusal of WeChat's API.
type Error struct {
	Call    string // path of the call
	Code    int    // errcode
	Message string // errmsg, whose "rid" WeChat's support asks for
}

// Error is for logs; it holds no secret.
func (e *Error) Error() string {
	return fmt.Sprintf("wechat %s: %d %s", e.Call, e.Code, e.Message)
}

// Class says what to do about it.
func (e *Error) Class() Class {
	if class, ok := classes[e.Code]; ok {
		return class
	}
	return Permanent
}

// The faults of testing a connection.
var (
	ErrUnreachable   = fault.New(fault.Unavailable, "wechat_unreachable", "WeChat can't be reached from this server. Check its connection to the internet.")
	ErrAppIDRefused  = fault.New(fault.Invalid, "wechat_app_id_refused", "WeChat does not know this app id.").In("app_id")
	ErrSecretRefused = fault.New(fault.Invalid, "wechat_secret_refused", "WeChat refuses this app secret. Copy it again, or reset it in WeChat's settings.").In("secret")
	ErrQuotaUsedUp   = fault.New(fault.Limited, "wechat_quota", "WeChat's daily limit for this call is used up. Try again tomorrow.")
	ErrBusy          = fault.New(fault.Unavailable, "wechat_busy", "WeChat is busy. Try again in a minute.")
	ErrRestricted    = fault.New(fault.Forbidden, "wechat_restricted", "WeChat has not granted this account the right to do that, or has taken it away.")
)

// fault says in words what the refusal of a token means.
func (e *Error) fault() error {
	switch e.Code {
	case codeAppID:
		return ErrAppIDRefused.Because(e)
	case codeCredential, codeSecret:
		return ErrSecretRefused.Because(e)
	case codeAddress:
		return fault.New(fault.Forbidden, "wechat_address",
			"WeChat does not allow calls from this server. Add {0} to the IP allow-list in WeChat's settings.", e.address()).Because(e)
	case codeQuota:
		return ErrQuotaUsedUp.Because(e)
	case codeBusy, codeMinuteQuota:
		return ErrBusy.Because(e)
	case codeNotGranted, codeAPIRestricted, codeAccountSuspended:
		return ErrRestricted.Because(e)
	}
	return fault.New(fault.Unavailable, "wechat_refused", "WeChat refused with code {0}.", e.Code).Because(e)
}

// address finds our own address in "invalid ip 203.0.113.7 ..., not in whitelist".
func (e *Error) address() string {
	for _, word := range strings.FieldsFunc(e.Message, func(c rune) bool { return c == ' ' || c == ',' }) {
		if address, err := netip.ParseAddr(word); err == nil {
			return address.Unmap().String()
		}
	}
	return "this server's public address"
}

// sendError translates a refusal for the outbox.
func (e *Error) sendError(now time.Time) *message.SendError {
	failed := &message.SendError{Class: message.Permanent, Text: "WeChat does not take this message.", Cause: e}
	switch e.Class() {
	case Retry:
		failed.Class, failed.Text, failed.RetryAfter = message.RetryLater, "WeChat is busy.", time.Minute
	case Reauthenticate, Misconfigured:
		// The message is fine; somebody has to correct the connection first.
		failed.Class, failed.RetryAfter = message.RetryLater, 10*time.Minute
		failed.Text = "WeChat does not accept this connection. Test it in the settings."
	case Quota:
		failed.Class, failed.RetryAfter = message.RetryLater, untilTomorrow(now)
		failed.Text = "The account's daily limit at WeChat is used up."
	case Window:
		failed.Class, failed.Text = message.WindowClosed, "WeChat allows a message only after the person has written again."
	case Gone:
		failed.Class, failed.Text = message.Gone, "The person does not follow the account any more."
	}
	if e.Code == codeNotGranted {
		failed.Text = "WeChat lets only verified accounts send messages outside an answer."
	}
	return failed
}

// untilTomorrow is the time left until WeChat's day ends, midnight in Beijing.
func untilTomorrow(now time.Time) time.Duration {
	local := now.In(beijing)
	year, month, day := local.Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, local.Location()).Sub(local)
}
