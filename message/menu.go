package message

import "slices"

// Menu is what stands under the chat with an account: up to three entries, each
// an action or up to five below it.
type Menu struct {
	// For says who sees it; the zero value is everybody.
	For     MenuReaders `bson:"for" json:"for"`
	Entries []MenuEntry `bson:"entries" json:"entries"`
}

// MenuReaders are those a menu is for: all that is set has to hold.
type MenuReaders struct {
	Tag      string `bson:"tag,omitempty" json:"tag,omitempty"`
	Language string `bson:"language,omitempty" json:"language,omitempty"` // one of Languages
	System   System `bson:"system,omitempty" json:"system,omitempty"`
}

// System of a phone.
type System string

// The systems that messengers tell apart.
const (
	Apple       System = "ios"
	Android     System = "android"
	OtherSystem System = "other"
)

// MenuAction is what pressing a menu entry does.
type MenuAction string

// The actions.
const (
	// PressAction comes back as a Press with the entry's Payload.
	PressAction MenuAction = "press"
	// OpenAction opens the page at URL.
	OpenAction MenuAction = "open"
	// ProgramAction opens a mini program where the messenger has them, and URL
	// elsewhere.
	ProgramAction MenuAction = "program"
	// ScanAction opens the camera; what the scanned code says comes back as the
	// Text of a Press with Payload.
	ScanAction MenuAction = "scan"
	// PhotoAction lets the person send a picture.
	PhotoAction MenuAction = "photo"
	// PlaceAction lets the person send a place.
	PlaceAction MenuAction = "place"
)

// MenuActions are all of them, in the order in which editors offer them.
var MenuActions = [...]MenuAction{PressAction, OpenAction, ProgramAction, ScanAction, PhotoAction, PlaceAction}

// MenuEntry is a word of a menu. Which fields count depends on Action; with
// Entries it only opens them.
type MenuEntry struct {
	Label   string     `bson:"label" json:"label"`
	Action  MenuAction `bson:"action,omitempty" json:"action,omitempty"`
	Payload string     `bson:"payload,omitempty" json:"payload,omitempty"`
	URL     string     `bson:"url,omitempty" json:"url,omitempty"` // absolute or from "/"
	// Program and Page name a mini program and the page of it.
	Program string      `bson:"program,omitempty" json:"program,omitempty"`
	Page    string      `bson:"page,omitempty" json:"page,omitempty"`
	Entries []MenuEntry `bson:"entries,omitempty" json:"entries,omitempty"`
}

// MenuFor is the first of menus that is for somebody with these tags, this
// language and this system; ok is false if none is.
func MenuFor(menus []Menu, tags []string, language string, system System) (menu Menu, ok bool) {
	for _, menu := range menus {
		if menu.For.Include(tags, language, system) {
			return menu, true
		}
	}
	return Menu{}, false
}

// Include says whether somebody with these tags, this language and this system is
// one of them.
func (r MenuReaders) Include(tags []string, language string, system System) bool {
	return (r.Tag == "" || slices.Contains(tags, r.Tag)) &&
		(r.Language == "" || r.Language == language) &&
		(r.System == "" || r.System == system)
}

// Everybody says that the menu is not for some only.
func (r MenuReaders) Everybody() bool { return r == MenuReaders{} }
