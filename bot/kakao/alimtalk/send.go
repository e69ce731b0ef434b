package alimtalk

import (
	"context"
	"errors"
	"sync"
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
	DueAt *time.Time `bson:"due_at,omitempty" json:"-"`
	Use   Use        `bson:"use,omitempty" json:"use,omitempty"`
	To    string     `bson:"to,omitempty" json:"to,omitempty"` // the contact
	// For is what it was sent for, in the words of whoever did: hears how it ended.
	For string `bson:"for,omitempty" json:"-"`
	// Begun: the dealer may have been called.
	Begun     bool      `bson:"begun,omitempty" json:"-"`
	CreatedAt time.Time `bson:"created_at" json:"created_at"`
	ExpiresAt time.Time `bson:"expires_at" json:"-"`
}

var notices = store.Declare[Notice](store.Schema{
	Name: "alimtalk_notices", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
	Indexes: []store.Index{{Fields: []string{"due_at"}, Across: true, Sparse: true}, {Fields: []string{"-created_at"}},
		{Fields: []string{"state"}}},
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

// Dispatch is a notice to be sent.
type Dispatch struct {
	Key      string // up to 100 bytes; the same key is sent once
	Template string
	Phone    string // as somebody typed it
	Values   map[string]string
	Use      Use
	To       string // the contact, if it is one
	For      string // what Ended is to hear
	// Later leaves it to the workers to hand it over, for notices to many.
	Later bool
}

// SendNotice sends a notice, at most once for a key. The same key again gives
// what became of it. Errors: ErrNoDealer, ErrNoTemplate, ErrNotApproved,
// ErrPhone, ErrMonth, what Template.Check says. A notice that the dealer refuses
// is no error but Failed.
func (s *Service) SendNotice(ctx context.Context, account string, d Dispatch) (Notice, error) {
	if d.Key == "" || len(d.Key) > maxKey {
		return Notice{}, ErrNoKey
	}
	if known, err := s.Notice(ctx, account, d.Key); !errors.Is(err, store.ErrNotFound) {
		return known, err
	}
	template, err := s.Template(ctx, account, d.Template)
	if err != nil {
		return Notice{}, err
	}
	number, err := Phone(d.Phone)
	switch {
	case err != nil:
		return Notice{}, err
	case template.State != Approved:
		return Notice{}, ErrNotApproved
	}
	if err := template.Check(d.Values); err != nil {
		return Notice{}, err
	}
	access, err := s.Access(ctx, account)
	if err != nil {
		return Notice{}, err
	}
	plan, err := s.Plan(ctx, account)
	if err != nil {
		return Notice{}, err
	}
	id, now := account+":"+d.Key, s.now()
	sealed, err := s.Sealer.Seal(ctx, noticeFamily, id, []byte(number))
	if err != nil {
		return Notice{}, err
	}
	if err := s.reserve(ctx, account, now, plan.Monthly); err != nil {
		return Notice{}, err
	}
	due := now
	if !d.Later {
		due = now.Add(grace)
	}
	stored, inserted, err := notices.In(s.DB, account).InsertIfAbsent(ctx, Notice{
		ID: id, Account: account, Key: d.Key, Template: d.Template, Phone: sealed, Values: d.Values, State: Sending, Use: d.Use, To: d.To, For: d.For,
		Begun: !d.Later, DueAt: &due, CreatedAt: now, ExpiresAt: now.Add(keepNotices),
	})
	if err != nil || !inserted {
		return stored, errors.Join(err, s.unreserve(ctx, account, now))
	}
	if d.Later {
		return stored, nil
	}
	return s.handOver(ctx, access, stored, template, number)
}

// handOver calls the dealer and notes how that ended.
func (s *Service) handOver(ctx context.Context, access Access, n Notice, template Template, number string) (Notice, error) {
	plan, err := s.Plan(ctx, n.Account)
	if err != nil {
		return n, err
	}
	call, cancel := context.WithTimeout(ctx, grace/2)
	defer cancel()
	handed, err := s.Dealer.Send(call, access, n.Key, []Message{n.message(template, number, plan)})
	if err == nil {
		return s.handed(ctx, n, handed[0])
	}
	return s.unhanded(ctx, n, err)
}

func (n Notice) message(template Template, number string, plan Plan) Message {
	return Message{Key: n.Key, Template: template, Phone: number, Values: n.Values, Fallback: plan.Fallback, Title: plan.Title}
}

// handed notes what the dealer said of a notice.
func (s *Service) handed(ctx context.Context, n Notice, said Handed) (Notice, error) {
	if said.Refused != nil {
		return s.unhanded(ctx, n, said.Refused)
	}
	return s.note(ctx, n, store.Set("state", Accepted).Set("ticket", said.Ticket).Set("due_at", s.now().Add(grace)))
}

// unhanded notes that the dealer refused a notice, or that nobody knows.
func (s *Service) unhanded(ctx context.Context, n Notice, err error) (Notice, error) {
	refused, known := errors.AsType[*Refused](err)
	// What is refused when it is repeated may be its key: the dealer has it then.
	if known && (!refused.Busy && n.Attempts == 0 || n.Attempts+1 >= maxTries) {
		return s.settle(ctx, n, Failed, refused.Text)
	}
	s.Logger.Warn("notice is to be looked at again", "account", n.Account, "error", err)
	return s.note(ctx, n, store.Inc("attempts", 1).Set("due_at", s.now().Add(grace<<min(n.Attempts, 6))))
}

func (s *Service) note(ctx context.Context, n Notice, update store.Update) (Notice, error) {
	return notices.In(s.DB, n.Account).UpdateAndGet(context.WithoutCancel(ctx), n.ID, update)
}

// settle ends a notice; the number is not needed any more. Of several that end
// it at once one does.
func (s *Service) settle(ctx context.Context, n Notice, state Outcome, reason string) (Notice, error) {
	ctx = context.WithoutCancel(ctx)
	update := store.Set("state", state).Set("reason", reason).Unset("phone", "values")
	if n.For == "" {
		update = update.Unset("due_at")
	} else {
		update = update.Set("due_at", s.now().Add(grace)) // until somebody has heard
	}
	ended, err := notices.In(s.DB, n.Account).UpdateAndGet(ctx, n.ID, update, store.In("state", Sending, Accepted))
	if errors.Is(err, store.ErrConditionFailed) {
		return s.Notice(ctx, n.Account, n.Key)
	}
	if err != nil {
		return n, err
	}
	s.changed(ctx, n.Account)
	return ended, errors.Join(s.count(ctx, ended), s.tell(ctx, ended))
}

// tell says how a notice ended to whoever sent it.
func (s *Service) tell(ctx context.Context, n Notice) error {
	if n.For == "" {
		return nil
	}
	if s.Ended != nil {
		if err := s.Ended(ctx, n); err != nil {
			return err // it is due again
		}
	}
	_, err := s.note(ctx, n, store.Unset("due_at"))
	return err
}

// Waiting counts the notices that have not been handed over, not beyond limit.
func (s *Service) Waiting(ctx context.Context, account string, limit int) (int, error) {
	return notices.In(s.DB, account).Count(ctx, store.Where(store.Eq("state", Sending)), limit)
}

// Notice finds one by its key. Errors: store.ErrNotFound.
func (s *Service) Notice(ctx context.Context, account, key string) (Notice, error) {
	return notices.In(s.DB, account).Get(ctx, account+":"+key)
}

// Recent reads an account's notices, the newest first.
func (s *Service) Recent(ctx context.Context, account string, after store.Cursor, limit int) ([]Notice, store.Cursor, error) {
	return notices.In(s.DB, account).Find(ctx, store.Query{}.By("-created_at").Top(limit).From(after))
}

// atOnce is how many notices a node looks after at a time: each waits for the
// dealer most of its time.
const atOnce = 4

// Run follows notices until ctx ends.
func (s *Service) Run(ctx context.Context, pause time.Duration) {
	var all sync.WaitGroup
	for range atOnce {
		all.Go(func() { s.run(ctx, pause) })
	}
	all.Wait()
}

func (s *Service) run(ctx context.Context, pause time.Duration) {
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
				s.Logger.Error("notices", "error", err) // due again when its lease is over; the others go on
			}
		}
	}
}

// Follow looks after one notice that is due, and says whether there was one.
func (s *Service) Follow(ctx context.Context) (bool, error) {
	if restored, err := s.DB.Restored(ctx); restored || err != nil {
		return false, err
	}
	n, found, err := store.TakeNext(ctx, notices.Across(s.DB), store.Lease{Now: s.now, For: grace, By: "due_at"})
	if !found {
		return false, err
	}
	return true, s.follow(ctx, n)
}

func (s *Service) follow(ctx context.Context, n Notice) error {
	if n.State != Sending && n.State != Accepted {
		return s.tell(ctx, n)
	}
	age := s.now().Sub(n.CreatedAt)
	access, err := s.Access(ctx, n.Account)
	switch {
	case !n.Begun && (errors.Is(err, ErrNoDealer) || age > giveUp):
		_, err = s.settle(ctx, n, Failed, "It was never handed to the dealer.")
		return err
	case age > giveUp:
		_, err = s.settle(ctx, n, Lost, "The dealer has not said what became of it.")
		return err
	case err != nil:
		return err
	}
	if !n.Begun {
		return s.handOverMany(ctx, access, n)
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
	return s.fromStore(ctx, access, n)
}

// fromStore hands over a notice as it was written down.
func (s *Service) fromStore(ctx context.Context, access Access, n Notice) error {
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
