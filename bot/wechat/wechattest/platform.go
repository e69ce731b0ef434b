// Package wechattest is WeChat's side for tests: a strict local stand-in of the
// platform that keeps one official account, pushes signed and encrypted
// webhooks with the platform's time limit and retries, reads the replies, and
// serves the part of the API that Plaza calls, with its rules, windows and
// error codes.
//
// It signs and encrypts with silenceper/wechat, not with Plaza's own code. Only
// tests import it, so that library stays out of the product. A demo that wants
// it has to run as a test binary or a program of its own.
package wechattest

import (
	"fmt"
	"slices"
	"sync"
	"time"
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
}

// Platform is the stand-in. It is safe for concurrent use; serve it with
// net/http/httptest.
type Platform struct {
	app App
	now func() time.Time

	mu        sync.Mutex
	users     map[string]*user
	token     string
	tokenEnds time.Time
	oldToken  string
	oldEnds   time.Time
	serial    int
	media     map[string][]byte
	failures  map[string][]int // path: error codes to give, in order
	calls     map[string]int
	delivered []Delivered
	nextID    int64
}

// user is a person who follows or once did.
type user struct {
	follows bool
	left    int // custom messages left in the window
	until   time.Time
}

// Delivered is a message that reached a person.
type Delivered struct {
	To      string
	Type    string
	Content map[string]any // the object named like Type; of a reply, see Reply
}

// New makes a platform with one account.
func New(app App, now func() time.Time) *Platform {
	return &Platform{
		app: app, now: now, users: make(map[string]*user), media: make(map[string][]byte),
		failures: make(map[string][]int), calls: make(map[string]int), nextID: 24817263548193,
	}
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
	u := p.users[openID]
	if u == nil {
		u = new(user)
		p.users[openID] = u
	}
	u.follows = follows
	now := p.now()
	if until := now.Add(window); !follows || until.After(u.until) || u.left < messages && !now.Before(u.until) {
		u.until, u.left = until, messages
	}
}

// FailNext makes the next call of an API path end in an error code, once for
// each code given.
func (p *Platform) FailNext(path string, codes ...int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures[path] = append(p.failures[path], codes...)
}

// EndToken makes the current access token invalid, as when somebody else has
// it renewed by force.
func (p *Platform) EndToken() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.token, p.oldToken = "", ""
}

// Calls says how often an API path was called.
func (p *Platform) Calls(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls[path]
}

// Delivered lists the custom messages that reached people, oldest first.
func (p *Platform) Delivered() []Delivered {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.delivered)
}

// currentToken gives the token that stable_token answers with. In the last five
// minutes it is renewed and the old one stays valid for that time.
func (p *Platform) currentToken(force bool) (string, int) {
	now := p.now()
	if force {
		p.token, p.oldToken = "", ""
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
