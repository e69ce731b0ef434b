package console

import (
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/bot"
	"plaza/fault"
	"plaza/message"
	"plaza/templates"
)

// The page on which an account chooses, of the templates that a messenger has
// approved, which says what when an ordinary message is not taken.

func (s *Console) messageTemplates(c *gin.Context) error {
	page, plan, err := s.messageTemplatePage(c)
	if err != nil {
		return err
	}
	s.showChoices(c, page, plan, plan.Choices)
	return s.Surface.Draw(c, page)
}

// messageTemplatePage is the page without its choices. A platform that does not list its
// templates now is said in words.
func (s *Console) messageTemplatePage(c *gin.Context) (*templates.MessageTemplates, bot.TemplatePlan, error) {
	channel := c.Param("channel")
	base, err := s.base(c)
	if err != nil {
		return nil, bot.TemplatePlan{}, err
	}
	page := &templates.MessageTemplates{Base: base, Channel: channel, Action: path(c, "settings", "channels", channel, "templates")}
	plan, err := s.Bot.Connections().TemplatePlan(c, accountID(c), channel)
	known, ok := errors.AsType[*fault.Error](err)
	if ok && known.Kind != fault.NotFound {
		page.Problem, err = s.fault(c, known.Code, known.Text, nil), nil
	}
	page.Listed = err == nil && page.Problem == ""
	return page, plan, err
}

// showChoices adds the form of each sort of messages.
func (s *Console) showChoices(c *gin.Context, page *templates.MessageTemplates, plan bot.TemplatePlan, choices []message.TemplateChoice) {
	for _, choice := range choices {
		form := templates.TemplateForm{Sort: choice.Sort, Label: s.said(c, "templates.sort."+choice.Sort)}
		for _, one := range plan.Templates {
			form.Templates = append(form.Templates, templates.Option{Value: one.ID, Label: one.Title, Chosen: one.ID == choice.Template})
			if one.ID != choice.Template {
				continue
			}
			form.Title, form.Consent = one.Title, one.Consent
			for _, field := range one.Fields {
				form.Blanks = append(form.Blanks, s.templateBlank(c, plan, choice, field))
			}
		}
		form.Gone = choice.Template != "" && form.Title == ""
		page.Forms = append(page.Forms, form)
	}
}

func (s *Console) templateBlank(c *gin.Context, plan bot.TemplatePlan, choice message.TemplateChoice, field message.TemplateField) templates.TemplateBlank {
	chosen, ok := choice.Fields[field.Name]
	if !ok {
		chosen = field.Suggested
	}
	blank := templates.TemplateBlank{Name: blankName(choice.Sort, field.Name), Label: field.Label}
	if blank.Label == "" {
		blank.Label = field.Name
	}
	blank.Parts = s.options(c, "templates.part", chosen, plan.Parts...)
	if slices.Contains(plan.Parts, chosen) {
		blank.Sample = s.said(c, "templates.sample."+chosen)
	}
	return blank
}

func blankName(sort, field string) string { return sort + "." + field }

// readChoices reads the form. A blank that it does not show yet stands for what
// its kind suggests.
func readChoices(c *gin.Context, plan bot.TemplatePlan) []message.TemplateChoice {
	var choices []message.TemplateChoice
	for _, sort := range plan.Sorts {
		choice := message.TemplateChoice{Sort: sort, Template: c.PostForm(sort + ".template")}
		for _, one := range plan.Templates {
			if one.ID != choice.Template {
				continue
			}
			choice.Fields = make(map[string]string, len(one.Fields))
			for _, field := range one.Fields {
				choice.Fields[field.Name] = c.DefaultPostForm(blankName(sort, field.Name), field.Suggested)
			}
		}
		choices = append(choices, choice)
	}
	return choices
}

// saveTemplates keeps what was chosen or, without "save", shows the blanks of what
// is chosen now.
func (s *Console) saveTemplates(c *gin.Context) error {
	page, plan, err := s.messageTemplatePage(c)
	if err != nil {
		return err
	}
	if !page.Listed {
		return s.again(c, page)
	}
	choices := readChoices(c, plan)
	if c.PostForm("do") == "save" {
		err := s.audited(c, "channel.templates_chosen", "channel:"+page.Channel, func() error {
			return s.Bot.Connections().ChooseTemplates(c, accountID(c), page.Channel, choices)
		})
		if err == nil {
			return s.done(c, page.Action, "templates.done.saved", nil)
		}
		if err := s.refused(c, &page.Base, err, nil, plan.Sorts...); err != nil {
			return err
		}
		s.showChoices(c, page, plan, choices)
		return s.again(c, page)
	}
	s.showChoices(c, page, plan, choices)
	return s.Surface.Draw(c, page)
}
