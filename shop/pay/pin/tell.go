package pin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// What a PIN's owner hears in the chat, once each: that there is one, that it
// was changed, taken away, or guessed at. Whoever did not do it themselves can
// object. It is written down with the change it tells of, and said after a crash
// by Recover.
const tellLocked = "locked"

func entryOfStep(step string, version int64) string { return fmt.Sprintf("%s:%d", step, version) }

func lockedEntry(tries int64, until time.Time) string {
	return fmt.Sprintf("%s:%d:%d", tellLocked, tries, until.Unix())
}

// tellAll says what is not said yet. What fails is tried again by Recover.
func (s *Service) tellAll(ctx context.Context, of []record) {
	for _, one := range of {
		if err := s.tell(ctx, one); err != nil {
			s.Logger.WarnContext(ctx, "pin: not told; will be tried again", "account", one.Account, "error", err)
		}
	}
}

func (s *Service) tell(ctx context.Context, one record) error {
	if len(one.Tell) == 0 {
		return nil
	}
	scope := records.In(s.DB, one.Account)
	for _, entry := range one.Tell {
		err := s.Sender.Send(ctx, one.Person, "pin:"+entry, message.Text(s.words(one, entry)))
		if _, refused := errors.AsType[*fault.Error](err); err != nil && !refused {
			return err // who can't be written to sees it on their page
		}
		if one, err = scope.UpdateAndGet(ctx, one.ID, store.Pull("tell", entry)); err != nil {
			return err
		}
	}
	err := scope.Update(ctx, one.ID, store.Unset("due"), store.Eq("tell", []string{}))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil // something came up meanwhile; whoever brought it tells it
	}
	return err
}

// words are a sentence in the owner's language.
func (s *Service) words(one record, entry string) string {
	step, rest, _ := strings.Cut(entry, ":")
	tries, _, _ := strings.Cut(rest, ":")
	if step == tellLocked {
		count, _ := strconv.ParseInt(tries, 10, 64)
		if count >= maxTries {
			return s.Texts.Text(one.Person.Language, "pin.told.blocked")
		}
		return s.Texts.Text(one.Person.Language, "pin.told.locked", tries, int(backOff(count).Minutes()))
	}
	return s.Texts.Text(one.Person.Language, "pin.told."+step)
}

// Recover tells what a crash has left untold, of all accounts.
func (s *Service) Recover(ctx context.Context) error {
	_, err := store.TakeDue(ctx, records.Across(s.DB), store.Lease{Now: s.now, For: lease}, func(one record) error { return s.tell(ctx, one) })
	return err
}
