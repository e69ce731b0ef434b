package store

import (
	"bytes"
	"errors"
	"testing"

	"go.mongodb.org/mongo-driver/v2/bson"
)

var fuzzed = Declare[bson.M](Schema{Name: "fuzzed", Indexes: []Index{
	{Fields: []string{"a", "-b"}}, {Fields: []string{"c"}, Unique: true, Sparse: true}, {Fields: []string{"a", "c"}, Across: true},
}})

// FuzzQuery feeds any query and cursor to the planner: it refuses with an error
// of the vocabulary or makes a plan that covers every clause.
func FuzzQuery(f *testing.F) {
	f.Add("a", "eq", "x", "b", "gt", int64(5), "-b", "")
	f.Add("c", "prefix", "x", "c", "lte", int64(5), "", "!!")
	f.Add("account", "eq", "x", "a", "lt", int64(0), "a", "FAAAAA")
	plan, err := planQuery(fuzzed.Schema(), Scope{Account: "x"}, Where(Eq("a", "x")))
	if err != nil {
		f.Fatal(err)
	}
	last, err := bson.Marshal(bson.D{{Key: "_id", Value: "k"}, {Key: "a", Value: "x"}, {Key: "b", Value: 1}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("a", "eq", "x", "", "", int64(0), "", string(plan.cursor(last)))
	f.Fuzz(func(t *testing.T, field1, operator1, value1, field2, operator2 string, value2 int64, sort, after string) {
		query := Query{After: Cursor(after), Where: []Clause{{field1, Operator(operator1), value1}}}
		if field2 != "" {
			query.Where = append(query.Where, Clause{field2, Operator(operator2), value2})
		}
		if sort != "" {
			query.Sort = []string{sort}
		}
		plan, err := planQuery(fuzzed.Schema(), Scope{Account: "x"}, query)
		if err != nil {
			for _, known := range []error{ErrInvalid, ErrUndeclared, ErrScope, ErrCursor} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("%+v: %v", query, err)
		}
		constrained := len(plan.Equal)
		for _, bound := range []bool{plan.Range.Low != nil, plan.Range.High != nil, plan.Range.Prefix != ""} {
			if bound {
				constrained++
			}
		}
		if constrained != len(query.Where)+1 { // and the account
			t.Errorf("%+v became %+v", query, plan)
		}
		if account, _ := plan.Equal[0].StringValueOK(); plan.Path.Fields[0].Field != "account" || account != "x" {
			t.Errorf("%+v reaches beyond its account", query)
		}
	})
}

func FuzzArchive(f *testing.F) {
	f.Add([]byte("hello, this is no archive"))
	f.Add([]byte{5, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, archive []byte) {
		if _, err := readArchive(bytes.NewReader(archive), func(archiveHeader, archiveRecord) error { return nil }); err != nil && !errors.Is(err, ErrArchive) {
			t.Error(err)
		}
	})
}

func TestDeclarationsThatCannotBeFollowedAreRefused(t *testing.T) {
	t.Parallel()
	for name, schema := range map[string]Schema{
		"no name":             {},
		"upper case":          {Name: "Things"},
		"no fields":           {Name: "things", Global: true, Indexes: []Index{{}}},
		"dollar":              {Name: "things", Indexes: []Index{{Fields: []string{"$a"}}}},
		"account twice":       {Name: "things", Indexes: []Index{{Fields: []string{"account", "a"}}}},
		"field twice":         {Name: "things", Indexes: []Index{{Fields: []string{"a", "-a"}}}},
		"key not last":        {Name: "things", Indexes: []Index{{Fields: []string{"_id", "a"}}}},
		"index twice":         {Name: "things", Indexes: []Index{{Fields: []string{"a"}}, {Fields: []string{"a"}}}},
		"unnamed expiry":      {Name: "things", ExpiresAt: "a..b"},
		"position in an list": {Name: "things", Indexes: []Index{{Fields: []string{"a.0"}}}},
	} {
		declared := Declare[bson.M](schema)
		if err := declared.Schema().check(); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
