package alipaytest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
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
	Fail     Trouble = "fail"     // 20000, and nothing was done
	FailDone Trouble = "faildone" // 20000, after all was done
	System   Trouble = "system"   // ACQ.SYSTEM_ERROR, after all was done
	Gateway  Trouble = "gateway"  // 502, after all was done
	Garbage  Trouble = "garbage"  // a page of HTML, after all was done
	Throttle Trouble = "throttle" // 40005, and nothing was done
	Forged   Trouble = "forged"   // the answer is signed by somebody else
	Unsigned Trouble = "unsigned" // the answer is not signed
	Stranger Trouble = "stranger" // the answer names a certificate that nobody knows
)

// refusal is an answer that is none of success.
type refusal struct{ code, sub, words string }

// business is a no of the acquirer's.
func business(sub string) *refusal { return &refusal{"40004", sub, sub} }

// malformed is a no of the gateway's.
func malformed(sub, format string, args ...any) *refusal {
	return &refusal{"40002", sub, fmt.Sprintf(format, args...)}
}

// call is one request, read, of a merchant who has proved who they are.
type call struct {
	merchant *Merchant
	method   string
	values   map[string]string // as they were sent
	asked    map[string]any    // biz_content
}

func (c call) text(name string) string {
	value, _ := c.asked[name].(string)
	return value
}

const maxRequest = 1 << 20 // bytes

// ServeHTTP serves https://openapi.alipay.com/gateway.do, the files of bills and
// the pages for people.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/gateway.do" {
		p.servePage(w, r)
		return
	}
	if r.Method == http.MethodGet {
		p.openPage(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequest))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	values, err := url.ParseQuery(string(body))
	if err != nil || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		http.Error(w, "form", http.StatusBadRequest)
		return
	}
	method := values.Get("method")
	trouble := None
	if p.Trouble != nil {
		trouble = p.Trouble(method)
	}
	if trouble == Cut {
		panic(http.ErrAbortHandler)
	}
	p.mu.Lock()
	p.calls[method]++
	c, done, refused := p.serve(trouble, values)
	answer := p.answer(c, trouble, done, refused)
	p.mu.Unlock()
	switch trouble {
	case Lost:
		panic(http.ErrAbortHandler)
	case Gateway:
		http.Error(w, "bad gateway", http.StatusBadGateway)
	case Garbage:
		_, _ = io.WriteString(w, "<html><body>maintenance</body></html>")
	default:
		w.Header().Set("Content-Type", "text/html;charset=utf-8") // as the gateway says
		_, _ = w.Write(answer)
	}
}

func (p *Platform) serve(trouble Trouble, values url.Values) (call, map[string]any, *refusal) {
	c, refused := p.authenticate(values)
	if refused == nil {
		c.asked, refused = decode(c.values["biz_content"], p.described(c.method))
	}
	if refused != nil {
		p.strict = append(p.strict, c.method+": "+refused.sub+": "+refused.words)
		return c, nil, refused
	}
	switch trouble {
	case Fail:
		return c, nil, unavailable()
	case Throttle:
		return c, nil, &refusal{"40005", "isv.app-call-limited", "应用调用次数超限"}
	}
	p.pass()
	done, refused := p.route(c)
	switch trouble {
	case FailDone:
		return c, nil, unavailable()
	case System:
		return c, nil, business("ACQ.SYSTEM_ERROR")
	}
	return c, done, refused
}

func unavailable() *refusal { return &refusal{"20000", "isp.unknow-error", "系统繁忙"} }

// route is the gateway's list of methods.
func (p *Platform) route(c call) (map[string]any, *refusal) {
	switch c.method {
	case "alipay.trade.precreate":
		return p.precreate(c)
	case "alipay.trade.pay":
		return p.takeCode(c)
	case "alipay.trade.query":
		return p.query(c)
	case "alipay.trade.close":
		return p.closeTrade(c)
	case "alipay.trade.cancel":
		return p.cancel(c)
	case "alipay.trade.refund":
		return p.refund(c)
	case "alipay.trade.fastpay.refund.query":
		return p.queryRefund(c)
	case "alipay.data.dataservice.bill.downloadurl.query":
		return p.makeBill(c)
	case "alipay.open.app.alipaycert.download":
		return p.giveCertificate(c)
	}
	return nil, malformed("isv.invalid-method", "不存在的方法名")
}

// common are the parameters that a request may have beside sign, and what they
// have to be (platform document: "公共请求参数").
var common = map[string]*regexp.Regexp{
	"app_id":              regexp.MustCompile(`^[0-9]{16}$`),
	"method":              regexp.MustCompile(`^[a-z.]{1,128}$`),
	"format":              regexp.MustCompile(`^JSON$`),
	"charset":             regexp.MustCompile(`^utf-8$`),
	"sign_type":           regexp.MustCompile(`^RSA2$`),
	"timestamp":           regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$`),
	"version":             regexp.MustCompile(`^1\.0$`),
	"biz_content":         regexp.MustCompile(`^\{`),
	"notify_url":          regexp.MustCompile(`^https?://.{1,248}$`),
	"return_url":          regexp.MustCompile(`^https?://.{1,248}$`),
	"app_cert_sn":         regexp.MustCompile(`^[0-9a-f]{32}$`),
	"alipay_root_cert_sn": regexp.MustCompile(`^[0-9a-f]{32}(_[0-9a-f]{32})*$`),
}

// authenticate checks the common parameters and the signature.
func (p *Platform) authenticate(values url.Values) (call, *refusal) {
	c := call{method: values.Get("method"), values: map[string]string{}}
	for name, all := range values {
		allowed := common[name]
		if len(all) != 1 || all[0] == "" || name != "sign" && (allowed == nil || !allowed.MatchString(all[0])) {
			return c, malformed("isv.invalid-arguments", "参数 %s 无效", name)
		}
		c.values[name] = all[0]
	}
	for _, name := range []string{"app_id", "method", "charset", "sign_type", "sign", "timestamp", "version", "biz_content"} {
		if c.values[name] == "" {
			return c, &refusal{"40001", "isv.missing-" + strings.ReplaceAll(name, "_", "-"), "缺少参数 " + name}
		}
	}
	m := p.merchants[c.values["app_id"]]
	if m == nil {
		return c, malformed("isv.invalid-app-id", "无效的AppID参数")
	}
	rootSN := ""
	if m.AppCertificate != "" {
		rootSN = p.authority.rootSN
	}
	if c.values["app_cert_sn"] != m.appSN || c.values["alipay_root_cert_sn"] != rootSN {
		return c, malformed("isv.invalid-cert-sn", "证书序列号与应用不符")
	}
	if !verified(&m.key.PublicKey, content(c.values, "sign"), c.values["sign"]) {
		return c, malformed("isv.invalid-signature", "验签出错，建议检查签名字符串或签名私钥与应用公钥是否匹配")
	}
	at, err := time.ParseInLocation(time.DateTime, c.values["timestamp"], beijing)
	if err != nil || at.Sub(p.Now()).Abs() > 15*time.Minute && c.method != "alipay.trade.page.pay" && c.method != "alipay.trade.wap.pay" {
		return c, malformed("isv.invalid-timestamp", "非法的时间戳参数")
	}
	if address := c.values["notify_url"]; address != "" && !strings.HasPrefix(address, "https://") && !p.AnyAddress {
		return c, malformed("isv.invalid-notify-url", "notify_url")
	}
	c.merchant = m
	return c, nil
}

// decode reads biz_content by its description.
func decode(text string, described fields.Object) (map[string]any, *refusal) {
	if described == nil {
		return nil, malformed("isv.invalid-method", "不存在的方法名")
	}
	asked, err := fields.Decode([]byte(text), described)
	if err != nil {
		return nil, malformed("isv.invalid-parameter", "%v", err)
	}
	return asked, nil
}

// answer writes what is answered. Whom the gateway does not know it does not sign
// for. Slashes are escaped as the gateway escapes them: what is signed is the
// text, not what it means.
func (p *Platform) answer(c call, trouble Trouble, done map[string]any, refused *refusal) []byte {
	told := map[string]any{"code": "10000", "msg": "Success"}
	if refused != nil {
		told["code"], told["msg"], told["sub_code"], told["sub_msg"] = refused.code, "Business Failed", refused.sub, refused.words
	}
	for name, value := range done {
		told[name] = value
	}
	node := strings.ReplaceAll(string(must(json.Marshal(told))), "/", `\/`)
	var parts []string
	parts = append(parts, fmt.Sprintf("%q:%s", strings.ReplaceAll(c.method, ".", "_")+"_response", node))
	if c.merchant != nil && trouble != Unsigned {
		signature, serial := p.sign(c.merchant, node, trouble)
		if serial != "" {
			parts = append(parts, fmt.Sprintf(`"alipay_cert_sn":%q`, serial))
		}
		parts = append(parts, fmt.Sprintf(`"sign":%q`, signature))
	}
	return []byte("{" + strings.Join(parts, ",") + "}")
}

// sign signs for a merchant: with the newest certificate, or with the one key for
// applications without.
func (p *Platform) sign(m *Merchant, text string, trouble Trouble) (signature, serial string) {
	key := p.key
	if m.AppCertificate != "" {
		newest := p.authority.newest()
		key, serial = newest.key, newest.sn
	}
	switch trouble {
	case Stranger:
		key, serial = m.key, "00deadbeef00deadbeef00deadbeef00"
	case Forged:
		key = m.key
	}
	return rsa2(key, text), serial
}

// giveCertificate gives out one that Alipay signs with (应用支付宝公钥证书下载).
func (p *Platform) giveCertificate(c call) (map[string]any, *refusal) {
	for _, one := range p.authority.issued {
		if one.sn == c.text("alipay_cert_sn") {
			return map[string]any{"alipay_cert_content": bare([]byte(one.pem))}, nil
		}
	}
	return nil, business("CERT_NOT_EXIST")
}
