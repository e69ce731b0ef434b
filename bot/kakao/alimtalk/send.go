package alimtalk

import (
	"context"
	"errors"
	"time"

	"plaza/store"
)

// Notice is a notice by template under a key: at most once, whatever crashes.
type Notice struct {
	ID       string            `bson:"_id" json:"id"` // account + ":" + key
	Account  string            `bson:"account" json:"account"`
	Key      string            `bson:"key" json:"key"`
	Template string            `bson:"template" json:"template"`
	Phone    []byte            `bson:"phone,omitempty" json:"-"` // sealed; gone once it is settled
	Values   map[string]string `bson:"values,omitempty" json:"-"`
	State    Outcome           `bson:"state" json:"state"`
	Reason   string            `bson:"reason,omitempty" json:"reason,omitempty"`
	Ticket   *Ticket           `bson:"ticket,omitempty" json:"-"`
	Attempts int               `bson:"attempts" json:"attempts"`
	// DueAt is when somebody is to look at it again; absent when it is settled.
	DueAt     *time.Time `bson:"due_at,omitempty" json:"-"`
	CreatedAt time.Time  `bson:"created_at" json:"created_at"`
	ExpiresAt time.Time  `bson:"expires_at" json:"-"`
}

var notices = store.Declare[Notice](store.Schema{
	Name: "alimtalk_notices", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes:   []store.Index{{Fields: []string{"due_at"}, Across: true, Sparse: true}, {Fields: []string{"-created_at"}}},
	ExpiresAt: "expires_at",
})

const (
	noticeFamily = "notice numbers"
	keepNotices  = 90 * 24 * time.Hour
	// grace is how long a call may take before somebody else looks after it.
	grace = 30 * time.Second
	// giveUp is when the dealer will not say any more what became of a notice.
	giveUp = 24 * time.Hour
	// maxTries is how often a notice is handed over before it has failed.
	maxTries = 5
	maxKey   = 100
)

// SendNotice sends a notice, at most once for a key. The same key again gives
// what became of it. Errors: ErrNoTemplate, ErrNotApproved, ErrPhone, what
// Template.Check says. A notice that the dealer refuses is no error but Failed.
func (s *Service) SendNotice(ctx context.Context, account string, access Access, key, code, typed string, values map[string]string) (Notice, error) {
	if key == "" || len(key) > maxKey {
		return Notice{}, ErrNoKey
	}
	template, err := s.Template(ctx, account, code)
	if err != nil {
		return Notice{}, err
	}
	number, err := Phone(typed)
	switch {
	case err != nil:
		return Notice{}, err
	case template.State != Approved:
		return Notice{}, ErrNotApproved
	}
	if err := template.Check(values); err != nil {
		return Notice{}, err
	}
	id, now := account+":"+key, s.now()
	sealed, err := s.Sealer.Seal(ctx, noticeFamily, id, []byte(number))
	if err != nil {
		return Notice{}, err
	}
	due := now.Add(grace)
	stored, inserted, err := notices.In(s.DB, account).InsertIfAbsent(ctx, Notice{
		ID: id, Account: account, Key: key, Template: code, Phone: sealed, Values: values, State: Sending,
		DueAt: &due, CreatedAt: now, ExpiresAt: now.Add(keepNotices),
	})
	if err != nil || !inserted {
		return stored, err
	}
	return s.handOver(ctx, access, stored, template, number)
}

// handOver calls the dealer and notes how that ended.
func (s *Service) handOver(ctx context.Context, access Access, n Notice, template Template, number string) (Notice, error) {
	call, cancel := context.WithTimeout(ctx, grace/2)
	defer cancel()
	ticket, err := s.Dealer.Send(call, access, Message{Key: n.Key, Template: template, Phone: number, Values: n.Values})
	refused, known := errors.AsType[*Refused](err)
	switch {
	case err == nil:
		return s.note(ctx, n, store.Set("state", Accepted).Set("ticket", ticket).Set("due_at", s.now().Add(grace)))
	// What is refused when it is repeated may be its key: the dealer has it then.
	case known && (!refused.Busy && n.Attempts == 0 || n.Attempts+1 >= maxTries):
		return s.settle(ctx, n, Failed, refused.Text)
	}
	s.Logger.Warn("notice is to be looked at again", "account", n.Account, "error", err)
	return s.note(ctx, n, store.Inc("attempts", 1).Set("due_at", s.now().Add(grace<<min(n.Attempts, 6))))
}

func (s *Service) note(ctx context.Context, n Notice, update store.Update) (Notice, error) {
	return notices.In(s.DB, n.Account).UpdateAndGet(context.WithoutCancel(ctx), n.ID, update)
}

// settle ends a notice; the number is not needed any more.
func (s *Service) settle(ctx context.Context, n Notice, state Outcome, reason string) (Notice, error) {
	return s.note(ctx, n, store.Set("state", state).Set("reason", reason).Unset("due_at", "phone", "values"))
}

// Notice finds one by its key. Errors: store.ErrNotFound.
func (s *Service) Notice(ctx context.Context, account, key string) (Notice, error) {
	return notices.In(s.DB, account).Get(ctx, account+":"+key)
}

// Recent reads an account's notices, the newest first.
func (s *Service) Recent(ctx context.Context, account string, after store.Cursor, limit int) ([]Notice, store.Cursor, error) {
	return notices.In(s.DB, account).Find(ctx, store.Query{}.By("-created_at").Top(limit).From(after))
}

// Run follows notices until ctx ends.
func (s *Service) Run(ctx context.Context, pause time.Duration) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		for worked := true; worked && ctx.Err() == nil; {
			var err error
			if worked, err = s.Follow(ctx); err != nil && ctx.Err() == nil {
				s.Logger.Error("notices", "error", err)
				break
			}
		}
	}
}

// Follow looks after one notice that is due, and says whether there was one.
func (s *Service) Follow(ctx context.Context) (bool, error) {
	if restored, err := s.DB.Restored(ctx); restored || err != nil {
		return false, err
	}
	now := s.now()
	n, err := notices.Across(s.DB).FindAndUpdate(ctx, store.Where(store.Lte("due_at", now)).By("due_at"),
		store.Set("due_at", now.Add(grace)))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.follow(ctx, n)
}

func (s *Service) follow(ctx context.Context, n Notice) error {
	age := s.now().Sub(n.CreatedAt)
	if age > giveUp {
		_, err := s.settle(ctx, n, Lost, "The dealer has not said what became of it.")
		return err
	}
	access, err := s.Access(ctx, n.Account)
	if err != nil {
		return err
	}
	if n.Ticket == nil {
		return s.lookUp(ctx, access, n)
	}
	result, err := s.Dealer.Result(ctx, access, *n.Ticket)
	switch {
	case err != nil || result.State == Accepted:
		_, noted := s.note(ctx, n, store.Set("due_at", s.now().Add(min(max(grace, age/2), time.Hour))))
		return errors.Join(err, noted)
	}
	_, err = s.settle(ctx, n, result.State, result.Reason)
	return err
}

// lookUp finds a notice of which nobody knows whether the dealer has it. If it
// has not, the call is repeated with the same key.
func (s *Service) lookUp(ctx context.Context, access Access, n Notice) error {
	ticket, found, err := s.Dealer.Find(ctx, access, n.Key, n.CreatedAt)
	if err != nil {
		return err // due again by itself
	}
	if found {
		_, err := s.note(ctx, n, store.Set("state", Accepted).Set("ticket", ticket).Set("due_at", s.now().Add(grace)))
		return err
	}
	if n.Attempts >= maxTries {
		_, err := s.settle(ctx, n, Failed, "The dealer can't be reached.")
		return err
	}
	template, err := s.Template(ctx, n.Account, n.Template)
	if err != nil {
		_, err = s.settle(ctx, n, Failed, ErrNoTemplate.Text)
		return err
	}
	number, err := s.Sealer.Open(ctx, noticeFamily, n.ID, n.Phone)
	if err != nil {
		return err
	}
	_, err = s.handOver(ctx, access, n, template, string(number))
	return err
}
