package rest

import (
	"context"
	"fmt"
	"strings"

	"plaza/store"
)

// KeptAnswers writes out what is kept of an account's answers.
func KeptAnswers(ctx context.Context, db *store.DB, account string) (string, error) {
	var all strings.Builder
	for one, err := range kept.In(db, account).Each(ctx, store.Query{}) {
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&all, "%+v %s\n", one, one.Sealed)
	}
	return all.String(), nil
}

// Pointer writes a place in a body.
func Pointer(segments ...string) string { return pointer(segments) }
