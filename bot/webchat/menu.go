package webchat

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"strings"

	"plaza/bot"
	"plaza/fault"
	"plaza/message"
	"plaza/store"
)

// Menu stands at the foot of an account's chat, whatever was said last: up to
// three entries, each with up to five below it. The account's own program makes
// it; without one, the menu that members have published is shown (bot.Menus).
type Menu struct {
	ID      string  `bson:"_id"` // the account's
	Account string  `bson:"account"`
	Entries []Entry `bson:"entries"`
	// Special menus take its place for some people; of several that fit, the
	// last one.
	Special []SpecialMenu `bson:"special,omitempty"`
}

// SpecialMenu is for some.
type SpecialMenu struct {
	ID      string              `bson:"id"`
	For     message.MenuReaders `bson:"for"`
	Entries []Entry             `bson:"entries"`
}

// Entry of a menu. Which fields count depends on Kind.
type Entry struct {
	ID   string `bson:"id"` // given by SetMenu: the same entry keeps it
	Name string `bson:"name"`
	// Kind is Group or WeChat's name of what it does: with a URL it is a link, any
	// other says its Key.
	Kind string `bson:"kind"`
	Key  string `bson:"key,omitempty"`
	URL  string `bson:"url,omitempty"`
	// Fields are what the maker of the menu wants to find again.
	Fields  map[string]string `bson:"fields,omitempty"`
	Entries []Entry           `bson:"entries,omitempty"`
}

// Group is the kind of an entry that opens those below it.
const Group = "group"

// Limits of a menu.
const (
	MaxEntries    = 3
	MaxSubEntries = 5
)

// ErrNoEntry is a menu entry that is no longer there.
var ErrNoEntry = fault.New(fault.NotFound, "chat_no_entry", "The menu has changed. Please open the chat again.")

// menuType marks what came from the menu, in message.Inbound's Type; the kind of
// the entry follows.
const menuType = "menu/"

// MenuKind says which kind of menu entry a message came from, if from one.
func MenuKind(in message.Inbound) (kind string, ok bool) { return strings.CutPrefix(in.Type, menuType) }

var menus = store.Declare[Menu](store.Schema{
	Name: "webchat_menus", KeyedByAccount: true, ShardKey: []string{"account", "_id"},
})

// SetMenu gives an account its menu; one without entries and special menus
// removes it. Open pages have it when they are loaded again.
func (s *Service) SetMenu(ctx context.Context, account string, menu Menu) error {
	scope := menus.In(s.db, account)
	if len(menu.Entries) == 0 && len(menu.Special) == 0 {
		err := scope.Delete(ctx, account)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		return err
	}
	identify(menu.Entries)
	for i := range menu.Special {
		identify(menu.Special[i].Entries)
	}
	_, err := scope.Upsert(ctx, account, store.Set("entries", menu.Entries).Set("special", menu.Special))
	return err
}

func identify(entries []Entry) {
	for i := range entries {
		e := &entries[i]
		digest := sha256.Sum256([]byte(strings.Join([]string{e.Kind, e.Name, e.Key, e.URL}, "\x00")))
		e.ID = strings.ToLower(base32.StdEncoding.EncodeToString(digest[:10]))
		identify(e.Entries)
	}
}

// Menu finds the menu that an account's program has made; an empty one if none.
func (s *Service) Menu(ctx context.Context, account string) (Menu, error) {
	found, err := menus.In(s.db, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return Menu{ID: account, Account: account}, nil
	}
	return found, err
}

// MenuFor are the entries that one person sees.
func (s *Service) MenuFor(ctx context.Context, person message.Person, on message.System) ([]Entry, error) {
	known, err := s.bot.Subscribers().Get(ctx, person.Account, person.ID)
	if errors.Is(err, bot.ErrNoSubscriber) {
		known = bot.Subscriber{ID: person.ID, Account: person.Account, Channel: Name, Language: person.Language}
	} else if err != nil {
		return nil, err
	}
	menu, err := s.Menu(ctx, person.Account)
	if err != nil {
		return nil, err
	}
	for _, special := range slices.Backward(menu.Special) {
		fits := message.Menu{For: special.For}
		if _, ok := message.MenuFor([]message.Menu{fits}, known.Tags, known.Language, on); ok {
			return special.Entries, nil
		}
	}
	if len(menu.Entries) > 0 {
		return menu.Entries, nil
	}
	published, _, err := s.bot.Menus().Shown(ctx, known, on)
	return entriesOf(published.Entries), err
}

// kinds are WeChat's names of what members let entries do.
var kinds = map[message.MenuAction]string{
	message.PressAction: "click", message.OpenAction: "view", message.ProgramAction: "view",
	message.ScanAction: "scancode_waitmsg", message.PhotoAction: "pic_photo_or_album", message.PlaceAction: "location_select",
}

// entriesOf are published entries as the page has them.
func entriesOf(published []message.MenuEntry) []Entry {
	entries := make([]Entry, len(published))
	for i, e := range published {
		entries[i] = Entry{Name: e.Label, Kind: Group, Entries: entriesOf(e.Entries)}
		if len(e.Entries) == 0 {
			entries[i] = Entry{Name: e.Label, Kind: kinds[e.Action], Key: e.Payload, URL: e.URL}
		}
	}
	identify(entries)
	return entries
}

// Choose presses an entry of the menu that the visitor sees; key is the page's
// own, as in Said. For a link it gives the address to open. Errors: ErrNoEntry,
// ErrClientKey.
func (s *Service) Choose(ctx context.Context, visitor Visitor, key, id string, on message.System) (open string, err error) {
	if !plain(key, maxKey) {
		return "", ErrClientKey.In("key")
	}
	entries, err := s.MenuFor(ctx, visitor.Person(), on)
	if err != nil {
		return "", err
	}
	entry, ok := find(entries, id)
	if !ok {
		return "", ErrNoEntry
	}
	in := message.Inbound{Kind: message.Press, Key: "menu:" + key, Type: menuType + entry.Kind, Payload: entry.Key, Text: entry.Name}
	if entry.URL != "" {
		in.Kind, in.Payload = message.View, entry.URL
	}
	_, err = s.hand(ctx, visitor, in)
	return entry.URL, err
}

func find(entries []Entry, id string) (Entry, bool) {
	for _, entry := range entries {
		if entry.ID == id && entry.Kind != Group {
			return entry, true
		}
		if below, ok := find(entry.Entries, id); ok {
			return below, true
		}
	}
	return Entry{}, false
}
