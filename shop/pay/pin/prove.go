package pin

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay"
	"plaza/shop/pay/risk"
	"plaza/store"
)

var _ pay.StepUp = (*Service)(nil)

// ripe is how old a PIN has to be before it answers doubt.
const ripe = 24 * time.Hour

// trustedFrom is when a PIN answers doubt: the zero time for one that does.
//
// Doubt means that somebody else may have the phone, and whoever has it can set
// a PIN where there is none. So the PIN has to be a day old; its owner hears of
// it in the chat at once, and has that day to object. A PIN that was set within
// a day of our first meeting is believed: there was no owner to take it from.
// Whoever is locked has met somebody to take it from, so that no longer holds.
// Whoever links another name, with a PIN of its own, waits as long. A member who
// has made sure who this is shortens all of it.
func (s *Service) trustedFrom(ctx context.Context, held holding, one record) (time.Time, error) {
	known, err := s.KnownSince(ctx, one.Person)
	if err != nil {
		return time.Time{}, err
	}
	from := one.Since.Add(ripe)
	if !known.IsZero() && one.Since.Sub(known) < ripe && len(held.locked) == 0 {
		from = time.Time{}
	}
	if !one.VouchedAt.Before(one.Since) {
		from = time.Time{}
	}
	for _, name := range held.names {
		if name.LinkedAt.After(one.VouchedAt) {
			from = later(from, name.LinkedAt.Add(ripe))
		}
	}
	return from, nil
}

// Prove errs unless a yes to a movement of money holds: because it needs no PIN,
// or because the right one was typed for it. Errors: ErrNeeded, ErrNone,
// ErrYoung, ErrKeypad, ErrEntry and those of check.
func (s *Service) Prove(ctx context.Context, consent pay.Consent, proof map[string]string) error {
	held, err := s.held(ctx, consent.Payer)
	if err != nil {
		return err
	}
	if !held.any() {
		return s.without(ctx, consent, held)
	}
	if consent.Doubted || len(held.locked) > 0 {
		if err := s.trusted(ctx, held); err != nil {
			return err
		}
	} else if waived, err := s.waives(ctx, held, consent); err != nil || waived {
		return err
	}
	entry, from, ok := entryOf(proof)
	if !ok {
		return ErrNeeded
	}
	purpose := ToPay(consent.ID)
	if consent.Kind == risk.Transfer {
		purpose = ToSend(consent.ID)
	}
	return s.typed(ctx, held, purpose, entry, from)
}

// Confirm checks a PIN that was typed for anything but a payment, a transfer, or
// another PIN.
func (s *Service) Confirm(ctx context.Context, person message.Person, purpose Purpose, entry Entry, from From) error {
	held, err := s.held(ctx, person)
	if err != nil {
		return err
	}
	return s.typed(ctx, held, purpose, entry, from)
}

func (s *Service) typed(ctx context.Context, held holding, purpose Purpose, entry Entry, from From) error {
	if len(held.locked) > 0 {
		if err := s.trusted(ctx, held); err != nil {
			return err
		}
	}
	_, pin, err := s.take(ctx, held.person, purpose, entry)
	if err != nil {
		return err
	}
	if err := s.check(ctx, held, pin, entry.Keypad, from); err != nil {
		return err
	}
	return s.unlock(ctx, held)
}

// without decides where there is no PIN: only doubt needs one, and whoever had
// one until a member took it away sets another first.
func (s *Service) without(ctx context.Context, consent pay.Consent, held holding) error {
	if consent.Doubted || len(held.locked) > 0 {
		return ErrNone
	}
	for id := range held.names {
		_, err := records.In(s.DB, consent.Payer.Account).Get(ctx, id)
		if err == nil {
			return ErrNone
		}
		if !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// trusted says whether the PINs answer doubt. Errors: ErrYoung.
func (s *Service) trusted(ctx context.Context, held holding) error {
	now := s.now()
	for _, one := range held.records {
		from, err := s.trustedFrom(ctx, held, one)
		if err != nil {
			return err
		}
		if now.Before(from) {
			return young(from.Sub(now))
		}
	}
	return nil
}

// The faults of choosing what goes without a PIN.
var ErrFree = fault.New(fault.Invalid, "pin_free", "Please choose an amount per payment and one per day that is no less, both within what is offered.")

// waiver remembers that one payment went without a PIN, so that asking twice
// counts once.
type waiver struct {
	ID        string    `bson:"_id"` // the subscriber's id + ":" + the payment's
	Account   string    `bson:"account"`
	ExpiresAt time.Time `bson:"expires_at"`
}

// spent is what went without a PIN in a day of the account's.
type spent struct {
	ID        string    `bson:"_id"` // the subscriber's id + ":" + day
	Account   string    `bson:"account"`
	Amount    int64     `bson:"amount"`
	ExpiresAt time.Time `bson:"expires_at"`
}

var (
	waived   = store.Declare[waiver](store.Schema{Name: "pin_waivers", KeyedByAccount: true, ExpiresAt: "expires_at", ShardKey: []string{"account", "_id"}})
	spending = store.Declare[spent](store.Schema{Name: "pin_free_spending", KeyedByAccount: true, ExpiresAt: "expires_at", ShardKey: []string{"account", "_id"}})
)

// waives says whether a payment goes without the PIN: within what its owner
// chose, for the payment and for the day. It is counted first and marked then:
// a crash in between makes the day's allowance smaller, never larger.
func (s *Service) waives(ctx context.Context, held holding, consent pay.Consent) (bool, error) {
	if consent.Lasting {
		return false, nil // what it costs today says nothing of what it will
	}
	most, err := s.Ceiling(ctx, consent.Payer.Account, consent.Amount.Currency)
	if err != nil {
		return false, err
	}
	for _, one := range held.records {
		if consent.Amount.Currency != one.Currency || !one.free().within(most).covers(consent.Amount) {
			return false, nil
		}
	}
	zone, err := s.zone(ctx, consent.Payer.Account)
	if err != nil {
		return false, err
	}
	day := s.now().In(zone).Format(time.DateOnly)
	mark := waiver{ID: consent.Payer.ID + ":" + string(consent.Kind) + ":" + consent.ID, Account: consent.Payer.Account, ExpiresAt: s.now().Add(48 * time.Hour)}
	marks := waived.In(s.DB, mark.Account)
	if _, err := marks.Get(ctx, mark.ID); !errors.Is(err, store.ErrNotFound) {
		return err == nil, err
	}
	for _, one := range held.records {
		if counted, err := s.spend(ctx, one, day, consent.Amount.Minor, one.free().within(most).Day); err != nil || !counted {
			return false, err
		}
	}
	_, _, err = marks.InsertIfAbsent(ctx, mark)
	return err == nil, err
}

// spend counts an amount against the day, and says whether it was within it.
func (s *Service) spend(ctx context.Context, one record, day string, amount, most int64) (bool, error) {
	first := spent{ID: one.ID + ":" + day, Account: one.Account, ExpiresAt: s.now().Add(48 * time.Hour)}
	return store.AddWithin(ctx, spending.In(s.DB, one.Account), first, first.ID, "amount", amount, most)
}

// Free says what goes without the PIN from now on. Allowing more takes the PIN,
// allowing less does not. Errors: ErrFree, ErrNone, ErrNeeded and those of
// Confirm.
func (s *Service) Free(ctx context.Context, person message.Person, currency string, wanted Allowance, entry *Entry, from From) error {
	if !money.Known(currency) {
		return ErrFree
	}
	ceiling, err := s.Ceiling(ctx, person.Account, currency)
	if err != nil {
		return err
	}
	if wanted.Once < 0 || wanted.Day < wanted.Once || wanted.Once > ceiling.Once || wanted.Day > ceiling.Day {
		return ErrFree
	}
	held, err := s.held(ctx, person)
	if err != nil {
		return err
	}
	if !held.any() {
		return ErrNone
	}
	more := slices.ContainsFunc(held.records, func(one record) bool {
		return wanted.Once > one.Once || wanted.Day > one.Day || wanted.Once > 0 && currency != one.Currency
	})
	if more && entry == nil {
		return ErrNeeded
	}
	if more {
		if err := s.typed(ctx, held, ToFree, *entry, from); err != nil {
			return err
		}
	}
	for _, one := range held.records {
		if _, err := s.change(ctx, one, store.Set("once", wanted.Once).Set("day", wanted.Day).Set("currency", currency)); err != nil {
			return err
		}
	}
	return nil
}
