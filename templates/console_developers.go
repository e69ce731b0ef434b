package templates

import "time"

// Developers is the developer's side of an account: what a program written for
// WeChat is given, where messages are pushed, and how that went.
//
//	GET  /console/{slug}/settings/developers?cursor=
//	POST .../developers                 url, token, aes_key, mode, order   (verified, then kept)
//	POST .../developers/open            the app, with a secret that is shown once, as Flash.Secret
//	POST .../developers/secret          another secret, shown once
//	POST .../developers/switch          on ("yes" or empty)
//	POST .../developers/domain          domain
//	POST .../developers/templates       template_id, title, content
//	POST .../developers/templates/{id}/delete
//	GET  .../developers/pushes/{push}
//	POST .../developers/pushes/{push}/again
type Developers struct {
	Base
	Opened     bool
	On         bool
	AppID      string
	OriginalID string
	APIBase    string // stands for https://api.weixin.qq.com
	Verified   time.Time

	URL, Token, AESKey string
	Modes, Orders      []Option
	Domain             string

	Templates                 []TemplateRow
	TemplateID, TemplateTitle string // typed, when it had errors
	TemplateContent           string
	Pushes                    []PushRow
	Pager                     Pager
	Shown                     *PushRow
	Request, Reply            string // of the one that is shown
}

// TemplateRow is a template for notices.
type TemplateRow struct{ ID, Title, Content string }

// PushRow is a message that was pushed to the developer's program.
type PushRow struct {
	ID, URL  string
	At       time.Time
	Kind     string // "text", "event/CLICK"
	Name     string // who it is from
	State    string // "pending", "delivered", "failed"
	Outcome  string // texts page.push.outcome.{outcome}; empty before the first attempt
	Host     string
	Status   int // of HTTP; 0: none came
	Attempts int
	Took     string // by the last attempt
}

// Template names the file that draws the page.
func (*Developers) Template() string { return "console/developers" }
