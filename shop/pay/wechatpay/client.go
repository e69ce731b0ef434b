package wechatpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"plaza/message"
)

const (
	// callTimeout bounds one call.
	callTimeout = 10 * time.Second
	// fetchTimeout bounds the fetch of certificates: WeChat Pay waits five seconds
	// for the answer to a notification.
	fetchTimeout = 4 * time.Second
	maxAnswer    = 1 << 20 // bytes
)

var errTooLarge = errors.New("the answer is too large")

const certificatesPath = "/v3/certificates"

// refusal is an answer that says no (platform document: "错误信息").
type refusal struct {
	call    string // method and path
	status  int
	code    string // without underscores: documents spell it both ways
	spelled string // as it came
	message string
	field   string // what PARAM_ERROR is about
	request string // what WeChat Pay's support asks for
}

// Error is for logs; it holds no secret and no payment code.
func (r *refusal) Error() string {
	text := fmt.Sprintf("wechatpay %s: %d %s %s", r.call, r.status, r.spelled, r.message)
	if r.field != "" {
		text += " (" + r.field + ")"
	}
	return text + ", request " + r.request
}

// is says whether the answer is a no of the caller's making with one of these
// codes. An OPENID_MISMATCH comes with 500.
func (r *refusal) is(codes ...string) bool {
	return slices.Contains(codes, r.code) && (r.status/100 == 4 || r.code == openIDMismatch)
}

const openIDMismatch = "OPENIDMISMATCH"

// unverified is an answer that WeChat Pay may not have given. What it answers
// to may have happened: so it is no fault, whatever its cause is.
type unverified struct {
	call  string
	cause error // hidden from errors.As
}

func (u *unverified) Error() string {
	return fmt.Sprintf("wechatpay %s: the answer is not verified: %v", u.call, u.cause)
}

// call makes a call and decodes what is answered; into may be nil. Errors:
// *refusal, *unverified, and any of the network's, after which nobody knows.
func (p *Provider) call(ctx context.Context, m *merchant, method, target string, body, into any) error {
	var encoded []byte
	if body != nil {
		var err error
		if encoded, err = json.Marshal(body); err != nil {
			return fmt.Errorf("wechatpay %s: %w", target, err)
		}
	}
	header, answer, err := p.exchange(ctx, m, method, target, encoded, maxAnswer)
	if err != nil {
		return err
	}
	if err := p.verify(ctx, m, header, answer); err != nil {
		return &unverified{callName(method, target), err}
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return fmt.Errorf("wechatpay %s: %w", callName(method, target), err)
	}
	return nil
}

// exchange sends a signed request and reads the answer, of which nothing is
// verified yet if it says yes.
func (p *Provider) exchange(ctx context.Context, m *merchant, method, target string, body []byte, limit int64) (http.Header, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	response, err := p.send(ctx, m, method, target, body)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(len(answer)) > limit {
		err = errTooLarge
	}
	if err != nil {
		return nil, nil, fmt.Errorf("wechatpay %s: %w", callName(method, target), err)
	}
	if response.StatusCode/100 == 2 {
		return response.Header, answer, nil
	}
	return nil, nil, p.refused(ctx, m, callName(method, target), response, answer)
}

// fetch copies the answer to a signed request into a file.
func (p *Provider) fetch(ctx context.Context, m *merchant, target string, into io.Writer, limit int64) error {
	response, err := p.send(ctx, m, http.MethodGet, target, nil)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode/100 != 2 {
		answer, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
		if err != nil {
			return fmt.Errorf("wechatpay %s: %w", callName(http.MethodGet, target), err)
		}
		return p.refused(ctx, m, callName(http.MethodGet, target), response, answer)
	}
	written, err := io.Copy(into, io.LimitReader(response.Body, limit+1))
	if err == nil && written > limit {
		err = errTooLarge
	}
	if err != nil {
		return fmt.Errorf("wechatpay %s: %w", callName(http.MethodGet, target), err)
	}
	return nil
}

// send sends a signed request.
func (p *Provider) send(ctx context.Context, m *merchant, method, target string, body []byte) (*http.Response, error) {
	authorization, err := m.authorize(method, target, body, p.now())
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, method, p.api+target, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("wechatpay %s: %w", callName(method, target), err)
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "Plaza")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if m.publicKeyID != "" { // and WeChat Pay signs with the public key
		request.Header.Set("Wechatpay-Serial", m.publicKeyID)
	}
	response, err := p.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("wechatpay %s: %w", callName(method, target), err)
	}
	return response, nil
}

// refused reads a no. WeChat Pay signs it if it knows who asks; a signature that
// is wrong makes it worth nothing. One without is believed, as by the official
// SDK: nothing but TLS can vouch for an answer to somebody unknown.
func (p *Provider) refused(ctx context.Context, m *merchant, call string, response *http.Response, answer []byte) error {
	if response.Header.Get("Wechatpay-Signature") != "" && !strings.HasSuffix(call, certificatesPath) {
		if err := p.verify(ctx, m, response.Header, answer); err != nil {
			return &unverified{call, err}
		}
	}
	told := struct {
		Code    string `json:"code"`
		Message string `json:"message"`
		Detail  struct {
			Field string `json:"field"`
		} `json:"detail"`
	}{}
	_ = json.Unmarshal(answer, &told) // what is no JSON has no code, and is never a definite no
	no := &refusal{call: call, status: response.StatusCode, code: strings.ReplaceAll(told.Code, "_", ""), request: response.Header.Get("Request-ID")}
	no.spelled, _ = message.Cut(told.Code, maxSigned, message.Bytes)
	no.message, _ = message.Cut(told.Message, maxSigned, message.Bytes)
	no.field, _ = message.Cut(told.Detail.Field, maxSigned, message.Bytes)
	return no
}

// callName is how a call is named in errors: a bill's address holds a token.
func callName(method, target string) string {
	path, _, _ := strings.Cut(target, "?")
	return method + " " + path
}
