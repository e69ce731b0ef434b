package webchat

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"plaza/bot"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// The faults of the web chat.
var (
	ErrVisitor   = fault.New(fault.Unauthenticated, "chat_visitor", "Please open the chat again.")
	ErrTooLong   = fault.New(fault.TooLarge, "chat_too_long", "A message can have {0} characters.", MaxText)
	ErrEmpty     = fault.New(fault.Invalid, "chat_empty", "Please write something first.")
	ErrNoFile    = fault.New(fault.NotFound, "chat_no_file", "This file is not there. Please send it again.")
	ErrClientKey = fault.New(fault.Invalid, "chat_key", "The message has no usable id.")
)

// Limits of what a page may send.
const (
	MaxText    = 2000 // characters
	maxPayload = 256
	maxKey     = 64
	maxScene   = 64
)

// Visitor is somebody with a chat page open: one browser, one account.
type Visitor struct {
	ID       string    `bson:"_id"` // account + ":" + User
	Account  string    `bson:"account"`
	User     string    `bson:"user"` // the channel's user id: a hash of the token
	Language string    `bson:"language"`
	SeenAt   time.Time `bson:"seen_at"` // to the day
	// ExpiresAt is when a token that was never used to follow or write is
	// forgotten; every visit postpones it.
	ExpiresAt time.Time `bson:"expires_at"`
}

// Person is the visitor as the bot knows them.
func (v Visitor) Person() message.Person {
	return message.Person{ID: message.SubscriberID(v.Account, Name, v.User),
		Account: v.Account, Channel: Name, User: v.User, Language: v.Language}
}

var visitors = store.Declare[Visitor](store.Schema{
	Name:      "webchat_visitors",
	ShardKey:  []string{"account", "_id"},
	ExpiresAt: "expires_at",
})

// keepVisitor is how long a token works after the last visit. The cookie that
// carries it should live as long.
const keepVisitor = 400 * 24 * time.Hour

// CookieLifetime is how long the cookie with the token should live.
const CookieLifetime = keepVisitor

// Schemas are the collections of this package.
func Schemas() []*store.Schema { return []*store.Schema{visitors.Schema(), menus.Schema()} }

// Attachments knows the files that visitors have sent.
type Attachments interface {
	// Attached finds a file that owner has sent. Errors: a fault of kind NotFound.
	Attached(ctx context.Context, account, owner, address string) (message.Kind, message.Media, error)
}

// Service is the web chat. Safe for use by many goroutines.
type Service struct {
	db          *store.DB
	bot         *bot.Bot
	attachments Attachments
	signals     Signals
	now         func() time.Time
}

// New makes the web chat of a bot that has Channel among its channels.
func New(db *store.DB, b *bot.Bot, attachments Attachments, signals Signals, now func() time.Time) *Service {
	return &Service{db: db, bot: b, attachments: attachments, signals: signals, now: now}
}

func (s *Service) time() time.Time { return s.now().UTC().Truncate(time.Millisecond) }

// Welcome makes a visitor of an account and the token that proves it. The token
// exists in the browser only; the store has its hash.
func (s *Service) Welcome(ctx context.Context, account, language string) (token string, visitor Visitor, err error) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails
	token = base64.RawURLEncoding.EncodeToString(secret)
	now := s.time()
	user := userOf(account, token)
	visitor = Visitor{ID: account + ":" + user, Account: account, User: user,
		Language: message.LanguageOf(language), SeenAt: now, ExpiresAt: now.Add(keepVisitor)}
	return token, visitor, visitors.In(s.db, account).Insert(ctx, visitor)
}

// Visitor finds who a token belongs to. Errors: ErrVisitor.
func (s *Service) Visitor(ctx context.Context, account, token string) (Visitor, error) {
	if len(token) != base64.RawURLEncoding.EncodedLen(32) {
		return Visitor{}, ErrVisitor
	}
	scope := visitors.In(s.db, account)
	id := account + ":" + userOf(account, token)
	found, err := scope.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Visitor{}, ErrVisitor
	}
	if err != nil {
		return Visitor{}, err
	}
	if now := s.time(); now.Sub(found.SeenAt) > 24*time.Hour {
		return scope.UpdateAndGet(ctx, id, store.Set("seen_at", now).Set("expires_at", now.Add(keepVisitor)))
	}
	return found, nil
}

// Look says whether a visitor's token still works, without counting as a visit.
// Errors: ErrVisitor.
func (s *Service) Look(ctx context.Context, visitor Visitor) error {
	_, err := visitors.In(s.db, visitor.Account).Get(ctx, visitor.ID)
	if errors.Is(err, store.ErrNotFound) {
		return ErrVisitor
	}
	return err
}

// SignOut ends a visitor's token: their browser is somebody new. What they wrote,
// bought and own stays with whoever they are linked to. Doing it again changes
// nothing.
func (s *Service) SignOut(ctx context.Context, account, user string) error {
	err := visitors.In(s.db, account).Delete(ctx, account+":"+user)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// userOf is the user id of a token: it tells nothing of the token, and nothing
// of the same browser's id in another account.
func userOf(account, token string) string {
	digest := sha256.Sum256([]byte("webchat\x00" + account + "\x00" + token))
	return base64.RawURLEncoding.EncodeToString(digest[:18])
}

// Said is what a page sends: text, the payload of a pressed button, or a file
// that the visitor has sent, by its address. Key is the page's own id of the
// message; sending the same again changes nothing.
type Said struct {
	Key        string `json:"key"`
	Text       string `json:"text,omitempty"`
	Payload    string `json:"payload,omitempty"`
	Attachment string `json:"attachment,omitempty"`
}

// Say hands a message to the bot and returns the answer, recorded.
func (s *Service) Say(ctx context.Context, visitor Visitor, said Said) (bot.Answer, error) {
	in, err := said.inbound()
	if err != nil {
		return bot.Answer{}, err
	}
	if said.Attachment != "" {
		kind, media, err := s.attachments.Attached(ctx, visitor.Account, visitor.Person().ID, said.Attachment)
		if err != nil {
			return bot.Answer{}, ErrNoFile.Because(err)
		}
		in.Kind, in.MediaID, in.MediaURL, in.FileName = kind, said.Attachment, media.URL, media.Name
		in.MediaType, in.MediaSize, in.MediaLength = media.Type, media.Size, media.Length
	}
	return s.hand(ctx, visitor, in)
}

// inbound checks what a page sent.
func (said Said) inbound() (message.Inbound, error) {
	text := strings.TrimSpace(said.Text)
	switch {
	case !plain(said.Key, maxKey):
		return message.Inbound{}, ErrClientKey.In("key")
	case !utf8.ValidString(said.Text) || strings.ContainsRune(said.Text, 0),
		!utf8.ValidString(said.Payload) || strings.ContainsRune(said.Payload, 0),
		text == "" && said.Payload == "" && said.Attachment == "":
		return message.Inbound{}, ErrEmpty.In("text")
	case utf8.RuneCountInString(text) > MaxText, len(said.Payload) > maxPayload:
		return message.Inbound{}, ErrTooLong.In("text")
	}
	in := message.Inbound{Kind: message.TextIn, Key: "say:" + said.Key, Text: text}
	if said.Payload != "" {
		in = message.Inbound{Kind: message.Press, Key: "say:" + said.Key, Payload: said.Payload, Text: text}
	}
	return in, nil
}

// plain says whether text is 1 to limit visible ASCII characters.
func plain(text string, limit int) bool {
	return text != "" && len(text) <= limit &&
		!strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Follow makes the visitor a follower, who may have come by the code scene.
// Following again changes nothing.
func (s *Service) Follow(ctx context.Context, visitor Visitor, scene string) (bot.Answer, error) {
	return s.turn(ctx, visitor, message.Follow, scene)
}

// Unfollow ends it.
func (s *Service) Unfollow(ctx context.Context, visitor Visitor) (bot.Answer, error) {
	return s.turn(ctx, visitor, message.Unfollow, "")
}

// turn follows or unfollows. The key counts the changes, so that a repeated
// click is the same event and following anew is another.
func (s *Service) turn(ctx context.Context, visitor Visitor, kind message.Kind, scene string) (bot.Answer, error) {
	if scene != "" && !plain(scene, maxScene) {
		scene = ""
	}
	known, err := s.bot.Subscribers().Get(ctx, visitor.Account, visitor.Person().ID)
	if err != nil && !errors.Is(err, bot.ErrNoSubscriber) {
		return bot.Answer{}, err
	}
	if known.Followed == (kind == message.Follow) {
		return bot.Answer{Repeated: true}, nil
	}
	key := string(kind) + ":" + strconv.FormatInt(known.Version, 10)
	return s.hand(ctx, visitor, message.Inbound{Kind: kind, Key: key, Scene: scene})
}

// Scan tells the bot that a follower came by a code again. The key is the
// page's.
func (s *Service) Scan(ctx context.Context, visitor Visitor, key, scene string) (bot.Answer, error) {
	if !plain(key, maxKey) || !plain(scene, maxScene) {
		return bot.Answer{}, ErrClientKey.In("key")
	}
	return s.hand(ctx, visitor, message.Inbound{Kind: message.Scan, Key: "scan:" + key, Scene: scene})
}

func (s *Service) hand(ctx context.Context, visitor Visitor, in message.Inbound) (bot.Answer, error) {
	in.Account, in.Channel, in.User = visitor.Account, Name, visitor.User
	in.At, in.Language = s.time(), visitor.Language
	return s.bot.Handle(ctx, in, nil)
}

// History reads the visitor's messages, the newest first.
func (s *Service) History(ctx context.Context, visitor Visitor, after store.Cursor, limit int) ([]bot.Message, store.Cursor, error) {
	found, next, err := s.bot.History(ctx, visitor.Account, visitor.Person().ID, after, limit)
	for i := range found {
		found[i].Member = "" // who answered by hand is the account's business
	}
	return found, next, err
}

// Profile changes the visitor's name and language; nil leaves as it is. Who has
// neither followed nor written yet keeps only the language.
func (s *Service) Profile(ctx context.Context, visitor Visitor, name, language *string) (Visitor, error) {
	if language != nil {
		var err error
		visitor, err = visitors.In(s.db, visitor.Account).UpdateAndGet(ctx, visitor.ID,
			store.Set("language", message.LanguageOf(*language)))
		if err != nil {
			return visitor, err
		}
	}
	_, err := s.bot.Subscribers().Change(ctx, visitor.Account, visitor.Person().ID, bot.Profile{Name: name, Language: language})
	if errors.Is(err, bot.ErrNoSubscriber) {
		return visitor, nil
	}
	return visitor, err
}
