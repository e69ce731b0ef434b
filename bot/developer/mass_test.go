package developer_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"plaza/bot"
	"plaza/bot/developer"
)

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
