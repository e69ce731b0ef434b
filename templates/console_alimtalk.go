package templates

import "time"

// Alimtalk is KakaoTalk's notices by template: what the dealer has, what is used
// for what, and what became of those sent. Live topic: campaigns.
//
//	GET  /console/{slug}/alimtalk?cursor=
//	POST .../alimtalk             for each use: {use}.template and, for its variables, {use}.variables.{n};
//	                              fallback, title, monthly
//	POST .../alimtalk/sync
type Alimtalk struct {
	Base
	Dealer     bool // the keys of one are entered
	SMS        string
	ConnectURL string
	Templates  []NoticeTemplateRow
	Uses       []NoticeUse
	Fallbacks  []Option
	TitleLine  string // of a long message
	Monthly    string
	Month      NoticeMonth
	Sent       []SentNotice
	Pager      Pager
}

// NoticeTemplateRow is a template in the list.
type NoticeTemplateRow struct {
	Code, Name, URL string
	State           string // "requested", "inspected", "approved", "rejected": texts page.inspection.{state}
	Comment         string // the inspector's
	At              time.Time
}

// NoticeUse is an occasion with the template chosen for it.
type NoticeUse struct {
	Name      string // "order", "receipt", "notice", "code": texts page.notice-use.{name}
	Templates []Option
	Variables []NoticeVariable
}

// NoticeVariable is a variable of a template with what stands in it.
type NoticeVariable struct {
	Field, Name string
	Parts       []Option
}

// NoticeMonth counts a month's notices.
type NoticeMonth struct{ Handed, Delivered, Replaced, Failed, Lost, Limit int }

// SentNotice is one that was sent.
type SentNotice struct {
	At            time.Time
	Template, Use string // Use: texts page.notice-use.{use}; empty for a test
	To, URL       string
	State, Reason string // texts page.notice-end.{state}
}

// NoticeTemplate is one template as a phone shows it.
//
//	GET  /console/{slug}/alimtalk/templates/{template}?v.0=...   (the variables in order)
//	POST .../test    v.0, ..., phone
type NoticeTemplate struct {
	Base
	Row           NoticeTemplateRow
	Path          string
	Variables     []NoticeValue
	Heading, Text string
	Buttons       []NoticeButton
	Problem       string // why it can't be sent like this
	Phone         string
	Account       string
}

// NoticeValue is a variable with what was typed for it.
type NoticeValue struct{ Field, Name, Value string }

// NoticeButton is a button under a notice.
type NoticeButton struct{ Label, URL string }

// Numbers are the phone numbers that notices go to.
//
//	GET  /console/{slug}/numbers?phone=&subscriber=&cursor=
//	POST .../numbers              phone, name, subscriber, orders, notices, reason
//	POST .../numbers/import       file, orders, notices, reason
//	POST .../numbers/{id}/remove
type Numbers struct {
	Base
	Search string
	Rows   []NumberRow
	Pager  Pager
	Typed  NumberForm
	Left   []string // lines of a file that were left out, in words
}

// NumberForm is what was typed, when it had errors.
type NumberForm struct {
	Phone, Name, Subscriber, Reason string
	Orders, Notices                 bool
}

// NumberRow is a number in the list.
type NumberRow struct {
	ID, Number, Name, URL string // URL: of the subscriber, if it is one's
	Orders, Notices       bool
	Reason, By            string
	Themselves            bool
	At                    time.Time
}

// Template names the file that draws the page.
func (*Alimtalk) Template() string { return "console/alimtalk" }

// Template names the file that draws the page.
func (*NoticeTemplate) Template() string { return "console/notice-template" }

// Template names the file that draws the page.
func (*Numbers) Template() string { return "console/numbers" }
