package store

import "go.mongodb.org/mongo-driver/v2/bson"

// Plan is a checked query: which index serves it and how.
type Plan struct {
	Schema *Schema
	Scope  Scope
	Limit  int
}

func planQuery(schema *Schema, scope Scope, query Query) (*Plan, error) {
	return &Plan{Schema: schema, Scope: scope, Limit: query.Limit}, nil
}

func (p *Plan) cursor(last bson.Raw) Cursor { return "" }

func (s *Schema) check() error { return nil }

func checkWrite(conditions []Clause, update Update) error { return nil }
