package templates

import (
	"strings"
	"time"
)

// Profile is who the account is.
//
//	GET  /console/{slug}/settings
//	POST /console/{slug}/settings   name.en, description.en, ..., language, zone,
//	                                colour, logo (picture id), file
type Profile struct {
	Base
	Name        Localized
	Description Localized
	Slug        string
	Languages   []Option
	Zones       []Option
	Currency    string // never changes, nor does Slug
	Colour      string
	Logo        Picture
	PublicURL   string
}

// Channels lists the messengers.
//
//	GET  /console/{slug}/settings/channels
type Channels struct {
	Base
	Rows    []ChannelRow
	Outages []Outage
}

// ChannelRow is a messenger and its state.
type ChannelRow struct {
	Name      string // "webchat", "wechat": texts page.channel.{name}
	URL       string // of its settings, for those who may see them, or of the chat for webchat
	State     string // "connected", "error", "off": texts page.state.{state}
	Problem   string // last error, as a sentence
	LastHeard time.Time
	Note      string // a sentence more; empty: none
}

// Connect connects a messenger: what to do on the platform's pages, what to copy
// from there, and how it stands.
//
//	GET  /console/{slug}/settings/channels/{channel}
//	POST to the same   the fields by their names (an empty secret stays as it is)
//	POST .../test  .../disconnect
type Connect struct {
	Base
	Row        ChannelRow
	Saved      bool   // there is something to test or to forget
	WebhookURL string // to be copied
	// Callback is where the platform sends people back to who sign in, Domain the
	// part of it that some platforms compare; one or none is there.
	Callback, Domain string
	Steps            []string
	Fields           []ConnectField
	Findings         []Finding
	Roster           *RosterRow // the platform's list of followers; nil where it has none
	Usage            []UsageRow
	// TemplatesURL is where templates are chosen; empty where there are none.
	TemplatesURL string
}

// RosterRow is the reading of a platform's list of followers.
//
//	POST /console/{slug}/settings/channels/{channel}/followers
type RosterRow struct {
	State              string // "reading", "read" or empty
	Seen, Added, Total int
	At                 time.Time
	Problem            string
}

// UsageRow is how often a platform's call was made today, or in the time that Call
// names.
type UsageRow struct {
	Call        string
	Used, Limit int64 // no limit known: 0
	Told        bool  // Limit and Spent are the platform's own word
	Spent       int64 // by all who call for the account
}

// ConnectField is a value that a member copies from the platform.
type ConnectField struct {
	Name, Kind, Label, Help string // Kind: "", "long", "switch", "choice"
	Value                   string
	Secret                  bool // never shown
	Kept                    bool // there is a secret already
	Lost                    bool // a secret was typed that is neither kept nor shown
	Required, Optional      bool
	Limit                   int
	Choices                 []Option
}

// Type is that of the input.
func (f ConnectField) Type() string {
	if f.Secret {
		return "password"
	}
	return "text"
}

// Hint is the help and, for a secret that is there already or was just typed, the
// given words.
func (f ConnectField) Hint(kept, again string) string {
	words := ""
	switch {
	case f.Lost:
		words = again
	case f.Kept && f.Secret:
		words = kept
	}
	return strings.TrimSpace(f.Help + " " + words)
}

// Retype puts into the field what was typed, to be corrected; secrets have to
// be typed again, which their field says.
func (f *ConnectField) Retype(value string) {
	if f.Secret {
		f.Lost = value != ""
		f.Required = f.Required || f.Lost
		return
	}
	f.Value = value
	for i := range f.Choices {
		f.Choices[i].Chosen = f.Choices[i].Value == value
	}
}

// Finding is something to know about a connection. Tone is "bad", "warn" or
// "info"; At is zero where no time belongs to it.
type Finding struct {
	Tone, Text string
	At         time.Time
}

// Members of the account.
//
//	GET  /console/{slug}/settings/members
//	POST .../members                 email, name, role      (invite)
//	POST .../members/{id}/role       role
//	POST .../members/{id}/remove
//	POST /console/{slug}/settings/invitations/{id}/withdraw
type Members struct {
	Base
	Rows  []MemberRow
	Roles []Option // with Hint: what it may do
	// What was typed, when it had errors.
	Email, Name string
}

// MemberRow is a member in the list.
type MemberRow struct {
	ID, Name, Email, Role string // ID of an invitation, where Invited
	Invited               bool
	You                   bool
}

// Tokens for the API.
//
//	GET  /console/{slug}/settings/tokens
//	POST .../tokens                  name, scopes (repeated), expires ("30", "90", "365" days or empty)
//	POST .../tokens/{id}/revoke
//
// The new token itself is shown once, as Flash.Secret.
type Tokens struct {
	Base
	Rows   []TokenRow
	Scopes []Option
	Name   string
	Pager  Pager
}

// TokenRow is a token in the list.
type TokenRow struct {
	ID, Name, Hint string // Hint: "plz_…x7Qa"
	Scopes         []string
	Created, Used  time.Time
	Expires        time.Time
}

// Audit is who did what.
//
//	GET  /console/{slug}/settings/audit?cursor=
type Audit struct {
	Base
	Rows  []AuditRow
	Pager Pager
}

// AuditRow is an entry of the audit log.
type AuditRow struct {
	At            time.Time
	Who           string
	What          string // in words
	Thing, URL    string
	Address       string
	Before, After string
}

// Security is the member's own sign-in.
//
//	GET  /console/{slug}/settings/security
//	POST .../security/password       old, new
//	POST .../security/sessions/{id}/revoke
//	POST .../security/sessions/revoke-others
type Security struct {
	Base
	Sessions    []SessionRow
	HasPassword bool
}

// SessionRow is a place where the member is signed in.
type SessionRow struct {
	ID, Browser, Address string
	Opened, Seen         time.Time
	Here                 bool
}
