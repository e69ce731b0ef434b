package kakao

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/message"
)

// The life of a callback address (platform document: "AI chatbot callback
// guide"): a minute, of which some is left to spare, and once. It works only
// after Kakao has our promise, for which a moment is left.
const (
	callbackLife  = 55 * time.Second
	callbackPause = time.Second
)

// Notices reaches a person outside the chat, by a notice template, with what
// the shop tells. reached is false where that can't be, or must not: no number,
// no consent, no template.
type Notices interface {
	Reach(ctx context.Context, to message.Person, key string, out message.Outbound) (reached bool, err error)
}

// callback is an address that a call has left.
type callback struct {
	URL  string    `json:"url"`
	From time.Time `json:"from"`
}

func callbackKey(a *account, user string) string { return "callback " + a.scope + "/" + user }

func (c *Channel) keepCallback(ctx context.Context, k *call) error {
	now := c.now()
	value, err := json.Marshal(callback{k.callback, now.Add(callbackPause)})
	if err != nil {
		return err
	}
	return c.memory.Put(ctx, callbackKey(k.account, k.user), value, now.Add(callbackLife))
}

// trusted says whether an address may be called: a forged or mistaken one must
// not reach into our own network. It is Kakao's own, or on the host that the
// operator has set.
func (c *Channel) trusted(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.User != nil || parsed.Host == "" {
		return false
	}
	host := strings.ToLower(parsed.Hostname())
	kakao := parsed.Scheme == "https" && (parsed.Port() == "" || parsed.Port() == "443") &&
		(host == "kakao.com" || strings.HasSuffix(host, ".kakao.com"))
	return kakao || parsed.Scheme+"://"+parsed.Host == c.apiHost
}

// Pace: Kakao publishes no limit of the Event API; this keeps an account from
// being conspicuous.
func (c *Channel) Pace() message.Pace { return message.Pace{PerSecond: 20, Burst: 40} }

// Send is Gather for one message.
func (c *Channel) Send(ctx context.Context, credentials []byte, to message.Person, key string, out message.Outbound) error {
	rest, err := c.Gather(ctx, credentials, to, key, []message.Outbound{out})
	if err == nil && len(rest) > 0 {
		err = &message.SendError{Class: message.Uncertain, Text: "Only the first part of the message was sent."}
	}
	return err
}

// Gather says what fits to a callback address, if the person's last call has
// left one. Otherwise it tries a notice template, and lets the rest wait.
func (c *Channel) Gather(ctx context.Context, credentials []byte, to message.Person, key string, out []message.Outbound) ([]message.Outbound, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return out, &message.SendError{Class: message.Permanent, Text: "The KakaoTalk connection's settings can't be read.", Cause: err}
	}
	rest, done, err := c.callBack(ctx, a, to, out)
	if done || err != nil {
		return rest, err
	}
	if rest, done, err = c.notify(ctx, a, to, key, out); done || err != nil {
		return rest, err
	}
	return out, waits(waitsForPerson, 0, nil)
}

// Knock lets Kakao fetch what waits, where the Event API is set up.
func (c *Channel) Knock(ctx context.Context, credentials []byte, to message.Person) error {
	a, err := c.accounts.decode(credentials)
	if err != nil || !a.speaksFirst() {
		return err
	}
	return c.knock(ctx, a, to)
}

func waits(text string, again time.Duration, cause error) error {
	return &message.SendError{Class: message.WindowClosed, Text: text, RetryAfter: again, Cause: cause}
}

// The words a member reads.
const (
	waitsForPerson = "Waits until the person writes again: KakaoTalk lets an account answer only."
	waitsForKakao  = "Waits until KakaoTalk fetches it."
)

// callBack uses the callback address, if there is one. done says that what was
// said is not to be said another way.
func (c *Channel) callBack(ctx context.Context, a *account, to message.Person, out []message.Outbound) (rest []message.Outbound, done bool, _ error) {
	name := callbackKey(a, to.User)
	kept, err := c.memory.Get(ctx, name)
	var left callback
	if err != nil || len(kept) == 0 || json.Unmarshal(kept, &left) != nil {
		return out, false, nil
	}
	if early := left.From.Sub(c.now()); early > 0 {
		return out, true, waits(waitsForKakao, early, nil)
	}
	if kept, err = c.memory.Take(ctx, name); err != nil || len(kept) == 0 {
		return out, false, nil
	}
	template, rest := pen{c, a, to.Language}.page(out)
	if len(template.Outputs) == 0 {
		return rest, true, nil
	}
	var answer task
	err = c.exchange(ctx, http.MethodPost, left.URL, "", Response{Version: version, Template: template}, &answer)
	refused, known := errors.AsType[*refusal](err)
	switch {
	case err == nil && answer.Status == statusSuccess:
		return rest, true, nil
	case unreached(err):
		// The address has not been used, and lives a little longer.
		_ = c.memory.Put(ctx, name, kept, left.From.Add(callbackLife-callbackPause))
		return out, true, waits(waitsForKakao, 2*time.Second, err)
	case err == nil && answer.Status != "", known && refused.status < http.StatusInternalServerError:
		c.logger.WarnContext(ctx, "kakao refused a later answer", "account", to.Account, "status", answer.Status, "error", err)
		return out, false, nil
	}
	return rest, true, &message.SendError{Class: message.Uncertain, Text: "KakaoTalk did not say whether it took the message.", Cause: err}
}

// notify reaches the person by a notice template with the first message, where
// that is one the shop has a template for.
func (c *Channel) notify(ctx context.Context, a *account, to message.Person, key string, out []message.Outbound) (rest []message.Outbound, done bool, _ error) {
	if c.notices == nil || !a.Access.Complete() || (out[0].Form != message.OrderForm && out[0].Form != message.ReceiptForm) {
		return out, false, nil
	}
	reached, err := c.notices.Reach(ctx, to, key, out[0])
	if err != nil {
		return out, true, err
	}
	if !reached {
		return out, false, nil
	}
	return out[1:], true, nil
}

// task is what Kakao answers to a callback and to an event.
type task struct {
	TaskID  string `json:"taskId"`
	Status  string `json:"status"` // SUCCESS, FAIL, ERROR
	Message string `json:"message"`
}

const statusSuccess = "SUCCESS"

// refusal is an answer with another status than 200.
type refusal struct{ status int }

func (r *refusal) Error() string { return fmt.Sprintf("kakao: HTTP status %d", r.status) }

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 64 << 10

// exchange makes one call. Errors hold neither the address nor the key.
func (c *Channel) exchange(ctx context.Context, method, address, authorization string, body, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var content io.Reader
	if body != nil {
		encoded, err := encode(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, content)
	if err != nil {
		return errors.New("kakao: bad address")
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := c.client.Do(request)
	if err != nil {
		if outer, ok := errors.AsType[*url.Error](err); ok {
			err = outer.Err
		}
		return fmt.Errorf("kakao: %w", err)
	}
	defer response.Body.Close()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	switch {
	case err != nil:
		return fmt.Errorf("kakao: reading the answer: %w", err)
	case response.StatusCode != http.StatusOK:
		_ = json.Unmarshal(read, answer)
		return &refusal{response.StatusCode}
	case json.Unmarshal(read, answer) != nil:
		return errors.New("kakao: the answer has another shape than documented")
	}
	return nil
}

// unreached says that a call surely did not arrive.
func unreached(err error) bool {
	dial, ok := errors.AsType[*net.OpError](err)
	return ok && dial.Op == "dial"
}
