package telegram

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"plaza/message"
)

// Error is a refusal of the Bot API.
type Error struct {
	Method      string
	Code        int
	Description string // without what it quotes of the call
	RetryAfter  time.Duration
	MigrateTo   int64 // the id that the chat has now; zero if it has kept its own
}

// Error is for logs; it holds no token and nothing of the message.
func (e *Error) Error() string {
	return fmt.Sprintf("telegram %s: %d %s", e.Method, e.Code, e.Description)
}

const maxDescription = 200 // bytes that are kept

// quoted is what stands in quotes; the sign in "can't" begins none.
var quoted = regexp.MustCompile(`(^|[^A-Za-z])(?:'[^']*'|"[^"]*")`)

// withoutQuotes takes out what a description quotes of a message.
func withoutQuotes(description string) string {
	head, _ := message.Cut(quoted.ReplaceAllString(description, "$1'…'"), maxDescription, message.Bytes)
	return head
}

// says whether the description holds one of these words.
func (e *Error) says(words ...string) bool {
	description := strings.ToLower(e.Description)
	for _, word := range words {
		if strings.Contains(description, word) {
			return true
		}
	}
	return false
}

// aboutFile says whether it is a file that Telegram could not get or show; the
// rest of the message may be fine.
func (e *Error) aboutFile() bool {
	return e.Code == http.StatusRequestEntityTooLarge || e.Code == http.StatusBadRequest && e.says(
		"file identifier", "http url content", "http url specified", "web page content", "webpage_", "wrong type of", "photo_", "image_process",
		"file is too big", "file must be non-empty", "media_", "group send failed", "voice_messages_forbidden", "sticker", "document_invalid", "wrong file_id", "file_reference")
}

// sendError translates a refusal for the outbox (platform document: "Making
// requests", "ResponseParameters").
func (e *Error) sendError() *message.SendError {
	failed := &message.SendError{Class: message.Permanent, Text: "Telegram does not take this message.", Cause: e}
	switch {
	case e.Code == http.StatusTooManyRequests || e.Code == 420:
		failed.Class, failed.Text, failed.RetryAfter = message.RetryLater, "Telegram asks to send more slowly.", max(e.RetryAfter, time.Second)
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusNotFound:
		// The message is fine; somebody has to correct the connection first.
		failed.Class, failed.RetryAfter = message.RetryLater, 10*time.Minute
		failed.Text = "Telegram does not accept this connection. Test it in the settings."
	case e.Code == http.StatusConflict:
		failed.Class, failed.Text, failed.RetryAfter = message.RetryLater, "Telegram is busy with another program of this bot.", time.Minute
	case e.Code == http.StatusForbidden && e.says("can't initiate"):
		failed.Class, failed.Text = message.WindowClosed, "Telegram allows a message only after the person has written first."
	case e.Code == http.StatusForbidden && !e.says("to bots"),
		e.Code == http.StatusBadRequest && e.says("chat not found", "user not found", "peer_id_invalid", "user_deactivated", "input_user_deactivated"):
		failed.Class, failed.Text = message.Gone, "The person has blocked the bot or is not on Telegram any more."
	case e.Code >= http.StatusInternalServerError:
		failed.Class, failed.Text = message.Uncertain, "Telegram had a problem of its own and did not say whether it took the message."
	}
	return failed
}

// fault says in words what is wrong with a connection.
func (e *Error) fault() error {
	switch {
	case e.Code == http.StatusUnauthorized || e.Code == http.StatusNotFound:
		return ErrTokenRefused.Because(e)
	case e.Code == http.StatusTooManyRequests || e.Code >= http.StatusInternalServerError:
		return ErrBusy.Because(e)
	}
	return errRefused(e.Code).Because(e)
}

// asFault says in words why a call about the connection failed.
func asFault(err error) error {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.fault()
	}
	if err != nil {
		return ErrUnreachable.Because(err)
	}
	return nil
}

// failed says what a failed call means for the message.
func failed(err error) *message.SendError {
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.sendError()
	}
	if _, unsent := errors.AsType[*unsentError](err); unsent {
		return &message.SendError{Class: message.RetryLater, Text: "Telegram can't be reached.", Cause: err}
	}
	return &message.SendError{Class: message.Uncertain, Text: "Telegram did not say whether it took the message.", Cause: err}
}
