package wechat

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
)

// Error is a refusal of WeChat's API.
type Error struct {
	Call    string // path of the call
	Code    int    // errcode
	Message string // errmsg, whose "rid" WeChat's support asks for

	answer []byte // the whole of it, where something else is of use
}

// Error is for logs; it holds no secret.
func (e *Error) Error() string {
	return fmt.Sprintf("wechat %s: %d %s", e.Call, e.Code, e.Message)
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
	case codeNotGranted, 48003, codeAPIRestricted, codeAccountSuspended:
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
	class := e.Class()
	failed := &message.SendError{Class: sendClasses[class], Text: "WeChat does not take this message.", Cause: e}
	if reason, ok := reasons[e.Code]; ok {
		failed.Text = reason
	}
	switch class {
	case Retry:
		failed.Text = "WeChat is busy."
		if e.Code == codeMinuteQuota {
			failed.Text, failed.RetryAfter = "The account calls WeChat too often.", time.Minute
		}
	case Reauthenticate, Misconfigured:
		// The message is fine; somebody has to correct the connection first.
		failed.Text = "WeChat does not accept this connection. Test it in the settings."
	case Quota:
		failed.Text, failed.RetryAfter = "The account's daily limit at WeChat is used up.", untilTomorrow(now)
	case Window:
		failed.Text = "WeChat allows a message only after the person has written again."
	case Gone:
		failed.Text = "The person does not follow the account any more, or wants no messages from it."
	}
	return failed
}

// untilTomorrow is the time left until WeChat's day ends, midnight in Beijing.
func untilTomorrow(now time.Time) time.Duration {
	local := now.In(beijing)
	year, month, day := local.Date()
	return time.Date(year, month, day+1, 0, 0, 0, 0, local.Location()).Sub(local)
}
