package console

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"plaza/api/web"
	"plaza/bot"
	"plaza/message"
	"plaza/shop"
	"plaza/store"
	"plaza/templates"
)

func (s *Console) rules(c *gin.Context) error {
	page, err := s.rulesPage(c)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) rulesPage(c *gin.Context) (*templates.Rules, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	found, err := s.Bot.Rules().List(c, accountID(c))
	if err != nil {
		return nil, err
	}
	page := &templates.Rules{Base: base}
	for _, rule := range found {
		row := templates.RuleRow{
			ID: rule.ID, URL: path(c, "rules", rule.ID), Name: rule.Name, Trigger: string(rule.On),
			Words: rule.Keywords, Answers: len(rule.Answers), Priority: rule.Priority, Enabled: rule.Enabled,
		}
		if listens := cmp.Or(rule.Scene, rule.Payload); listens != "" {
			row.Words = []string{listens}
		}
		if len(rule.Answers) > 0 {
			row.Answer = s.answerSummary(c, rule.Answers[0])
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

func (s *Console) answerSummary(c *gin.Context, answer bot.Template) string {
	language := web.Language(c)
	if said := cmp.Or(answer.Title.In(language, "en"), answer.Text.In(language, "en")); said != "" {
		return said
	}
	return s.word(c, "form", string(answer.Form))
}

// testRules shows what the bot would say to a text from somebody new.
func (s *Console) testRules(c *gin.Context) error {
	text := field(c, "text")
	out, err := s.Bot.Rehearse(c, message.Inbound{
		Account: accountID(c), Channel: "webchat", User: "rehearsal", Key: store.NewID(),
		Kind: message.TextIn, At: s.now(), Text: text, Name: s.sample(c, "name"), Language: web.Language(c),
	})
	if err != nil {
		return err
	}
	page, err := s.rulesPage(c)
	if err != nil {
		return err
	}
	page.Test = &templates.RuleTest{Text: text, Out: rehearsed(out)}
	return s.Surface.Draw(c, page)
}

func (s *Console) newRule(c *gin.Context) error {
	page, err := s.ruleEditor(c, bot.Rule{On: bot.OnKeyword, Match: bot.Exactly, Enabled: true})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) editRule(c *gin.Context) error {
	found, err := s.Bot.Rules().Get(c, accountID(c), c.Param("rule"))
	if err != nil {
		return err
	}
	page, err := s.ruleEditor(c, found)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// ruleEditor is the form of a rule; one without an id is new.
func (s *Console) ruleEditor(c *gin.Context, rule bot.Rule) (*templates.RuleEditor, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	page := &templates.RuleEditor{
		Base: base, ID: rule.ID, Action: path(c, "rules", cmp.Or(rule.ID, "new")), Name: rule.Name,
		Triggers: s.options(c, "trigger", string(rule.On), "follow", "keyword", "scan", "press", "default"),
		Matches:  s.options(c, "match", string(rule.Match), "exact", "prefix", "contains", "regexp"),
		Words:    strings.Join(rule.Keywords, "\n"), Scene: rule.Scene, Payload: rule.Payload, Priority: rule.Priority,
		Enabled: rule.Enabled, Tag: rule.AddTag, Placeholders: s.placeholders(c),
	}
	codes, err := s.codeOptions(c)
	if err != nil {
		return nil, err
	}
	page.Codes = codes
	page.Scenes = slices.Clone(codes)
	for i := range page.Scenes {
		page.Scenes[i].Chosen = page.Scenes[i].Value == rule.Scene
	}
	if page.Products, err = s.productOptions(c); err != nil {
		return nil, err
	}
	counts, err := s.Bot.Subscribers().Counts(c, accountID(c))
	if err != nil {
		return nil, err
	}
	for _, tag := range tagOptions(counts, "") {
		page.KnownTags = append(page.KnownTags, tag.Value)
	}
	page.Answers = editedAnswers(rule.Answers, wordingLanguage(c))
	return page, nil
}

func (s *Console) productOptions(c *gin.Context) ([]templates.Option, error) {
	found, _, err := s.Shop.Products(c, accountID(c), shop.Active, "", figures, "")
	var options []templates.Option
	for _, one := range found {
		options = append(options, templates.Option{Value: one.ID, Label: one.Name(web.Language(c)), Hint: one.Price.In(web.Language(c))})
	}
	return options, err
}

// readRule reads the form of a rule into what the rule was before: what the
// form does not show (a dialogue, other languages of a text) stays.
func (s *Console) readRule(c *gin.Context, before bot.Rule) (bot.Rule, error) {
	rule := before
	rule.Name, rule.On, rule.Enabled = field(c, "name"), bot.Trigger(c.PostForm("trigger")), c.PostForm("enabled") == "on"
	rule.AddTag, rule.Scene, rule.Payload = field(c, "tag"), "", ""
	rule.Keywords, rule.Match = nil, ""
	switch rule.On {
	case bot.OnKeyword:
		rule.Keywords, rule.Match = lines(c.PostForm("words")), bot.Match(c.PostForm("match"))
	case bot.OnScan:
		rule.Scene = c.PostForm("scene")
	case bot.OnPress:
		rule.Payload = field(c, "payload")
	}
	var err error
	if typed := field(c, "priority"); typed != "" {
		if rule.Priority, err = strconv.Atoi(typed); err != nil {
			err = errNumber.In("priority").Because(err)
		}
	}
	answers, wrong := s.readAnswers(c, before.Answers)
	rule.Answers = answers
	if err == nil {
		err = wrong
	}
	return rule, err
}

// lines are the lines of a text that hold something.
func lines(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

func (s *Console) saveRule(c *gin.Context) error {
	before := bot.Rule{}
	action := "rule.created"
	if id := c.Param("rule"); id != "" {
		found, err := s.Bot.Rules().Get(c, accountID(c), id)
		if err != nil {
			return err
		}
		before, action = found, "rule.changed"
	}
	rule, err := s.readRule(c, before)
	if err == nil {
		err = s.audited(c, action, "rule:"+before.ID, func() error {
			_, err := s.Bot.Rules().Save(c, accountID(c), rule)
			return err
		})
	}
	if err == nil {
		return s.done(c, path(c, "rules"), "rules.done.saved", nil)
	}
	page, shown := s.ruleEditor(c, rule)
	if shown != nil {
		return shown
	}
	for i, n := range rows(c, "answers", "form") {
		page.Answers[i].Was = c.PostForm(fmt.Sprintf("answers.%d.was", n))
	}
	if err := s.refused(c, &page.Base, err, ruleFields(rule), "name", "trigger", "words", "match", "scene", "payload",
		"priority", "tag", "answers."); err != nil {
		return err
	}
	return s.again(c, page)
}

// ruleFields are the names of the form's fields where the bot has others.
func ruleFields(rule bot.Rule) map[string]string {
	names := map[string]string{"on": "trigger", "keywords": "words", "add_tag": "tag"}
	for i, answer := range rule.Answers {
		name := fmt.Sprintf("answers.%d", i)
		if answer.Form == bot.QRAnswer {
			names[name+".url"] = name + ".code"
		}
		names[name+".buttons.0.label"], names[name+".buttons.0.url"] = name+".button", name+".url"
		for _, language := range message.Languages {
			names[name+".text."+language], names[name+".title."+language] = name+".text", name+".title"
			names[name+".buttons.0.label."+language] = name + ".button"
		}
	}
	return names
}

func (s *Console) enableRule(c *gin.Context) error {
	id, enabled := c.Param("rule"), c.PostForm("enabled") == "on"
	action := "rule.disabled"
	if enabled {
		action = "rule.enabled"
	}
	err := s.audited(c, action, "rule:"+id, func() error {
		rule, err := s.Bot.Rules().Get(c, accountID(c), id)
		if err != nil {
			return err
		}
		rule.Enabled = enabled
		_, err = s.Bot.Rules().Save(c, accountID(c), rule)
		return err
	})
	return s.done(c, path(c, "rules"), "rules.done.saved", err)
}

func (s *Console) deleteRule(c *gin.Context) error {
	id := c.Param("rule")
	err := s.audited(c, "rule.deleted", "rule:"+id, func() error { return s.Bot.Rules().Delete(c, accountID(c), id) })
	return s.done(c, path(c, "rules"), "rules.done.deleted", err)
}
