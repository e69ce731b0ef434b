package developer_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/developer"
)

func TestTagsKeepTheirNumbersWhoeverMadeThem(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	ann := k.follower()
	_, err := k.Bot.Subscribers().Tag(ctx, k.account.ID, ann.Person().ID, []string{"regular"}, nil) // by a member
	k.Must(err)
	vip, err := k.CreateTag(ctx, k.account.ID, "vip")
	k.Must(err)
	_, err = k.CreateTag(ctx, k.account.ID, "vip")
	refusedWith(t, "the same name", err, developer.ErrTagName)
	_, err = k.CreateTag(ctx, k.account.ID, strings.Repeat("x", 31))
	refusedWith(t, "a long name", err, developer.ErrTagNameLength)
	k.Must(k.SetTag(ctx, k.account.ID, vip.ID, []string{ann.User}, true))
	tags, err := k.Tags(ctx, k.account.ID)
	if err != nil || len(tags) != 2 || tags[0] != (developer.Tag{ID: 100, Name: "vip", Count: 1}) || tags[1] != (developer.Tag{ID: 101, Name: "regular", Count: 1}) {
		t.Errorf("%+v, %v", tags, err)
	}
	k.Must(k.RenameTag(ctx, k.account.ID, 101, "loyal"))
	found, err := k.Bot.Subscribers().Get(ctx, k.account.ID, ann.Person().ID)
	if slices.Sort(found.Tags); err != nil || !slices.Equal(found.Tags, []string{"loyal", "vip"}) {
		t.Errorf("%q, %v", found.Tags, err)
	}
	k.Must(k.DeleteTag(ctx, k.account.ID, 101))
	person, err := k.Person(ctx, k.account.ID, ann.User)
	if err != nil || !slices.Equal(person.Tags, []int64{100}) {
		t.Errorf("%v, %v", person.Tags, err)
	}
	refusedWith(t, "WeChat's own", k.DeleteTag(ctx, k.account.ID, 2), developer.ErrTagReserved)
	refusedWith(t, "deleted", k.DeleteTag(ctx, k.account.ID, 101), developer.ErrTagID)
	refusedWith(t, "a stranger", k.SetTag(ctx, k.account.ID, vip.ID, []string{"nobody"}, true), developer.ErrOpenID)

	var makers sync.WaitGroup
	numbers := make([]int64, 5)
	for i := range numbers {
		makers.Go(func() {
			made, err := k.CreateTag(context.Background(), k.account.ID, fmt.Sprint("tag", i))
			if err != nil {
				t.Error(err)
			}
			numbers[i] = made.ID
		})
	}
	makers.Wait()
	if slices.Sort(numbers); len(slices.Compact(numbers)) != 5 {
		t.Errorf("numbers %v", numbers)
	}
}

func TestASignInLeadsBackToTheRegisteredHostOnly(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	k.Must(k.SetSignInDomain(ctx, k.account.ID, "shop.example"))
	for _, back := range []string{"https://evil.example/", "https://shop.example.evil.example/", "https://shop.example@evil.example/", "https://shop.example:8443/",
		"//shop.example/", "javascript://shop.example/%0aalert(1)", "https://evil.example/?https://shop.example/", ""} {
		_, err := k.CheckSignIn(ctx, developer.SignIn{AppID: k.app.AppID, Return: back, Scope: developer.ScopeBase})
		refusedWith(t, back, err, developer.ErrSignInDomain)
	}
	asked := developer.SignIn{AppID: k.app.AppID, Return: "https://shop.example/back?x=1", Scope: developer.ScopeUserInfo, State: "s"}
	app, err := k.CheckSignIn(ctx, asked)
	k.Must(err)
	ann, bob := k.visitor(), k.visitor()
	question, err := k.Ask(ctx, app, ann, asked)
	k.Must(err)
	_, err = k.Allow(ctx, app, bob, question)
	refusedWith(t, "somebody else's answer", err, developer.ErrSignInGone)
	address, err := k.Allow(ctx, app, ann, question)
	if err != nil || !strings.HasPrefix(address, "https://shop.example/back?code=") || !strings.HasSuffix(address, "&state=s&x=1") {
		t.Errorf("%s, %v", address, err)
	}
	_, err = k.Allow(ctx, app, ann, question)
	refusedWith(t, "a second answer", err, developer.ErrSignInGone)

	_, code, _ := strings.Cut(address, "code=")
	code, _, _ = strings.Cut(code, "&")
	k.World.Pass(5 * time.Minute)
	_, err = k.Redeem(ctx, k.app.AppID, k.secret, code)
	refusedWith(t, "after five minutes", err, developer.ErrCode)
	back, err := k.Grant(ctx, app, ann, developer.SignIn{Return: asked.Return, Scope: developer.ScopeBase})
	k.Must(err)
	_, code, _ = strings.Cut(back, "code=")
	code, _, _ = strings.Cut(code, "&")
	granted, err := k.Redeem(ctx, k.app.AppID, k.secret, code)
	k.Must(err)
	_, _, err = k.UserInfo(ctx, granted.Token, ann.User)
	refusedWith(t, "more than was allowed", err, developer.ErrNotGranted)
	_, _, err = k.CheckGrant(ctx, granted.Token, bob.User)
	refusedWith(t, "somebody else", err, developer.ErrOpenID)
	_, _, err = k.CheckGrant(ctx, granted.Refresh, ann.User)
	refusedWith(t, "a refresh token", err, developer.ErrCredential)
	k.World.Pass(2 * time.Hour)
	_, _, err = k.CheckGrant(ctx, granted.Token, ann.User)
	refusedWith(t, "after two hours", err, developer.ErrTokenExpired)
	renewed, err := k.Refresh(ctx, k.app.AppID, granted.Refresh)
	k.Must(err)
	_, _, err = k.CheckGrant(ctx, renewed.Token, ann.User)
	k.Must(err)
	k.World.Pass(30 * 24 * time.Hour)
	_, err = k.Refresh(ctx, k.app.AppID, granted.Refresh)
	refusedWith(t, "after thirty days", err, developer.ErrRefreshExpired)
}
