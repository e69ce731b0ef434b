package public_test

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"plaza/api/apitest"
	"plaza/bot"
	"plaza/bot/line/linetest"
	"plaza/bot/signin"
	"plaza/live"
	"plaza/message"
	"plaza/money"
)

const onDesktop = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140 Safari/537.36"

var (
	deviceField = regexp.MustCompile(`name="device" value="([0-9a-z]+)"`)
	notMeLink   = regexp.MustCompile(`/not-me/[0-9A-Z]+/[A-Za-z0-9_-]{32}$`)
)

// withPhone is somebody on LINE who has been signed in on their phone for days.
func (s *street) withPhone() (phone *apitest.Browser, person message.Person) {
	s.T.Helper()
	person = message.Person{ID: s.id("line", linetest.UserID(7)), Account: s.of.ID, Channel: "line", User: linetest.UserID(7), Language: "en"}
	s.Must(s.Bot.Pages().Meet(s.T.Context(), person))
	s.Must(s.Wallet.Grant(s.T.Context(), person, "g", money.Of(10_000, s.of.Currency)))
	phone = s.browser(inLINE)
	s.signIn(phone, "/wallet/corner", person.User)
	s.Pass(48 * time.Hour)
	return phone, person
}

// warnings are the links "that was not me" in somebody's chat.
func (s *street) warnings(person message.Person) (links []string) {
	s.T.Helper()
	history, _, err := s.Bot.History(s.T.Context(), s.of.ID, person.ID, "", 50)
	s.Must(err)
	for _, entry := range history {
		if entry.Out == nil {
			continue
		}
		for _, button := range entry.Out.Buttons {
			if link := notMeLink.FindString(button.URL); link != "" {
				links = append(links, link)
			}
		}
	}
	return links
}

// desktop signs the same person in elsewhere.
func (s *street) desktop(person message.Person) *apitest.Browser {
	s.T.Helper()
	desktop := s.browser(onDesktop)
	s.signIn(desktop, "/sign-in/line/"+s.of.ID+"/begin?next=/wallet/corner", person.User)
	return desktop
}

// isOut says whether a browser's sign-in has ended.
func (s *street) isOut(b *apitest.Browser) bool {
	s.T.Helper()
	cookie := b.Cookies["plaza_person_"+s.of.ID]
	_, err := s.SignIn.Find(s.T.Context(), s.of.ID, cookie.Value)
	if err != nil && !errors.Is(err, signin.ErrSignedOut) {
		s.T.Fatal(err)
	}
	return err != nil
}

// closed waits for a socket to be closed, and gives the code.
func (s *socket) closed() live.CloseCode {
	s.t.Helper()
	for {
		_, _, err := s.ReadMessage()
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok {
			return live.CloseCode(closed.Code)
		}
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestANewDeviceIsToldInTheChatOnceAndSignedOutByTheLink(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	phone, person := s.withPhone()
	if told := s.warnings(person); len(told) != 0 {
		t.Errorf("the first device is news: %v", told)
	}
	desktop := s.desktop(person)
	for range 3 { // looking around is no news
		desktop.Get("/wallet/corner")
	}
	s.signIn(desktop, "/sign-in/line/"+s.of.ID+"/begin?next=/wallet/corner", person.User)
	told := s.warnings(person)
	if len(told) != 1 {
		t.Fatalf("told %d times", len(told))
	}
	watching, _ := connect(t, s.World, desktop, "corner", "")
	if got := watching.subscribe(bot.ChatTopic(person.ID)); !strings.Contains(got, "subscribed") {
		t.Fatal(got)
	}
	anybody := s.Browser() // the link is opened wherever the chat is
	if page := anybody.Get(told[0]); !strings.Contains(page.Read(), "Chrome · Windows") || s.isOut(desktop) {
		t.Fatalf("looking at the link: %s", page.Read())
	}
	if wrong := anybody.Post(told[0][:len(told[0])-2] + "xx"); wrong.StatusCode != http.StatusNotFound {
		t.Errorf("another secret: %d", wrong.StatusCode)
	}
	for range 2 {
		if page := anybody.Post(told[0]); !strings.Contains(page.Read(), "Signed out and locked") {
			t.Fatalf("%d %s", page.StatusCode, page.Read())
		}
	}
	if code := watching.closed(); code != live.CloseSignedOut || !s.isOut(desktop) || s.isOut(phone) {
		t.Errorf("closed by %d; the desktop is out: %v, the phone is: %v", code, s.isOut(desktop), s.isOut(phone))
	}
	if page := phone.Get("/devices/corner").Read(); strings.Contains(page, "Windows") || !strings.Contains(page, "Your balance is locked") {
		t.Errorf("the phone's list: %s", page)
	}
	// Money stays until the PIN was typed, even on the device that is left.
	link := payToLink.FindString(s.Browser().Get("/wallet/corner").Text)
	form := phone.Get(link)
	if sent := phone.Post(link, "key", form.Form("key"), "amount", "1.00"); !strings.Contains(sent.To(), "/pin?") {
		t.Errorf("locked money went: %d %s %s", sent.StatusCode, sent.To(), sent.Read())
	}
	// Signing in there again is news again.
	s.signIn(desktop, "/sign-in/line/"+s.of.ID+"/begin?next=/wallet/corner", person.User)
	if told := s.warnings(person); len(told) != 2 {
		t.Errorf("told %d times after signing in again", len(told))
	}
}

func TestSomebodySignsOutTheirOtherDevicesAndNobodyElses(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	phone, person := s.withPhone()
	desktop, third := s.desktop(person), s.desktop(person)
	list := phone.Get("/devices/corner")
	found := deviceField.FindAllStringSubmatch(list.Text, -1)
	if len(found) != 2 || strings.Count(list.Read(), "This device") != 1 || !strings.Contains(list.Read(), "LINE · iPhone") {
		t.Fatalf("%v: %s", found, list.Read())
	}
	stranger := s.Browser()
	if got := stranger.Post("/devices/corner/sign-out", "device", found[0][1]); got.StatusCode == http.StatusOK || s.isOut(desktop) || s.isOut(third) {
		t.Errorf("a stranger signs out: %d", got.StatusCode)
	}
	if page := phone.Submit("/devices/corner/sign-out", "device", found[0][1]); !strings.Contains(page.Read(), "Signed out.") || s.isOut(desktop) == s.isOut(third) {
		t.Errorf("one of two: %v %v %s", s.isOut(desktop), s.isOut(third), page.Read())
	}
	phone.Submit("/devices/corner/sign-out-others")
	if !s.isOut(desktop) || !s.isOut(third) || s.isOut(phone) {
		t.Errorf("all others: %v %v, this: %v", s.isOut(desktop), s.isOut(third), s.isOut(phone))
	}
	if page := phone.Get("/devices/corner").Text; deviceField.MatchString(page) {
		t.Error("signed-out devices are listed")
	}
	// Signing out by hand locks nothing.
	if standing, err := s.PINs.Standing(t.Context(), person); err != nil || standing.Locked {
		t.Errorf("%+v, %v", standing, err)
	}
}

func TestAWebChatThatWasLinkedIsToldToTheMessengerAndItsTokenEnds(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	phone, person := s.withPhone()
	chat := s.browser(onDesktop)
	chat.Get("/wallet/corner") // on their own: the browser is nobody's news
	page := chat.Get("/chat/corner/linked")
	link := page.Text[strings.Index(page.Text, "/chat/corner/linked/line?ask="):]
	s.signIn(chat, link[:strings.IndexByte(link, '"')], person.User)
	if told := s.warnings(person); len(told) != 1 {
		t.Fatalf("told %d times", len(told))
	}
	topic := topicOf(chat.Get("/chat/corner"))
	watching, _ := connect(t, s.World, chat, "corner", "")
	if got := watching.subscribe(topic); !strings.Contains(got, "subscribed") {
		t.Fatal(got)
	}
	if list := phone.Get("/devices/corner").Read(); !strings.Contains(list, "Chrome · Windows") || !strings.Contains(list, "Web chat") {
		t.Fatalf("the phone's list: %s", list)
	}
	phone.Submit("/devices/corner/sign-out-others")
	if code := watching.closed(); code != live.CloseSignedOut {
		t.Errorf("closed by %d", code)
	}
	if again := topicOf(chat.Get("/chat/corner")); again == topic {
		t.Error("the web chat's visitor is still the same")
	}
	if page := chat.Get("/wallet/corner").Read(); strings.Contains(page, "100.00") {
		t.Errorf("the money is still seen: %s", page)
	}
}

func TestSignInsFromBeforeDevicesWereNotedAreSignedOutAsWell(t *testing.T) {
	t.Parallel()
	s := newStreet(t, false)
	phone, person := s.withPhone()
	unmarked := func(who message.Person) *apitest.Browser {
		token, err := s.SignIn.Open(t.Context(), who, "")
		s.Must(err)
		old := s.browser(onDesktop)
		old.Cookies["plaza_person_"+s.of.ID] = &http.Cookie{Name: "plaza_person_" + s.of.ID, Value: token}
		return old
	}
	stranger := person
	stranger.User = linetest.UserID(8)
	stranger.ID = s.id("line", stranger.User)
	away, visiting, theirs := unmarked(person), unmarked(person), unmarked(stranger)
	// One that shows itself is listed, and signed out like any other.
	visiting.Get("/wallet/corner")
	found := deviceField.FindAllStringSubmatch(phone.Get("/devices/corner").Text, -1)
	if len(found) != 1 {
		t.Fatalf("listed: %v", found)
	}
	if phone.Submit("/devices/corner/sign-out", "device", found[0][1]); !s.isOut(visiting) || s.isOut(away) {
		t.Errorf("the listed one is out: %v, the other: %v", s.isOut(visiting), s.isOut(away))
	}
	// The one that asks stays, though it is from before as well.
	asking := unmarked(person)
	asking.Get("/devices/corner")
	asking.Submit("/devices/corner/sign-out-others")
	if !s.isOut(away) || !s.isOut(phone) || s.isOut(asking) || s.isOut(theirs) {
		t.Errorf("out: away %v, phone %v, asking %v, a stranger %v", s.isOut(away), s.isOut(phone), s.isOut(asking), s.isOut(theirs))
	}
}
