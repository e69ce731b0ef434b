package mongodb

import (
	"regexp"

	"go.mongodb.org/mongo-driver/v2/bson"

	"plaza/store"
)

// Values always stand behind an operator ({field: {$eq: value}}), so that a
// value that looks like an operator is none. Clauses are joined by $and, since
// a field may occur twice.

var operators = map[store.Operator]string{
	store.Equal: "$eq", store.NotEqual: "$ne",
	store.Less: "$lt", store.LessOrEqual: "$lte",
	store.Greater: "$gt", store.GreaterOrEqual: "$gte",
	store.OneOf: "$in", store.Present: "$exists",
}

func compare(field, operator string, value any) bson.D {
	return bson.D{{Key: field, Value: bson.D{{Key: operator, Value: value}}}}
}

func begins(field, prefix string) bson.D {
	return compare(field, "$regex", bson.Regex{Pattern: "^" + regexp.QuoteMeta(prefix)})
}

func and(clauses bson.A) bson.D {
	if len(clauses) == 0 {
		return bson.D{}
	}
	return bson.D{{Key: "$and", Value: clauses}}
}

// conditionsOf is what an update's conditions ask of the document.
func conditionsOf(conditions []store.Clause) bson.A {
	clauses := bson.A{}
	for _, clause := range conditions {
		if clause.Operator == store.HasPrefix {
			if value, err := store.RawValue(clause.Value); err == nil { // it was checked to be a string
				clauses = append(clauses, begins(clause.Field, value.StringValue()))
			}
			continue
		}
		clauses = append(clauses, compare(clause.Field, operators[clause.Operator], clause.Value))
	}
	return clauses
}

// filterOf is what a plan selects, and conditions besides.
func filterOf(plan *store.Plan, conditions ...store.Clause) bson.D {
	clauses := conditionsOf(conditions)
	for i, value := range plan.Equal {
		clauses = append(clauses, compare(plan.Path.Fields[i].Field, "$eq", value))
	}
	if !plan.Range.Unbounded() {
		clauses = append(clauses, rangeOf(plan)...)
	}
	if plan.Path.Sparse != "" { // shows the planner that the partial index has all
		clauses = append(clauses, compare(plan.Path.Sparse, "$exists", true))
	}
	if plan.After != nil {
		clauses = append(clauses, behind(plan))
	}
	return and(clauses)
}

func rangeOf(plan *store.Plan) bson.A {
	field, within := plan.Order()[0].Field, plan.Range
	if within.Prefix != "" {
		return bson.A{begins(field, within.Prefix)}
	}
	clauses := bson.A{}
	if low := within.Low; low != nil {
		clauses = append(clauses, compare(field, operator("$gt", low.Inclusive), low.Value))
	}
	if high := within.High; high != nil {
		clauses = append(clauses, compare(field, operator("$lt", high.Inclusive), high.Value))
	}
	return clauses
}

func operator(strict string, inclusive bool) string {
	if inclusive {
		return strict + "e"
	}
	return strict
}

// behind selects what comes after the last document of the page before: a
// later value in the first field, or the same there and a later one in the
// second, and so on.
func behind(plan *store.Plan) bson.D {
	choices := bson.A{}
	var same bson.A
	for i, order := range plan.Order() {
		value := plan.After[i]
		later := laterThan(order.Field, value, order.Descending != plan.Backward)
		for _, choice := range later {
			choices = append(choices, and(append(append(bson.A{}, same...), choice)))
		}
		same = append(same, compare(order.Field, "$eq", value))
	}
	return bson.D{{Key: "$or", Value: choices}}
}

// types in MongoDB's order. Its $gt and $lt see values of the operand's own
// type only, so what sorts later by its type has to be named.
var types = []struct {
	kinds []bson.Type
	alias string
}{
	{[]bson.Type{bson.TypeNull}, "null"},
	{[]bson.Type{bson.TypeDouble, bson.TypeInt32, bson.TypeInt64}, "number"},
	{[]bson.Type{bson.TypeString}, "string"},
	{[]bson.Type{bson.TypeEmbeddedDocument}, "object"},
	{[]bson.Type{bson.TypeBinary}, "binData"},
	{[]bson.Type{bson.TypeObjectID}, "objectId"},
	{[]bson.Type{bson.TypeBoolean}, "bool"},
	{[]bson.Type{bson.TypeDateTime}, "date"},
}

// laterThan are alternatives that together hold for the values that sort behind
// value.
func laterThan(field string, value bson.RawValue, descending bool) []bson.D {
	operator, place := "$gt", rank(value.Type)
	if descending {
		operator = "$lt"
	}
	var later []bson.D
	if value.Type != bson.TypeNull {
		later = append(later, compare(field, operator, value))
	}
	if field == "_id" {
		return later // always a string
	}
	var aliases bson.A
	for i, group := range types {
		if (!descending && i > place) || (descending && i < place && group.alias != "null") {
			aliases = append(aliases, group.alias)
		}
	}
	if len(aliases) > 0 {
		later = append(later, compare(field, "$type", aliases))
	}
	if descending && place > 0 { // a missing field counts as null
		later = append(later, compare(field, "$eq", nil))
	}
	return later
}

func rank(kind bson.Type) int {
	for i, group := range types {
		for _, k := range group.kinds {
			if k == kind {
				return i
			}
		}
	}
	return 0
}

// sortOf is the order of a plan. The fields before it are equal anyway.
func sortOf(plan *store.Plan) bson.D {
	sort := bson.D{}
	for _, order := range plan.Order() {
		sort = append(sort, bson.E{Key: order.Field, Value: sign(order.Descending != plan.Backward)})
	}
	return sort
}

func sign(descending bool) int32 {
	if descending {
		return -1
	}
	return 1
}

// hintOf names the index that the plan was made for.
func hintOf(plan *store.Plan) string {
	if plan.Path.Name == "_id" {
		return "_id_"
	}
	return plan.Path.Name
}

var actions = map[store.Action]string{
	store.ActionSet: "$set", store.ActionUnset: "$unset", store.ActionInc: "$inc",
	store.ActionMax: "$max", store.ActionPush: "$push",
	store.ActionAddToSet: "$addToSet", store.ActionPull: "$pullAll",
}

// updateOf is an update in MongoDB's words.
func updateOf(update store.Update) bson.D {
	var document bson.D
	for _, change := range update {
		value := change.Value
		if change.Action == store.ActionPull { // $pull would read a document as a filter
			value = bson.A{value}
		}
		if change.Action == store.ActionPush || change.Action == store.ActionAddToSet {
			// a document with "$each" would be read as an instruction
			value = bson.D{{Key: "$each", Value: bson.A{value}}}
		}
		document = grouped(document, actions[change.Action], bson.E{Key: change.Field, Value: value})
	}
	return document
}

func grouped(document bson.D, action string, element bson.E) bson.D {
	for i := range document {
		if document[i].Key == action {
			fields, _ := document[i].Value.(bson.D)
			document[i].Value = append(fields, element)
			return document
		}
	}
	return append(document, bson.E{Key: action, Value: bson.D{element}})
}
