package bot

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"plaza/message"
	"plaza/store"
)

// On some platforms a menu that is for some is shown to nobody by itself: each
// person has to be given theirs. After a publication a round goes through all
// followers, page by page; how far it has come is written down, and any node goes
// on from there. Afterwards whoever follows, or is known otherwise than before
// (tags, language), is marked and given theirs.
//
// What somebody was given is written down before the platform is told (Menu),
// with the mark that it may not know it (MenuAt), which goes once it does. Who is
// marked is given theirs again, which is harmless, until nothing has changed
// meanwhile: neither they, nor the menus, nor the mark itself.

// MenuRound is the giving of a channel's menus to people.
type MenuRound struct {
	ID      string     `bson:"_id" json:"-"` // account + ":" + channel
	Account string     `bson:"account" json:"-"`
	Channel string     `bson:"channel" json:"channel"`
	State   RoundState `bson:"state" json:"state"`
	// Menus are those that are for some, in the board's order.
	Menus []GivenMenu `bson:"menus,omitempty" json:"-"`
	// Keep are all that stay: these and everybody's.
	Keep []string `bson:"keep,omitempty" json:"-"`
	// Number rises with every publication.
	Number int64 `bson:"number" json:"-"`
	// After is the last subscriber who has been seen to. Seen are all of those,
	// Given those whose menu changed.
	After      string     `bson:"after,omitempty" json:"-"`
	Seen       int        `bson:"seen" json:"seen"`
	Given      int        `bson:"given" json:"given"`
	StartedAt  time.Time  `bson:"started_at" json:"started_at"`
	FinishedAt *time.Time `bson:"finished_at,omitempty" json:"finished_at,omitempty"`
	// Problem, Fault and Args are those of a MenuPublication.
	Problem string   `bson:"problem,omitempty" json:"problem,omitempty"`
	Fault   string   `bson:"fault,omitempty" json:"-"`
	Args    []string `bson:"args,omitempty" json:"-"`
	// DueAt is when a worker should go on; absent when all have theirs. Fence
	// rises with every taking and every publication.
	DueAt *time.Time `bson:"due_at,omitempty" json:"-"`
	Fence int64      `bson:"fence" json:"-"`
}

// GivenMenu is a menu at the platform, and whom it is for.
type GivenMenu struct {
	For message.MenuReaders `bson:"for"`
	ID  string              `bson:"id"` // the platform's
}

// RoundState of a round.
type RoundState string

// The states.
const (
	RoundGiving RoundState = "giving"
	RoundDone   RoundState = "done"
)

var menuRounds = store.Declare[MenuRound](store.Schema{
	Name:           "menu_rounds",
	KeyedByAccount: true,
	Indexes:        []store.Index{{Fields: []string{"due_at"}, Across: true, Sparse: true}},
	ShardKey:       []string{"account", "_id"},
})

const (
	// roundPage is how many followers are looked at together: several calls' worth,
	// so that calls are full where few have a menu of their own, and few enough to
	// be written in one trip.
	roundPage = store.MaxPage
	// giveLimit is how many people a platform is told of in one call.
	giveLimit = 500
	// givePause is how long telling the platform may take before it is begun again.
	givePause = 5 * time.Minute
	givePoll  = 2 * time.Second
)

// Round finds how far the menus of a channel have been given out; ok is false
// where that is not needed, or was never begun.
func (m Menus) Round(ctx context.Context, account, channel string) (r MenuRound, ok bool, err error) {
	if _, ok := m.bot.channels[channel].(giving); !ok {
		return MenuRound{}, false, nil
	}
	r, err = menuRounds.In(m.bot.DB, account).Get(ctx, connectionID(account, channel))
	if errors.Is(err, store.ErrNotFound) {
		return r, false, nil
	}
	return r, err == nil, err
}

// beginRound puts menus up and has them given out.
func (b *Bot) beginRound(ctx context.Context, channel giving, credentials []byte, board MenuBoard, name string) (leftOut []int, err error) {
	ids, err := channel.PutUpMenus(ctx, credentials, board.Menus)
	if err != nil {
		return nil, err
	}
	var some []GivenMenu
	var keep []string
	for i, id := range ids {
		switch {
		case id == "":
			leftOut = append(leftOut, i)
			continue
		case i > 0:
			some = append(some, GivenMenu{board.Menus[i].For, id})
		}
		keep = append(keep, id)
	}
	scope, id := menuRounds.In(b.DB, board.Account), connectionID(board.Account, name)
	if _, _, err := scope.InsertIfAbsent(ctx, MenuRound{ID: id, Account: board.Account, Channel: name}); err != nil {
		return nil, err
	}
	return leftOut, scope.Update(ctx, id, store.Set("state", RoundGiving).Set("menus", some).Set("keep", keep).
		Set("started_at", b.now()).Set("due_at", b.now()).Set("seen", 0).Set("given", 0).
		Unset("after", "finished_at", "problem", "fault", "args").Inc("number", 1).Inc("fence", 1))
}

// target is the menu that a person should have; "" is everybody's.
func (r MenuRound) target(s Subscriber) string {
	for _, menu := range r.Menus {
		if menu.For.Include(s.Tags, s.Language, "") {
			return menu.ID
		}
	}
	return ""
}

// giveMenus goes on with every round that is due, and gives theirs to those who
// are marked, until ctx ends.
func (b *Bot) giveMenus(ctx context.Context) error {
	if restored, err := b.DB.Restored(ctx); restored || err != nil {
		return err
	}
	rounds := eachDue(ctx, b, menuRounds, store.Lease{Now: b.now, For: givePause, By: "due_at", Also: store.Inc("fence", 1)}, b.goRound)
	return errors.Join(rounds, b.giveMarked(ctx))
}

// goRound gives everybody their menu, or as far as it comes, and then takes the
// earlier menus away, which nobody has any more.
func (b *Bot) goRound(ctx context.Context, r MenuRound) error {
	channel, credentials, err := b.giver(ctx, r.Account, r.Channel)
	if err != nil {
		return b.putRoundOff(ctx, r, err)
	}
	for ctx.Err() == nil {
		people, next, err := b.Subscribers().Followers(ctx, r.Account, People{Channel: r.Channel}, r.After, roundPage)
		if err != nil {
			return err
		}
		seen := len(people)
		people = slices.DeleteFunc(people, func(s Subscriber) bool { return s.MenuAt == nil && s.Menu == r.target(s) })
		if err := b.give(ctx, channel, credentials, r, people); err != nil {
			return b.putRoundOff(ctx, r, err)
		}
		r.Seen, r.Given, r.After = r.Seen+seen, r.Given+len(people), next
		if next == "" {
			break
		}
		if err := b.roundStep(ctx, r, store.Set("after", r.After).Set("due_at", b.now().Add(givePause))); err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return nil // the end of the process: another goes on
	}
	if err := b.retireMenus(ctx, channel, credentials, r); err != nil {
		return b.putRoundOff(ctx, r, err)
	}
	return b.roundStep(ctx, r, store.Set("state", RoundDone).Set("finished_at", b.now()).Unset("due_at", "problem", "fault", "args"))
}

// retireMenus takes earlier menus away, while nobody puts up others.
func (b *Bot) retireMenus(ctx context.Context, channel giving, credentials []byte, r MenuRound) error {
	return b.exclusively(ctx, r.Account, menusTurn(r.Account), func(ctx context.Context, _ hold) error {
		now, err := menuRounds.In(b.DB, r.Account).Get(ctx, r.ID)
		if err == nil && now.Fence != r.Fence {
			err = errRoundOver
		}
		if err != nil {
			return err
		}
		return channel.KeepMenus(ctx, credentials, r.Keep)
	})
}

// giver is a connected channel whose menus are given to people.
func (b *Bot) giver(ctx context.Context, account, name string) (giving, []byte, error) {
	channel, ok := b.channels[name].(giving)
	if !ok {
		return nil, nil, ErrNoChannel
	}
	credentials, err := b.credentials(ctx, account, name)
	return channel, credentials, err
}

// roundStep notes how far a round has come, unless another worker or another
// publication has taken it over.
func (b *Bot) roundStep(ctx context.Context, r MenuRound, update store.Update) error {
	err := menuRounds.In(b.DB, r.Account).Update(ctx, r.ID, update.Set("seen", r.Seen).Set("given", r.Given), store.Eq("fence", r.Fence))
	if errors.Is(err, store.ErrConditionFailed) {
		return nil
	}
	return err
}

// putRoundOff notes why a round can't go on now, and tries it again later.
func (b *Bot) putRoundOff(ctx context.Context, r MenuRound, err error) error {
	if ctx.Err() != nil || errors.Is(err, errRoundOver) {
		return nil
	}
	b.Logger.Warn("menus not given out", "account", r.Account, "channel", r.Channel, "error", err)
	code, words, args := inWords(err)
	return b.roundStep(ctx, r, store.Set("problem", words).Set("fault", code).Set("args", args).Set("due_at", b.now().Add(rosterRetry)))
}

// errRoundOver: the menus have been published anew meanwhile.
var errRoundOver = errors.New("bot: the menus were published anew")

// give gives people their menus: written first, then done, then marked as done.
func (b *Bot) give(ctx context.Context, channel giving, credentials []byte, r MenuRound, people []Subscriber) error {
	claimed, err := b.claimGiving(ctx, r, people)
	if err != nil || len(claimed) == 0 {
		return err
	}
	// Who was claimed by menus that are no longer those is given the new ones:
	// their round comes by, or the mark falls due.
	now, err := menuRounds.In(b.DB, r.Account).Get(ctx, r.ID)
	if err == nil && now.Number != r.Number {
		err = errors.Join(b.mark(ctx, claimed, b.now()), errRoundOver)
	}
	if err != nil {
		return err
	}
	groups := map[string][]Subscriber{}
	for _, s := range claimed {
		groups[s.Menu] = append(groups[s.Menu], s)
	}
	for _, menu := range slices.Sorted(maps.Keys(groups)) {
		for part := range slices.Chunk(groups[menu], giveLimit) {
			if err := b.giveTo(ctx, channel, credentials, menu, part); err != nil {
				return err
			}
		}
	}
	return nil
}

// claimGiving writes down what people are about to be given, and gives back those
// of whom nothing else is known meanwhile.
func (b *Bot) claimGiving(ctx context.Context, r MenuRound, people []Subscriber) (claimed []Subscriber, err error) {
	scope, due := subscribers.In(b.DB, r.Account), b.now().Add(givePause)
	operations := make([]store.Operation, len(people))
	for i := range people {
		before := people[i].MenuAt
		people[i].Menu, people[i].MenuAt = r.target(people[i]), &due
		operations[i] = scope.Updating(people[i].ID, store.Set("menu", people[i].Menu).Set("menu_at", due),
			store.Eq("version", people[i].Version), marked(before))
	}
	results, err := b.DB.Apply(ctx, operations...)
	if err = onlyExpected(err, store.ErrConditionFailed, store.ErrNotFound); err != nil {
		return nil, err
	}
	var changed []Subscriber
	for i, result := range results {
		if result.Err == nil {
			claimed = append(claimed, people[i])
		} else {
			changed = append(changed, people[i])
		}
	}
	return claimed, b.mark(ctx, changed, b.now())
}

// giveTo tells the platform, and takes the mark off those of whom nothing has
// changed since.
func (b *Bot) giveTo(ctx context.Context, channel giving, credentials []byte, menu string, people []Subscriber) error {
	users, operations := make([]string, len(people)), make([]store.Operation, len(people))
	for i, s := range people {
		users[i] = s.User
		operations[i] = subscribers.In(b.DB, s.Account).Updating(s.ID, store.Unset("menu_at"),
			store.Eq("version", s.Version), marked(s.MenuAt))
	}
	call, cancel := context.WithTimeout(ctx, sendLimit)
	defer cancel()
	if err := channel.GiveMenu(call, credentials, menu, users); err != nil {
		return err
	}
	results, err := b.DB.Apply(ctx, operations...)
	if err = onlyExpected(err, store.ErrConditionFailed, store.ErrNotFound); err != nil {
		return err
	}
	var changed []Subscriber
	for i, result := range results {
		if errors.Is(result.Err, store.ErrConditionFailed) {
			changed = append(changed, people[i])
		}
	}
	return b.mark(ctx, changed, b.now())
}
