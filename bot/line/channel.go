package line

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"plaza/bot/oidc"
	"plaza/bot/usage"
	"plaza/message"
)

// Name is the name of this channel in addresses, keys and documents.
const Name = "line"

// Options are what a Channel works with.
type Options struct {
	// PublicURL is put before addresses that start with "/", without a slash at
	// its end: "https://shop.example". LINE shows pictures only over https.
	PublicURL string
	// QRPicture gives the absolute address of a picture of a QR code that leads
	// to link. Without it, codes are shown as links.
	QRPicture func(link string) string
	// Text speaks the languages of the subscribers; nil leaves buttons of our own
	// with an arrow.
	Text func(language, key string, args ...any) string
	// API and Data are LINE's hosts; empty for the real ones, and Data for the
	// same host as an API that is not LINE's own. Only an operator may set them
	// (PLAZA_LINE_API), never a member of an account.
	API, Data string
	// Access is where LINE Login begins; empty for the real host. Only an
	// operator may set it.
	Access string
	// Client makes the calls; nil for one with sensible limits.
	Client *http.Client
	// Usage counts what was pushed where every node finds it; nil counts nothing.
	Usage usage.Store
	Now   func() time.Time
}

// Channel is LINE as a messenger of Plaza. It fits bot's Channel interface. It
// is safe for concurrent use.
type Channel struct {
	accounts  accounts
	reads     readTokens
	publicURL string
	qrPicture func(string) string
	speak     func(language, key string, args ...any) string
	api       *api
	login     *oidc.Provider
	quotas    quotas
	usage     *usage.Counter
	now       func() time.Time
}

// New makes the channel.
func New(o Options) *Channel {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Text == nil {
		o.Text = func(string, string, ...any) string { return "▸" }
	}
	calls := newAPI(o)
	return &Channel{
		login:     provider(o, calls),
		publicURL: strings.TrimSuffix(o.PublicURL, "/"),
		qrPicture: o.QRPicture,
		speak:     o.Text,
		api:       calls,
		usage:     usage.New(o.Usage, o.Now, tokyo, "2006-01"),
		now:       o.Now,
	}
}

// Name is the channel's name.
func (c *Channel) Name() string { return Name }

// Repeatable says that a push with the same key is taken once: LINE remembers
// its retry key for a day.
func (c *Channel) Repeatable() bool { return true }

// FollowersOnly says that a message from an unknown person proves that they
// follow, which finds those who did before the account was connected. LINE lets
// few others write; what is sent to them does not arrive, and nothing worse.
func (c *Channel) FollowersOnly() bool { return true }

// Pace is LINE's limit for push messages (platform document: "Rate limits").
func (c *Channel) Pace() message.Pace { return message.Pace{PerSecond: 2000, Burst: 200} }

// Check tries the connection: it asks LINE for the account that the token
// belongs to, and has LINE call the webhook as far as one is entered there. The
// error says in words what to change.
func (c *Channel) Check(ctx context.Context, credentials []byte) error {
	a, err := c.accounts.decode(credentials)
	if err != nil {
		return err
	}
	client, err := c.api.messaging(ctx, a)
	if err != nil {
		return asFault(a, err)
	}
	response, info, err := client.GetBotInfoWithHttpInfo()
	if err := outcome("/v2/bot/info", response, err); err != nil {
		return asFault(a, err)
	}
	if info == nil || info.UserId == "" {
		return ErrUnreachable
	}
	return c.testWebhook(ctx, a)
}

// testWebhook has LINE call the webhook that is entered in its settings. That
// none is entered yet is no error: it is the next step of connecting.
func (c *Channel) testWebhook(ctx context.Context, a Credentials) error {
	client, err := c.api.messaging(ctx, a)
	if err != nil {
		return asFault(a, err)
	}
	response, endpoint, err := client.GetWebhookEndpointWithHttpInfo()
	err = outcome("/v2/bot/channel/webhook/endpoint", response, err)
	refused, ok := errors.AsType[*Error](err)
	if ok && refused.Status == http.StatusNotFound || err == nil && (endpoint == nil || endpoint.Endpoint == "") {
		return nil
	}
	if err != nil {
		return asFault(a, err)
	}
	response, result, err := client.TestWebhookEndpointWithHttpInfo(nil)
	if err := outcome("/v2/bot/channel/webhook/test", response, err); err != nil {
		return asFault(a, err)
	}
	if result == nil || result.Success {
		return nil
	}
	told := *ErrWebhook
	told.Args = []any{message.Shorten(result.Reason+" "+result.Detail, 120, message.Characters)}
	return &told
}
