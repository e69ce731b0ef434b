package notify

import (
	"crypto/x509"
	"log/slog"
	"sync"
	"time"

	"plaza/bot"
	"plaza/bot/webchat/webpush"
	"plaza/egress"
	"plaza/store"
)

// Dependencies are what a Service works with. All are needed but those with a
// zero value that is explained.
type Dependencies struct {
	DB       *store.DB
	Bot      *bot.Bot
	Sealer   bot.Sealer
	Texts    bot.Texts
	Accounts bot.Accounts
	// Contact is where those who run a push service reach the operator: mailto:
	// or https:. Empty: nowhere, which some of them refuse.
	Contact string
	// Private lets push services lie in private networks: for development only.
	Private bool
	// Roots are whom TLS trusts; nil: whom this machine does.
	Roots  *x509.CertPool
	Now    func() time.Time
	Logger *slog.Logger
}

// Service notifies the people of all accounts. It is safe for concurrent use, on
// any number of nodes.
type Service struct {
	Dependencies
	caller  *egress.Client
	metrics *metrics
	slots   chan struct{}  // push services being called
	calling sync.WaitGroup // and what follows from them
	busy    egress.Shares  // of the accounts

	mu     sync.Mutex
	sender *webpush.Sender // nil until it is needed
	public string
}

const (
	// callLimit is how long a push service may take to answer.
	callLimit = 10 * time.Second
	// maxAnswer is how much of its answer is read, in bytes.
	maxAnswer = 4 << 10
	// maxCalls is how many push services this node calls at a time, and
	// maxAccountCalls how many for one account.
	maxCalls        = 64
	maxAccountCalls = 16
)

// New makes the service. It has to be made the bot's Notifier as well.
func New(d Dependencies) *Service {
	return &Service{
		Dependencies: d,
		caller:       egress.New(egress.Options{Private: d.Private, Timeout: callLimit, MaxAnswer: maxAnswer, Roots: d.Roots}),
		metrics:      newMetrics(),
		slots:        make(chan struct{}, maxCalls),
		busy:         egress.Shares{Each: maxAccountCalls},
	}
}

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{keys.Schema(), people.Schema(), browsers.Schema(), tallies.Schema()}
}

// now is the time as the store keeps it.
func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

var _ bot.Notifier = (*Service)(nil)
