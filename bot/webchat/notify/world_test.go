package notify

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/account/vault"
	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/bot/webchat/webpush/pushtest"
	"plaza/live"
	"plaza/message"
	"plaza/store"
	"plaza/store/storetest"
)

// corner is an account.
const corner = "01CORNER"

// world is the service with a bot, a push service and a clock that stands still.
type world struct {
	*Service
	t      *testing.T
	pushes *pushtest.Service
	mu     sync.Mutex
	clock  time.Time
	sent   int
}

func (w *world) time() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(by)
}

func (w *world) Append(context.Context, ...live.Event) error { return nil }

func (w *world) Commit(ctx context.Context, operations []store.Operation, _ ...live.Event) ([]store.Result, error) {
	return w.DB.Apply(ctx, operations...)
}

func (w *world) Text(language, key string, args ...any) string {
	return strings.TrimSpace(language + " " + key + " " + strings.TrimSuffix(fmt.Sprintln(args...), "\n"))
}

func (w *world) BotAccount(_ context.Context, id string) (bot.Account, error) {
	return bot.Account{ID: id, Slug: "corner", Language: "en", Names: map[string]string{"en": "Corner Bakery", "ko": "모퉁이 빵집"}, Zone: time.UTC}, nil
}

func newWorld(t *testing.T, change ...func(*Dependencies)) *world {
	t.Helper()
	w := &world{t: t, clock: time.Date(2026, 5, 4, 3, 0, 0, 0, time.UTC)}
	w.pushes = pushtest.New(t, w.time)
	db := storetest.Open(t, append(append(append(bot.Schemas(), webchat.Schemas()...), vault.Schemas()...), Schemas()...)...)
	logger := slog.New(slog.DiscardHandler)
	sealer := vault.New(db, vault.NewMasterKey(), w.time)
	b := bot.New(bot.Dependencies{DB: db, Log: w, Sealer: sealer, Texts: w, Accounts: w,
		Channels: []bot.Channel{webchat.Channel{}}, Now: w.time, Logger: logger})
	d := Dependencies{DB: db, Bot: b, Sealer: sealer, Texts: w, Accounts: w, Contact: "mailto:operator@plaza.example",
		Private: true, Roots: w.pushes.Roots(), Now: w.time, Logger: logger}
	for _, each := range change {
		each(&d)
	}
	w.Service = New(d)
	b.Notifier = w.Service
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// follower is somebody who has read what they were welcomed with.
func (w *world) follower(user, language string) message.Person {
	w.t.Helper()
	in := message.Inbound{Account: corner, Channel: webchat.Name, User: user, Kind: message.Follow, Key: "follow:" + user, At: w.time(), Language: language}
	answer, err := w.Bot.Handle(w.t.Context(), in, nil)
	w.must(err)
	for _, welcome := range answer.Messages {
		w.must(w.Bot.Advance(w.t.Context(), corner, welcome.ID, bot.Read, ""))
	}
	w.pass(time.Second) // no two messages of a conversation are of one instant
	return message.Person{ID: in.SubscriberID(), Account: corner, Channel: webchat.Name, User: user, Language: language}
}

// browser subscribes another browser of a person.
func (w *world) browser(to message.Person, wishes Wishes) *pushtest.Browser {
	w.t.Helper()
	key, err := w.PublicKey(w.t.Context())
	w.must(err)
	made := w.pushes.Subscribe(key)
	w.must(w.Subscribe(w.t.Context(), to, made.Endpoint, made.Public, made.Secret, &wishes))
	return made
}

// write writes to a person and says under which id they have it.
func (w *world) write(to message.Person, by bot.Author, text string) string {
	w.t.Helper()
	w.sent++
	w.must(w.Bot.SendAs(w.t.Context(), by, to, fmt.Sprint("key", w.sent), message.Text(text)))
	history, _, err := w.Bot.History(w.t.Context(), corner, to.ID, "", 1)
	w.must(err)
	return history[0].ID
}

// work lets the grace pass and does what is due.
func (w *world) work() {
	w.t.Helper()
	w.pass(grace)
	w.settle()
}

func (w *world) settle() {
	w.t.Helper()
	w.must(w.Work(w.t.Context()))
	w.Wait()
	if refused := w.pushes.Refused(); len(refused) > 0 {
		w.t.Fatalf("the push service refused: %q", refused)
	}
}

// told is what browsers were told since the last time.
func (w *world) told(since int) []Content {
	w.t.Helper()
	var told []Content
	for _, taken := range w.pushes.Taken()[since:] {
		var content Content
		w.must(json.Unmarshal([]byte(taken.Content), &content))
		told = append(told, content)
	}
	return told
}
