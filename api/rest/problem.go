package rest

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"plaza/api/web"
	"plaza/fault"
)

// What the decoding of a request can find wrong; {0} says it in English, in
// terms of the OpenAPI document.
var (
	errInput     = fault.New(fault.Invalid, "invalid_input", "This request is not as described: {0}.", "")
	errMalformed = fault.New(fault.Invalid, "malformed_body", "The body is not JSON that can be read.")
	errMedia     = fault.New(fault.Invalid, "unsupported_media_type", "The body has to be application/json, or multipart/form-data for a picture.")
	errBody      = fault.New(fault.TooLarge, "too_large", "This is too large.")
)

// failure carries an error of the domain through huma, which writes what has a
// status as it is.
type failure struct {
	web.Problem
}

func (f *failure) Error() string             { return f.Detail }
func (f *failure) GetStatus() int            { return f.Status }
func (f *failure) ContentType(string) string { return web.ProblemMediaType }

// answer lets the problem decide the status of an answer: huma has its own
// statuses for what it finds wrong, we have one table.
type answer struct {
	within
	status int
}

func (a *answer) SetStatus(status int) {
	if a.status != 0 {
		status = a.status
	}
	a.within.SetStatus(status)
}

// Unwrap gives the context that humagin made.
func (a *answer) Unwrap() huma.Context { return a.within }

// within is a huma.Context under a name that is not its method's, too.
type within huma.Context

// inOurWords has to be the outermost middleware.
func inOurWords(ctx huma.Context, next func(huma.Context)) { next(&answer{within: ctx}) }

// describe turns what huma says is wrong into the problem that every surface
// answers with.
func (s *surface) describe(ctx huma.Context, _ string, body any) (any, error) {
	wrong, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	c := humagin.Unwrap(ctx)
	err := inputFault(wrong)
	if body, ok := c.Request.Body.(*bounded); ok && body.over {
		err = errBody
	}
	problem := web.Describe(c, s.Logger, s.texts, err)
	s.point(ctx.Operation(), &problem)
	if a, ok := ctx.(*answer); ok {
		a.status = problem.Status
	}
	return problem, nil
}

// inputFault says what is wrong with a request. The value itself is not
// repeated: it may be a secret.
func inputFault(wrong *huma.ErrorModel) error {
	switch wrong.Status {
	case http.StatusRequestEntityTooLarge:
		return errBody
	case http.StatusUnsupportedMediaType:
		return errMedia
	case http.StatusInternalServerError: // reading the body broke off
		return errMalformed
	case http.StatusBadRequest:
		if len(wrong.Errors) > 0 {
			return errMalformed.In("body")
		}
	}
	if len(wrong.Errors) == 0 {
		return invalid(wrong.Detail)
	}
	all := make([]error, len(wrong.Errors))
	for i, one := range wrong.Errors {
		all[i] = invalid(one.Message).In(field(one.Location))
	}
	return fault.All(all...)
}

func invalid(message string) *fault.Error {
	return fault.New(errInput.Kind, errInput.Code, errInput.Text, message)
}

// field is the path of an input inside the body, query or path.
func field(location string) string {
	for _, part := range []string{"body.", "query.", "path.", "header.", "form."} {
		if rest, ok := strings.CutPrefix(location, part); ok {
			return rest
		}
	}
	return location
}
