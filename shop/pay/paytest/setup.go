package paytest

import (
	"encoding/json"
	"sync"
	"testing"

	"plaza/message"
	"plaza/shop/pay"
	"plaza/store"
)

// Stored is what was typed into a provider's page, as its contract is stored.
func Stored(t testing.TB, provider pay.Contracted, typed map[string]string) []byte {
	t.Helper()
	kept := map[string]any{}
	message.Fill(provider.Fields(), kept, typed)
	encoded, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	return encoded
}

// Asking is the request that becomes a charge, for an order of its own.
func Asking(provider string, charge pay.Charge) pay.Request {
	return pay.Request{Account: charge.Account, Purpose: pay.ForOrder, Subject: store.NewID(), Provider: provider, Amount: charge.Amount,
		Description: charge.Description, Payer: charge.Payer, ExpiresAt: charge.ExpiresAt, NotifyURL: charge.NotifyURL, Scene: charge.Scene,
		ClientIP: charge.ClientIP, ReturnURL: func(string) string { return charge.ReturnURL }}
}

// Troubles are what is to go wrong with a stand-in's next calls, of the kinds of T;
// the zero T is none. The zero value gives none.
type Troubles[T any] struct {
	mu   sync.Mutex
	next []T
}

// Plan replaces what is still to come.
func (s *Troubles[T]) Plan(next ...T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = next
}

// Next takes what befalls one call.
func (s *Troubles[T]) Next() (trouble T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.next) > 0 {
		trouble, s.next = s.next[0], s.next[1:]
	}
	return trouble
}
