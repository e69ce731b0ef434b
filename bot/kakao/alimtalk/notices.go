package alimtalk

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"plaza/message"
	"plaza/store"
)

// Sealer encrypts phone numbers at rest.
type Sealer interface {
	Seal(ctx context.Context, family, id string, plain []byte) ([]byte, error)
	Open(ctx context.Context, family, id string, sealed []byte) ([]byte, error)
}

// Dependencies are what a Service works with.
type Dependencies struct {
	DB     *store.DB
	Sealer Sealer
	Dealer Dealer
	// Access is an account's access to its dealer. Errors: ErrNoDealer.
	Access      func(ctx context.Context, account string) (Access, error)
	Subscribers Subscribers
	Texts       Texts
	// AccountName is what people know the account by.
	AccountName func(ctx context.Context, account, language string) (string, error)
	// Changed hears that an account's notices or templates have changed, to show it.
	// May be nil.
	Changed func(ctx context.Context, account string)
	// Ended hears how a notice ended that was sent for something (Dispatch.For),
	// perhaps more than once. May be nil.
	Ended  func(ctx context.Context, n Notice) error
	Now    func() time.Time
	Logger *slog.Logger
}

// Subscribers says whether somebody is a subscriber, and who.
type Subscribers interface {
	// Person finds one. Errors: a fault of kind NotFound.
	Person(ctx context.Context, account, id string) (message.Person, error)
}

// Texts speaks the languages of the subscribers.
type Texts interface {
	Text(language, key string, args ...any) string
}

// Service sends notices. Safe for use by many goroutines and nodes.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{templates.Schema(), notices.Schema(), contacts.Schema(), hashKeys.Schema(), plans.Schema(), months.Schema(), askings.Schema()}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// Sync reads the dealer's templates and keeps them. One that is gone there is
// removed here.
func (s *Service) Sync(ctx context.Context, account string) ([]Template, error) {
	access, err := s.Access(ctx, account)
	if err != nil {
		return nil, err
	}
	found, err := s.Dealer.Templates(ctx, access)
	if err != nil {
		return nil, err
	}
	return found, s.Keep(ctx, account, found)
}

// Keep makes an account's templates these.
func (s *Service) Keep(ctx context.Context, account string, found []Template) error {
	scope, kept := templates.In(s.DB, account), map[string]bool{}
	for i := range found {
		t := &found[i]
		t.ID, t.Account, t.At = account+":"+t.Code, account, s.now()
		kept[t.ID] = true
		if _, err := scope.Upsert(ctx, t.ID, store.Set("code", t.Code).Set("name", t.Name).Set("content", t.Content).
			Set("title", t.Title).Set("links", t.Links).Set("buttons", t.Buttons).Set("state", t.State).Set("comment", t.Comment).Set("at", t.At)); err != nil {
			return err
		}
	}
	known, err := s.Templates(ctx, account)
	if err != nil {
		return err
	}
	for _, t := range known {
		if !kept[t.ID] {
			if err := scope.Delete(ctx, t.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
	}
	s.changed(ctx, account)
	return nil
}

func (s *Service) changed(ctx context.Context, account string) {
	if s.Changed != nil {
		s.Changed(ctx, account)
	}
}

// Templates are those that were last read.
func (s *Service) Templates(ctx context.Context, account string) ([]Template, error) {
	found, _, err := templates.In(s.DB, account).Find(ctx, store.Query{}.By("_id").Top(500))
	return found, err
}

// Template finds one. Errors: ErrNoTemplate.
func (s *Service) Template(ctx context.Context, account, code string) (Template, error) {
	found, err := templates.In(s.DB, account).Get(ctx, account+":"+code)
	if errors.Is(err, store.ErrNotFound) {
		return found, ErrNoTemplate
	}
	return found, err
}
