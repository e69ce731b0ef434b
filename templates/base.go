package templates

import (
	"slices"
	"strings"
	"time"

	"plaza/message"
)

// Page is one page ready to be rendered: a pointer to one of this package's
// page structs.
type Page interface {
	// Template is the name of the file that draws it: "console/inbox".
	Template() string
	shared() *Base
}

// Base is what every page has. The zero value is an English page of nobody.
type Base struct {
	// Language of the page: "en", "zh" or "ko".
	Language string
	// Title of the browser tab. Empty: the page's own heading.
	Title string
	// Here is the path of the request with its query, for the language switch and for
	// coming back after signing in.
	Here string
	// Account the page belongs to; nil on pages before one is chosen.
	Account *Account
	// Member who is signed in; nil on public pages.
	Member *Member
	// CSRF is the token of the session. It goes into every form, as "csrf".
	CSRF string
	// Flash is shown once, after a form was sent.
	Flash *Flash
	// Errors of the form that was sent, one sentence by field name. What
	// concerns no field belongs into Flash.
	Errors map[string]string
	// Live is where the page hears what happens; the zero value: nowhere.
	Live Live
	// Messenger is what the page may use of the messenger that it is open in.
	Messenger Messenger
}

// Messenger is what a page may use of the messenger that it is open in.
type Messenger struct {
	Script   string // of the messenger's platform; empty: none
	SignPath string // signs the page for that script
	// VouchPath takes a statement that the messenger gave to the page.
	VouchPath string
}

func (b *Base) shared() *Base { return b }

// Account as pages show it, in the language of the page.
type Account struct {
	ID, Slug    string
	Kind        string // "merchant" or "agency"
	Name        string
	Description string
	Logo        string // URL of a square picture; empty: the initial
	Colour      string // "#b8431f"; empty: Plaza's own
	Zone        *time.Location
	Currency    string
}

// Member who is signed in, with what they may do in the page's account.
type Member struct {
	ID, Name, Email string
	Role            string // "owner", "editor", "approver", "agent", "viewer"
	Permissions     []string
	Accounts        []AccountLink // all they belong to, for the switcher
	Unread          int           // unread conversations of the page's account
	Low             int           // choices of the page's account that run low
	Held            int           // money of the page's account that waits for a member
	Differing       int           // what the books and providers' bills do not agree on
}

// AccountLink is an account to choose.
type AccountLink struct {
	Slug, Name, Kind, Logo, Role string
}

// Flash is a sentence shown once.
type Flash struct {
	Kind string // "good", "bad" or "info"
	Text string
	// Secret is shown beside the text, once, to be copied: a new API token or
	// an invitation link.
	Secret string
}

// Live is the page's line to the event log.
type Live struct {
	URL    string   // of the WebSocket: "/live?account=corner"
	Topics []string // that concern the page: "inbox", "chat:..."
	Since  int64    // sequence number the page's content is at least as new as
}

// Can says whether the member may do what a permission names.
func (b *Base) Can(permission string) bool {
	return b.Member != nil && slices.Contains(b.Member.Permissions, permission)
}

// Console makes the path of a console page of the account: Console("inbox").
func (b *Base) Console(parts ...string) string {
	if b.Account == nil {
		return "/console"
	}
	return "/console/" + strings.Join(append([]string{b.Account.Slug}, parts...), "/")
}

// Within says whether the page lies in a section of the console, for the
// navigation; Within("") is the overview alone.
func (b *Base) Within(section string) bool {
	path, _, _ := strings.Cut(b.Here, "?")
	if section == "" {
		return path == b.Console()
	}
	here := b.Console(section)
	return path == here || strings.HasPrefix(path, here+"/")
}

// Zone the page shows times in.
func (b *Base) Zone() *time.Location {
	if b.Account == nil || b.Account.Zone == nil {
		return time.UTC
	}
	return b.Account.Zone
}

// Option of a select, a set of radio buttons or check boxes.
type Option struct {
	Value, Label, Hint string
	Chosen             bool
}

// Pager leads to the other pages of a long list. Both are URLs, or empty.
type Pager struct {
	First, Next string
}

// Tab is one of several views of a list, with its count if it is 0 or more.
type Tab struct {
	Label, URL string
	Count      int
	Here       bool
}

// Localized is a text by language.
type Localized map[string]string

// Picture that was uploaded.
type Picture struct {
	ID, URL, Alt string
}

// Lang is the page's language tag, for the lang attribute.
func (b *Base) Lang() string {
	if language := message.LanguageOf(b.Language); language != "zh" {
		return language
	}
	return "zh-Hans"
}

// Exactly says whether the page is a console page itself, not one below it.
func (b *Base) Exactly(section string) bool {
	path, _, _ := strings.Cut(b.Here, "?")
	return path == b.Console(section)
}
