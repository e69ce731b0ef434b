package store

// Action is what a Change does to its field.
type Action string

// The actions, with MongoDB's meaning.
const (
	ActionSet      Action = "set"
	ActionUnset    Action = "unset"
	ActionInc      Action = "inc"
	ActionMax      Action = "max"
	ActionPush     Action = "push"
	ActionAddToSet Action = "addToSet"
	ActionPull     Action = "pull"
)

// Change is one action on one field; a dot reaches into embedded documents.
type Change struct {
	Field  string
	Action Action
	Value  any
}

// Update is a list of changes applied to one document atomically. A field, or
// a field inside it, may appear once. "_id" and "account" never change.
type Update []Change

// Set gives field a value.
func Set(field string, value any) Update { return Update{}.Set(field, value) }

// Unset removes field.
func Unset(fields ...string) Update { return Update{}.Unset(fields...) }

// Inc adds to an integer field; a missing one counts as 0.
func Inc(field string, by int64) Update { return Update{}.Inc(field, by) }

// Max raises field to value where it is less or missing.
func Max(field string, value any) Update { return Update{}.Max(field, value) }

// Push appends value to an array field; a missing one is made.
func Push(field string, value any) Update { return Update{}.Push(field, value) }

// AddToSet appends value to an array field unless it is there.
func AddToSet(field string, value any) Update { return Update{}.AddToSet(field, value) }

// Pull removes every element equal to value from an array field.
func Pull(field string, value any) Update { return Update{}.Pull(field, value) }

// Set gives field a value.
func (u Update) Set(field string, value any) Update {
	return append(u, Change{field, ActionSet, value})
}

// Unset removes fields.
func (u Update) Unset(fields ...string) Update {
	for _, field := range fields {
		u = append(u, Change{field, ActionUnset, nil})
	}
	return u
}

// Inc adds to an integer field.
func (u Update) Inc(field string, by int64) Update {
	return append(u, Change{field, ActionInc, by})
}

// Max raises field to value where it is less or missing.
func (u Update) Max(field string, value any) Update {
	return append(u, Change{field, ActionMax, value})
}

// Push appends value to an array field.
func (u Update) Push(field string, value any) Update {
	return append(u, Change{field, ActionPush, value})
}

// AddToSet appends value to an array field unless it is there.
func (u Update) AddToSet(field string, value any) Update {
	return append(u, Change{field, ActionAddToSet, value})
}

// Pull removes every element equal to value from an array field.
func (u Update) Pull(field string, value any) Update {
	return append(u, Change{field, ActionPull, value})
}
