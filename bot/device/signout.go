package device

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/message"
	"plaza/store"
)

// Seen is a device as its person sees it, whoever of their names is known there.
type Seen struct {
	Mark      string
	Name      string
	Place     map[string]string
	Channels  []string // of the names that are known there
	FirstSeen time.Time
	LastSeen  time.Time
	Here      bool // it is the one that asks
}

// most is how many devices of one name are looked at: many more than anybody has.
const most = 200

// all are the devices of a person that are signed in.
func (s *Service) all(ctx context.Context, person message.Person) ([]Device, error) {
	linked, err := s.Identities.Linked(ctx, person.Account, person.ID)
	if err != nil {
		return nil, err
	}
	var all []Device
	for _, subscriber := range linked {
		found, _, err := devices.In(s.DB, person.Account).Find(ctx, store.Where(store.Eq("subscriber", subscriber)).Top(most))
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return slices.DeleteFunc(all, func(one Device) bool { return one.Out }), nil
}

// List gives a person's devices: the one that asks first, then the one that was
// seen last.
func (s *Service) List(ctx context.Context, person message.Person, here string) ([]Seen, error) {
	all, err := s.all(ctx, person)
	if err != nil {
		return nil, err
	}
	byMark := map[string]*Seen{}
	var order []*Seen
	for _, one := range all {
		seen := byMark[one.Mark]
		if seen == nil {
			seen = &Seen{Mark: one.Mark, Name: one.Name, Place: one.Place, FirstSeen: one.FirstSeen, LastSeen: one.LastSeen, Here: one.Mark == here}
			byMark[one.Mark], order = seen, append(order, seen)
		}
		if one.LastSeen.After(seen.LastSeen) {
			seen.Name, seen.Place, seen.LastSeen = one.Name, one.Place, one.LastSeen
		}
		if one.FirstSeen.Before(seen.FirstSeen) {
			seen.FirstSeen = one.FirstSeen
		}
		if !slices.Contains(seen.Channels, one.Person.Channel) {
			seen.Channels = append(seen.Channels, one.Person.Channel)
		}
	}
	slices.SortStableFunc(order, func(a, b *Seen) int {
		if a.Here != b.Here {
			if a.Here {
				return -1
			}
			return 1
		}
		return b.LastSeen.Compare(a.LastSeen)
	})
	list := make([]Seen, len(order))
	for i, seen := range order {
		list[i] = *seen
	}
	return list, nil
}

// SignOut signs a person out of a device, other than the one that asks. Errors:
// ErrNone, ErrHere.
func (s *Service) SignOut(ctx context.Context, person message.Person, here, mark string) error {
	if mark == here {
		return ErrHere
	}
	ended, err := s.signOut(ctx, person, func(one Device) bool { return one.Mark == mark })
	if err == nil && len(ended) == 0 {
		err = ErrNone
	}
	return err
}

// SignOutOthers signs a person out of all devices but the one that asks, and
// gives the marks of those. What was signed in when no device was noted yet, and
// has not shown itself since, is signed out as well.
func (s *Service) SignOutOthers(ctx context.Context, person message.Person, here string) (marks []string, err error) {
	marks, err = s.signOut(ctx, person, func(one Device) bool { return one.Mark != here })
	return marks, errors.Join(err, s.signOutUnmarked(ctx, person))
}

func (s *Service) signOutUnmarked(ctx context.Context, person message.Person) error {
	linked, err := s.Identities.Linked(ctx, person.Account, person.ID)
	if err != nil {
		return err
	}
	now := s.now()
	var failed []error
	for _, subscriber := range linked {
		one, _, err := devices.In(s.DB, person.Account).InsertIfAbsent(ctx, Device{ID: subscriber + ":", Account: person.Account, Subscriber: subscriber,
			FirstSeen: now, LastSeen: now, Out: true, Known: true, ExpiresAt: now.Add(kept)})
		if err == nil {
			_, err = s.end(ctx, one, store.Set("ending", true))
		}
		failed = append(failed, err)
	}
	return errors.Join(failed...)
}

func (s *Service) signOut(ctx context.Context, person message.Person, which func(Device) bool) (marks []string, err error) {
	all, err := s.all(ctx, person)
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, one := range all {
		if !which(one) {
			continue
		}
		marks = append(marks, one.Mark)
		// Who asks is a browser of the web chat that has lost its number once: under
		// the old one it is still the same.
		same := one.Subscriber == person.ID && one.Person.Channel == webchat
		var what store.Update
		if !same {
			what = store.Set("ending", true)
		}
		if _, err := s.end(ctx, one, what); err != nil {
			failed = append(failed, err)
		}
	}
	return marks, errors.Join(failed...)
}

// end writes down that a device is signed out and what that takes, beside what is
// yet to be done of before, and carries it out.
func (s *Service) end(ctx context.Context, one Device, what store.Update) (Device, error) {
	ended, err := devices.In(s.DB, one.Account).UpdateAndGet(ctx, one.ID, what.Set("out", true).Set("due", s.now().Add(lease)))
	if err != nil {
		return one, err
	}
	return ended, s.goOn(ctx, ended)
}

// Question finds the device that a link "that was not me" is about. Errors:
// ErrLink.
func (s *Service) Question(ctx context.Context, account, secret string) (Device, error) {
	if len(secret) > 100 {
		return Device{}, ErrLink
	}
	found, err := devices.In(s.DB, account).First(ctx, store.Where(store.Eq("link", hashOf(account, secret))))
	if errors.Is(err, store.ErrNotFound) {
		return Device{}, ErrLink
	}
	return found, err
}

// Disown signs out the device that a link is about, and locks the person's money
// until they have proved who they are: also where it was signed out already, for
// somebody was there. Doing it again changes nothing more.
// Errors: ErrLink.
func (s *Service) Disown(ctx context.Context, account, secret string) (Device, error) {
	one, err := s.Question(ctx, account, secret)
	if err != nil || one.Disowned {
		return one, err
	}
	return s.end(ctx, one, store.Set("disowned", true).Set("ending", true).Set("locking", true))
}

// goOnLater is goOn where nobody waits for it: what fails is Recover's.
func (s *Service) goOnLater(ctx context.Context, one Device) {
	if err := s.goOn(ctx, one); err != nil {
		s.Logger.WarnContext(ctx, "device: not told; will be tried again", "account", one.Account, "error", err)
	}
}

// goOn does what is written down about a device. Money is locked first: nothing
// goes out while the rest is under way.
func (s *Service) goOn(ctx context.Context, one Device) error {
	if one.Locking {
		if err := s.Lock(ctx, one.Person); err != nil {
			return err
		}
	}
	if one.Ending {
		if err := s.End(ctx, one); err != nil {
			return err
		}
	}
	if one.Sealed != nil && !one.Out {
		if err := s.tell(ctx, one); err != nil {
			return err
		}
	}
	err := devices.In(s.DB, one.Account).Update(ctx, one.ID, store.Set("ending", false).Set("locking", false).Unset("sealed").Unset("due"),
		store.Eq("out", one.Out), store.Eq("news", one.News))
	if errors.Is(err, store.ErrConditionFailed) || errors.Is(err, store.ErrNotFound) {
		return nil // something came up meanwhile; whoever brought it sees to it
	}
	return err
}

// Recover goes on with what a crash has left, of all accounts.
func (s *Service) Recover(ctx context.Context) error {
	_, err := store.TakeDue(ctx, devices.Across(s.DB), store.Lease{Now: s.now, For: lease}, func(one Device) error { return s.goOn(ctx, one) })
	return err
}
