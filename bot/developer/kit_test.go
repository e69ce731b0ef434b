package developer_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"plaza/account"
	"plaza/api/apitest"
	"plaza/bot"
	"plaza/bot/developer"
	"plaza/bot/webchat"
	"plaza/bot/wechat"
)

// kit is a program with one account that has a developer, whose callback is
// answered by the test. Pushes are made when the test says so.
type kit struct {
	World *apitest.World
	*developer.Service
	t       *testing.T
	account account.Account
	app     developer.App
	secret  string
	address string // of the callback

	mu     sync.Mutex
	got    []pushed
	answer func(http.ResponseWriter, *http.Request)
}

func (k *kit) Must(err error) { k.t.Helper(); k.World.Must(err) }

// pushed is a call of the callback.
type pushed struct{ query, body string }

func newKit(t *testing.T) *kit {
	t.Helper()
	w := apitest.New(t, apitest.Options{})
	k := &kit{World: w, Service: w.Developer, t: t, account: w.Merchant("corner")}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	k.address = server.URL
	var err error
	_, k.secret, err = k.Open(t.Context(), k.account.ID)
	w.Must(err)
	k.save(developer.Instead)
	return k
}

func (k *kit) save(order developer.Order) {
	k.t.Helper()
	k.Must(k.Save(k.t.Context(), k.account.ID, developer.Saved{Order: order,
		Callback: developer.Callback{URL: k.address, Token: "spring", Mode: wechat.PlainMode}}))
	var err error
	k.app, err = k.Find(k.t.Context(), k.account.ID)
	k.Must(err)
}

// ServeHTTP is the callback.
func (k *kit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		_, _ = io.WriteString(w, r.URL.Query().Get("echostr"))
		return
	}
	body, _ := io.ReadAll(r.Body)
	k.mu.Lock()
	k.got = append(k.got, pushed{r.URL.RawQuery, string(body)})
	answer := k.answer
	k.mu.Unlock()
	if answer != nil {
		answer(w, r)
	}
}

func (k *kit) answers(answer func(http.ResponseWriter, *http.Request)) {
	k.mu.Lock()
	k.answer = answer
	k.mu.Unlock()
}

// replies with a text, to whoever the push is from.
func (k *kit) replies(text string) {
	k.answers(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "<xml><ToUserName>"+r.URL.Query().Get("openid")+"</ToUserName><FromUserName>"+k.app.OriginalID+
			"</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType><Content>"+text+"</Content></xml>")
	})
}

func (k *kit) pushed() []pushed {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]pushed(nil), k.got...)
}

// visitor is somebody with the chat open.
func (k *kit) visitor() webchat.Visitor {
	k.t.Helper()
	_, visitor, err := k.World.Webchat.Welcome(k.t.Context(), k.account.ID, "en")
	k.Must(err)
	return visitor
}

func (k *kit) follower() webchat.Visitor {
	k.t.Helper()
	visitor := k.visitor()
	_, err := k.World.Webchat.Follow(k.t.Context(), visitor, "")
	k.Must(err)
	return visitor
}

func (k *kit) say(visitor webchat.Visitor, key, text string) {
	k.t.Helper()
	_, err := k.World.Webchat.Say(k.t.Context(), visitor, webchat.Said{Key: key, Text: text})
	k.Must(err)
}

// work makes what is due, until nothing is.
func (k *kit) work() (made int) {
	k.t.Helper()
	for {
		worked, err := k.Step(k.t.Context())
		k.Must(err)
		if !worked {
			return made
		}
		made++
	}
}

// chat is what a visitor reads, the oldest first: what they said in brackets.
func (k *kit) chat(visitor webchat.Visitor) string {
	k.t.Helper()
	history, _, err := k.Bot.History(k.t.Context(), k.account.ID, visitor.Person().ID, "", 100)
	k.Must(err)
	var lines []string
	for i := len(history) - 1; i >= 0; i-- {
		switch m := history[i]; {
		case m.In != nil:
			lines = append(lines, "("+m.In.Summary()+")")
		default:
			lines = append(lines, m.Out.Summary())
		}
	}
	return strings.Join(lines, " | ")
}

func (k *kit) last() developer.Push {
	k.t.Helper()
	found, _, err := k.Pushes(k.t.Context(), k.account.ID, "", 1)
	k.Must(err)
	if len(found) == 0 {
		k.t.Fatal("nothing was pushed")
	}
	return found[0]
}

func (k *kit) sorry() string { return k.World.Renderer.Texts.Text("en", "developer.sorry") }

// rule lets the account's own rules answer a word.
func (k *kit) rule(word, answer string) {
	k.t.Helper()
	_, err := k.Bot.Rules().Save(k.t.Context(), k.account.ID, bot.Rule{Name: word, On: bot.OnKeyword, Match: bot.Exactly, Enabled: true, Keywords: []string{word},
		Answers: []bot.Template{{Form: bot.TextAnswer, Text: bot.Wording{"en": answer}}}})
	k.Must(err)
}

func refusedWith(t *testing.T, what string, err error, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}
