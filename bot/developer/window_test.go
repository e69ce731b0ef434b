package developer_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"plaza/bot/developer"
)

func text(words string) developer.Content {
	return developer.Content{Type: "text", Text: &developer.TextContent{Content: words}}
}

func TestCustomMessagesObeyTheWindows(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	ann := k.visitor()
	send := func() error { return k.SendCustom(ctx, k.account.ID, ann.User, text("hi")) }
	refusedWith(t, "a stranger", send(), developer.ErrOpenID)
	k.say(ann, "1", "hello")
	for range 5 {
		k.Must(send())
	}
	refusedWith(t, "a sixth message", send(), developer.ErrWindowCount)
	_, err := k.World.Webchat.Follow(ctx, ann, "")
	k.Must(err)
	for range 3 {
		k.Must(send())
	}
	refusedWith(t, "a fourth one after following", send(), developer.ErrWindowCount)
	k.say(ann, "2", "hello again")
	k.World.Pass(48*time.Hour - time.Second)
	k.Must(send())
	k.World.Pass(2 * time.Second)
	refusedWith(t, "after two days", send(), developer.ErrWindow)
	k.say(ann, "3", "still here")
	_, err = k.World.Webchat.Unfollow(ctx, ann)
	k.Must(err)
	refusedWith(t, "after they left", send(), developer.ErrWindow)
}

func TestManyAtOnceGetNoMoreThanTheWindowHolds(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	ann := k.visitor()
	k.say(ann, "1", "hello")
	var sent sync.WaitGroup
	var mu sync.Mutex
	count := 0
	for range 20 {
		sent.Go(func() {
			err := k.SendCustom(context.Background(), k.account.ID, ann.User, text("hi"))
			if err == nil {
				mu.Lock()
				count++
				mu.Unlock()
			} else if !errors.Is(err, developer.ErrWindowCount) {
				t.Error(err)
			}
		})
	}
	sent.Wait()
	if count != 5 {
		t.Errorf("%d messages went out", count)
	}
}

func TestQuotasEndWithTheDayOrAreCleared(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	list := func() error { _, _, err := k.Followers(ctx, k.account.ID, ""); return err }
	for range 500 {
		k.Must(list())
	}
	refusedWith(t, "the 501st call", list(), developer.ErrQuota)
	k.Must(k.ClearQuota(ctx, k.account.ID))
	k.Must(list())
	for range 9 {
		k.Must(k.ClearQuota(ctx, k.account.ID))
	}
	refusedWith(t, "the eleventh clearing of a month", k.ClearQuota(ctx, k.account.ID), developer.ErrClearQuota)
}
