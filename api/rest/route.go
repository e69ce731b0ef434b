package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/fault"
)

// Limits of a request's body, in bytes.
const (
	maxBody   = 1 << 20
	maxUpload = 6 << 20
)

// route declares one operation. Its tag is the first part of its path.
type route struct {
	method, path string
	id           string // the operation's id
	summary      string
	needs        []account.Permission // one of them is enough; none: every token may
	// action is what the audit log calls it, as "thing.past"; empty: it changes
	// nothing, or its domain enters it.
	action string
	// creates: answers 201, and an Idempotency-Key makes repeating it harmless.
	creates bool
	// keyed: the same for what has an effect but makes nothing to be found later.
	keyed    bool
	maxBytes int64 // of the body; maxBody if zero
}

// needs are the permissions of which a token must have one.
type needs = []account.Permission

// anybody is what operations need that every token of the account may do.
var anybody needs

// The five sorts of operation. A read changes nothing; a create makes something
// that is there to be found later; an effect goes out into the world, and a
// change can be repeated by itself. An own is a change that its domain enters
// into the audit log.

func read(path, id, summary string, needs needs) route {
	return route{method: http.MethodGet, path: path, id: id, summary: summary, needs: needs}
}

func create(path, id, summary string, needs needs, action string) route {
	return route{method: http.MethodPost, path: path, id: id, summary: summary, needs: needs, action: action, creates: true}
}

func effect(path, id, summary string, needs needs, action string) route {
	return route{method: http.MethodPost, path: path, id: id, summary: summary, needs: needs, action: action, keyed: true}
}

func change(method, path, id, summary string, needs needs, action string) route {
	return route{method: method, path: path, id: id, summary: summary, needs: needs, action: action}
}

func own(method, path, id, summary string, needs needs) route {
	return route{method: method, path: path, id: id, summary: summary, needs: needs}
}

// reply puts a body into huma's form of an answer.
type reply[T any] struct{ Body T }

// add serves an operation that answers with something.
func add[I, O any](s *surface, r route, handle func(context.Context, account.Access, *I) (O, error)) {
	huma.Register(s.api, s.operation(r), func(ctx context.Context, in *I) (*reply[O], error) {
		var out O
		err := s.audited(ctx, r, func() (err error) {
			out, err = handle(ctx, whoAsks(ctx), in)
			return err
		})
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		return &reply[O]{out}, nil
	})
}

// do serves an operation that answers with its success alone.
func do[I any](s *surface, r route, handle func(context.Context, account.Access, *I) error) {
	huma.Register(s.api, s.operation(r), func(ctx context.Context, in *I) (*struct{}, error) {
		err := s.audited(ctx, r, func() error { return handle(ctx, whoAsks(ctx), in) })
		if err != nil {
			return nil, s.failure(ctx, err)
		}
		return nil, nil
	})
}

func (s *surface) operation(r route) huma.Operation {
	tag, _, _ := strings.Cut(strings.TrimPrefix(r.path, "/"), "/")
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.path, Summary: r.summary, Tags: []string{tag},
		MaxBodyBytes:    r.bodyLimit(),
		BodyReadTimeout: -1, // the server's own limit holds, see remember
		Responses:       s.problems(r),
		Security:        security(r.needs),
		Extensions:      map[string]any{permissionField: permission(r.needs)},
		Middlewares:     huma.Middlewares{remember, s.permit(r.needs), bound(r.bodyLimit())},
	}
	if r.creates {
		op.DefaultStatus = http.StatusCreated
	}
	if r.creates || r.keyed {
		op.Parameters = []*huma.Param{{Name: keyHeader, In: "header", Description: "Any text of your own, up to 255 characters. " +
			"Repeating the request with it within 24 hours gives the first answer again.", Schema: &huma.Schema{Type: "string"}}}
		op.Middlewares = append(op.Middlewares, s.once(r.id))
	}
	return op
}

// permissionField is where the document says which permission an operation
// needs.
const permissionField = "x-permission"

// permission writes the alternatives with "|" between; "any" for none.
func permission(one needs) string {
	if len(one) == 0 {
		return "any"
	}
	names := make([]string, len(one))
	for i, permission := range one {
		names[i] = string(permission)
	}
	return strings.Join(names, "|")
}

// security says the same in the document's own terms: each entry is enough.
func security(one needs) []map[string][]string {
	if len(one) == 0 {
		return []map[string][]string{{tokenScheme: {}}}
	}
	entries := make([]map[string][]string, len(one))
	for i, permission := range one {
		entries[i] = map[string][]string{tokenScheme: {string(permission)}}
	}
	return entries
}

func (r route) bodyLimit() int64 {
	if r.maxBytes == 0 {
		return maxBody
	}
	return r.maxBytes
}

// problems are the answers of an operation that went wrong.
func (s *surface) problems(r route) map[string]*huma.Response {
	kinds := []fault.Kind{fault.Unauthenticated, fault.Forbidden, fault.NotFound, fault.Invalid, fault.Limited,
		fault.Internal, fault.Unavailable}
	if r.method != http.MethodGet {
		kinds = append(kinds, fault.Conflict, fault.TooLarge)
	}
	problem := map[string]*huma.MediaType{web.ProblemMediaType: {
		Schema: &huma.Schema{Ref: "#/components/schemas/Problem"}}}
	answers := map[string]*huma.Response{}
	for _, kind := range kinds {
		status := web.Status(kind)
		answers[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: problem}
	}
	return answers
}

// bound limits what is read of a body, whoever reads it first.
func bound(bytes int64) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		c.Request.Body = &bounded{ReadCloser: http.MaxBytesReader(c.Writer, c.Request.Body, bytes)}
		next(ctx)
	}
}

// bounded is a body that remembers whether it was too large: not everybody who
// reads it passes that on.
type bounded struct {
	io.ReadCloser
	over bool
}

func (b *bounded) Read(into []byte) (int, error) {
	n, err := b.ReadCloser.Read(into)
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		b.over = true
	}
	return n, err
}

type (
	requestKey   struct{}
	operationKey struct{}
)

// remember keeps the request and its operation for what its handler cannot see:
// the path in the audit log, the language, the id and the places in a problem.
func remember(ctx huma.Context, next func(huma.Context)) {
	c := humagin.Unwrap(ctx)
	known := context.WithValue(context.WithValue(c.Request.Context(), requestKey{}, c), operationKey{}, ctx.Operation())
	limited, cancel := context.WithTimeout(known, maxRequest)
	defer cancel()
	c.Request = c.Request.WithContext(limited)
	next(ctx)
}

func served(ctx context.Context) *gin.Context {
	c, _ := ctx.Value(requestKey{}).(*gin.Context)
	return c
}

func operationOf(ctx context.Context) *huma.Operation {
	op, _ := ctx.Value(operationKey{}).(*huma.Operation)
	return op
}

func (s *surface) failure(ctx context.Context, err error) error {
	problem := web.Describe(served(ctx), s.Logger, s.texts, err)
	s.point(operationOf(ctx), &problem)
	wrong := &failure{problem}
	if problem.Status == http.StatusTooManyRequests || problem.Status == http.StatusServiceUnavailable {
		return huma.ErrorWithHeaders(wrong, http.Header{"Retry-After": {"5"}})
	}
	return wrong
}

// audited enters what a token is about to do into the account's audit log and
// then does it: a crash may leave an entry without the change, but never a
// change without an entry. What was refused is entered as such.
func (s *surface) audited(ctx context.Context, r route, do func() error) error {
	if r.action == "" {
		return do()
	}
	who := whoAsks(ctx)
	entry := account.Entry{Actor: who.Actor, Action: r.action, Thing: thing(served(ctx))}
	if err := s.Accounts.Audit.Record(ctx, who.Account, entry); err != nil {
		return err
	}
	err := do()
	if refused, ok := errors.AsType[*fault.Error](err); ok {
		entry.Action = "refused"
		entry.Changes = []account.Change{{Field: r.action, After: refused.Code}}
		return errors.Join(err, s.Accounts.Audit.Record(ctx, who.Account, entry))
	}
	return err
}

// thing is what a request is about, as "kind:id": the first parameter of its
// path.
func thing(c *gin.Context) string {
	if len(c.Params) == 0 {
		return ""
	}
	return c.Params[0].Key + ":" + c.Params[0].Value
}
