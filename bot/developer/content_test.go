package developer_test

import (
	"slices"
	"strings"
	"testing"

	"plaza/bot/developer"
	"plaza/message"
)

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
