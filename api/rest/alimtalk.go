package rest

import (
	"context"
	"strings"

	"plaza/account"
	"plaza/bot/kakao/alimtalk"
)

// alimtalkRoutes are about KakaoTalk's notices by template, and the phone
// numbers that they go to.
func (s *surface) alimtalkRoutes() {
	settings, see := needs{account.Settings}, needs{account.ReadCampaigns}
	people, mayEdit := needs{account.ReadSubscribers}, needs{account.WriteSubscribers}
	add(s, read("/notice-templates", "list-notice-templates", "List KakaoTalk's notice templates as they were last fetched", see), s.listNoticeTemplates)
	add(s, change(post, "/notice-templates/sync", "sync-notice-templates", "Fetch the templates from the dealer", settings, "notice_templates.fetched"), s.syncNoticeTemplates)
	add(s, read("/notice-templates/{template}", "get-notice-template", "Get a template with its variables", see), s.getNoticeTemplate)
	add(s, own(post, "/notice-templates/{template}/preview", "preview-notice", "Fill a template in without sending it", see), s.previewNotice)
	add(s, effect("/notice-templates/{template}/test", "test-notice", "Send a template to a number of your own", settings, "notice_template.tested"), s.testNotice)
	add(s, read("/notice-plan", "get-notice-plan", "Get which template is used for what", see), s.getNoticePlan)
	add(s, change(put, "/notice-plan", "change-notice-plan", "Choose which template is used for what, and what is sent in a notice's place", settings, "notice_plan.changed"), s.changeNoticePlan)
	add(s, read("/notice-month", "get-notice-month", "Count this month's notices by their ends", see), s.getNoticeMonth)
	add(s, read("/sent-notices", "list-sent-notices", "List notices that were sent by template, newest first", see), s.listSentNotices)

	add(s, read("/phone-numbers", "list-phone-numbers", "List phone numbers for notices, or find one", people), s.listContacts)
	add(s, change(put, "/phone-numbers", "set-phone-number", "Keep a number with its owner's consent", mayEdit, "phone_number.entered"), s.setContact)
	upload := change(post, "/phone-numbers/import", "import-phone-numbers", "Enter the numbers of a CSV file", mayEdit, "phone_numbers.imported")
	upload.maxBytes = 2 * alimtalk.MaxImport
	add(s, upload, s.importContacts)
	add(s, read("/phone-numbers/{contact}", "get-phone-number", "Get a number, masked, with its consent", people), s.getContact)
	do(s, change(remove, "/phone-numbers/{contact}", "remove-phone-number", "Forget a number, as when its owner withdraws the consent", mayEdit, "phone_number.removed"), s.removeContact)
}

func (s *surface) listNoticeTemplates(ctx context.Context, who account.Access, _ *none) (page[alimtalk.Template], error) {
	return all(s.Notices.Templates(ctx, who.Account))
}

func (s *surface) syncNoticeTemplates(ctx context.Context, who account.Access, _ *none) (page[alimtalk.Template], error) {
	return all(s.Notices.Sync(ctx, who.Account))
}

// OneTemplate names one in a path.
type OneTemplate struct {
	Template string `path:"template" maxLength:"80"`
}

// NoticeTemplate is a template with what has to be filled in.
type NoticeTemplate struct {
	alimtalk.Template
	Variables []string `json:"variables" nullable:"false"`
}

func (s *surface) getNoticeTemplate(ctx context.Context, who account.Access, in *OneTemplate) (NoticeTemplate, error) {
	found, err := s.Notices.Template(ctx, who.Account, in.Template)
	variables := found.Variables()
	if variables == nil {
		variables = []string{}
	}
	return NoticeTemplate{found, variables}, err
}

type previewInput struct {
	OneTemplate
	Body struct {
		Values map[string]string `json:"values,omitempty" doc:"What stands in each variable."`
	}
}

// NoticePreview is what a phone shows.
type NoticePreview struct {
	Title string   `json:"title,omitempty"`
	Text  string   `json:"text"`
	Links []string `json:"links,omitempty"`
	// Problem is why it can't be sent like this.
	Problem string `json:"problem,omitempty" doc:"Why it can't be sent like this: the code of a problem."`
}

func (s *surface) previewNotice(ctx context.Context, who account.Access, in *previewInput) (NoticePreview, error) {
	found, err := s.Notices.Template(ctx, who.Account, in.Template)
	if err != nil {
		return NoticePreview{}, err
	}
	var shown NoticePreview
	shown.Title, shown.Text, shown.Links = found.Preview(in.Body.Values)
	if wrong := found.Refusal(in.Body.Values); wrong != nil {
		shown.Problem = wrong.Code
	}
	return shown, nil
}

type testNoticeInput struct {
	OneTemplate
	Body struct {
		Phone  string            `json:"phone" maxLength:"40"`
		Values map[string]string `json:"values,omitempty"`
	}
}

func (s *surface) testNotice(ctx context.Context, who account.Access, in *testNoticeInput) (alimtalk.Notice, error) {
	return s.Notices.Test(ctx, who.Account, in.Template, in.Body.Phone, in.Body.Values)
}

func (s *surface) getNoticePlan(ctx context.Context, who account.Access, _ *none) (alimtalk.Plan, error) {
	return s.Notices.Plan(ctx, who.Account)
}

type planInput struct{ Body alimtalk.Plan }

func (s *surface) changeNoticePlan(ctx context.Context, who account.Access, in *planInput) (alimtalk.Plan, error) {
	return s.Notices.SetPlan(ctx, who.Account, in.Body)
}

func (s *surface) getNoticeMonth(ctx context.Context, who account.Access, _ *none) (alimtalk.Month, error) {
	return s.Notices.Month(ctx, who.Account)
}

func (s *surface) listSentNotices(ctx context.Context, who account.Access, in *Paging) (page[alimtalk.Notice], error) {
	return pageOf(s.Notices.Recent(ctx, who.Account, in.at(), in.Limit))
}

type listContactsInput struct {
	Paging
	Phone string `query:"phone" maxLength:"40" doc:"A whole number, typed in any way."`
}

func (s *surface) listContacts(ctx context.Context, who account.Access, in *listContactsInput) (page[alimtalk.Contact], error) {
	return pageOf(s.Notices.Contacts(ctx, who.Account, in.Phone, in.at(), in.Limit))
}

type contactInput struct {
	Body struct {
		Phone      string           `json:"phone" maxLength:"40"`
		Subscriber string           `json:"subscriber,omitempty" maxLength:"300" doc:"Whose it is; absent for somebody who is known by the number alone."`
		Name       string           `json:"name,omitempty" maxLength:"60"`
		Consent    alimtalk.Consent `json:"consent"`
		Reason     string           `json:"reason" minLength:"1" maxLength:"200" doc:"How the person has agreed."`
	}
}

func (s *surface) setContact(ctx context.Context, who account.Access, in *contactInput) (alimtalk.Contact, error) {
	return s.Notices.SetContact(ctx, who.Account, alimtalk.NewContact{Subscriber: in.Body.Subscriber, Phone: in.Body.Phone, Name: in.Body.Name,
		Consent: in.Body.Consent, Reason: in.Body.Reason, By: who.Member})
}

type importInput struct {
	Body struct {
		CSV     string           `json:"csv" doc:"The first line names the columns: phone, and any of name, subscriber, orders, notices, reason."`
		Consent alimtalk.Consent `json:"consent" doc:"Of the lines that do not say their own."`
		Reason  string           `json:"reason" minLength:"1" maxLength:"200" doc:"Of the lines that do not say their own."`
	}
}

func (s *surface) importContacts(ctx context.Context, who account.Access, in *importInput) (alimtalk.Imported, error) {
	return s.Notices.ImportContacts(ctx, who.Account, alimtalk.NewContact{Consent: in.Body.Consent, Reason: in.Body.Reason, By: who.Member},
		strings.NewReader(in.Body.CSV))
}

// OneContact names one in a path.
type OneContact struct {
	Contact string `path:"contact" maxLength:"300"`
}

func (s *surface) getContact(ctx context.Context, who account.Access, in *OneContact) (alimtalk.Contact, error) {
	return s.Notices.Contact(ctx, who.Account, in.Contact)
}

func (s *surface) removeContact(ctx context.Context, who account.Access, in *OneContact) error {
	if _, err := s.Notices.Contact(ctx, who.Account, in.Contact); err != nil {
		return err
	}
	return s.Notices.RemoveContact(ctx, who.Account, in.Contact)
}
