package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"plaza/fault"
	"plaza/message"
)

func TestRulesAnswerWhatTheySay(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	teach := func(priority int, rule Rule, answer string) {
		rule.Priority, rule.Answers = priority, []Template{say(answer)}
		h.teach(t, rule)
	}
	teach(1, Rule{On: OnKeyword, Match: Exactly, Keywords: []string{"Price", "价格", "가격"}}, "exact")
	teach(2, Rule{On: OnKeyword, Match: Prefix, Keywords: []string{"order "}}, "prefix")
	teach(3, Rule{On: OnKeyword, Match: Contain, Keywords: []string{"refund"}}, "contains")
	teach(4, Rule{On: OnKeyword, Match: Regexp, Keywords: []string{`^\d{4}-\d{2}$`}}, "regexp")
	teach(9, Rule{On: OnKeyword, Match: Contain, Keywords: []string{"price"}}, "less urgent")
	teach(5, Rule{On: OnScan, Scene: "door"}, "door")
	teach(6, Rule{On: OnScan}, "any code")
	teach(7, Rule{On: OnFollow}, "welcome")
	teach(8, Rule{On: OnPress, Payload: "menu:1"}, "pressed")
	teach(9, Rule{On: OnDefault}, "default")
	disabled := h.teach(t, Rule{On: OnKeyword, Match: Exactly, Keywords: []string{"secret"}, Answers: []Template{say("no")}})
	disabled.Enabled = false
	if _, err := h.Rules().Save(t.Context(), shop, disabled); err != nil {
		t.Fatal(err)
	}
	for i, test := range []struct {
		kind                 message.Kind
		text, payload, scene string
		want                 string
	}{
		{kind: message.TextIn, text: "price", want: "exact"},
		{kind: message.TextIn, text: "  ＰＲＩＣＥ ", want: "exact"},
		{kind: message.TextIn, text: "价格", want: "exact"},
		{kind: message.TextIn, text: "가격", want: "exact"},
		{kind: message.TextIn, text: "the price?", want: "less urgent"},
		{kind: message.TextIn, text: "Order  42", want: "default"}, // the keyword's own space is folded away
		{kind: message.TextIn, text: "REFUND please", want: "contains"},
		{kind: message.TextIn, text: "2026-05", want: "regexp"},
		{kind: message.TextIn, text: "2026-055", want: "default"},
		{kind: message.TextIn, text: "secret", want: "default"},
		{kind: message.Scan, scene: "door", want: "door"},
		{kind: message.Scan, scene: "window", want: "any code"},
		{kind: message.Follow, scene: "door", want: "door"},
		{kind: message.Follow, want: "welcome"},
		{kind: message.Press, payload: "menu:1", want: "pressed"},
		{kind: message.Press, payload: "menu:2", want: "default"},
		{kind: message.ImageIn, want: "default"},
		{kind: message.Unknown, want: "default"},
		{kind: message.Unfollow, want: ""},
	} {
		in := does(fmt.Sprint("u", i), "k", test.kind)
		in.Text, in.Payload, in.Scene = test.text, test.payload, test.scene
		want := test.want
		if strings.HasPrefix(test.text, "Order") {
			want = "prefix"
		}
		if got := spoken(h.handle(t, in)); got != want {
			t.Errorf("%s %q%q%q was answered %q, want %q", test.kind, test.text, test.payload, test.scene, got, want)
		}
	}
}

// shelf is a Products that has two.
type shelf struct{}

func (shelf) ProductCards(_ context.Context, account string, ids []string, language string) ([]message.Card, error) {
	var cards []message.Card
	for _, id := range ids {
		if id != "gone" {
			cards = append(cards, message.Card{Title: account + " " + id + " " + language})
		}
	}
	return cards, nil
}

// book is an Orders that knows one number.
type book struct{}

func (book) LatestOrderNumber(context.Context, string, string) (string, error) { return "A-17", nil }

func TestAnswersTakeEveryForm(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.Products, h.Orders = shelf{}, book{}
	h.teach(t, Rule{On: OnKeyword, Match: Exactly, Keywords: []string{"all"}, AddTag: "curious", Answers: []Template{
		{Form: TextAnswer, Text: Wording{"en": "{{name|friend}} {{account}} {{language}} {{date}} {{time}} {{order}} {{attr:size|M}}", "zh": "你好{{name}}"}},
		{Form: ImageAnswer, Image: "/p/1.png"},
		{Form: CardAnswer, Title: Wording{"en": "For {{name|you}}"}, URL: "https://example.com/a", Buttons: []ButtonText{{Label: Wording{"en": "Buy"}, Payload: "buy"}}},
		{Form: ProductsAnswer, Products: []string{"milk", "gone", "tea"}},
		{Form: ProductsAnswer, Products: []string{"milk"}},
		{Form: ProductsAnswer, Products: []string{"gone"}, Text: Wording{"en": "Sold out"}},
		{Form: QRAnswer, URL: "/q/abc", Text: Wording{"en": "Scan me"}},
		{Form: TextAnswer, Text: Wording{"en": "Which?"}, Buttons: []ButtonText{{Label: Wording{"en": "This"}, Say: "this"}}},
		{Form: HandoverAnswer, Text: Wording{"en": "A person will answer."}},
	}})
	out := h.handle(t, says("ann", "1", "all")).Out
	var forms []string
	for _, o := range out {
		forms = append(forms, string(o.Form))
	}
	if got := strings.Join(forms, " "); got != "text image card cards card text qr buttons handover" {
		t.Fatalf("forms: %s", got)
	}
	if got := out[0].Text; got != "friend Corner Shop English 1 May 2026 18:30 A-17 M" {
		t.Errorf("placeholders: %q", got)
	}
	if got := out[2].Cards[0]; got.Title != "For you" || got.Buttons[0].Label != "Buy" {
		t.Errorf("card: %+v", got)
	}
	if got := out[3].Cards; len(got) != 2 || got[1].Title != shop+" tea en" {
		t.Errorf("products: %+v", got)
	}
	conversation, err := h.Inbox().Get(t.Context(), shop, says("ann", "", "").SubscriberID())
	if err != nil || conversation.Agent != Waiting || conversation.Unread != 1 {
		t.Errorf("after a handover: %+v, %v", conversation, err)
	}
	person, err := h.Subscribers().Get(t.Context(), shop, conversation.ID)
	if err != nil || len(person.Tags) != 1 || person.Tags[0] != "curious" {
		t.Errorf("tags %v, %v", person.Tags, err)
	}
	in := says("wang", "1", "all")
	in.Language = "zh_CN"
	if got := h.handle(t, in).Out[0].Text; got != "你好" {
		t.Errorf("in Chinese: %q", got)
	}
}

func TestMistakesInARuleAreToldWhenItIsSaved(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	good := Rule{Name: "r", On: OnFollow, Answers: []Template{say("hi")}}
	for name, test := range map[string]struct {
		spoil func(*Rule)
		code  string
		field string
	}{
		"no name":        {func(r *Rule) { r.Name = " " }, "name_length", "name"},
		"no trigger":     {func(r *Rule) { r.On = "moon" }, "rule_trigger", "on"},
		"no keyword":     {func(r *Rule) { r.On, r.Match = OnKeyword, Exactly }, "rule_keywords", "keywords"},
		"blank keyword":  {func(r *Rule) { r.On, r.Match, r.Keywords = OnKeyword, Contain, []string{"　"} }, "rule_keywords", "keywords"},
		"bad pattern":    {func(r *Rule) { r.On, r.Match, r.Keywords = OnKeyword, Regexp, []string{"(("} }, "rule_pattern", "keywords"},
		"long pattern":   {func(r *Rule) { r.On, r.Match, r.Keywords = OnKeyword, Regexp, []string{strings.Repeat("a", 501)} }, "rule_pattern", "keywords"},
		"huge pattern":   {func(r *Rule) { r.On, r.Match, r.Keywords = OnKeyword, Regexp, []string{"((a{100}){100}){100}"} }, "rule_pattern", "keywords"},
		"no payload":     {func(r *Rule) { r.On = OnPress }, "rule_trigger", "payload"},
		"no answer":      {func(r *Rule) { r.Answers = nil }, "rule_answers", "answers"},
		"empty answer":   {func(r *Rule) { r.Answers[0].Text = Wording{"en": ""} }, "answer_empty", "answers.0.text"},
		"unknown form":   {func(r *Rule) { r.Answers[0].Form = "hologram" }, "answer_form", "answers.0.form"},
		"unknown blank":  {func(r *Rule) { r.Answers[0].Text = Wording{"en": "hi {{nam}}"} }, "placeholder_unknown", "answers.0.text.en"},
		"open blank":     {func(r *Rule) { r.Answers[0].Text = Wording{"zh": "你好 {{name"} }, "placeholder_unclosed", "answers.0.text.zh"},
		"script link":    {func(r *Rule) { r.Answers[0] = Template{Form: QRAnswer, URL: "javascript:alert(1)"} }, "answer_link", "answers.0.url"},
		"password link":  {func(r *Rule) { r.Answers[0] = Template{Form: QRAnswer, URL: "https://a:b@example.com"} }, "answer_link", "answers.0.url"},
		"other's link":   {func(r *Rule) { r.Answers[0] = Template{Form: ImageAnswer, Image: "//evil.example"} }, "answer_link", "answers.0.image"},
		"other language": {func(r *Rule) { r.Answers[0].Text = Wording{"fr": "salut"} }, "text_language", "answers.0.text"},
		"bad tag":        {func(r *Rule) { r.AddTag = " x" }, "bad_tag", "add_tag"},
		"no such flow":   {func(r *Rule) { r.Flow = "nowhere" }, "no_such_flow", "flow"},
		"mute button":    {func(r *Rule) { r.Answers[0].Buttons = []ButtonText{{Label: Wording{"en": "x"}}} }, "answer_empty", "answers.0.buttons.0.label"},
	} {
		rule := good
		rule.Answers = []Template{say("hi")}
		test.spoil(&rule)
		_, err := h.Rules().Save(t.Context(), shop, rule)
		f, ok := errors.AsType[*fault.Error](err)
		if !ok || f.Code != test.code || f.Field != test.field || f.Text == "" {
			t.Errorf("%s: %v (field %q), want %s in %s", name, err, f.Field, test.code, test.field)
		}
	}
	if _, err := h.Rules().Save(t.Context(), shop, good); err != nil {
		t.Errorf("the good rule: %v", err)
	}
}

func TestRulesOfAnotherAccountDoNotCount(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	rule := h.teach(t, Rule{On: OnDefault, Answers: []Template{say("ours")}})
	in := says("ann", "1", "x")
	in.Account = "01CITY"
	if got := spoken(h.handle(t, in)); got == "ours" {
		t.Errorf("answered %q", got)
	}
	if err := h.Rules().Delete(t.Context(), "01CITY", rule.ID); !errors.Is(err, ErrNoRule) {
		t.Errorf("another account deletes the rule: %v", err)
	}
	rule.Answers = []Template{say("taken over")}
	if _, err := h.Rules().Save(t.Context(), "01CITY", rule); !errors.Is(err, ErrNoRule) {
		t.Errorf("another account changes the rule: %v", err)
	}
}

func booking() Flow {
	return Flow{Name: "booking", AddTag: "booked", Done: []Template{say("{{attr:guests}} guests on {{attr:day}}, {{attr:mail|no mail}}")}, Steps: []Step{
		{ID: "day", Ask: Wording{"en": "Which day?"}, Kind: AskDate, Store: "day"},
		{ID: "guests", Ask: Wording{"en": "How many, {{name|friend}}?"}, Kind: AskNumber, Store: "guests"},
		{ID: "contact", Ask: Wording{"en": "Contact?"}, Kind: AskChoice, Choices: []Choice{
			{Value: "mail", Label: Wording{"en": "By mail", "zh": "邮件"}, AddTag: "mail"},
			{Value: "phone", Label: Wording{"en": "By phone"}, Next: "phone"},
			{Value: "none", Label: Wording{"en": "Not at all"}, Next: "end"},
		}},
		{ID: "mail", Ask: Wording{"en": "Your mail?"}, Kind: AskEmail, Store: "mail", Next: "end"},
		{ID: "phone", Ask: Wording{"en": "Your phone?"}, Kind: AskPhone, Store: "phone"},
	}}
}

func TestFlowAsksStepByStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	flow, err := h.Flows().Save(t.Context(), shop, booking())
	if err != nil {
		t.Fatal(err)
	}
	h.teach(t, Rule{On: OnKeyword, Match: Exactly, Keywords: []string{"book"}, Flow: flow.ID, Answers: []Template{say("Gladly.")}})
	talk := func(user string, lines ...string) {
		t.Helper()
		for i := 0; i < len(lines); i += 2 {
			in := says(user, fmt.Sprint(i), lines[i])
			if got := spoken(h.handle(t, in)); !strings.HasPrefix(got, lines[i+1]) {
				t.Errorf("%s: %q was answered %q, want %q", user, lines[i], got, lines[i+1])
			}
		}
	}
	talk("ann", "book", "Gladly. / Which day?", "tomorrow-ish", "Please answer with a date", "6월 2일", "How many, friend?",
		"three", "Please answer with a whole number", "３", "Contact?", "邮件", "Your mail?", "ann@", "That doesn't look",
		"ann@example.com", "3 guests on 2026-06-02, ann@example.com")
	talk("bob", "book", "Gladly.", "2026-06-03", "How many", "2", "Contact?", "3", "2 guests on 2026-06-03, no mail")
	talk("cem", "book", "Gladly.", "6/4", "How many", "2", "Contact?", "phone", "Your phone?", "+82 10-1234-5678", "2 guests")
	talk("dan", "book", "Gladly.", "取消", "All right, we've stopped", "book", "Gladly.")
	talk("eve", "book", "Gladly.", "a", "Please", "b", "Please", "c", "Sorry, I couldn't", "6/4", "Thank you")
	person, err := h.Subscribers().Get(t.Context(), shop, says("ann", "", "").SubscriberID())
	if err != nil || strings.Join(person.Tags, ",") != "mail,booked" || person.Attributes["guests"] != "3" {
		t.Errorf("ann: %v %v, %v", person.Tags, person.Attributes, err)
	}
	talk("fay", "book", "Gladly.")
	h.clock.advance(31 * time.Minute)
	talk("fay", "hello", "Gladly.") // same key as before: the same answer
	if got := spoken(h.handle(t, says("fay", "later", "6/4"))); !strings.HasPrefix(got, "Thank you") {
		t.Errorf("after the time-out: %q", got)
	}
}

func TestFlowsThatCannotBeWalkedAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for name, spoil := range map[string]func(*Flow){
		"no step":        func(f *Flow) { f.Steps = nil },
		"circle":         func(f *Flow) { f.Steps[3].Next = "day" },
		"itself":         func(f *Flow) { f.Steps[3].Next = "mail" },
		"nowhere":        func(f *Flow) { f.Steps[3].Next = "moon" },
		"same id":        func(f *Flow) { f.Steps[1].ID = "day" },
		"no choice":      func(f *Flow) { f.Steps[2].Choices = nil },
		"no question":    func(f *Flow) { f.Steps[0].Ask = nil },
		"unknown kind":   func(f *Flow) { f.Steps[0].Kind = "smell" },
		"bad attribute":  func(f *Flow) { f.Steps[0].Store = "a.b" },
		"unknown blank":  func(f *Flow) { f.Steps[0].Ask = Wording{"en": "{{x}}"} },
		"choice upwards": func(f *Flow) { f.Steps[2].Choices[0].Next = "day" },
	} {
		flow := booking()
		spoil(&flow)
		if _, err := h.Flows().Save(t.Context(), shop, flow); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnswersToQuestionsAreRead(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		kind StepKind
		said string
		want string // empty: refused
	}{
		{AskDate, "2026-05-31", "2026-05-31"}, {AskDate, "2026년 5월 31일", "2026-05-31"},
		{AskDate, "5月31号", "2026-05-31"}, {AskDate, "4/30", "2027-04-30"}, {AskDate, "2/29", "2028-02-29"},
		{AskDate, "2026-02-30", ""}, {AskDate, "soon", ""},
		{AskNumber, "1,200", "1200"}, {AskNumber, "-3", "-3"}, {AskNumber, "９", "9"}, {AskNumber, "99999999999999999999", ""}, {AskNumber, "1.5", ""},
		{AskPhone, "(02) 123-4567", "021234567"}, {AskPhone, "+8613800138000", "+8613800138000"}, {AskPhone, "12", ""}, {AskPhone, "call me", ""},
		{AskEmail, "a@example.com", "a@example.com"}, {AskEmail, "A <a@example.com>", ""}, {AskEmail, "a@", ""},
		{AskText, " hello ", "hello"}, {AskText, strings.Repeat("x", 501), ""},
	} {
		got, _, ok := Step{Kind: test.kind}.read(message.Inbound{Kind: message.TextIn, Text: test.said}, now)
		if ok != (test.want != "") || (ok && got != test.want) {
			t.Errorf("%s %q = %q, %v; want %q", test.kind, test.said, got, ok, test.want)
		}
	}
}

func FuzzAnswerToAQuestion(f *testing.F) {
	for _, seed := range []string{"2026-05-31", "5월 31일", "+82 10", "a@b.c", "12", "", "\xff", "２９/2"} {
		f.Add(seed)
	}
	now := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, said string) {
		for _, kind := range []StepKind{AskText, AskNumber, AskPhone, AskEmail, AskDate} {
			value, _, ok := Step{Kind: kind}.read(message.Inbound{Kind: message.TextIn, Text: said}, now)
			if !ok {
				continue
			}
			again, _, ok := Step{Kind: kind}.read(message.Inbound{Kind: message.TextIn, Text: value}, now)
			if !ok || again != value {
				t.Errorf("%s: %q was read as %q, and that as %q, %v", kind, said, value, again, ok)
			}
		}
	})
}
