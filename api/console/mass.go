package console

import (
	"strconv"

	"github.com/gin-gonic/gin"

	"plaza/bot"
	"plaza/broadcast"
	"plaza/fault"
	"plaza/templates"
)

// Some messengers let an account write to a person only for a while after they
// wrote, and to everybody a few times a month. Which of the two a campaign uses is
// a member's choice, made with the figures in sight.

// ways are the choices of a campaign's form; none where no connected messenger
// asks for one.
func (s *Console) ways(c *gin.Context, one broadcast.Campaign) ([]templates.Option, []string, error) {
	audience := bot.Audience{Purpose: bot.Promotions}
	switch one.Audience.Kind {
	case broadcast.WithTag:
		audience.Tag = one.Audience.Value
	case broadcast.OnChannel:
		audience.Channel = one.Audience.Value
	}
	choices, err := s.Bot.MassSends().Choices(c, accountID(c), audience)
	if err != nil || len(choices) == 0 {
		return nil, nil, err
	}
	options := []templates.Option{
		{Value: string(broadcast.Singly), Label: s.said(c, "way.single"), Chosen: one.Way == broadcast.Singly},
		{Value: string(broadcast.AsMass), Label: s.said(c, "way.mass"), Chosen: one.Way == broadcast.AsMass},
	}
	var notes []string
	for _, choice := range choices {
		name, single := s.word(c, "channel", choice.Channel), decimal(int64(choice.Single))
		if choice.AtLeast {
			single += "+"
		}
		options[0].Hint += s.said(c, "way.single.reach", name, single)
		options[1].Hint += s.said(c, "way.mass.reach", name, decimal(choice.Mass))
		notes = append(notes, s.said(c, "way.allowed."+string(choice.Period), name, strconv.Itoa(choice.Used), strconv.Itoa(choice.Allowed)))
		if choice.Whole {
			notes = append(notes, s.said(c, "way.whole", name))
		}
	}
	return options, notes, nil
}

// readWay reads the choice; a form without one leaves it as it was.
func readWay(c *gin.Context, before broadcast.Way) broadcast.Way {
	if typed, shown := c.GetPostForm("way"); shown {
		return broadcast.Way(typed)
	}
	return before
}

// showMass adds what became of a run's mass messages.
func (s *Console) showMass(c *gin.Context, page *templates.Campaign, run string) error {
	sums, err := s.Bot.MassSends().Summary(c, accountID(c), run)
	for _, sum := range sums {
		row := templates.MassRow{Channel: sum.Channel, Calls: sum.Calls, Told: sum.Told, Total: int(sum.Result.Total), Sent: int(sum.Result.Sent),
			Filtered: int(sum.Result.Filtered()), Failed: int(sum.Result.Failed), Recalled: sum.Recalled, Run: run,
			Retractable: sum.Retractable && len(page.Actions) > 0}
		if sum.Result.Refused != "" {
			row.Refused = s.said(c, "mass.refused", s.word(c, "channel", sum.Channel), sum.Result.Refused)
		}
		page.Mass = append(page.Mass, row)
	}
	return err
}

// previews are the connected messengers that show a mass message to one person
// first.
func (s *Console) previews(c *gin.Context) ([]templates.Option, error) {
	names, err := s.Bot.MassSends().Previews(c, accountID(c))
	var options []templates.Option
	for i, name := range names {
		options = append(options, templates.Option{Value: name, Label: s.word(c, "channel", name), Chosen: i == 0})
	}
	return options, err
}

var errNoName = fault.New(fault.Invalid, "no_preview_name", "Please enter whom to show it to.").In("name")

func (s *Console) previewMass(c *gin.Context) error {
	id := c.Param("campaign")
	found, err := s.Broadcast.Find(c, accountID(c), id)
	if err == nil && field(c, "name") == "" {
		err = errNoName
	}
	if err == nil {
		err = s.audited(c, "campaign.previewed", "campaign:"+id, func() error {
			return s.Bot.MassSends().Preview(c, accountID(c), c.PostForm("channel"), field(c, "name"),
				s.Broadcast.Preview(found, broadcast.Recipient{}))
		})
	}
	return s.done(c, path(c, "campaigns", id), "campaigns.done.previewed", err)
}

func (s *Console) recallMass(c *gin.Context) error {
	id := c.Param("campaign")
	err := s.audited(c, "campaign.recalled", "campaign:"+id, func() error {
		run, err := s.Broadcast.Run(c, accountID(c), c.PostForm("run"))
		if err == nil && run.Campaign != id {
			err = broadcast.ErrRun
		}
		if err != nil {
			return err
		}
		return s.Bot.MassSends().Recall(c, accountID(c), c.PostForm("channel"), run.ID)
	})
	return s.done(c, path(c, "campaigns", id), "campaigns.done.recalled", err)
}
