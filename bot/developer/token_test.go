package developer_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"plaza/bot/developer"
	"plaza/bot/webchat"
	"plaza/message"
)

func TestANewTokenEndsTheOneBeforeAndAStableOneDoesNot(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	first, err := k.NewToken(ctx, k.app.AppID, k.secret)
	k.Must(err)
	_, err = k.Caller(ctx, first.Token)
	k.Must(err)
	second, err := k.NewToken(ctx, k.app.AppID, k.secret)
	k.Must(err)
	stable, err := k.StableToken(ctx, k.app.AppID, k.secret, false)
	k.Must(err)
	again, err := k.StableToken(ctx, k.app.AppID, k.secret, false)
	k.Must(err)
	if stable.Token != again.Token || stable.ExpiresIn != 2*time.Hour {
		t.Errorf("%+v, then %+v", stable, again)
	}
	_, err = k.Caller(ctx, first.Token)
	refusedWith(t, "the token before", err, developer.ErrCredential)
	for _, good := range []string{second.Token, stable.Token} {
		_, err = k.Caller(ctx, good)
		k.Must(err)
	}
	_, err = k.Caller(ctx, "nobody's")
	refusedWith(t, "nobody's token", err, developer.ErrCredential)
	_, err = k.Caller(ctx, "")
	refusedWith(t, "no token", err, developer.ErrNoToken)

	k.World.Pass(2*time.Hour - 4*time.Minute) // the last five minutes: both work
	next, err := k.StableToken(ctx, k.app.AppID, k.secret, false)
	k.Must(err)
	if next.Token == stable.Token {
		t.Error("a token is given out that ends in four minutes")
	}
	for _, good := range []string{stable.Token, next.Token} {
		_, err = k.Caller(ctx, good)
		k.Must(err)
	}
	k.World.Pass(4 * time.Minute)
	_, err = k.Caller(ctx, second.Token)
	refusedWith(t, "after two hours", err, developer.ErrTokenExpired)

	forced, err := k.StableToken(ctx, k.app.AppID, k.secret, true)
	k.Must(err)
	_, err = k.Caller(ctx, next.Token)
	refusedWith(t, "a token that was replaced by force", err, developer.ErrCredential)
	if soon, err := k.StableToken(ctx, k.app.AppID, k.secret, true); err != nil || soon.Token != forced.Token {
		t.Errorf("forced twice within 30 seconds: %v", err)
	}

	_, err = k.NewSecret(ctx, k.account.ID)
	k.Must(err)
	_, err = k.Caller(ctx, forced.Token)
	refusedWith(t, "under another secret", err, developer.ErrCredential)
	_, err = k.NewToken(ctx, k.app.AppID, k.secret)
	refusedWith(t, "the secret before", err, developer.ErrSecret)
	_, err = k.NewToken(ctx, "wx0000000000000000", k.secret)
	refusedWith(t, "nobody's app", err, developer.ErrAppID)
}

func TestAllNodesGiveTheSameStableToken(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	var mu sync.Mutex
	given := map[string]bool{}
	var nodes sync.WaitGroup
	for range 16 {
		node := developer.New(k.Service.Dependencies)
		nodes.Go(func() {
			token, err := node.StableToken(context.Background(), k.app.AppID, k.secret, false)
			if err == nil {
				_, err = node.Caller(context.Background(), token.Token)
			}
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			given[token.Token] = true
			mu.Unlock()
		})
	}
	nodes.Wait()
	if len(given) != 1 {
		t.Errorf("%d different tokens", len(given))
	}
}

func TestAProgramThatOnlySendsNeedsNoCallback(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	quiet := k.World.Merchant("quiet")
	app, secret, err := k.Open(ctx, quiet.ID)
	k.Must(err)
	token, err := k.NewToken(ctx, app.AppID, secret)
	k.Must(err)
	if _, err := k.Caller(ctx, token.Token); err != nil {
		t.Errorf("a call: %v", err)
	}
	if wants, err := k.Wants(ctx, message.Inbound{Account: quiet.ID, Channel: webchat.Name}); err != nil || wants {
		t.Errorf("the account's own rules are passed over: %v, %v", wants, err)
	}
}

func TestAnAppThatIsOffIsRefused(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	token, err := k.NewToken(ctx, k.app.AppID, k.secret)
	k.Must(err)
	k.Must(k.Enable(ctx, k.account.ID, false))
	_, err = k.Caller(ctx, token.Token)
	refusedWith(t, "a call", err, developer.ErrNotGranted)
	_, err = k.NewToken(ctx, k.app.AppID, k.secret)
	refusedWith(t, "a token", err, developer.ErrNotGranted)
}
