package bot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// A roster is the platform's list of who follows. Reading it brings in those who
// followed before the account was connected, and what members changed in the
// platform's own console. It goes page by page; how far it has come is written
// down, and any node goes on from there.
//
// Remark and tags exist on both sides. What a member changes here is marked
// (PushAt) and told to the platform until it has taken it; as long as the mark
// stands, ours counts. Otherwise the platform's counts. A tag that the platform
// can't have stays ours alone: see mergeTags.

// Roster is the reading of a platform's list.
type Roster struct {
	ID      string      `bson:"_id" json:"id"` // account + ":" + channel
	Account string      `bson:"account" json:"account"`
	Channel string      `bson:"channel" json:"channel"`
	State   RosterState `bson:"state" json:"state"`
	// After is the last user of the page before the one being read, and Done how
	// many of that one are.
	After string `bson:"after,omitempty" json:"-"`
	Done  int    `bson:"done" json:"-"`
	// Seen are those read, Added those who were new, of Total.
	Seen       int        `bson:"seen" json:"seen"`
	Added      int        `bson:"added" json:"added"`
	Total      int        `bson:"total" json:"total"`
	StartedAt  time.Time  `bson:"started_at" json:"started_at"`
	FinishedAt *time.Time `bson:"finished_at,omitempty" json:"finished_at,omitempty"`
	Problem    string     `bson:"problem,omitempty" json:"problem,omitempty"`
	// DueAt is when a worker should go on; absent when it is read. Fence rises
	// with every taking.
	DueAt *time.Time `bson:"due_at,omitempty" json:"-"`
	Fence int64      `bson:"fence" json:"-"`
}

// RosterState of a reading.
type RosterState string

// The states.
const (
	RosterReading RosterState = "reading"
	RosterRead    RosterState = "read"
)

var rosters = store.Declare[Roster](store.Schema{
	Name:           "rosters",
	KeyedByAccount: true,
	Indexes:        []store.Index{{Fields: []string{"due_at"}, Across: true, Sparse: true}},
	ShardKey:       []string{"account", "_id"},
})

const (
	rosterCall  = 100 // people in one call for details
	rosterCalls = 4   // under way at a time
	// rosterPart is how many people are taken in together, and at most again after
	// a crash: a trip to the disk costs as much as a hundred of them. Twice as many
	// writes and those of the counters have to fit into store.MaxTogether.
	rosterPart  = 500
	rosterTerm  = time.Minute
	rosterRetry = 5 * time.Minute
	rosterPoll  = 5 * time.Second
	// pushPause is how long telling the platform may take before it is begun again.
	pushPause = time.Minute
)

// ErrNoRoster is a channel whose platform lists nobody.
var ErrNoRoster = fault.New(fault.NotFound, "no_roster", "This channel has no list of followers.")

// ReadRoster begins to read the list of a connected channel. One that is being
// read already goes on. Errors: ErrNoRoster, ErrNotConnected.
func (s Subscribers) ReadRoster(ctx context.Context, account, channel string) (Roster, error) {
	b := s.bot
	if _, ok := b.channels[channel].(rostered); !ok {
		return Roster{}, ErrNoRoster
	}
	if _, err := b.credentials(ctx, account, channel); err != nil {
		return Roster{}, err
	}
	scope, id := rosters.In(b.DB, account), connectionID(account, channel)
	if _, _, err := scope.InsertIfAbsent(ctx, Roster{ID: id, Account: account, Channel: channel}); err != nil {
		return Roster{}, err
	}
	begun, err := scope.UpdateAndGet(ctx, id, store.Set("state", RosterReading).Set("started_at", b.now()).Set("due_at", b.now()).
		Set("done", 0).Set("seen", 0).Set("added", 0).Unset("after", "finished_at", "problem"), store.Ne("state", RosterReading))
	if errors.Is(err, store.ErrConditionFailed) {
		return scope.Get(ctx, id)
	}
	return begun, err
}

// Roster finds the reading of a channel's list; ok is false if the channel has
// none. The zero Roster was never begun.
func (s Subscribers) Roster(ctx context.Context, account, channel string) (r Roster, ok bool, err error) {
	if _, ok = s.bot.channels[channel].(rostered); !ok {
		return Roster{}, false, nil
	}
	r, err = rosters.In(s.bot.DB, account).Get(ctx, connectionID(account, channel))
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return r, true, err
}

// followRosters reads lists, tells platforms of changes and gives people their
// menus, until ctx ends.
func (b *Bot) followRosters(ctx context.Context) {
	var all sync.WaitGroup
	all.Go(func() { b.repeat(ctx, rosterPoll, b.readRosters) })
	all.Go(func() { b.repeat(ctx, rosterPoll, b.pushDetails) })
	all.Go(func() { b.repeat(ctx, givePoll, b.giveMenus) })
	all.Wait()
}

// readRosters goes on with every list that is due.
func (b *Bot) readRosters(ctx context.Context) error {
	return eachDue(ctx, b, rosters, store.Lease{Now: b.now, For: rosterTerm, By: "due_at", Also: store.Inc("fence", 1)}, b.readRoster)
}

// eachDue takes one document after another that is due, and does what is to be done.
func eachDue[T any](ctx context.Context, b *Bot, of store.Collection[T], lease store.Lease, do func(context.Context, T) error) error {
	for ctx.Err() == nil {
		if restored, err := b.DB.Restored(ctx); restored || err != nil {
			return err
		}
		taken, found, err := store.TakeNext(ctx, of.Across(b.DB), lease)
		if !found {
			return err
		}
		if err := do(ctx, taken); err != nil {
			return err
		}
	}
	return nil
}

// readRoster reads a list to its end, or as far as it comes.
func (b *Bot) readRoster(ctx context.Context, r Roster) error {
	channel, ok := b.channels[r.Channel].(rostered)
	if !ok {
		return b.putOff(ctx, r, ErrNoRoster)
	}
	credentials, err := b.credentials(ctx, r.Account, r.Channel)
	if err != nil {
		return b.putOff(ctx, r, err)
	}
	for ctx.Err() == nil {
		users, total, err := channel.Followers(ctx, credentials, r.After)
		if err != nil {
			return b.putOff(ctx, r, err)
		}
		if len(users) == 0 {
			return b.step(ctx, &r, store.Set("state", RosterRead).Set("finished_at", b.now()).Unset("due_at", "problem"))
		}
		r.Total = total
		ended, err := b.readPage(ctx, &r, users, func(part []string) ([]message.Follower, error) {
			return details(ctx, channel, credentials, part)
		})
		if err != nil || !ended {
			return err
		}
		r.After, r.Done = users[len(users)-1], 0
		if err := b.step(ctx, &r, store.Set("after", r.After).Set("done", 0)); err != nil {
			return err
		}
	}
	return nil
}

// readPage takes in the people of a page who are not yet, a part after another:
// while one is written, the platform is asked for the next. It says whether it came
// to the end; if not, the reason is noted.
func (b *Bot) readPage(ctx context.Context, r *Roster, users []string, ask func([]string) ([]message.Follower, error)) (ended bool, err error) {
	part := func(from int) []string { return users[from:min(from+rosterPart, len(users))] }
	found, refused := ask(part(r.Done))
	for refused == nil && r.Done < len(users) && ctx.Err() == nil {
		now, done := found, r.Done+len(part(r.Done))
		var asking sync.WaitGroup
		if done < len(users) {
			asking.Go(func() { found, refused = ask(part(done)) })
		}
		added, err := b.enrol(ctx, *r, now)
		if err == nil {
			r.Done, r.Seen, r.Added = done, r.Seen+done-r.Done, r.Added+added
			err = b.step(ctx, r, store.Set("done", r.Done).Set("seen", r.Seen).Set("added", r.Added).Set("total", r.Total))
		}
		asking.Wait()
		if err != nil {
			return false, err
		}
	}
	if refused != nil {
		return false, b.putOff(ctx, *r, refused)
	}
	return r.Done == len(users), nil
}

// details asks for any number of people, by several calls at a time.
func details(ctx context.Context, channel rostered, credentials []byte, users []string) ([]message.Follower, error) {
	calls := slices.Collect(slices.Chunk(users, rosterCall))
	answers := make([][]message.Follower, len(calls))
	calling, ctx := errgroup.WithContext(ctx)
	calling.SetLimit(rosterCalls)
	for i, some := range calls {
		calling.Go(func() (err error) {
			answers[i], err = channel.Details(ctx, credentials, some)
			return err
		})
	}
	err := calling.Wait()
	return slices.Concat(answers...), err
}

// errRosterLost: another worker reads on.
var errRosterLost = errors.New("bot: the roster is read by another worker")

// step notes how far a reading has come, and keeps it for this worker.
func (b *Bot) step(ctx context.Context, r *Roster, update store.Update) error {
	if !slices.ContainsFunc(update, func(c store.Change) bool { return c.Field == "due_at" }) {
		update = update.Set("due_at", b.now().Add(rosterTerm))
	}
	err := rosters.In(b.DB, r.Account).Update(ctx, r.ID, update, store.Eq("fence", r.Fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return errRosterLost
	}
	return err
}

// putOff notes why a reading can't go on now, and tries it again later.
func (b *Bot) putOff(ctx context.Context, r Roster, err error) error {
	if ctx.Err() != nil {
		return nil // the end of the process: another goes on
	}
	b.Logger.Warn("list of followers not read", "account", r.Account, "channel", r.Channel, "error", err)
	_, words, _ := inWords(err)
	return b.step(ctx, &r, store.Set("problem", words).Set("due_at", b.now().Add(rosterRetry)))
}

// enrol takes followers in, and says how many were new.
func (b *Bot) enrol(ctx context.Context, r Roster, found []message.Follower) (added int, err error) {
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = message.SubscriberID(r.Account, r.Channel, f.User)
	}
	known, err := subscribers.In(b.DB, r.Account).GetMany(ctx, ids...)
	if err != nil {
		return 0, err
	}
	taught, err := b.lesson(ctx, r.Account)
	if err != nil {
		return 0, err
	}
	var fresh []Subscriber
	byID := make(map[string]Subscriber, len(known))
	for _, s := range known {
		byID[s.ID] = s
	}
	for i, f := range found {
		before, is := byID[ids[i]]
		switch {
		case is && b.differs(before, f):
			if err := b.bringUp(ctx, before, f); err != nil {
				return 0, err
			}
		case !is && f.Follows:
			fresh = append(fresh, b.follower(r, f, taught.account.Language))
		}
	}
	return b.insertCounted(ctx, fresh)
}

// follower is somebody who came in by the list.
func (b *Bot) follower(r Roster, f message.Follower, language string) Subscriber {
	if f.Language != "" {
		language = f.Language
	}
	s := newSubscriber(message.Inbound{Account: r.Account, Channel: r.Channel, User: f.User}, message.LanguageOf(language), b.now())
	s.Followed, s.Scene, s.Remark = true, f.Scene, truncate(f.Remark, maxName)
	if since := f.Since; !since.IsZero() {
		s.FollowedAt = &since
	}
	s.Tags = mergeTags(nil, f.Tags)
	s.Search = searchWords(s.Name, s.Remark)
	s.Version = 1
	s.Counting = countChange(Subscriber{}, s, b.now())
	return s
}

// differs says whether the platform knows somebody otherwise than we do.
func (b *Bot) differs(s Subscriber, f message.Follower) bool {
	after := s
	takeOver(&after, f)
	return after.Followed != s.Followed || after.Remark != s.Remark || !slices.Equal(after.Tags, s.Tags)
}

// takeOver is what the platform's word changes of a subscriber: their following,
// and remark and tags unless ours have yet to be told.
func takeOver(s *Subscriber, f message.Follower) {
	s.Followed = f.Follows
	if s.PushAt != nil || !f.Follows {
		return
	}
	s.Remark, s.Tags = truncate(f.Remark, maxName), mergeTags(s.Tags, f.Tags)
}

// bringUp changes somebody to what the platform tells of them.
func (b *Bot) bringUp(ctx context.Context, known Subscriber, f message.Follower) error {
	_, err := b.Subscribers().change(withoutPush(ctx), known.Account, known.ID, func(s *Subscriber) error {
		before := s.Followed
		takeOver(s, f)
		now := b.now()
		switch {
		case s.Followed && !before:
			s.FollowedAt = &now
		case !s.Followed && before:
			s.UnfollowedAt = &now
		}
		s.Search = searchWords(s.Name, s.Remark)
		return nil
	})
	return err
}
