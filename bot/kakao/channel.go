package kakao

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"plaza/egress"
)

// Name is the channel's name in addresses, keys and documents.
const Name = "kakao"

// DefaultAPI is the host of Kakao's bots.
const DefaultAPI = "https://bot-api.kakao.com"

// Texts speaks the languages of the people: what Kakao wants said where the
// account has nothing to say, and the labels of buttons that we add.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Options are what a Channel works with.
type Options struct {
	// PublicURL is put before addresses that start with "/", without a slash at
	// its end: "https://shop.example".
	PublicURL string
	// QRPicture gives the absolute address of a picture of a QR code that leads
	// to link. Without it, codes are shown as links.
	QRPicture func(link string) string
	Texts     Texts
	// API is the host of the Event API and of callbacks; DefaultAPI if empty.
	// Only an operator may set it (PLAZA_KAKAO_API), never a member of an account.
	API string
	// Client makes the calls; nil for one with sensible limits.
	Client *http.Client
	// Memory is shared by all nodes; nil keeps it in this process.
	Memory Memory
	// Notices reaches people by a notice template where nothing else does; may
	// be nil.
	Notices Notices
	Now     func() time.Time
	Logger  *slog.Logger
}

// Channel is KakaoTalk as a messenger of Plaza. It fits bot's Channel
// interface. It is safe for concurrent use.
type Channel struct {
	accounts  accounts
	publicURL string
	qrPicture func(string) string
	texts     Texts
	api       string
	apiHost   string // with its scheme, for callbacks that an operator's own host hands out
	client    *http.Client
	memory    Memory
	notices   Notices
	now       func() time.Time
	logger    *slog.Logger
}

// callTimeout is how long a call of Kakao's API may take.
const callTimeout = 10 * time.Second

// New makes the channel.
func New(o Options) *Channel {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.API == "" {
		o.API = DefaultAPI
	}
	if o.Memory == nil {
		o.Memory = &memory{now: o.Now}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Channel{
		publicURL: strings.TrimSuffix(o.PublicURL, "/"), qrPicture: o.QRPicture, texts: o.Texts,
		api: strings.TrimSuffix(o.API, "/"), client: egress.ForPlatform(o.Client, callTimeout), memory: o.Memory, notices: o.Notices,
		now: o.Now, logger: o.Logger,
	}
	if address, err := url.Parse(c.api); err == nil {
		c.apiHost = address.Scheme + "://" + address.Host
	}
	return c
}

// Name is the channel's name in addresses and keys.
func (c *Channel) Name() string { return Name }

// text speaks to a person. Without Texts, in tests, it is the key.
func (c *Channel) text(language, key string) string {
	if c.texts == nil {
		return key
	}
	return c.texts.Text(language, key)
}

// absolute makes an address whole that starts at our own root. What is not an
// address of the web becomes empty: Kakao refuses a whole answer for one.
func (c *Channel) absolute(address string) string {
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		address = c.publicURL + address
	}
	parsed, err := url.Parse(address)
	if err != nil || (parsed.Scheme != "http" && parsed.Scheme != "https") || parsed.Host == "" || len(address) > maxURL {
		return ""
	}
	return parsed.String()
}

// maxURL bounds addresses, in bytes: ten of them have to fit into an answer.
const maxURL = 1000
