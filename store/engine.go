package store

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Document is a decoded document, for upgrades and engines.
type Document = bson.M

// Scope says whose documents an operation may reach: those of one account, or
// all (AllAccounts, for workers and Global collections).
type Scope struct {
	Account     string
	AllAccounts bool
}

// Engine is what a database has to do. Engines live in folders of their own
// (sqlite, mongodb), behave exactly alike, and are held to it by the
// conformance suite in storetest. Everything they are handed has been checked
// by this package. Documents travel as raw bson.
//
// An Engine is safe for use by many goroutines, and retries transient write
// errors itself.
type Engine interface {
	// Prepare makes collections and indexes and runs upgrades. Idempotent, and
	// safe when several nodes start at once.
	Prepare(ctx context.Context, schemas []*Schema) error
	// Get finds one document by its key, or ErrNotFound.
	Get(ctx context.Context, schema *Schema, scope Scope, id string) (bson.Raw, error)
	// GetMany finds those that exist, in the order of ids.
	GetMany(ctx context.Context, schema *Schema, scope Scope, ids []string) ([]bson.Raw, error)
	// Find reads one page, at most plan.Limit documents.
	Find(ctx context.Context, plan *Plan) ([]bson.Raw, error)
	// Count counts what plan selects, up to plan.Limit.
	Count(ctx context.Context, plan *Plan) (int, error)
	// FindAndUpdate changes the first document of plan for which the condition
	// holds and returns it as it is after the change, or ErrNotFound.
	FindAndUpdate(ctx context.Context, plan *Plan, condition []Clause, update Update) (bson.Raw, error)
	// Apply carries out operations in order and returns when all are durable.
	// Each is atomic; together they need not be: a crash may leave a leading
	// part done, except in an engine that is not Shared: there a crash leaves
	// all of a list of at most MaxTogether, or nothing. One that cannot be done
	// (duplicate, condition) says so in its Result and does not stop the others,
	// unless it is their Guard.
	Apply(ctx context.Context, operations []Operation) ([]Result, error)
	// Shared says whether other processes may write to the same data.
	Shared() bool
	// Close waits for what is under way. Later calls answer ErrClosed.
	Close() error
}

// OperationKind tells what an Operation does.
type OperationKind int

// The kinds of operation.
const (
	InsertOperation OperationKind = iota
	UpdateOperation
	DeleteOperation
	NoteOperation
)

// MaxTogether is how many operations an engine of one process carries out all
// or not at all.
const MaxTogether = 2000

// Chronicle is kept of what is written: one entry for all that is committed
// together, in the same commit, so that neither is there without the other. Only
// an engine of one process (not Shared) can keep one.
type Chronicle interface {
	// Write makes the operations that enter notes, which are in the order of
	// their operations. It is called by the engine's only writer, so it must not
	// use the store. If one of its operations cannot be done, nothing that shares
	// the commit is.
	Write(notes []any) []Operation
	// Written says how the commit ended: nil when all is durable. It comes before
	// those who wait for their writes are told.
	Written(err error)
}

// Operation is one write to one document, made by the methods of Scoped, or a
// note for a chronicle, made by Noting.
type Operation struct {
	Kind      OperationKind
	Schema    *Schema
	Scope     Scope
	ID        string
	Document  bson.Raw // InsertOperation
	Condition []Clause // UpdateOperation, DeleteOperation
	Update    Update   // UpdateOperation
	// Upsert makes an UpdateOperation create a missing document with only its
	// key, its account and the changes.
	Upsert bool
	// Return asks for the document after the update.
	Return bool
	// Guard: if this cannot be done, those behind it in the list are not tried.
	Guard bool
	// Chronicle gets Note, of about Size bytes: NoteOperation.
	Chronicle Chronicle
	Note      any
	Size      int

	err error // found wrong while it was made; Apply reports it
}

// SkipAll is the result of count operations behind a guard that could not be
// done.
func SkipAll(count int) []Result {
	skipped := make([]Result, count)
	for i := range skipped {
		skipped[i].Err = ErrSkipped
	}
	return skipped
}

// Happened says whether there is anything to tell of: an operation was done, now
// or before, or there was none to do.
func Happened(results []Result) bool {
	for _, result := range results {
		if result.Err == nil || errors.Is(result.Err, ErrDuplicate) {
			return true
		}
	}
	return len(results) == 0
}

// Noting enters a note of about size bytes into a chronicle, if anything has
// Happened in front of it in its list.
func Noting(chronicle Chronicle, note any, size int) Operation {
	return Operation{Kind: NoteOperation, Chronicle: chronicle, Note: note, Size: size}
}

// name says what an operation is about, for errors.
func (o Operation) name() string {
	if o.Schema == nil {
		return "chronicle"
	}
	return fmt.Sprintf("%s %q", o.Schema.Name, o.ID)
}

// Result answers one Operation. Err is nil, ErrDuplicate, ErrNotFound,
// ErrConditionFailed, or what else went wrong with this one.
type Result struct {
	Document bson.Raw
	Err      error
}

// Owner is the account that documents must have to be reached in this scope;
// limited is false when any will do.
func (s *Schema) Owner(scope Scope) (account string, limited bool) {
	if s.Global || scope.AllAccounts {
		return "", false
	}
	return scope.Account, true
}

// Reaches says whether a document lies within the scope.
func (s *Schema) Reaches(scope Scope, document bson.Raw) bool {
	account, limited := s.Owner(scope)
	if !limited {
		return true
	}
	actual, ok := document.Lookup(accountField).StringValueOK()
	return ok && actual == account
}
