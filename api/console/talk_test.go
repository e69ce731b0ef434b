package console_test

import (
	"net/http"
	"strings"
	"testing"

	"plaza/account"
	"plaza/bot"
)

const hostile = `<script>alert(1)</script>"'><img src=x onerror=alert(2)>`

// escaped fails where a page lets hostile text become markup.
func escaped(t *testing.T, where string, p page) {
	t.Helper()
	if strings.Contains(p.body, "<script>alert(1)") || strings.Contains(p.body, "<img src=x") {
		t.Errorf("%s lets text become markup", where)
	}
}

func TestTextOfStrangersStaysText(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	person := k.subscriber(corner, "v1", hostile, hostile)
	_, err := k.bot.Subscribers().Tag(t.Context(), corner.ID, person.ID, []string{`<b>"x"</b>`}, nil)
	must(t, err)
	k.paid(person, k.product(corner, hostile, 5))
	b := k.as(owner)
	for _, path := range []string{"", "/inbox", "/inbox/c/" + person.ID, "/inbound", "/subscribers", "/subscribers/" + person.ID,
		"/subscribers?q=" + "%3Cscript%3Ealert(1)%3C/script%3E", "/orders", "/products", "/rules/new", "/campaigns/new"} {
		got := b.get("/console/corner" + path)
		got.want(t, http.StatusOK)
		escaped(t, path, got)
	}
	escaped(t, "a form shown again", b.post("/console/corner/products/new", "name.en", hostile, "variants.0.price", hostile, "category", hostile))
	escaped(t, "a rehearsal", b.post("/console/corner/rules/test", "text", hostile))
}

func TestASpreadsheetTakesNoNameForAFormula(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	k.subscriber(corner, "v1", `=HYPERLINK("http://evil")`, "hi")
	got := k.as(owner).get("/console/corner/subscribers.csv")
	got.want(t, http.StatusOK)
	if !strings.Contains(got.body, `"'=HYPERLINK(""http://evil"")"`) {
		t.Errorf("%s", got.body)
	}
}

func TestWhoeverAnswersTakesTheConversationAndHandsItBack(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	agent := k.with(corner, account.Agent)
	person := k.subscriber(corner, "v1", "Ada", "is anybody there?")
	path := "/console/corner/inbox/c/" + person.ID
	state := func() bot.Conversation {
		c, err := k.bot.Inbox().Get(t.Context(), corner.ID, person.ID)
		must(t, err)
		return c
	}

	viewer := k.as(k.with(corner, account.Viewer))
	viewer.get(path).want(t, http.StatusOK, "is anybody there?")
	if state().Unread == 0 {
		t.Error("a viewer, who cannot answer, has marked it read")
	}
	b := k.as(agent)
	b.background(path).want(t, http.StatusOK, "is anybody there?")
	if state().Unread == 0 {
		t.Error("a page in the background has marked it read")
	}
	b.get(path).want(t, http.StatusOK, "Write to take over from the bot")
	if state().Unread != 0 {
		t.Error("still unread after the agent has seen it")
	}
	for range 2 { // an impatient finger: the same key
		b.follow(path+"/reply", "text", "Yes, how can I help?", "key", "one").want(t, http.StatusOK, "Yes, how can I help?", "corner-agent")
	}
	said := 0
	history, _, err := k.bot.Inbox().History(t.Context(), corner.ID, person.ID, "", 20)
	must(t, err)
	for _, m := range history {
		if m.Author == bot.ByAgent {
			said++
		}
	}
	if said != 1 || state().Agent != agent.ID {
		t.Errorf("said %d times, agent %q", said, state().Agent)
	}
	other := k.as(owner)
	other.post(path+"/reply", "text", "me too", "key", "two").want(t, http.StatusConflict, "Somebody else has taken")
	other.follow(path+"/take").want(t, http.StatusOK, "Somebody else has taken")
	b.post(path+"/reply", "text", "  ", "key", "three").want(t, http.StatusUnprocessableEntity)
	b.follow(path+"/return").want(t, http.StatusOK, "The bot answers again.")
	b.follow(path+"/close").want(t, http.StatusOK, "The conversation is closed")
	b.get("/console/corner/inbox?state=closed").want(t, http.StatusOK, "Ada")
	if found := text(b.get("/console/corner/inbox").body); strings.Contains(found, "Ada") {
		t.Errorf("still among the open ones: %s", found)
	}
}

func TestARawMessageIsShownReplayedAndAudited(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	k.subscriber(corner, "v1", "Ada", "hours?")
	received, _, err := k.bot.Inbounds().List(t.Context(), corner.ID, "", 10)
	must(t, err)
	b := k.as(owner)
	for _, one := range received {
		if one.Kind != "text" {
			continue
		}
		path := "/console/corner/inbound/" + one.ID
		b.get(path).want(t, http.StatusOK, "raw hours?", "Ada")
		b.post(path+"/replay").want(t, http.StatusOK, "What the bot would say today")
	}
	b.get("/console/corner/settings/audit").want(t, http.StatusOK, "Looked at a raw message", "192.0.2.1")
	long := "/console/corner/inbound/" + corner.ID + ":webchat:v1:long-ago"
	b.get(long).want(t, http.StatusNotFound, "originals are deleted after 30 days", "Raw messages", "Ada")
	b.post(long+"/replay").want(t, http.StatusNotFound, "originals are deleted after 30 days", "Raw messages")
}

func TestTagsAreWhatWasTyped(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	person := k.subscriber(corner, "v1", "Ada", "hi")
	b := k.as(owner)
	path := "/console/corner/subscribers/" + person.ID
	b.follow(path+"/tags", "tags", "vip, 常客，단골", "next", path).want(t, http.StatusOK, "vip, 常客, 단골")
	b.follow(path+"/tags", "tags", "단골", "next", path).want(t, http.StatusOK, `value="단골"`)
	b.follow(path+"/tags", "tags", strings.Repeat("x", 500), "next", path).want(t, http.StatusOK, "A tag has 1 to")
	b.follow(path, "remark", "likes bread", "language", "ko", "promotions", "on").want(t, http.StatusOK, `value="likes bread"`)
	found, err := k.bot.Subscribers().Get(t.Context(), corner.ID, person.ID)
	must(t, err)
	if found.Language != "ko" || !found.Consent.Promotions || found.Consent.Notices {
		t.Errorf("%+v", found)
	}
	b.follow(path+"/grant", "amount", "12.50").want(t, http.StatusOK, "CN¥12.50")
}

func TestARuleIsMadeTriedAndKeptAsTyped(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	b := k.as(owner)
	for name, wrong := range map[string]struct {
		fields []string
		says   string
	}{
		"no words":          {[]string{"trigger", "keyword", "match", "exact", "words", "", "answers.0.form", "text", "answers.0.text", "We open at 9."}, "keywords"},
		"a bad expression":  {[]string{"trigger", "keyword", "match", "regexp", "words", "(", "answers.0.form", "text", "answers.0.text", "We open at 9."}, "regular expression"},
		"a bad placeholder": {[]string{"trigger", "default", "answers.0.form", "text", "answers.0.text", "Hi {{nobody}}, We open at 9."}, "nobody"},
		"an empty answer":   {[]string{"trigger", "default", "answers.3.form", "text", "answers.3.text", ""}, "nothing to say"},
		"a bad order":       {[]string{"trigger", "default", "priority", "first", "answers.0.form", "text", "answers.0.text", "We open at 9."}, "whole number"},
	} {
		got := b.post("/console/corner/rules/new", append(wrong.fields, "name", "My hours")...)
		if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, `value="My hours"`) ||
			!strings.Contains(got.body, `class="problem"`) || !strings.Contains(text(got.body), wrong.says) {
			t.Errorf("%s: %d %s", name, got.status, text(got.body))
		}
	}
	b.follow("/console/corner/rules/new", "name", "Hours", "trigger", "keyword", "match", "contains", "words", "open\r\nhours\r\n", "enabled", "on",
		"answers.2.form", "card", "answers.2.title", "Hours", "answers.2.text", "We open at 9, {{name|friend}}.", "answers.2.url", "https://corner.example",
		"answers.2.button", "Map").want(t, http.StatusOK, "The rule is saved", "hours")
	b.post("/console/corner/rules/test", "text", "When are you OPEN?").want(t, http.StatusOK, "We open at 9, Mina.", "Map")
	rules, err := k.bot.Rules().List(t.Context(), corner.ID)
	must(t, err)
	path := "/console/corner/rules/" + rules[0].ID
	b.get(path).want(t, http.StatusOK, "open\nhours", `value="Map"`)
	b.follow(path+"/enable", "enabled", "")
	b.post("/console/corner/rules/test", "text", "open?").want(t, http.StatusOK, "Try it out")
	if text := text(b.post("/console/corner/rules/test", "text", "open?").body); strings.Contains(text, "We open at 9") {
		t.Error("a rule that is off answers")
	}
	b.follow(path+"/delete").want(t, http.StatusOK, "The rule is deleted")
}

func TestEditingARuleKeepsItsOtherLanguages(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	corner, owner := k.open("corner")
	rule, err := k.bot.Rules().Save(t.Context(), corner.ID, bot.Rule{Name: "Hi", Enabled: true, On: bot.OnDefault, Answers: []bot.Template{
		{Form: bot.TextAnswer, Text: bot.Wording{"en": "Hello", "zh": "你好"}}, {Form: bot.TextAnswer, Text: bot.Wording{"en": "Bye", "zh": "再见"}}}})
	must(t, err)
	k.as(owner).follow("/console/corner/rules/"+rule.ID, "name", "Hi", "trigger", "default", "enabled", "on",
		"answers.0.was", "1", "answers.0.form", "text", "answers.0.text", "See you",
		"answers.5.was", "0", "answers.5.form", "text", "answers.5.text", "Hello")
	after, err := k.bot.Rules().Get(t.Context(), corner.ID, rule.ID)
	must(t, err)
	if after.Answers[1].Text["zh"] != "你好" || after.Answers[0].Text["zh"] != "" || after.Answers[0].Text["en"] != "See you" {
		t.Errorf("%v", after.Answers)
	}
}
