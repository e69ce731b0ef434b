package developer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot"
	"plaza/bot/developer"
	"plaza/message"
)

func refusedWith(t *testing.T, what string, err error, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

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

func TestAMassSendReachesEachOnceWhateverIsRepeated(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	ann, bob, cat := k.follower(), k.follower(), k.follower()
	quiet := true
	_, err := k.Bot.Subscribers().Change(ctx, k.account.ID, cat.Person().ID, bot.Profile{Muted: &quiet})
	k.Must(err)
	wanted := developer.NewMass{ToAll: true, Content: text("bread at four"), Key: "bread"}
	made, err := k.SendMass(ctx, k.account.ID, wanted)
	k.Must(err)
	again, err := k.SendMass(ctx, k.account.ID, wanted)
	refusedWith(t, "the same key", err, developer.ErrMassRepeated)
	var refusal *developer.Refusal
	if errors.As(err, &refusal); refusal.Fields["msg_id"] != made.MessageID || again.MessageID != made.MessageID {
		t.Errorf("the refusal names %v, not %d", refusal.Fields, made.MessageID)
	}
	k.Must(k.RepeatPage(ctx, made)) // a worker that died behind its page
	for range 3 {
		_, err := k.StepMass(ctx)
		k.Must(err)
	}
	for name, reader := range map[string]struct{ got, want string }{"ann": {k.chat(ann), "[follow]"}, "bob": {k.chat(bob), "[follow]"}} {
		if strings.Count(reader.got, "bread at four") != 1 {
			t.Errorf("%s reads %q", name, reader.got)
		}
	}
	if got := k.chat(cat); strings.Contains(got, "bread") {
		t.Errorf("who wants no promotions reads %q", got)
	}
	found, err := k.FindMass(ctx, k.account.ID, made.MessageID)
	if err != nil || found.State != developer.MassSent || found.Chosen != 3 || found.Reached != 2 {
		t.Errorf("%s: %d of %d, %v", found.State, found.Reached, found.Chosen, err)
	}
	k.work()
	reports := 0
	for _, p := range k.pushed() {
		if strings.Contains(p.body, "MASSSENDJOBFINISH") && strings.Contains(p.body, "<MsgID>"+strconv.FormatInt(made.MessageID, 10)+"</MsgID>") {
			reports++
		}
	}
	if reports != 1 {
		t.Errorf("%d reports", reports)
	}
}

func TestAMassSendThatIsDeletedSendsNoMore(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	ann, bob := k.follower(), k.follower()
	made, err := k.SendMass(ctx, k.account.ID, developer.NewMass{OpenIDs: []string{ann.User, bob.User, "nobody"}, Content: text("too late")})
	k.Must(err)
	k.Must(k.DeleteMass(ctx, k.account.ID, made.MessageID))
	if worked, err := k.StepMass(ctx); worked || err != nil {
		t.Errorf("%v, %v", worked, err)
	}
	if strings.Contains(k.chat(ann)+k.chat(bob), "too late") {
		t.Error("it went out")
	}
	_, err = k.SendMass(ctx, k.account.ID, developer.NewMass{OpenIDs: []string{ann.User}, Content: text("x")})
	refusedWith(t, "one person", err, developer.ErrOpenIDs)
	_, err = k.SendMass(ctx, k.account.ID, developer.NewMass{ToAll: true, Content: text("x"), Key: strings.Repeat("k", 65)})
	refusedWith(t, "a long key", err, developer.ErrMassKeyLength)
	_, err = k.SendMass(ctx, k.account.ID, developer.NewMass{Tag: 100, Content: text("x")})
	refusedWith(t, "no such tag", err, developer.ErrTagID)
}

var gif = []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")

func TestFilesAreWhatTheirContentSays(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	for name, test := range map[string]struct {
		kind    developer.MediaKind
		content []byte
		want    error
	}{
		"a picture":           {"image", gif, nil},
		"a recording":         {"voice", []byte("#!AMR\n........"), nil},
		"a page as a picture": {"image", []byte("<html><script>alert(1)</script>"), developer.ErrFileType},
		"a picture as voice":  {"voice", gif, developer.ErrFileType},
		"nothing":             {"image", nil, developer.ErrEmptyMedia},
		"no kind":             {"news", gif, developer.ErrMediaType},
		"too large a thumb":   {"thumb", append([]byte("\xff\xd8\xff\xe0"), make([]byte, 64<<10)...), developer.ErrMediaTooLarge},
	} {
		kept, err := k.Upload(ctx, k.account.ID, test.kind, "../x\".gif", test.content)
		refusedWith(t, name, err, test.want)
		if err == nil {
			if _, got, err := k.Download(ctx, k.account.ID, kept.ID); err != nil || !bytes.Equal(got, test.content) {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	}
}

func TestATemporaryFileEndsAndWhatAChatShowsStays(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	ann := k.visitor()
	k.say(ann, "1", "hello")
	large := append([]byte("\x89PNG\r\n\x1a\n"), bytes.Repeat([]byte{7}, 2<<20)...) // in three pieces
	kept, err := k.Upload(ctx, k.account.ID, "image", "large.png", large)
	k.Must(err)
	k.Must(k.SendCustom(ctx, k.account.ID, ann.User, developer.Content{Type: "image", Image: &developer.FileContent{MediaID: kept.ID}}))
	k.World.Pass(72*time.Hour + time.Second)
	_, _, err = k.Download(ctx, k.account.ID, kept.ID)
	refusedWith(t, "after three days", err, developer.ErrMediaID)
	shown, got, err := k.ServeFile(ctx, kept.ID)
	if err != nil || !bytes.Equal(got, large) || shown.ExpiresAt != nil {
		t.Errorf("the chat shows %d bytes, %v", len(got), err)
	}
	other := k.World.Merchant("other")
	_, err = k.Media(ctx, other.ID, kept.ID)
	refusedWith(t, "another account", err, developer.ErrMediaID)
}

func TestPermanentFilesAreListedCountedAndDeleted(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	var last developer.Media
	for range 3 {
		var err error
		last, err = k.AddMaterial(ctx, k.account.ID, developer.Media{Kind: "image", Name: "x.gif"}, gif)
		k.Must(err)
		k.World.Pass(time.Second)
	}
	page, total, err := k.Material(ctx, k.account.ID, "image", 1, 5)
	if err != nil || total != 3 || len(page) != 2 {
		t.Errorf("%d of %d, %v", len(page), total, err)
	}
	k.Must(k.DeleteMaterial(ctx, k.account.ID, last.ID))
	refusedWith(t, "again", k.DeleteMaterial(ctx, k.account.ID, last.ID), developer.ErrMediaID)
	if counts, err := k.CountMaterial(ctx, k.account.ID); err != nil || counts["image"] != 2 {
		t.Errorf("%v, %v", counts, err)
	}
}

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

func TestATemplateMessageIsSentOnceUnderItsKey(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	ann := k.follower()
	_, err := k.AddTemplate(ctx, k.account.ID, "tm_paid", "Paid", "Amount: {{keyword1.DATA}}\n{{remark.DATA}}")
	k.Must(err)
	notice := developer.Notice{OpenID: ann.User, TemplateID: "tm_paid", Data: map[string]string{"keyword1": "64.80 {{remark.DATA}}"}, Key: "order-1", URL: "javascript:alert(1)"}
	first, err := k.SendTemplate(ctx, k.account.ID, notice)
	k.Must(err)
	if second, err := k.SendTemplate(ctx, k.account.ID, notice); err != nil || second != first {
		t.Errorf("%d then %d, %v", first, second, err)
	}
	history, _, err := k.Bot.History(ctx, k.account.ID, ann.Person().ID, "", 10)
	k.Must(err)
	var cards []message.Card
	for _, m := range history {
		if m.Out != nil {
			cards = append(cards, m.Out.Cards...)
		}
	}
	if len(cards) != 1 || cards[0].Title != "Paid" || cards[0].Text != "Amount: 64.80 {{remark.DATA}}" || cards[0].URL != "" {
		t.Errorf("%+v", cards)
	}
	notice.TemplateID, notice.Key = "nothing", ""
	_, err = k.SendTemplate(ctx, k.account.ID, notice)
	refusedWith(t, "no such template", err, developer.ErrTemplateID)
	_, err = k.World.Webchat.Unfollow(ctx, ann)
	k.Must(err)
	_, err = k.SendTemplate(ctx, k.account.ID, notice)
	refusedWith(t, "who left", err, developer.ErrNotFollowing)
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

func TestButtonsThatWeChatRefusesAreRefused(t *testing.T) {
	t.Parallel()
	k, ctx := newKit(t), t.Context()
	click := developer.Button{Type: "click", Name: "Prices", Key: "P"}
	change := func(f func(*developer.Button)) []developer.Button { b := click; f(&b); return []developer.Button{b} }
	for name, test := range map[string]struct {
		buttons []developer.Button
		want    error
	}{
		"none":           {nil, developer.ErrButtonCount},
		"four":           {[]developer.Button{click, click, click, click}, developer.ErrButtonCount},
		"six below":      {change(func(b *developer.Button) { b.SubButton = slices.Repeat([]developer.Button{click}, 6) }), developer.ErrSubButtonCount},
		"no name":        {change(func(b *developer.Button) { b.Name = "" }), developer.ErrButtonName},
		"a long name":    {change(func(b *developer.Button) { b.Name = "六个汉字太长" }), developer.ErrButtonName},
		"no key":         {change(func(b *developer.Button) { b.Key = "" }), developer.ErrButtonKey},
		"no such type":   {change(func(b *developer.Button) { b.Type = "jump" }), developer.ErrButtonType},
		"a script":       {change(func(b *developer.Button) { b.Type, b.URL = "view", "javascript:alert(1)" }), developer.ErrButtonURL},
		"nobody's file":  {change(func(b *developer.Button) { b.Type, b.MediaID = "media_id", "x" }), developer.ErrMediaID},
		"as it should":   {[]developer.Button{click}, nil},
		"three and five": {[]developer.Button{{Name: "More", SubButton: slices.Repeat([]developer.Button{click}, 5)}, click, click}, nil},
	} {
		refusedWith(t, name, k.CreateMenu(ctx, k.account.ID, test.buttons), test.want)
	}
	k.Must(k.CreateMenu(ctx, k.account.ID, []developer.Button{{Name: "More", SubButton: []developer.Button{click}}}))
	_, err := k.AddSpecialMenu(ctx, k.account.ID, []developer.Button{{Type: "click", Name: "VIP", Key: "V"}}, developer.MatchRule{Platform: "2"})
	k.Must(err)
	ann := k.visitor()
	for system, want := range map[message.System]string{message.Android: "VIP", message.Apple: "More"} {
		if entries, err := k.World.Webchat.MenuFor(ctx, ann.Person(), system); err != nil || entries[0].Name != want {
			t.Errorf("%s sees %+v, %v", system, entries, err)
		}
	}
	k.Must(k.DeleteMenu(ctx, k.account.ID))
	_, _, err = k.Menu(ctx, k.account.ID)
	refusedWith(t, "no menu", err, developer.ErrNoMenu)
}

func TestLinksInATextBecomeButtons(t *testing.T) {
	t.Parallel()
	out, err := developer.TextMessage(`Look <a href="https://shop.example/?a=1&amp;b=2">here</a>, or say <a href='weixin://bizmsgmenu?msgmenucontent=yes&msgmenuid=7'>yes</a>. <a href="javascript:alert(1)">no</a>`)
	if err != nil || len(out) != 1 || out[0].Text != "Look here, or say yes. no" || len(out[0].Buttons) != 2 {
		t.Fatalf("%+v, %v", out, err)
	}
	if b := out[0].Buttons; b[0].URL != "https://shop.example/?a=1&b=2" || b[1].Payload != "7" || b[1].Say != "yes" {
		t.Errorf("%+v", b)
	}
	_, err = developer.TextMessage(strings.Repeat("x", 2049))
	refusedWith(t, "a long text", err, developer.ErrTextTooLong)
	_, err = developer.TextMessage("a\xff")
	refusedWith(t, "not UTF-8", err, developer.ErrCharset)
}

func FuzzTextMessage(f *testing.F) {
	f.Add(`<a href="https://x.example">x</a>`)
	f.Add(`<a href=weixin://bizmsgmenu?msgmenuid=1&msgmenucontent=x>x</a><a>`)
	f.Fuzz(func(t *testing.T, words string) {
		out, err := developer.TextMessage(words)
		if err != nil {
			return
		}
		for _, b := range out[0].Buttons {
			if b.Label == "" || (b.Payload == "") == (b.URL == "") || b.URL != "" && !strings.HasPrefix(b.URL, "http") {
				t.Errorf("%q gives %+v", words, b)
			}
		}
	})
}

func FuzzTypeOf(f *testing.F) {
	f.Add(gif)
	f.Add([]byte("#!AMR\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if kind := developer.TypeOf(content); kind == "" || strings.ContainsAny(kind, "\r\n;") {
			t.Errorf("%q is of type %q", content, kind)
		}
	})
}
