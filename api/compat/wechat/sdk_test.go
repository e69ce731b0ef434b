package wechat_test

import (
	"bytes"
	"image"
	"image/png"
	"net/http"
	"slices"
	"strings"
	"testing"

	"plaza/bot/developer"
	"plaza/bot/wechat"
	"plaza/message"
)

// program is a bot that was written for WeChat with an SDK of others. What it
// answers is in the two that there are: golang_test.go, testdata/node.
type program interface {
	// callback is the address that pushes go to.
	callback() string
	// heard are the events that were pushed, by their names, with one field.
	heard(event, field string) []string

	menu(click, link string) error
	scene(name string) (ticket, address string, err error)
	showCode(ticket string) string
	massTo(people []string, text string) (id string, err error)
	massToAll(text string) (id string, err error)
	massStatus(id string) (string, error)
	addTemplate(short string) (id string, err error)
	sendTemplate(to, template string, data map[string]string) error
	uploadImage(content []byte) (id string, err error)
	download(id string) ([]byte, error)
	sendImage(to, id string) error
	addArticle(cover, title, body string) (id string, err error)
	sendArticle(to, id string) error
	massArticle(people []string, id string) error
	followers() ([]string, error)
	remark(openID, text string) error
	remarkOf(openID string) (string, error)
	tag(name string, openID string) (count int, err error)
	nameByCode(code string) (openID, name string, err error)
	addSpeaker(name, nick string) error
	renameSpeaker(name, nick string) error
	deleteSpeaker(name string) error
	speakers() ([]string, error)
	sign(page string) (signed, error)
}

func TestAProgramWrittenForWeChatRunsUnmodified(t *testing.T) {
	for name, start := range map[string]func(*testing.T, *stage) program{"silenceper/wechat (Go)": startGo, "co-wechat-api (Node)": startNode} {
		for _, mode := range []wechat.Mode{wechat.PlainMode, wechat.SafeMode} {
			t.Run(name+"/"+string(mode), func(t *testing.T) {
				s := newStage(t)
				p := start(t, s)
				s.connect(p.callback(), mode, developer.Instead)
				s.play(p)
			})
		}
	}
}

// play is everything that a program does with WeChat, once.
func (s *stage) play(p program) {
	s.t.Helper()
	ticket, address, err := p.scene("door")
	s.Must(err)
	ann, bob := s.visitor(), s.visitor()

	// Follow by a scanned code, and without one.
	ann.open(chatPath(s.t, address))
	ann.follow()
	ann.wants("welcome qrscene_door")
	bob.follow()
	bob.wants("welcome")

	// Passive replies; a custom message that is sent before the reply.
	ann.say("hello")
	ann.wants("you said hello")
	ann.say("custom")
	ann.wants("by the API")
	ann.say("news")
	if card := ann.next(); card.Form != message.CardForm || card.Cards[0].Title != "Bread" || card.Cards[0].URL != "https://shop.example/bread" {
		s.t.Errorf("%+v", card)
	}
	ann.say("again")
	ann.wants("at the second attempt")

	s.playMenu(p, ann)
	s.playCode(p, ann, ticket, address)
	s.playMedia(p, ann)
	s.playTemplate(p, ann)
	s.playMass(p, ann, bob)
	s.playArticle(p, ann, bob)
	s.playPeople(p, ann, bob)
	s.playSignIn(p, ann)
	s.playSpeakers(p, ann)
	s.playTicket(p)

	// What no program answers well is apologized for; an agent has the last word.
	ann.say("broken")
	ann.wants(s.Renderer.Texts.Text("en", "developer.sorry"))
	ann.say("agent")
	s.eventually("an agent is asked for", func() bool {
		found, err := s.Bot.Inbox().Get(s.t.Context(), s.account.ID, ann.person.ID)
		return err == nil && found.Agent != ""
	})
	before := len(ann.pushes())
	ann.say("for the agent alone")
	s.Bot.Wait()
	if after := len(ann.pushes()); after != before {
		s.t.Errorf("%d pushes became %d while an agent has the conversation", before, after)
	}
}

func (s *stage) playMenu(p program, ann *visitor) {
	s.t.Helper()
	s.Must(p.menu("PRICES", "https://shop.example/all"))
	ann.press(ann.entry("Prices"))
	ann.wants("clicked PRICES")
	opened := ann.Get("/chat/corner/menu/" + ann.entry("Everything"))
	if opened.StatusCode != http.StatusFound || opened.To() != "https://shop.example/all" {
		s.t.Errorf("the link leads to %q (%d)", opened.To(), opened.StatusCode)
	}
	s.eventually("VIEW is pushed", func() bool { return slices.Contains(p.heard("VIEW", "EventKey"), "https://shop.example/all") })
}

func (s *stage) playCode(p program, ann *visitor, ticket, address string) {
	s.t.Helper()
	ann.open(chatPath(s.t, address))
	ann.wants("scanned door")
	if got := p.heard("SCAN", "Ticket"); !slices.Contains(got, ticket) {
		s.t.Errorf("the tickets of scans are %q, not %q", got, ticket)
	}
	shown, err := http.Get(p.showCode(ticket))
	s.Must(err)
	defer shown.Body.Close()
	if _, err := png.Decode(shown.Body); err != nil {
		s.t.Errorf("the code's picture: %v", err)
	}
}

// picture is a file that the SDKs upload.
func picture(t *testing.T) []byte {
	t.Helper()
	var drawn bytes.Buffer
	if err := png.Encode(&drawn, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}
	return drawn.Bytes()
}

func (s *stage) playMedia(p program, ann *visitor) {
	s.t.Helper()
	content := picture(s.t)
	id, err := p.uploadImage(content)
	s.Must(err)
	got, err := p.download(id)
	s.Must(err)
	if !bytes.Equal(got, content) {
		s.t.Errorf("%d bytes became %d", len(content), len(got))
	}
	s.Must(p.sendImage(ann.openID(), id))
	shown := ann.next()
	if shown.Form != message.ImageForm {
		s.t.Fatalf("%+v", shown)
	}
	if seen := ann.Get(shown.Image); seen.Text != string(content) || seen.Header.Get("Content-Type") != "image/png" {
		s.t.Errorf("the chat's picture: %d %q", seen.StatusCode, seen.Header)
	}
}

func (s *stage) playTemplate(p program, ann *visitor) {
	s.t.Helper()
	template, err := p.addTemplate("Order paid")
	s.Must(err)
	s.Must(p.sendTemplate(ann.openID(), template, map[string]string{"first": "Thank you!", "keyword1": "64.80"}))
	card := ann.next()
	if card.Form != message.CardForm || card.Cards[0].Title != "Order paid" || !strings.Contains(card.Cards[0].Text, "64.80") {
		s.t.Errorf("%+v", card)
	}
	s.eventually("the end of the template message is pushed", func() bool {
		return slices.Equal(p.heard("TEMPLATESENDJOBFINISH", "Status"), []string{"success"})
	})
}

func (s *stage) playMass(p program, ann, bob *visitor) {
	s.t.Helper()
	id, err := p.massTo([]string{ann.openID(), bob.openID()}, "to both")
	s.Must(err)
	ann.wants("to both")
	bob.wants("to both")
	s.eventually("the mass send is done", func() bool {
		state, err := p.massStatus(id)
		s.Must(err)
		return state == "SEND_SUCCESS"
	})
	_, err = p.massToAll("to all")
	s.Must(err)
	ann.wants("to all")
	bob.wants("to all")
	s.eventually("both ends are pushed", func() bool {
		return slices.Equal(p.heard("MASSSENDJOBFINISH", "Status"), []string{"send success", "send success"})
	})
}

// playArticle has an article read by one person and then by both.
func (s *stage) playArticle(p program, ann, bob *visitor) {
	s.t.Helper()
	cover, err := p.uploadImage(picture(s.t))
	s.Must(err)
	id, err := p.addArticle(cover, "Bread & time", `<p onclick="alert(1)">Our oven is lit at <b>four</b>.</p><script>alert(1)</script>`)
	s.Must(err)
	s.Must(p.sendArticle(ann.openID(), id))
	card := ann.next()
	if card.Form != message.CardForm || card.Cards[0].Title != "Bread & time" || card.Cards[0].Text != "Our oven is lit at four." {
		s.t.Fatalf("%+v", card)
	}
	page := ann.open(card.Cards[0].URL)
	if !strings.Contains(page.Text, "<p>Our oven is lit at <b>four</b>.</p>") || !strings.Contains(page.Text, "Bread &amp; time") || strings.Contains(page.Text, "alert(1)") {
		s.t.Errorf("the article: %s", page.Text)
	}
	if seen := ann.Get(card.Cards[0].Image); seen.StatusCode != http.StatusOK || seen.Header.Get("Content-Type") != "image/png" {
		s.t.Errorf("its picture: %d %q", seen.StatusCode, seen.Header)
	}
	s.Must(p.massArticle([]string{ann.openID(), bob.openID()}, id))
	for _, v := range []*visitor{ann, bob} {
		if got := v.next(); got.Form != message.CardForm || got.Cards[0].URL != card.Cards[0].URL {
			s.t.Errorf("%+v", got)
		}
	}
}

func (s *stage) playPeople(p program, ann, bob *visitor) {
	s.t.Helper()
	ids, err := p.followers()
	s.Must(err)
	want := []string{ann.openID(), bob.openID()}
	slices.Sort(want)
	if slices.Sort(ids); !slices.Equal(ids, want) {
		s.t.Errorf("the followers are %q, not %q", ids, want)
	}
	s.Must(p.remark(ann.openID(), "regular 常客"))
	if got, err := p.remarkOf(ann.openID()); err != nil || got != "regular 常客" {
		s.t.Errorf("the remark is %q, %v", got, err)
	}
	if n, err := p.tag("vip", ann.openID()); err != nil || n != 1 {
		s.t.Errorf("%d people have the tag, %v", n, err)
	}
}

// playSignIn lets a web page of the program know who Ann is.
func (s *stage) playSignIn(p program, ann *visitor) {
	s.t.Helper()
	s.Must(s.Developer.SetSignInDomain(s.t.Context(), s.account.ID, "shop.example"))
	ann.Submit("/chat/corner/profile", "name", "Ann")
	asked := ann.Get("/compat/wechat/connect/oauth2/authorize?appid=" + s.app.AppID +
		"&redirect_uri=https%3A%2F%2Fshop.example%2Fback&response_type=code&scope=snsapi_userinfo&state=s1")
	answer := between(asked.Text, `href="/compat/wechat/connect/oauth2/allow`, `"`)
	if asked.StatusCode != http.StatusOK || answer == "" {
		s.t.Fatalf("%d %s", asked.StatusCode, asked.Read())
	}
	back := ann.Get("/compat/wechat/connect/oauth2/allow" + strings.ReplaceAll(answer, "&amp;", "&"))
	code := between(back.To(), "code=", "&")
	if !strings.HasPrefix(back.To(), "https://shop.example/back?") || !strings.Contains(back.To(), "state=s1") || code == "" {
		s.t.Fatalf("%d leads to %q", back.StatusCode, back.To())
	}
	openID, name, err := p.nameByCode(code)
	if err != nil || openID != ann.openID() || name != "Ann" {
		s.t.Errorf("%q %q, %v", openID, name, err)
	}
	if _, _, err := p.nameByCode(code); err == nil {
		s.t.Error("a code counts twice")
	}
}

func between(text, start, end string) string {
	_, rest, _ := strings.Cut(text, start)
	found, _, _ := strings.Cut(rest, end)
	return found
}
