// Package egress calls addresses that members of an account typed. Such an
// address must not become a way into the operator's own network: where a name
// leads is checked when the connection is made, on the very address that is
// dialled, so that a name which changes its mind is caught as well. Redirects
// are not followed, proxies of the environment are not used, and both the time
// and the size of an answer have a limit.
//
// Calls to platforms, whose addresses the operator sets, go by ForPlatform;
// what many want at once is fetched Together.
package egress

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"code.dny.dev/ssrf"

	"plaza/fault"
)

// What a member is told about an address.
var (
	ErrAddress = fault.New(fault.Invalid, "callback_address", "This is not an address such as https://bot.example.com/wechat.")
	// ErrPrivate: the address leads into a private network, to this machine, or
	// to a port other than 80 and 443.
	ErrPrivate = fault.New(fault.Forbidden, "callback_private", "This address leads into a private network or to an unusual port. Only public addresses on port 80 or 443 can be called.")
)

// How a call fails, besides the errors of net/http.
var (
	ErrRedirect = errors.New("egress: the answer is a redirect")
	ErrTooLarge = errors.New("egress: the answer is too large")
)

// maxAddress is how long an address may be, in bytes.
const maxAddress = 1024

// Options of a Client.
type Options struct {
	// Private permits private networks, this machine and every port: for
	// development only.
	Private bool
	// Timeout of a whole call, from looking up the name to the end of the answer.
	Timeout time.Duration
	// MaxAnswer is how much of an answer is read, in bytes.
	MaxAnswer int64
	// Roots are whom TLS trusts; nil: whom this machine does.
	Roots *x509.CertPool
}

// Client makes calls. It is safe for concurrent use.
type Client struct {
	http      *http.Client
	timeout   time.Duration
	maxAnswer int64
}

// New makes a Client.
func New(o Options) *Client {
	dialer := &net.Dialer{Timeout: o.Timeout, Control: ssrf.New().Safe}
	if o.Private {
		dialer.Control = nil
	}
	return &Client{
		timeout: o.Timeout, maxAnswer: o.MaxAnswer,
		http: &http.Client{
			Transport: &http.Transport{
				DialContext:            dialer.DialContext,
				TLSClientConfig:        &tls.Config{RootCAs: o.Roots, MinVersion: tls.VersionTLS12},
				TLSHandshakeTimeout:    o.Timeout,
				MaxResponseHeaderBytes: 16 << 10,
				MaxIdleConnsPerHost:    8,
				IdleConnTimeout:        30 * time.Second,
				ForceAttemptHTTP2:      true,
				Proxy:                  nil, // a proxy would dial for us, unchecked
			},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// Answer of a call.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Do makes a call and reads the answer. Errors: ErrPrivate, ErrRedirect,
// ErrTooLarge, and those of net/http.
func (c *Client) Do(ctx context.Context, request *http.Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	response, err := c.http.Do(request.WithContext(ctx))
	if err != nil {
		return Answer{}, named(err)
	}
	defer func() { _ = response.Body.Close() }()
	answer := Answer{Status: response.StatusCode, Header: response.Header}
	if response.StatusCode >= 300 && response.StatusCode < 400 {
		return answer, ErrRedirect
	}
	answer.Body, err = io.ReadAll(io.LimitReader(response.Body, c.maxAnswer+1))
	switch {
	case err != nil:
		return answer, err
	case int64(len(answer.Body)) > c.maxAnswer:
		answer.Body = answer.Body[:c.maxAnswer]
		return answer, ErrTooLarge
	}
	return answer, nil
}

// named gives a refusal to dial its own name. The causes of net/http quote the
// address with its query, which holds signatures; those of the URL are left out.
func named(err error) error {
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, ssrf.ErrProhibitedNetwork) {
		return ErrPrivate
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("egress: %w", wrapped.Err)
	}
	return err
}

// CheckAddress says whether an address can be called at all: http or https, a
// host, no user and no fragment. Where its name leads is seen when it is called.
func CheckAddress(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || len(address) > maxAddress || (parsed.Scheme != "https" && parsed.Scheme != "http") ||
		parsed.Hostname() == "" || parsed.User != nil || parsed.Fragment != "" {
		return ErrAddress
	}
	return nil
}
