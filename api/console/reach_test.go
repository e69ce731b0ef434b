package console_test

import (
	"bytes"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"plaza/account"
	"plaza/broadcast"
)

func TestACampaignGoesFromFormToSent(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	person := k.subscriber(corner, "v1", "Ada", "hi")
	b := k.as(owner)
	for name, wrong := range map[string][]string{
		"the name":        {"name", "", "text", "Kept text", "audience", "all", "when", "now"},
		"the placeholder": {"name", "Kept text", "text", "Hi {{nobody}}", "audience", "all", "when", "now"},
		"the time":        {"name", "Kept text", "text", "Hi", "audience", "all", "when", "at", "at", "soon"},
		"the past":        {"name", "Kept text", "text", "Hi", "audience", "all", "when", "at", "at", "2020-01-01T09:00"},
		"the schedule":    {"name", "Kept text", "text", "Hi", "audience", "all", "when", "cron", "cron", "every day"},
		"the audience":    {"name", "Kept text", "text", "Hi", "audience", "", "when", "now"},
		"the link":        {"name", "Kept text", "text", "Hi", "title", "A card", "url", "javascript:alert(1)", "button", "Go", "audience", "all", "when", "now"},
		"the content":     {"name", "Kept text", "text", "", "audience", "all", "when", "now"},
	} {
		got := b.post("/console/corner/campaigns/new", append(wrong, "do", "save")...)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, "Kept text") || !strings.Contains(got.body, `class="problem"`) && !strings.Contains(got.body, "note bad") {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	if drafts, _, err := k.send.List(t.Context(), corner.ID, "", "", 10); err != nil || len(drafts) > 0 {
		t.Fatalf("drafts: %v %v", drafts, err)
	}

	b.follow("/console/corner/campaigns/new", "name", "Bread", "text", "Fresh bread, {{name}}!", "audience", "all", "when", "now", "do", "test").
		want(t, http.StatusOK, "Nobody has the tag")
	drafts, _, err := k.send.List(t.Context(), corner.ID, "", "", 10)
	must(t, err)
	path := "/console/corner/campaigns/" + drafts[0].ID
	_, err = k.bot.Subscribers().Tag(t.Context(), corner.ID, person.ID, []string{"test"}, nil)
	must(t, err)
	fields := []string{"name", "Bread", "text", "Fresh bread, {{name}}!", "audience", "tag", "tag", "test", "when", "now"}
	b.follow(path+"/edit", append(fields, "revision", "1", "do", "test")...).want(t, http.StatusOK, "The test is on its way", "A test goes to Ada.")
	b.get("/console/corner/inbox/c/"+person.ID).want(t, http.StatusOK, "Fresh bread, Ada!")
	b.post(path+"/edit", append(fields, "revision", "1", "do", "save")...).want(t, http.StatusUnprocessableEntity, "Somebody else has changed this")

	b.get(path).want(t, http.StatusOK, "Fresh bread, Mina!", "Tagged “test”")
	b.follow(path+"/start").want(t, http.StatusOK, "on its way")
	for {
		worked, err := k.send.Work(t.Context())
		must(t, err)
		if !worked {
			break
		}
	}
	found, err := k.send.Find(t.Context(), corner.ID, drafts[0].ID)
	must(t, err)
	if found.State == broadcast.Scheduled {
		t.Errorf("nothing was sent: %s %s", found.State, found.Reason)
	}
	b.get(path).want(t, http.StatusOK, "Ada", "Deliveries")
	b.follow(path+"/start").want(t, http.StatusOK, "not in a state")
	b.follow(path+"/copy").want(t, http.StatusOK, "Fresh bread, {{name}}!")
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Sent a campaign", "Was refused")
}

func TestACampaignForLaterIsScheduledAndNotOnItsWay(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, mina := k.open("corner")
	b := k.as(mina)
	later := b.follow("/console/corner/campaigns/new", "name", "Bread", "text", "Bread!", "audience", "all",
		"when", "cron", "cron", "0 9 * * 1", "do", "start")
	later.want(t, http.StatusOK, "The campaign is scheduled.")
}

func TestAnEditorWritesButCannotSend(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, _ := k.open("corner")
	b := k.as(k.with(corner, account.Editor))
	b.post("/console/corner/campaigns/new", "name", "Bread", "text", "Bread!", "audience", "all", "when", "now", "do", "start").
		want(t, http.StatusForbidden)
	page := b.follow("/console/corner/campaigns/new", "name", "Bread", "text", "Bread!", "audience", "all", "when", "now", "do", "save")
	page.want(t, http.StatusOK, "The draft is saved")
	if strings.Contains(page.body, "/start") {
		t.Error("an editor is offered to send")
	}
}

func TestANoticeNeedsASecondPerson(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	approver := k.as(k.with(corner, account.Approver))
	author := k.as(owner) // may approve, but not what they wrote
	author.post("/console/corner/notices/new", "title.en", "", "body.en", "Water is off.").
		want(t, http.StatusUnprocessableEntity, "Water is off.", "Please give a title")
	author.follow("/console/corner/notices/new", "title.en", "Water", "body.en", "Off on Monday.").want(t, http.StatusOK, "Saved.")
	drafts, _, err := k.send.Notices(t.Context(), corner.ID, "", "", 10)
	must(t, err)
	path := "/console/corner/notices/" + drafts[0].ID
	if own := author.get(path); strings.Contains(own.body, "/approve") {
		t.Error("the author is offered to approve")
	}
	author.post(path+"/approve", "revision", "1").want(t, http.StatusForbidden, "Somebody who did not write")
	author.follow(path+"/publish", "revision", "1").want(t, http.StatusOK, "not in a state")
	approver.get(path).want(t, http.StatusOK, "Approve")
	author.follow(path, "title.en", "Water", "body.en", "Off on Tuesday.", "revision", "1")
	approver.follow(path+"/approve", "revision", "1").want(t, http.StatusOK, "Somebody else has changed this")
	approver.follow(path+"/approve", "revision", "2").want(t, http.StatusOK, "Approved.")
	approved, err := k.send.Notice(t.Context(), corner.ID, drafts[0].ID)
	must(t, err)
	author.follow(path+"/publish", "revision", decimal(approved.Revision), "send", "on").want(t, http.StatusOK, "Published.", "/n/"+drafts[0].ID)
	author.get("/console/corner/campaigns/"+drafts[0].ID).want(t, http.StatusOK, "📢 Water")
}

func TestACodeIsMadePrintedAndStopped(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	_, owner := k.open("corner")
	b := k.as(owner)
	for _, bad := range []string{"javascript:alert(1)", "//evil.example", "", "mailto:a@b.c"} {
		b.post("/console/corner/codes", "kind", "link", "label", "Kept", "target", bad).
			want(t, http.StatusUnprocessableEntity, `value="Kept"`, "Please give an address")
	}
	b.post("/console/corner/codes", "kind", "coupon", "label", "Kept", "target", "NOSUCH").
		want(t, http.StatusUnprocessableEntity, `value="NOSUCH"`, "Please choose a coupon.")
	b.post("/console/corner/codes", "kind", "link", "label", "Kept", "target", "/a/corner", "expires", "tomorrow").
		want(t, http.StatusUnprocessableEntity, "not a date")
	made := b.post("/console/corner/codes", "kind", "follow", "label", "Window")
	b.get(made.to).want(t, http.StatusOK, "Window", "/chat/corner")
	picture := b.get(made.to + ".png?size=512")
	drawn, err := png.Decode(bytes.NewReader([]byte(picture.body)))
	must(t, err)
	if drawn.Bounds().Dx() != 512 {
		t.Errorf("%v", drawn.Bounds())
	}
	b.get(made.to+".png?size=9").want(t, http.StatusUnprocessableEntity)
	b.get(made.to+".gif").want(t, http.StatusNotFound)
	if svg := b.get(made.to + ".svg"); svg.header.Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(svg.body, "<svg") && !strings.HasPrefix(svg.body, "<?xml") {
		t.Errorf("%v %.40s", svg.header, svg.body)
	}
	b.get("/console/corner/codes/sheet").want(t, http.StatusOK, "Window")
	b.follow(made.to+"/disable").want(t, http.StatusOK, "Disabled")
	if sheet := text(b.get("/console/corner/codes/sheet").body); strings.Contains(sheet, "Window") {
		t.Error("a code that leads nowhere is printed")
	}
}
