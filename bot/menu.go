package bot

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"plaza/fault"
	"plaza/message"
)

// The limits of a menu: what a phone has room for.
const (
	maxMenus       = 10
	maxMenuTop     = 3
	maxMenuBelow   = 5
	maxMenuLabel   = 20   // characters
	maxMenuPayload = 100  // bytes
	maxMenuURL     = 1024 // bytes
	maxMenuProgram = 128  // bytes, of an id or a page
)

// The faults of menus. Their fields are named like
// "menus.0.entries.2.entries.4.label".
var (
	ErrMenuCount   = fault.New(fault.Invalid, "menu_count", "A menu has 1 to {0} entries, each with at most {1} below it; an account has at most {2} menus.", maxMenuTop, maxMenuBelow, maxMenus)
	ErrMenuLabel   = fault.New(fault.Invalid, "menu_label", "A menu entry has a name of 1 to {0} characters.", maxMenuLabel)
	ErrMenuAction  = fault.New(fault.Invalid, "menu_action", "Choose what this menu entry does.")
	ErrMenuPayload = fault.New(fault.Invalid, "menu_payload", "Give a key of 1 to {0} letters, by which rules know this menu entry.", maxMenuPayload)
	ErrMenuURL     = fault.New(fault.Invalid, "menu_url", "Give the address of a page: one that starts with https://, or with / for a page of this account.")
	ErrMenuProgram = fault.New(fault.Invalid, "menu_program", "Give the id of the mini program and the page to open.")
	ErrMenuReaders = fault.New(fault.Invalid, "menu_readers", "The first menu is for everybody; each other one is for some: a tag, a language or a kind of phone.")
	ErrMenuOrder   = fault.New(fault.Conflict, "menu_changed", "Somebody else has changed the menu meanwhile. Reload the page.")
)

// checkMenus says what is wrong with menus, field by field. The first of them
// is for everybody, the others are for some.
func checkMenus(menus []message.Menu) error {
	if len(menus) > maxMenus {
		return ErrMenuCount.In("menus")
	}
	for i, menu := range menus {
		at := fmt.Sprintf("menus.%d", i)
		if menu.For.Everybody() != (i == 0) || !validReaders(menu.For) {
			return ErrMenuReaders.In(at + ".for")
		}
		if len(menu.Entries) == 0 {
			return ErrMenuCount.In(at)
		}
		if err := checkEntries(menu.Entries, at, maxMenuTop); err != nil {
			return err
		}
	}
	return nil
}

func validReaders(r message.MenuReaders) bool {
	return (r.Tag == "" || validTag(r.Tag)) &&
		(r.Language == "" || slices.Contains(message.Languages[:], r.Language)) &&
		slices.Contains([]message.System{"", message.Apple, message.Android, message.OtherSystem}, r.System)
}

func checkEntries(entries []message.MenuEntry, at string, limit int) error {
	if len(entries) > limit {
		return ErrMenuCount.In(at)
	}
	for i, entry := range entries {
		here := fmt.Sprintf("%s.entries.%d", at, i)
		length := utf8.RuneCountInString(entry.Label)
		if length == 0 || length > maxMenuLabel || !utf8.ValidString(entry.Label) || strings.ContainsAny(entry.Label, "\r\n") {
			return ErrMenuLabel.In(here + ".label")
		}
		var err error
		switch {
		case len(entry.Entries) == 0:
			err = checkAction(entry, here)
		case limit == maxMenuBelow: // below one that is below another
			err = ErrMenuCount.In(here)
		default:
			err = checkEntries(entry.Entries, here, maxMenuBelow)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func checkAction(entry message.MenuEntry, at string) error {
	short := func(text string, limit int) bool { return text != "" && len(text) <= limit && utf8.ValidString(text) }
	switch entry.Action {
	case message.PressAction, message.ScanAction, message.PhotoAction, message.PlaceAction:
		if !short(entry.Payload, maxMenuPayload) {
			return ErrMenuPayload.In(at + ".payload")
		}
	case message.OpenAction, message.ProgramAction:
		if !validMenuURL(entry.URL) {
			return ErrMenuURL.In(at + ".url")
		}
		if entry.Action == message.ProgramAction && (!short(entry.Program, maxMenuProgram) || !short(entry.Page, maxMenuProgram)) {
			return ErrMenuProgram.In(at + ".program")
		}
	default:
		return ErrMenuAction.In(at + ".action")
	}
	return nil
}

func validMenuURL(address string) bool {
	if len(address) > maxMenuURL {
		return false
	}
	if strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "//") {
		return true
	}
	parsed, err := url.Parse(address)
	return err == nil && (parsed.Scheme == "https" || parsed.Scheme == "http") && parsed.Host != ""
}
