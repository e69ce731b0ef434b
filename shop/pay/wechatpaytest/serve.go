package wechatpaytest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"plaza/shop/pay/paytest/fields"
)

// Trouble is what goes wrong with one call.
type Trouble string

// The troubles.
const (
	None     Trouble = ""
	Cut      Trouble = "cut"      // the connection ends before anything was done
	Lost     Trouble = "lost"     // all was done, and the answer does not arrive
	Fail     Trouble = "fail"     // SYSTEM_ERROR, and nothing was done
	FailDone Trouble = "faildone" // SYSTEM_ERROR, after all was done
	Throttle Trouble = "throttle" // FREQUENCY_LIMITED, and nothing was done
	Forged   Trouble = "forged"   // the answer is signed by somebody else
	Unsigned Trouble = "unsigned" // the answer is not signed
	Stranger Trouble = "stranger" // the answer names a certificate that nobody knows
	Old      Trouble = "old"      // the answer was signed long ago
)

// refusal is an answer that is none of success.
type refusal struct {
	status  int
	code    string
	message string
	field   string
}

func refuse(status int, code, format string, args ...any) *refusal {
	return &refusal{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// call is one request, read, by a merchant who has proved who they are.
type call struct {
	*http.Request
	merchant *Merchant
	body     []byte
}

// answer is what is given: JSON, or a file as it is.
type answer struct {
	status int
	value  any
	file   []byte
}

const maxRequest = 1 << 20 // bytes

// ServeHTTP serves https://api.mch.weixin.qq.com and the pages for people.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/v3/") {
		p.servePage(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	trouble := None
	if p.Trouble != nil {
		trouble = p.Trouble(r.Method, r.URL.Path)
	}
	if trouble == Cut {
		panic(http.ErrAbortHandler)
	}
	p.mu.Lock()
	p.calls[r.URL.Path]++
	c, done, refused := p.serve(trouble, r, body)
	p.mu.Unlock()
	switch trouble {
	case Lost:
		panic(http.ErrAbortHandler)
	case FailDone:
		done, refused = answer{}, systemError()
	}
	p.write(w, c, trouble, done, refused)
}

func systemError() *refusal {
	return refuse(http.StatusInternalServerError, "SYSTEM_ERROR", "系统异常，请稍后重试")
}

func (p *Platform) serve(trouble Trouble, r *http.Request, body []byte) (call, answer, *refusal) {
	c := call{Request: r, body: body}
	switch trouble {
	case Fail:
		return c, answer{}, systemError()
	case Throttle:
		return c, answer{}, refuse(http.StatusTooManyRequests, "FREQUENCY_LIMITED", "频率超限")
	}
	merchant, refused := p.authenticate(r, body)
	if refused == nil {
		c.merchant = merchant
		refused = wellFormed(r, body)
	}
	if refused != nil {
		p.strict = append(p.strict, r.Method+" "+r.URL.Path+": "+refused.message)
		return c, answer{}, refused
	}
	p.finishRefunds()
	done, refused := p.route(c)
	if refused != nil && refused.code == "PARAM_ERROR" {
		p.strict = append(p.strict, r.Method+" "+r.URL.Path+": "+refused.field+": "+refused.message)
	}
	return c, done, refused
}

// route is the platform's list of calls.
func (p *Platform) route(c call) (answer, *refusal) {
	path, isOrder := strings.CutPrefix(c.URL.Path, "/v3/pay/transactions/out-trade-no/")
	number, action, _ := strings.Cut(path, "/")
	refundNo, isRefund := strings.CutPrefix(c.URL.Path, "/v3/refund/domestic/refunds/")
	switch {
	case c.is(http.MethodPost, "/v3/pay/transactions/jsapi"), c.is(http.MethodPost, "/v3/pay/transactions/native"), c.is(http.MethodPost, "/v3/pay/transactions/h5"):
		return p.place(c, strings.TrimPrefix(c.URL.Path, "/v3/pay/transactions/"))
	case c.is(http.MethodPost, "/v3/pay/transactions/codepay"):
		return p.takeCode(c)
	case isOrder && action == "" && c.Method == http.MethodGet:
		return p.queryOrder(c, number)
	case isOrder && action == "close" && c.Method == http.MethodPost:
		return p.closeOrder(c, number)
	case isOrder && action == "reverse" && c.Method == http.MethodPost:
		return p.reverseOrder(c, number)
	case c.is(http.MethodPost, "/v3/refund/domestic/refunds"):
		return p.applyRefund(c)
	case isRefund && c.Method == http.MethodGet:
		return p.queryRefund(c, refundNo)
	case c.is(http.MethodGet, "/v3/certificates"):
		return p.giveCertificates(c)
	case c.is(http.MethodPost, "/v3/security/echo"):
		return echo(c)
	case c.is(http.MethodGet, "/v3/bill/tradebill"):
		return p.makeBill(c)
	case c.is(http.MethodGet, "/v3/billdownload/file"):
		return p.giveBill(c)
	}
	return answer{}, refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无此接口")
}

func (c call) is(method, path string) bool { return c.Method == method && c.URL.Path == path }

var authorization = regexp.MustCompile(`^WECHATPAY2-SHA256-RSA2048 ((?:[a-z_]+="[^"]*",?)+)$`)

// authenticate verifies a request's signature over method, path with query,
// time, nonce and body, each ended by a line feed.
func (p *Platform) authenticate(r *http.Request, body []byte) (*Merchant, *refusal) {
	wrong := func(why string) (*Merchant, *refusal) {
		return nil, refuse(http.StatusUnauthorized, "SIGN_ERROR", "签名错误: %s", why)
	}
	found := authorization.FindStringSubmatch(r.Header.Get("Authorization"))
	if found == nil {
		return wrong("Authorization")
	}
	said := map[string]string{}
	for _, pair := range strings.Split(strings.TrimSuffix(found[1], ","), ",") {
		name, value, _ := strings.Cut(pair, "=")
		if _, twice := said[name]; twice {
			return wrong("twice " + name)
		}
		said[name] = strings.Trim(value, `"`)
	}
	m := p.merchants[said["mchid"]]
	at, err := strconv.ParseInt(said["timestamp"], 10, 64)
	switch {
	case len(said) != 5 || m == nil:
		return wrong("mchid")
	case said["serial_no"] != m.SerialNo:
		return wrong("serial_no")
	case err != nil || time.Unix(at, 0).Sub(p.Now()).Abs() > 5*time.Minute:
		return wrong("timestamp")
	case said["nonce_str"] == "" || len(said["nonce_str"]) > 32 || m.nonces[said["nonce_str"]]:
		return wrong("nonce_str")
	}
	signature, err := base64.StdEncoding.DecodeString(said["signature"])
	if err != nil {
		return wrong("base64")
	}
	text := r.Method + "\n" + r.URL.RequestURI() + "\n" + said["timestamp"] + "\n" + said["nonce_str"] + "\n" + string(body) + "\n"
	sum := sha256.Sum256([]byte(text))
	if rsa.VerifyPKCS1v15(m.key, crypto.SHA256, sum[:], signature) != nil {
		return wrong("signature")
	}
	m.nonces[said["nonce_str"]] = true
	return m, nil
}

// wellFormed checks the headers that the platform asks for.
func wellFormed(r *http.Request, body []byte) *refusal {
	switch {
	case !strings.Contains(r.Header.Get("Accept"), "application/json") && r.Header.Get("Accept") != "*/*":
		return refuse(http.StatusNotAcceptable, "PARAM_ERROR", "Accept")
	case r.Header.Get("User-Agent") == "":
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "User-Agent")
	case r.Method == http.MethodPost && !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json"):
		return refuse(http.StatusUnsupportedMediaType, "PARAM_ERROR", "Content-Type")
	case r.Method == http.MethodGet && len(body) > 0:
		return refuse(http.StatusBadRequest, "PARAM_ERROR", "body")
	}
	return nil
}

// write answers, signed unless nobody knows whom to.
func (p *Platform) write(w http.ResponseWriter, c call, trouble Trouble, done answer, refused *refusal) {
	w.Header().Set("Request-ID", "08F78BB5AF0610D302189F9BF2"+rand.Text()[:6])
	if done.file != nil && refused == nil {
		_, _ = w.Write(done.file)
		return
	}
	status, value := done.status, done.value
	if refused != nil {
		told := map[string]any{"code": refused.code, "message": refused.message}
		if refused.field != "" {
			told["detail"] = map[string]any{"field": refused.field, "location": "body"}
		}
		status, value = refused.status, told
	}
	var body []byte
	if value != nil {
		body, _ = json.Marshal(value)
	}
	if c.merchant != nil && trouble != Unsigned {
		p.mu.Lock()
		header := p.sign(c.Header.Get("Wechatpay-Serial"), trouble, body)
		p.mu.Unlock()
		for name, values := range header {
			w.Header()[name] = values
		}
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	if status == 0 {
		status = http.StatusOK
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// sign signs what the platform says: with its public key's other half for
// whoever names that, with its newest certificate for others.
func (p *Platform) sign(wanted string, trouble Trouble, body []byte) http.Header {
	key, serial := p.publicKey, p.publicKeyID
	if wanted != p.publicKeyID {
		newest := p.certificates[len(p.certificates)-1]
		key, serial = newest.key, newest.serial
	}
	now := p.Now()
	switch trouble {
	case Old:
		now = now.Add(-5 * time.Minute)
	case Stranger:
		serial = "00DEADBEEFDEADBEEFDEADBEEFDEADBEEFDEADBE"
	}
	at, nonce := strconv.FormatInt(now.Unix(), 10), rand.Text()
	sum := sha256.Sum256([]byte(at + "\n" + nonce + "\n" + string(body) + "\n"))
	if trouble == Forged {
		sum[0] ^= 1
	}
	signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	header := http.Header{}
	header.Set("Wechatpay-Timestamp", at)
	header.Set("Wechatpay-Nonce", nonce)
	header.Set("Wechatpay-Signature", base64.StdEncoding.EncodeToString(signature))
	header.Set("Wechatpay-Signature-Type", "WECHATPAY2-SHA256-RSA2048")
	header.Set("Wechatpay-Serial", serial)
	return header
}

func (p *Platform) giveCertificates(c call) (answer, *refusal) {
	if !c.merchant.Certificates {
		return answer{}, refuse(http.StatusNotFound, "RESOURCE_NOT_EXISTS", "无可用的平台证书，请在商户平台-API安全申请使用微信支付公钥")
	}
	var data []any
	for _, one := range p.certificates {
		data = append(data, map[string]any{"serial_no": one.serial,
			"effective_time": p.Now().In(beijing).Format(time.RFC3339), "expire_time": p.Now().In(beijing).AddDate(5, 0, 0).Format(time.RFC3339),
			"encrypt_certificate": c.merchant.encrypt("certificate", "", one.pem)})
	}
	return answer{value: map[string]any{"data": data}}, nil
}

func echo(c call) (answer, *refusal) {
	asked, refused := decode(c.body, fields.Object{"echo_message": fields.Need(fields.Text(1, 1024)), "encrypted_echo_message": fields.May(fields.Text(1, 4096)), "notify_url": fields.May(fields.Text(1, 255))})
	if refused != nil {
		return answer{}, refused
	}
	return answer{value: map[string]any{"echo_message": asked["echo_message"]}}, nil
}
