package telegram

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"time"

	tg "github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"plaza/egress"
)

// DefaultAPI is the Bot API's host.
const DefaultAPI = "https://api.telegram.org"

// The limits of a call.
const (
	callTimeout = 18 * time.Second
	maxAnswer   = 1 << 20 // bytes
)

// api makes calls for any number of bots. It is safe for concurrent use.
// Refusals are of type *Error; an *unsentError means that nothing has reached
// Telegram; after any other error nobody knows. None holds a token.
type api struct {
	base   string
	client *http.Client
}

func newAPI(base string, client *http.Client) *api {
	if base == "" {
		base = DefaultAPI
	}
	return &api{base: strings.TrimSuffix(base, "/"), client: egress.ForPlatform(client, callTimeout)}
}

// unsentError marks a failure before anything was sent.
type unsentError struct{ cause error }

func (e *unsentError) Error() string { return e.cause.Error() }
func (e *unsentError) Unwrap() error { return e.cause }

// bot is the library's, for one token. It calls nobody by itself.
func (p *api) bot(token string) (*tg.Bot, error) {
	return tg.New(token, tg.WithSkipGetMe(), tg.WithServerURL(p.base), tg.WithHTTPClient(0, exchange{p.client}),
		tg.WithUpdatesChannelCap(0), tg.WithErrorsHandler(func(error) {}))
}

// trip is what became of one call, told by the context it is made with.
type trip struct {
	reached atomic.Bool // there was a connection
	taken   atomic.Bool // Telegram said yes
}

type tripKey struct{}

// do makes a call through the library.
func (p *api) do(ctx context.Context, a *account, method func(context.Context, *tg.Bot) error) error {
	way := new(trip)
	ctx = httptrace.WithClientTrace(context.WithValue(ctx, tripKey{}, way),
		&httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { way.reached.Store(true) }})
	err := method(ctx, a.api)
	if err == nil || way.taken.Load() {
		// An answer whose details are new to the library is still a yes.
		return nil
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused
	}
	if !way.reached.Load() {
		return &unsentError{err}
	}
	return err
}

// exchange is the library's client. It reads answers before the library does,
// because the library keeps neither the status of a refusal nor a bound on its
// size.
type exchange struct{ client *http.Client }

// Do makes a call.
func (e exchange) Do(r *http.Request) (*http.Response, error) {
	way, ok := r.Context().Value(tripKey{}).(*trip)
	if !ok {
		way = new(trip)
	}
	way.taken.Store(false)
	method := path.Base(r.URL.Path)
	response, err := e.client.Do(r)
	if err != nil {
		return nil, fmt.Errorf("telegram %s: %w", method, withoutURL(err))
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("telegram %s: reading the answer: %w", method, err)
	case len(content) > maxAnswer:
		return nil, fmt.Errorf("telegram %s: the answer is larger than %d bytes", method, maxAnswer)
	}
	if err := readAnswer(method, response.StatusCode, content); err != nil {
		return nil, err
	}
	way.taken.Store(true)
	response.Body = io.NopCloser(bytes.NewReader(content))
	return response, nil
}

// yes is how Telegram begins every answer that is no refusal. The library reads
// what follows, so that it need not be read twice.
var yes = []byte(`{"ok":true,`)

// readAnswer finds the refusal in an answer.
func readAnswer(method string, status int, content []byte) error {
	if status == http.StatusOK && bytes.HasPrefix(content, yes) {
		return nil
	}
	var answer struct {
		OK          bool   `json:"ok"`
		Code        int    `json:"error_code"`
		Description string `json:"description"`
		Parameters  struct {
			RetryAfter int   `json:"retry_after"`
			MigrateTo  int64 `json:"migrate_to_chat_id"`
		} `json:"parameters"`
	}
	if err := json.Unmarshal(content, &answer); err != nil {
		if status == http.StatusOK {
			return fmt.Errorf("telegram %s: the answer is not JSON", method)
		}
		return &Error{Method: method, Code: status} // of a proxy in between
	}
	if answer.OK {
		return nil
	}
	if answer.Code == 0 {
		answer.Code = status
	}
	return &Error{Method: method, Code: answer.Code, Description: withoutQuotes(answer.Description),
		RetryAfter: time.Duration(answer.Parameters.RetryAfter) * time.Second, MigrateTo: answer.Parameters.MigrateTo}
}

// withoutURL takes the address, which holds the token, out of an error.
func withoutURL(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

// download opens a file that getFile has named.
func (p *api) download(ctx context.Context, a *account, filePath string) (*http.Response, error) {
	if !plainPath(filePath) {
		return nil, ErrNoFile
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.api.FileDownloadLink(&models.File{FilePath: filePath}), nil)
	if err != nil {
		return nil, errors.New("telegram file: bad address")
	}
	slow := *p.client
	slow.Timeout = 0 // ctx says how long
	response, err := slow.Do(request)
	if err != nil {
		return nil, fmt.Errorf("telegram file: %w", withoutURL(err))
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("telegram file: HTTP status %d", response.StatusCode)
	}
	return response, nil
}

// plainPath says whether a path stays below the bot's files.
func plainPath(filePath string) bool {
	return filePath != "" && path.Clean("/"+filePath) == "/"+filePath && !strings.ContainsAny(filePath, "?#\\%")
}
