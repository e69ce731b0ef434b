package alipay

import (
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
	maxAnswer   = 1 << 20 // bytes
	maxWords    = 128     // bytes of what Alipay says, in our errors
)

// The methods of the gateway that are called.
const (
	methodPrecreate   = "alipay.trade.precreate"
	methodPage        = "alipay.trade.page.pay"
	methodWap         = "alipay.trade.wap.pay"
	methodPay         = "alipay.trade.pay"
	methodQuery       = "alipay.trade.query"
	methodClose       = "alipay.trade.close"
	methodCancel      = "alipay.trade.cancel"
	methodRefund      = "alipay.trade.refund"
	methodRefundQuery = "alipay.trade.fastpay.refund.query"
)

// The gateway's codes (platform document: "公共错误码").
const (
	codeSuccess     = "10000"
	codePaying      = "10003" // the order is made, the payer is being asked
	codeUnavailable = "20000" // nobody knows
	codeNoGrant     = "20001"
	codeMissing     = "40001"
	codeInvalid     = "40002"
	codeBusiness    = "40004" // the sub code says what
	codeLimited     = "40005"
	codePermission  = "40006"
)

// refusal is an answer that says no, or that it is not decided yet.
type refusal struct {
	method, code, sub, words string
}

// Error is for logs; it holds no secret and no payment code.
func (r *refusal) Error() string {
	return fmt.Sprintf("%s: %s %s %s", r.method, r.code, r.sub, r.words)
}

// is says whether the answer is a no with one of these sub codes.
func (r *refusal) is(subs ...string) bool {
	return strings.HasPrefix(r.code, "4") && slices.Contains(subs, r.sub)
}

// atGate says that the gateway has not let the call through to anything that
// moves money.
func (r *refusal) atGate() bool {
	return slices.Contains([]string{codeNoGrant, codeMissing, codeInvalid, codePermission}, r.code)
}

// unverified is an answer that Alipay may not have given. What it answers to may
// have happened: so it is no fault, whatever its cause is.
type unverified struct {
	method string
	cause  error // hidden from errors.As
}

func (u *unverified) Error() string {
	return fmt.Sprintf("%s: the answer is not verified: %v", u.method, u.cause)
}

var (
	errTooLarge = errors.New("the answer is too large")
	errShape    = errors.New("the answer is none of the gateway's")
	errUnsigned = errors.New("it is not signed")
)

// common are the parameters of every call (platform document: "公共请求参数").
func (p *Provider) common(m *merchant, method string, content any) ([]parameter, error) {
	encoded, err := json.Marshal(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return []parameter{
		{"app_id", m.appID},
		{"method", method},
		{"format", "JSON"},
		{"charset", "utf-8"},
		{"sign_type", signType},
		{"timestamp", p.now().In(beijing).Format(time.DateTime)},
		{"version", "1.0"},
		{"biz_content", string(encoded)},
		{"app_cert_sn", m.appSerial},
		{"alipay_root_cert_sn", m.rootSerial},
	}, nil
}

// call asks for a method and decodes what is answered; into may be nil. Errors:
// *refusal, *unverified, and any of the network's, after which nobody knows.
func (p *Provider) call(ctx context.Context, m *merchant, method string, content, into any, more ...parameter) error {
	parameters, err := p.common(m, method, content)
	if err != nil {
		return err
	}
	form, err := m.sign(append(parameters, more...))
	if err != nil {
		return err
	}
	answer, err := p.post(ctx, method, form)
	if err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return p.read(ctx, m, method, answer, into)
}

func (p *Provider) post(ctx context.Context, method, form string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.gateway, strings.NewReader(form))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	request.Header.Set("User-Agent", "Plaza")
	return p.fetch(request, maxAnswer)
}

// fetch makes a request whose context is bounded and reads all of the answer.
func (p *Provider) fetch(request *http.Request, limit int64) ([]byte, error) {
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("status %d", response.StatusCode)
	case int64(len(answer)) > limit:
		return nil, errTooLarge
	}
	return answer, nil
}

// told is the head of every answer.
type told struct {
	Code     string `json:"code"`
	Words    string `json:"msg"`
	Sub      string `json:"sub_code"`
	SubWords string `json:"sub_msg"`
}

// read verifies an answer over the text of its node exactly as it came (platform
// document: "自行实现验签") and decodes it.
func (p *Provider) read(ctx context.Context, m *merchant, method string, answer []byte, into any) error {
	var nodes map[string]json.RawMessage
	if json.Unmarshal(answer, &nodes) != nil {
		return fmt.Errorf("%s: %w", method, errShape)
	}
	node, ok := nodes[strings.ReplaceAll(method, ".", "_")+"_response"]
	if !ok {
		node, ok = nodes["error_response"]
	}
	var head told
	if !ok || json.Unmarshal(node, &head) != nil {
		return fmt.Errorf("%s: %w", method, errShape)
	}
	no := newRefusal(method, head)
	var signature, serial string
	_ = json.Unmarshal(nodes["sign"], &signature)
	_ = json.Unmarshal(nodes["alipay_cert_sn"], &serial)
	if err := p.verify(ctx, m, serial, node, signature); err != nil {
		// Whom the gateway does not know it does not sign for: nothing but TLS can
		// vouch for that.
		if signature == "" && no.atGate() {
			return no
		}
		return &unverified{method, err}
	}
	if head.Code != codeSuccess && !(head.Code == codePaying && method == methodPay) {
		return no
	}
	if into == nil {
		return nil
	}
	if json.Unmarshal(node, into) != nil {
		return fmt.Errorf("%s: %w", method, errShape)
	}
	return nil
}

func newRefusal(method string, head told) *refusal {
	no := &refusal{method: method}
	no.code, _ = message.Cut(head.Code+" ", maxWords, message.Bytes)
	no.code = strings.TrimSpace(no.code)
	no.sub, _ = message.Cut(head.Sub, maxWords, message.Bytes)
	no.words, _ = message.Cut(head.Words+" "+head.SubWords, maxWords, message.Bytes)
	return no
}

// verify says whether Alipay has signed a node.
func (p *Provider) verify(_ context.Context, m *merchant, serial string, node []byte, signature string) error {
	if signature == "" {
		return errUnsigned
	}
	key, err := m.keyOf(serial)
	if err != nil {
		return err
	}
	return check(key, node, signature)
}
