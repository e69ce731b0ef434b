package alipay

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
	methodCertificate = "alipay.open.app.alipaycert.download"
	methodBill        = "alipay.data.dataservice.bill.downloadurl.query"
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

// form are the parameters of a call (platform document: "公共请求参数"), signed and
// encoded.
func (p *Provider) form(m *merchant, method string, content any, more ...parameter) (string, error) {
	encoded, err := json.Marshal(content)
	if err != nil {
		return "", fmt.Errorf("%s: %w", method, err)
	}
	return m.sign(append([]parameter{
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
	}, more...))
}

// call asks for a method and decodes what is answered; into may be nil. Errors:
// *refusal, *unverified, and any of the network's, after which nobody knows.
func (p *Provider) call(ctx context.Context, m *merchant, method string, content, into any, more ...parameter) error {
	form, err := p.form(m, method, content, more...)
	if err != nil {
		return err
	}
	posted, err := p.post(ctx, method, form)
	if err != nil {
		return err
	}
	a, err := split(method, posted)
	if err != nil {
		return err
	}
	return p.believe(ctx, m, a, into)
}

// post sends a form and reads the answer.
func (p *Provider) post(ctx context.Context, method, form string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.gateway, strings.NewReader(form))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded;charset=utf-8")
	request.Header.Set("User-Agent", "Plaza")
	var answer bytes.Buffer
	if err := p.fetch(request, &answer, maxAnswer); err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return answer.Bytes(), nil
}

// fetch makes a request whose context is bounded and copies all of the answer.
func (p *Provider) fetch(request *http.Request, into io.Writer, limit int64) error {
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	written, err := io.Copy(into, io.LimitReader(response.Body, limit+1))
	if err == nil && written > limit {
		err = errTooLarge
	}
	return err
}

// told is the head of every answer.
type told struct {
	Code     string `json:"code"`
	Words    string `json:"msg"`
	Sub      string `json:"sub_code"`
	SubWords string `json:"sub_msg"`
}

// answer is what was answered, taken apart; nothing of it is verified.
type answer struct {
	method            string
	node              json.RawMessage // exactly as it came
	signature, serial string
	head              told
}

// split takes an answer apart (platform document: "公共响应参数").
func split(method string, posted []byte) (answer, error) {
	a := answer{method: method}
	var nodes map[string]json.RawMessage
	if json.Unmarshal(posted, &nodes) != nil {
		return a, fmt.Errorf("%s: %w", method, errShape)
	}
	var ok bool
	if a.node, ok = nodes[strings.ReplaceAll(method, ".", "_")+"_response"]; !ok {
		a.node, ok = nodes["error_response"]
	}
	if !ok || a.decode(&a.head) != nil {
		return a, fmt.Errorf("%s: %w", method, errShape)
	}
	_ = json.Unmarshal(nodes["sign"], &a.signature)
	_ = json.Unmarshal(nodes["alipay_cert_sn"], &a.serial)
	return a, nil
}

func (a answer) decode(into any) error {
	if json.Unmarshal(a.node, into) != nil {
		return fmt.Errorf("%s: %w", a.method, errShape)
	}
	return nil
}

// believe verifies an answer over the text of its node (platform document:
// "自行实现验签") and decodes it.
func (p *Provider) believe(ctx context.Context, m *merchant, a answer, into any) error {
	no := newRefusal(a.method, a.head)
	if err := p.verify(ctx, m, a); err != nil {
		// Whom the gateway does not know it does not sign for: nothing but TLS can
		// vouch for that.
		if a.signature == "" && no.atGate() {
			return no
		}
		return &unverified{a.method, err}
	}
	if no.code != codeSuccess && (no.code != codePaying || a.method != methodPay) {
		return no
	}
	if into == nil {
		return nil
	}
	return a.decode(into)
}

func newRefusal(method string, head told) *refusal {
	no := &refusal{method: method}
	no.code, _ = message.Cut(head.Code+" ", maxWords, message.Bytes)
	no.code = strings.TrimSpace(no.code)
	no.sub, _ = message.Cut(head.Sub, maxWords, message.Bytes)
	no.words, _ = message.Cut(head.Words+" "+head.SubWords, maxWords, message.Bytes)
	return no
}

// verify says whether Alipay has signed an answer.
func (p *Provider) verify(ctx context.Context, m *merchant, a answer) error {
	if a.signature == "" {
		return errUnsigned
	}
	key, err := p.keyOf(ctx, m, a.serial)
	if err != nil {
		return err
	}
	return check(key, a.node, a.signature)
}
