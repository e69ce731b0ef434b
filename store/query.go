package store

// Operator compares a field with a value.
type Operator string

// The operators. Queries take Equal, Prefix and the four orderings; the
// conditions of an update take all of them.
const (
	Equal          Operator = "eq"
	NotEqual       Operator = "ne"
	Less           Operator = "lt"
	LessOrEqual    Operator = "lte"
	Greater        Operator = "gt"
	GreaterOrEqual Operator = "gte"
	HasPrefix      Operator = "prefix"
	OneOf          Operator = "in"
	Present        Operator = "exists"
)

// Clause is one comparison. Field is a bson name; a dot reaches into an
// embedded document ("address.city"). Equal on an array field holds when one
// element is equal, in both engines.
type Clause struct {
	Field    string
	Operator Operator
	Value    any
}

// Eq holds when field equals value. A missing field equals nil.
func Eq(field string, value any) Clause { return Clause{field, Equal, value} }

// Ne holds when field differs from value (for an array: no element equals it).
func Ne(field string, value any) Clause { return Clause{field, NotEqual, value} }

// Lt holds when field is of value's type and less.
func Lt(field string, value any) Clause { return Clause{field, Less, value} }

// Lte holds when field is of value's type and not greater.
func Lte(field string, value any) Clause { return Clause{field, LessOrEqual, value} }

// Gt holds when field is of value's type and greater.
func Gt(field string, value any) Clause { return Clause{field, Greater, value} }

// Gte holds when field is of value's type and not less.
func Gte(field string, value any) Clause { return Clause{field, GreaterOrEqual, value} }

// Prefix holds when field is a string that begins with value.
func Prefix(field, value string) Clause { return Clause{field, HasPrefix, value} }

// In holds when field equals one of values. For conditions only.
func In[V any](field string, values ...V) Clause {
	list := make([]any, len(values))
	for i, v := range values {
		list[i] = v
	}
	return Clause{field, OneOf, list}
}

// Exists holds when the document has the field (present) or lacks it.
// For conditions only.
func Exists(field string, present bool) Clause { return Clause{field, Present, present} }

// Query selects documents. The zero Query is every document of the scope, by
// "_id". All clauses must hold.
//
// A query is served by "_id" or by one declared index: its Equal clauses cover
// the index's leading fields, then at most one further field has a range (Lt,
// Lte, Gt, Gte, Prefix), and Sort follows the index from the first field that
// has no Equal clause. Anything else is ErrUndeclared, in both engines, so
// that nothing is fast on a laptop and slow at a million subscribers.
// "_id" always breaks ties, in the direction in which the index is read, and in
// that direction may be the last of Sort.
//
// A field that holds an array takes Equal only. A range or an order over it is
// ErrInvalid as soon as such a document is met: which element counts is not
// part of the vocabulary.
type Query struct {
	Where []Clause
	// Sort names fields, "-field" for descending. Empty: the index's own order.
	Sort []string
	// Limit is the page size: 1 to MaxPage. Zero: DefaultPage.
	Limit int
	// After continues behind an earlier page of the same query. Documents
	// written meanwhile neither repeat nor hide others.
	After Cursor
}

// Cursor is where a page ended: opaque, URL-safe, valid as long as the query
// stays the same. Empty at the start, and again when there is no more.
type Cursor string

// Page sizes.
const (
	DefaultPage = 50
	MaxPage     = 1000
)

// Where begins a query.
func Where(clauses ...Clause) Query { return Query{Where: clauses} }

// By sets the order.
func (q Query) By(fields ...string) Query { q.Sort = fields; return q }

// Top sets the page size.
func (q Query) Top(limit int) Query { q.Limit = limit; return q }

// From continues behind a cursor.
func (q Query) From(after Cursor) Query { q.After = after; return q }
