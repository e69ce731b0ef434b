package device

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"time"

	"plaza/message"
	"plaza/store"
)

// Browser is a browser as a request shows it.
type Browser struct {
	Mark    string // of the number that it keeps
	Agent   string // what it calls itself
	Address string // of the network
}

// Occasion is why a device is seen.
type Occasion int

// The occasions.
const (
	Visit   Occasion = iota // a page about somebody's money was opened
	SignIn                  // somebody signed in
	Link                    // whoever is there was linked to somebody else
	PINGood                 // somebody's PIN was typed there, and right
)

// webchat is the channel whose subscribers are a browser each.
const webchat = "webchat"

// See notes that somebody is there. The first time that they sign in with a
// device, or type their PIN there, they are told in the chat.
func (s *Service) See(ctx context.Context, person message.Person, browser Browser, on Occasion) error {
	if browser.Mark == "" {
		return nil
	}
	one, err := s.note(ctx, person, browser, on)
	if err != nil || on == Visit || one.Known {
		return err
	}
	return s.announce(ctx, one)
}

// note writes a device down, or when it was seen last.
func (s *Service) note(ctx context.Context, person message.Person, browser Browser, on Occasion) (Device, error) {
	now, scope, id := s.now(), devices.In(s.DB, person.Account), person.ID+":"+browser.Mark
	one, err := scope.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return s.first(ctx, person, browser, on)
	}
	if err != nil {
		return one, err
	}
	seen := s.seen(browser, now)
	switch {
	case one.Out && on == SignIn:
		one, err = scope.UpdateAndGet(ctx, id, seen.Set("out", false).Set("disowned", false).Set("known", false).Set("person", person).Set("first_seen", now), store.Eq("out", true))
	case !one.Out && on == Link && one.Known && one.News == 0: // it was nobody else's until now
		one, err = scope.UpdateAndGet(ctx, id, seen.Set("known", false), store.Eq("news", int64(0)))
	case !one.Out && now.Sub(one.LastSeen) >= noted:
		one, err = scope.UpdateAndGet(ctx, id, seen, store.Eq("out", false))
	}
	if errors.Is(err, store.ErrConditionFailed) { // somebody was faster
		return scope.Get(ctx, id)
	}
	return one, err
}

// seen is what changes with every look.
func (s *Service) seen(browser Browser, now time.Time) store.Update {
	update := store.Max("last_seen", now).Max("expires_at", now.Add(kept))
	if browser.Agent != "" {
		update = update.Set("name", NameOf(browser.Agent))
	}
	if place := s.place(browser.Address); place != nil {
		update = update.Set("place", place)
	}
	return update
}

func (s *Service) place(address string) map[string]string {
	if s.Places == nil || address == "" {
		return nil
	}
	return s.Places.Named(address)
}

// first writes down a device that was never seen.
func (s *Service) first(ctx context.Context, person message.Person, browser Browser, on Occasion) (Device, error) {
	now := s.now()
	known, err := s.noNews(ctx, person, on)
	if err != nil {
		return Device{}, err
	}
	one, _, err := devices.In(s.DB, person.Account).InsertIfAbsent(ctx, Device{ID: person.ID + ":" + browser.Mark, Account: person.Account,
		Subscriber: person.ID, Person: person, Mark: browser.Mark, Name: NameOf(browser.Agent), Place: s.place(browser.Address),
		FirstSeen: now, LastSeen: now, Known: known, ExpiresAt: now.Add(kept)})
	return one, err
}

// noNews says whether nobody has to hear of a first device: a visitor of the web
// chat is that browser, until they are somebody else as well; and whoever was met
// only now has had no other.
func (s *Service) noNews(ctx context.Context, person message.Person, on Occasion) (bool, error) {
	linked, err := s.Identities.Linked(ctx, person.Account, person.ID)
	if err != nil || len(linked) > 1 {
		return false, err
	}
	if person.Channel == webchat {
		return true, nil
	}
	if on != SignIn {
		return false, nil
	}
	others, err := devices.In(s.DB, person.Account).Count(ctx, store.Where(store.Eq("subscriber", person.ID)), 1)
	if err != nil || others > 0 {
		return false, err
	}
	since, err := s.KnownSince(ctx, person)
	return err == nil && (since.IsZero() || s.now().Sub(since) < acquainted), err
}

// announce writes down that somebody has to hear of a device, and tells them. Of
// many at once one does.
func (s *Service) announce(ctx context.Context, one Device) error {
	secret := newSecret()
	sealed, err := s.Sealer.Seal(ctx, sealedLink, one.ID, []byte(secret))
	if err != nil {
		return err
	}
	told, err := devices.In(s.DB, one.Account).UpdateAndGet(ctx, one.ID,
		store.Set("known", true).Set("link", hashOf(one.Account, secret)).Set("sealed", sealed).Inc("news", 1).Set("due", s.now().Add(lease)),
		store.Eq("known", false))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	if err != nil {
		return err
	}
	s.goOnLater(ctx, told)
	return nil
}

// sealedLink is the family of links' secrets.
const sealedLink = "device-link"

func newSecret() string {
	secret := make([]byte, 24)
	_, _ = rand.Read(secret) // never fails
	return base64.RawURLEncoding.EncodeToString(secret)
}

// hashOf is what is kept of a link's secret.
func hashOf(account, secret string) string {
	sum := sha256.Sum256([]byte("device link\x00" + account + "\x00" + secret))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}
