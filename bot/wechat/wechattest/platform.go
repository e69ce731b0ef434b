// Package wechattest is WeChat's side for tests: a strict local stand-in of the
// platform that keeps one official account, pushes signed and encrypted
// webhooks with the platform's time limit and retries, reads the replies, and
// serves the part of the API that Plaza calls, with its rules, windows, quotas
// and error codes.
//
// It signs and encrypts with silenceper/wechat, not with Plaza's own code. Tests
// and the demo import it; releases leave it and that library out (see
// demo/phones).
package wechattest

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"plaza/bot/standin"
)

// App is the official account that the platform keeps.
type App struct {
	AppID, Secret  string
	OriginalID     string // "gh_..."
	Token          string
	EncodingAESKey string // empty: plain mode
	Compatible     bool   // with the key: send the clear fields too
	Webhook        string // address that pushes go to
	// NoMenus makes menu messages end in 40200, as for some account types.
	NoMenus bool
	// Unverified makes custom messages end in 48001.
	Unverified bool
	// Subscription makes it a subscription account: one mass send a day.
	Subscription bool
	// WebDomain is the host that may be sent back to after web sign-in, with its
	// port.
	WebDomain string
}

// Platform is the stand-in. It is safe for concurrent use. It is an
// http.Handler.
type Platform struct {
	app App
	now func() time.Time
	// Troubles decides what goes wrong with calls; nil: nothing. Set it before
	// the platform is used.
	Troubles *standin.Troubles
	// Client makes the pushes; nil: http.DefaultClient. As Troubles.
	Client *http.Client

	mu        sync.Mutex
	users     map[string]*user
	order     []string // open ids, by first follow
	token     string
	tokenEnds time.Time
	oldToken  string
	oldEnds   time.Time
	forced    []time.Time // forced renewals of today
	serial    int
	media     map[string]medium
	following int              // how many people follow
	failures  map[string][]int // path: error codes to give, in order
	calls     map[string]int
	quotas    map[string]int // path: calls a day
	used      map[string]int // day and path
	delivered []Delivered
	nextID    int64
	files     int     // ids of files are counted on from it
	pushes    []event // that the platform has yet to make

	menu        []button
	conditional []conditionalMenu
	tags        map[int]string
	templates   map[string]Template
	permanents  int // parametric codes without an end
	drafts      map[string]int
	masses      map[string]*mass // by clientmsgid
	codes       map[string]signIn
	ticketEnds  time.Time
	ticket      string
}

// user is a person who follows or once did.
type user struct {
	place   int // in the order of coming
	follows bool
	left    int // custom messages left in the window
	until   time.Time
	since   time.Time // of following
	scene   string
	remark  string
	tags    []int
	masses  map[string]int // mass messages, by month
	consent map[string]int // subscription notices, by template
	blocks  bool           // template messages
}

// event is a push that is due.
type event struct{ openID, name, fields string }

// Delivered is a message that reached a person.
type Delivered struct {
	To      string
	Type    string
	Content map[string]any // the object named by Type
}

// New makes a platform with one account.
func New(app App, now func() time.Time) *Platform {
	return &Platform{
		app: app, now: now, users: make(map[string]*user), media: make(map[string]medium),
		failures: make(map[string][]int), calls: make(map[string]int), nextID: 24817263548193,
		quotas: make(map[string]int), used: make(map[string]int), tags: map[int]string{2: "星标组"},
		templates: make(map[string]Template), drafts: make(map[string]int), masses: make(map[string]*mass),
		codes: make(map[string]signIn),
	}
}

// Continue counts ids on from a number, so that a platform that stands in again
// for the same account tells no id twice.
func (p *Platform) Continue(from int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.nextID, p.files = from, int(from)
}

// The windows for custom messages (platform document: "Customer service
// messages").
const (
	talkMessages, talkWindow   = 5, 48 * time.Hour
	eventMessages, eventWindow = 3, time.Minute
)

// opens notes what a person did; a wider window is never narrowed.
func (p *Platform) opens(openID string, follows bool, messages int, window time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	u, now := p.person(openID), p.now()
	p.follow(u, follows)
	if until := now.Add(window); !follows || until.After(u.until) || u.left < messages && !now.Before(u.until) {
		u.until, u.left = until, messages
	}
}

// person finds or makes somebody.
func (p *Platform) person(openID string) *user {
	u := p.users[openID]
	if u == nil {
		u = &user{masses: make(map[string]int), consent: make(map[string]int)}
		u.place = len(p.order)
		p.users[openID] = u
		p.order = append(p.order, openID)
	}
	return u
}

// AddFollowers makes so many people follow, without a push: they followed before
// the account was connected.
func (p *Platform) AddFollowers(openIDs ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, id := range openIDs {
		u := p.person(id)
		p.follow(u, true)
		u.since = p.now()
	}
}

// follow notes that somebody follows, or no more.
func (p *Platform) follow(u *user, follows bool) {
	switch {
	case follows && !u.follows:
		p.following++
		u.since = p.now()
	case !follows && u.follows:
		p.following--
	}
	u.follows = follows
}

// FailNext makes the next call of an API path end in an error code, once for
// each code given.
func (p *Platform) FailNext(path string, codes ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures[path] = append(p.failures[path], codes...)
}

// SetQuota lets a path be called so many times a day.
func (p *Platform) SetQuota(path string, calls int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.quotas[path] = calls
}

// EndToken makes the current access token invalid, as when somebody else has
// it renewed by force.
func (p *Platform) EndToken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endToken()
}

func (p *Platform) endToken() { p.token, p.oldToken = "", "" }

// Calls says how often an API path was called.
func (p *Platform) Calls(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

// Delivered lists the messages that reached people, oldest first.
func (p *Platform) Delivered() []Delivered {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.delivered)
}

// Received lists what one person got, oldest first.
func (p *Platform) Received(openID string) []Delivered {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.delivered), func(d Delivered) bool { return d.To != openID })
}

// currentToken gives the token that stable_token answers with. In the last five
// minutes it is renewed and the old one stays valid for that time.
func (p *Platform) currentToken(force bool) (string, int) {
	now := p.now()
	if force {
		p.endToken()
	}
	if p.token == "" || !now.Before(p.tokenEnds.Add(-5*time.Minute)) {
		p.oldToken, p.oldEnds = p.token, p.tokenEnds
		p.serial++
		p.token, p.tokenEnds = fmt.Sprintf("%d_%0*d", p.serial, 136, p.serial), now.Add(2*time.Hour)
	}
	return p.token, int(p.tokenEnds.Sub(now) / time.Second)
}

func (p *Platform) validToken(token string) bool {
	now := p.now()
	return token != "" && (token == p.token && now.Before(p.tokenEnds) || token == p.oldToken && now.Before(p.oldEnds))
}

// day is today, as WeChat counts days.
func (p *Platform) day() string {
	return p.now().In(time.FixedZone("UTC+8", 8*60*60)).Format(time.DateOnly)
}
