package console

import (
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/broadcast"
	"plaza/broadcast/qr"
	"plaza/message"
	"plaza/templates"
)

// minuteLayout is how browsers write the value of a datetime-local field.
const minuteLayout = "2006-01-02T15:04"

func (s *Console) newCampaign(c *gin.Context) error {
	page, err := s.campaignEditor(c, broadcast.Campaign{Plan: broadcast.Plan{
		Audience: broadcast.Audience{Kind: broadcast.Everybody}, When: broadcast.When{Kind: broadcast.Now}}})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) editCampaign(c *gin.Context) error {
	found, err := s.Broadcast.Find(c, accountID(c), c.Param("campaign"))
	if err != nil {
		return err
	}
	page, err := s.campaignEditor(c, found)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// campaignEditor is the form of a campaign; one without an id is new.
func (s *Console) campaignEditor(c *gin.Context, one broadcast.Campaign) (*templates.CampaignEditor, error) {
	base, err := s.base(c)
	if err != nil {
		return nil, err
	}
	counts, err := s.Bot.Subscribers().Counts(c, accountID(c))
	if err != nil {
		return nil, err
	}
	tag, channel := "", ""
	switch one.Audience.Kind {
	case broadcast.WithTag:
		tag = one.Audience.Value
	case broadcast.OnChannel:
		channel = one.Audience.Value
	}
	page := &templates.CampaignEditor{
		Base: base, ID: one.ID, Action: path(c, "campaigns", "new"), Name: one.Name, Revision: one.Revision,
		Content: editedContent(one.Content), Apart: apart(one.Content), Cron: one.When.Cron,
		Audiences: s.options(c, "audience", string(one.Audience.Kind), "all", "tag", "channel"),
		Tags:      tagOptions(counts, tag), Channels: s.channelOptions(c, counts, channel),
		When: s.options(c, "when", string(one.When.Kind), "now", "at", "cron"), Placeholders: s.placeholders(c),
	}
	if one.ID != "" {
		page.Action = path(c, "campaigns", one.ID, "edit")
	}
	if !one.When.At.IsZero() {
		page.At = one.When.At.In(base.Account.Zone).Format(minuteLayout)
	}
	if page.Codes, err = s.codeOptions(c); err != nil {
		return nil, err
	}
	return page, s.campaignOutlook(c, page, one)
}

// campaignOutlook adds what follows from a plan: how many it reaches, when it
// fires, who a test goes to. A plan that cannot be judged yet has none.
func (s *Console) campaignOutlook(c *gin.Context, page *templates.CampaignEditor, one broadcast.Campaign) error {
	var err error
	if page.Ways, page.WayNotes, err = s.ways(c, one); err != nil {
		return err
	}
	page.Estimate = -1
	if estimate, err := s.Broadcast.Estimate(c, accountID(c), one.Audience); err == nil {
		page.Estimate = int(estimate)
	}
	if one.When.Kind == broadcast.Recurring {
		if next, err := s.Broadcast.Upcoming(c, accountID(c), one.When, 3); err == nil {
			page.NextRuns = next
		}
	}
	testers, err := s.testers(c)
	names := make([]string, len(testers))
	for i, tester := range testers {
		names[i] = s.personName(c, tester.Name, tester.ID)
	}
	page.TestTo = strings.Join(names, ", ")
	return err
}

// placeholders are what can be typed into a text.
func (s *Console) placeholders(c *gin.Context) []templates.Placeholder {
	var offered []templates.Placeholder
	for _, name := range bot.PlaceholderNames {
		offered = append(offered, templates.Placeholder{Code: "{{" + name + "}}",
			Label: s.Surface.Text(c, "placeholder."+name), Sample: s.sample(c, name)})
	}
	return offered
}

// sample is what stands for a placeholder in a preview.
func (s *Console) sample(c *gin.Context, name string) string {
	now := s.now().In(web.At(c).Account.Location())
	switch name {
	case "account":
		return web.At(c).Account.Name(web.Language(c))
	case "language":
		return s.word(c, "language", web.Language(c))
	case "date":
		return now.Format(time.DateOnly)
	case "time":
		return now.Format("15:04")
	}
	return s.said(c, "sample."+name)
}

// codeOptions are the codes that can be sent along.
func (s *Console) codeOptions(c *gin.Context) ([]templates.Option, error) {
	found, _, err := s.Codes.List(c, accountID(c), "", figures)
	var options []templates.Option
	for _, code := range found {
		if code.Kind != qr.ForCampaign && !code.Disabled {
			options = append(options, templates.Option{Value: code.ID, Label: code.Label, Hint: s.word(c, "code", string(code.Kind))})
		}
	}
	return options, err
}

// readPlan reads the form of a campaign into what its content was before.
func (s *Console) readPlan(c *gin.Context, was broadcast.Plan) (broadcast.Plan, error) {
	before := was.Content
	plan := broadcast.Plan{Name: field(c, "name"), Audience: readAudience(c), Way: readWay(c, was.Way)}
	image, err := s.pictureID(c, "image", "file")
	plan.Content = contentOf(before, templates.Answer{
		Text: field(c, "text"), Image: templates.Picture{URL: pictureURL(image)}, Title: field(c, "title"),
		URL: field(c, "url"), Button: field(c, "button"), Code: field(c, "code")})
	if err != nil {
		return plan, err
	}
	plan.When.Kind = broadcast.WhenKind(c.PostForm("when"))
	switch plan.When.Kind {
	case broadcast.Recurring:
		plan.When.Cron = field(c, "cron")
	case broadcast.At:
		plan.When.At, err = time.ParseInLocation(minuteLayout, field(c, "at"), web.At(c).Account.Location())
		if err != nil {
			err = errDate.In("at").Because(err)
		}
	}
	return plan, err
}

func readAudience(c *gin.Context) broadcast.Audience {
	audience := broadcast.Audience{Kind: broadcast.AudienceKind(c.PostForm("audience"))}
	switch audience.Kind {
	case broadcast.WithTag:
		audience.Value = c.PostForm("tag")
	case broadcast.OnChannel:
		audience.Value = c.PostForm("channel")
	}
	return audience
}

// saveCampaign saves the form as a draft and, as the button says, starts it or
// sends a test.
func (s *Console) saveCampaign(c *gin.Context) error {
	do := c.PostForm("do")
	if do == "start" {
		if err := web.At(c).Access.Require(account.ApproveCampaigns); err != nil {
			return err
		}
	}
	var before broadcast.Campaign
	if id := c.Param("campaign"); id != "" {
		found, err := s.Broadcast.Find(c, accountID(c), id)
		if err != nil {
			return err
		}
		before = found
	}
	plan, err := s.readPlan(c, before.Plan)
	saved := broadcast.Campaign{ID: before.ID, Plan: plan, Revision: number(c, "revision")}
	if err == nil {
		saved, err = s.keepPlan(c, saved)
	}
	if err != nil {
		return s.campaignAgain(c, saved, err)
	}
	at := path(c, "campaigns", saved.ID)
	switch do {
	case "test":
		return s.done(c, at+"/edit", "campaigns.done.test", s.sendTest(c, saved.ID))
	case "start":
		err := s.audited(c, "campaign.start", "campaign:"+saved.ID, func() (err error) {
			saved, err = s.Broadcast.Schedule(c, accountID(c), saved.ID)
			return err
		})
		return s.done(c, at, doneKey("start", saved), err)
	}
	return s.done(c, at, "campaigns.done.saved", nil)
}

// keepPlan writes a draft. On an error the campaign is as it was typed.
func (s *Console) keepPlan(c *gin.Context, typed broadcast.Campaign) (broadcast.Campaign, error) {
	kept := typed
	action := "campaign.created"
	if typed.ID != "" {
		action = "campaign.changed"
	}
	err := s.audited(c, action, "campaign:"+typed.ID, func() (err error) {
		if typed.ID == "" {
			kept, err = s.Broadcast.Create(c, accountID(c), memberID(c), typed.Plan)
		} else {
			kept, err = s.Broadcast.Update(c, accountID(c), typed.ID, typed.Revision, typed.Plan)
		}
		return err
	})
	if err != nil {
		return typed, err
	}
	return kept, nil
}

// campaignFields are the names of the form's fields where the domain has others.
var campaignFields = map[string]string{
	"card.title": "title", "card.text": "text", "card.image": "image", "card.url": "url", "card.buttons": "url", "target": "url",
}

func (s *Console) campaignAgain(c *gin.Context, typed broadcast.Campaign, wrong error) error {
	page, err := s.campaignEditor(c, typed)
	if err != nil {
		return err
	}
	page.At = field(c, "at")
	page.Content.URL, page.Content.Button = field(c, "url"), field(c, "button")
	if err := s.refused(c, &page.Base, wrong, campaignFields,
		"name", "text", "image", "title", "url", "code", "audience", "way", "when", "at", "cron"); err != nil {
		return err
	}
	return s.again(c, page)
}

// preview is what a campaign looks like in a chat.
func (s *Console) preview(c *gin.Context, one broadcast.Campaign) []templates.ChatMessage {
	reader := broadcast.Recipient{Person: message.Person{Account: accountID(c), Name: s.sample(c, "name"), Language: web.Language(c)}}
	return rehearsed(s.Broadcast.Preview(one, reader))
}

// number reads a number that the page itself put into the form.
func number(c *gin.Context, name string) int64 {
	read, err := strconv.ParseInt(c.PostForm(name), 10, 64)
	if err != nil {
		return 0 // of no document: refused as outdated
	}
	return read
}
