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
	// Errors are all that is wrong with an input, the first among them (RFC 9457,
	// section 3): at most maxFaults.
	Errors []ProblemError `json:"errors,omitempty"`
}

// ProblemError is one of several things that are wrong with an input.
type ProblemError struct {
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Field  string `json:"field,omitempty"`
	// Pointer is where it is in the body: a JSON Pointer (RFC 6901) as the fragment
	// of an address. Empty: not in the body, or in no one place of it.
	Pointer string `json:"pointer,omitempty"`
}

// maxFaults is how many of the things that are wrong are told at once.
const maxFaults = 50

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
	problem := Problem{
		Type:     "urn:plaza:problem:" + public.Code,
		Title:    http.StatusText(status),
		Status:   status,
		Detail:   Sentence(texts, Language(c), public),
		Instance: "urn:plaza:request:" + id,
		Code:     public.Code,
		Field:    public.Field,
	}
	if public.Kind == fault.Invalid {
		problem.Errors = faults(texts, Language(c), err)
	}
	return problem
}

// faults are all that is wrong with an input.
func faults(texts Texts, language string, err error) (all []ProblemError) {
	for _, one := range fault.Each(err) {
		public := Public(one)
		if public.Kind == fault.Invalid && len(all) < maxFaults {
			all = append(all, ProblemError{Detail: Sentence(texts, language, public), Code: public.Code, Field: public.Field})
		}
	}
	return all
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
