package rest

import (
	"context"

	"plaza/account"
	"plaza/broadcast"
)

type listNoticesInput struct {
	Paging
	State broadcast.NoticeState `query:"state" enum:"draft,approved,published,withdrawn"`
}

func (s *surface) listNotices(ctx context.Context, who account.Access, in *listNoticesInput) (page[broadcast.Notice], error) {
	return pageOf(s.Broadcast.Notices(ctx, who.Account, in.State, in.at(), in.Limit))
}

// OneNotice names one in a path.
type OneNotice struct {
	Notice string `path:"notice" maxLength:"64"`
}

func (s *surface) getNotice(ctx context.Context, who account.Access, in *OneNotice) (broadcast.Notice, error) {
	return s.Broadcast.Notice(ctx, who.Account, in.Notice)
}

type NoticeBody struct {
	Words  map[string]broadcast.NoticeWords `json:"words" doc:"By language: en, zh, ko; at least one."`
	Urgent bool                             `json:"urgent,omitempty"`
}

func (n NoticeBody) text() broadcast.NoticeText {
	return broadcast.NoticeText{Words: n.Words, Urgent: n.Urgent}
}

type newNoticeInput struct{ Body NoticeBody }

// draftNotice counts as written by whoever made the token, who then cannot
// approve it: two keys of one person are not two people.
func (s *surface) draftNotice(ctx context.Context, who account.Access, in *newNoticeInput) (broadcast.Notice, error) {
	return s.Broadcast.DraftNotice(ctx, who.Account, who.Member, in.Body.text())
}

type changeNoticeInput struct {
	OneNotice
	Body struct {
		NoticeBody
		Revision int64 `json:"revision"`
	}
}

func (s *surface) changeNotice(ctx context.Context, who account.Access, in *changeNoticeInput) (broadcast.Notice, error) {
	return s.Broadcast.ReviseNotice(ctx, who.Account, who.Member, in.Notice, in.Body.Revision, in.Body.text())
}

type revisionInput struct {
	OneNotice
	Body struct {
		Revision int64 `json:"revision" doc:"Of the notice that was read."`
	}
}

func (s *surface) approveNotice(ctx context.Context, who account.Access, in *revisionInput) (broadcast.Notice, error) {
	return s.Broadcast.ApproveNotice(ctx, who.Account, who.Member, in.Notice, in.Body.Revision)
}

type publishInput struct {
	OneNotice
	Body struct {
		Revision int64 `json:"revision"`
		Send     bool  `json:"send,omitempty" doc:"Also send it to everybody who wants notices."`
	}
}

func (s *surface) publishNotice(ctx context.Context, who account.Access, in *publishInput) (broadcast.Notice, error) {
	return s.Broadcast.PublishNotice(ctx, who.Account, who.Member, in.Notice, in.Body.Revision, in.Body.Send)
}

func (s *surface) withdrawNotice(ctx context.Context, who account.Access, in *revisionInput) (broadcast.Notice, error) {
	return s.Broadcast.WithdrawNotice(ctx, who.Account, in.Notice, in.Body.Revision)
}

func (s *surface) deleteNotice(ctx context.Context, who account.Access, in *OneNotice) error {
	return s.Broadcast.DeleteNotice(ctx, who.Account, in.Notice)
}
