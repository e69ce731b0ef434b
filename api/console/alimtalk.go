package console

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot/kakao/alimtalk"
	"plaza/fault"
	"plaza/message"
	"plaza/templates"
)

func (s *Console) alimtalkRoutes() []route {
	return []route{
		get("/alimtalk", s.alimtalk, account.ReadCampaigns),
		post("/alimtalk", s.savePlan, account.Settings),
		post("/alimtalk/sync", s.syncTemplates, account.Settings),
		get("/alimtalk/templates/:template", s.noticeTemplate, account.ReadCampaigns),
		post("/alimtalk/templates/:template/test", s.testTemplate, account.Settings),
		get("/numbers", s.numbers, account.ReadSubscribers),
		post("/numbers", s.saveNumber, account.WriteSubscribers),
		upload("/numbers/import", s.importNumbers, account.WriteSubscribers),
		post("/numbers/:contact/remove", s.removeNumber, account.WriteSubscribers),
	}
}

func (s *Console) alimtalk(c *gin.Context) error {
	plan, err := s.Notices.Plan(c, accountID(c))
	if err != nil {
		return err
	}
	page, err := s.alimtalkPage(c, plan, strconv.FormatInt(plan.Monthly, 10))
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) alimtalkPage(c *gin.Context, plan alimtalk.Plan, monthly string) (*templates.Alimtalk, error) {
	base, err := s.base(c, "campaigns")
	if err != nil {
		return nil, err
	}
	found, err := s.Notices.Templates(c, accountID(c))
	if err != nil {
		return nil, err
	}
	page := &templates.Alimtalk{Base: base, ConnectURL: path(c, "settings", "channels", "kakao"), TitleLine: plan.Title, Monthly: monthly}
	if page.Monthly == "0" {
		page.Monthly = ""
	}
	access, err := s.Notices.Access(c, accountID(c))
	if err != nil && !errors.Is(err, alimtalk.ErrNoDealer) {
		return nil, err
	}
	page.Dealer, page.SMS = err == nil, access.SMSNumber
	for _, one := range found {
		page.Templates = append(page.Templates, templateRow(c, one))
	}
	for _, use := range alimtalk.Uses {
		page.Uses = append(page.Uses, s.noticeUse(c, use, plan.Choices[use], found))
	}
	for _, fallback := range alimtalk.Fallbacks {
		name := cmp.Or(string(fallback), "length")
		page.Fallbacks = append(page.Fallbacks, templates.Option{Value: name, Label: s.word(c, "notice-fallback", name), Chosen: fallback == plan.Fallback})
	}
	return page, s.showSent(c, page, plan)
}

func templateRow(c *gin.Context, one alimtalk.Template) templates.NoticeTemplateRow {
	return templates.NoticeTemplateRow{Code: one.Code, Name: cmp.Or(one.Name, one.Code), URL: path(c, "alimtalk", "templates", one.Code),
		State: string(one.State), Comment: one.Comment, At: one.At}
}

// noticeUse offers the approved templates for a use, and what may stand in the
// variables of the one that is chosen.
func (s *Console) noticeUse(c *gin.Context, use alimtalk.Use, choice alimtalk.Choice, found []alimtalk.Template) templates.NoticeUse {
	shown := templates.NoticeUse{Name: string(use)}
	for _, one := range found {
		if one.State == alimtalk.Approved {
			shown.Templates = append(shown.Templates, templates.Option{Value: one.Code, Label: cmp.Or(one.Name, one.Code), Chosen: one.Code == choice.Template})
		}
	}
	parts := make([]string, len(use.Parts()))
	for i, part := range use.Parts() {
		parts[i] = string(part)
	}
	for i, variable := range choice.Variables {
		shown.Variables = append(shown.Variables, templates.NoticeVariable{Name: variable.Name,
			Field: fmt.Sprintf("%s.variables.%d", use, i), Parts: s.options(c, "notice-part", string(variable.Part), parts...)})
	}
	return shown
}

// showSent adds what became of the notices.
func (s *Console) showSent(c *gin.Context, page *templates.Alimtalk, plan alimtalk.Plan) error {
	month, err := s.Notices.Month(c, accountID(c))
	if err != nil {
		return err
	}
	page.Month = templates.NoticeMonth{Handed: int(month.Handed), Delivered: int(month.Delivered), Replaced: int(month.Replaced),
		Failed: int(month.Failed), Lost: int(month.Lost), Limit: int(plan.Monthly)}
	sent, next, err := s.Notices.Recent(c, accountID(c), after(c), pageSize)
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range sent {
		row := templates.SentNotice{At: one.CreatedAt, Template: one.Template, Use: string(one.Use), State: string(one.State), Reason: one.Reason, To: s.said(c, "numbers.alone")}
		if _, channel, _, ok := message.SplitSubscriberID(one.To); ok && channel != alimtalk.PhoneChannel && page.Can("subscribers.read") {
			row.To, row.URL = s.said(c, "alimtalk.subscriber"), path(c, "subscribers", one.To)
		}
		page.Sent = append(page.Sent, row)
	}
	return nil
}

// sentence is a fault in the language of the request.
func (s *Console) sentence(c *gin.Context, wrong *fault.Error) string {
	return web.Sentence(s.Surface.Renderer.Texts, web.Language(c), wrong)
}

func (s *Console) syncTemplates(c *gin.Context) error {
	err := s.audited(c, "notice_templates.fetched", "", func() error {
		_, err := s.Notices.Sync(c, accountID(c))
		return err
	})
	return s.done(c, path(c, "alimtalk"), "alimtalk.done.fetched", err)
}

// savePlan keeps which template is used for what. The variables of a template
// that is chosen anew get what usually stands in them, to be looked at next.
func (s *Console) savePlan(c *gin.Context) error {
	before, err := s.Notices.Plan(c, accountID(c))
	if err != nil {
		return err
	}
	plan := alimtalk.Plan{Choices: map[alimtalk.Use]alimtalk.Choice{}, Fallback: alimtalk.Fallback(c.PostForm("fallback")), Title: field(c, "title")}
	if plan.Fallback == "length" {
		plan.Fallback = alimtalk.ByLength
	}
	for _, use := range alimtalk.Uses {
		choice := alimtalk.Choice{Template: c.PostForm(string(use) + ".template")}
		if was := before.Choices[use]; was.Template == choice.Template {
			for i, variable := range was.Variables {
				part := cmp.Or(c.PostForm(fmt.Sprintf("%s.variables.%d", use, i)), string(variable.Part))
				choice.Variables = append(choice.Variables, alimtalk.Variable{Name: variable.Name, Part: alimtalk.Part(part)})
			}
		}
		if choice.Template != "" {
			plan.Choices[use] = choice
		}
	}
	if typed := field(c, "monthly"); typed != "" {
		if plan.Monthly, err = strconv.ParseInt(typed, 10, 64); err != nil {
			err = alimtalk.ErrMonthly.Because(err)
		}
	}
	if err == nil {
		err = s.audited(c, "notice_plan.changed", "", func() error {
			_, err := s.Notices.SetPlan(c, accountID(c), plan)
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "alimtalk"), "done.saved", nil)
	}
	page, shown := s.alimtalkPage(c, plan, field(c, "monthly"))
	if shown != nil {
		return shown
	}
	names, fields := map[string]string{}, []string{"fallback", "title", "monthly"}
	for _, use := range alimtalk.Uses {
		names["choices."+string(use)] = string(use) + ".template"
		fields = append(fields, string(use)+".")
	}
	if err := s.refused(c, &page.Base, err, names, fields...); err != nil {
		return err
	}
	return s.again(c, page)
}

func (s *Console) noticeTemplate(c *gin.Context) error {
	page, err := s.templatePage(c, c.Query)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// templatePage shows a template with the values that typed gives.
func (s *Console) templatePage(c *gin.Context, typed func(string) string) (*templates.NoticeTemplate, error) {
	found, err := s.Notices.Template(c, accountID(c), c.Param("template"))
	if err != nil {
		return nil, err
	}
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.NoticeTemplate{Base: base, Row: templateRow(c, found), Path: path(c, "alimtalk", "templates", found.Code)}
	values := templateValues(found, typed)
	for i, name := range found.Variables() {
		page.Variables = append(page.Variables, templates.NoticeValue{Field: fmt.Sprintf("v.%d", i), Name: name, Value: values[name]})
	}
	var links []string
	page.Heading, page.Text, links = found.Preview(values)
	for i, label := range found.Buttons {
		button := templates.NoticeButton{Label: label}
		if i < len(links) {
			button.URL = links[i]
		}
		page.Buttons = append(page.Buttons, button)
	}
	if wrong := found.Refusal(values); wrong != nil && (len(values) > 0 || found.State != alimtalk.Approved) {
		page.Problem = s.sentence(c, wrong)
	}
	return page, nil
}

// templateValues are the values of a form, v.0, v.1, ... in the order of the
// variables.
func templateValues(of alimtalk.Template, typed func(string) string) map[string]string {
	values := map[string]string{}
	for i, name := range of.Variables() {
		if value := typed(fmt.Sprintf("v.%d", i)); value != "" {
			values[name] = value
		}
	}
	return values
}

// testTemplate sends a template to the member's own number. Each costs money,
// and somebody may have typed a stranger's.
func (s *Console) testTemplate(c *gin.Context) error {
	typed := c.PostForm
	found, err := s.Notices.Template(c, accountID(c), c.Param("template"))
	if err == nil && !s.tests.Allow(memberID(c)) {
		err = web.ErrTooOften
	}
	var sent alimtalk.Notice
	if err == nil {
		err = s.audited(c, "notice_template.tested", "template:"+found.Code, func() (err error) {
			sent, err = s.Notices.Test(c, accountID(c), found.Code, field(c, "phone"), templateValues(found, typed))
			return err
		})
	}
	if err == nil && sent.State == alimtalk.Failed {
		err = sent.Refusal()
	}
	if err == nil {
		return s.done(c, path(c, "alimtalk"), "alimtalk.done.tested", nil)
	}
	page, shown := s.templatePage(c, typed)
	if shown != nil {
		return shown
	}
	page.Phone = field(c, "phone")
	if err := s.refused(c, &page.Base, err, nil, "phone"); err != nil {
		return s.done(c, page.Path, "", err)
	}
	return s.again(c, page)
}
