package wechat

import (
	"context"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
)

// Template is a form of words that WeChat sends outside the window, once the
// account has chosen it in WeChat's settings.
type Template struct {
	ID    string
	Title string
	// Notice: a subscription notice (订阅通知), which needs the person's consent,
	// and not a template message (模板消息).
	Notice bool
	Fields []TemplateField
}

// TemplateField is a blank of a template.
type TemplateField struct {
	Name  string // "thing1"
	Label string // the words before it in the template
}

var (
	blank     = regexp.MustCompile(`([^{}\n]*)\{\{(\w{1,64})\.DATA\}\}`)
	blankKind = regexp.MustCompile(`^([a-z_]+?)\d*$`)
)

// templateFields reads the blanks of a template's content.
func templateFields(content string) (fields []TemplateField) {
	for _, found := range blank.FindAllStringSubmatch(content, -1) {
		fields = append(fields, TemplateField{Name: found[2], Label: strings.Trim(found[1], " :："+"\r\t")})
	}
	return fields
}

// Templates lists the templates that the account has chosen: template messages,
// then subscription notices. An account without the right to one of them has
// none of it.
func (a *API) Templates(ctx context.Context, c Credentials) ([]Template, error) {
	var list struct {
		Templates []struct {
			ID      string `json:"template_id"`
			Title   string `json:"title"`
			Content string `json:"content"`
		} `json:"template_list"`
	}
	var notices struct {
		Data []struct {
			ID      string `json:"priTmplId"`
			Title   string `json:"title"`
			Content string `json:"content"`
		} `json:"data"`
	}
	if err := granted(a.ask(ctx, c, "/cgi-bin/template/get_all_private_template", nil, &list)); err != nil {
		return nil, err
	}
	if err := granted(a.ask(ctx, c, "/wxaapi/newtmpl/gettemplate", nil, &notices)); err != nil {
		return nil, err
	}
	var found []Template
	for _, t := range list.Templates {
		found = append(found, Template{ID: t.ID, Title: t.Title, Fields: templateFields(t.Content)})
	}
	for _, t := range notices.Data {
		found = append(found, Template{ID: t.ID, Title: t.Title, Notice: true, Fields: templateFields(t.Content)})
	}
	return found, nil
}

// granted makes nothing of a call that the account has no right to.
func granted(err error) error {
	if isCode(err, codeNotGranted) {
		return nil
	}
	return err
}

// TemplateMessage is one filled in for somebody.
type TemplateMessage struct {
	To       string
	Template string
	Notice   bool
	URL      string
	Values   map[string]string // by field
	// Key makes a template message that is sent twice arrive once; at most 32
	// bytes. Notices have none.
	Key string
}

type templateValue struct {
	Value string `json:"value"`
}

// SendTemplate sends it, and gives the id by which WeChat reports how it ended.
func (a *API) SendTemplate(ctx context.Context, c Credentials, m TemplateMessage) (id string, err error) {
	data := make(map[string]templateValue, len(m.Values))
	for name, value := range m.Values {
		data[name] = templateValue{value}
	}
	body := struct {
		To       string                   `json:"touser"`
		Template string                   `json:"template_id"`
		URL      string                   `json:"url,omitempty"`
		Page     string                   `json:"page,omitempty"`
		Key      string                   `json:"client_msg_id,omitempty"`
		Data     map[string]templateValue `json:"data"`
	}{To: m.To, Template: m.Template, Data: data}
	path := "/cgi-bin/message/template/send"
	if body.URL, body.Key = m.URL, m.Key; m.Notice {
		path, body.Page, body.URL, body.Key = "/cgi-bin/message/subscribe/bizsend", m.URL, "", ""
	}
	var answer struct {
		ID jsonID `json:"msgid"`
	}
	err = a.call(ctx, c, path, body, &answer)
	return string(answer.ID), err
}

// ErrNotice: a template and what stands in each of its blanks.
var ErrNotice = fault.New(fault.Invalid, "wechat_notice", "Choose a template, and for each of its blanks what stands there.")

// Notice is how an account says one sort of message outside the window.
type Notice struct {
	Template string `json:"template"`
	// Subscription: a subscription notice instead of a template message.
	Subscription bool `json:"subscription,omitempty"`
	// Fields says for each blank which part of the message stands there.
	Fields map[string]Part `json:"fields"`
}

// Part is a part of a message that can stand in a template.
type Part string

// The parts.
const (
	TitlePart  Part = "title"
	NumberPart Part = "number" // of an order
	StatePart  Part = "state"
	TotalPart  Part = "total"
	ItemsPart  Part = "items"
	TextPart   Part = "text"
	TimePart   Part = "time" // of sending, in Beijing
)

// Parts are all of them, in the order in which forms offer them.
var Parts = [...]Part{TitlePart, NumberPart, StatePart, TotalPart, ItemsPart, TextPart, TimePart}

// Sorts of messages that have a Notice of their own.
const (
	OrderNotice   = "order"   // orders, and receipts without one of their own
	ReceiptNotice = "receipt" // receipts
	CardNotice    = "card"    // cards
	OtherNotice   = "other"   // texts, and cards without one of their own
)

// noticeFor is the notice that can say a message; ok is false if there is none.
func (c Credentials) noticeFor(out message.Outbound) (Notice, bool) {
	var sorts []string
	switch out.Form {
	case message.OrderForm:
		sorts = []string{OrderNotice}
	case message.ReceiptForm:
		sorts = []string{ReceiptNotice, OrderNotice}
	case message.CardForm:
		sorts = []string{CardNotice, OtherNotice}
	case message.TextForm, message.RichForm, message.ButtonsForm:
		sorts = []string{OtherNotice}
	}
	for _, sort := range sorts {
		if n := c.Notices[sort]; n.Template != "" {
			return n, true
		}
	}
	return Notice{}, false
}

// Notices says that a message can go out although the window is closed.
func (c *Channel) Notices(credentials []byte, out message.Outbound) bool {
	a, err := c.accounts.decode(credentials)
	if err != nil || a.Secret == "" {
		return false
	}
	_, ok := a.noticeFor(out)
	return ok
}

// SendNotice says a message outside the window, by the template that the account
// has chosen for its sort. How it ended comes later, as an event.
func (c *Channel) SendNotice(ctx context.Context, credentials []byte, to message.Person, key string, out message.Outbound) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return &message.SendError{Class: message.Permanent, Text: "The WeChat connection's settings can't be read.", Cause: err}
	}
	n, ok := a.noticeFor(out)
	if !ok {
		return &message.SendError{Class: message.WindowClosed, Text: "WeChat allows a message only after the person has written again."}
	}
	m := TemplateMessage{To: to.User, Template: n.Template, Notice: n.Subscription, URL: c.absolute(link(out)), Key: key, Values: map[string]string{}}
	for field, part := range n.Fields {
		m.Values[field] = fitField(field, c.part(out, part))
	}
	id, err := c.api.SendTemplate(ctx, a.Credentials, m)
	if err != nil {
		return c.failed(err)
	}
	if err := c.jobs.PutJob(ctx, to.Account, id, key); err != nil {
		c.api.logger.WarnContext(ctx, "how a template message ended will not be known", "account", to.Account, "error", err)
	}
	return nil
}

// link is the page that a message leads to.
func link(out message.Outbound) string {
	switch {
	case out.Receipt != nil && len(out.Buttons) > 0 && out.Buttons[0].URL != "":
		return out.Buttons[0].URL
	case out.Receipt != nil:
		return out.Receipt.URL
	case len(out.Cards) > 0:
		return out.Cards[0].URL
	}
	for _, button := range out.Buttons {
		if button.URL != "" {
			return button.URL
		}
	}
	return out.URL
}

// part is what of a message stands for a part; never empty, because WeChat
// refuses an empty blank.
func (c *Channel) part(out message.Outbound, part Part) (value string) {
	r := out.Receipt
	if r == nil {
		r = &message.Receipt{}
	}
	switch part {
	case TitlePart:
		value = out.Summary()
	case NumberPart:
		value = r.Number
	case StatePart:
		value = r.State
	case TotalPart:
		if value = ""; r.Total.Currency != "" {
			value = r.Total.In(out.Language)
		}
	case ItemsPart:
		var names []string
		for _, l := range r.Lines {
			names = append(names, l.Name)
		}
		value = strings.Join(names, " ")
	case TextPart:
		if value = out.Text; value == "" && len(out.Cards) > 0 {
			value = out.Cards[0].Text
		}
	case TimePart:
		value = c.now().In(beijing).Format("2006-01-02 15:04")
	}
	if value = strings.Join(strings.Fields(value), " "); value == "" {
		return "-"
	}
	return value
}

// fieldLimits are in characters (platform document: "Subscription notices",
// kinds of parameters).
var fieldLimits = map[string]int{"thing": 20, "character_string": 32, "phrase": 5, "name": 10, "letter": 32, "symbol": 5}

// fitField makes a value fit for a blank of its kind.
func fitField(field, value string) string {
	kind := ""
	if found := blankKind.FindStringSubmatch(field); found != nil {
		kind = found[1]
	}
	switch kind {
	case "character_string", "letter":
		value = strings.Map(func(r rune) rune {
			if r <= ' ' || r >= utf8.RuneSelf {
				return -1
			}
			return r
		}, value)
		if value == "" {
			value = "-"
		}
	case "number":
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return "0"
		}
	case "amount":
		return fitAmount(value)
	}
	if limit, ok := fieldLimits[kind]; ok {
		return shorten(value, limit)
	}
	return shorten(value, 200)
}

// fitAmount leaves of an amount its sign, digits and point: "¥1,234.50" is
// "¥1234.50".
func fitAmount(value string) string {
	kept := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || strings.ContainsRune(".¥$€₩元", r) {
			return r
		}
		return -1
	}, value)
	if strings.Trim(kept, ".¥$€₩元") == "" {
		return "0元"
	}
	return kept
}
