package line

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/line/line-bot-sdk-go/v8/linebot/channel_access_token"
	"github.com/line/line-bot-sdk-go/v8/linebot/messaging_api"

	"plaza/egress"
)

// LINE's hosts: calls, and what people have sent.
const (
	DefaultAPI  = "https://api.line.me"
	DefaultData = "https://api-data.line.me"
)

const (
	callTimeout = 10 * time.Second
	maxAnswer   = 1 << 20 // bytes
	// tokenMargin before its end a stateless token is renewed; it lives 15 minutes.
	tokenMargin = 2 * time.Minute
)

// api calls LINE for any number of accounts, by LINE's SDK.
type api struct {
	base, data string
	client     *http.Client // for calls
	blob       *http.Client // for contents, which may be large and take long
	now        func() time.Time

	flight egress.Together[string]
	mu     sync.Mutex
	tokens map[string]statelessToken
}

type statelessToken struct {
	value string
	until time.Time
}

func newAPI(o Options) *api {
	a := &api{base: o.API, data: o.Data, now: o.Now}
	if a.base == "" {
		a.base = DefaultAPI
	}
	switch {
	case a.data != "":
	case a.base == DefaultAPI:
		a.data = DefaultData
	default: // a proxy or a stand-in serves both
		a.data = a.base
	}
	a.client, a.blob = egress.ForPlatform(o.Client, callTimeout), egress.ForPlatform(o.Client, 0)
	a.client.Transport = bounded{a.client.Transport}
	return a
}

// bounded bounds what is read of an answer: the SDK reads all of it.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	next := b.next
	if next == nil {
		next = http.DefaultTransport
	}
	response, err := next.RoundTrip(r)
	if err == nil {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, maxAnswer), response.Body}
	}
	return response, err
}

// messaging is the SDK's client for an account.
func (a *api) messaging(ctx context.Context, c Credentials) (*messaging_api.MessagingApiAPI, error) {
	token, err := a.token(ctx, c)
	if err != nil {
		return nil, err
	}
	client, err := messaging_api.NewMessagingApiAPI(token, messaging_api.WithHTTPClient(a.client), messaging_api.WithEndpoint(a.base))
	if err != nil {
		return nil, fmt.Errorf("line: API address: %w", err)
	}
	return client.WithContext(ctx), nil
}

// contents is the SDK's client for what people have sent and for pictures of
// menus.
func (a *api) contents(ctx context.Context, c Credentials) (*messaging_api.MessagingApiBlobAPI, error) {
	token, err := a.token(ctx, c)
	if err != nil {
		return nil, err
	}
	client, err := messaging_api.NewMessagingApiBlobAPI(token, messaging_api.WithBlobHTTPClient(a.blob), messaging_api.WithBlobEndpoint(a.data))
	if err != nil {
		return nil, fmt.Errorf("line: data address: %w", err)
	}
	return client.WithContext(ctx), nil
}

// call makes a call, and once more with another token if LINE does not take a
// fetched one: it may have ended before its time. The refused call had no effect.
func (a *api) call(ctx context.Context, c Credentials, path string, do func(*messaging_api.MessagingApiAPI) (*http.Response, error)) error {
	for again := false; ; again = true {
		client, err := a.messaging(ctx, c)
		if err != nil {
			return &unsentError{err}
		}
		response, err := do(client)
		err = outcome(path, response, err)
		refused, ok := errors.AsType[*Error](err)
		if again || !ok || refused.Status != http.StatusUnauthorized || c.Token != "" {
			return err
		}
		a.forget(c)
	}
}

// token is the account's long-lived token, or a stateless one. LINE issues any
// number of these, so nodes need not share them.
func (a *api) token(ctx context.Context, c Credentials) (string, error) {
	if c.Token != "" {
		return c.Token, nil
	}
	key := c.ID + "\n" + c.Secret // a corrected secret is tried at once
	a.mu.Lock()
	known := a.tokens[key]
	a.mu.Unlock()
	if a.now().Before(known.until) {
		return known.value, nil
	}
	return a.flight.Fetch(ctx, key, callTimeout, func(ctx context.Context) (string, error) {
		return a.fetchToken(ctx, c, key)
	})
}

func (a *api) fetchToken(ctx context.Context, c Credentials, key string) (string, error) {
	client, err := channel_access_token.NewChannelAccessTokenAPI(channel_access_token.WithHTTPClient(a.client), channel_access_token.WithEndpoint(a.base))
	if err != nil {
		return "", fmt.Errorf("line: API address: %w", err)
	}
	response, issued, err := client.WithContext(ctx).IssueStatelessChannelTokenWithHttpInfo("client_credentials", "", "", c.ID, c.Secret)
	if err := outcome(tokenPath, response, err); err != nil {
		return "", err
	}
	if issued == nil || issued.AccessToken == "" {
		return "", fmt.Errorf("line %s: the answer holds no token", tokenPath)
	}
	life := max(time.Duration(issued.ExpiresIn)*time.Second-tokenMargin, 10*time.Second)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.tokens == nil || len(a.tokens) >= maxAccounts {
		a.tokens = make(map[string]statelessToken)
	}
	a.tokens[key] = statelessToken{issued.AccessToken, a.now().Add(life)}
	return issued.AccessToken, nil
}

const tokenPath = "/oauth2/v3/token"

func (a *api) forget(c Credentials) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.tokens, c.ID+"\n"+c.Secret)
}

// unsentError marks a failure before anything was sent.
type unsentError struct{ cause error }

func (e *unsentError) Error() string { return e.cause.Error() }
func (e *unsentError) Unwrap() error { return e.cause }

// unsent says whether a call surely did not reach LINE.
func unsent(err error) bool {
	_, before := errors.AsType[*unsentError](err)
	dial, ok := errors.AsType[*net.OpError](err)
	return before || ok && dial.Op == "dial"
}

// post makes a call that the SDK does not know yet.
func (a *api) post(ctx context.Context, c Credentials, path string, body any) error {
	encoded, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("line %s: %w", path, err)
	}
	return a.call(ctx, c, path, func(client *messaging_api.MessagingApiAPI) (*http.Response, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, client.Url(path), bytes.NewReader(encoded))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/json; charset=UTF-8")
		response, err := client.Do(request)
		if err == nil && response.StatusCode/100 == 2 {
			_ = response.Body.Close()
		}
		return response, err
	})
}
