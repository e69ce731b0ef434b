package console

import (
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/bot"
	"plaza/bot/kakao/alimtalk"
	"plaza/broadcast"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
	"plaza/templates"
)

func (s *Console) campaigns(c *gin.Context) error {
	base, err := s.base(c, "campaigns")
	if err != nil {
		return err
	}
	page := &templates.Campaigns{Base: base}
	tabs, here := s.tabs(c, "state", "state", "all", "draft", "scheduled", "sending", "held", "done")
	page.Tabs = tabs
	if here == "all" {
		here = ""
	}
	found, next, err := s.Broadcast.List(c, accountID(c), broadcast.State(here), after(c), pageSize)
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		row, _, err := s.campaignRow(c, one)
		if err != nil {
			return err
		}
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

// campaignRow is a campaign with how its last run is getting on.
func (s *Console) campaignRow(c *gin.Context, one broadcast.Campaign) (templates.CampaignRow, broadcast.Run, error) {
	row := templates.CampaignRow{
		ID: one.ID, URL: path(c, "campaigns", one.ID), Name: one.Name, State: string(one.State),
		Audience: s.audienceInWords(c, one.Audience), At: one.NextAt,
	}
	if one.When.Kind == broadcast.Recurring {
		row.Repeats = s.said(c, "campaigns.repeats", one.When.Cron)
	}
	if row.At.IsZero() {
		row.At = one.When.At // a draft for later
	}
	if row.At.IsZero() {
		row.At = one.CreatedAt
	}
	if one.Run == "" {
		return row, broadcast.Run{}, nil
	}
	run, err := s.Broadcast.Run(c, accountID(c), one.Run)
	row.Total, row.Done, row.Failed = int(run.Counts.Total), int(run.Counts.Settled()), int(run.Counts.Failed)
	if one.NextAt.IsZero() {
		row.At = run.StartedAt
	}
	return row, run, err
}

func (s *Console) audienceInWords(c *gin.Context, audience broadcast.Audience) string {
	switch audience.Kind {
	case broadcast.WithTag:
		return s.said(c, "audience.tagged", audience.Value)
	case broadcast.OnChannel:
		return s.word(c, "channel", audience.Value)
	}
	return s.said(c, "audience.all")
}

// deliveryTabs are the states whose deliveries the page of a campaign lists.
var deliveryTabs = []string{"all", "sent", "delivered", "read", "failed", "uncertain", "skipped"}

func (s *Console) campaign(c *gin.Context) error {
	base, err := s.base(c, "campaigns")
	if err != nil {
		return err
	}
	found, err := s.Broadcast.Find(c, accountID(c), c.Param("campaign"))
	if err != nil {
		return err
	}
	page := &templates.Campaign{Base: base, Path: path(c, "campaigns", found.ID), Actions: s.campaignActions(c, found)}
	row, run, err := s.campaignRow(c, found)
	if err != nil {
		return err
	}
	page.Row = row
	if found.Reason != "" {
		page.HeldReason = s.reason(c, found.Reason)
	}
	page.Content = s.preview(c, found)
	if found.Way == broadcast.AsMass {
		page.Way = s.said(c, "way.mass")
	}
	if page.Previews, err = s.previews(c); err != nil {
		return err
	}
	if found.When.Kind != broadcast.Now && (found.State == broadcast.Scheduled || found.State == broadcast.Draft) {
		if page.NextRuns, err = s.Broadcast.Upcoming(c, accountID(c), found.When, 3); err != nil {
			return err
		}
	}
	if err := s.showRun(c, page, found, run); err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// showRun adds a run's progress and its deliveries: the run that was asked for,
// or the last one.
func (s *Console) showRun(c *gin.Context, page *templates.Campaign, found broadcast.Campaign, run broadcast.Run) error {
	earlier, _, err := s.Broadcast.Runs(c, accountID(c), found.ID, "", 10)
	if err != nil {
		return err
	}
	for _, one := range earlier {
		if one.ID == c.Query("run") {
			run = one
		}
	}
	if len(earlier) > 1 {
		zone := web.At(c).Account.Location()
		for _, one := range earlier {
			page.Runs = append(page.Runs, templates.Option{Value: page.Path + "?run=" + one.ID, Chosen: one.ID == run.ID,
				Label: one.FireAt.In(zone).Format("2006-01-02 15:04"), Hint: decimal(one.Counts.Sent)})
		}
	}
	if run.ID == "" {
		return nil
	}
	page.Progress = s.progress(run)
	for reason, count := range run.Counts.Reasons {
		page.Skips = append(page.Skips, [2]string{s.reason(c, reason), decimal(count)})
	}
	if err := s.showMass(c, page, run.ID); err != nil {
		return err
	}
	if found.Link != "" {
		code, err := s.Codes.Find(c, accountID(c), found.Link)
		if err != nil {
			return err
		}
		page.CodeURL, page.Scans = path(c, "codes", code.ID), int(code.Scans)
	}
	return s.showDeliveries(c, page, run)
}

func (s *Console) progress(run broadcast.Run) templates.Progress {
	counts := run.Counts
	progress := templates.Progress{
		Total: int(counts.Total), Sent: int(counts.Sent), Delivered: int(counts.Delivered), Read: int(counts.Read),
		Failed: int(counts.Failed), Uncertain: int(counts.Uncertain), Skipped: int(counts.Skipped),
		Started: run.StartedAt, Finished: run.FinishedAt,
	}
	// The total was an estimate when the run began.
	progress.Total = max(progress.Total, int(counts.Settled()))
	progress.Pending = progress.Total - int(counts.Settled())
	if !run.FinishedAt.IsZero() {
		progress.Total, progress.Pending = int(counts.Settled()), 0
	} else if passed := s.now().Sub(run.StartedAt); passed >= time.Second {
		progress.PerSecond = int(float64(counts.Settled()) / passed.Seconds())
	}
	return progress
}

func (s *Console) showDeliveries(c *gin.Context, page *templates.Campaign, run broadcast.Run) error {
	tabs, here := s.tabs(c, "state", "state", deliveryTabs...)
	if chosen := c.Query("run"); chosen != "" {
		for i := range tabs {
			tabs[i].URL = with(c, "run", chosen)
		}
	}
	page.Tabs = tabs
	if here == "all" {
		here = ""
	}
	found, next, err := s.Broadcast.Deliveries(c, accountID(c), run.ID, broadcast.DeliveryState(here), after(c), pageSize)
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		_, channel, _, _ := message.SplitSubscriberID(one.Subscriber())
		row := templates.DeliveryRow{URL: path(c, "subscribers", one.Subscriber()), Channel: channel, State: string(one.State), At: one.At}
		if one.Reason != "" {
			row.Reason = s.reason(c, one.Reason)
		}
		if channel == alimtalk.PhoneChannel { // no subscriber: known by a number
			row.URL, row.Name = path(c, "numbers"), s.said(c, "numbers.alone")
			page.Deliveries = append(page.Deliveries, row)
			continue
		}
		person, err := s.Bot.Subscribers().Get(c, accountID(c), one.Subscriber())
		if err != nil && !errors.Is(err, bot.ErrNoSubscriber) {
			return err
		}
		row.Name = s.personName(c, person.Name, person.ID)
		page.Deliveries = append(page.Deliveries, row)
	}
	return nil
}

// campaignActions are what the campaign's state and the member's role allow.
func (s *Console) campaignActions(c *gin.Context, found broadcast.Campaign) []string {
	access := web.At(c).Access
	write, approve := access.May(account.WriteCampaigns), access.May(account.ApproveCampaigns)
	stop := write || approve
	byState := map[broadcast.State]map[string]bool{
		broadcast.Draft:     {"start": approve, "edit": write, "delete": write},
		broadcast.Scheduled: {"unschedule": stop, "cancel": stop},
		broadcast.Sending:   {"pause": stop, "cancel": stop},
		broadcast.Paused:    {"resume": approve, "cancel": stop},
		broadcast.Held:      {"release": approve, "skip": stop, "cancel": stop},
		broadcast.Failed:    {"resume": approve, "cancel": stop},
	}
	var actions []string
	for _, action := range []string{"start", "release", "resume", "pause", "edit", "unschedule", "skip", "cancel", "delete"} {
		if byState[found.State][action] {
			actions = append(actions, action)
		}
	}
	if write && found.Purpose == broadcast.Promotions {
		actions = append(actions, "copy")
	}
	return actions
}

// steer moves a campaign on: the last part of the path says how.
func (s *Console) steer(c *gin.Context) error {
	id := c.Param("campaign")
	action := c.FullPath()[strings.LastIndexByte(c.FullPath(), '/')+1:]
	steps := map[string]func() (broadcast.Campaign, error){
		"start":      func() (broadcast.Campaign, error) { return s.Broadcast.Schedule(c, accountID(c), id) },
		"unschedule": func() (broadcast.Campaign, error) { return s.Broadcast.Unschedule(c, accountID(c), id) },
		"pause":      func() (broadcast.Campaign, error) { return s.Broadcast.Pause(c, accountID(c), id) },
		"resume":     func() (broadcast.Campaign, error) { return s.Broadcast.Resume(c, accountID(c), id) },
		"release":    func() (broadcast.Campaign, error) { return s.Broadcast.Release(c, accountID(c), id) },
		"skip":       func() (broadcast.Campaign, error) { return s.Broadcast.Skip(c, accountID(c), id) },
		"cancel":     func() (broadcast.Campaign, error) { return s.Broadcast.Cancel(c, accountID(c), id) },
	}
	var moved broadcast.Campaign
	err := s.audited(c, "campaign."+action, "campaign:"+id, func() (err error) {
		moved, err = steps[action]()
		return err
	})
	return s.done(c, path(c, "campaigns", id), doneKey(action, moved), err)
}

// doneKey names the text that says what an action did: one that is started for
// later is not on its way yet.
func doneKey(action string, moved broadcast.Campaign) string {
	if action == "start" && moved.When.Kind != broadcast.Now {
		action = "scheduled"
	}
	return "campaigns.done." + action
}

func (s *Console) copyCampaign(c *gin.Context) error {
	id := c.Param("campaign")
	var copied broadcast.Campaign
	err := s.audited(c, "campaign.copied", "campaign:"+id, func() (err error) {
		copied, err = s.Broadcast.Copy(c, accountID(c), memberID(c), id)
		return err
	})
	if err != nil {
		return s.done(c, path(c, "campaigns", id), "", err)
	}
	return web.Redirect(c, path(c, "campaigns", copied.ID, "edit"))
}

func (s *Console) deleteCampaign(c *gin.Context) error {
	id := c.Param("campaign")
	err := s.audited(c, "campaign.deleted", "campaign:"+id, func() error {
		return s.Broadcast.Delete(c, accountID(c), id)
	})
	return s.done(c, path(c, "campaigns"), "campaigns.done.deleted", err)
}

// testTag marks the subscribers that tests go to: members who follow their own
// account give it to themselves.
const testTag = "test"

// errNoTester answers a test that nobody would get.
var errNoTester = fault.New(fault.Conflict, "no_tester",
	"Nobody has the tag “{0}” yet. Follow your own account and give yourself this tag in the inbox.", testTag)

// testers are who a test goes to.
func (s *Console) testers(c *gin.Context) ([]bot.Subscriber, error) {
	found, _, err := s.Bot.Subscribers().List(c, accountID(c), bot.People{Tag: testTag}, "", 5)
	return found, err
}

func (s *Console) sendTest(c *gin.Context, campaign string) error {
	testers, err := s.testers(c)
	if err == nil && len(testers) == 0 {
		err = errNoTester
	}
	key := store.NewID()
	for _, tester := range testers {
		if err == nil {
			err = s.Broadcast.Test(c, accountID(c), campaign, tester.ID, key)
		}
	}
	return err
}
