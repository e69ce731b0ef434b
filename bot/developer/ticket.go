package developer

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"time"

	"plaza/store"
)

// Ticket gives what programs sign their pages with for the JS-SDK (platform
// document: "JS-SDK", appendix 1): the same one to all who ask, on every node,
// until five minutes before its end.
func (s *Service) Ticket(ctx context.Context, account string) (Issued, error) {
	scope, now := apps.In(s.DB, account), s.now()
	app, err := scope.Get(ctx, account)
	if err != nil {
		return Issued{}, err
	}
	if app.Ticket == nil || !now.Before(app.Ticket.Since.Add(tokenLife-renewal)) {
		condition := store.Exists("ticket", false)
		if app.Ticket != nil {
			condition = store.Eq("ticket.seed", app.Ticket.Seed)
		}
		renewed, err := scope.UpdateAndGet(ctx, account, store.Set("ticket", stable{hex.EncodeToString(random(16)), now}), condition)
		if errors.Is(err, store.ErrConditionFailed) { // another call was first: theirs counts
			renewed, err = scope.Get(ctx, account)
		}
		if err != nil {
			return Issued{}, err
		}
		app = renewed
	}
	secret, err := s.Sealer.Open(ctx, sealedSecret, account, app.Secret)
	if err != nil {
		return Issued{}, err
	}
	mac := hmac.New(sha512.New, secret)
	mac.Write([]byte("ticket\x00" + app.AppID + "\x00" + app.Ticket.Seed))
	return Issued{base64.RawURLEncoding.EncodeToString(mac.Sum(nil)),
		app.Ticket.Since.Add(tokenLife).Sub(now).Truncate(time.Second)}, nil
}
