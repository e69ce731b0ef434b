package store

import "errors"

// What a caller can act upon. Engines wrap these with the operation and the
// key; compare with errors.Is.
var (
	// ErrNotFound: no document has that key, in this account.
	ErrNotFound = errors.New("not found")
	// ErrDuplicate: a document with that key, or that unique value, exists.
	ErrDuplicate = errors.New("already exists")
	// ErrConditionFailed: the document exists and the condition does not hold.
	ErrConditionFailed = errors.New("condition does not hold")
	// ErrSkipped: an operation behind a guard that could not be done.
	ErrSkipped = errors.New("skipped: what it follows could not be done")
	// ErrUndeclared: no declared index serves the query. A mistake in the code.
	ErrUndeclared = errors.New("no declared index serves this query")
	// ErrScope: a document or query without its account, or with another's.
	ErrScope = errors.New("outside the account")
	// ErrInvalid: a query, update or document the vocabulary does not know.
	ErrInvalid = errors.New("invalid")
	// ErrTooLarge: a document over MaxDocumentBytes.
	ErrTooLarge = errors.New("document too large")
	// ErrCursor: a cursor that is damaged or belongs to another query.
	ErrCursor = errors.New("cursor does not belong to this query")
	// ErrClosed: the store is shutting down.
	ErrClosed = errors.New("store is closed")
)

// MaxDocumentBytes bounds a document in both engines; MongoDB's own limit is
// 16 MiB, and what an update may let a document grow to there: that engine
// changes documents without seeing them. Larger things (pictures) are cut into
// several documents.
const MaxDocumentBytes = 4 << 20
