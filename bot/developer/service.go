package developer

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"plaza/bot"
	"plaza/bot/webchat"
	"plaza/egress"
	"plaza/message"
	"plaza/store"
)

// Attachments are the files that people send in the web chat.
type Attachments interface {
	// Received opens a file that was sent to an account. Errors: a fault of kind
	// NotFound.
	Received(ctx context.Context, account, address string) (kind message.Kind, file message.Media, content []byte, err error)
}

// Dependencies are what a Service works with. All are needed.
type Dependencies struct {
	DB       *store.DB
	Bot      *bot.Bot
	Chat     *webchat.Service
	Sealer   bot.Sealer
	Texts    bot.Texts
	Accounts bot.Accounts
	// Attachments are opened for programs by the id that a push gave them.
	Attachments Attachments
	// PublicURL is where people reach the server, without a slash at its end.
	PublicURL string
	// Private lets callbacks lie in private networks: for development only.
	Private bool
	Now     func() time.Time
	Logger  *slog.Logger
}

// Service is the developers' side of all accounts. It is safe for concurrent
// use, on any number of nodes.
type Service struct {
	Dependencies
	caller  *egress.Client
	known   knownApps
	wake    chan struct{}
	slots   chan struct{}  // callbacks being called
	calling sync.WaitGroup // and what follows from them
	busy    egress.Shares  // of the accounts
}

// CallbackLimit is how long a callback may take to answer (platform document:
// "Passive replies").
const CallbackLimit = 5 * time.Second

const (
	// maxAnswer is the largest reply that is read, in bytes.
	maxAnswer = 256 << 10
	// maxCalls is how many callbacks this node calls at a time, and
	// maxAccountCalls those of one account: a program that takes its time must
	// not keep other accounts' people waiting.
	maxCalls        = 64
	maxAccountCalls = 16
)

// New makes the service. It has to be made the bot's Developer as well.
func New(d Dependencies) *Service {
	return &Service{
		Dependencies: d,
		caller:       egress.New(egress.Options{Private: d.Private, Timeout: CallbackLimit, MaxAnswer: maxAnswer}),
		wake:         make(chan struct{}, 1),
		slots:        make(chan struct{}, maxCalls),
		busy:         egress.Shares{Each: maxAccountCalls},
	}
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{
		apps.Schema(), tokens.Schema(), quotas.Schema(), windows.Schema(), pushes.Schema(),
		scenes.Schema(), tagLists.Schema(), templates.Schema(), masses.Schema(),
		media.Schema(), mediaParts.Schema(), grants.Schema(), signIns.Schema(), sends.Schema(), speakers.Schema(),
		news.Schema(),
	}
}

// now is the time as the store keeps it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// day names the day that daily quotas count for: WeChat's, in China.
func day(at time.Time) string { return at.In(china).Format(time.DateOnly) }

var china = time.FixedZone("CST", 8*3600)

// detached ends with limit, not with the caller: what has begun is written down.
func detached(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}
