package bot

import (
	"context"
	"errors"
	"slices"
	"time"

	"plaza/message"
	"plaza/store"
)

// An account's menus are edited as a draft and published from there to every
// channel that has menus. Publishing replaces what the platform had, so it can
// be repeated; that it was begun is written down first, and Recover finishes
// what a crash broke off.

// MenuBoard is an account's menus and where they have been published.
type MenuBoard struct {
	ID      string `bson:"_id" json:"id"` // the account's
	Account string `bson:"account" json:"account"`
	// Menus, the first of which is for everybody. People see the first of the
	// others that is for them, or that one.
	Menus []message.Menu `bson:"menus,omitempty" json:"menus"`
	// Version rises with every change of Menus.
	Version   int64     `bson:"version" json:"version"`
	UpdatedAt time.Time `bson:"updated_at" json:"updated_at"`
	// Published tells of each channel, by its name.
	Published map[string]MenuPublication `bson:"published,omitempty" json:"published,omitempty"`
	// DueAt is when to publish again what was begun; absent when nothing is.
	DueAt *time.Time `bson:"due_at,omitempty" json:"-"`
}

// MenuPublication is what a channel shows.
type MenuPublication struct {
	State   PublicationState `bson:"state" json:"state"`
	Version int64            `bson:"version" json:"version"` // of the board
	At      time.Time        `bson:"at" json:"at"`
	// Menus is what was published, in the board's order; LeftOut are the
	// indexes in it of those that the channel can't have.
	Menus   []message.Menu `bson:"menus,omitempty" json:"menus,omitempty"`
	LeftOut []int          `bson:"left_out,omitempty" json:"left_out,omitempty"`
	// Problem says what is wrong, in English; Fault is the code of these words and
	// Args what stands in their blanks, where they exist in other languages.
	Problem string   `bson:"problem,omitempty" json:"problem,omitempty"`
	Fault   string   `bson:"fault,omitempty" json:"-"`
	Args    []string `bson:"args,omitempty" json:"-"`
}

// PublicationState of menus on a channel.
type PublicationState string

// The states.
const (
	Publishing        PublicationState = "publishing"
	MenuPublished     PublicationState = "published"
	PublicationFailed PublicationState = "failed"
)

var menuBoards = store.Declare[MenuBoard](store.Schema{
	Name:           "menus",
	KeyedByAccount: true,
	Indexes:        []store.Index{{Fields: []string{"due_at"}, Across: true, Sparse: true}},
	ShardKey:       []string{"account", "_id"},
})

// publicationPause is how long publishing on all channels may take before it
// is begun again.
const publicationPause = 2 * time.Minute

// Menus are the accounts' menus.
type Menus struct{ bot *Bot }

// Menus gives access to them.
func (b *Bot) Menus() Menus { return Menus{b} }

// Get reads an account's menus; the zero board if there are none yet.
func (m Menus) Get(ctx context.Context, account string) (MenuBoard, error) {
	board, err := menuBoards.In(m.bot.DB, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return MenuBoard{ID: account, Account: account}, nil
	}
	return board, err
}

// Save keeps menus as a draft. version is that of the board they were made
// from. Errors: what is wrong with them, field by field; ErrMenuOrder.
func (m Menus) Save(ctx context.Context, account string, version int64, menus []message.Menu) (MenuBoard, error) {
	if err := checkMenus(menus); err != nil {
		return MenuBoard{}, err
	}
	scope := menuBoards.In(m.bot.DB, account)
	if _, _, err := scope.InsertIfAbsent(ctx, MenuBoard{ID: account, Account: account}); err != nil {
		return MenuBoard{}, err
	}
	saved, err := scope.UpdateAndGet(ctx, account,
		store.Set("menus", menus).Set("updated_at", m.bot.now()).Inc("version", 1), store.Eq("version", version))
	if errors.Is(err, store.ErrConditionFailed) {
		err = ErrMenuOrder.Because(err)
	}
	return saved, err
}

// Channels are those of an account's connected channels that have menus.
func (m Menus) Channels(ctx context.Context, account string) ([]string, error) {
	b := m.bot
	connected, err := b.Connections().List(ctx, account)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, channel := range b.Channels {
		enabled := slices.ContainsFunc(connected, func(c Connection) bool { return c.Channel == channel.Name() && c.Enabled })
		if hasMenus(channel) && (enabled || isDirect(channel)) {
			names = append(names, channel.Name())
		}
	}
	return names, nil
}

// Publish makes the draft what people see, on every connected channel that has
// menus; without menus it takes them away. What goes wrong on one channel
// stands in its publication and keeps no other from its own.
func (m Menus) Publish(ctx context.Context, account string) (MenuBoard, error) {
	b := m.bot
	names, err := m.Channels(ctx, account)
	if err != nil {
		return MenuBoard{}, err
	}
	scope := menuBoards.In(b.DB, account)
	if _, _, err := scope.InsertIfAbsent(ctx, MenuBoard{ID: account, Account: account}); err != nil {
		return MenuBoard{}, err
	}
	begun := store.Set("due_at", b.now().Add(publicationPause))
	for _, name := range names {
		begun = append(begun, begunOn(name, b.now())...)
	}
	board, err := scope.UpdateAndGet(ctx, account, begun)
	if err != nil {
		return board, err
	}
	return m.publish(context.WithoutCancel(ctx), board.Account, names)
}

// menusTurn is whose turn it is to change what platforms show of an account.
func menusTurn(account string) string { return account + ":menus" }

func begunOn(channel string, at time.Time) store.Update {
	return store.Set("published."+channel+".state", Publishing).Set("published."+channel+".at", at)
}

// publish does what Publish has begun: with the menus as they stand by then,
// and one after another, so that what is noted last is what people see.
func (m Menus) publish(ctx context.Context, account string, names []string) (after MenuBoard, err error) {
	b, scope := m.bot, menuBoards.In(m.bot.DB, account)
	err = b.exclusively(ctx, account, menusTurn(account), func(ctx context.Context, _ hold) error {
		board, err := scope.Get(ctx, account)
		if err != nil {
			return err
		}
		ended := store.Unset("due_at")
		for _, name := range names {
			ended = ended.Set("published."+name, m.publishOn(ctx, board, name))
		}
		after, err = scope.UpdateAndGet(ctx, account, ended)
		return err
	})
	if err == nil {
		b.tell(ctx, event(account, "menu.published", map[string]int64{"version": after.Version}, "overview"))
	}
	return after, err
}

func (m Menus) publishOn(ctx context.Context, board MenuBoard, name string) MenuPublication {
	b := m.bot
	made := MenuPublication{State: MenuPublished, Version: board.Version, At: b.now(), Menus: board.Menus}
	credentials, err := b.menuCredentials(ctx, board.Account, name)
	if err == nil {
		call, cancel := context.WithTimeout(ctx, sendLimit)
		defer cancel()
		switch channel := b.channels[name].(type) {
		case giving:
			made.LeftOut, err = b.beginRound(call, channel, credentials, board, name)
		case menued:
			made.LeftOut, err = channel.PublishMenus(call, credentials, board.Menus)
		}
	}
	if err != nil {
		b.Logger.Warn("menu not published", "account", board.Account, "channel", name, "error", err)
		before := board.Published[name]
		code, words, args := inWords(err)
		return MenuPublication{State: PublicationFailed, Version: before.Version, Menus: before.Menus, LeftOut: before.LeftOut,
			At: b.now(), Problem: words, Fault: code, Args: args}
	}
	return made
}

// menuCredentials are a connection's; a channel of our own needs none.
func (b *Bot) menuCredentials(ctx context.Context, account, channel string) ([]byte, error) {
	if isDirect(b.channels[channel]) {
		return nil, nil
	}
	return b.credentials(ctx, account, channel)
}

// publishAgain finishes one publication that a crash broke off, and says
// whether there was one.
func (b *Bot) publishAgain(ctx context.Context) (bool, error) {
	if restored, err := b.DB.Restored(ctx); restored || err != nil {
		return false, err
	}
	board, found, err := store.TakeNext(ctx, menuBoards.Across(b.DB), store.Lease{Now: b.now, For: publicationPause, By: "due_at"})
	if !found {
		return false, err
	}
	var names []string
	for name, publication := range board.Published {
		if hasMenus(b.channels[name]) && publication.State == Publishing {
			names = append(names, name)
		}
	}
	_, err = b.Menus().publish(ctx, board.Account, names)
	return true, err
}

// Shown is the menu that a subscriber sees on their channel; ok is false if
// nothing is published there.
func (m Menus) Shown(ctx context.Context, subscriber Subscriber, system message.System) (menu message.Menu, ok bool, err error) {
	board, err := m.Get(ctx, subscriber.Account)
	if err != nil {
		return message.Menu{}, false, err
	}
	published := board.Published[subscriber.Channel].Menus
	if len(published) == 0 {
		return message.Menu{}, false, nil
	}
	// Everybody's stands first and is asked last.
	menu, ok = message.MenuFor(append(slices.Clone(published[1:]), published[0]), subscriber.Tags, subscriber.Language, system)
	return menu, ok, nil
}
