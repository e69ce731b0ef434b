package templates

import "time"

// Menus is the editor of what stands under the chat. Entries are named
// "menus.0.entries.2", and those below one "menus.0.entries.2.entries.4"; each
// has the fields label, form (the action), value (a key or an address), program
// and page. A menu has is, tag, language and system.
//
//	GET  /console/{slug}/menus
//	POST /console/{slug}/menus     version, do ("save" or "publish"), menus...
type Menus struct {
	Base
	Version  int64
	Menus    []MenuForm
	Blank    MenuForm // what is added; its N is "__n__"
	Channels []MenuChannel
	Tags     []string // that are known
}

// MenuForm is one menu.
type MenuForm struct {
	N         string
	Everybody bool
	Tag       string
	Languages []Option
	Systems   []Option
	Entries   []MenuEntryForm // three, some of them blank
}

// MenuEntryForm is one entry.
type MenuEntryForm struct {
	Name    string // of its fields, without the last part
	Place   int    // from 1
	Label   string
	Action  string
	Actions []Option
	Value   string // a key, or the address of a page
	Program string
	Page    string
	Below   []MenuEntryForm // five under each of the first level
}

// MenuChannel is where the menus are, or could be.
type MenuChannel struct {
	Name    string
	State   string // "published", "publishing", "failed", "draft": texts page.state.{state}
	Problem string
	At      time.Time
	LeftOut int  // menus that the messenger can't have
	Old     bool // an earlier draft than this one
	// Round is how far menus for some have been given to people, where a messenger
	// wants that.
	Round *MenuRound
}

// MenuRound is the giving of menus to people.
type MenuRound struct {
	Done    bool
	Seen    int // people who have been seen to
	Given   int // those whose menu changed by it
	Problem string
}

// Words are the entries that have a name.
func (m MenuForm) Words() []MenuEntryForm { return named(m.Entries) }

// Words are the entries below that have a name.
func (e MenuEntryForm) Words() []MenuEntryForm { return named(e.Below) }

func named(entries []MenuEntryForm) (found []MenuEntryForm) {
	for _, entry := range entries {
		if entry.Label != "" {
			found = append(found, entry)
		}
	}
	return found
}

// Template names the file that draws the page.
func (*Menus) Template() string { return "console/menus" }
