package bot

import (
	"context"

	"plaza/message"
)

// TemplatePlan is what an account can choose templates from, and what it has
// chosen, on one channel.
type TemplatePlan struct {
	Templates []message.Template `json:"templates"`
	// Sorts of messages, and Parts of a message that can stand in a blank, in the
	// order in which forms show them.
	Sorts   []string                 `json:"sorts"`
	Parts   []string                 `json:"parts"`
	Choices []message.TemplateChoice `json:"choices"` // one for each sort
}

// Templated says whether an account chooses templates on a channel.
func (c Connections) Templated(channel string) bool {
	_, ok := c.bot.channels[channel].(templated)
	return ok
}

// TemplatePlan reads it, asking the platform for the templates.
// Errors: ErrNoChannel, ErrNotConnected, the channel's own.
func (c Connections) TemplatePlan(ctx context.Context, account, channel string) (plan TemplatePlan, err error) {
	chooser, ok := c.bot.channels[channel].(templated)
	if !ok {
		return plan, ErrNoChannel
	}
	credentials, err := c.bot.credentials(ctx, account, channel)
	if err != nil {
		return plan, err
	}
	plan.Sorts, plan.Parts = chooser.TemplateSorts()
	if plan.Choices, err = chooser.TemplateChoices(credentials); err != nil {
		return plan, err
	}
	plan.Templates, err = chooser.Templates(ctx, credentials)
	return plan, err
}

// ChooseTemplates keeps what an account has chosen, one choice for each sort that
// has one. Two members who choose at once: the later one's choice is whole.
// Errors: as of TemplatePlan, and what is wrong with the choices.
func (c Connections) ChooseTemplates(ctx context.Context, account, channel string, choices []message.TemplateChoice) error {
	chooser, ok := c.bot.channels[channel].(templated)
	if !ok {
		return ErrNoChannel
	}
	credentials, err := c.bot.credentials(ctx, account, channel)
	if err != nil {
		return err
	}
	templates, err := chooser.Templates(ctx, credentials)
	if err != nil {
		return err
	}
	// Read anew: a member may have changed the connection while the platform was
	// asked.
	c.forget(account, channel)
	if credentials, err = c.bot.credentials(ctx, account, channel); err != nil {
		return err
	}
	chosen, err := chooser.ChooseTemplates(credentials, templates, choices)
	if err != nil {
		return err
	}
	_, err = c.Save(ctx, account, channel, chosen)
	return err
}
