package notify

import (
	"context"
	"errors"

	"plaza/bot/webchat/webpush"
	"plaza/store"
)

// senderKey is what this installation proves itself by to push services. There
// is one for all accounts: it says who runs the server and answers for what it
// sends, which is the operator; and it must outlive everything else here, because
// every subscription is bound to it.
type senderKey struct {
	ID     string `bson:"_id"`
	Sealed []byte `bson:"sealed"`
}

var keys = store.Declare[senderKey](store.Schema{Name: "notify_keys", Global: true})

const (
	theKey    = "vapid"
	keyFamily = "notify key"
)

// PublicKey is what browsers bind their subscriptions to.
func (s *Service) PublicKey(ctx context.Context) (string, error) {
	_, public, err := s.senderOf(ctx)
	return public, err
}

// senderOf gives the sender. The first node that needs it makes the key.
func (s *Service) senderOf(ctx context.Context) (*webpush.Sender, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sender != nil {
		return s.sender, s.public, nil
	}
	kept, err := keys.Across(s.DB).Get(ctx, theKey)
	if errors.Is(err, store.ErrNotFound) {
		kept, err = s.makeKey(ctx)
	}
	if err != nil {
		return nil, "", err
	}
	secret, err := s.Sealer.Open(ctx, keyFamily, theKey, kept.Sealed)
	if err != nil {
		return nil, "", err
	}
	key, err := webpush.ReadKey(secret)
	if err != nil {
		return nil, "", err
	}
	s.sender, s.public = webpush.NewSender(key, s.Contact), key.Public()
	return s.sender, s.public, nil
}

func (s *Service) makeKey(ctx context.Context) (senderKey, error) {
	key, err := webpush.NewKey()
	if err != nil {
		return senderKey{}, err
	}
	secret, err := key.Bytes()
	if err != nil {
		return senderKey{}, err
	}
	sealed, err := s.Sealer.Seal(ctx, keyFamily, theKey, secret)
	if err != nil {
		return senderKey{}, err
	}
	kept, _, err := keys.Across(s.DB).InsertIfAbsent(ctx, senderKey{theKey, sealed})
	return kept, err
}
