package wechat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/bot/usage"
	"plaza/egress"
	"plaza/message"
)

// DefaultAPI is WeChat's API host.
const DefaultAPI = "https://api.weixin.qq.com"

// The limits of a call.
const (
	callTimeout = 10 * time.Second
	maxAnswer   = 1 << 20 // bytes
	maxRefusal  = 300     // bytes of errmsg that are kept
)

// API calls WeChat's server API for any number of accounts. It is safe for
// concurrent use. Refusals are of type *Error; other errors mean that no
// answer came, and hold neither tokens nor secrets.
type API struct {
	base   string
	client *http.Client
	tokens *tokens
	media  MediaStore
	usage  *usage.Counter
	now    func() time.Time
	logger *slog.Logger
}

// newAPI takes API, Client, Tokens, Media, Usage, Now and Logger from the options.
func newAPI(o Options) *API {
	if o.API == "" {
		o.API = DefaultAPI
	}
	if o.Tokens == nil {
		o.Tokens = new(memoryTokens)
	}
	if o.Media == nil {
		o.Media = &memoryMedia{now: o.Now}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	api := &API{base: strings.TrimSuffix(o.API, "/"), client: egress.ForPlatform(o.Client, callTimeout), media: o.Media,
		usage: usage.New(o.Usage, o.Now, beijing, time.DateOnly), now: o.Now, logger: o.Logger}
	api.tokens = &tokens{api: api, store: o.Tokens, forced: make(map[string]time.Time)}
	return api
}

// API gives access to the calls that are not about one message.
func (c *Channel) API() *API { return c.api }

// exchange is one call of the API, without its access token.
type exchange struct {
	method      string
	path        string
	query       string // "&name=value...", behind the token
	contentType string
	body        []byte
}

// call posts a JSON body and decodes the answer. When WeChat does not take the
// access token, which happens when somebody else had it renewed, it tries once
// more with another one; the refused call had no effect.
func (a *API) call(ctx context.Context, c Credentials, path string, body, answer any) error {
	encoded, err := encodeJSON(body)
	if err != nil {
		return fmt.Errorf("wechat %s: %w", path, err)
	}
	return a.authorized(ctx, c, exchange{method: http.MethodPost, path: path,
		contentType: "application/json; charset=utf-8", body: encoded}, answer)
}

// ask makes a GET call; query holds its parameters besides the token.
func (a *API) ask(ctx context.Context, c Credentials, path string, query url.Values, answer any) error {
	e := exchange{method: http.MethodGet, path: path}
	if len(query) > 0 {
		e.query = "&" + query.Encode()
	}
	return a.authorized(ctx, c, e, answer)
}

func (a *API) authorized(ctx context.Context, c Credentials, e exchange, answer any) error {
	err := a.withToken(ctx, c, func(token string) error { return a.do(ctx, c.AppID, e, token, answer) })
	if failed := a.usage.FlushIfDue(ctx); failed != nil {
		a.logger.WarnContext(ctx, "calls counted later", "error", failed)
	}
	return err
}

// withToken makes a call with the current access token, and with another one
// if that is refused.
func (a *API) withToken(ctx context.Context, c Credentials, do func(token string) error) error {
	token, err := a.tokens.get(ctx, c)
	if err != nil {
		return &unsentError{err}
	}
	err = do(token)
	refused, ok := errors.AsType[*Error](err)
	if !ok || refused.Class() != Reauthenticate {
		return err
	}
	a.logger.WarnContext(ctx, "wechat refused the access token", "app", c.AppID, "code", refused.Code)
	if token, err = a.tokens.replace(ctx, c, token); err != nil {
		return &unsentError{err}
	}
	return do(token)
}

// unsentError marks a failure before anything was sent.
type unsentError struct{ cause error }

func (e *unsentError) Error() string { return e.cause.Error() }
func (e *unsentError) Unwrap() error { return e.cause }

// do makes one call and decodes its answer.
func (a *API) do(ctx context.Context, appID string, e exchange, token string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	response, err := a.open(ctx, appID, e, token)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("wechat %s: reading the answer: %w", e.path, err)
	case len(content) > maxAnswer:
		return fmt.Errorf("wechat %s: the answer is larger than %d bytes", e.path, maxAnswer)
	}
	return decodeAnswer(e.path, content, answer)
}

// open makes one call and leaves its answer to be read.
func (a *API) open(ctx context.Context, appID string, e exchange, token string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, e.method, a.base+e.path, bytes.NewReader(e.body))
	if err != nil {
		return nil, &unsentError{fmt.Errorf("wechat %s: bad API address", e.path)}
	}
	if request.URL.RawQuery = strings.TrimPrefix(e.query, "&"); token != "" {
		request.URL.RawQuery = "access_token=" + url.QueryEscape(token) + e.query
	}
	if e.contentType != "" {
		request.Header.Set("Content-Type", e.contentType)
	}
	a.usage.Count(appID, e.path, 1)
	response, err := a.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("wechat %s: %w", e.path, withoutURL(err))
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, fmt.Errorf("wechat %s: HTTP status %d", e.path, response.StatusCode)
	}
	return response, nil
}

// decodeAnswer reads an answer. Errors come with status 200 and errcode; a
// success may leave errcode out.
func decodeAnswer(path string, content []byte, answer any) error {
	var refusal struct {
		Code    int    `json:"errcode"`
		Message string `json:"errmsg"`
	}
	if err := json.Unmarshal(content, &refusal); err != nil {
		return fmt.Errorf("wechat %s: the answer is not JSON", path)
	}
	if refusal.Code != 0 {
		short, _ := message.Cut(refusal.Message, maxRefusal, message.Bytes)
		return &Error{Call: path, Code: refusal.Code, Message: short, answer: content}
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(content, answer); err != nil {
		return fmt.Errorf("wechat %s: the answer has another shape than documented", path)
	}
	return nil
}

// withoutURL takes the address, which holds the access token, out of an error.
func withoutURL(err error) error {
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return outer.Err
	}
	return err
}

// encodeJSON writes "<", ">" and "&" as they are: WeChat would show the escapes
// or refuse them.
func encodeJSON(body any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(body); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
