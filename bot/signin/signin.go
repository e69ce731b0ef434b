// Package signin lets a page know which subscriber has it open, by the sign-in
// of a messenger's platform.
//
// A sign-in belongs to the browser that began it: what comes back is believed
// only there, once, within a quarter of an hour. So neither a link that somebody
// passes on nor an answer that somebody else was given signs a browser in as a
// person who is not sitting at it.
package signin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/url"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// ErrSignedOut: nobody is signed in by this token.
var ErrSignedOut = fault.New(fault.Unauthenticated, "page_signed_out", "Please sign in with your messenger again.")

const (
	// BeginningLife is how long a person may take to come back.
	BeginningLife = 15 * time.Minute
	// SessionLife is how long a browser stays signed in after its last visit.
	SessionLife = 30 * 24 * time.Hour
	secretBytes = 32
)

// Pages knows the messengers: bot.Pages.
type Pages interface {
	SignInURL(ctx context.Context, account, channel string, ask message.SignIn) (string, error)
	SignIn(ctx context.Context, account, channel string, ask message.SignIn, back url.Values) (message.Person, error)
	Vouch(ctx context.Context, account, channel, statement string) (message.Person, message.SignedIn, error)
}

// Dependencies are what a Service works with; all are needed.
type Dependencies struct {
	DB    *store.DB
	Pages Pages
	// PublicURL is how people reach the server, without a slash at its end.
	PublicURL string
	Now       func() time.Time
}

// Service signs people in on pages. It is safe for concurrent use.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// beginning is a sign-in under way. Its state and its browser's secret are kept
// as hashes; what the platform is to prove follows from them and is not kept.
type beginning struct {
	ID      string `bson:"_id"` // account + ":" + hash of the state
	Account string `bson:"account"`
	Channel string `bson:"channel"`
	Browser string `bson:"browser"` // hash
	Next    string `bson:"next"`
	// For is the subscriber whom the person says they are, too.
	For       string    `bson:"for,omitempty"`
	Named     bool      `bson:"named,omitempty"`
	Unseen    bool      `bson:"unseen,omitempty"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// session is a browser that is signed in.
type session struct {
	ID         string    `bson:"_id"` // account + ":" + hash of the token
	Account    string    `bson:"account"`
	Subscriber string    `bson:"subscriber"`
	Name       string    `bson:"name,omitempty"`
	Device     string    `bson:"device,omitempty"` // the mark of the browser
	ExpiresAt  time.Time `bson:"expires_at"`
}

var (
	beginnings = store.Declare[beginning](store.Schema{Name: "page_sign_ins", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at"})
	sessions   = store.Declare[session](store.Schema{Name: "page_sessions", KeyedByAccount: true, ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
		Indexes: []store.Index{{Fields: []string{"subscriber"}}}})
)

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{beginnings.Schema(), sessions.Schema()} }

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// NewSecret makes a secret for a browser to keep.
func NewSecret() string {
	secret := make([]byte, secretBytes)
	_, _ = rand.Read(secret) // never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}

// IsSecret says whether a text may be one.
func IsSecret(text string) bool { return len(text) == base64.RawURLEncoding.EncodedLen(secretBytes) }

// derive makes of secrets what somebody may see, each purpose something else.
func derive(purpose string, secrets ...string) string {
	sum := sha256.New()
	sum.Write([]byte("plaza sign-in\x00" + purpose))
	for _, secret := range secrets {
		sum.Write([]byte("\x00" + secret))
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// Wish is a sign-in that a page asks for.
type Wish struct {
	Account, Channel string
	Browser          string // the secret of the browser
	Next             string // a path of this server, where the person goes on
	Language         string
	Named            bool   // a name is wanted
	Unseen           bool   // nobody has asked for it
	For              string // the subscriber whom the person says they are, too
}

// Callback is where a platform sends people back to: the same for all of an
// account on a channel.
func (s *Service) Callback(account, channel string) string {
	return s.PublicURL + "/sign-in/" + url.PathEscape(channel) + "/" + url.PathEscape(account)
}

func (s *Service) ask(b beginning, state, browser, language string) message.SignIn {
	return message.SignIn{Return: s.Callback(b.Account, b.Channel), State: state, Named: b.Named, Language: language,
		Nonce: derive("nonce", state, browser), Verifier: derive("verifier", state, browser)}
}

// Begin gives the address that signs the person in. Errors: message.ErrSignInOff.
func (s *Service) Begin(ctx context.Context, wish Wish) (address string, err error) {
	random := make([]byte, 20)
	_, _ = rand.Read(random)
	state := hex.EncodeToString(random)
	begun := beginning{ID: wish.Account + ":" + derive("state", state), Account: wish.Account, Channel: wish.Channel,
		Browser: derive("browser", wish.Browser), Next: wish.Next, For: wish.For, Named: wish.Named, Unseen: wish.Unseen,
		ExpiresAt: s.now().Add(BeginningLife)}
	address, err = s.Pages.SignInURL(ctx, wish.Account, wish.Channel, s.ask(begun, state, wish.Browser, wish.Language))
	if err != nil {
		return "", err
	}
	return address, beginnings.In(s.DB, wish.Account).Insert(ctx, begun)
}

// Finished is a sign-in that came back. It is valid beside an error, too, as far
// as it is known what was begun.
type Finished struct {
	Person message.Person
	Next   string
	Unseen bool
	For    string
}

// Finish takes what a browser came back with. Errors: those of package message
// about signing in.
func (s *Service) Finish(ctx context.Context, account, channel, browser string, back url.Values) (Finished, error) {
	state := back.Get("state")
	scope, id := beginnings.In(s.DB, account), account+":"+derive("state", state)
	begun, err := scope.Get(ctx, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Finished{}, message.ErrSignIn
	case err != nil:
		return Finished{}, err
	case begun.Channel != channel, !s.now().Before(begun.ExpiresAt),
		subtle.ConstantTimeCompare([]byte(begun.Browser), []byte(derive("browser", browser))) != 1:
		return Finished{}, message.ErrSignIn
	}
	// Only one of several tries gets past here: the code is redeemed once.
	if err := scope.Delete(ctx, id); errors.Is(err, store.ErrNotFound) {
		return Finished{}, message.ErrSignIn
	} else if err != nil {
		return Finished{}, err
	}
	done := Finished{Next: begun.Next, Unseen: begun.Unseen, For: begun.For}
	done.Person, err = s.Pages.SignIn(ctx, account, channel, s.ask(begun, state, browser, ""), back)
	return done, err
}

// Vouch believes the statement that a messenger gave to a page, once.
func (s *Service) Vouch(ctx context.Context, account, channel, statement string) (message.Person, error) {
	person, found, err := s.Pages.Vouch(ctx, account, channel, statement)
	if err != nil {
		return message.Person{}, err
	}
	err = beginnings.In(s.DB, account).Insert(ctx, beginning{ID: account + ":" + derive("statement", channel, found.Once),
		Account: account, Channel: channel, ExpiresAt: found.Until.UTC()})
	if errors.Is(err, store.ErrDuplicate) {
		return message.Person{}, message.ErrSignIn
	}
	return person, err
}

// Open signs a person in on a browser, by its mark, and gives the token that
// proves it.
func (s *Service) Open(ctx context.Context, person message.Person, device string) (token string, err error) {
	token = NewSecret()
	return token, sessions.In(s.DB, person.Account).Insert(ctx, session{ID: person.Account + ":" + derive("session", token),
		Account: person.Account, Subscriber: person.ID, Name: person.Name, Device: device, ExpiresAt: s.now().Add(SessionLife)})
}

// Look says whether a token still signs somebody in, without counting as a visit.
// Errors: ErrSignedOut.
func (s *Service) Look(ctx context.Context, account, token string) error {
	if !IsSecret(token) {
		return ErrSignedOut
	}
	found, err := sessions.In(s.DB, account).Get(ctx, account+":"+derive("session", token))
	if errors.Is(err, store.ErrNotFound) || err == nil && !s.now().Before(found.ExpiresAt) {
		return ErrSignedOut
	}
	return err
}

// Mark notes in which browser a sign-in is that began when none was noted yet.
// Nobody being signed in is no error.
func (s *Service) Mark(ctx context.Context, account, token, device string) error {
	if !IsSecret(token) {
		return nil
	}
	scope, id := sessions.In(s.DB, account), account+":"+derive("session", token)
	found, err := scope.Get(ctx, id)
	if err == nil && found.Device == "" {
		err = scope.Update(ctx, id, store.Set("device", device), store.Exists("device", false))
	}
	if errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	return err
}

// CloseDevice signs a subscriber out of a browser, by its mark; an empty one
// stands for all browsers in which none was noted. Nobody being signed in is no
// error.
func (s *Service) CloseDevice(ctx context.Context, account, subscriber, device string) error {
	for open, err := range sessions.In(s.DB, account).Each(ctx, store.Where(store.Eq("subscriber", subscriber))) {
		if err != nil {
			return err
		}
		if open.Device != device {
			continue
		}
		if err := sessions.In(s.DB, account).Delete(ctx, open.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// Find is who is signed in by a token. Errors: ErrSignedOut.
func (s *Service) Find(ctx context.Context, account, token string) (message.Person, error) {
	if !IsSecret(token) {
		return message.Person{}, ErrSignedOut
	}
	scope, id := sessions.In(s.DB, account), account+":"+derive("session", token)
	found, err := scope.Get(ctx, id)
	now := s.now()
	if errors.Is(err, store.ErrNotFound) || err == nil && !now.Before(found.ExpiresAt) {
		return message.Person{}, ErrSignedOut
	}
	if err != nil {
		return message.Person{}, err
	}
	_, channel, user, ok := message.SplitSubscriberID(found.Subscriber)
	if !ok {
		return message.Person{}, ErrSignedOut
	}
	if found.ExpiresAt.Sub(now) < SessionLife-24*time.Hour {
		err = scope.Update(ctx, id, store.Set("expires_at", now.Add(SessionLife)))
	}
	return message.Person{ID: found.Subscriber, Account: account, Channel: channel, User: user, Name: found.Name}, err
}

// Close signs a browser out. Nobody being signed in is no error.
func (s *Service) Close(ctx context.Context, account, token string) error {
	err := sessions.In(s.DB, account).Delete(ctx, account+":"+derive("session", token))
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// Ask is what only the pages of a browser with this secret know.
func Ask(secret string) string { return derive("ask", secret) }
