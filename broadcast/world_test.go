package broadcast

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"plaza/broadcast/qr"
	"plaza/fault"
	"plaza/live"
	"plaza/message"
	"plaza/store"
	"plaza/store/storetest"
)

const shop = "01SHOP"

// chatMessage stands for the web chat's own messages: real documents under the
// delivery's key.
type chatMessage struct {
	ID      string             `bson:"_id"`
	Account string             `bson:"account"`
	Body    []message.Outbound `bson:"body"`
}

var chatMessages = store.Declare[chatMessage](store.Schema{Name: "chat_messages"})

func testSchemas() []*store.Schema {
	return append(Schemas(), chatMessages.Schema(), shipped.Schema())
}

// world is everything around the service.
type world struct {
	*Service
	t      testing.TB
	clock  *clock
	people *people
	chat   *chat
	outbox *outbox
	ships  *ships
	events *eventLog
	backup *backup
}

func newWorld(t testing.TB) *world {
	return worldOn(t, storetest.Open(t, testSchemas()...), &clock{now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)})
}

// worldOn is one node on a store.
func worldOn(t testing.TB, db *store.DB, at *clock) *world {
	w := &world{t: t, clock: at, people: &people{}, chat: &chat{db: db},
		outbox: &outbox{}, ships: &ships{db: db, mass: map[string]message.Mass{}}, events: &eventLog{}, backup: &backup{}}
	logger := slog.New(slog.NewTextHandler(io.Discard, nil))
	w.Service = New(Dependencies{
		DB: db, Subscribers: w.people, Renderer: braces{}, Sender: w.outbox,
		Bulk: map[string]BulkSender{"webchat": w.chat}, Mass: w.ships, Accounts: seoul{},
		Codes: qr.New(qr.Dependencies{DB: db, Events: w.events, Now: at.Now, Logger: logger, Zone: seoul{}.Zone,
			Address: func(code string) string { return "https://plaza.test/q/" + code }}),
		Events: w.events, Restoration: w.backup, Texts: plainTexts{},
		NoticeURL: func(id string) string { return "https://plaza.test/n/" + id },
		Now:       at.Now, Logger: logger,
	})
	return w
}

// work does all there is to do now.
func (w *world) work() {
	w.t.Helper()
	for {
		worked, err := w.Work(w.t.Context())
		if err != nil {
			w.t.Fatalf("work: %v", err)
		}
		if !worked {
			return
		}
	}
}

// plan is a campaign to everybody, now.
func plan() Plan {
	return Plan{Name: "Arrived today", Content: Content{Text: "Fresh figs, {{name}}!"},
		Audience: Audience{Kind: Everybody}, When: When{Kind: Now}}
}

// scheduled makes and arms a campaign.
func (w *world) scheduled(plan Plan) Campaign {
	w.t.Helper()
	campaign, err := w.Create(w.t.Context(), shop, "mina", plan)
	if err == nil {
		campaign, err = w.Schedule(w.t.Context(), shop, campaign.ID)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return campaign
}

func (w *world) campaign(id string) Campaign {
	w.t.Helper()
	campaign, err := w.Find(w.t.Context(), shop, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return campaign
}

func (w *world) run(id string) Run {
	w.t.Helper()
	run, err := w.Run(w.t.Context(), shop, w.campaign(id).Run)
	if err != nil {
		w.t.Fatal(err)
	}
	return run
}

func (w *world) mustBe(id string, state State, reason string) {
	w.t.Helper()
	if c := w.campaign(id); c.State != state || c.Reason != reason {
		w.t.Fatalf("the campaign is %s %q, want %s %q", c.State, c.Reason, state, reason)
	}
}

type clock struct {
	mutex sync.Mutex
	now   time.Time
}

func (c *clock) Now() time.Time { c.mutex.Lock(); defer c.mutex.Unlock(); return c.now }

func (c *clock) advance(by time.Duration) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.now = c.now.Add(by)
}

type seoul struct{}

func (seoul) Zone(context.Context, string) (*time.Location, error) {
	return time.LoadLocation("Asia/Seoul")
}

// braces knows one placeholder.
type braces struct{}

var errPlaceholder = fault.New(fault.Invalid, "unknown_placeholder", "There is no such placeholder.")

func (braces) Check(text string) error {
	if strings.Contains(strings.ReplaceAll(text, "{{name}}", ""), "{{") {
		return errPlaceholder
	}
	return nil
}

func (braces) Render(text string, person message.Person, _ map[string]string) string {
	return strings.ReplaceAll(text, "{{name}}", person.Name)
}

type plainTexts struct{}

func (plainTexts) Text(language, key string, args ...any) string {
	return fmt.Sprint(append([]any{language, " ", key}, args...)...)
}

// people are the subscribers, in the order of their ids.
type people struct {
	list  []Recipient
	fails atomic.Int32 // how many more readings fail
	asked atomic.Pointer[Audience]
}

var errAudience = errors.New("the audience cannot be read")

func (p *people) add(channel string, count int) {
	for i := range count {
		user := fmt.Sprintf("u%07d", i)
		p.list = append(p.list, Recipient{Person: message.Person{ID: message.SubscriberID(shop, channel, user),
			Account: shop, Channel: channel, User: user, Name: user, Language: "ko"}})
	}
	slices.SortFunc(p.list, func(a, b Recipient) int { return strings.Compare(a.ID, b.ID) })
}

func (p *people) Recipients(_ context.Context, _ string, audience Audience, after string, limit int) ([]Recipient, string, error) {
	p.asked.Store(&audience)
	if p.fails.Add(-1) >= 0 {
		return nil, "", errAudience
	}
	start := sort.Search(len(p.list), func(i int) bool { return p.list[i].ID > after })
	end := min(start+limit, len(p.list))
	if end == len(p.list) {
		return p.list[start:end], "", nil
	}
	return p.list[start:end], p.list[end-1].ID, nil
}

func (p *people) Estimate(context.Context, string, Audience) (int64, error) {
	return int64(len(p.list)), nil
}

func (p *people) Recipient(_ context.Context, _, id string) (Recipient, error) {
	for _, recipient := range p.list {
		if recipient.ID == id {
			return recipient, nil
		}
	}
	return Recipient{}, ErrPerson
}

// chat sends by writing messages.
type chat struct {
	db    *store.DB
	after func(sent int) // called after each page
	sent  atomic.Int64
}

func (c *chat) Prepare(page []Outgoing) (Mailing, error) { return mailing{c, page}, nil }

type mailing struct {
	chat *chat
	page []Outgoing
}

func (m mailing) Send(ctx context.Context, about ...store.Operation) ([]store.Result, error) {
	if err := m.chat.send(ctx, m.page); err != nil {
		return nil, err
	}
	return m.chat.db.Apply(ctx, about...)
}

func (c *chat) send(ctx context.Context, page []Outgoing) error {
	documents := make([]chatMessage, len(page))
	for i, out := range page {
		documents[i] = chatMessage{ID: out.Key, Account: out.Person.Account, Body: out.Messages}
	}
	inserted, err := chatMessages.In(c.db, page[0].Person.Account).InsertMany(ctx, documents)
	c.sent.Add(int64(inserted))
	if c.after != nil {
		c.after(len(page))
	}
	return err
}

// outbox notes what it was handed, once by key.
type outbox struct {
	mutex  sync.Mutex
	sent   map[string][]message.Outbound
	calls  int
	refuse func(person message.Person) error
	after  func(calls int)
	full   bool
}

func (o *outbox) Waiting(_ context.Context, _, _ string, limit int) (int, error) {
	if o.full {
		return limit, nil
	}
	return 0, nil
}

func (o *outbox) Send(_ context.Context, person message.Person, key string, out ...message.Outbound) error {
	o.mutex.Lock()
	o.calls++
	calls := o.calls
	if o.refuse != nil {
		if err := o.refuse(person); err != nil {
			o.mutex.Unlock()
			return err
		}
	}
	if o.sent == nil {
		o.sent = make(map[string][]message.Outbound)
	}
	o.sent[key] = out
	o.mutex.Unlock()
	if o.after != nil {
		o.after(calls)
	}
	return nil
}

func (o *outbox) keys() []string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	var keys []string
	for key := range o.sent {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

type eventLog struct {
	mutex sync.Mutex
	list  []live.Event
}

func (l *eventLog) Append(_ context.Context, events ...live.Event) error {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.list = append(l.list, events...)
	return nil
}

func (l *eventLog) count(kind string) (count int) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, event := range l.list {
		if event.Kind == kind {
			count++
		}
	}
	return count
}

type backup struct{ restored atomic.Bool }

func (b *backup) Restored(context.Context) (bool, error)  { return b.restored.Load(), nil }
func (b *backup) ClearRestored(ctx context.Context) error { b.restored.Store(false); return nil }
