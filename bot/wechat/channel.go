package wechat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"plaza/bot/usage"
)

// Options are what a Channel works with.
type Options struct {
	// PublicURL is put before addresses that start with "/", without a slash at
	// its end: "https://shop.example".
	PublicURL string
	// QRPicture gives the absolute address of a picture of a QR code that leads
	// to link. Without it, codes are shown as links.
	QRPicture func(link string) string
	// Images opens pictures for upload. Without it, pictures are sent as
	// articles that show them.
	Images Images
	// API is where WeChat's API is found; DefaultAPI if empty. Only an operator
	// may set it (PLAZA_WECHAT_API), never a member of an account.
	API string
	// Client makes the calls; nil for one with sensible limits.
	Client *http.Client
	// Tokens is shared by all nodes that send for an account; nil keeps tokens
	// in this process.
	Tokens TokenStore
	// Media is shared as well; nil keeps media ids in this process.
	Media MediaStore
	// Usage counts calls where every node finds them; nil counts nothing.
	Usage usage.Store
	// Jobs is shared as well; nil keeps them in this process.
	Jobs JobStore
	// Open is where web sign-in begins; DefaultOpen if empty. Only an operator
	// may set it.
	Open string
	// Scripts is the host of WeChat's script for pages; DefaultScripts if empty.
	// Only an operator may set it.
	Scripts string
	// Window is how far a push's timestamp may be from our clock, either way;
	// DefaultWindow if zero.
	Window time.Duration
	Now    func() time.Time
	Logger *slog.Logger
}

// Channel is WeChat as a messenger of Plaza. It fits bot's Channel interface.
// It is safe for concurrent use.
type Channel struct {
	accounts  accounts
	pictures  pictures
	tags      tagNames
	quotas    quotaMemory
	publicURL string
	qrPicture func(string) string
	images    Images
	api       *API
	jobs      JobStore
	web       string
	script    string
	window    time.Duration
	now       func() time.Time
}

// New makes the channel.
func New(o Options) *Channel {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Window == 0 {
		o.Window = DefaultWindow
	}
	if o.Jobs == nil {
		o.Jobs = new(memoryJobs)
	}
	if o.Open == "" {
		o.Open = DefaultOpen
	}
	if o.Scripts == "" {
		o.Scripts = DefaultScripts
	}
	return &Channel{
		script:    strings.TrimSuffix(o.Scripts, "/") + scriptPath,
		jobs:      o.Jobs,
		web:       strings.TrimSuffix(o.Open, "/"),
		pictures:  pictures{now: o.Now},
		publicURL: strings.TrimSuffix(o.PublicURL, "/"),
		qrPicture: o.QRPicture,
		images:    o.Images,
		api:       newAPI(o),
		window:    o.Window,
		now:       o.Now,
	}
}

// Name is the channel's name in addresses and keys.
func (c *Channel) Name() string { return ChannelName }

// FollowersOnly says that a message from an unknown person proves that they
// follow: WeChat opens a chat with an account by following it. This finds those
// who followed before the account was connected. Should WeChat ever deliver
// somebody else's message, the first send to them ends as Gone.
func (c *Channel) FollowersOnly() bool { return true }

// Check tries the connection: it fetches an access token. The error says in
// words what to change; nil means that WeChat took app id and secret.
func (c *Channel) Check(ctx context.Context, credentials []byte) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	if a.Secret == "" {
		return ErrSecret
	}
	// Not the stored token: it may come from an earlier secret.
	if _, err = c.api.tokens.shared(ctx, a.Credentials, ""); err == nil {
		return nil
	}
	if refused, ok := errors.AsType[*Error](err); ok {
		return refused.fault()
	}
	return ErrUnreachable.Because(err)
}
