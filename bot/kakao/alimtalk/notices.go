package alimtalk

import (
	"context"
	"errors"
	"log/slog"
	"time"

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
	// Access is an account's access to its dealer, for what is done in the
	// background.
	Access func(ctx context.Context, account string) (Access, error)
	Now    func() time.Time
	Logger *slog.Logger
}

// Service sends notices. Safe for use by many goroutines and nodes.
type Service struct{ Dependencies }

// New makes a Service.
func New(dependencies Dependencies) *Service { return &Service{dependencies} }

// Schemas are the collections of this package.
func Schemas() []*store.Schema {
	return []*store.Schema{templates.Schema(), notices.Schema(), phones.Schema()}
}

func (s *Service) now() time.Time { return s.Now().UTC().Truncate(time.Millisecond) }

// phone is a person's number, kept with their consent to notices.
type phone struct {
	ID      string    `bson:"_id"` // the subscriber's
	Account string    `bson:"account"`
	Sealed  []byte    `bson:"sealed"`
	At      time.Time `bson:"at"` // of the consent
}

var phones = store.Declare[phone](store.Schema{Name: "alimtalk_phones", KeyedByAccount: true, ShardKey: []string{"account", "_id"}})

const phoneFamily = "phone numbers"

// SetPhone keeps the number of a person who consents to notices there.
// Errors: ErrPhone.
func (s *Service) SetPhone(ctx context.Context, account, subscriber, typed string) error {
	number, err := Phone(typed)
	if err != nil {
		return err
	}
	sealed, err := s.Sealer.Seal(ctx, phoneFamily, subscriber, []byte(number))
	if err != nil {
		return err
	}
	_, err = phones.In(s.DB, account).Upsert(ctx, subscriber, store.Set("sealed", sealed).Set("at", s.now()))
	return err
}

// RemovePhone forgets it, as when the consent is withdrawn.
func (s *Service) RemovePhone(ctx context.Context, account, subscriber string) error {
	err := phones.In(s.DB, account).Delete(ctx, subscriber)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// PhoneOf is a person's number; empty if none is kept.
func (s *Service) PhoneOf(ctx context.Context, account, subscriber string) (string, error) {
	found, err := phones.In(s.DB, account).Get(ctx, subscriber)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	plain, err := s.Sealer.Open(ctx, phoneFamily, subscriber, found.Sealed)
	return string(plain), err
}

// Sync reads the dealer's templates and keeps them. One that is gone there is
// removed here.
func (s *Service) Sync(ctx context.Context, account string, access Access) ([]Template, error) {
	found, err := s.Dealer.Templates(ctx, access)
	if err != nil {
		return nil, err
	}
	scope, kept := templates.In(s.DB, account), map[string]bool{}
	for i := range found {
		t := &found[i]
		t.ID, t.Account, t.At = account+":"+t.Code, account, s.now()
		kept[t.ID] = true
		if _, err := scope.Upsert(ctx, t.ID, store.Set("code", t.Code).Set("name", t.Name).Set("content", t.Content).
			Set("title", t.Title).Set("links", t.Links).Set("state", t.State).Set("comment", t.Comment).Set("at", t.At)); err != nil {
			return nil, err
		}
	}
	known, err := s.Templates(ctx, account)
	if err != nil {
		return nil, err
	}
	for _, t := range known {
		if !kept[t.ID] {
			if err := scope.Delete(ctx, t.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
				return nil, err
			}
		}
	}
	return found, nil
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
