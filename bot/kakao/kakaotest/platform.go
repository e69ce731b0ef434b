package kakaotest

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"plaza/bot/standin"
)

// Bot is the bot that the platform keeps.
type Bot struct {
	ID string
	// Address is where the API and callbacks are reached; empty: New serves them.
	Address string
	Skill   string // address of the skill
	// Headers are those of the skill's settings.
	Headers   map[string]string
	RESTKey   string
	AdminKey  string
	EventName string
	// Callback: the bot may answer later.
	Callback bool
	// EventBlind: the event's block answers by itself, without the skill.
	EventBlind bool
}

// Platform is the stand-in. It is safe for concurrent use; URL serves its API.
type Platform struct {
	bot      Bot
	now      func() time.Time
	server   *http.Server // of its own; nil: somebody else serves it
	client   *http.Client
	Troubles *standin.Troubles // of the API's calls
	Dealer   *Dealer

	mu        sync.Mutex
	users     map[string]*user
	callbacks map[string]*waiting
	tasks     map[string]map[string]any
	serial    int
	paid      int // events delivered, 15 won each
	faults    []error
}

// user is a person who has opened the chat.
type user struct {
	friend bool
	appID  string
	seen   []Bubble
	quick  []Bubble // quick replies that stand under the last answer
}

// waiting is a callback address that has been handed out.
type waiting struct {
	user     string
	until    time.Time
	promised bool
}

// Bubble is one thing that a person saw: a component and its content, or the
// platform's own error.
type Bubble struct {
	Type    string
	Content map[string]any
}

// Text is all words of a bubble, for tests.
func (b Bubble) Text() string {
	var words []string
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case string:
			words = append(words, v)
		case map[string]any:
			for _, key := range []string{"text", "title", "description", "label", "header", "items", "itemList", "itemListSummary", "head", "buttons"} {
				if inner, ok := v[key]; ok {
					walk(inner)
				}
			}
		case []any:
			for _, inner := range v {
				walk(inner)
			}
		}
	}
	walk(b.Content)
	return strings.Join(words, " ")
}

// New makes a platform with one bot. Close it.
func New(bot Bot, now func() time.Time) *Platform {
	p := &Platform{
		bot: bot, now: now, client: &http.Client{Timeout: skillTimeout},
		users: make(map[string]*user), callbacks: make(map[string]*waiting), tasks: make(map[string]map[string]any),
	}
	p.Dealer = &Dealer{platform: p, templates: map[string]Template{}, keys: map[string]time.Time{}, notices: map[string]*notice{}}
	if bot.Address == "" {
		p.listen()
	}
	return p
}

// listen serves the API on a free port of this machine. Not by httptest, which
// has no place in a demo's program.
func (p *Platform) listen() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("kakaotest: no port: %v", err)) // as httptest does
	}
	p.bot.Address = "http://" + listener.Addr().String()
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = p.server.Serve(listener) }() // until Close
}

// Continue counts ids on from a number, so that a platform that stands in again
// for the same bot tells no id twice.
func (p *Platform) Continue(from int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial = from
}

// SetSkill changes the skill's address.
func (p *Platform) SetSkill(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bot.Skill = address
}

// URL is where the API and the dealer are found.
func (p *Platform) URL() string { return p.bot.Address }

// Close ends the API.
func (p *Platform) Close() {
	if p.server != nil {
		_ = p.server.Close() // of a port that goes with the process
	}
}

// AddFriend lets a person add the channel; appID is their id at Kakao Developers.
func (p *Platform) AddFriend(id, appID string, friend bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u := p.user(id)
	u.friend, u.appID = friend, appID
}

func (p *Platform) user(id string) *user {
	if p.users[id] == nil {
		p.users[id] = new(user)
	}
	return p.users[id]
}

// Seen is everything a person saw, in order.
func (p *Platform) Seen(id string) []Bubble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Bubble(nil), p.user(id).seen...)
}

// Everything is what everybody saw.
func (p *Platform) Everything() map[string][]Bubble {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := make(map[string][]Bubble, len(p.users))
	for id, u := range p.users {
		all[id] = append([]Bubble(nil), u.seen...)
	}
	return all
}

// Quick are the quick replies that stand under the last answer.
func (p *Platform) Quick(id string) []Bubble {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Bubble(nil), p.user(id).quick...)
}

// Paid is how many events were delivered and so are charged.
func (p *Platform) Paid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.paid
}

// Faults are the answers that broke the format, and calls the platform refused.
func (p *Platform) Faults() []error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]error(nil), p.faults...)
}

func (p *Platform) fault(format string, args ...any) {
	p.faults = append(p.faults, fmt.Errorf(format, args...))
}

func (p *Platform) next() int { p.serial++; return p.serial }

// show puts a checked response before a person.
func (p *Platform) show(id string, body []byte) {
	var response struct {
		Template struct {
			Outputs []map[string]map[string]any `json:"outputs"`
			Quick   []map[string]any            `json:"quickReplies"`
		} `json:"template"`
	}
	if err := json.Unmarshal(body, &response); err != nil {
		p.fault("a response is no JSON: %w", err)
		return
	}
	u := p.user(id)
	u.quick = nil
	for _, output := range response.Template.Outputs {
		for kind, content := range output {
			u.seen = append(u.seen, Bubble{kind, content})
		}
	}
	for _, quick := range response.Template.Quick {
		u.quick = append(u.quick, Bubble{"quickReply", quick})
	}
}
