package wechattest

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Template of a template message or, with Notice, of a subscription notice.
type Template struct {
	ID, Title, Content string
	Notice             bool
}

// AddTemplate chooses a template in the platform's own console.
func (p *Platform) AddTemplate(t Template) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.templates[t.ID] = t
}

// Consent lets somebody agree to so many notices of a template, as the pop-up of
// a page does.
func (p *Platform) Consent(openID, template string, times int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person(openID).consent[template] += times
}

// BlockTemplates lets somebody turn template messages off.
func (p *Platform) BlockTemplates(openID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.person(openID).blocks = true
}

func (p *Platform) listTemplates(*http.Request) (answer, *refusal) {
	list := []answer{}
	for _, t := range p.sorted(false) {
		list = append(list, answer{"template_id": t.ID, "title": t.Title, "primary_industry": "", "deputy_industry": "", "content": t.Content, "example": ""})
	}
	return answer{"template_list": list}, nil
}

func (p *Platform) listNotices(*http.Request) (answer, *refusal) {
	list := []answer{}
	for _, t := range p.sorted(true) {
		list = append(list, answer{"priTmplId": t.ID, "title": t.Title, "content": t.Content, "example": "", "type": 2})
	}
	return ok(answer{"data": list}), nil
}

func (p *Platform) sorted(notice bool) []Template {
	var list []Template
	for _, t := range p.templates {
		if t.Notice == notice {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b Template) int { return strings.Compare(a.ID, b.ID) })
	return list
}

type values map[string]struct {
	Value string `json:"value"`
	Color string `json:"color"`
}

type program struct {
	AppID string `json:"appid"`
	Page  string `json:"pagepath"`
}

func (p *Platform) templateSend(body []byte) (answer, *refusal) {
	var call struct {
		To       string   `json:"touser"`
		Template string   `json:"template_id"`
		URL      string   `json:"url"`
		Program  *program `json:"miniprogram"`
		Key      string   `json:"client_msg_id"`
		Data     values   `json:"data"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	t, known := p.templates[call.Template]
	u := p.users[call.To]
	switch {
	case !known || t.Notice:
		return nil, &badTemplate
	case u == nil:
		return nil, &unknownPerson
	case !u.follows:
		return nil, &notFollowing
	case !t.takes(call.Data):
		return nil, &refusal{47003, "argument invalid! data." + t.ID}
	}
	if call.Key != "" {
		if len(call.Key) > 32 {
			return nil, &dataFormat
		}
		if sent, before := p.drafts["template "+call.Key]; before {
			return ok(answer{"msgid": sent}), nil
		}
	}
	p.nextID++
	id := p.nextID
	p.drafts["template "+call.Key] = int(id)
	status := "success"
	if u.blocks {
		status = "failed:user block"
	} else if refused := p.deliver(call.To, "template", slices.Concat([]byte(`{"template":`), body, []byte("}"))); refused != nil {
		return nil, refused
	}
	p.pushes = append(p.pushes, event{call.To, "TEMPLATESENDJOBFINISH",
		"<MsgID>" + strconv.FormatInt(id, 10) + "</MsgID><Status>" + cdata(status) + "</Status>"})
	return ok(answer{"msgid": id}), nil
}

func (p *Platform) noticeSend(body []byte) (answer, *refusal) {
	var call struct {
		To       string   `json:"touser"`
		Template string   `json:"template_id"`
		Page     string   `json:"page"`
		Program  *program `json:"miniprogram"`
		Data     values   `json:"data"`
	}
	if refused := strict(body, &call); refused != nil {
		return nil, refused
	}
	t, known := p.templates[call.Template]
	u := p.users[call.To]
	switch {
	case !known || !t.Notice:
		return nil, &badTemplate
	case u == nil:
		return nil, &unknownPerson
	case !t.takes(call.Data):
		return nil, &refusal{47003, "argument invalid! data." + t.ID}
	case u.consent[t.ID] == 0:
		return nil, &refused
	}
	u.consent[t.ID]--
	p.nextID++
	id := strconv.FormatInt(p.nextID, 10)
	if refused := p.deliver(call.To, "notice", slices.Concat([]byte(`{"notice":`), body, []byte("}"))); refused != nil {
		return nil, refused
	}
	p.pushes = append(p.pushes, event{call.To, "subscribe_msg_sent_event",
		"<SubscribeMsgSentEvent><List><TemplateId>" + cdata(t.ID) + "</TemplateId><MsgID>" + cdata(id) + "</MsgID><ErrorCode>0</ErrorCode><ErrorStatus>" + cdata("success") + "</ErrorStatus></List></SubscribeMsgSentEvent>"})
	return ok(answer{"msgid": id}), nil
}

var (
	placeholders = regexp.MustCompile(`\{\{(\w+)\.DATA\}\}`)
	kinds        = regexp.MustCompile(`^([a-z_]+?)\d*$`)
	numbers      = regexp.MustCompile(`^\d+(\.\d+)?$`)
	amounts      = regexp.MustCompile(`^[¥$€₩]?\d{1,10}(\.\d+)?元?$`)
	codes        = regexp.MustCompile(`^[\x21-\x7e]{1,32}$`)
)

// takes says whether data has exactly the template's fields, each of its kind
// (platform document: "Subscription notices", parameter types).
func (t Template) takes(data values) bool {
	wanted := placeholders.FindAllStringSubmatch(t.Content, -1)
	if len(wanted) != len(data) {
		return false
	}
	for _, field := range wanted {
		value, given := data[field[1]]
		if !given || value.Value == "" || !right(kinds.FindStringSubmatch(field[1])[1], value.Value) {
			return false
		}
	}
	return true
}

func right(kind, value string) bool {
	length := utf8.RuneCountInString(value)
	switch kind {
	case "thing":
		return length <= 20
	case "number":
		return length <= 32 && numbers.MatchString(value)
	case "amount":
		return amounts.MatchString(value)
	case "character_string":
		return codes.MatchString(value)
	case "phrase":
		return length <= 5
	case "name":
		return length <= 20
	case "time", "date":
		return strings.ContainsAny(value, "0123456789")
	}
	return length <= 200
}
