package sqlite

import (
	"database/sql/driver"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/x/bsonx/bsoncore"

	"plaza/store"
)

// selection is a plan in SQL: what follows SELECT ... up to the limit, which
// is its last argument.
type selection struct {
	from string
	args []driver.Value
	none bool // nothing can match
}

// selects turns a plan into SQL. The statement's text depends on the plan's
// shape alone, so it is prepared once.
func (c *collection) selects(plan *store.Plan) (selection, error) {
	if plan.Path.Native {
		return c.selectNative(plan), nil
	}
	var index *entries
	for _, candidate := range c.entries {
		if candidate.path.Name == plan.Path.Name {
			index = candidate
		}
	}
	if index == nil {
		return selection{}, store.ErrUndeclared
	}
	s, err := spanOf(plan)
	from := " FROM " + index.table + " AS e CROSS JOIN " + c.table + " AS d ON d.n = e.n" +
		" WHERE e.key >= ? AND e.key < ? ORDER BY e.key" + direction(plan)
	return selection{from: from, args: []driver.Value{s.low, s.high}}, err
}

func direction(plan *store.Plan) string {
	if plan.Backward {
		return " DESC"
	}
	return ""
}

// selectNative reads by the columns of the document table.
func (c *collection) selectNative(plan *store.Plan) selection {
	s := selection{}
	where := []string{"TRUE"}
	compare := func(column, operator string, value bson.RawValue) {
		text, isText := value.StringValueOK()
		s.none = s.none || !isText // keys and accounts are strings
		where = append(where, column+" "+operator+" ?")
		s.args = append(s.args, text)
	}
	for i, value := range plan.Equal {
		compare(column(plan.Path.Fields[i]), "=", value)
	}
	open := plan.Order()
	if len(open) > 0 {
		name := column(open[0])
		within := c.withinAccount(plan)
		if low := within.Low; low != nil {
			compare(name, operator(">", low.Inclusive), low.Value)
		}
		if high := within.High; high != nil {
			compare(name, operator("<", high.Inclusive), high.Value)
		}
		if prefix := within.Prefix; prefix != "" {
			where = append(where, name+" >= ? AND "+name+" < ?")
			s.args = append(s.args, prefix, string(successor([]byte(prefix))))
		}
	}
	columns := make([]string, len(open))
	for i, order := range open {
		columns[i] = column(order)
	}
	if plan.After != nil {
		behind := ">"
		if plan.Backward {
			behind = "<"
		}
		where = append(where, "("+strings.Join(columns, ", ")+") "+behind+" (?"+strings.Repeat(", ?", len(columns)-1)+")")
		for _, value := range plan.After {
			text, isText := value.StringValueOK()
			s.none = s.none || !isText
			s.args = append(s.args, text)
		}
	}
	s.from = " FROM " + c.table + " AS d WHERE " + strings.Join(where, " AND ")
	if len(columns) > 0 {
		s.from += " ORDER BY " + strings.Join(columns, direction(plan)+", ") + direction(plan)
	}
	return s
}

// withinAccount is the range of keys that a plan reads: where keys begin with
// the account, no further than the account's. Where an earlier page has ended,
// that bound is the nearer one.
func (c *collection) withinAccount(plan *store.Plan) store.Range {
	within := plan.Range
	if !c.schema.KeyedByAccount || len(plan.Equal) != 1 || len(plan.Order()) != 1 || within.Prefix != "" {
		return within
	}
	account := plan.Equal[0].StringValue()
	continued := plan.After != nil
	if within.Low == nil && (!continued || plan.Backward) {
		within.Low = &store.Bound{Value: textValue(account), Inclusive: true}
	}
	if within.High == nil && (!continued || !plan.Backward) {
		within.High = &store.Bound{Value: textValue(string(successor([]byte(account))))}
	}
	return within
}

func textValue(text string) bson.RawValue {
	return bson.RawValue{Type: bson.TypeString, Value: bsoncore.AppendString(nil, text)}
}

func column(order store.Order) string {
	if order.Field == "_id" {
		return "d.id"
	}
	return "d.account"
}

func operator(strict string, inclusive bool) string {
	if inclusive {
		return strict + "="
	}
	return strict
}

// documents reads what a plan selects, at most limit, until row says false.
func (c *conn) documents(s selection, limit int, row func(n int64, document bson.Raw) (more bool, err error)) error {
	if s.none {
		return nil
	}
	return c.query("SELECT d.n, d.doc"+s.from+" LIMIT ?", func(columns []driver.Value) (bool, error) {
		return row(columns[0].(int64), columns[1].([]byte))
	}, append(s.args, int64(limit))...)
}
