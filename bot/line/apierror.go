package line

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
)

// Error is a refusal of LINE's API.
type Error struct {
	Call    string // path of the call
	Status  int
	Message string
	// Property is the first field of the call that LINE minds, and Detail why.
	Property, Detail string
	// RequestID is what LINE's support asks for. Accepted is that of the call
	// that an earlier attempt with the same retry key was (status 409).
	RequestID, Accepted string
}

// Error is for logs; it holds no secret and no content.
func (e *Error) Error() string {
	text := fmt.Sprintf("line %s: %d %s", e.Call, e.Status, e.Message)
	if e.Property != "" || e.Detail != "" {
		text += fmt.Sprintf(" (%s: %s)", e.Property, e.Detail)
	}
	return text + ", request " + e.RequestID
}

const maxRefusal = 300 // bytes of a message that are kept

// outcome reads how a call of the SDK ended. The SDK gives the answer back along
// with its error, with the body to be read again. An answer that says that LINE
// has taken the call counts, even if the rest of it got lost.
func outcome(path string, response *http.Response, err error) error {
	if response == nil {
		if err == nil {
			return nil
		}
		return fmt.Errorf("line %s: %w", path, err)
	}
	if response.StatusCode/100 == 2 {
		return nil
	}
	refused := &Error{Call: path, Status: response.StatusCode,
		RequestID: response.Header.Get("X-Line-Request-Id"), Accepted: response.Header.Get("X-Line-Accepted-Request-Id")}
	var told struct {
		Message string `json:"message"`
		Details []struct {
			Message  string `json:"message"`
			Property string `json:"property"`
		} `json:"details"`
		Description string `json:"error_description"` // of the token's endpoint
	}
	if body, readErr := io.ReadAll(io.LimitReader(response.Body, maxAnswer)); readErr == nil && json.Unmarshal(body, &told) == nil {
		refused.Message, _ = message.Cut(told.Message+told.Description, maxRefusal, message.Bytes)
		if len(told.Details) > 0 {
			refused.Property, _ = message.Cut(told.Details[0].Property, maxRefusal, message.Bytes)
			refused.Detail, _ = message.Cut(told.Details[0].Message, maxRefusal, message.Bytes)
		}
	}
	_ = response.Body.Close()
	return refused
}

// says reports whether the refusal's text holds one of these words.
func (e *Error) says(words ...string) bool {
	text := strings.ToLower(e.Message)
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// busyPause is how long to wait after too many calls. LINE counts most of them
// by the second.
const busyPause = 2 * time.Second

// sendError translates the end of a sending call for the outbox: nil if LINE has
// taken the message (platform documents: "Status codes", "Retry failed API
// requests").
func sendError(err error) error {
	if err == nil {
		return nil
	}
	refused, ok := errors.AsType[*Error](err)
	if !ok {
		if unsent(err) {
			return &message.SendError{Class: message.RetryLater, Text: "LINE can't be reached.", Cause: err}
		}
		return &message.SendError{Class: message.Uncertain, Text: "LINE did not say whether it took the message.", Cause: err}
	}
	failed := &message.SendError{Class: message.Permanent, Text: "LINE does not take this message.", Cause: err}
	switch {
	case refused.Call == tokenPath && refused.Status < 500 && refused.Status != http.StatusTooManyRequests,
		refused.Status == http.StatusUnauthorized:
		failed.Class, failed.Text = message.Refused, "LINE does not accept this connection. Test it in the settings."
	case refused.Status == http.StatusConflict: // an earlier attempt was taken
		return nil
	case refused.Status == http.StatusBadRequest && refused.says("invalid reply token"):
		return message.ErrReplyToken
	case refused.Status == http.StatusBadRequest && (refused.says("failed to send messages") || refused.Property == "to" || strings.HasPrefix(refused.Property, "to[")),
		refused.Status == http.StatusNotFound:
		failed.Class, failed.Text = message.Gone, "LINE does not know this person, or they left the account."
	case refused.Status == http.StatusForbidden:
		failed.Text = "LINE has not granted this account the right to send that."
	case refused.Status == http.StatusTooManyRequests && refused.says("monthly limit", "target limit"):
		failed.Text = "The account's messages for this month are used up. A larger plan, or the next month, lets them go out."
	case refused.Status == http.StatusTooManyRequests:
		failed.Class, failed.Text, failed.RetryAfter = message.RetryLater, "LINE is busy.", busyPause
	case refused.Status >= 500 && refused.Call == tokenPath:
		failed.Class, failed.Text = message.RetryLater, "LINE is out of order."
	case refused.Status >= 500: // "there is a possibility that your message was delivered"
		failed.Class, failed.Text = message.Uncertain, "LINE did not say whether it took the message."
	}
	return failed
}

// asFault says in words what the end of a call means for a connection.
func asFault(c Credentials, err error) error {
	refused, ok := errors.AsType[*Error](err)
	if _, said := errors.AsType[*fault.Error](err); said || err == nil {
		return err
	}
	switch {
	case !ok:
		return ErrUnreachable.Because(err)
	case refused.Call == tokenPath && refused.Status < 500 && refused.Status != http.StatusTooManyRequests:
		return ErrIDRefused.Because(err)
	case refused.Status == http.StatusUnauthorized && c.Token != "":
		return ErrTokenRefused.Because(err)
	case refused.Status == http.StatusUnauthorized:
		return ErrIDRefused.Because(err)
	case refused.Status == http.StatusForbidden:
		return ErrForbidden.Because(err)
	case refused.Status == http.StatusTooManyRequests || refused.Status >= 500:
		return ErrBusy.Because(err)
	}
	return fault.New(fault.Unavailable, "line_refused", "LINE refused with status {0}.", refused.Status).Because(err)
}
