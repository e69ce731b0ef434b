package developer

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"time"

	"plaza/bot/webchat"
	"plaza/bot/wechat"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Push is one message or event on its way to a developer's callback, and
// afterwards the record of it. It is written down under its own key before it
// is made, so that a crash loses none, and everything that its receiver can
// tell pushes apart by is the same on every attempt.
type Push struct {
	ID         string    `bson:"_id"` // account + ":" + key
	Account    string    `bson:"account"`
	Subscriber string    `bson:"subscriber,omitempty"` // whom a reply goes to; empty: nobody
	User       string    `bson:"user"`                 // FromUserName
	Kind       string    `bson:"kind"`                 // MsgType or, for an event, "event/" and its name
	MessageID  int64     `bson:"message_id,omitempty"`
	At         time.Time `bson:"at"`
	// Sealed is the content of the push, Answer what the callback answered last.
	Sealed []byte `bson:"sealed"`
	Answer []byte `bson:"answer,omitempty"`

	State    PushState     `bson:"state"`
	Outcome  Outcome       `bson:"outcome,omitempty"`
	Attempts int           `bson:"attempts"`
	Status   int           `bson:"status,omitempty"` // of HTTP, of the last attempt
	Took     time.Duration `bson:"took,omitempty"`   // by the last attempt
	Address  string        `bson:"address,omitempty"`

	// DueAt is when a worker should make the next attempt; absent when there is
	// nothing left to do. Fence rises with every taking.
	DueAt     *time.Time `bson:"due_at,omitempty"`
	Fence     int64      `bson:"fence"`
	ExpiresAt time.Time  `bson:"expires_at"`
}

// PushState says how far a push has come.
type PushState string

// The states.
const (
	Waiting   PushState = "waiting" // for its first or next attempt
	Delivered PushState = "delivered"
	Failed    PushState = "failed"
)

// Outcome is how an attempt ended.
type Outcome string

// The outcomes. With the first three the push is delivered; Malformed,
// Unsigned and Clear are not tried again, because the callback has it.
const (
	Replied     Outcome = "replied"
	Silent      Outcome = "silent"     // nothing, or "success"
	Superseded  Outcome = "superseded" // replied, but a member has the conversation
	TimedOut    Outcome = "timeout"
	Unreachable Outcome = "unreachable"
	Private     Outcome = "private" // its address leads into a private network
	Redirected  Outcome = "redirect"
	BadStatus   Outcome = "status" // not 200
	TooLarge    Outcome = "too_large"
	Malformed   Outcome = "malformed" // not a reply that WeChat would take
	Unsigned    Outcome = "unsigned"  // its signature or encryption is wrong
	Clear       Outcome = "clear"     // not encrypted, in safe mode
	NotSet      Outcome = "not_set"   // the callback was taken away
)

var pushes = store.Declare[Push](store.Schema{
	Name: "developer_pushes", KeyedByAccount: true,
	Indexes: []store.Index{
		{Fields: []string{"-at"}},
		{Fields: []string{"due_at"}, Across: true, Sparse: true},
	},
	ShardKey: []string{"account", "_id"}, ExpiresAt: "expires_at",
})

// keepPush is how long a push can be looked at and made again.
const keepPush = 30 * 24 * time.Hour

const (
	sealedPush   = "developer push"
	sealedAnswer = "developer push answer"
)

// content is what of a push is nobody's business.
type content struct {
	Document wechat.Document  `json:"document"`
	Inbound  *message.Inbound `json:"inbound,omitempty"` // what it was made of
}

// ErrNoPush is a push that is no longer kept.
var ErrNoPush = fault.New(fault.NotFound, "developer_no_push", "This push is no longer kept.")

// Wants says whether an account's program gets such a message: any of the web
// chat's. It fits bot.Developer.
func (s *Service) Wants(ctx context.Context, in message.Inbound) (bool, error) {
	if in.Channel != webchat.Name {
		return false, nil
	}
	return s.pushed(ctx, in.Account)
}

// Pass makes a push of a message. It fits bot.Developer: nobody waits for the
// callback here, since the program may well call us about the same person before
// it answers.
func (s *Service) Pass(ctx context.Context, person message.Person, in message.Inbound) ([]store.Operation, error) {
	opening := s.opening(person, in.Kind)
	if kind, ok := webchat.MenuKind(in); ok && kind == mediaButton {
		return opening, s.sendButton(ctx, person, in)
	}
	app, err := s.Find(ctx, in.Account)
	if err != nil {
		return nil, err
	}
	id := messageID(in)
	kind, document, err := s.document(ctx, app, in, id)
	if err != nil || kind == "" {
		return opening, err
	}
	push := Push{ID: in.Account + ":" + in.User + ":" + in.Key, User: in.User, Kind: kind}
	switch in.Kind {
	case message.Unfollow, message.View, message.Position: // nobody waits for a reply
	default:
		push.Subscriber = person.ID
	}
	if document.named("MsgId") {
		push.MessageID = id
	}
	written, err := s.write(ctx, app, push, content{document.Document, &in})
	return append(opening, written), err
}

// write makes the operation that writes a push down.
func (s *Service) write(ctx context.Context, app App, push Push, what content) (store.Operation, error) {
	plain, err := json.Marshal(what)
	if err != nil {
		return store.Operation{}, err
	}
	now := s.now()
	push.Account, push.State, push.At, push.DueAt, push.ExpiresAt = app.Account, Waiting, now, &now, now.Add(keepPush)
	push.Sealed, err = s.Sealer.Seal(ctx, sealedPush, push.ID, plain)
	return pushes.In(s.DB, app.Account).Inserting(push), err
}

// Wake lets a worker of this node look at once.
func (s *Service) Wake() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// tell pushes an event that is not about something a person did: the end of a
// job. The same key again pushes nothing again.
func (s *Service) tell(ctx context.Context, account, key, user, event string, fill func(*wechat.Document)) error {
	app, err := s.Find(ctx, account)
	if err != nil || !app.pushed() {
		return err
	}
	var document wechat.Document
	document.Text("ToUserName", app.OriginalID)
	document.Text("FromUserName", user)
	document.Number("CreateTime", s.now().Unix())
	document.Text("MsgType", "event")
	document.Text("Event", event)
	fill(&document)
	push := Push{ID: account + ":" + key, User: user, Kind: "event/" + event}
	written, err := s.write(ctx, app, push, content{Document: document})
	if err != nil {
		return err
	}
	if results, err := s.DB.Apply(ctx, written); err != nil && !(len(results) == 1 && errors.Is(results[0].Err, store.ErrDuplicate)) {
		return err
	}
	s.Wake()
	return nil
}

// messageID makes the number of a message out of its key: the same on every
// repetition.
func messageID(in message.Inbound) int64 {
	digest := sha256.Sum256([]byte(in.Account + "\x00" + in.User + "\x00" + in.Key))
	return int64(binary.BigEndian.Uint64(digest[:8]) & math.MaxInt64)
}

// newNumber makes a number for a job, such as a mass send. It stays below 2^53,
// because programs in JavaScript read it as a float.
func newNumber() string { return strconv.FormatInt(newID(), 10) }

func newID() int64 { return int64(binary.BigEndian.Uint64(random(8))>>11) | 1<<50 }

// Pushes reads what was pushed for an account, the newest first.
func (s *Service) Pushes(ctx context.Context, account string, after store.Cursor, limit int) ([]Push, store.Cursor, error) {
	return pushes.In(s.DB, account).Find(ctx, store.Query{}.By("-at").Top(limit).From(after))
}

// Shown is a push with all it holds.
type Shown struct {
	Push
	Request string // the clear XML
	Reply   string // what the callback answered last; decrypted if it was encrypted
}

// Push opens one push. Errors: ErrNoPush.
func (s *Service) Push(ctx context.Context, account, id string) (Shown, error) {
	found, err := pushes.In(s.DB, account).Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return Shown{}, ErrNoPush.Because(err)
	}
	if err != nil {
		return Shown{}, err
	}
	shown := Shown{Push: found}
	what, err := s.openPush(ctx, found)
	if err != nil {
		return shown, err
	}
	shown.Request = string(what.Document.XML())
	if found.Answer != nil {
		reply, err := s.Sealer.Open(ctx, sealedAnswer, id, found.Answer)
		if err != nil {
			return shown, err
		}
		shown.Reply = string(reply)
	}
	return shown, nil
}

func (s *Service) openPush(ctx context.Context, push Push) (content, error) {
	var what content
	plain, err := s.Sealer.Open(ctx, sealedPush, push.ID, push.Sealed)
	if err != nil {
		return what, err
	}
	return what, json.Unmarshal(plain, &what)
}

// Again makes a push once more, because a member asks for it. The person gets
// no second answer where they had one. Errors: ErrNoPush.
func (s *Service) Again(ctx context.Context, account, id string) error {
	err := pushes.In(s.DB, account).Update(ctx, id,
		store.Set("state", Waiting).Set("attempts", 0).Set("due_at", s.now()), store.Exists("due_at", false))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil // it is on its way already
	}
	if errors.Is(err, store.ErrNotFound) {
		return ErrNoPush.Because(err)
	}
	s.Wake()
	return err
}
