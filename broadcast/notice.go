package broadcast

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// NoticeState says how far a notice has come.
type NoticeState string

// The states of a notice. A change takes an approved one back to draft.
const (
	NoticeDraft     NoticeState = "draft"
	NoticeApproved  NoticeState = "approved"
	NoticePublished NoticeState = "published"
	NoticeWithdrawn NoticeState = "withdrawn"
)

// Notice is a public announcement by an agency: written by one member, approved
// by another, then public and sent to everybody who wants notices.
type Notice struct {
	ID         string `bson:"_id" json:"id"`
	Account    string `bson:"account" json:"-"`
	NoticeText `bson:",inline"`
	State      NoticeState `bson:"state" json:"state"`
	Revision   int64       `bson:"revision" json:"revision"`
	// Authors are all who have written in it. None of them can approve it.
	Authors     []string  `bson:"authors" json:"authors"`
	ApprovedBy  string    `bson:"approved_by,omitempty" json:"approved_by,omitempty"`
	ApprovedAt  time.Time `bson:"approved_at,omitempty" json:"approved_at,omitzero"`
	PublishedBy string    `bson:"published_by,omitempty" json:"published_by,omitempty"`
	PublishedAt time.Time `bson:"published_at,omitempty" json:"published_at,omitzero"`
	// Public is PublishedAt as long as the notice is public.
	Public time.Time `bson:"public,omitempty" json:"-"`
	// Unsent is there from its publication until its campaign exists.
	Unsent    time.Time `bson:"unsent,omitempty" json:"-"`
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
}

// NoticeText is the part of a notice that people write.
type NoticeText struct {
	// Words by language; at least one.
	Words  map[string]NoticeWords `bson:"words" json:"words"`
	Urgent bool                   `bson:"urgent" json:"urgent"`
}

// NoticeWords are a notice in one language: plain text.
type NoticeWords struct {
	Title string `bson:"title" json:"title"`
	Body  string `bson:"body" json:"body"`
}

// In is the notice in a language, or in the first one that it has.
func (n NoticeText) In(language string) NoticeWords {
	if words, ok := n.Words[language]; ok {
		return words
	}
	for _, language := range message.Languages {
		if words, ok := n.Words[language]; ok {
			return words
		}
	}
	return NoticeWords{}
}

const maxBody = 20_000

// The faults of notices.
var (
	ErrNotice      = fault.New(fault.NotFound, "unknown_notice", "There is no such notice.")
	ErrNoticeState = fault.New(fault.Conflict, "notice_state",
		"The notice is not in a state that allows this any more.")
	ErrOwnNotice = fault.New(fault.Forbidden, "notice_own",
		"Somebody who did not write in this notice has to approve it.")
	ErrNoticeWords = fault.New(fault.Invalid, "notice_words",
		"Please give a title of up to {0} and a text of up to {1} characters.", maxTitle, maxBody).In("words")
	// ErrReached: somebody else with the same number has it already.
	ErrReached = fault.New(fault.Conflict, "same_number", "This number has been reached already.")
)

var notices = store.Declare[Notice](store.Schema{
	Name: "notices",
	Indexes: []store.Index{
		{Fields: []string{"public"}, Sparse: true},
		{Fields: []string{"state", "-_id"}},
		{Fields: []string{"unsent"}, Across: true, Sparse: true},
	},
})

// DraftNotice writes a new notice.
func (s *Service) DraftNotice(ctx context.Context, account, member string, text NoticeText) (Notice, error) {
	if err := text.check(); err != nil {
		return Notice{}, err
	}
	now := s.now()
	notice := Notice{ID: store.FreshID(ctx, "notice"), Account: account, NoticeText: text, State: NoticeDraft, Revision: 1,
		Authors: []string{member}, CreatedAt: now, UpdatedAt: now}
	notice, _, err := notices.In(s.DB, account).InsertIfAbsent(ctx, notice)
	return notice, err
}

// ReviseNotice changes a notice that is not public and still at revision; an
// approval is void then. Errors: ErrRevision, ErrNoticeState.
func (s *Service) ReviseNotice(ctx context.Context, account, member, id string, revision int64, text NoticeText) (Notice, error) {
	if err := text.check(); err != nil {
		return Notice{}, err
	}
	return s.moveNotice(ctx, account, id, revision,
		store.Set("words", text.Words).Set("urgent", text.Urgent).Set("state", NoticeDraft).AddToSet("authors", member).
			Inc("revision", 1).Unset("approved_by", "approved_at"),
		store.In("state", NoticeDraft, NoticeApproved))
}

// ApproveNotice approves what the member has read: the notice at revision.
// Errors: ErrOwnNotice, ErrRevision, ErrNoticeState.
func (s *Service) ApproveNotice(ctx context.Context, account, member, id string, revision int64) (Notice, error) {
	notice, err := s.moveNotice(ctx, account, id, revision,
		store.Set("state", NoticeApproved).Set("approved_by", member).Set("approved_at", s.now()),
		store.Eq("state", NoticeDraft), store.Ne("authors", member))
	if !errors.Is(err, ErrNoticeState) {
		return notice, err
	}
	present, readErr := s.Notice(ctx, account, id)
	if readErr == nil && present.State == NoticeDraft {
		return Notice{}, ErrOwnNotice
	}
	return Notice{}, err
}

// PublishNotice makes an approved notice public and, with send, sends it. A
// repetition finds both done. Errors: ErrRevision, ErrNoticeState.
func (s *Service) PublishNotice(ctx context.Context, account, member, id string, revision int64, send bool) (Notice, error) {
	now := s.now()
	update := store.Set("state", NoticePublished).Set("published_by", member).Set("published_at", now).Set("public", now)
	if send {
		update = update.Set("unsent", now)
	}
	notice, err := s.moveNotice(ctx, account, id, revision, update, store.Eq("state", NoticeApproved))
	if errors.Is(err, ErrNoticeState) {
		notice, err = s.Notice(ctx, account, id)
		if err == nil && notice.State != NoticePublished {
			err = ErrNoticeState
		}
	}
	if err != nil || notice.Unsent.IsZero() {
		return notice, err
	}
	return notice, s.sendNotice(ctx, notice)
}

// sendNotice makes the campaign of a notice, which has the notice's own key and
// so exists once.
func (s *Service) sendNotice(ctx context.Context, notice Notice) error {
	now := s.now()
	campaign := Campaign{
		ID: notice.ID, Account: notice.Account, Purpose: Notices, State: Scheduled, Revision: 1,
		Plan: Plan{Name: notice.In("").Title, Audience: Audience{Kind: Everybody}, When: When{Kind: Now},
			Content: s.noticeContent(notice)},
		CreatedBy: notice.PublishedBy, CreatedAt: now, UpdatedAt: now, NextAt: now, DueAt: now,
	}
	_, inserted, err := campaigns.In(s.DB, notice.Account).InsertIfAbsent(ctx, campaign)
	if err != nil {
		return err
	}
	if inserted {
		s.announce(ctx, campaign)
		s.nudge()
	}
	return notices.In(s.DB, notice.Account).Update(ctx, notice.ID, store.Unset("unsent"))
}

// sendUnsent makes the campaign of a notice whose publication a crash cut short.
func (s *Service) sendUnsent(ctx context.Context) (found bool, err error) {
	notice, err := notices.Across(s.DB).First(ctx, store.Where(store.Lte("unsent", s.now())))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.sendNotice(ctx, notice)
}

// noticeContent is the title and the address, in the reader's language.
func (s *Service) noticeContent(notice Notice) Content {
	content := Content{Translations: make(map[string]string)}
	for _, language := range message.Languages {
		content.Translations[language] = s.Texts.Text(language, "notice.sent",
			notice.In(language).Title, s.NoticeURL(notice.ID))
	}
	content.Text = content.Translations[message.Languages[0]]
	return content
}

// WithdrawNotice takes a notice off the public page. What was sent stays sent.
func (s *Service) WithdrawNotice(ctx context.Context, account, id string, revision int64) (Notice, error) {
	return s.moveNotice(ctx, account, id, revision,
		store.Set("state", NoticeWithdrawn).Unset("public"), store.Eq("state", NoticePublished))
}

// DeleteNotice removes a notice that was never public.
func (s *Service) DeleteNotice(ctx context.Context, account, id string) error {
	err := notices.In(s.DB, account).Delete(ctx, id, store.In("state", NoticeDraft, NoticeApproved))
	switch {
	case errors.Is(err, store.ErrNotFound):
		return ErrNotice
	case errors.Is(err, store.ErrConditionFailed):
		return ErrNoticeState
	}
	return err
}

// Notice finds a notice in any state, for members. Errors: ErrNotice.
func (s *Service) Notice(ctx context.Context, account, id string) (Notice, error) {
	notice, err := notices.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Notice{}, ErrNotice
	}
	return notice, err
}

// PublicNotice finds a notice that is public, of whichever account.
func (s *Service) PublicNotice(ctx context.Context, id string) (Notice, error) {
	notice, err := notices.Across(s.DB).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && notice.Public.IsZero() {
		return Notice{}, ErrNotice
	}
	return notice, err
}

// Notices lists an account's notices for members, newest first; of one state
// unless it is empty.
func (s *Service) Notices(ctx context.Context, account string, state NoticeState, after store.Cursor, limit int) ([]Notice, store.Cursor, error) {
	query := store.Query{}
	if state != "" {
		query = store.Where(store.Eq("state", state))
	}
	return notices.In(s.DB, account).Find(ctx, query.By("-_id").Top(limit).From(after))
}

// PublicNotices lists an account's public notices, newest first.
func (s *Service) PublicNotices(ctx context.Context, account string, after store.Cursor, limit int) ([]Notice, store.Cursor, error) {
	return notices.In(s.DB, account).Find(ctx,
		store.Where(store.Gt("public", time.Time{})).By("-public").Top(limit).From(after))
}

// moveNotice changes a notice that is still at revision and meets all further
// conditions. Errors: ErrNotice, ErrRevision, ErrNoticeState.
func (s *Service) moveNotice(ctx context.Context, account, id string, revision int64, update store.Update, conditions ...store.Clause) (Notice, error) {
	notice, err := notices.In(s.DB, account).UpdateAndGet(ctx, id, update.Set("updated_at", s.now()),
		append(conditions, store.Eq("revision", revision))...)
	if !errors.Is(err, store.ErrConditionFailed) {
		if errors.Is(err, store.ErrNotFound) {
			err = ErrNotice
		}
		return notice, err
	}
	present, err := s.Notice(ctx, account, id)
	if err != nil {
		return Notice{}, err
	}
	if present.Revision != revision {
		return Notice{}, ErrRevision
	}
	return Notice{}, ErrNoticeState
}

func (n NoticeText) check() error {
	if len(n.Words) == 0 {
		return ErrNoticeWords
	}
	for language, words := range n.Words {
		if message.LanguageOf(language) != language {
			return ErrLanguage.In("words")
		}
		title, body := utf8.RuneCountInString(strings.TrimSpace(words.Title)), utf8.RuneCountInString(words.Body)
		if title == 0 || title > maxTitle || body == 0 || body > maxBody {
			return ErrNoticeWords
		}
	}
	return nil
}
