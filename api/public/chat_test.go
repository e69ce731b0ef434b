package public_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"plaza/api/apitest"
	"plaza/api/web"
	"plaza/bot"
	"plaza/broadcast/qr"
	"plaza/message"
)

func TestAVisitorFollowsSaysAndIsAnswered(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	w.Product(of, "Green tea", 5)
	b := w.Browser()
	first := b.Get("/chat/corner")
	if first.StatusCode != http.StatusOK || !strings.Contains(first.Text, `action="/chat/corner/follow"`) {
		t.Fatalf("%d: nobody is asked to follow: %s", first.StatusCode, first.Read())
	}
	if page := b.Submit("/chat/corner/follow"); strings.Contains(page.Text, `action="/chat/corner/follow"`) {
		t.Error("a follower is asked to follow")
	}
	page := b.Submit("/chat/corner/say", "id", first.Form("id"), "text", "shop")
	if !strings.Contains(page.Read(), "Green tea") {
		t.Errorf("the shop is not shown in the chat: %s", page.Read())
	}
	if page := b.Submit("/chat/corner/unfollow"); !strings.Contains(page.Text, `action="/chat/corner/follow"`) {
		t.Error("who has left is not asked to follow")
	}
}

func TestAMessageSentAgainIsSaidOnce(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of := w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	b.Header.Set("Accept", "application/json")
	for range 3 {
		said := b.Post("/chat/corner/say", "id", "01ABC", "text", "hello there")
		if said.StatusCode != http.StatusOK || said.Text != `{"id":"01ABC"}` {
			t.Fatalf("%d %s", said.StatusCode, said.Text)
		}
	}
	heard := slices.DeleteFunc(w.Heard(of.ID), func(in message.Inbound) bool { return in.Kind != message.TextIn })
	if len(heard) != 1 || heard[0].Text != "hello there" {
		t.Errorf("the bot heard %+v", heard)
	}
}

func TestEarlierMessagesAreAPageAway(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	for i := range 30 { // and as many answers
		b.Post("/chat/corner/say", "id", fmt.Sprint("k", i), "text", fmt.Sprintf("word%02d", i))
		w.Pass(1e9)
	}
	shown := map[string]int{}
	path, pages := "/chat/corner", 0
	for ; path != "" && pages < 5; pages++ {
		page := b.Get(path)
		for i := range 30 {
			shown[fmt.Sprintf("word%02d", i)] += strings.Count(page.Read(), fmt.Sprintf(" word%02d ", i))
		}
		path = ""
		if _, link, ok := strings.Cut(page.Text, `href="/chat/corner?before=`); ok {
			link, _, _ = strings.Cut(link, `"`)
			path = "/chat/corner?before=" + link
		}
	}
	if pages < 2 {
		t.Errorf("all of 60 messages on %d page", pages)
	}
	for word, times := range shown {
		if times != 1 {
			t.Errorf("%s is shown %d times", word, times)
		}
	}
	if wrong := b.Get("/chat/corner?before=nonsense"); wrong.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a cursor of somebody's own: %d", wrong.StatusCode)
	}
}

func TestNobodySeesAnothersChat(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	w.Merchant("other")
	mine := w.Browser()
	mine.Get("/chat/corner")
	mine.Submit("/chat/corner/follow")
	mine.Submit("/chat/corner/say", "id", "a", "text", "a secret of mine")
	for name, b := range map[string]*apitest.Browser{"somebody new": w.Browser(), "a stolen name": w.Browser()} {
		if name != "somebody new" { // another account's cookie under this one's name
			mine.Get("/chat/other")
			for cookie, value := range mine.Cookies {
				b.Cookies[cookie] = &http.Cookie{Name: cookie, Value: value.Value + "x"}
			}
		}
		if page := b.Get("/chat/corner"); page.StatusCode != http.StatusOK || strings.Contains(page.Text, "a secret of mine") {
			t.Errorf("%s: %d %s", name, page.StatusCode, page.Read())
		}
	}
}

func TestWhatPeopleWriteIsShownAsText(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	const hostile = `<img src=x onerror=alert(1)>"'{{.CSRF}}</script>`
	if page := b.Submit("/chat/corner/profile", "name", hostile[:28], "language", "en"); strings.Contains(page.Text, "<img src=x") {
		t.Error("a name is markup")
	}
	page := b.Submit("/chat/corner/say", "id", "x", "text", hostile)
	if strings.Contains(page.Text, "<img src=x") || !strings.Contains(page.Read(), hostile) {
		t.Errorf("a message is not shown as it is: %s", page.Read())
	}
}

func TestARefusedMessageLeadsBackToTheChat(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	for _, text := range []string{"  ", strings.Repeat("x", 2001), "\xff\xfe"} {
		if page := b.Submit("/chat/corner/say", "text", text); page.StatusCode != http.StatusOK || !strings.Contains(page.Text, `class="note bad"`) {
			t.Errorf("%.10q: %d, nothing says why: %s", text, page.StatusCode, page.Read())
		}
	}
	b.Header.Set("Accept", "application/json")
	if said := b.Post("/chat/corner/say", "text", " "); said.StatusCode != http.StatusUnprocessableEntity || said.Problem().Code != "chat_empty" {
		t.Errorf("%d %s", said.StatusCode, said.Text)
	}
}

func TestAFollowTellsWhichCodeItCameBy(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	of, other := w.Merchant("corner"), w.Merchant("other")
	code, err := w.Codes.Create(t.Context(), of.ID, "m", qr.Spec{Kind: qr.Follow, Label: "door", Target: "/chat/corner?lang=ko"})
	w.Must(err)
	b := w.Browser()
	scanned := b.Get("/q/" + strings.ToLower(code.ID))
	if scanned.StatusCode != http.StatusFound || scanned.To() != "/chat/corner?lang=ko&scene="+code.ID {
		t.Fatalf("%d to %s", scanned.StatusCode, scanned.To())
	}
	if arrived := b.Get(scanned.To()); arrived.StatusCode != http.StatusSeeOther || arrived.To() != "/chat/corner" {
		t.Fatalf("%d to %s", arrived.StatusCode, arrived.To())
	}
	b.Get("/chat/other")
	b.Submit("/chat/other/follow") // by no code, though one of another account was scanned
	b.Submit("/chat/corner/follow")
	for id, want := range map[string]string{of.ID: code.ID, other.ID: ""} {
		if got := scenes(w, id, message.Follow); !slices.Equal(got, []string{want}) {
			t.Errorf("followed by %q, not by %q", got, want)
		}
	}
	b.Get(b.Get("/q/" + code.ID).To())
	if got := scenes(w, of.ID, message.Scan); !slices.Equal(got, []string{code.ID}) {
		t.Errorf("a follower's scan is told as %q", got)
	}
	if page := b.Get("/chat/corner?scene=%ff%00"); page.StatusCode != http.StatusSeeOther {
		t.Errorf("a scene that is none: %d", page.StatusCode)
	}
}

// scenes are the codes of what subscribers of an account did.
func scenes(w *apitest.World, account string, kind message.Kind) []string {
	var found []string
	for _, in := range w.Heard(account) {
		if in.Kind == kind {
			found = append(found, in.Scene)
		}
	}
	return found
}

func TestSayingWhatWasReadMarksNoMore(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	page := b.Submit("/chat/corner/say", "id", "a", "text", "hi")
	all := strings.TrimPrefix(topicOf(page), bot.ChatTopic("")) + "/zzz"
	if got := b.Post("/chat/corner/read", "up_to", all); got.StatusCode != http.StatusNoContent {
		t.Errorf("%d %s", got.StatusCode, got.Text)
	}
	other := w.Browser()
	other.Get("/chat/corner")
	for name, stranger := range map[string]*apitest.Browser{"a stranger": w.Browser(), "another visitor": other} {
		if got := stranger.Post("/chat/corner/read", "up_to", all); got.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s marks: %d", name, got.StatusCode)
		}
	}
}

func TestALanguageIsChangedOnlyWhereOneIsSent(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	b.Get("/chat/corner")
	b.Submit("/chat/corner/follow")
	b.Submit("/chat/corner/profile", "language", "ko")
	if page := b.Submit("/chat/corner/profile", "name", "Mina"); !strings.Contains(page.Text, `<html lang="ko`) {
		t.Errorf("a new name has changed the language")
	}
	if b.Cookies[web.LanguageCookie].Value != "ko" {
		t.Error("the language is not remembered")
	}
}

func TestVisitorsAreMadeOnlyAsFastAsPeopleCome(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	made, status := 0, http.StatusOK
	for ; status == http.StatusOK && made < 2000; made++ {
		status = w.Browser().Get("/chat/corner").StatusCode
	}
	if status != http.StatusTooManyRequests {
		t.Fatalf("%d visitors from one address, then %d", made, status)
	}
	elsewhere := w.Browser()
	elsewhere.Address = "198.51.100.9:1"
	if got := elsewhere.Get("/chat/corner").StatusCode; got != http.StatusOK {
		t.Errorf("somebody elsewhere gets %d", got)
	}
}

func TestAskingByHEADChangesNothing(t *testing.T) {
	t.Parallel()
	w := apitest.New(t, apitest.Options{})
	w.Merchant("corner")
	b := w.Browser()
	for _, path := range []string{"/chat/corner?scene=ABC", "/shop/corner?coupon=TEN"} {
		if got := b.Head(path); got.StatusCode != http.StatusOK || len(b.Cookies) != 0 {
			t.Errorf("HEAD %s: %d, cookies %v", path, got.StatusCode, b.Cookies)
		}
	}
}
