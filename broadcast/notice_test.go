package broadcast

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/store"
)

func words() NoticeText {
	return NoticeText{Words: map[string]NoticeWords{
		"ko": {Title: "수도 공사 {{안내}}", Body: "내일 오전 9시부터 단수됩니다."},
		"en": {Title: "Water works", Body: "No water tomorrow from 9 a.m."},
	}}
}

func TestANoticeNeedsASecondPersonAndIsSentOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("wechat", 3)
	ctx := t.Context()
	notice, err := w.DraftNotice(ctx, shop, "author", words())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.PublishNotice(ctx, shop, "author", notice.ID, 1, true); !errors.Is(err, ErrNoticeState) {
		t.Errorf("published without approval: %v", err)
	}
	if _, err := w.ApproveNotice(ctx, shop, "author", notice.ID, 1); !errors.Is(err, ErrOwnNotice) {
		t.Errorf("approved by its author: %v", err)
	}
	if notice, err = w.ReviseNotice(ctx, shop, "editor", notice.ID, 1, words()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ApproveNotice(ctx, shop, "editor", notice.ID, 2); !errors.Is(err, ErrOwnNotice) {
		t.Errorf("approved by its editor: %v", err)
	}
	if _, err := w.ApproveNotice(ctx, shop, "approver", notice.ID, 1); !errors.Is(err, ErrRevision) {
		t.Errorf("approved unseen: %v", err)
	}
	if _, err := w.ApproveNotice(ctx, shop, "approver", notice.ID, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := w.PublicNotice(ctx, notice.ID); !errors.Is(err, ErrNotice) {
		t.Errorf("public before publication: %v", err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := w.PublishNotice(ctx, shop, "author", notice.ID, 2, true); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	w.work()
	keys := w.outbox.keys()
	if len(keys) != 3 || w.outbox.calls != 3 {
		t.Fatalf("handed over %d times: %v", w.outbox.calls, keys)
	}
	if text := w.outbox.sent[keys[0]][0].Text; !strings.Contains(text, "수도 공사 {{안내}}") || !strings.Contains(text, "/n/"+notice.ID) {
		t.Errorf("the message says %q", text)
	}
	if asked := w.people.asked.Load(); asked.Purpose != Notices {
		t.Errorf("the audience was asked for consent to %q", asked.Purpose)
	}
	if _, err := w.Update(ctx, shop, notice.ID, 1, plan()); !errors.Is(err, ErrNotDraft) {
		t.Errorf("the campaign of a notice was changed: %v", err)
	}
	if found, err := w.PublicNotice(ctx, notice.ID); err != nil || found.In("zh").Title != "Water works" {
		t.Errorf("the public page shows %+v, %v", found, err)
	}
}

func TestAChangeMakesAnApprovalVoid(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	notice, err := w.DraftNotice(ctx, shop, "author", words())
	if err == nil {
		notice, err = w.ApproveNotice(ctx, shop, "approver", notice.ID, 1)
	}
	if err == nil {
		notice, err = w.ReviseNotice(ctx, shop, "author", notice.ID, 1, words())
	}
	if err != nil || notice.State != NoticeDraft || notice.ApprovedBy != "" {
		t.Fatalf("the notice is %+v, %v", notice, err)
	}
	if _, err := w.PublishNotice(ctx, shop, "author", notice.ID, 2, true); !errors.Is(err, ErrNoticeState) {
		t.Errorf("published on a void approval: %v", err)
	}
}

// The process dies after the notice became public and before its campaign was
// made.
func TestAPublishedNoticeIsSentInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 4)
	notice, err := w.DraftNotice(t.Context(), shop, "author", words())
	if err != nil {
		t.Fatal(err)
	}
	err = notices.In(w.DB, shop).Update(t.Context(), notice.ID, store.Set("state", NoticePublished).
		Set("public", w.now()).Set("published_at", w.now()).Set("unsent", w.now()))
	if err != nil {
		t.Fatal(err)
	}
	w.work()
	w.mustBe(notice.ID, Done, "")
	if w.chat.sent.Load() != 4 {
		t.Errorf("%d were sent", w.chat.sent.Load())
	}
}

func TestPublicNoticesAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ctx := t.Context()
	var ids []string
	for range 3 {
		w.clock.advance(time.Minute)
		notice, err := w.DraftNotice(ctx, shop, "author", words())
		if err == nil {
			_, err = w.ApproveNotice(ctx, shop, "approver", notice.ID, 1)
		}
		if err == nil {
			_, err = w.PublishNotice(ctx, shop, "author", notice.ID, 1, true)
		}
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, notice.ID)
	}
	if _, err := w.WithdrawNotice(ctx, shop, ids[1], 1); err != nil {
		t.Fatal(err)
	}
	if _, err := w.DraftNotice(ctx, shop, "author", words()); err != nil {
		t.Fatal(err)
	}
	listed, next, err := w.PublicNotices(ctx, shop, "", 1)
	if err != nil || len(listed) != 1 || listed[0].ID != ids[2] {
		t.Fatal(listed, err)
	}
	listed, _, err = w.PublicNotices(ctx, shop, next, 1)
	if err != nil || len(listed) != 1 || listed[0].ID != ids[0] {
		t.Errorf("the second page is %v, %v", listed, err)
	}
	if all, _, err := w.Notices(ctx, shop, "", "", 10); err != nil || len(all) != 4 {
		t.Errorf("members see %d notices, %v", len(all), err)
	}
	if others, _, err := w.PublicNotices(ctx, "another account", "", 10); err != nil || len(others) != 0 {
		t.Errorf("another account shows %d, %v", len(others), err)
	}
}

func TestNoticesAreRefusedWithAReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, bad := range map[string]map[string]NoticeWords{
		"no language":      {},
		"unknown language": {"fr": {Title: "x", Body: "y"}},
		"no title":         {"en": {Title: " ", Body: "y"}},
		"no body":          {"en": {Title: "x"}},
		"a book":           {"en": {Title: "x", Body: strings.Repeat("y", maxBody+1)}},
	} {
		if _, err := w.DraftNotice(t.Context(), shop, "author", NoticeText{Words: bad}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestANoticeCanBePublicWithoutBeingSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.people.add("webchat", 4)
	ctx := t.Context()
	notice, err := w.DraftNotice(ctx, shop, "author", words())
	if err == nil {
		_, err = w.ApproveNotice(ctx, shop, "approver", notice.ID, 1)
	}
	if err == nil {
		_, err = w.PublishNotice(ctx, shop, "author", notice.ID, 1, false)
	}
	if err != nil {
		t.Fatal(err)
	}
	w.work()
	if _, err := w.Find(ctx, shop, notice.ID); !errors.Is(err, ErrCampaign) {
		t.Errorf("it was sent: %v", err)
	}
	if err := w.DeleteNotice(ctx, shop, notice.ID); !errors.Is(err, ErrNoticeState) {
		t.Errorf("a public notice was deleted: %v", err)
	}
	if listed, _, err := w.Notices(ctx, shop, NoticePublished, "", 10); err != nil || len(listed) != 1 {
		t.Errorf("published notices: %v, %v", listed, err)
	}
}
