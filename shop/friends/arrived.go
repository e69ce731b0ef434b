package friends

import (
	"context"
	"errors"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/money"
	"plaza/shop/pay/wallet"
	"plaza/store"
)

// Arrived is told of every transfer, at least once: both know each other from now
// on, and what it paid is paid.
func (s *Service) Arrived(ctx context.Context, transfer wallet.Transfer) error {
	for _, side := range [][2]message.Person{{transfer.From, transfer.To}, {transfer.To, transfer.From}} {
		if _, err := s.meet(ctx, side[0], side[1]); err != nil {
			return err
		}
	}
	if transfer.Code == "" {
		return nil
	}
	asked, err := asks.In(s.DB, transfer.Account).First(ctx, store.Where(store.Eq("code", transfer.Code)))
	if errors.Is(err, store.ErrNotFound) {
		return nil // a code that nobody was asked with
	}
	if err != nil {
		return err
	}
	paid, err := asks.In(s.DB, asked.Account).UpdateAndGet(ctx, asked.ID, store.Set("state", Paid).Set("said", true).
		Set("transfer", transfer.ID).Set("payer", transfer.From.Name).Unset("due"), store.Ne("state", Paid))
	if errors.Is(err, store.ErrConditionFailed) {
		paid, err = asks.In(s.DB, asked.Account).Get(ctx, asked.ID)
	}
	if err != nil {
		return err
	}
	s.changed(ctx, paid)
	if paid.Split == "" {
		return nil // the receipt says it
	}
	return s.tellProgress(ctx, paid, transfer.From)
}

// tellProgress tells whoever splits something that a share was paid, and when all
// are.
func (s *Service) tellProgress(ctx context.Context, paid Ask, payer message.Person) error {
	split, err := splits.In(s.DB, paid.Account).Get(ctx, paid.Split)
	if err != nil {
		return err
	}
	shares, err := s.Shares(ctx, split)
	if err != nil {
		return err
	}
	progress := ProgressOf(split, shares)
	address, err := s.SplitAddress(ctx, split.Account, split.Number)
	if err != nil {
		return err
	}
	language := split.By.Language
	words := s.Texts.Text(language, "friends.progress", s.nameOf(language, payer), split.Note, progress.Paid, progress.Of, progress.Got, progress.Asked)
	err = s.send(ctx, split.By, "split-paid:"+paid.Number, message.Choice(words,
		message.Button{Label: s.Texts.Text(language, "friends.see"), URL: address}))
	if err != nil || progress.Paid != progress.Of {
		return err
	}
	return s.send(ctx, split.By, "split-done:"+split.Number, message.Text(s.Texts.Text(language, "friends.done", split.Note, progress.Got)))
}

// Progress is how a split stands, leaving out what was called off or declined.
type Progress struct {
	Paid, Of   int
	Got, Asked money.Amount
}

// ProgressOf adds up a split's shares.
func ProgressOf(split Split, shares []Ask) Progress {
	progress := Progress{Got: money.Of(0, split.Whole.Currency), Asked: money.Of(0, split.Whole.Currency)}
	for _, share := range shares {
		if share.State == Paid {
			progress.Paid++
			progress.Got.Minor += share.Amount.Minor
		}
		if share.State == Paid || share.State == Open {
			progress.Of++
			progress.Asked.Minor += share.Amount.Minor
		}
	}
	return progress
}

// Recover goes on with what crashes have left and ends what nobody has paid, of
// all accounts. Any number of nodes may call it.
func (s *Service) Recover(ctx context.Context) error {
	lease := store.Lease{Now: s.now, For: time.Minute}
	_, failed := store.TakeDue(ctx, splits.Across(s.DB), lease, func(split Split) error {
		_, err := s.ask(ctx, split)
		return unrefused(err)
	})
	_, err := store.TakeDue(ctx, asks.Across(s.DB), lease, func(asked Ask) error {
		_, err := s.goOn(ctx, asked)
		return unrefused(err)
	})
	return errors.Join(failed, err)
}

// unrefused leaves out faults, which are answers and no failures.
func unrefused(err error) error {
	if _, refused := errors.AsType[*fault.Error](err); refused {
		return nil
	}
	return err
}

func (s *Service) goOn(ctx context.Context, asked Ask) (Ask, error) {
	switch {
	case asked.State == Declined:
		return s.tellDeclined(ctx, asked)
	case asked.State != Open:
		return asks.In(s.DB, asked.Account).UpdateAndGet(ctx, asked.ID, store.Unset("due"))
	case s.now().Before(asked.Until):
		return s.open(ctx, asked)
	}
	return s.end(ctx, asked, Expired, time.Time{})
}
