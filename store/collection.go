package store

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Collection is a declared collection of documents of type T: a struct with
// bson tags, a string field tagged "_id" and, unless the schema is Global, a
// string field tagged "account". Times keep milliseconds.
type Collection[T any] struct {
	schema *Schema
}

// Declare binds a document type to its schema.
func Declare[T any](schema Schema) Collection[T] {
	schema.resolve()
	return Collection[T]{schema: &schema}
}

// Schema is what DB.Prepare takes.
func (c Collection[T]) Schema() *Schema { return c.schema }

// In reaches the documents of one account, and no others.
func (c Collection[T]) In(db *DB, account string) Scoped[T] {
	return Scoped[T]{db: db, schema: c.schema, scope: Scope{Account: account}}
}

// Across reaches the documents of all accounts. For workers and Global
// collections; what a request can reach goes through In.
func (c Collection[T]) Across(db *DB) Scoped[T] {
	return Scoped[T]{db: db, schema: c.schema, scope: Scope{AllAccounts: true}}
}

// Scoped is a collection seen from one scope.
type Scoped[T any] struct {
	db     *DB
	schema *Schema
	scope  Scope
}

// Get finds a document by its key. Errors: ErrNotFound.
func (s Scoped[T]) Get(ctx context.Context, id string) (T, error) {
	if err := s.check(); err != nil {
		var none T
		return none, err
	}
	raw, err := s.db.engine.Get(ctx, s.schema, s.scope, id)
	return s.decode(id, raw, err)
}

// GetMany finds the documents that exist among ids, in their order.
func (s Scoped[T]) GetMany(ctx context.Context, ids ...string) ([]T, error) {
	if err := s.check(); err != nil || len(ids) == 0 {
		return nil, err
	}
	raws, err := s.db.engine.GetMany(ctx, s.schema, s.scope, ids)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", s.schema.Name, err)
	}
	return s.decodeAll(raws)
}

// Find reads one page and the cursor to continue with: empty when there is no
// more.
func (s Scoped[T]) Find(ctx context.Context, query Query) ([]T, Cursor, error) {
	plan, err := s.plan(query)
	if err != nil {
		return nil, "", err
	}
	wanted := plan.Limit
	plan.Limit++ // one more tells whether there is another page
	raws, err := s.db.engine.Find(ctx, plan)
	if err != nil {
		return nil, "", fmt.Errorf("store: %s: %w", s.schema.Name, err)
	}
	if err := plan.checkOpen(raws); err != nil {
		return nil, "", fmt.Errorf("store: %s: %w", s.schema.Name, err)
	}
	var next Cursor
	if len(raws) > wanted {
		raws = raws[:wanted]
		next = plan.cursor(raws[wanted-1])
	}
	documents, err := s.decodeAll(raws)
	return documents, next, err
}

// First finds the first document of query. Errors: ErrNotFound.
func (s Scoped[T]) First(ctx context.Context, query Query) (T, error) {
	var none T
	found, _, err := s.Find(ctx, query.Top(1))
	if err != nil {
		return none, err
	}
	if len(found) == 0 {
		return none, fmt.Errorf("store: %s: %w", s.schema.Name, ErrNotFound)
	}
	return found[0], nil
}

// Each walks all documents of query, page by page.
func (s Scoped[T]) Each(ctx context.Context, query Query) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if query.Limit == 0 {
			query.Limit = 500
		}
		for {
			page, next, err := s.Find(ctx, query)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, document := range page {
				if !yield(document, nil) {
					return
				}
			}
			if next == "" {
				return
			}
			query.After = next
		}
	}
}

// Count counts what query selects, but not beyond limit: an exact count of a
// large set is kept by its owner while things happen, not made by looking.
func (s Scoped[T]) Count(ctx context.Context, query Query, limit int) (int, error) {
	plan, err := s.plan(query.Top(1))
	if err != nil {
		return 0, err
	}
	plan.Limit = limit
	count, err := s.db.engine.Count(ctx, plan)
	if err != nil {
		return 0, fmt.Errorf("store: %s: %w", s.schema.Name, err)
	}
	return count, nil
}

// Insert adds a document. Errors: ErrDuplicate.
func (s Scoped[T]) Insert(ctx context.Context, document T) error {
	_, err := s.db.Apply(ctx, s.Inserting(document))
	return err
}

// InsertIfAbsent adds a document unless its key is taken, and returns the one
// that is there now and whether it is the new one.
func (s Scoped[T]) InsertIfAbsent(ctx context.Context, document T) (stored T, inserted bool, err error) {
	operation := s.Inserting(document)
	_, err = s.db.Apply(ctx, operation)
	if err == nil {
		return document, true, nil
	}
	if !errors.Is(err, ErrDuplicate) {
		return stored, false, err
	}
	stored, err = s.Get(ctx, operation.ID)
	return stored, false, err
}

// InsertMany adds those documents whose key is not taken and returns how many
// it added.
func (s Scoped[T]) InsertMany(ctx context.Context, documents []T) (inserted int, err error) {
	operations := make([]Operation, len(documents))
	for i, document := range documents {
		operations[i] = s.Inserting(document)
	}
	results, err := s.db.Apply(ctx, operations...)
	if results == nil {
		return 0, err
	}
	var failed []error
	for _, result := range results {
		switch {
		case result.Err == nil:
			inserted++
		case !errors.Is(result.Err, ErrDuplicate):
			failed = append(failed, result.Err)
		}
	}
	return inserted, errors.Join(failed...)
}

// Update changes one document atomically if all conditions hold.
// Errors: ErrNotFound, ErrConditionFailed, ErrDuplicate (unique index).
func (s Scoped[T]) Update(ctx context.Context, id string, update Update, conditions ...Clause) error {
	_, err := s.db.Apply(ctx, s.Updating(id, update, conditions...))
	return err
}

// UpdateAndGet is Update, and returns the document as it is afterwards.
func (s Scoped[T]) UpdateAndGet(ctx context.Context, id string, update Update, conditions ...Clause) (T, error) {
	return s.returning(ctx, s.Updating(id, update, conditions...))
}

// Upsert changes a document, making it first when there is none, and returns
// it.
func (s Scoped[T]) Upsert(ctx context.Context, id string, update Update) (T, error) {
	return s.returning(ctx, s.Upserting(id, update))
}

// FindAndUpdate atomically changes the first document of query for which all
// conditions hold, and returns it as it is afterwards: how a worker takes work.
// Errors: ErrNotFound when there is none.
func (s Scoped[T]) FindAndUpdate(ctx context.Context, query Query, update Update, conditions ...Clause) (T, error) {
	var none T
	plan, err := s.plan(query.Top(1))
	if err != nil {
		return none, err
	}
	if conditions, update, err = encodeWrite(conditions, update); err != nil {
		return none, fmt.Errorf("store: %s: %w", s.schema.Name, err)
	}
	raw, err := s.db.engine.FindAndUpdate(ctx, plan, conditions, update)
	return s.decode("", raw, err)
}

// Delete removes a document if all conditions hold.
// Errors: ErrNotFound, ErrConditionFailed.
func (s Scoped[T]) Delete(ctx context.Context, id string, conditions ...Clause) error {
	_, err := s.db.Apply(ctx, s.Deleting(id, conditions...))
	return err
}

// Inserting is Insert as an operation for DB.Apply.
func (s Scoped[T]) Inserting(document T) Operation {
	operation := Operation{Kind: InsertOperation, Schema: s.schema, Scope: s.scope}
	if operation.err = s.check(); operation.err != nil {
		return operation
	}
	operation.Document, operation.err = bson.Marshal(document)
	if operation.err != nil {
		return operation
	}
	operation.ID, operation.err = s.identify(operation.Document)
	return operation
}

// Guarding makes an operation the condition of those that follow it in the same
// DB.Apply: if it cannot be done, they are not tried, and their results are
// ErrSkipped.
func Guarding(operation Operation) Operation {
	operation.Guard = true
	return operation
}

// Updating is Update as an operation for DB.Apply.
func (s Scoped[T]) Updating(id string, update Update, conditions ...Clause) Operation {
	operation := Operation{Kind: UpdateOperation, Schema: s.schema, Scope: s.scope, ID: id}
	if operation.err = s.checkKey(id); operation.err == nil {
		operation.Condition, operation.Update, operation.err = encodeWrite(conditions, update)
	}
	return operation
}

// Upserting is Upsert as an operation for DB.Apply.
func (s Scoped[T]) Upserting(id string, update Update) Operation {
	operation := s.Updating(id, update)
	operation.Upsert = true
	if operation.err == nil && !s.schema.Global && s.scope.AllAccounts {
		operation.err = fmt.Errorf("store: %s: upsert without an account: %w", s.schema.Name, ErrScope)
	}
	if operation.err == nil {
		operation.err = s.schema.checkKeyed(s.scope.Account, id)
	}
	return operation
}

// Deleting is Delete as an operation for DB.Apply.
func (s Scoped[T]) Deleting(id string, conditions ...Clause) Operation {
	operation := Operation{Kind: DeleteOperation, Schema: s.schema, Scope: s.scope, ID: id}
	if operation.err = s.checkKey(id); operation.err == nil {
		operation.Condition, operation.err = encodeConditions(conditions)
	}
	return operation
}

func (s Scoped[T]) returning(ctx context.Context, operation Operation) (T, error) {
	var none T
	operation.Return = true
	results, err := s.db.Apply(ctx, operation)
	if err != nil {
		return none, err
	}
	return s.decode(operation.ID, results[0].Document, nil)
}

// check refuses a scope that names no account.
func (s Scoped[T]) check() error {
	if s.scope.Account == "" && !s.scope.AllAccounts {
		return fmt.Errorf("store: %s: no account named: %w", s.schema.Name, ErrScope)
	}
	return nil
}

// checkKey is check, and refuses an empty key.
func (s Scoped[T]) checkKey(id string) error {
	if id == "" {
		return fmt.Errorf("store: %s: no key: %w", s.schema.Name, ErrInvalid)
	}
	return s.check()
}

// identify reads the key of a new document and checks its account and size.
func (s Scoped[T]) identify(raw bson.Raw) (string, error) {
	id, ok := raw.Lookup("_id").StringValueOK()
	if !ok || id == "" {
		return "", fmt.Errorf("store: %s: document without a key: %w", s.schema.Name, ErrInvalid)
	}
	if len(raw) > MaxDocumentBytes {
		return "", fmt.Errorf("store: %s %q: %w", s.schema.Name, id, ErrTooLarge)
	}
	if s.schema.Global {
		return id, nil
	}
	account, _ := raw.Lookup("account").StringValueOK()
	if account == "" || (!s.scope.AllAccounts && account != s.scope.Account) {
		return "", fmt.Errorf("store: %s %q: %w", s.schema.Name, id, ErrScope)
	}
	return id, s.schema.checkKeyed(account, id)
}

func (s Scoped[T]) plan(query Query) (*Plan, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	plan, err := planQuery(s.schema, s.scope, query)
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", s.schema.Name, err)
	}
	return plan, nil
}

func (s Scoped[T]) decode(id string, raw bson.Raw, err error) (T, error) {
	var document T
	if err != nil {
		return document, fmt.Errorf("store: %s %q: %w", s.schema.Name, id, err)
	}
	if err := bson.Unmarshal(raw, &document); err != nil {
		return document, fmt.Errorf("store: %s %q: %w", s.schema.Name, id, err)
	}
	return document, nil
}

func (s Scoped[T]) decodeAll(raws []bson.Raw) ([]T, error) {
	documents := make([]T, len(raws))
	for i, raw := range raws {
		if err := bson.Unmarshal(raw, &documents[i]); err != nil {
			return nil, fmt.Errorf("store: %s: %w", s.schema.Name, err)
		}
	}
	return documents, nil
}
