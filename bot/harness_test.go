package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/store"
	"plaza/store/storetest"
)

const shop = "01SHOP"

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 1, 9, 30, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(by time.Duration) {
	c.mu.Lock()
	c.now = c.now.Add(by)
	c.mu.Unlock()
}

// events is a Log that remembers.
type events struct {
	db     *store.DB
	mu     sync.Mutex
	list   []live.Event
	awaits func() // what was begun
}

func (e *events) Append(_ context.Context, list ...live.Event) error {
	e.mu.Lock()
	e.list = append(e.list, list...)
	e.mu.Unlock()
	return nil
}

func (e *events) Commit(ctx context.Context, operations []store.Operation, list ...live.Event) ([]store.Result, error) {
	results, err := e.db.Apply(ctx, operations...)
	if results != nil && store.Happened(results) {
		_ = e.Append(ctx, list...) // never fails
	}
	return results, err
}

// all are the events of everything handled so far.
func (e *events) all() []live.Event {
	e.awaits()
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.list)
}

func (e *events) count(kind string) int {
	n := 0
	for _, event := range e.all() {
		if event.Kind == kind {
			n++
		}
	}
	return n
}

// envelope is a Sealer whose work can be checked: what is sealed for one record
// opens for no other.
type envelope struct{}

func (envelope) Seal(_ context.Context, family, id string, plain []byte) ([]byte, error) {
	return append([]byte(family+"/"+id+"/"), flip(plain)...), nil
}

func (envelope) Open(_ context.Context, family, id string, sealed []byte) ([]byte, error) {
	rest, ok := bytes.CutPrefix(sealed, []byte(family+"/"+id+"/"))
	if !ok {
		return nil, fmt.Errorf("sealed for another record")
	}
	return flip(rest), nil
}

func flip(data []byte) []byte {
	flipped := make([]byte, len(data))
	for i, c := range data {
		flipped[i] = ^c
	}
	return flipped
}

// texts speaks from the product's own translations.
type texts map[string]map[string]string

func loadTexts(t testing.TB) texts {
	t.Helper()
	data, err := os.ReadFile("../templates/translations/bot.json")
	if err != nil {
		t.Fatal(err)
	}
	var loaded texts
	if err := json.Unmarshal(data, &loaded); err != nil {
		t.Fatal(err)
	}
	return loaded
}

func (x texts) Text(language, key string, args ...any) string {
	text, ok := x[key][language]
	if !ok {
		return language + ":" + key
	}
	for i, arg := range args {
		text = strings.ReplaceAll(text, "{"+strconv.Itoa(i)+"}", fmt.Sprint(arg))
	}
	return text
}

// accounts knows two accounts.
type accounts struct{}

func (accounts) BotAccount(_ context.Context, idOrSlug string) (Account, error) {
	seoul := time.FixedZone("KST", 9*60*60)
	switch idOrSlug {
	case shop, "corner":
		return Account{ID: shop, Slug: "corner", Language: "en", Zone: seoul,
			Names: map[string]string{"en": "Corner Shop", "zh": "街角小店", "ko": "골목 가게"}}, nil
	case "01CITY":
		return Account{ID: "01CITY", Slug: "city", Language: "ko", Zone: seoul}, nil
	}
	return Account{}, fault.New(fault.NotFound, "no_such_account", "There is no such account.")
}

// skill is a Skill made of a function.
type skill func(context.Context, message.Person, message.Inbound) ([]message.Outbound, bool, error)

func (s skill) Answer(ctx context.Context, p message.Person, in message.Inbound) ([]message.Outbound, bool, error) {
	return s(ctx, p, in)
}

// messenger is a platform with a webhook that takes one message per response.
type messenger struct {
	name       string
	repeatable bool
	followers  bool
	mu         sync.Mutex
	sent       []string                // texts, in the order the platform got them
	keys       map[string]int          // how often each key came
	answer     func(text string) error // what Send returns; nil is success
}

func newMessenger(name string) *messenger {
	return &messenger{name: name, keys: map[string]int{}}
}

func (m *messenger) Name() string        { return m.name }
func (m *messenger) Repeatable() bool    { return m.repeatable }
func (m *messenger) FollowersOnly() bool { return m.followers }

func (m *messenger) Fields() []message.Field     { return nil }
func (m *messenger) Validate([]byte) error       { return nil }
func (m *messenger) Renders() message.Renderings { return message.Renderings{} }

func (m *messenger) Receive(credentials []byte, request message.Request) (message.Received, error) {
	if echo := request.Query.Get("echo"); echo != "" {
		return message.Received{Echo: echo}, nil
	}
	if !bytes.Equal(credentials, []byte(`{"secret":"s3"}`)) {
		return message.Received{}, fault.New(fault.Forbidden, "bad_signature", "Wrong signature.")
	}
	var in message.Inbound
	if err := json.Unmarshal(request.Body, &in); err != nil {
		return message.Received{}, fault.New(fault.Invalid, "bad_body", "Not a message.")
	}
	return message.Received{Inbound: []message.Inbound{in}}, nil
}

func (m *messenger) Render(_ []byte, _ message.Received, answer []message.Outbound) (message.Response, []message.Outbound, error) {
	response := message.Response{Status: http.StatusOK, Body: []byte("success")}
	if len(answer) == 0 {
		return response, nil, nil
	}
	first, rest := answer[0], answer[1:]
	if len(first.Text) > 40 { // platforms cut long texts
		later := first
		first.Text, later.Text = first.Text[:40], first.Text[40:]
		rest = append([]message.Outbound{later}, rest...)
	}
	response.Body = []byte(first.Text)
	return response, rest, nil
}

func (m *messenger) Send(_ context.Context, _ []byte, _ message.Person, key string, out message.Outbound) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.answer != nil {
		if err := m.answer(out.Text); err != nil {
			return err
		}
	}
	m.keys[key]++
	if m.keys[key] == 1 {
		m.sent = append(m.sent, out.Text)
	}
	return nil
}

func (m *messenger) Check(context.Context, []byte) error {
	return fault.New(fault.Unavailable, "wrong_secret", "The secret is wrong.")
}

func (m *messenger) got() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.sent...)
}

// ours is a channel of our own.
type ours struct{ *messenger }

func (ours) Direct() bool { return true }

// house is everything a test needs.
type house struct {
	*Bot
	clock  *clock
	events *events
	far    *messenger
	log    *bytes.Buffer
}

// open builds a house on a store; several may share one.
func open(t testing.TB, db *store.DB, c *clock, far *messenger, skills ...Skill) *house {
	t.Helper()
	h := &house{clock: c, events: &events{db: db}, far: far, log: &bytes.Buffer{}}
	var mu sync.Mutex
	h.Bot = New(Dependencies{
		DB: db, Log: h.events, Sealer: envelope{}, Texts: loadTexts(t), Accounts: accounts{},
		Skills: skills, Channels: []Channel{far, ours{newMessenger("near")}}, Now: c.Now,
		Logger: slog.New(slog.NewTextHandler(lockedWriter{&mu, h.log}, nil)),
	})
	h.events.awaits = h.Wait
	t.Cleanup(h.Wait)
	return h
}

type lockedWriter struct {
	mu *sync.Mutex
	to *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.to.Write(p)
}

func newHouse(t testing.TB, skills ...Skill) *house {
	t.Helper()
	h := open(t, storetest.Open(t, Schemas()...), newClock(), newMessenger("far"), skills...)
	if _, err := h.Connections().Save(context.Background(), shop, "far", []byte(`{"secret":"s3"}`)); err != nil {
		t.Fatal(err)
	}
	return h
}

// says makes a text message.
func says(user, key, text string) message.Inbound {
	return message.Inbound{Account: shop, Channel: "near", User: user, Key: key, Kind: message.TextIn, Text: text}
}

func does(user, key string, kind message.Kind) message.Inbound {
	return message.Inbound{Account: shop, Channel: "near", User: user, Key: key, Kind: kind}
}

func (h *house) handle(t testing.TB, in message.Inbound) Answer {
	t.Helper()
	answer, err := h.Handle(context.Background(), in, []byte("raw "+in.Key))
	if err != nil {
		t.Fatalf("Handle(%s %q): %v", in.Kind, in.Text, err)
	}
	return answer
}

func (h *house) teach(t testing.TB, rule Rule) Rule {
	t.Helper()
	rule.Enabled = true
	if rule.Name == "" {
		rule.Name = "rule"
	}
	saved, err := h.Rules().Save(context.Background(), shop, rule)
	if err != nil {
		t.Fatalf("save rule: %v", err)
	}
	return saved
}

func (h *house) history(t testing.TB, subscriber string) []Message {
	t.Helper()
	var all []Message
	var after store.Cursor
	for {
		page, next, err := h.History(context.Background(), shop, subscriber, after, 200)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if after = next; next == "" {
			return all
		}
	}
}

func say(text string) Template { return Template{Form: TextAnswer, Text: Wording{"en": text}} }

func spoken(answer Answer) string {
	texts := make([]string, len(answer.Out))
	for i, out := range answer.Out {
		texts[i] = out.Summary()
	}
	return strings.Join(texts, " / ")
}
