package store

import (
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// Plan is a checked query: the access path that serves it and the part of the
// path to read.
type Plan struct {
	Schema *Schema
	Scope  Scope
	Path   *AccessPath
	// Equal are the values of the path's leading fields.
	Equal []bson.RawValue
	// Range bounds the field behind those; it may be empty.
	Range Range
	// Backward reads the path from its end.
	Backward bool
	// After are the values, in the fields behind Equal, of the last document
	// of the page before. Empty at the start.
	After []bson.RawValue
	Limit int
}

// Range bounds a field. The bounds are of one type, and only values of that
// type are within.
type Range struct {
	Low, High *Bound
	// Prefix, when not empty, stands instead of the bounds.
	Prefix string
}

// Bound is an end of a Range.
type Bound struct {
	Value     bson.RawValue
	Inclusive bool
}

// Unbounded says whether the range leaves its field open.
func (r Range) Unbounded() bool { return r.Low == nil && r.High == nil && r.Prefix == "" }

// Order is what the results are sorted by: the fields of the path behind
// Equal, and how many of the path's fields those skip.
func (p *Plan) Order() []Order { return p.Path.Fields[len(p.Equal):] }

// constraint is what the clauses of a query say about one field.
type constraint struct {
	equal  *bson.RawValue
	within Range
}

// planQuery finds the first access path that serves the query as the comment
// of Query says. All that do select the same documents.
func planQuery(schema *Schema, scope Scope, query Query) (*Plan, error) {
	limit := query.Limit
	if limit == 0 {
		limit = DefaultPage
	}
	if limit < 1 || limit > MaxPage {
		return nil, fmt.Errorf("page of %d: %w", limit, ErrInvalid)
	}
	where, err := constrain(query.Where)
	if err != nil {
		return nil, err
	}
	if !schema.Global && !scope.AllAccounts {
		if _, named := where[accountField]; named {
			return nil, fmt.Errorf("clause on the account: %w", ErrScope)
		}
		account, err := rawValue(scope.Account)
		if err != nil {
			return nil, err
		}
		where[accountField] = constraint{equal: &account}
	}
	for _, path := range schema.paths {
		plan := &Plan{Schema: schema, Scope: scope, Path: path, Limit: limit}
		if plan.serve(where, query.Sort) {
			return plan, plan.resume(query.After)
		}
	}
	return nil, fmt.Errorf("where %v by %v: %w", query.Where, query.Sort, ErrUndeclared)
}

// constrain gathers the clauses by field.
func constrain(clauses []Clause) (map[string]constraint, error) {
	where := make(map[string]constraint, len(clauses)+1)
	for _, clause := range clauses {
		if err := checkField(clause.Field); err != nil {
			return nil, err
		}
		field := where[clause.Field]
		if err := field.add(clause); err != nil {
			return nil, fmt.Errorf("clause on %q: %w", clause.Field, err)
		}
		where[clause.Field] = field
	}
	return where, nil
}

func (c *constraint) add(clause Clause) error {
	if c.equal != nil || c.within.Prefix != "" {
		return fmt.Errorf("several on one field: %w", ErrInvalid)
	}
	value, err := rawValue(clause.Value)
	if err != nil {
		return err
	}
	switch clause.Operator {
	case Equal:
		if !c.within.Unbounded() || value.Type == bson.TypeArray {
			return fmt.Errorf("equal to an array or to a range: %w", ErrInvalid)
		}
		c.equal = &value
		return nil
	case HasPrefix:
		return c.addPrefix(value)
	case Greater, GreaterOrEqual:
		if c.within.Low != nil {
			return fmt.Errorf("two lower bounds: %w", ErrInvalid)
		}
		c.within.Low = &Bound{Value: value, Inclusive: clause.Operator == GreaterOrEqual}
	case Less, LessOrEqual:
		if c.within.High != nil {
			return fmt.Errorf("two upper bounds: %w", ErrInvalid)
		}
		c.within.High = &Bound{Value: value, Inclusive: clause.Operator == LessOrEqual}
	default:
		return fmt.Errorf("operator %q in a query: %w", clause.Operator, ErrInvalid)
	}
	return c.checkBounds()
}

func (c *constraint) addPrefix(value bson.RawValue) error {
	prefix, err := prefixValue(value)
	if err != nil || !c.within.Unbounded() {
		return fmt.Errorf("prefix: %w", ErrInvalid)
	}
	if prefix == "" { // any string
		c.within.Low = &Bound{Value: value, Inclusive: true}
		return nil
	}
	c.within.Prefix = prefix
	return nil
}

func (c *constraint) checkBounds() error {
	low, high := c.within.Low, c.within.High
	for _, bound := range []*Bound{low, high} {
		if bound != nil && !ordered(bound.Value) {
			return fmt.Errorf("range over type %s: %w", bound.Value.Type, ErrInvalid)
		}
	}
	if low != nil && high != nil && rangeClass(low.Value.Type) != rangeClass(high.Value.Type) {
		return fmt.Errorf("bounds of two types: %w", ErrInvalid)
	}
	return nil
}

// serve fills in the plan if its path can serve the query.
func (p *Plan) serve(where map[string]constraint, sort []string) bool {
	fields := p.Path.Fields
	if sparse := p.Path.Sparse; sparse != "" {
		constrained, found := where[sparse]
		if !found || constrained.equal != nil && constrained.equal.Type == bson.TypeNull {
			return false
		}
	}
	next := 0
	for ; next < len(fields); next++ {
		field, found := where[fields[next].Field]
		if !found || field.equal == nil {
			break
		}
		p.Equal = append(p.Equal, *field.equal)
	}
	used := next
	if next < len(fields) {
		if field, found := where[fields[next].Field]; found {
			p.Range = field.within
			used++
		}
	}
	if p.Schema.KeyedByOwner && p.Path.Native && next < len(fields) && next > 0 && p.Range.Prefix == "" {
		return false // all keys of an account: they do not lie together
	}
	return used == len(where) && p.follow(fields[next:], sort)
}

// follow says whether the path's open fields give the order, forward or
// backward.
func (p *Plan) follow(open []Order, sort []string) bool {
	for i, name := range sort {
		order := parseOrder(name)
		if i == len(open) {
			// A unique path has no ties left for the key to break.
			return p.Path.Unique && order.Field == keyField && i == len(sort)-1
		}
		if order.Field != open[i].Field {
			return false
		}
		backward := order.Descending != open[i].Descending
		if i > 0 && backward != p.Backward {
			return false
		}
		p.Backward = backward
	}
	return true
}
