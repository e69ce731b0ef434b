package kakaotest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// Dealer is NHN Cloud's part of the stand-in: templates, sending, results.
type Dealer struct {
	platform *Platform

	mu        sync.Mutex
	AppKey    string
	Secret    string
	SenderKey string
	// Unreachable numbers have no KakaoTalk; NoSMS ones take no short message.
	Unreachable, NoSMS map[string]bool
	// Refuses are numbers that it takes no notice for; a call with Minds in it is
	// refused as a whole.
	Minds     string
	Refuses   map[string]bool
	requests  int
	templates map[string]Template
	keys      map[string]time.Time
	notices   map[string]*notice
	order     []*notice
}

// Template as the dealer keeps it. Status is TSC01 to TSC04.
type Template struct{ Code, Name, Content, Status, Link string }

type notice struct {
	request                           string
	sequence                          int
	key, number, text, status, resend string
}

// AddTemplate keeps a template.
func (d *Dealer) AddTemplate(t Template) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.templates[t.Code] = t
}

// Texts are the notices that people got, by KakaoTalk or as short messages.
func (d *Dealer) Texts() (all []string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, n := range d.order {
		if n.status == "COMPLETED" || n.resend == "RSC04" {
			all = append(all, n.number+" "+n.text)
		}
	}
	return all
}

func header(code int, text string) map[string]any {
	return map[string]any{"resultCode": code, "resultMessage": text, "isSuccessful": code == 0}
}

func refuse(code int, text string) (int, any) {
	return http.StatusOK, map[string]any{"header": header(code, text)}
}

func (d *Dealer) serve(r *http.Request, path []string, body []byte) (int, any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(path) < 5 || path[1] != "v2.3" || path[2] != "appkeys" || path[3] != d.AppKey {
		return refuse(-1000, "Invalid appKey")
	}
	if r.Header.Get("X-Secret-Key") != d.Secret {
		return refuse(-1005, "Invalid secretKey")
	}
	switch rest := path[4:]; {
	case rest[0] == "senders" && len(rest) == 3 && rest[2] == "templates" && r.Method == http.MethodGet:
		return d.list(rest[1])
	case rest[0] == "messages" && len(rest) == 1 && r.Method == http.MethodPost:
		return d.send(r.Header.Get("X-NC-API-IDEMPOTENCY-KEY"), body)
	case rest[0] == "messages" && len(rest) == 1 && r.Method == http.MethodGet:
		return d.find(r)
	case rest[0] == "messages" && len(rest) == 3 && r.Method == http.MethodGet:
		if n := d.notices[rest[1]+"/"+rest[2]]; n != nil {
			return http.StatusOK, map[string]any{"header": header(0, "SUCCESS"), "message": n.shown()}
		}
	}
	return refuse(-9998, "API not found")
}

func (d *Dealer) list(sender string) (int, any) {
	if sender != d.SenderKey {
		return refuse(-2001, "Invalid senderKey")
	}
	var all []map[string]any
	for _, t := range d.templates {
		all = append(all, map[string]any{"templateCode": t.Code, "templateName": t.Name, "templateContent": t.Content, "status": t.Status,
			"buttons": []map[string]any{{"ordering": 1, "type": "WL", "name": "보기", "linkMo": t.Link}}})
	}
	return http.StatusOK, map[string]any{"header": header(0, "SUCCESS"), "templateListResponse": map[string]any{"templates": all, "totalCount": len(all)}}
}

var placeholder = regexp.MustCompile(`#\{([^{}]+)\}`)

// recipient is one of a call.
type recipient struct {
	Number string            `json:"recipientNo"`
	Values map[string]string `json:"templateParameter"`
	Resend struct {
		Is      bool   `json:"isResend"`
		Type    string `json:"resendType"`
		Title   string `json:"resendTitle"`
		Content string `json:"resendContent"`
		Number  string `json:"resendSendNo"`
	} `json:"resendParameter"`
	GroupingKey string `json:"recipientGroupingKey"`
}

var mobile = regexp.MustCompile(`^01[0-9]{8,9}$`)

func (d *Dealer) send(key string, body []byte) (int, any) {
	var call struct {
		SenderKey    string      `json:"senderKey"`
		TemplateCode string      `json:"templateCode"`
		Recipients   []recipient `json:"recipientList"`
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(&call) != nil || len(call.Recipients) < 1 || len(call.Recipients) > 1000 {
		return refuse(-2002, "Invalid body")
	}
	now := d.platform.now()
	if used, ok := d.keys[key]; key != "" && ok && now.Sub(used) < 10*time.Minute {
		return refuse(-2003, "Duplicate idempotency key")
	}
	t := d.templates[call.TemplateCode]
	switch {
	case call.SenderKey != d.SenderKey:
		return refuse(-2001, "Invalid senderKey")
	case t.Status != "TSC03":
		return refuse(-2004, "Template is not approved")
	}
	for _, to := range call.Recipients {
		switch {
		case len(to.Number) > 15 || !mobile.MatchString(to.Number) || to.Number == d.Minds:
			return refuse(-2005, "Invalid recipientNo")
		case to.Resend.Type != "" && to.Resend.Type != "SMS" && to.Resend.Type != "LMS":
			return refuse(-2009, "Invalid resendType")
		case len(to.GroupingKey) > 100:
			return refuse(-2006, "recipientGroupingKey is too long")
		}
		if _, missing := t.fill(to.Values); missing != "" {
			return refuse(-2007, "Template parameter mismatch "+missing)
		}
	}
	d.keys[key] = now
	d.requests++
	request, results := fmt.Sprintf("N%d", d.requests), make([]map[string]any, len(call.Recipients))
	for i, to := range call.Recipients {
		code, text := 0, "SUCCESS"
		if d.Refuses[to.Number] {
			code, text = -1018, "Blocked recipient"
		} else {
			d.take(request, i+1, t, to)
		}
		results[i] = map[string]any{"recipientSeq": i + 1, "recipientNo": to.Number, "resultCode": code, "resultMessage": text}
	}
	return http.StatusOK, map[string]any{"header": header(0, "SUCCESS"), "message": map[string]any{"requestId": request, "sendResults": results}}
}

// fill puts values into a template, and says what is missing or too long.
func (t Template) fill(values map[string]string) (text, missing string) {
	text = placeholder.ReplaceAllStringFunc(t.Content, func(found string) string {
		value, ok := values[found[2:len(found)-1]]
		if !ok {
			missing = found
		}
		return value
	})
	if utf8.RuneCountInString(text) > 1000 {
		missing = "1000"
	}
	return text, missing
}

// take brings a notice to its recipient, one way or the other.
func (d *Dealer) take(request string, sequence int, t Template, to recipient) {
	text, _ := t.fill(to.Values)
	n := &notice{request: request, sequence: sequence, key: to.GroupingKey, number: to.Number, text: text, status: "COMPLETED", resend: "RSC01"}
	if d.Unreachable[to.Number] {
		n.status = "FAILED"
		if to.Resend.Is && to.Resend.Number != "" {
			if n.resend = "RSC04"; d.NoSMS[to.Number] {
				n.resend = "RSC05"
			}
			if to.Resend.Content != "" { // otherwise the notice's own
				n.text = strings.TrimSpace(to.Resend.Content)
			}
		}
	}
	d.notices[fmt.Sprintf("%s/%d", request, sequence)] = n
	d.order = append(d.order, n)
}

// Requests is how many calls handed something over.
func (d *Dealer) Requests() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.requests
}

func (n *notice) shown() map[string]any {
	code, name := "MRC01", "성공"
	if n.status != "COMPLETED" {
		code, name = "MRC02", "실패"
	}
	return map[string]any{"requestId": n.request, "recipientSeq": n.sequence, "messageStatus": n.status, "resendStatus": n.resend, "resultCode": code, "resultCodeName": name}
}

func (d *Dealer) find(r *http.Request) (int, any) {
	q := r.URL.Query()
	if q.Get("requestId") == "" && (q.Get("startRequestDate") == "" || q.Get("endRequestDate") == "") {
		return refuse(-2008, "requestId or dates are required")
	}
	all := []map[string]any{}
	for _, n := range d.order {
		if n.key == q.Get("recipientGroupingKey") {
			all = append(all, n.shown())
		}
	}
	return http.StatusOK, map[string]any{"header": header(0, "SUCCESS"), "messageSearchResultResponse": map[string]any{"messages": all, "totalCount": len(all)}}
}
