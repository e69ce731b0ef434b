package console

import (
	"cmp"
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"plaza/account"
	"plaza/api/web"
	"plaza/broadcast"
	"plaza/message"
	"plaza/templates"
)

func (s *Console) notices(c *gin.Context) error {
	base, err := s.base(c, "campaigns")
	if err != nil {
		return err
	}
	names, err := s.memberNames(c)
	if err != nil {
		return err
	}
	page := &templates.Notices{Base: base}
	tabs, here := s.tabs(c, "state", "state", "all", "draft", "approved", "published", "withdrawn")
	page.Tabs = tabs
	if here == "all" {
		here = ""
	}
	found, next, err := s.Broadcast.Notices(c, accountID(c), broadcast.NoticeState(here), after(c), pageSize)
	if err != nil {
		return err
	}
	page.Pager = pager(c, next)
	for _, one := range found {
		row := templates.NoticeRow{ID: one.ID, URL: path(c, "notices", one.ID), Title: one.In(base.Language).Title,
			State: string(one.State), Author: authors(one, names), Approver: names[one.ApprovedBy], At: one.UpdatedAt}
		if !one.PublishedAt.IsZero() {
			row.At = one.PublishedAt
		}
		page.Rows = append(page.Rows, row)
	}
	return s.Surface.Draw(c, page)
}

// authors names who wrote a notice first.
func authors(one broadcast.Notice, names map[string]string) string {
	if len(one.Authors) == 0 {
		return ""
	}
	return names[one.Authors[0]]
}

func (s *Console) newNotice(c *gin.Context) error {
	page, err := s.noticePage(c, broadcast.Notice{})
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

func (s *Console) notice(c *gin.Context) error {
	found, err := s.Broadcast.Notice(c, accountID(c), c.Param("notice"))
	if err != nil {
		return err
	}
	page, err := s.noticePage(c, found)
	if err != nil {
		return err
	}
	return s.Surface.Draw(c, page)
}

// noticePage is a notice and what the member may do with it; one without an id
// is new.
func (s *Console) noticePage(c *gin.Context, one broadcast.Notice) (*templates.NoticeEditor, error) {
	base, err := s.base(c, "campaigns")
	if err != nil {
		return nil, err
	}
	names, err := s.memberNames(c)
	if err != nil {
		return nil, err
	}
	access := web.At(c).Access
	write, approve := access.May(account.WriteCampaigns), access.May(account.ApproveCampaigns)
	unpublished := one.State == broadcast.NoticeDraft || one.State == broadcast.NoticeApproved
	page := &templates.NoticeEditor{
		Base: base, ID: one.ID, Action: path(c, "notices", cmp.Or(one.ID, "new")), Revision: one.Revision,
		State: string(one.State), Author: authors(one, names), Approver: names[one.ApprovedBy], Urgent: one.Urgent,
		TitleIn: templates.Localized{}, Body: templates.Localized{},
		MayEdit:    write && (one.ID == "" || unpublished),
		MayApprove: approve && one.State == broadcast.NoticeDraft && !slices.Contains(one.Authors, memberID(c)),
		MayPublish: (write || approve) && one.State == broadcast.NoticeApproved,
	}
	for language, words := range one.Words {
		page.TitleIn[language], page.Body[language] = words.Title, words.Body
	}
	if one.State == broadcast.NoticePublished {
		page.PublicURL = "/n/" + one.ID
		page.CampaignURL, err = s.noticeCampaign(c, one)
	}
	if page.MayPublish {
		estimate, err := s.Bot.Subscribers().Counts(c, accountID(c))
		if err != nil {
			return nil, err
		}
		page.Estimate = int(estimate.All)
	}
	return page, err
}

func (s *Console) saveNotice(c *gin.Context) error {
	typed := broadcast.Notice{ID: c.Param("notice"), Revision: number(c, "revision"), State: broadcast.NoticeDraft}
	typed.Urgent = c.PostForm("urgent") == "on"
	typed.Words = map[string]broadcast.NoticeWords{}
	for _, language := range message.Languages {
		words := broadcast.NoticeWords{Title: field(c, "title."+language), Body: field(c, "body."+language)}
		if words != (broadcast.NoticeWords{}) {
			typed.Words[language] = words
		}
	}
	action := "notice.drafted"
	if typed.ID != "" {
		action = "notice.revised"
	}
	var kept broadcast.Notice
	err := s.audited(c, action, "notice:"+typed.ID, func() (err error) {
		if typed.ID == "" {
			kept, err = s.Broadcast.DraftNotice(c, accountID(c), memberID(c), typed.NoticeText)
		} else {
			kept, err = s.Broadcast.ReviseNotice(c, accountID(c), memberID(c), typed.ID, typed.Revision, typed.NoticeText)
		}
		return err
	})
	if err == nil {
		return s.done(c, path(c, "notices", kept.ID), "done.saved", nil)
	}
	page, shown := s.noticePage(c, typed)
	if shown != nil {
		return shown
	}
	if err := s.refused(c, &page.Base, err, map[string]string{"words": "title.en"}, "title.", "body.", "urgent"); err != nil {
		return err
	}
	return s.again(c, page)
}

// changeNotice does one step of a notice and leads back to it.
func (s *Console) changeNotice(c *gin.Context, action, said string, do func(id string, revision int64) error) error {
	id := c.Param("notice")
	err := s.audited(c, action, "notice:"+id, func() error { return do(id, number(c, "revision")) })
	return s.done(c, path(c, "notices", id), said, err)
}

func (s *Console) approveNotice(c *gin.Context) error {
	return s.changeNotice(c, "notice.approved", "notices.done.approved", func(id string, revision int64) error {
		_, err := s.Broadcast.ApproveNotice(c, accountID(c), memberID(c), id, revision)
		return err
	})
}

func (s *Console) publishNotice(c *gin.Context) error {
	return s.changeNotice(c, "notice.published", "notices.done.published", func(id string, revision int64) error {
		_, err := s.Broadcast.PublishNotice(c, accountID(c), memberID(c), id, revision, c.PostForm("send") == "on")
		return err
	})
}

func (s *Console) withdrawNotice(c *gin.Context) error {
	return s.changeNotice(c, "notice.withdrawn", "notices.done.withdrawn", func(id string, revision int64) error {
		_, err := s.Broadcast.WithdrawNotice(c, accountID(c), id, revision)
		return err
	})
}

func (s *Console) deleteNotice(c *gin.Context) error {
	id := c.Param("notice")
	err := s.audited(c, "notice.deleted", "notice:"+id, func() error {
		return s.Broadcast.DeleteNotice(c, accountID(c), id)
	})
	return s.done(c, path(c, "notices"), "notices.done.deleted", err)
}

// noticeCampaign is the page that shows how a notice is being sent, if it is:
// its campaign has the notice's own key.
func (s *Console) noticeCampaign(c *gin.Context, one broadcast.Notice) (string, error) {
	_, err := s.Broadcast.Find(c, accountID(c), one.ID)
	if errors.Is(err, broadcast.ErrCampaign) {
		return "", nil
	}
	return path(c, "campaigns", one.ID), err
}
