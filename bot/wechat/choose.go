package wechat

import (
	"context"
	"slices"

	"plaza/fault"
	"plaza/message"
)

// noticeSorts are the sorts of messages that can have a template, in the order in
// which forms offer them. One that has none of its own takes that of another:
// receipts that of orders, cards that of texts.
var noticeSorts = []string{OrderNotice, ReceiptNotice, CardNotice, OtherNotice}

// TemplateSorts are the sorts of messages, and the parts of one.
func (c *Channel) TemplateSorts() (sorts, parts []string) {
	for _, part := range Parts {
		parts = append(parts, string(part))
	}
	return slices.Clone(noticeSorts), parts
}

// Templates lists the templates that the account has in WeChat's settings.
func (c *Channel) Templates(ctx context.Context, credentials []byte) ([]message.Template, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	if a.Secret == "" {
		return nil, ErrSecret
	}
	found, err := c.api.Templates(ctx, a.Credentials)
	if err != nil {
		return nil, asFault(err)
	}
	list := make([]message.Template, len(found))
	for i, t := range found {
		list[i] = message.Template{ID: t.ID, Title: t.Title, Consent: t.Notice}
		for _, field := range t.Fields {
			list[i].Fields = append(list[i].Fields, message.TemplateField{Name: field.Name, Label: field.Label, Suggested: string(suggested(field.Name))})
		}
	}
	return list, nil
}

// suggested is the part that a blank is made for, by its kind (platform document:
// "Subscription notices", kinds of parameters).
func suggested(field string) Part {
	kind := ""
	if found := blankKind.FindStringSubmatch(field); found != nil {
		kind = found[1]
	}
	switch kind {
	case "character_string", "number", "letter":
		return NumberPart
	case "amount":
		return TotalPart
	case "phrase":
		return StatePart
	case "time", "date":
		return TimePart
	}
	return TitlePart
}

// TemplateChoices are what the account has chosen: one for each sort.
func (c *Channel) TemplateChoices(credentials []byte) ([]message.TemplateChoice, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	choices := make([]message.TemplateChoice, len(noticeSorts))
	for i, sort := range noticeSorts {
		notice := a.Notices[sort]
		choices[i] = message.TemplateChoice{Sort: sort, Template: notice.Template}
		if notice.Template != "" {
			choices[i].Fields = make(map[string]string, len(notice.Fields))
			for field, part := range notice.Fields {
				choices[i].Fields[field] = string(part)
			}
		}
	}
	return choices, nil
}

// The faults of choosing templates. Their field is the sort.
var (
	ErrTemplateGone  = fault.New(fault.Invalid, "wechat_template_gone", "WeChat does not have this template (any more). Choose another one.")
	ErrTemplateBlank = fault.New(fault.Invalid, "wechat_template_blank", "Choose what stands in each blank of the template: WeChat refuses empty ones.")
)

// ChooseTemplates puts choices into the credentials. All blanks of a chosen
// template have to be filled, with parts that there are.
func (c *Channel) ChooseTemplates(credentials []byte, templates []message.Template, choices []message.TemplateChoice) ([]byte, error) {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return nil, err
	}
	chosen := a.Credentials
	chosen.Notices = make(map[string]Notice)
	for _, choice := range choices {
		if !slices.Contains(noticeSorts, choice.Sort) {
			return nil, ErrNotice.In("sort")
		}
		if choice.Template == "" {
			continue
		}
		place := slices.IndexFunc(templates, func(t message.Template) bool { return t.ID == choice.Template })
		if place < 0 {
			return nil, ErrTemplateGone.In(choice.Sort)
		}
		notice := Notice{Template: choice.Template, Subscription: templates[place].Consent, Fields: make(map[string]Part)}
		for _, field := range templates[place].Fields {
			part := Part(choice.Fields[field.Name])
			if !slices.Contains(Parts[:], part) {
				return nil, ErrTemplateBlank.In(choice.Sort)
			}
			notice.Fields[field.Name] = part
		}
		chosen.Notices[choice.Sort] = notice
	}
	return chosen.Encode()
}
