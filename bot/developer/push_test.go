package developer_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/bot/developer"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/egress"
)

func TestAPushThatFailsIsTriedThreeTimesMoreWithTheSameMessage(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.answers(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	ann := k.visitor()
	k.say(ann, "1", "hello")
	for range 10 {
		k.work()
		k.World.Pass(10 * time.Second)
	}
	got := k.pushed()
	if len(got) != developer.MaxAttempts || developer.MaxAttempts != 4 {
		t.Fatalf("%d attempts", len(got))
	}
	nonces := map[string]bool{}
	for _, p := range got {
		if p.body != got[0].body || !strings.Contains(p.body, "<Content><![CDATA[hello]]></Content><MsgId>") {
			t.Errorf("an attempt pushed %s, the first %s", p.body, got[0].body)
		}
		query, err := url.ParseQuery(p.query)
		k.Must(err)
		nonces[query.Get("nonce")] = true
	}
	if len(nonces) != len(got) {
		t.Errorf("%d nonces", len(nonces))
	}
	if p := k.last(); p.State != developer.Failed || p.Outcome != developer.BadStatus || p.Status != 500 || p.DueAt != nil {
		t.Errorf("%s %s %d", p.State, p.Outcome, p.Status)
	}
	if got := k.chat(ann); got != "(hello) | "+k.sorry() {
		t.Errorf("the chat reads %q", got)
	}
}

func TestACallbackThatTakesTooLongIsLeftAlone(t *testing.T) {
	t.Parallel()
	if developer.CallbackLimit != 5*time.Second {
		t.Errorf("the limit is %s", developer.CallbackLimit)
	}
	k := newKit(t)
	k.Within(50 * time.Millisecond)
	release := make(chan struct{})
	defer close(release)
	k.answers(func(http.ResponseWriter, *http.Request) { <-release })
	k.say(k.visitor(), "1", "hello")
	k.work()
	if p := k.last(); p.State != developer.Waiting || p.Outcome != developer.TimedOut || p.DueAt == nil {
		t.Errorf("%s %s", p.State, p.Outcome)
	}
}

func TestAnswersThatAreNoneAreApologizedForAtOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	ann := k.visitor()
	for i, answer := range []string{`{"json": true}`, "<xml><MsgType>text</MsgType></xml>", "ok", "<xml>", "<xml><MsgType>image</MsgType><Image><MediaId>nobody's</MediaId></Image></xml>",
		"<!DOCTYPE x><xml/>", strings.Repeat("x", 300<<10)} {
		k.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		k.say(ann, string(rune('a'+i)), "hello")
		if made := k.work(); made != 1 {
			t.Errorf("%.40q: %d attempts", answer, made)
		}
		if got := k.chat(ann); !strings.HasSuffix(got, "(hello) | "+k.sorry()) {
			t.Errorf("%.40q: the chat reads %q", answer, got)
		}
	}
	for i, answer := range []string{"", "success", " success\n"} {
		before := k.chat(ann)
		k.answers(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) })
		k.say(ann, "quiet-"+string(rune('a'+i)), "quiet")
		k.work()
		if got := k.chat(ann); got != before+" | (quiet)" {
			t.Errorf("%q: the chat reads %q", answer, got)
		}
	}
}

func TestAReplyIsShownOnceHoweverOftenItIsPushed(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.replies("good morning")
	ann := k.visitor()
	for range 3 { // the page repeats itself
		k.say(ann, "1", "hello")
		k.work()
	}
	k.Must(k.Again(t.Context(), k.account.ID, k.last().ID)) // a member repeats it
	k.Must(k.Again(t.Context(), k.account.ID, k.last().ID)) // twice
	k.work()
	if got := k.pushed(); len(got) != 2 || got[0].body != got[1].body {
		t.Errorf("%d pushes", len(got))
	}
	if got := k.chat(ann); got != "(hello) | good morning" {
		t.Errorf("the chat reads %q", got)
	}
	if err := k.Again(t.Context(), k.account.ID, k.account.ID+":nobody:x"); !errors.Is(err, developer.ErrNoPush) {
		t.Errorf("a push that is none: %v", err)
	}
}

func TestWhatTheProgramLeavesTheRulesAnswer(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.rule("hours", "from 7 to 23")
	k.save(developer.First)
	ann := k.visitor()
	for i, answer := range []func(http.ResponseWriter, *http.Request){nil,
		func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "not xml") }} {
		k.answers(answer)
		k.say(ann, string(rune('a'+i)), "hours")
		k.work()
		k.Bot.Wait()
	}
	if got := k.chat(ann); got != "(hours) | from 7 to 23 | (hours) | from 7 to 23" {
		t.Errorf("the chat reads %q", got)
	}
	k.replies("ask me")
	k.say(ann, "z", "hours")
	k.work()
	if got := k.chat(ann); !strings.HasSuffix(got, "(hours) | ask me") {
		t.Errorf("the chat reads %q", got)
	}
	k.Must(k.Enable(t.Context(), k.account.ID, false))
	k.say(ann, "y", "hours")
	if got := k.chat(ann); !strings.HasSuffix(got, "(hours) | from 7 to 23") {
		t.Errorf("switched off, the chat reads %q", got)
	}
}

func TestAReplyThatComesAfterAMemberTookOverIsNotShown(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	ann := k.visitor()
	k.answers(func(w http.ResponseWriter, r *http.Request) {
		_, err := k.Bot.Inbox().Take(r.Context(), k.account.ID, ann.Person().ID, "mina")
		k.Must(err)
		_, _ = io.WriteString(w, "<xml><ToUserName>"+ann.User+"</ToUserName><FromUserName>"+k.app.OriginalID+
			"</FromUserName><MsgType>text</MsgType><Content>too late</Content></xml>")
	})
	k.say(ann, "1", "hello")
	k.work()
	if got := k.chat(ann); got != "(hello)" || k.last().Outcome != developer.Superseded {
		t.Errorf("the chat reads %q, %s", got, k.last().Outcome)
	}
}

func TestAnyNumberOfNodesPushesEachMessageOnce(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.replies("heard")
	ann := k.visitor()
	const messages = 24
	for i := range messages {
		k.say(ann, string(rune('a'+i)), "hello")
	}
	var nodes sync.WaitGroup
	for range 4 {
		node := developer.New(k.Service.Dependencies)
		nodes.Go(func() {
			for {
				if worked, err := node.Step(t.Context()); !worked || err != nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
			}
		})
	}
	nodes.Wait()
	if got := len(k.pushed()); got != messages {
		t.Errorf("%d messages were pushed %d times", messages, got)
	}
	if got := strings.Count(k.chat(ann), "heard"); got != messages {
		t.Errorf("%d replies", got)
	}
}

func TestWhatIsPushedIsKeptSealedAndShownToMembers(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.replies("your secret is safe")
	k.say(k.visitor(), "1", "my secret")
	k.work()
	p := k.last()
	if strings.Contains(string(p.Sealed)+string(p.Answer), "secret") {
		t.Error("a push lies about in clear")
	}
	shown, err := k.Push(t.Context(), k.account.ID, p.ID)
	if err != nil || !strings.Contains(shown.Request, "my secret") || !strings.Contains(shown.Reply, "your secret is safe") {
		t.Errorf("%q %q %v", shown.Request, shown.Reply, err)
	}
	if _, err := k.Push(t.Context(), k.World.Merchant("other").ID, p.ID); !errors.Is(err, developer.ErrNoPush) {
		t.Errorf("another account sees it: %v", err)
	}
}

func TestACallbackIsKeptOnlyIfItEchoes(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	try := func(c developer.Callback, s *developer.Service) error {
		return s.Save(t.Context(), k.account.ID, developer.Saved{Order: developer.Instead, Callback: c})
	}
	good := developer.Callback{URL: k.address, Token: "spring", Mode: wechat.PlainMode}
	strict := k.Service.Dependencies
	strict.Private = false
	for name, test := range map[string]struct {
		change func(*developer.Callback)
		want   error
	}{
		"no address":      {func(c *developer.Callback) { c.URL = "bot" }, egress.ErrAddress},
		"a short token":   {func(c *developer.Callback) { c.Token = "x" }, wechat.ErrToken},
		"safe, no key":    {func(c *developer.Callback) { c.Mode = wechat.SafeMode }, wechat.ErrAESKey},
		"no mode":         {func(c *developer.Callback) { c.Mode = "" }, developer.ErrMode},
		"nobody's port":   {func(c *developer.Callback) { c.URL = "http://127.0.0.1:1/" }, developer.ErrNoEcho},
		"says other text": {func(c *developer.Callback) { c.URL = k.address + "?echostr=first" }, nil},
	} {
		c := good
		test.change(&c)
		if err := try(c, k.Service); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := try(good, developer.New(strict)); !errors.Is(err, egress.ErrPrivate) {
		t.Errorf("this machine: %v", err)
	}
	kept, err := k.CallbackOf(t.Context(), k.app)
	if err != nil || kept.URL != k.address {
		t.Errorf("%+v, %v", kept, err)
	}
}

func TestEveryEventIsPushedAsWeChatNamesIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	ann := k.visitor()
	door, err := k.CreateScene(t.Context(), k.account.ID, developer.NewScene{Text: "door", Life: time.Hour})
	k.Must(err)
	brief, err := k.CreateScene(t.Context(), k.account.ID, developer.NewScene{Number: 7, Life: time.Second})
	k.Must(err)
	k.Must(k.CreateMenu(t.Context(), k.account.ID, []developer.Button{{Type: "click", Name: "Prices", Key: "PRICES"},
		{Type: "location_select", Name: "Where", Key: "WHERE"}, {Type: "view", Name: "Site", URL: "https://shop.example"}}))
	entries, err := k.World.Webchat.MenuFor(t.Context(), ann.Person(), "")
	k.Must(err)
	k.World.Pass(2 * time.Second) // the brief code is stale
	act := func(_ any, err error) { t.Helper(); k.Must(err); k.work() }
	act(k.World.Webchat.Follow(t.Context(), ann, door.Key))
	act(k.World.Webchat.Scan(t.Context(), ann, "1", door.Key))
	act(k.World.Webchat.Scan(t.Context(), ann, "2", brief.Key))
	act(k.World.Webchat.Scan(t.Context(), ann, "3", "ours"))
	for _, e := range entries {
		act(k.World.Webchat.Choose(t.Context(), ann, "m"+e.Key, e.ID, ""))
	}
	act(k.World.Webchat.Say(t.Context(), ann, webchat.Said{Key: "4", Payload: "yes", Text: "Yes, please"}))
	act(k.World.Webchat.Unfollow(t.Context(), ann))
	wanted := []string{
		`<Event>subscribe</Event><EventKey>qrscene_door</EventKey><Ticket>` + door.Ticket + `</Ticket>`,
		`<Event>SCAN</Event><EventKey>door</EventKey><Ticket>` + door.Ticket + `</Ticket>`,
		`<Event>SCAN</Event><EventKey></EventKey>`,
		`<Event>SCAN</Event><EventKey>ours</EventKey>`,
		`<Event>CLICK</Event><EventKey>PRICES</EventKey>`,
		`<Event>location_select</Event><EventKey>WHERE</EventKey>`,
		`<Event>VIEW</Event><EventKey>https://shop.example</EventKey>`,
		`<MsgType>text</MsgType><Content>Yes, please</Content><bizmsgmenuid>yes</bizmsgmenuid>`,
		`<Event>unsubscribe</Event><EventKey></EventKey>`,
	}
	cdata := regexp.MustCompile(`<!\[CDATA\[(.*?)\]\]>`)
	got := k.pushed()
	if len(got) != len(wanted) {
		t.Fatalf("%d pushes", len(got))
	}
	for i, want := range wanted {
		if body := cdata.ReplaceAllString(got[i].body, "$1"); !strings.Contains(body, want) {
			t.Errorf("push %d is %s, want %s", i, body, want)
		}
	}
}

func TestAProgramThatTakesItsTimeKeepsNoOtherAccountWaiting(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.Within(time.Hour) // nobody is rid of the slow program by its running out of time
	other := k.World.Merchant("other")
	_, _, err := k.Open(t.Context(), other.ID)
	k.Must(err)
	k.Must(k.Save(t.Context(), other.ID, developer.Saved{Order: developer.Instead,
		Callback: developer.Callback{URL: k.address + "/quick", Token: "spring", Mode: wechat.PlainMode}}))
	release := make(chan struct{})
	quick := make(chan struct{}, 1)
	k.answers(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/quick" {
			quick <- struct{}{}
			return
		}
		<-release
	})
	ann := k.visitor()
	for i := range 70 { // more than a node calls at a time
		k.say(ann, strconv.Itoa(i), "hello")
	}
	_, bob, err := k.World.Webchat.Welcome(t.Context(), other.ID, "en")
	k.Must(err)
	k.say(bob, "1", "hello")
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx) }()
	select {
	case <-quick:
	case <-time.After(time.Minute):
		t.Error("the other account's person waits")
	}
	close(release)
	stop()
	<-done
}
