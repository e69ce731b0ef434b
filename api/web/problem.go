package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"

	"plaza/fault"
	"plaza/store"
)

// Problem is an error outside: RFC 9457 problem details, with our stable code,
// the input field at fault, and an id that finds the line in the log.
type Problem struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail,omitempty"`
	Instance string `json:"instance,omitempty"`
	Code     string `json:"code"`
	Field    string `json:"field,omitempty"`
}

// ProblemMediaType is the content type of a Problem (RFC 9457, section 3).
const ProblemMediaType = "application/problem+json"

var statuses = map[fault.Kind]int{
	fault.Internal:        http.StatusInternalServerError,
	fault.Invalid:         http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.Conflict:        http.StatusConflict,
	fault.TooLarge:        http.StatusRequestEntityTooLarge,
	fault.Limited:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
}

// Status is the one place that maps a kind to an HTTP status.
func Status(kind fault.Kind) int { return statuses[kind] }

// ErrMethod answers a method that a route does not have. It is HTTP's own, so
// there is no kind for it.
var ErrMethod = fault.New(fault.Invalid, "method_not_allowed", "This address cannot be used in this way.")

func statusOf(public *fault.Error) int {
	if errors.Is(public, ErrMethod) {
		return http.StatusMethodNotAllowed
	}
	return Status(public.Kind)
}

// ErrInternal is what people see of our own mistakes.
var ErrInternal = fault.New(fault.Internal, "internal", "Something went wrong on our side. Please try again.")

// ErrNotFound is the answer to an address or id that does not exist here.
var ErrNotFound = fault.New(fault.NotFound, "not_found", "This does not exist, or no longer.")

// Public turns any error into what may be shown. A store's "not found" and
// "already exists" that no domain gave a better sentence keep their kind.
func Public(err error) *fault.Error {
	if e, ok := errors.AsType[*fault.Error](err); ok {
		return e
	}
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrNotFound
	case errors.Is(err, store.ErrDuplicate):
		return fault.New(fault.Conflict, "already_exists", "This already exists.")
	case errors.Is(err, store.ErrCursor):
		return fault.New(fault.Invalid, "bad_cursor", "This page link is no longer valid. Start again from the first page.")
	case errors.Is(err, store.ErrTooLarge), errors.As(err, &tooLarge):
		return fault.New(fault.TooLarge, "too_large", "This is too large.")
	case errors.Is(err, store.ErrClosed), errors.Is(err, context.DeadlineExceeded),
		errors.Is(err, context.Canceled): // nobody reads that answer any more
		return fault.New(fault.Unavailable, "unavailable", "The server is busy or restarting. Please try again in a moment.")
	}
	return ErrInternal
}

// Describe makes the problem for an error, in a language, and logs what is our
// own mistake under the request's id.
func Describe(c *gin.Context, logger *slog.Logger, texts Texts, err error) Problem {
	public := Public(err)
	id := RequestID(c)
	if public.Kind == fault.Internal {
		logger.Error("request failed", "id", id, "method", c.Request.Method, "route", c.FullPath(), "error", err)
	}
	status := statusOf(public)
	return Problem{
		Type:     "urn:plaza:problem:" + public.Code,
		Title:    http.StatusText(status),
		Status:   status,
		Detail:   Sentence(texts, Language(c), public),
		Instance: "urn:plaza:request:" + id,
		Code:     public.Code,
		Field:    public.Field,
	}
}

// Texts are the translations; package templates has them.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Sentence is what a person reads of an error: translated where there is a
// translation, in English otherwise.
func Sentence(texts Texts, language string, err *fault.Error) string {
	key := "fault." + err.Code
	if text := texts.Text(language, key, err.Args...); text != "" && text != key {
		return text
	}
	return err.Text
}
