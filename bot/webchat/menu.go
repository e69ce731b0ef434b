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
// three entries, each with up to five below it.
type Menu struct {
	ID      string  `bson:"_id"` // the account's
	Account string  `bson:"account"`
	Entries []Entry `bson:"entries"`
	// Special menus take its place for some people; of several that fit, the
	// last one.
	Special []SpecialMenu `bson:"special,omitempty"`
}

// SpecialMenu is for people with a tag or a kind of phone, or both.
type SpecialMenu struct {
	ID       string   `bson:"id"`
	Tag      string   `bson:"tag,omitempty"`
	Platform Platform `bson:"platform,omitempty"`
	Entries  []Entry  `bson:"entries"`
}

// Platform is what a chat page runs on.
type Platform string

// The platforms; the empty one is any.
const (
	Apple   Platform = "ios"
	Android Platform = "android"
	Others  Platform = "others"
)

// Entry of a menu. Which fields count depends on Kind.
type Entry struct {
	ID   string `bson:"id"` // given by SetMenu: the same entry keeps it
	Name string `bson:"name"`
	// Kind is Group, ViewKind for a link, or any other: pressing it says Key.
	Kind string `bson:"kind"`
	Key  string `bson:"key,omitempty"`
	URL  string `bson:"url,omitempty"`
	// Fields are what the maker of the menu wants to find again.
	Fields  map[string]string `bson:"fields,omitempty"`
	Entries []Entry           `bson:"entries,omitempty"`
}

// The kinds of entries with a meaning here.
const (
	Group    = "group"
	ViewKind = "view"
)

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

// Menu finds an account's menu; an empty one if it has none.
func (s *Service) Menu(ctx context.Context, account string) (Menu, error) {
	found, err := menus.In(s.db, account).Get(ctx, account)
	if errors.Is(err, store.ErrNotFound) {
		return Menu{ID: account, Account: account}, nil
	}
	return found, err
}

// MenuFor are the entries that one person sees.
func (s *Service) MenuFor(ctx context.Context, person message.Person, on Platform) ([]Entry, error) {
	menu, err := s.Menu(ctx, person.Account)
	if err != nil || len(menu.Special) == 0 {
		return menu.Entries, err
	}
	known, err := s.bot.Subscribers().Get(ctx, person.Account, person.ID)
	if err != nil && !errors.Is(err, bot.ErrNoSubscriber) {
		return nil, err
	}
	for _, special := range slices.Backward(menu.Special) {
		if (special.Tag == "" || slices.Contains(known.Tags, special.Tag)) && (special.Platform == "" || special.Platform == on) {
			return special.Entries, nil
		}
	}
	return menu.Entries, nil
}

// Choose presses an entry of the menu; key is the page's own, as in Said. For a
// link it gives the address to open. Errors: ErrNoEntry, ErrClientKey.
func (s *Service) Choose(ctx context.Context, visitor Visitor, key, id string) (open string, err error) {
	if !plain(key, maxKey) {
		return "", ErrClientKey.In("key")
	}
	menu, err := s.Menu(ctx, visitor.Account)
	if err != nil {
		return "", err
	}
	entry, ok := menu.find(id)
	if !ok {
		return "", ErrNoEntry
	}
	in := message.Inbound{Kind: message.Press, Key: "menu:" + key, Type: menuType + entry.Kind, Payload: entry.Key, Text: entry.Name}
	if entry.URL != "" {
		in.Kind, in.Payload, in.Fields = message.View, entry.URL, map[string]string{"entry": id}
	}
	_, err = s.hand(ctx, visitor, in)
	return entry.URL, err
}

// find looks for an entry in the menu and the special ones.
func (m Menu) find(id string) (Entry, bool) {
	lists := [][]Entry{m.Entries}
	for _, special := range m.Special {
		lists = append(lists, special.Entries)
	}
	for _, list := range lists {
		for _, entry := range list {
			for _, candidate := range append(slices.Clone(entry.Entries), entry) {
				if candidate.ID == id && candidate.Kind != Group {
					return candidate, true
				}
			}
		}
	}
	return Entry{}, false
}
