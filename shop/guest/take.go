package guest

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"

	"plaza/fault"
	"plaza/store"
)

// ErrTaken is the fault of goods that another browser has taken.
var ErrTaken = fault.New(fault.Conflict, "guest_goods_taken", "Another browser has opened this link. Please ask for a new one in the chat.")

// Take makes one browser the one that goods are shown to, by a secret that it
// holds from then on. A link may have been sent on, or read in the conversation:
// whoever comes second sees that somebody was there. Errors: ErrNoPass, ErrTaken.
func (s *Service) Take(ctx context.Context, secret string) (holder string, err error) {
	pass, err := s.Find(ctx, Goods, secret)
	if err != nil {
		return "", err
	}
	holder = rand.Text()
	err = passes.In(s.DB, pass.Account).Update(ctx, pass.ID, store.Set("holder", hash(holder)), store.Eq("holder", ""))
	switch {
	case errors.Is(err, store.ErrConditionFailed):
		return "", ErrTaken
	case errors.Is(err, store.ErrNotFound):
		return "", ErrNoPass
	}
	return holder, err
}

// IsTaken says whether a browser has taken the goods.
func (p Pass) IsTaken() bool { return p.Holder != "" }

// IsHeldBy says whether the browser with this secret has taken the goods.
func (p Pass) IsHeldBy(holder string) bool {
	return p.IsTaken() && subtle.ConstantTimeCompare([]byte(p.Holder), []byte(hash(holder))) == 1
}
