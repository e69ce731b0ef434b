package store

import (
	"fmt"
	"strings"
)

// Schema declares a collection once, in the domain package that owns it.
// Both engines build exactly what it says and refuse what it does not.
type Schema struct {
	// Name of the collection, plural and lower case: "subscribers".
	Name string

	// Global marks a collection whose documents belong to no account
	// (members, sessions). Every other document has a string field "account"
	// and can only be reached through a scope that names it.
	Global bool

	// KeyedByAccount says that every key begins with the account's id. Then an
	// account's documents are one range of keys, and the embedded engine saves
	// the index by account: a third of what an insert costs. A key that begins
	// otherwise is refused.
	KeyedByAccount bool

	// KeyedByOwner says that every key begins with the id of something that lies
	// in one account, such as a campaign's run. Then a stretch of keys with such a
	// beginning is one account's, and the index by account is saved as well: a
	// query by key has to name a beginning (Prefix).
	KeyedByOwner bool

	// Indexes that queries may use, besides the primary key "_id".
	Indexes []Index

	// ShardKey is what a sharded cluster distributes by. Empty: "_id", hashed.
	ShardKey []string

	// ExpiresAt names a time field. Once that instant has passed the document
	// is removed, within about a minute. Empty: documents stay.
	ExpiresAt string

	// Upgrades bring documents of older versions up to date, in order, before
	// the store is ready: after the n-th one the collection is at version n.
	// An upgrade sees a document once, may see it again after a crash, and so
	// must leave an upgraded document as it is.
	Upgrades []Upgrade

	paths []*AccessPath // spelled out by Declare
}

// checkKeyed refuses a new key that KeyedByAccount rules out.
func (s *Schema) checkKeyed(account, id string) error {
	if s.KeyedByAccount && !strings.HasPrefix(id, account) {
		return fmt.Errorf("store: %s %q: key does not begin with its account: %w", s.Name, id, ErrScope)
	}
	return nil
}

// Index lists the fields of one index. "-field" orders that field descending.
// In a collection that is not Global every index begins with "account",
// without saying so. An index on a field that holds an array has one entry
// for each element; at most one field of an index may hold an array.
type Index struct {
	Fields []string

	// Unique refuses a second document with the same values. Prefer a natural
	// "_id" wherever there is one: it needs no index and its races end cleanly.
	Unique bool

	// Across drops the implicit leading "account", for the few queries that
	// workers run over all accounts (what is due next?).
	Across bool

	// Sparse leaves out the documents that lack the first of Fields, so that a
	// queue's index holds only what still waits. A query that uses it has to
	// constrain that field.
	Sparse bool
}

// Upgrade changes one document in place and reports whether it did.
type Upgrade func(doc Document) (changed bool, err error)
