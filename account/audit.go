package account

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"plaza/store"
)

// ActorKind says what acted.
type ActorKind string

// The kinds of actor.
const (
	MemberActor ActorKind = "member"
	TokenActor  ActorKind = "token"
	SystemActor ActorKind = "system" // a worker, or the operator's command line
)

// Actor is who did something, and from where.
type Actor struct {
	Kind    ActorKind `bson:"kind" json:"kind"`
	ID      string    `bson:"id" json:"id"`
	Name    string    `bson:"name" json:"name"`                           // as it was then
	Address string    `bson:"address,omitempty" json:"address,omitempty"` // network address, if there was one
}

// System is a part of the program that acts by itself.
func System(name string) Actor { return Actor{Kind: SystemActor, ID: name, Name: name} }

// Entry is one line of the audit log.
type Entry struct {
	ID      string    `bson:"_id" json:"id"` // ULID; given by Record
	Account string    `bson:"account" json:"-"`
	At      time.Time `bson:"at" json:"at"` // given by Record
	Actor   Actor     `bson:"actor" json:"actor"`
	// Action is what was done, as "thing.past": "campaign.approved".
	Action string `bson:"action" json:"action"`
	// Thing is what it was done to, as "kind:id"; may be empty.
	Thing   string   `bson:"thing,omitempty" json:"thing,omitempty"`
	Changes []Change `bson:"changes,omitempty" json:"changes,omitempty"`
}

// Change is one field before and after, in brief.
type Change struct {
	Field  string `bson:"field" json:"field"`
	Before string `bson:"before" json:"before"`
	After  string `bson:"after" json:"after"`
}

// AuditFilter narrows the log down: to one actor or to one thing.
type AuditFilter struct {
	Actor string // id of a member or a token
	Thing string // "kind:id"
}

var entries = store.Declare[Entry](store.Schema{
	Name: "audit",
	Indexes: []store.Index{
		{Fields: []string{"at"}},
		{Fields: []string{"actor.id", "at"}},
		{Fields: []string{"thing", "at"}},
	},
})

// Audit is the log of who did what. Entries are added and read, and there is
// no way to change or remove one.
type Audit struct {
	db  *store.DB
	now func() time.Time
}

// Record adds an entry to the log of an account. It is durable on return.
// Do it before the thing itself. Values of fields that sound secret are not
// kept, whatever the caller hands over.
func (a *Audit) Record(ctx context.Context, account string, entry Entry) error {
	entry.ID, entry.Account, entry.At = store.NewID(), account, a.now()
	changes := make([]Change, len(entry.Changes))
	for i, change := range entry.Changes {
		changes[i] = change.brief()
	}
	entry.Changes = changes
	if err := entries.In(a.db, account).Insert(ctx, entry); err != nil {
		return fmt.Errorf("account: record %s: %w", entry.Action, err)
	}
	return nil
}

// Find reads one page of an account's log, newest first.
func (a *Audit) Find(ctx context.Context, account string, filter AuditFilter, after store.Cursor) ([]Entry, store.Cursor, error) {
	query := store.Query{}
	switch {
	case filter.Thing != "":
		query = store.Where(store.Eq("thing", filter.Thing))
	case filter.Actor != "":
		query = store.Where(store.Eq("actor.id", filter.Actor))
	}
	return entries.In(a.db, account).Find(ctx, query.By("-at").From(after))
}

// maxValue is how much of a value the log keeps, in characters.
const maxValue = 200

// brief shortens long values and hides those that must not be read later.
func (c Change) brief() Change {
	if secretive(c.Field) {
		c.Before, c.After = hide(c.Before), hide(c.After)
		return c
	}
	c.Before, c.After = shorten(c.Before), shorten(c.After)
	return c
}

func hide(value string) string {
	if value == "" {
		return ""
	}
	return "•••"
}

func shorten(value string) string {
	runes := []rune(value)
	if len(runes) <= maxValue {
		return value
	}
	return string(runes[:maxValue-1]) + "…"
}

var secretWords = []string{"secret", "password", "token", "key", "credential", "credentials", "pin", "phone"}

// secretive says whether one of the words of a field's name sounds secret.
func secretive(field string) bool {
	words := strings.FieldsFunc(strings.ToLower(field), func(r rune) bool { return !unicode.IsLetter(r) })
	return slices.ContainsFunc(words, func(word string) bool { return slices.Contains(secretWords, word) })
}
