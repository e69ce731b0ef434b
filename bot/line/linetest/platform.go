// Package linetest is LINE's side for tests, soaks and demonstrations: a strict
// local stand-in of the platform that keeps one official account. It pushes
// signed webhooks, and serves the part of the Messaging API that Plaza calls,
// with its rules, limits and error texts. It shares no code with bot/line.
package linetest

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"plaza/bot/standin"
)

// Account is the official account that the platform keeps.
type Account struct {
	ID     string // of the channel, ten digits
	Secret string // 32 hexadecimal digits
	Token  string // long-lived channel access token
	// Webhook is where events go.
	Webhook string
	// Redeliver delivers events again that were not answered with 2xx.
	Redeliver bool
	// Quota is how many messages may be pushed; 0: any number.
	Quota int64
	// Login is LINE Login; nil: the account has none.
	Login *standin.SignIn
}

// Platform is the stand-in. It is safe for concurrent use. It is an
// http.Handler that serves both of LINE's hosts.
type Platform struct {
	account  Account
	now      func() time.Time
	troubles *standin.Troubles
	// Client calls the webhook; nil: http.DefaultClient. Set it before the
	// platform is used.
	Client *http.Client

	mu        sync.Mutex
	people    map[string]*person
	replies   map[string]*replyToken
	retryKeys map[string]string // "path key": request id
	stateless map[string]time.Time
	contents  map[string]Content
	delivered []Delivered
	calls     map[string]int
	rates     map[string]*rate
	hours     map[string]*rate // of calls that are limited by the hour
	used      int64
	serial    int
	menus     map[string]*Menu
	aliases   map[string]string
	standard  string // default menu
	linked    map[string]string
	read      []string
	typing    map[string]int
}

type person struct {
	name, language string
	follows        bool
}

type replyToken struct {
	to    string // person, group or room
	until time.Time
	used  bool
}

type rate struct {
	limit int // calls a second, or an hour
	start time.Time
	count int
}

// Content is what a person sent: a picture, a recording, a file.
type Content struct {
	Type string
	Body []byte
	// Preparing is how often the platform says that it is not ready yet; a
	// negative number: it never will be.
	Preparing int
}

// Delivered is a message object that reached somebody.
type Delivered struct {
	To   string
	By   string // reply, push or multicast
	Call int    // objects of one call have the same number
	Type string
	Text string         // text, or altText
	Body map[string]any // as it came
}

// New makes a platform with one account. troubles may be nil.
func New(account Account, now func() time.Time, troubles *standin.Troubles) *Platform {
	return &Platform{
		account: account, now: now, troubles: troubles,
		people: map[string]*person{}, replies: map[string]*replyToken{}, retryKeys: map[string]string{},
		stateless: map[string]time.Time{}, contents: map[string]Content{}, calls: map[string]int{},
		rates: map[string]*rate{}, hours: map[string]*rate{}, menus: map[string]*Menu{}, aliases: map[string]string{},
		linked: map[string]string{}, typing: map[string]int{},
	}
}

// Continue counts ids on from a number, so that a platform that stands in again
// for the same account tells no id twice.
func (p *Platform) Continue(from int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.serial = from
}

// UserID makes the id of the n-th person: "U" and 32 hexadecimal digits.
func UserID(n int) string { return fmt.Sprintf("U%032x", n) }

// Add makes a person known who follows.
func (p *Platform) Add(user, name, language string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[user] = &person{name: name, language: language, follows: true}
}

// Block lets a person leave without telling anybody.
func (p *Platform) Block(user string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people[user].follows = false
}

// Keep gives out content under a message's id.
func (p *Platform) Keep(id string, content Content) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.contents[id] = content
}

// Limit makes a path take so many calls a second.
func (p *Platform) Limit(path string, perSecond int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rates[path] = &rate{limit: perSecond}
}

// EndTokens makes all stateless tokens invalid before their time.
func (p *Platform) EndTokens() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.stateless)
}

// Calls says how often a path was called.
func (p *Platform) Calls(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

// Delivered lists what reached people, oldest first.
func (p *Platform) Delivered() []Delivered {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.delivered)
}

// Received lists the texts that each person received, in order.
func (p *Platform) Received() map[string][]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	received := make(map[string][]string)
	for _, d := range p.delivered {
		received[d.To] = append(received[d.To], d.Text)
	}
	return received
}

// Used is how many messages were counted against the quota.
func (p *Platform) Used() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.used
}

// Read lists the tokens by which messages were marked as read.
func (p *Platform) Read() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.read)
}

// Typing says how many seconds of dots a person was shown last.
func (p *Platform) Typing(user string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.typing[user]
}
