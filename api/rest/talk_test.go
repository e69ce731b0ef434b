package rest_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"plaza/account"
	"plaza/bot"
	"plaza/broadcast"
)

func TestAProgramTakesAConversationOverAnswersAndHandsItBack(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	person := k.subscriber(opened, "visitor1", "Mei", "is anybody there?")
	path := "/conversations/" + person.ID
	p.post(path+"/messages", map[string]any{"text": "yes"}).problem(http.StatusConflict, bot.ErrNotYours.Code)
	var taken bot.Conversation
	p.post(path+"/take", nil).want(http.StatusOK, &taken)
	member, err := k.accounts.Members.FindByEmail(t.Context(), "corner-store@plaza.example")
	must(t, err)
	if taken.Agent != member.ID {
		t.Errorf("%q has it, not %q, who made the token", taken.Agent, member.ID)
	}
	for range 2 { // the answer got lost, and is sent again
		p.with(key, "one").post(path+"/messages", map[string]any{"text": "How can I help?"}).want(http.StatusNoContent)
	}
	var history struct{ Items []bot.Message }
	p.get(path+"/messages").want(http.StatusOK, &history)
	said := 0
	for _, one := range history.Items {
		if one.Out != nil && one.Out.Text == "How can I help?" && one.Author == bot.ByAgent {
			said++
		}
	}
	if said != 1 {
		t.Errorf("said %d times: %+v", said, history.Items)
	}
	var back bot.Conversation
	if p.post(path+"/hand-back", nil).want(http.StatusOK, &back); back.Agent != "" {
		t.Errorf("%+v", back)
	}
}

func TestAReceivedMessageIsReadAsItCame(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	k.subscriber(opened, "visitor1", "Mei", "hello")
	var list struct {
		Items []struct{ ID, Kind string }
	}
	p.get("/inbound?limit=1").want(http.StatusOK, &list)
	var one struct{ Raw []byte }
	p.get("/inbound/"+list.Items[0].ID).want(http.StatusOK, &one)
	if string(one.Raw) != "raw hello" {
		t.Errorf("%q", one.Raw)
	}
	p.post("/inbound/"+list.Items[0].ID+"/replay", nil).want(http.StatusOK)
}

func TestARuleIsTriedOutBeforeAnybodyHearsIt(t *testing.T) {
	t.Parallel()
	p, _ := newKit(t).program("corner-store")
	rule := map[string]any{"name": "hours", "on": "keyword", "match": "contains", "keywords": []string{"open"},
		"answers": []any{map[string]any{"form": "text", "text": map[string]string{"en": "Always."}}}}
	var made bot.Rule
	p.post("/rules", rule).want(http.StatusCreated, &made)
	says := func(want bool) {
		t.Helper()
		got := p.post("/rules/test", map[string]any{"text": "are you open?"}).want(http.StatusOK)
		if strings.Contains(string(got.body), "Always.") != want {
			t.Errorf("%s", got.body)
		}
	}
	says(true)
	rule["enabled"] = false
	p.send(http.MethodPut, "/rules/"+made.ID, rule).want(http.StatusOK, &made)
	if made.Enabled {
		t.Error("a rule that was switched off is on")
	}
	says(false)
}

func TestACampaignIsDraftedSentAndCounted(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	p, opened := k.program("corner-store")
	person := k.subscriber(opened, "visitor1", "Mei", "hello")
	_, err := k.bot.Subscribers().Change(t.Context(), opened.ID, person.ID, bot.Profile{Consent: &bot.Consent{Promotions: true}})
	must(t, err)
	var draft broadcast.Campaign
	plan := map[string]any{"name": "tea", "content": map[string]any{"text": "Hello {{name|friend}}"},
		"audience": map[string]any{"kind": "all"}, "when": map[string]any{"kind": "now"}}
	p.post("/campaigns", plan).want(http.StatusCreated, &draft)
	plan["revision"] = draft.Revision + 1
	p.send(http.MethodPut, "/campaigns/"+draft.ID, plan).problem(http.StatusConflict, "campaign_changed")
	plan["revision"] = draft.Revision
	p.send(http.MethodPut, "/campaigns/"+draft.ID, plan).want(http.StatusOK)

	var before, after struct {
		Items   []struct{ Kind string }
		Through int64
	}
	p.get("/events?topic=campaigns").want(http.StatusOK, &before)
	p.post("/campaigns/"+draft.ID+"/schedule", nil).want(http.StatusOK)
	for worked := true; worked; {
		worked, err = k.send.Work(t.Context())
		must(t, err)
	}
	var deliveries struct {
		Items []struct{ Subscriber, State string }
	}
	p.get("/campaigns/"+draft.ID+"/deliveries").want(http.StatusOK, &deliveries)
	if len(deliveries.Items) != 1 || deliveries.Items[0].Subscriber != person.ID {
		t.Errorf("%+v", deliveries)
	}
	p.get("/events?topic=campaigns&since="+number(before.Through)).want(http.StatusOK, &after)
	if len(before.Items) != 0 || len(after.Items) == 0 || after.Through <= before.Through {
		t.Errorf("events %+v, then %+v", before, after)
	}
	p.get("/events?topic=campaigns&since="+number(after.Through)).want(http.StatusOK, &before)
	if len(before.Items) != 0 {
		t.Errorf("told again: %+v", before)
	}
}

func TestTwoTokensOfOnePersonAreNotTwoPeople(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	opened, owner := k.open("city-office")
	second, err := k.accounts.Members.Create(t.Context(), account.NewMember{Email: "jun@plaza.example", Name: "Jun", Language: "en"})
	must(t, err)
	must(t, k.accounts.Members.Add(t.Context(), opened.ID, second.ID, account.Approver, account.System("test")))
	writes, approves := program{kit: k, token: k.token(opened, owner)}, program{kit: k, token: k.token(opened, owner)}
	other := program{kit: k, token: k.token(opened, second)}
	var notice broadcast.Notice
	writes.post("/notices", map[string]any{"words": map[string]any{"en": map[string]string{"title": "Storm", "body": "Stay in."}}}).
		want(http.StatusCreated, &notice)
	read := map[string]any{"revision": notice.Revision}
	approves.post("/notices/"+notice.ID+"/approve", read).problem(http.StatusForbidden, broadcast.ErrOwnNotice.Code)
	other.post("/notices/"+notice.ID+"/approve", read).want(http.StatusOK, &notice)
	if notice.ApprovedBy != second.ID {
		t.Errorf("approved by %q", notice.ApprovedBy)
	}
}

func TestAnEventsTopicNeedsItsPermission(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	opened, owner := k.open("corner-store")
	p := program{kit: k, token: k.token(opened, owner, account.ReadShop)}
	p.get("/events?topic=orders").want(http.StatusOK)
	p.get("/events?topic=inbox").problem(http.StatusForbidden, account.ErrNotPermitted.Code)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
