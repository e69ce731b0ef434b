package public_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/bot"
)

// signal signals on a topic.
func (s *socket) signal(topic, kind string) {
	s.t.Helper()
	if err := s.WriteJSON(map[string]any{"signal": map[string]any{"topic": topic, "kind": kind}}); err != nil {
		s.t.Fatal(err)
	}
}

// hear skips to the next frame with a text in it.
func (s *socket) hear(text string) string {
	s.t.Helper()
	for {
		_, heard, err := s.ReadMessage()
		if err != nil {
			s.t.Fatalf("%s never came: %v", text, err)
		}
		if strings.Contains(string(heard), text) {
			return string(heard)
		}
	}
}

// talking is a visitor in a conversation with the members of an account.
type talking struct {
	*apitest.World
	of           account.Account
	server       *httptest.Server
	visitor      *apitest.Browser
	chat         string // the visitor's topic
	conversation string // the members' topic of it
}

func talk(t *testing.T) *talking {
	t.Helper()
	w := &talking{World: apitest.New(t, apitest.Options{})}
	w.of, w.visitor = w.Merchant("corner"), w.Browser()
	w.server = httptest.NewServer(w)
	t.Cleanup(w.server.Close)
	w.chat = topicOf(w.visitor.Get("/chat/corner"))
	w.visitor.Submit("/chat/corner/say", "id", "k1", "text", "is anybody there?")
	w.conversation = bot.ConversationTopic(strings.TrimPrefix(w.chat, bot.ChatTopic("")))
	return w
}

// as connects a page.
func (w *talking) as(t *testing.T, b *apitest.Browser) *socket {
	t.Helper()
	s, _ := dial(t, w.World, w.server.URL, b, "corner", "")
	return s
}

// member connects a page of somebody with a role.
func (w *talking) member(t *testing.T, role account.Role) *socket {
	t.Helper()
	member := w.Member(string(role))
	w.Must(w.Accounts.Members.Add(t.Context(), w.of.ID, member.ID, role, account.System("test")))
	b, _ := signedIn(w.World, member)
	return w.as(t, b)
}

func TestVisitorAndAgentSeeOneAnotherWrite(t *testing.T) {
	t.Parallel()
	w := talk(t)
	visitor, agent := w.as(t, w.visitor), w.member(t, account.Agent)
	visitor.subscribe(w.chat)
	if got := agent.subscribe(w.conversation); !strings.Contains(got, `"subscribed"`) {
		t.Fatalf("an agent is refused: %s", got)
	}
	visitor.signal(w.chat, "typing")
	agent.hear(`{"signal":{"topic":"` + w.conversation + `","kind":"typing"}}`)
	agent.signal(w.conversation, "typing")
	visitor.hear(`{"signal":{"topic":"` + w.chat + `","kind":"typing"}}`)
}

func TestNobodySignalsWhereTheyHaveNothingToSay(t *testing.T) {
	t.Parallel()
	w := talk(t)
	other := w.Browser()
	other.Get("/chat/corner")
	stranger, _ := signedIn(w.World, w.Member("stranger"))
	foreign := w.Merchant("elsewhere")
	elsewhere := bot.ConversationTopic(foreign.ID + ":webchat:x")
	for name, try := range map[string]struct {
		from        *socket
		topic, kind string
	}{
		"another visitor":               {w.as(t, other), w.chat, "typing"},
		"a visitor as a member":         {w.as(t, w.visitor), w.conversation, "typing"},
		"a visitor, something else":     {w.as(t, w.visitor), w.chat, "shout"},
		"a viewer":                      {w.member(t, account.Viewer), w.conversation, "typing"},
		"a member of no account":        {w.as(t, stranger), w.conversation, "typing"},
		"an agent in another account":   {w.member(t, account.Agent), elsewhere, "typing"},
		"an editor, on no conversation": {w.member(t, account.Editor), "conversation:", "typing"},
		"an owner, on another topic":    {w.member(t, account.Owner), "inbox", "typing"},
	} {
		try.from.signal(try.topic, try.kind)
		_, heard, err := try.from.ReadMessage()
		var frame struct{ Error struct{ Code string } }
		if err != nil || json.Unmarshal(heard, &frame) != nil || !strings.HasSuffix(frame.Error.Code, "_refused") {
			t.Errorf("%s: %s, %v", name, heard, err)
		}
	}
}

func TestWhoMayNotReadTheInboxDoesNotWatchAConversation(t *testing.T) {
	t.Parallel()
	w := talk(t)
	stranger, _ := signedIn(w.World, w.Member("stranger"))
	for name, s := range map[string]*socket{"the visitor": w.as(t, w.visitor), "a stranger": w.as(t, stranger)} {
		if got := s.subscribe(w.conversation); !strings.Contains(got, "topic_refused") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := w.member(t, account.Agent).subscribe(bot.ConversationTopic("01OTHER:webchat:x")); !strings.Contains(got, "topic_refused") {
		t.Errorf("of another account: %s", got)
	}
}

func TestThePageShowsWhatAMemberHasSeen(t *testing.T) {
	t.Parallel()
	w := talk(t)
	visitor := w.as(t, w.visitor)
	visitor.subscribe(w.chat)
	if page := w.visitor.Get("/chat/corner"); strings.Contains(page.Text, "data-seen") {
		t.Error("nobody has looked, and the page says so")
	}
	if _, err := w.Bot.Inbox().MarkRead(t.Context(), w.of.ID, strings.TrimPrefix(w.chat, bot.ChatTopic(""))); err != nil {
		t.Fatal(err)
	}
	visitor.hear(`"conversation.seen"`)
	for language, word := range map[string]string{"en": "Read", "zh": "已读", "ko": "읽음"} {
		page := w.visitor.Get("/chat/corner?lang=" + language)
		if strings.Count(page.Text, "data-seen") != 1 || !strings.Contains(page.Text, "data-seen>"+word+"<") {
			t.Errorf("%s: the mark is not there: %s", language, page.Read())
		}
	}
	w.visitor.Submit("/chat/corner/say", "id", "k2", "text", "one more thing")
	page := w.visitor.Get("/chat/corner?lang=en").Text
	before, after, _ := strings.Cut(page, "one more thing")
	if !strings.Contains(before, "data-seen") || strings.Contains(after, "data-seen") {
		t.Error("what was said since counts as seen")
	}
}

func TestAPageThatNobodyLooksAtMarksDeliveredOnly(t *testing.T) {
	t.Parallel()
	w := talk(t)
	person := strings.TrimPrefix(w.chat, bot.ChatTopic(""))
	last := func() bot.Message {
		history, _, err := w.Bot.History(t.Context(), w.of.ID, person, "", 1)
		w.Must(err)
		return history[0]
	}
	for _, step := range []struct {
		state string
		want  bot.State
	}{{"delivered", bot.Delivered}, {"read", bot.Read}, {"delivered", bot.Read}} {
		if got := w.visitor.Post("/chat/corner/read", "up_to", last().ID, "state", step.state); got.StatusCode != 204 || last().State != step.want {
			t.Errorf("%s: %d, the message is %s", step.state, got.StatusCode, last().State)
		}
	}
}
